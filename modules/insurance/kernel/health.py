"""What a risk tells of somebody's health (*datos de salud*, GDPR art. 9), apart from the rest of it.

A line names those fields (`Line.health`); who may not read them is shown the risk without
them, and gets a price all the same.
"""

from collections.abc import Mapping
from typing import Any, Final

from modules.insurance.kernel.line import Line

PERSON: Final = "insured."
PEOPLE: Final = "insureds"


def without_health(line: Line, values: Mapping[str, Any]) -> dict[str, Any]:
    """Risk or details of `line` as anybody who reads policies may see them."""
    own, each = _named(line)
    shown = {name: value for name, value in values.items() if name not in own}
    if each and shown.get(PEOPLE):
        shown[PEOPLE] = [{name: value for name, value in one.items() if name not in each} for one in shown[PEOPLE]]
    return shown


def health_of(line: Line, values: Mapping[str, Any]) -> dict[str, Any]:
    """What they tell of health alone; the insureds keep their order."""
    own, each = _named(line)
    found = {name: value for name, value in values.items() if name in own}
    people = [
        {name: value for name, value in one.items() if name in each and value not in (None, [], ())}
        for one in values.get(PEOPLE) or ()
    ]
    return {**found, PEOPLE: people} if any(people) else found


def _named(line: Line) -> tuple[frozenset[str], frozenset[str]]:
    """The fields of the whole and of each insured."""
    own = frozenset(name for name in line.health if not name.startswith(PERSON))
    return own, frozenset(name.removeprefix(PERSON) for name in line.health if name not in own)
