"""Finding policies, receipts, quotes and insurers by what people write.

Each `resolve_*` gives exactly one record, or says that there is none or which there are.
Every look-up is answered by an index.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from uuid import UUID

from sqlmodel import col, func, or_, select

from core.context import Context
from core.errors import Ambiguous, BadArguments, NotFound
from core.i18n import N_
from core.identifiers import compact, parse_plate
from core.records import Record
from modules.insurance.kernel.records import Claim, Endorsement, Insurer, Policy, Quote, Receipt
from modules.insurance.kernel.states import PolicyState
from tools import Slot
from tools.results import Mention
from tools.words import plain

RecordT = TypeVar("RecordT", bound=Record)

PolicyRef: TypeAlias = Annotated[str, Slot(ref="policy", ask=N_("¿De qué póliza? Indique el número o la matrícula."))]
ReceiptRef: TypeAlias = Annotated[str, Slot(ref="receipt", ask=N_("¿De qué recibo? Indique el número."))]
QuoteRef: TypeAlias = Annotated[
    str, Slot(ref="quote", ask=N_("¿Qué cotización? Indique el número, como Q-2026-000123."))
]
InsurerRef: TypeAlias = Annotated[str, Slot(ref="insurer", ask=N_("¿Con qué aseguradora?"), cues=("con", "with"))]

QUOTE_NUMBER: Final = re.compile(r"\bQ-\d{4}-\d{6}\b", re.IGNORECASE)
POLICY_NUMBER: Final = re.compile(r"\b(?:P-\d{4}-\d{6}|\d{4}-\d{8}|PO\d{5})\b(?!-\d)", re.IGNORECASE)
RECEIPT_NUMBER: Final = re.compile(r"\b(?:P-\d{4}-\d{6}-\d{2}|\d{13}|RE\d{6})\b", re.IGNORECASE)
ENDORSEMENT_NUMBER: Final = re.compile(r"\bE-\d{4}-\d{6}\b", re.IGNORECASE)
CLAIM_NUMBER: Final = re.compile(r"\b(?:SI\d{4}-\d{4,6}|S\d{8})\b", re.IGNORECASE)
PLATE: Final = re.compile(r"\b(?:\d{4}[ \-]?[B-DF-HJ-NP-TV-Z]{3}|[A-Z]{1,2}[ \-]?\d{4}[ \-]?[A-Z]{2})\b", re.IGNORECASE)
MOST: Final = 50  # numbers of one text that are looked up
CHOICES: Final = 10
TELLING: Final = 5  # letters of a word that may name an insurer alone


class PolicyNotFound(NotFound):
    """No policy of this tenant answers to the reference."""

    text = N_("No encuentro ninguna póliza «{ref}». Indique su número o la matrícula.")


class ReceiptNotFound(NotFound):
    """No receipt of this tenant answers to the reference."""

    text = N_("No encuentro ningún recibo «{ref}». Indique su número.")


class QuoteNotFound(NotFound):
    """No quote of this tenant answers to the reference."""

    text = N_("No encuentro ninguna cotización «{ref}». Indique su número, como Q-2026-000123.")


class InsurerNotFound(NotFound):
    """No insurer of this tenant answers to the reference."""

    text = N_("No encuentro ninguna aseguradora «{ref}».")


def alive(kind: type[Record]) -> Any:
    """The condition that a record is not deleted."""
    return col(kind.deleted_at).is_(None)


def as_uuid(text: str) -> UUID | None:
    """`text` as an id, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def one_of(found: Sequence[RecordT], label: Any, field: str, ref: str, error: type[NotFound]) -> RecordT:
    """The only one of `found`.

    Raises:
        NotFound: there is none; of the class `error`.
        Ambiguous: there are several; `options` holds their ids and labels.
    """
    if not found:
        raise error(ref=ref)
    if len(found) > 1:
        labels = [label(record) for record in found]
        options = [{"id": str(r.id), "label": said} for r, said in zip(found, labels, strict=True)]
        raise Ambiguous(field=field, ref=ref, choices="; ".join(labels), options=options)
    return found[0]


def by_id(ctx: Context, kind: type[RecordT], id: UUID, error: type[NotFound], ref: str) -> RecordT:
    """The live record `id`, or `error`."""
    found = ctx.session.get(kind, (ctx.actor.tenant_id, id))
    if found is None or found.deleted_at is not None:
        raise error(ref=ref)
    return found


def given(text: str, field: str) -> str:
    """`text` without surrounding blanks, or a message that the reference is missing."""
    wanted = text.strip()
    if not wanted:
        raise BadArguments(N_("Falta el campo «{field}»."), field=field)
    return wanted


def resolve_policy(ctx: Context, text: str) -> Policy:
    """The one policy that `text` names: id, number, import reference, or plate of the vehicle."""
    wanted = given(text, "policy")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, Policy, id, PolicyNotFound, wanted)
    fits = [col(Policy.policy_number) == wanted.upper(), col(Policy.import_ref) == wanted.upper()]
    found = ctx.session.exec(select(Policy).where(or_(*fits), alive(Policy)).limit(CHOICES)).all()
    if not found:
        by_object = (col(Policy.object_ref) == compact(wanted), alive(Policy))
        newest = col(Policy.effective_on).desc()
        found = ctx.session.exec(select(Policy).where(*by_object).order_by(newest).limit(CHOICES)).all()
        # A vehicle has one policy that runs; others of it are past, or wait for a signature.
        found = [policy for policy in found if policy.state == PolicyState.IN_FORCE] or found
    return one_of(found, policy_label, "policy", wanted, PolicyNotFound)


def policy_label(policy: Policy) -> str:
    """A policy as a list of choices names it."""
    return f"{policy.policy_number} ({policy.line}, {policy.effective_on:%d/%m/%Y})"


def resolve_receipt(ctx: Context, text: str) -> Receipt:
    """The one receipt that `text` names: id, number or import reference."""
    wanted = given(text, "receipt")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, Receipt, id, ReceiptNotFound, wanted)
    fits = [col(Receipt.receipt_number) == wanted.upper(), col(Receipt.import_ref) == wanted.upper()]
    found = ctx.session.exec(select(Receipt).where(or_(*fits), alive(Receipt)).limit(CHOICES)).all()
    return one_of(found, lambda receipt: receipt.receipt_number, "receipt", wanted, ReceiptNotFound)


def resolve_quote(ctx: Context, text: str) -> Quote:
    """The one quote that `text` names: id or number."""
    wanted = given(text, "quote")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, Quote, id, QuoteNotFound, wanted)
    found = ctx.session.exec(
        select(Quote).where(Quote.quote_number == wanted.upper(), alive(Quote)).limit(CHOICES)
    ).all()
    return one_of(found, lambda quote: quote.quote_number, "quote", wanted, QuoteNotFound)


def resolve_insurer(ctx: Context, text: str) -> Insurer:
    """The one insurer that `text` names: id, code, CIF, or words of its name."""
    wanted = given(text, "insurer")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, Insurer, id, InsurerNotFound, wanted)
    exact = [col(Insurer.code) == wanted.upper(), col(Insurer.id_number) == compact(wanted)]
    found = ctx.session.exec(select(Insurer).where(or_(*exact), alive(Insurer)).limit(CHOICES)).all()
    if not found:
        asked = set(words_of(wanted))
        found = [insurer for insurer in insurers(ctx) if asked <= set(words_of(insurer.name))]
    return one_of(found, lambda insurer: insurer.name, "insurer", wanted, InsurerNotFound)


def insurers(ctx: Context) -> Sequence[Insurer]:
    """All insurers that the brokerage works with; a few dozen at most."""
    return ctx.session.exec(select(Insurer).where(alive(Insurer)).order_by(Insurer.name)).all()


def words_of(name: str) -> list[str]:
    """The words of a name as they are compared, without its commas and dots."""
    return re.findall(r"[\wñ]+", plain(name))


def find_mentions(ctx: Context, text: str) -> tuple[Mention, ...]:
    """Policies, receipts, quotes, claims and insurers that `text` names, in the order of the text."""
    found = [
        *_numbers(ctx, text, QUOTE_NUMBER, Quote, "quote", (Quote.quote_number,)),
        *_numbers(ctx, text, POLICY_NUMBER, Policy, "policy", (Policy.policy_number, Policy.import_ref)),
        *_numbers(ctx, text, RECEIPT_NUMBER, Receipt, "receipt", (Receipt.receipt_number, Receipt.import_ref)),
        *_numbers(ctx, text, ENDORSEMENT_NUMBER, Endorsement, "endorsement", (Endorsement.endorsement_number,)),
        *_numbers(ctx, text, CLAIM_NUMBER, Claim, "claim", (Claim.claim_number, Claim.insurer_claim_number)),
        *_plates(ctx, text),
        *_insurers(ctx, text),
    ]
    return tuple(mention for _, mention in sorted(found, key=lambda hit: (hit[0], hit[1].label)))


def _numbers(
    ctx: Context, text: str, pattern: re.Pattern[str], kind: type[Record], name: str, fields: Iterable[Any]
) -> list[tuple[int, Mention]]:
    """Records of `kind` whose number stands in `text`."""
    hits = {match.group().upper(): match for match in pattern.finditer(text)}
    if not hits:
        return []
    wanted = list(hits)[:MOST]
    columns = tuple(fields)
    where = or_(*(col(column).in_(wanted) for column in columns))
    mentions = []
    for id, *values in ctx.session.exec(listed(kind.id, *columns).where(where, alive(kind))).all():
        number = next(value for value in values if value in hits)
        match = hits[number]
        mentions.append((match.start(), Mention(kind=name, id=str(id), label=values[0], words=match.group())))
    return mentions


def _plates(ctx: Context, text: str) -> list[tuple[int, Mention]]:
    """Policies of the vehicles whose plates stand in `text`; the newest of each vehicle."""
    hits: dict[str, re.Match[str]] = {}
    for match in PLATE.finditer(text):
        try:
            hits[parse_plate(match.group())] = match
        except ValueError:
            continue  # four digits and three letters are not always a plate
    if not hits:
        return []
    wanted = (col(Policy.object_ref).in_(list(hits)[:MOST]), alive(Policy))
    query = select(Policy).where(*wanted).order_by(col(Policy.effective_on)).limit(500)
    found = sorted(ctx.session.exec(query), key=lambda policy: policy.state == PolicyState.IN_FORCE)
    newest = {policy.object_ref: policy for policy in found}  # the last one wins: in force, then newest
    mentions = []
    for plate, policy in newest.items():
        match = hits[str(plate)]
        label = policy_label(policy)
        mentions.append((match.start(), Mention(kind="policy", id=str(policy.id), label=label, words=match.group())))
    return mentions


def _insurers(ctx: Context, text: str) -> list[tuple[int, Mention]]:
    """Insurers named in `text` by the first two words of their name, by code, or by a first word of their own.

    A single word must be capitalised, and no other insurer may begin with it.
    """
    folded = plain(text)
    mentions = []
    known = insurers(ctx)
    firsts = Counter(words_of(insurer.name)[0] for insurer in known)
    for insurer in known:
        words = words_of(insurer.name)
        alone = [words[0]] if firsts[words[0]] == 1 and len(words[0]) >= TELLING else []
        for run in (" ".join(words[:2]), plain(insurer.code), *alone):
            match = re.search(rf"(?<!\w){re.escape(run)}(?!\w)", folded)
            if match and (run not in alone or text[match.start()].isupper()):
                said = text[match.start() : match.end()]
                mention = Mention(kind="insurer", id=str(insurer.id), label=insurer.name, words=said)
                mentions.append((match.start(), mention))
                break
    return mentions


def listed(*columns: Any) -> Any:
    """A SELECT of `columns`, however many: SQLModel types four at most."""
    return select(*columns)


def count(ctx: Context, kind: type[Record], *where: Any) -> int:
    """How many live records of `kind` fit."""
    return ctx.session.exec(select(func.count()).select_from(kind).where(*where, alive(kind))).one()
