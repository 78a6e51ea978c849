"""Provenance (*procedencia*): where each argument of a call came from.

`I` is the integrity level of `docs/security.md`: what a person typed or a register holds is
trusted, what a model wrote or a document said is not. Only `endorse` raises a level, and
only by matching a whole value that the person typed or a record that exactly one look-up
gives; absence from untrusted text proves nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from tools.words import plain


class Integrity(IntEnum):
    """How far a value may be trusted."""

    EXTERNAL = 0  # documents, messages, every free token of a model
    INTERNAL = 1  # notes typed by staff earlier, results of mixed input
    TRUSTED = 2  # typed by the operator in this turn, or a verified register
    SYSTEM = 3  # policy, code, enumerations


@dataclass(frozen=True)
class Label:
    """The integrity of one value, and the source that is shown to an approver."""

    integrity: Integrity
    source: str


TYPED = Label(Integrity.TRUSTED, "typed")
MODEL = Label(Integrity.EXTERNAL, "model")


def typed(args: Mapping[str, Any]) -> dict[str, Label]:
    """Labels of arguments that a person gave directly: form, command line, REST."""
    return dict.fromkeys(args, TYPED)


def endorse(args: Mapping[str, Any], said: str, registers: Iterable[tuple[str, str]] = ()) -> dict[str, Label]:
    """Labels of arguments that a model chose.

    Args:
        args: the call's arguments.
        said: what the person typed in this turn.
        registers: `(value, source)` of records that this turn's look-ups gave.
    """
    known = {_canonical(value): source for value, source in registers}
    spoken = _canonical(said)
    return {name: _label(value, spoken, known) for name, value in args.items()}


def _label(value: Any, spoken: str, known: Mapping[str, str]) -> Label:
    if isinstance(value, bool) or value is None:
        return MODEL
    form = _canonical(str(value))
    if form in known:
        return Label(Integrity.TRUSTED, known[form])
    if form and re.search(rf"(?<!\w){re.escape(form)}(?!\w)", spoken):
        return TYPED
    return MODEL


def _canonical(text: str) -> str:
    return re.sub(r"\s+", " ", plain(text)).strip()
