"""Provenance (*procedencia*): where each argument of a call came from, and who chose to call.

A model is never trusted: what it writes is external, whatever it claims. Only four ways
raise a level, all of them deterministic (`security.md` 5.3): the person typed the whole
value (E1); it names the one record that the person's words find (E2); it was computed from
such values alone (E3); or a person saw and confirmed it (E4). The choice to call is judged
the same way: the person asked for this act in so many words, or pressed the button
(`tools.commands`). That a value does not occur in untrusted text proves nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final

from core.identifiers import compact
from tools.marks import resolved
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


TYPED: Final = Label(Integrity.TRUSTED, "typed")
MODEL: Final = Label(Integrity.EXTERNAL, "model")
LONGEST_OWN: Final = 400  # characters of one paragraph that still count as the person's own words
PASTED: Final = re.compile(r"^(?:>|(?:De|From|Para|To|Asunto|Subject|Enviado|Sent)\s*:)", re.IGNORECASE)
BEFORE: Final = r"(?<!\w)(?<!\d[:.,/\-])"  # a whole entity, not the end of another: «12» is not in «10:12»
AFTER: Final = r"(?!\w)(?![:.,/\-]\d)"
AMOUNT: Final = re.compile(rf"{BEFORE}(?:\d{{1,3}}(?:[. ]\d{{3}})+(?:,\d{{1,2}})?|\d+(?:[.,]\d{{1,2}})?){AFTER}")
SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True)
class Evidence:
    """What a turn knows that can vouch for a call.

    Args:
        said: what the person wrote in this turn.
        registers: `(value, source)` of records that the person's own words led to.
        foreign: sources of untrusted content that the model has been given; empty if none.
        confirmed: who saw this very call and confirmed it; "" if nobody.
    """

    said: str = ""
    registers: Sequence[tuple[str, str]] = ()
    foreign: Sequence[str] = ()
    confirmed: str = ""


def stranger(face: str) -> Evidence:
    """What vouches for a call that another house's model chose: nothing. `face` is told to an approver."""
    return Evidence(foreign=(face,))


@dataclass(frozen=True)
class Provenance:
    """The labels of one call: of each argument, and of the choice to make it."""

    arguments: Mapping[str, Label] = field(default_factory=dict)
    control: Integrity = Integrity.SYSTEM
    foreign: tuple[str, ...] = ()


def labels_of(args: Mapping[str, Any], evidence: Evidence) -> dict[str, Label]:
    """The label of each argument that a model chose; of a list or an object, its least trusted part."""
    if evidence.confirmed:
        return dict.fromkeys(args, Label(Integrity.TRUSTED, f"confirmed by {evidence.confirmed}"))
    known = {canonical(value): source for value, source in evidence.registers}
    own = own_words(evidence.said)
    return {name: _least(value, own, known) for name, value in args.items()}


@lru_cache(maxsize=64)
def own_words(said: str) -> str:
    """`said` without what was pasted: quoted lines, headers and what follows them, long paragraphs."""
    kept: list[str] = []
    for line in said.splitlines():
        if PASTED.match(line.strip()):
            break
        if len(line) <= LONGEST_OWN:
            kept.append(line)
    return "\n".join(kept)


def canonical(text: str) -> str:
    """`text` as whole values are compared: no accents, lower case, single spaces."""
    return SPACES.sub(" ", plain(text)).strip()


def foreign_in(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a result holds text that somebody outside wrote, by the marks of its schema."""
    return _foreign(value, schema, schema)


def _foreign(value: Any, part: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    if value in (None, "", [], {}):
        return False
    part = resolved(part, root)
    if part.get("x-external"):
        return True
    options = [
        part,
        *(resolved(o, root) for o in (*part.get("anyOf", ()), *part.get("oneOf", ()), *part.get("allOf", ()))),
    ]
    if isinstance(value, Mapping):
        return any(_foreign(item, _of(name, options), root) for name, item in value.items())
    if isinstance(value, list):
        items: Mapping[str, Any] = next((o["items"] for o in options if isinstance(o.get("items"), Mapping)), {})
        return any(_foreign(item, items, root) for item in value)
    return any(option.get("x-external") for option in options)


def _of(name: str, options: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    for option in options:
        if isinstance(found := option.get("properties", {}).get(name), Mapping):
            return found
        if isinstance(found := option.get("additionalProperties"), Mapping):
            return found
    return {}


def _least(value: Any, own: str, known: Mapping[str, str]) -> Label:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return min((_least(item, own, known) for item in value), key=lambda label: label.integrity, default=MODEL)
    return _label(value, own, known)


def _label(value: Any, own: str, known: Mapping[str, str]) -> Label:
    if isinstance(value, bool) or value is None:
        return MODEL
    form = canonical(str(value))
    if form in known:
        return Label(Integrity.TRUSTED, known[form])
    return TYPED if form and _typed(str(value), form, own) else MODEL


def _typed(value: str, form: str, own: str) -> bool:
    """Whether the person wrote the whole value: as it is, as an amount, or as a number with separators."""
    number = _decimal(value)
    if number is not None and "." in value:
        return number in _amounts(own)  # «1.000» as a text may mean a thousand
    # The plain search rules most values out; only what is there at all is matched as a whole.
    if form in _plain(own) and re.search(rf"{BEFORE}{re.escape(form)}{AFTER}", _plain(own)):
        return True
    if number is not None and not value.lstrip("-").startswith("0"):
        return number in _amounts(own)
    bare = compact(value)
    if len(bare) < 6 or not any(c.isdigit() for c in bare) or bare not in _bare(own):
        return False
    spaced = r"[\s.\-/]?".join(map(re.escape, bare))
    return re.search(f"{BEFORE}{spaced}{AFTER}", _upper(own)) is not None


@lru_cache(maxsize=64)
def _plain(own: str) -> str:
    return canonical(own)


@lru_cache(maxsize=64)
def _upper(own: str) -> str:
    return unicodedata.normalize("NFKC", own).upper()


@lru_cache(maxsize=64)
def _bare(own: str) -> str:
    return compact(own)


@lru_cache(maxsize=64)
def _amounts(own: str) -> frozenset[Decimal]:
    """Amounts that the person wrote; «1.000» alone may be one or a thousand, and vouches for neither."""
    found = (_decimal(_english(text)) for text in AMOUNT.findall(own) if not re.fullmatch(r"\d{1,3}\.\d{3}", text))
    return frozenset(number for number in found if number is not None)


def _english(text: str) -> str:
    grouped = re.search(r"[. ]\d{3}(?=\D|$)", text)
    bare = re.sub(r"[. ](?=\d{3}(?:\D|$))", "", text) if grouped else text
    return bare.replace(",", ".")


def _decimal(text: str) -> Decimal | None:
    if not re.fullmatch(r"-?\d+(?:\.\d+)?", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
