"""One form for one meaning (*forma canónica*): when is what was done what was wanted?

«1.000», `1000` and `"1000.00"` are one amount; «Álvaro Ramos», his NIF and the id of his
record are one customer. So a model is never marked down for the way in which it is right.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from core.identifiers import parse_phone

RECORD: Final = re.compile(r"@(?P<kind>[a-z_]+) (?P<words>.+)", re.DOTALL)
RESULT: Final = "result"
SEPARATORS: Final = re.compile(r"[\s.\-–_/]+")


@dataclass(frozen=True)
class Canon:
    """What two values need to be compared.

    Args:
        find: the id of the one record of a kind that some words name, or None.
        made: ids and numbers of records that the turn's calls gave, by kind.
        today: what «today» was.
    """

    find: Callable[[str, str], str | None]
    made: Mapping[str, frozenset[str]] = field(default_factory=dict)
    today: date = date.min

    def same(self, wanted: Any, found: Any) -> bool:
        """Whether `found` means what is `wanted` (which may say less: a mapping's other keys are free)."""
        if isinstance(wanted, Mapping):
            return self._mapping(wanted, found)
        if isinstance(wanted, str) and (named := RECORD.fullmatch(wanted)):
            return self._record(named["kind"], named["words"], found)
        if isinstance(wanted, list | tuple):
            if not isinstance(found, list | tuple) or len(wanted) != len(found):
                return False
            return all(self.same(*pair) for pair in zip(wanted, found, strict=True))
        return bool(plain(self.today if wanted == "@today" else wanted) == plain(found))

    def _mapping(self, wanted: Mapping[str, Any], found: Any) -> bool:
        if set(wanted) == {"contains"}:
            return fold(str(wanted["contains"])) in fold(str(found))
        return isinstance(found, Mapping) and all(self.same(value, found.get(key)) for key, value in wanted.items())

    def _record(self, kind: str, words: str, found: Any) -> bool:
        if found is None:
            return False
        if kind == RESULT:
            return str(found) in self.made.get(words, frozenset())
        record = self.find(kind, words)
        return record is not None and record == self.find(kind, str(found))


def plain(value: Any) -> Any:
    """`value` in the form in which equal meanings are equal."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()  # as text, since True is 1 to Python
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)).normalize()
    if isinstance(value, date):
        return _text((value.date() if isinstance(value, datetime) else value).isoformat())
    return _text(str(value))


def _text(text: str) -> Any:
    stripped = text.strip()
    try:
        return parse_phone(stripped)  # before numbers: a telephone number looks like one
    except ValueError:
        pass
    try:
        return Decimal(stripped).normalize()
    except InvalidOperation:
        return SEPARATORS.sub("", fold(stripped))


def fold(text: str) -> str:
    """`text` without accents, case, or more than one blank at a time."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())
