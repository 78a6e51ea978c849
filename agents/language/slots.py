"""Filling a tool's arguments from plain words (*relleno de huecos*); nothing is ever invented.

A value comes from what the person wrote, from the records that the text names, from the
result of an earlier call of the same turn, or from the record the conversation is about.
What none of these gives stays missing, and is asked for.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from agents.language.codes import naming
from agents.language.dates import Direction, FoundDate
from agents.language.names import split_name
from agents.language.numbers import Number
from agents.language.phrases import Said, find, longest, negated
from agents.language.quantities import assign, fitting
from agents.language.reading import Mention, Reader, Scene
from agents.language.schemas import Argument
from agents.language.texts import by_pattern, string_value
from agents.language.windows import window_in
from knowledge.words import STOP, fold, level, words

PAST: Final = ("paid", "returned", "collected", "occurred", "received", "birth", "declared", "known", "since", "from")
FUTURE: Final = ("effective", "start", "until", "due", "expires", "next")
BEGINS, ENDS = ("from_", "since"), ("to_", "until")  # the two ends of a period
JOINED: Final = re.compile(r"\s*(?:,|\b(?:y|e|and)\b)\s*(?:(?:de|del|en|el|la|in|of|the|for|para)\s+)*")
CODE_LETTERS: Final = 2  # a choice this short («ca») is no word; it counts only behind its cue
POINTING: Final = re.compile(
    r"^[¿ ]*(?:y|and)\b|\b(?:su|sus|suyo|suya|suyos|suyas|le|les|ese|esa|esos|esas|dicho|dicha|mismo|misma|"
    r"his|her|hers|their|him|it|its|them|she|he|they|that one|este cliente|esta cliente|this customer|that customer)\b"
    r"|\b\w{3,}(?:ar|er|ir|a|e|en|an)(?:me|se|te)?(?:l[aeo]s?)\b"
)
HIS: Final = re.compile(r"\b(?:su|sus|his|her|their)\b")
NOUNS: Final = {  # «la cotización», "the quote": a noun that points back to a record of that kind
    "customer": "cliente|customer|client",
    "quote": "cotizacion|presupuesto|oferta|quote|offer",
    "policy": "poliza|policy",
    "receipt": "recibo|receipt",
    "claim": "siniestro|claim",
    "payee": "beneficiario|proveedor|payee|supplier",
    "payment": "pago|transferencia|payment|transfer",
    "vehicle": "coche|vehiculo|car",
}


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


def fill(
    arguments: Sequence[Argument],
    texts: Sequence[str],
    scene: Scene,
    known: Iterable[str] = (),
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
        a
        for a in arguments
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
            _fill_ref(argument, reader, filled)
    chosen = [a for a in open_ if not a.ref and a.kind in ("enum", "boolean", "list")]
    strings = [a for a in open_ if not a.ref and a.kind == "string"]
    # What people were expected to say comes first; bare values and free text take what is left.
    for fill_one in (_declared_value, _bare_value):
        for argument in chosen:
            if argument.path not in filled.values:
                value = fill_one(argument, reader)
                several = _joined_values(argument, reader) if value is not None and argument.kind == "enum" else []
                if len(several) > 1:
                    filled.several[argument.path] = several
                if value is not None:
                    filled.values[argument.path] = value
    _fill_customer(open_, reader, filled, arguments)
    for argument in sorted(strings, key=lambda a: not a.slot.get("pattern")):
        text = string_value(argument, reader, arguments, known)
        if text:
            filled.values[argument.path] = text
    _fill_names(open_, reader, filled)


def _fill_customer(open_: Sequence[Argument], reader: Reader, filled: Filled, all_: Sequence[Argument]) -> None:
    """The only customer, by a name nobody answers to and no other argument took (the tool says that nobody does)."""
    customers = [a for a in all_ if a.ref == "customer"]
    names = _names_left(reader, all_)
    doubtful = [choice.argument for choice in filled.choices]
    for argument in open_:
        if argument in customers and len(customers) == 1 and names and argument not in doubtful:
            filled.values.setdefault(argument.path, names[0])


def _names_left(reader: Reader, all_: Sequence[Argument]) -> list[str]:
    """Names of which something is left beside a value that an argument took and its cue («Zona B» is no name)."""
    cues = {word for a in all_ for cue in a.cues for word in level(cue).split()}
    left = []
    for name in reader.free_names():
        start = reader.text.index(name)
        spans = [(start + m.start(), start + m.end()) for m in re.finditer(r"\S+", name)]
        free = [span for span in spans if reader.is_free(*span) and reader.flat[slice(*span)].strip(",.") not in cues]
        if free:
            left.append(name)
    return left


def _behind_cue(argument: Argument, reader: Reader) -> list[str]:
    """A name that no record answers to, right behind the argument's cue: «con Meridiano»."""
    for name in reader.free_names():
        start = reader.text.index(name)
        before = reader.flat[:start].rstrip()
        if any(end == len(before) for cue in argument.cues for _, end in find(cue, before)):
            reader.take(start, start + len(name))
            return [name]
    return []


def _fill_ref(argument: Argument, reader: Reader, filled: Filled) -> None:
    """A record: one that the text names, a code of its kind, or a name behind its cue that the tool will not know."""
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
        named_by = naming(argument.ref, reader.codes)
        ids = list(dict.fromkeys(c.value for c in named_by))
        for code in named_by:
            reader.take(code.start, code.end)
    if not ids:
        ids = _behind_cue(argument, reader)
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


def _fill_window(wanted: list[Argument], reader: Reader, filled: Filled) -> None:
    """The two ends of a period: «del 1 al 31 de enero», «de marzo», «el año pasado»."""
    begins = [a for a in wanted if a.name.startswith(BEGINS)]
    ends = [a for a in wanted if a.name.startswith(ENDS)]
    if len(begins) != 1 or len(ends) != 1:
        return
    window = window_in(reader.text, reader.dates, reader.scene.today, "future" if begins[0].ahead else "past")
    if window is not None:
        filled.values[begins[0].path] = window.first.isoformat()
        filled.values[ends[0].path] = window.last.isoformat()
        reader.take(window.start, window.end)


def _fill_dates(wanted: list[Argument], reader: Reader, filled: Filled) -> None:
    _fill_window(wanted, reader, filled)
    wanted = [a for a in wanted if a.path not in filled.values]
    left = [one for one in reader.dates if reader.is_free(one.start, one.end)]
    for argument in sorted(wanted, key=lambda a: (not a.cues, not a.required)):
        found = _by_cue(argument, left, reader.flat) if len(left) > 1 or len(wanted) > 1 else left[:1]
        if not found and len(wanted) == 1 and left:
            found = left[:1]
        if not found and argument.required and len(left) == 1:
            found = left[:1]
        if not found:
            continue
        ahead = argument.ahead or _starts(argument, FUTURE)
        direction: Direction = "future" if ahead else "past" if _starts(argument, PAST) else "nearest"
        filled.values[argument.path] = found[0].towards(direction).isoformat()
        left.remove(found[0])


def _starts(argument: Argument, beginnings: tuple[str, ...]) -> bool:
    return any(part.startswith(beginnings) for part in argument.name.split("_"))


def _by_cue(argument: Argument, found: Sequence[FoundDate], flat: str) -> list[FoundDate]:
    scored = []
    for one in found:
        before = flat[max(0, one.start - 40) : one.start]
        ends = [end for cue in argument.cues for _, end in find(cue, before)]
        if ends:
            scored.append((len(before) - max(ends), one))
    return [one for _, one in sorted(scored, key=lambda pair: pair[0])][:1]


def _declared_value(argument: Argument, reader: Reader) -> Any:
    """The choice by its own pattern, or by the words that its slot lists for it."""
    if argument.kind == "boolean":
        return _truth(argument, reader)
    code = by_pattern(argument, reader)
    if code and code in argument.choices:
        return code
    said = longest({v: [p for p in ways if level(p) not in STOP] for v, ways in argument.words.items()}, reader.flat)
    return _chosen(argument, said, reader)


def _joined_values(argument: Argument, reader: Reader) -> list[str]:
    """Several choices that a conjunction joins («en autos y en hogar»), in order; each is meant."""
    places = sorted(
        {
            (start, -end, value)
            for value, ways in argument.words.items()
            for way in ways
            if level(way) not in STOP
            for start, end in find(way, reader.flat)
        }
    )
    found: list[tuple[int, int, str]] = []
    for start, end, value in places:
        if not found or start >= found[-1][1]:
            found.append((start, -end, value))
    joined = found[:1]
    for place in found[1:]:
        if JOINED.fullmatch(reader.flat[joined[-1][1] : place[0]]):
            joined.append(place)
    return list(dict.fromkeys(value for _, _, value in joined))


def _bare_value(argument: Argument, reader: Reader) -> Any:
    """The choice by its own name, where no argument has taken it; a short code only behind its cue."""
    if argument.kind == "boolean":
        return None
    for choice in argument.choices:
        plain = choice.replace("_", " ")
        telling = len(choice) > CODE_LETTERS and level(plain) not in STOP
        for start, end in find(plain, reader.flat):
            if len(choice) == 1 and reader.text[start:end] != choice:  # «zona a la que» names no zone A
                continue
            cued = any(
                re.search(rf"(?<!\w){re.escape(level(cue))}\W{{1,3}}(?:(?:a|al|to|es|is|en)\W)?$", reader.flat[:start])
                for cue in argument.cues
            )
            if (telling or cued) and reader.is_free(start, end):
                return _chosen(argument, Said(choice, start, end), reader)
    return None


def _chosen(argument: Argument, said: Said | None, reader: Reader) -> Any:
    if said is None:
        return None
    reader.take(said.start, said.end)
    return [said.value] if argument.kind == "list" else said.value


def _truth(argument: Argument, reader: Reader) -> bool | None:
    said = longest(argument.words, reader.flat)
    if said is not None:
        reader.take(said.start, said.end)
        true = said.value == "true"
        return (not true) if true and negated(reader.flat, said.start) else true
    for start, _ in (place for cue in argument.cues for place in find(cue, reader.flat)):
        return not negated(reader.flat, start)
    return None


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
    _read([a for a in arguments if not a.whole or a in asked], reader, filled, frozenset())
    _name_asked_for(arguments, asked, reader, filled)
    open_ = [a for a in asked if a.path not in filled.values]
    numeric = [a for a in open_ if a.kind in ("integer", "number")]
    spare = [n for n in reader.numbers if not any(_is(filled.values[p], n) for p in filled.values)]
    if len(spare) != len(numeric):  # what is unclear among all arguments may be clear among those asked for
        filled.values |= assign(numeric, spare, reader.text)
    if numeric and len(spare) == len(numeric):
        for argument, number in zip(numeric, spare, strict=True):
            value = fitting(argument, number, reader.flat)
            if value is not None:
                filled.values[argument.path] = value
    alone = len(open_) == 1 and not (open_[0].ref and filled.values)  # a list of values names no record
    if alone and open_[0].path not in filled.values:
        value = _whole_reply(open_[0], reader)
        if value is not None:
            filled.values[open_[0].path] = value
    return filled


def _name_asked_for(arguments: Sequence[Argument], asked: Sequence[Argument], reader: Reader, filled: Filled) -> None:
    """Give a name that no record answers to, to the record that was asked for («con Cantábrica» to the insurer)."""
    names = _names_left(reader, arguments)
    customer = next((a for a in arguments if a.ref == "customer"), None)
    wanted = [a for a in asked if a.ref and a.path not in filled.values]
    if not asked or customer is None or customer in asked or filled.values.get(customer.path) not in names:
        return
    del filled.values[customer.path]
    if len(wanted) == 1:
        filled.values[wanted[0].path] = names[0]


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
