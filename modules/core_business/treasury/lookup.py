"""Finding payees and payments by what people write: never by an account.

A payee is named by its name, NIF or id; a text that is an IBAN is refused, so that no
account comes into a payment from outside the register.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from sqlmodel import col, func, or_, select

from core.context import Context
from core.errors import Ambiguous, BadArguments, NotFound
from core.i18n import N_
from core.identifiers import parse_iban, parse_id_number
from modules.core_business.crm.names import Run, fold, id_numbers, runs, telling
from modules.core_business.treasury.records import Payee, PaymentOrder
from tools import Slot
from tools.results import Mention

CHOICES: Final = 10
PayeeRef: TypeAlias = Annotated[str, Slot(ref="payee", ask=N_("¿Qué beneficiario del registro?"))]
PaymentRef: TypeAlias = Annotated[
    str, Slot(ref="payment", ask=N_("¿Qué pago? Indique el número, como PG-2026-9F3A01BC."))
]


class PayeeNotFound(NotFound):
    """No payee of this tenant answers to the reference."""

    text = N_("No hay ningún beneficiario «{ref}» en el registro. Compruebe el nombre o el NIF, o regístrelo antes.")


class PaymentNotFound(NotFound):
    """No payment of this tenant answers to the reference."""

    text = N_("No encuentro ningún pago «{ref}». Indique su número, como PG-2026-9F3A01BC.")


def alive(kind: Any) -> Any:
    """The condition that a record is not deleted."""
    return col(kind.deleted_at).is_(None)


def resolve_payee(ctx: Context, text: str) -> Payee:
    """The one payee that `text` names: id, NIF, reference or name.

    Raises:
        BadArguments: it is an IBAN, or nothing.
        PayeeNotFound: the register has none.
        Ambiguous: several answer to it; `options` holds them.
    """
    wanted = text.strip()
    if not wanted:
        raise BadArguments(field="payee", problem=N_("falta el beneficiario"))
    if _is_iban(wanted):
        raise BadArguments(field="payee", problem=N_("indique el beneficiario por su nombre o NIF, nunca una cuenta"))
    if (id := _as_uuid(wanted)) is not None:
        return _payee(ctx, id, wanted)
    for condition in _conditions(wanted):
        found = ctx.session.exec(select(Payee).where(condition, alive(Payee)).order_by(Payee.name).limit(CHOICES)).all()
        if len(found) == 1:
            return found[0]
        if found:
            labels = [f"{payee.name} ({payee.id_number})" for payee in found]
            options = [{"id": str(p.id), "label": label} for p, label in zip(found, labels, strict=True)]
            raise Ambiguous(field="payee", ref=wanted, choices="; ".join(labels), options=options)
    raise PayeeNotFound(ref=wanted)


def _payee(ctx: Context, id: UUID, wanted: str) -> Payee:
    try:
        return ctx.get(Payee, id)
    except NotFound as error:
        raise PayeeNotFound(ref=wanted) from error


def _conditions(wanted: str) -> Sequence[Any]:
    found: list[Any] = []
    try:
        found.append(col(Payee.id_number) == parse_id_number(wanted))
    except ValueError:
        found.append(col(Payee.import_ref) == wanted.upper())
    if folded := fold(wanted):
        padded = func.concat(" ", Payee.search_name, " ")
        found.append(col(Payee.search_name) == folded)
        found.append(padded.contains(f" {folded} ", autoescape=True))
    return found


def _is_iban(text: str) -> bool:
    try:
        parse_iban(text)
    except ValueError:
        return False
    return True


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def resolve_payment(ctx: Context, text: str) -> PaymentOrder:
    """The one payment that `text` names: id, number, reference, or its end-to-end id."""
    wanted = text.strip().upper()
    if (id := _as_uuid(wanted)) is not None:
        fits = or_(col(PaymentOrder.id) == id, col(PaymentOrder.end_to_end_id) == id.hex.upper())
    else:
        named = (PaymentOrder.number, PaymentOrder.import_ref)
        fits = or_(*(col(column) == wanted for column in named))
    found = ctx.session.exec(select(PaymentOrder).where(fits, alive(PaymentOrder))).first()
    if found is None:
        raise PaymentNotFound(ref=text.strip())
    return found


def mentions_in(ctx: Context, text: str) -> tuple[Mention, ...]:
    """Payees that `text` (NFC) names: by whole name, by its beginning from two words up, or by NIF.

    A register of payees has hundreds of rows: those that share a first word with the text
    are compared here.
    """
    said = list(runs(text))
    firsts = {run.folded for run in said if run.count == 1}
    numbers = {run.folded: run for run in id_numbers(text)}
    first_word = func.split_part(Payee.search_name, " ", 1)
    query = select(Payee).where(
        or_(first_word.in_(firsts), col(Payee.id_number).in_(list(numbers))), alive(Payee), col(Payee.active)
    )
    found: list[tuple[Run, Payee]] = []
    for payee in ctx.session.exec(query):
        fitting = [run for run in said if run.count > 1 and _names(run, payee.search_name)]
        fitting += [run for number, run in numbers.items() if number == payee.id_number]
        if fitting:
            found.append((max(fitting, key=lambda run: run.end - run.start), payee))
    found.sort(key=lambda hit: (hit[0].start, hit[1].name))
    return tuple(Mention(kind="payee", id=str(p.id), label=p.name, words=text[run.start : run.end]) for run, p in found)


def _names(run: Run, name: str) -> bool:
    return run.folded == name or (name.startswith(f"{run.folded} ") and telling(run.folded))
