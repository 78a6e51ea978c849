"""Finding customers by what people write: an id, a NIF, a reference, or a name.

Every look-up is a query that an index answers, however large the book; nothing is compared
in Python but the few rows found. Words are matched as `names.fold` writes them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Text, and_, any_, cast, func, literal, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import col, or_, select

from core.context import Context
from core.errors import Ambiguous, BadArguments, NotFound
from core.i18n import N_
from core.identifiers import parse_id_number
from modules.core_business.crm.names import Run, fold, id_numbers, in_speaking_order, runs, telling
from modules.core_business.crm.records import Customer, CustomerKind
from tools import Slot
from tools.results import Mention

CHOICES: Final = 10  # as many as a person reads
SAME_NAME: Final = 5  # more customers than this under one name are no mention but a search
MOST_NUMBERS: Final = 50
CODE: Final = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z0-9]{4,20}")
CustomerRef: TypeAlias = Annotated[str, Slot(ref="customer", ask=N_("¿De qué cliente?"))]


class CustomerNotFound(NotFound):
    """No customer of this tenant answers to the reference."""

    text = N_("No encuentro ningún cliente «{ref}». Compruebe el nombre o indique su NIF.")


def resolve_customer(ctx: Context, text: str) -> Customer:
    """The one customer that `text` names: id, NIF, import reference or name.

    A whole name goes before a short one (first name and first surname), and both before
    any name that merely holds all the words.

    Raises:
        CustomerNotFound: nobody here answers to it.
        Ambiguous: several do; `options` holds their ids and labels.
    """
    wanted = text.strip()
    if not wanted:
        raise BadArguments(field="customer", problem=N_("falta el cliente"))
    if (id := _as_uuid(wanted)) is not None:
        found_by_id = ctx.session.exec(select(Customer).where(Customer.id == id, alive())).first()
        if found_by_id is None:
            raise CustomerNotFound(ref=wanted)
        return found_by_id
    for condition in _conditions(wanted):
        found = ctx.session.exec(
            select(Customer).where(condition, alive()).order_by(Customer.name).limit(CHOICES)
        ).all()
        if len(found) == 1:
            return found[0]
        if found:
            raise several(wanted, found)
    raise CustomerNotFound(ref=wanted)


def several(ref: str, found: Sequence[Customer]) -> Ambiguous:
    """The error that asks which of `found` was meant by `ref`."""
    # The town tells namesakes apart as people do: «la de Badajoz».
    labels = [f"{c.name} ({c.id_number})" + (f", {c.city}" if c.city else "") for c in found]
    options = [{"id": str(c.id), "label": label} for c, label in zip(found, labels, strict=True)]
    return Ambiguous(field="customer", ref=ref, choices="; ".join(labels), options=options)


def alive() -> Any:
    """The condition that a customer is neither deleted nor erased."""
    return and_(col(Customer.deleted_at).is_(None), col(Customer.erased_at).is_(None))


def fitting(query: str) -> Any:
    """The condition that a name holds the words of `query`, or that it is the NIF, e-mail, telephone or town."""
    words = fold(query)
    compact = query.strip().replace(" ", "")
    fits = [
        col(Customer.id_number) == compact.upper(),
        col(Customer.import_ref) == compact.upper(),
        col(Customer.email) == compact.lower(),
        col(Customer.phone).in_((compact, f"+34{compact}")),
        col(Customer.city).ilike(query.strip().replace("%", r"\%").replace("_", r"\_")),
    ]
    if words:
        fits.append(holds_words(words, beginnings=True))
    return or_(*fits)


def holds_words(folded: str, beginnings: bool = False) -> Any:
    """The condition that the name holds every word of `folded`, in any order.

    With `beginnings` a word of `folded` may be the beginning of one of the name.
    """
    padded = literal(" ") + col(Customer.search_name) + " "
    end = "" if beginnings else " "
    return and_(*(padded.contains(f" {word}{end}", autoescape=True) for word in folded.split()))


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _conditions(wanted: str) -> Iterable[Any]:
    try:
        yield col(Customer.id_number) == parse_id_number(wanted)
    except ValueError:
        yield col(Customer.import_ref) == wanted.upper()
    folded = fold(in_speaking_order(wanted))
    if folded:
        yield col(Customer.search_name) == folded
        yield col(Customer.short_name) == folded
        yield holds_words(folded)


def mentions_in(ctx: Context, text: str) -> tuple[Mention, ...]:
    """Customers that `text` (NFC) names, in the order of the text; the longest run of words wins.

    Whole names, short names and the beginnings of company names count from two words up;
    NIF, NIE, CIF and import references count alone. Two customers under one name are two
    mentions of the same words.
    """
    taken: list[Run] = []
    mentions: list[tuple[int, Mention]] = []
    hits = _by_name(ctx, text) + _by_number(ctx, text)
    # Longest first; of equal length, a whole name before a short one before a beginning.
    for run, _, found in sorted(hits, key=lambda hit: (-hit[0].count, hit[1], hit[0].start)):
        if any(run.overlaps(other) for other in taken):
            continue
        taken.append(run)
        words = text[run.start : run.end]
        mentions += [(run.start, _mention(customer, words)) for customer in found]
    return tuple(mention for _, mention in sorted(mentions, key=lambda pair: (pair[0], pair[1].label)))


Named: TypeAlias = tuple[UUID, str]  # id, name
Hit: TypeAlias = tuple[Run, int, list[Named]]


def _mention(customer: Named, words: str) -> Mention:
    return Mention(kind="customer", id=str(customer[0]), label=customer[1], words=words)


def _by_name(ctx: Context, text: str) -> list[Hit]:
    wanted: dict[str, list[Run]] = {}
    for run in runs(text):
        if run.count > 1:
            wanted.setdefault(run.folded, []).append(run)
    if not wanted:
        return []
    hits: list[Hit] = []
    queries = (
        _equal(Customer.search_name, wanted),
        _equal(Customer.short_name, wanted),
        _beginning(run for run in wanted if telling(run)),
    )
    for rank, query in enumerate(queries):
        found: dict[str, list[Named]] = {}
        for id, name, folded in ctx.session.exec(query):
            found.setdefault(folded, []).append((id, name))
        hits += [
            (run, rank, customers)
            for folded, customers in found.items()
            if len(customers) <= SAME_NAME
            for run in wanted[folded]
        ]
    return hits


def _array(texts: Iterable[str]) -> Any:
    return cast(literal(list(texts), ARRAY(Text)), ARRAY(Text))


def _equal(column: Any, wanted: Iterable[str]) -> Any:
    attribute: InstrumentedAttribute[str] = column
    return select(Customer.id, Customer.name, attribute).where(attribute == any_(_array(wanted)), alive()).limit(500)


def _beginning(wanted: Iterable[str]) -> Any:
    """Companies whose name goes on after one of the `wanted` runs: a range of the index each."""
    beginnings = func.unnest(_array(wanted)).table_valued("run", name="beginnings").render_derived()
    run = beginnings.c.run
    name = col(Customer.search_name)
    # " " and "!" are neighbours by code point: between them lie the names that go on after a word.
    after = (run + " ").collate("C")
    before = (run + "!").collate("C")
    company = (
        select(Customer.id, Customer.name)
        .where(name >= after, name < before, col(Customer.kind) != CustomerKind.PERSON, alive())
        .limit(SAME_NAME + 1)
        .lateral("company")
    )
    return select(company.c.id, company.c.name, run).select_from(beginnings).join(company, true()).limit(500)


def _by_number(ctx: Context, text: str) -> list[Hit]:
    """Customers by NIF, NIE, CIF or import reference."""
    numbers = list(islice(id_numbers(text), MOST_NUMBERS))
    refs = [replace(run, folded=run.folded.upper()) for run in runs(text, 1) if CODE.fullmatch(run.folded)]
    wanted: dict[str, Run] = {run.folded: run for run in [*refs[:MOST_NUMBERS], *numbers]}
    if not wanted:
        return []
    query = select(Customer.id, Customer.name, Customer.id_number, Customer.import_ref).where(
        or_(col(Customer.id_number) == any_(_array(wanted)), col(Customer.import_ref) == any_(_array(wanted))),
        alive(),
    )
    return [
        (wanted[number] if number in wanted else wanted[str(ref)], 0, [(id, name)])
        for id, name, number, ref in ctx.session.exec(query)
    ]
