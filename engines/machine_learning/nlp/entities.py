"""What a text names: people's numbers, accounts, vehicles, policies, money, days; and hiding them."""

from collections import Counter
from typing import Final, Literal

from engines.contract import Caution, Computed, Part, Quoted, operation
from engines.errors import N_, InvalidInput
from engines.machine_learning.nlp.recognisers import RULES, Found, Kind, recognised
from engines.machine_learning.nlp.texts import text_of

PERSONAL: Final[tuple[Kind, ...]] = (
    "nif", "iban", "email", "phone", "plate", "policy_number", "claim_number", "postcode", "person",
)  # fmt: skip
BY_RULES: Final = N_(
    "Solo reconoce nombres tras un tratamiento o un rótulo («D.ª», «Tomador:») y ninguna dirección; "
    "revise el texto o dé los nombres en «also»."
)
WRONG_CHECK: Final = N_("Hay {count} números cuyo carácter de control no cuadra; compruébelos.")
LABELS: Final[dict[str, str]] = {
    "iban": "IBAN", "email": "CORREO", "nif": "NIF", "money": "IMPORTE", "phone": "TELEFONO", "plate": "MATRICULA",
    "policy_number": "POLIZA", "claim_number": "SINIESTRO", "date": "FECHA", "postcode": "CP", "person": "PERSONA",
    "insurer": "ASEGURADORA", "also": "OCULTO",
}  # fmt: skip


class Entity(Part):
    """One thing named, from `start` (included) to `end` (excluded).

    `value` is its normal form: E.164, ISO 8601 (`--05-03` without a year), "1234.56 EUR", letters and
    digits without blanks, the insurer's usual name. `valid` says whether its check digits agree; None
    where it has none.
    """

    kind: Kind
    text: Quoted
    start: int
    end: int
    value: str
    valid: bool | None


class Entities(Computed):
    """What a text names, in its order; `counts` by kind."""

    entities: list[Entity]
    counts: dict[str, int]


class Span(Part):
    """What was hidden in the original text, and what stands in its place. It holds no hidden text."""

    kind: str
    start: int
    end: int
    replacement: str


class Redacted(Computed):
    """A text without what identifies people; `spans` point into the original."""

    text: Quoted
    spans: list[Span]
    counts: dict[str, int]


@operation(
    "Datos que nombra un texto",
    examples=(
        "Extrae de este correo el NIF, el IBAN, la matrícula, el teléfono, el número de póliza y los importes",
        "Extract named entities (ID number, IBAN, plate, phone, policy number, amounts, dates) from this e-mail",
    ),
)
def entities(text: str, kinds: list[Kind] | None = None) -> Entities:
    """Find what a Spanish text names: identity numbers, accounts, vehicles, policies, claims, money, days, insurers.

    Numbers with a check digit are given even if it is wrong (`valid` is then false): a mistyped NIF is
    what one has to see. Insurers come from a gazetteer; people only after a form of address or a label.

    Args:
        text: what was written, up to 200,000 characters.
        kinds: which ones to look for; all if left out.

    Raises:
        InvalidInput: an empty text, or no kinds.
        LimitExceeded: a text that is too long.

    Source: Orden EHA/451/2008 and RD 1065/2007 art. 18 (NIF); ISO 13616 (IBAN, mod 97-10); ITU-T E.164;
    RD 2822/1998 annex XVIII (plates: four digits and three consonants).
    """
    read = text_of(text, "text")
    found = recognised(read, _wanted(kinds, tuple(RULES)))
    wrong = sum(one.valid is False for one in found)
    return Entities(
        method="rules, check digits, gazetteer",
        library="python-stdnum, phonenumbers",
        n=len(found),
        entities=[
            Entity(
                kind=o.kind, text=read[o.start : o.end], start=o.start, end=o.end, value=o.value, valid=o.valid
            )
            for o in found
        ],
        counts=dict(Counter(one.kind for one in found)),
        warnings=(Caution(text=WRONG_CHECK, values={"count": wrong}),) if wrong else (),
    )  # fmt: skip


@operation(
    "Ocultar datos personales",
    examples=(
        "Oculta los datos personales de este texto antes de enviarlo: NIF, cuenta, teléfono, correo y nombres",
        "Redact personal data (ID, IBAN, phone, e-mail) from this text",
    ),
)
def redact(
    text: str,
    kinds: list[Kind] | None = None,
    also: list[str] | None = None,
    style: Literal["label", "numbered", "mask"] = "label",
) -> Redacted:
    """Replace what identifies people in a Spanish text.

    Args:
        text: what was written, up to 200,000 characters.
        kinds: what to hide; if left out, identity numbers, accounts, e-mails, telephones, plates, policy
            and claim numbers, postcodes and names that the rules find (not dates, money or insurers).
        also: further words to hide wherever they stand alone, in capitals or not, such as the client's
            name and street; each at least two characters long.
        style: label ([NIF]), numbered ([NIF 1], the same number for the same value, so that the text
            can still be followed), or mask (an asterisk for each letter and digit).

    Raises:
        InvalidInput: an empty text, no kinds, or a word of `also` that is too short.
        LimitExceeded: a text that is too long.

    Source: Regulation (EU) 2016/679 art. 4(5) and AEPD, "Orientaciones y garantías en los procedimientos de
    anonimización" (2016): replaced text is pseudonymised at most, not anonymous.
    """
    read = text_of(text, "text")
    hidden = _with_named(read, recognised(read, _wanted(kinds, PERSONAL)), _standing(read, also or []))
    spans, numbers, last = [], dict[tuple[str, str], int](), Counter[str]()
    for kind, one in hidden:
        if (kind, one.value) not in numbers:
            last[kind] += 1
            numbers[kind, one.value] = last[kind]
        order = numbers[kind, one.value]
        spans.append(Span(kind=kind, start=one.start, end=one.end, replacement=_cover(kind, order, read, one, style)))
    covered, at = [], 0
    for span in spans:
        covered += [read[at : span.start], span.replacement]
        at = span.end
    return Redacted(
        method=f"rules; {style}",
        library="python-stdnum, phonenumbers",
        n=len(spans),
        text="".join([*covered, read[at:]]),
        spans=spans,
        counts=dict(Counter(span.kind for span in spans)),
        warnings=(Caution(text=BY_RULES),),
    )


def _wanted(kinds: list[Kind] | None, usual: tuple[Kind, ...]) -> frozenset[Kind]:
    if kinds is not None and not kinds:
        raise InvalidInput("kinds", N_("diga al menos una clase de dato, o ninguna lista"))
    return frozenset(usual if kinds is None else kinds)


def _with_named(text: str, found: list[Found], named: list[tuple[int, int]]) -> list[tuple[str, Found]]:
    """What was found and what the caller names, in order; the latter is hidden whole, with whatever it overlaps."""

    def also(start: int, end: int) -> tuple[str, Found]:
        return "also", Found("person", start, end, text[start:end].casefold())

    merged: list[tuple[str, Found]] = []
    for kind, one in sorted(
        [*((one.kind, one) for one in found), *(also(*span) for span in named)], key=lambda item: item[1].start
    ):
        if merged and one.start < merged[-1][1].end:
            merged[-1] = also(merged[-1][1].start, max(merged[-1][1].end, one.end))
        else:
            merged.append((kind, one))
    return merged


def _standing(text: str, words: list[str]) -> list[tuple[int, int]]:
    import re

    if any(len(word.strip()) < 2 for word in words):
        raise InvalidInput("also", N_("contiene una palabra de menos de dos letras"))
    spans = []
    for word in sorted(words, key=len, reverse=True):
        pattern = r"\s+".join(re.escape(part) for part in word.split())
        spans += [m.span() for m in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.I)]
    kept: list[tuple[int, int]] = []
    letters = bytearray(len(text))
    for start, end in spans:
        if not any(letters[start:end]):
            kept.append((start, end))
            letters[start:end] = b"\1" * (end - start)
    return kept


def _cover(kind: str, order: int, text: str, one: Found, style: str) -> str:
    if style == "mask":
        return "".join("*" if c.isalnum() else c for c in text[one.start : one.end])
    return f"[{LABELS[kind]} {order}]" if style == "numbered" else f"[{LABELS[kind]}]"
