"""Filling a tool's arguments from plain words (*relleno de huecos*); nothing is ever invented.

A value comes from what the person wrote, from the records that the text names, from the
result of an earlier call of the same turn, or from the record the conversation is about.
What none of these gives stays missing, and is asked for.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from agents.language.codes import Code, codes, naming
from agents.language.dates import FoundDate, dates
from agents.language.names import proper_names, split_name
from agents.language.numbers import Number, numbers
from agents.language.phrases import find, longest, negated
from agents.language.quantities import assign, fitting
from agents.language.schemas import Argument
from knowledge.words import STOP, fold, level, words

PAST: Final = ("paid", "returned", "collected", "occurred", "received", "birth", "declared", "known", "since", "from")
FUTURE: Final = ("effective", "start", "until", "due", "expires", "next")
NAMED: Final = frozenset({"query", "search", "name", "text", "words", "company_name", "full_name"})
QUOTED: Final = re.compile(r"«([^»]+)»|\"([^\"]+)\"|“([^”]+)”")
CUED: Final = re.compile(
    r"\s*(?:(?:nuev[oa]|es|is|a|al|to|de|en)\b|[:=])?\s*(?:«([^»]+)»|\"([^\"]+)\"|([^,;.\n]+(?:,\s*\d+\w?)?))")
AFTER_COLON: Final = re.compile(r":\s+(\S.+)$", re.DOTALL)
AFTER_THAT: Final = re.compile(r"\b(?:que|that)\s+(\S.+)$", re.DOTALL | re.IGNORECASE)
POINTING: Final = re.compile(
    r"^[¿ ]*(?:y|and)\b|\b(?:su|sus|suyo|suya|suyos|suyas|le|les|ese|esa|esos|esas|dicho|dicha|mismo|misma|"
    r"his|her|hers|their|him|it|its|them|she|he|they|that one|este cliente|esta cliente|this customer|that customer)\b"
    r"|\b\w{3,}(?:ar|er|ir|a|e|en|an)(?:me|se|te)?(?:l[aeo]s?)\b")
HIS: Final = re.compile(r"\b(?:su|sus|his|her|their)\b")
NOUNS: Final = {  # «la cotización», "the quote": a noun that points back to a record of that kind
    "customer": "cliente|customer|client", "quote": "cotizacion|presupuesto|oferta|quote|offer",
    "policy": "poliza|policy", "receipt": "recibo|receipt", "claim": "siniestro|claim", "vehicle": "coche|vehiculo|car",
}


@dataclass(frozen=True)
class Mention:
    """A record that a text names."""

    kind: str
    id: str
    label: str
    words: str


@dataclass(frozen=True)
class Scene:
    """What a clause is read against.

    Args:
        today: the date where the person is.
        mentions: records named in the person's message.
        near: records named in other clauses of the message, by kind, the nearest first.
        made: records named by results of this turn, by kind, the newest first.
        earlier: records that the conversation was about before, by kind, the newest first.
        follows: whether the clause comes after another, or continues an earlier turn.
    """

    today: date
    mentions: tuple[Mention, ...] = ()
    near: Mapping[str, Sequence[str]] = field(default_factory=dict)
    made: Mapping[str, Sequence[str]] = field(default_factory=dict)
    earlier: Mapping[str, Sequence[str]] = field(default_factory=dict)
    follows: bool = False


@dataclass(frozen=True)
class Choice:
    """Several records fit one name: the person has to say which."""

    argument: Argument
    words: str
    options: tuple[Mention, ...]


@dataclass
class Filled:
    """The arguments found, those missing, and names that fit several records."""

    values: dict[tuple[str, ...], Any] = field(default_factory=dict)
    missing: list[Argument] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    several: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def args(self) -> dict[str, Any]:
        """The values as a call takes them, nested records put together."""
        nested: dict[str, Any] = {}
        for path, value in self.values.items():
            at = nested
            for part in path[:-1]:
                at = at.setdefault(part, {})
            at[path[-1]] = value
        return nested


class Reader:
    """One text read once: its codes, dates, numbers and names, none counted twice."""

    def __init__(self, text: str, scene: Scene) -> None:
        """Read `text`."""
        self.text, self.scene, self.flat = text, scene, level(text)
        self.codes: list[Code] = codes(text)
        self.mentions = [m for m in scene.mentions if fold(m.words) in fold(text)]
        self.dates: list[FoundDate] = [d for d in dates(text, scene.today) if not self._in_code(d.start, d.end)]
        self.numbers: list[Number] = [
            n for n in numbers(text)
            if not self._in_code(n.start, n.end) and not any(n.start < d.end and d.start < n.end for d in self.dates)
        ]

    def _in_code(self, start: int, end: int) -> bool:
        return any(start < c.end and c.start < end for c in self.codes)

    def free_names(self) -> list[str]:
        """Proper names that no record answers to."""
        known = [(m.start(), m.end()) for mention in self.mentions
                 for m in re.finditer(re.escape(level(mention.words)), self.flat)]
        known += [(c.start, c.end) for c in self.codes]
        return [
            name.text for name in proper_names(self.text)
            if not any(name.start < end and start < name.end for start, end in known)
        ]


def fill(
    arguments: Sequence[Argument], texts: Sequence[str], scene: Scene, known: Iterable[str] = (),
    filled: Filled | None = None,
) -> Filled:
    """Fill `arguments` from `texts`, the newest first; an older text only fills what newer ones leave.

    Args:
        arguments: of the tool.
        texts: the person's words.
        scene: what they are read against.
        known: words by which the tool itself was recognised; they are no search terms.
        filled: what replies have given already; it is completed.
    """
    filled = filled if filled is not None else Filled()
    for text in texts:
        _read(arguments, Reader(text, scene), filled, frozenset(known))
    _carry(arguments, texts, scene, filled)
    doubtful = [choice.argument for choice in filled.choices]
    filled.missing = [
        a for a in arguments
        if (a.required or _meant(a, arguments, texts)) and a.path not in filled.values and a not in doubtful
    ]
    return filled


def _meant(argument: Argument, arguments: Sequence[Argument], texts: Sequence[str]) -> bool:
    """Whether «sus» means a record that may be left out otherwise: then it is asked for, not left out."""
    refs = [a for a in arguments if a.ref]
    points = any(HIS.search(level(text)) for text in texts)
    return points and bool(argument.ask) and argument.ref == "customer" and len(refs) == 1


def _read(arguments: Sequence[Argument], reader: Reader, filled: Filled, known: frozenset[str]) -> None:
    open_ = [a for a in arguments if a.path not in filled.values]
    numeric = [a for a in open_ if a.kind in ("integer", "number")]
    filled.values |= assign(numeric, reader.numbers, reader.text)
    _fill_dates([a for a in open_ if a.kind == "date"], reader, filled)
    for argument in open_:
        if argument.ref:
            _fill_ref(argument, reader, filled, arguments)
        elif argument.kind in ("enum", "boolean", "list"):
            value = _word_value(argument, reader)
            if value is not None:
                filled.values[argument.path] = value
        elif argument.kind == "string":
            text = _string_value(argument, reader, arguments, known)
            if text:
                filled.values[argument.path] = text
    _fill_names(open_, reader, filled)


def _fill_ref(argument: Argument, reader: Reader, filled: Filled, all_: Sequence[Argument]) -> None:
    """A record: one that the text names, a code of its kind, or a name nobody answers to (the tool says so)."""
    named = [m for m in reader.mentions if m.kind == argument.ref]
    by_words: dict[str, list[Mention]] = {}
    for mention in named:
        by_words.setdefault(fold(mention.words), []).append(mention)
    doubtful = [options for options in by_words.values() if len({m.id for m in options}) > 1]
    if doubtful:
        narrowed = _narrowed(doubtful[0], reader)
        if narrowed is None:
            if len({fold(m.label) for m in doubtful[0]}) == 1:
                # Labels that do not tell them apart: the tool knows what does, and asks.
                filled.values[argument.path] = doubtful[0][0].words
            elif not any(c.argument is argument for c in filled.choices):
                filled.choices.append(Choice(argument, doubtful[0][0].words, tuple(doubtful[0])))
            return
        named = [narrowed]
    ids = list(dict.fromkeys(m.id for m in named))
    if not ids:
        ids = list(dict.fromkeys(c.value for c in naming(argument.ref, reader.codes)))
    if not ids and argument.ref == "customer" and sum(a.ref == "customer" for a in all_) == 1:
        ids = reader.free_names()[:1]
    if ids:
        filled.values[argument.path] = ids[0]
        filled.choices = [c for c in filled.choices if c.argument is not argument]
        if len(ids) > 1:
            filled.several[argument.path] = ids


def _narrowed(options: Sequence[Mention], reader: Reader) -> Mention | None:
    """The one of `options` that another word of the text singles out (a NIF, a town in its label)."""
    given = {c.value for c in reader.codes}
    fitting_ = [o for o in options if given & {w.strip("(),·").upper() for w in o.label.split()}]
    return fitting_[0] if len(fitting_) == 1 else None


def _fill_dates(wanted: list[Argument], reader: Reader, filled: Filled) -> None:
    left = list(reader.dates)
    for argument in sorted(wanted, key=lambda a: (not a.cues, not a.required)):
        found = _by_cue(argument, left, reader.flat) if len(left) > 1 or len(wanted) > 1 else left[:1]
        if not found and len(wanted) == 1 and left:
            found = left[:1]
        if not found and argument.required and len(left) == 1:
            found = left[:1]
        if not found:
            continue
        direction = "past" if _starts(argument, PAST) else "future" if _starts(argument, FUTURE) else "nearest"
        filled.values[argument.path] = found[0].towards(direction).isoformat()  # type: ignore[arg-type]
        left.remove(found[0])


def _starts(argument: Argument, beginnings: tuple[str, ...]) -> bool:
    return any(part.startswith(beginnings) for part in argument.name.split("_"))


def _by_cue(argument: Argument, found: Sequence[FoundDate], flat: str) -> list[FoundDate]:
    scored = []
    for one in found:
        before = flat[max(0, one.start - 40):one.start]
        ends = [end for cue in argument.cues for _, end in find(cue, before)]
        if ends:
            scored.append((len(before) - max(ends), one))
    return [one for _, one in sorted(scored, key=lambda pair: pair[0])][:1]


def _word_value(argument: Argument, reader: Reader) -> Any:
    ways: dict[str, list[str]] = {value: list(said) for value, said in argument.words.items()}
    if argument.kind == "enum":
        for choice in argument.choices:
            ways.setdefault(choice, []).append(choice.replace("_", " "))
            if len(choice) > 1:
                ways[choice].append(choice)
    if argument.kind == "boolean":
        return _truth(argument, ways, reader)
    code = _by_pattern(argument, reader)
    if code and code in argument.choices:
        return code
    said = longest({v: p for v, p in ways.items() if all(len(x) > 1 for x in p) or argument.words.get(v)}, reader.flat)
    if said is None:
        return None
    return [said.value] if argument.kind == "list" else said.value


def _truth(argument: Argument, ways: Mapping[str, list[str]], reader: Reader) -> bool | None:
    said = longest(ways, reader.flat)
    if said is not None:
        true = said.value == "true"
        return (not true) if true and negated(reader.flat, said.start) else true
    for start, _ in (place for cue in argument.cues for place in find(cue, reader.flat)):
        return not negated(reader.flat, start)
    return None


def _by_pattern(argument: Argument, reader: Reader) -> str | None:
    pattern = argument.slot.get("pattern") or ""
    if not pattern:
        return None
    for match in re.finditer(pattern, reader.text):
        before = reader.flat[max(0, match.start() - 30):match.start()]
        cued = any(find(cue, before) for cue in argument.cues)
        if cued or (not argument.cues and len(match.group()) > 1) or len(match.group()) >= 5:
            return match.group().strip()
    return None


def _string_value(argument: Argument, reader: Reader, all_: Sequence[Argument], known: frozenset[str]) -> str | None:
    """Text for an argument: its own pattern, what follows its cue, or what the whole request is about."""
    if argument.words:
        said = longest(argument.words, reader.flat)
        return said.value if said else _by_pattern(argument, reader)
    if argument.slot.get("pattern"):
        return _by_pattern(argument, reader)
    following = _after_cue(argument, reader)
    if following or not argument.required:
        return following
    if argument.name in NAMED:
        return _subject(reader, known)
    if argument.name in ("first_name", "last_name"):
        return None
    return _reported(reader) if any(a.ref for a in all_) else _subject(reader, known)


def _after_cue(argument: Argument, reader: Reader) -> str | None:
    for cue in argument.cues:
        for start, end in find(cue, reader.flat):
            tail = CUED.match(reader.text[end:])
            value = next((g for g in tail.groups() if g), "").strip() if tail else ""
            names_somebody = any(fold(m.words) in fold(value) for m in reader.mentions)
            if value and "@" not in value and not names_somebody and any(c.isalnum() for c in value):
                return reader.text[start:end] + " " + value if level(cue) == "calle" else value
    return None


def _quotation(reader: Reader) -> str | None:
    found = QUOTED.search(reader.text)
    return next(g for g in found.groups() if g).strip() if found else None


def _reported(reader: Reader) -> str | None:
    """What somebody said, to be noted: a quotation, what follows a colon, or what follows «que»."""
    quoted = _quotation(reader)
    if quoted:
        return quoted
    for pattern in (AFTER_COLON, AFTER_THAT):
        found = pattern.search(reader.text)
        if found:
            return found.group(1).strip(" .")
    return None


def _subject(reader: Reader, known: frozenset[str]) -> str | None:
    """What a search is about: a code, a quotation, a named record, a proper name, or the words left over."""
    if reader.codes:
        return reader.codes[0].value
    quoted = _quotation(reader)
    if quoted:
        return quoted
    if reader.mentions:
        return max((m.words for m in reader.mentions), key=len)
    names = reader.free_names()
    if names:
        return names[-1]
    left = [w for w in words(reader.text) if w not in STOP and w not in known and len(w) > 1]
    return " ".join(left) or None


def _fill_names(open_: Sequence[Argument], reader: Reader, filled: Filled) -> None:
    """Given name and surnames of somebody new."""
    by_name = {a.name: a for a in open_}
    first, last = by_name.get("first_name"), by_name.get("last_name")
    names = [m.words for m in reader.mentions if m.kind == "customer"] or reader.free_names()
    if first and last and names:
        given, family = split_name(names[0])
        filled.values.setdefault(first.path, given)
        if family:
            filled.values.setdefault(last.path, family)


def _carry(arguments: Sequence[Argument], texts: Sequence[str], scene: Scene, filled: Filled) -> None:
    """Records from near by, from this turn's results and from the conversation, where words point to them.

    A record that must be named is carried without a pointing word («¿qué recibos tiene?»); one
    that may be left out is not, or «¿qué recibos hay vencidos?» would be about one customer.
    """
    flat = " ".join(level(text) for text in texts)
    points = scene.follows or bool(POINTING.search(flat))
    for argument in arguments:
        if not argument.ref or argument.path in filled.values or any(c.argument is argument for c in filled.choices):
            continue
        noun = re.search(rf"\b(?:el|la|del|al|the|this|that|esta?)\s+(?:{NOUNS.get(argument.ref, 'registro')})\b", flat)
        for source in (scene.near, scene.made, scene.earlier):
            found = source.get(argument.ref, ())
            if found and (argument.required or points or noun):
                filled.values[argument.path] = found[0]
                break


def answer(arguments: Sequence[Argument], asked: Sequence[Argument], reply: str, scene: Scene) -> Filled:
    """`reply` read as the answer to the question for the arguments `asked`.

    A bare value needs no cue: «42, 20 y 11» answers three questions for numbers in order,
    a whole sentence answers one for text.
    """
    reader = Reader(reply, scene)
    filled = Filled()
    _read(arguments, reader, filled, frozenset())
    open_ = [a for a in asked if a.path not in filled.values]
    numeric = [a for a in open_ if a.kind in ("integer", "number")]
    spare = [n for n in reader.numbers if not any(_is(filled.values[p], n) for p in filled.values)]
    if numeric and len(spare) == len(numeric):
        for argument, number in zip(numeric, spare, strict=True):
            value = fitting(argument, number, reader.flat)
            if value is not None:
                filled.values[argument.path] = value
    if len(open_) == 1 and open_[0].path not in filled.values:
        value = _whole_reply(open_[0], reader)
        if value is not None:
            filled.values[open_[0].path] = value
    return filled


def _is(value: Any, number: Number) -> bool:
    return str(value) == f"{number.value:f}"


def _whole_reply(argument: Argument, reader: Reader) -> Any:
    said = reader.text.strip(" .!¡")
    if argument.kind == "boolean":
        first = words(said)[:1]
        return {"si": True, "yes": True, "claro": True, "no": False, "not": False}.get(first[0]) if first else None
    if argument.kind == "enum":
        exact = {fold(c): c for c in argument.choices} | {fold(c).replace("_", " "): c for c in argument.choices}
        return exact.get(fold(said))
    if argument.kind == "date" and reader.dates:
        return reader.dates[0].value.isoformat()
    if argument.kind == "string" and not argument.slot.get("pattern") and said:
        return said
    if argument.kind == "string" and said:
        found = re.fullmatch(str(argument.slot["pattern"]), said)
        return said if found else None
    return None
