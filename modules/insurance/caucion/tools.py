"""The tools of surety: price, quote, certificates from issue to return, exposure, and recourse."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import Field
from sqlmodel import select

from core.context import Context
from core.errors import BadArguments, NotFound
from core.i18n import N_
from core.identifiers import new_id
from modules.core_business.crm import Customer, CustomerRef, resolve_customer
from modules.insurance.caucion.exposure import call, check_live, check_room, exposure_of
from modules.insurance.caucion.line import LINE
from modules.insurance.caucion.records import Bond, ClientLimit
from modules.insurance.caucion.risk import CaucionRisk
from modules.insurance.caucion.views import BondView, ExposureView
from modules.insurance.kernel.entries import agreed, entries, hold, of_policy, open_policy
from modules.insurance.kernel.fields import Amount, Words
from modules.insurance.kernel.lookup import PolicyRef, alive
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy
from tools import Risk, Slot, tool
from tools.marks import Guard

BondRef: TypeAlias = Annotated[
    str,
    Slot(
        ref="bond", ask=N_("¿Qué certificado de caución? Indique su número."), pattern=r"\b[A-Z0-9-]{6,}-A\d{3}\b",
        cues=("certificado",),
    ),
]  # fmt: skip
Euros: TypeAlias = Annotated[Amount, Field(gt=0), Guard.AMOUNT]


class BondNotFound(NotFound):
    """No certificate answers to the reference."""

    text = N_("No encuentro ningún certificado de caución «{ref}».")


class CaucionRequest(QuoteRequest, line=LINE):
    """What a person says of the guarantee wanted."""


@tool(
    Risk.READ,
    permission="caucion:read",
    title=N_("Tarificar un seguro de caución"),
    examples=(
        "Tarifica un aval de ejecución de 145.000 € a 26 meses, sin cliente",
        "Calcula la prima de una fianza de licitación de 9.000 €",
        "Rate a performance bond of 145,000 euros for 26 months",
    ),
)
def rate(ctx: Context, risk: CaucionRisk) -> Rating:
    """The single premium of a guarantee for its whole term, at least three months; nothing is kept.

    It bears no premium tax. A grade D client without half the amount as collateral, or an
    insolvent one, is declined.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="caucion:quote",
    title=N_("Cotizar un seguro de caución"),
    examples=(
        "Cotiza un aval de ejecución para Construcciones Gil",
        "Presupuesto de fianza aduanera para Transportes Rodríguez",
        "Quote a bid bond for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: CaucionRequest) -> QuoteView:
    """Price a customer's guarantee and keep the quote for 30 days; it binds nobody."""
    return quoted(ctx, request)


def limit_of(ctx: Context, customer: Customer) -> ClientLimit | None:
    """The limit of a client, if he has one."""
    mine = select(ClientLimit).where(ClientLimit.customer_id == customer.id, alive(ClientLimit))
    return ctx.session.exec(mine).first()


def bonds_of(ctx: Context, customer: Customer) -> Sequence[Bond]:
    """All certificates of a client, over all policies."""
    return entries(ctx, Bond, Bond.customer_id == customer.id)


def bond_view(ctx: Context, one: Bond) -> BondView:
    """A certificate as it is told."""
    names = {"state", "beneficiary", "amount", "paid", "recovered", "issued_on", "released_on"}
    number = ctx.get(Policy, one.policy_id).policy_number
    return BondView(bond=one.bond_number, policy=number, **one.model_dump(include=names))


def resolve_bond(ctx: Context, ref: str) -> Bond:
    """The certificate that `ref` names, held until this call ends.

    Raises:
        BondNotFound: there is none.
    """
    found = entries(ctx, Bond, Bond.bond_number == ref.strip().upper())
    if not found:
        raise BondNotFound(ref=ref)
    hold(ctx, "caucion", found[0].customer_id)
    return found[0]


def exposure_view(ctx: Context, customer: Customer) -> ExposureView:
    """The exposure of a client against his limit."""
    bonds, limit = bonds_of(ctx, customer), limit_of(ctx, customer)
    found = exposure_of(bonds)
    valid = limit if limit is not None and limit.valid_until >= ctx.today else None
    return ExposureView(
        customer=str(customer.id), customer_name=customer.name, limit=valid.amount if valid else None,
        valid_until=valid.valid_until if valid else None, live=found.live, recourse=found.recourse,
        room=found.room(valid.amount) if valid else None, bonds=tuple(bond_view(ctx, one) for one in bonds),
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="caucion:read",
    title=N_("Riesgo vivo de un cliente en caución"),
    examples=(
        "Qué riesgo vivo en caución tiene Construcciones Gil",
        "Qué avales tiene vivos este cliente",
        "What is the surety exposure of Raquel Gómez?",
    ),
)
def show_exposure(ctx: Context, customer: CustomerRef) -> ExposureView:
    """What is guaranteed for a client over all policies, what he owes for called guarantees, and his limit."""
    return exposure_view(ctx, resolve_customer(ctx, customer))


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Fijar el límite de riesgo en caución de un cliente"),
    examples=(
        "Fija en 500.000 € el límite de caución de Construcciones Gil hasta el 31/12/2027",
        "Guarda el límite de avales del cliente",
        "Set the surety limit of Raquel Gómez to 500,000 euros",
    ),
)
def set_limit(
    ctx: Context,
    customer: CustomerRef,
    amount: Annotated[
        Euros, Field(description=N_("Límite, EUR")), Slot(ask=N_("¿Qué límite (euros)?"), units=("€", "euros"))
    ],
    valid_until: Annotated[
        date, Field(description=N_("Fin del límite")), Slot(ask=N_("¿Hasta cuándo vale el límite?"))
    ],
) -> ExposureView:  # fmt: skip
    """Enter the most that the insurer guarantees for a client at once; not below what is guaranteed already."""
    found = resolve_customer(ctx, customer)
    if valid_until < ctx.today:
        raise BadArguments(N_("El fin del límite («{field}») ya ha pasado."), field="valid_until")
    hold(ctx, "caucion", found.id)
    held = exposure_of(bonds_of(ctx, found)).total
    if amount < held:
        text = N_("El límite («{field}») no puede ser menor que el riesgo vivo, {held} €.")
        raise BadArguments(text, field="amount", held=str(held))
    limit = limit_of(ctx, found) or ClientLimit(id=new_id(), customer_id=found.id, valid_until=valid_until)
    limit.amount, limit.valid_until = amount, valid_until
    ctx.weigh(line=LINE.code, amount=amount)
    ctx.session.add(limit)
    ctx.session.flush()
    ctx.emit("limit.granted", limit.id, customer=str(found.id), granted=f"{amount:.2f}")
    return exposure_view(ctx, found)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Emitir un certificado de caución"),
    examples=(
        "Emite un certificado de caución de 20.000 € de la póliza 0906-66155677 ante el Ayuntamiento",
        "Emite el aval para el comprador de la vivienda",
        "Issue a surety certificate of 20,000 euros under policy 0906-66155677",
    ),
)
def issue_certificate(
    ctx: Context,
    policy: PolicyRef,
    amount: Annotated[
        Euros, Field(description=N_("Importe, EUR")), Slot(ask=N_("¿Por qué importe (euros)?"), units=("€", "euros"))
    ],
    beneficiary: Annotated[
        Words, Field(min_length=2, description=N_("Beneficiario del certificado")), Guard.DESTINATION,
        Slot(ask=N_("¿A favor de quién?"), cues=("ante", "a favor de", "in favour of")),
    ],
) -> BondView:  # fmt: skip
    """Issue a certificate to one beneficiary, within the policy's sum and the client's limit.

    It runs until it is given back, paid premium or not. Each buyer of a home gets his own.
    """
    found = open_policy(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    customer = ctx.get(Customer, found.policyholder_id)
    hold(ctx, "caucion", customer.id)
    limit, mine = limit_of(ctx, customer), of_policy(ctx, Bond, found)
    ceiling = limit.amount if limit is not None and limit.valid_until >= ctx.today else risk.guarantee_amount * 0
    check_room(exposure_of(mine).room(risk.guarantee_amount), amount, found.policy_number)
    check_room(exposure_of(bonds_of(ctx, customer)).room(ceiling), amount, customer.name)
    made = Bond(
        id=new_id(), policy_id=found.id, customer_id=customer.id, state="live", beneficiary=beneficiary, amount=amount,
        bond_number=f"{found.policy_number}-A{len(mine) + 1:03d}", issued_on=ctx.today,
    )  # fmt: skip
    ctx.weigh(line=LINE.code, amount=amount)
    ctx.session.add(made)
    ctx.emit("certificate.issued", made.id, policy=str(found.id), amount=f"{amount:.2f}")
    return bond_view(ctx, made)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Liberar un certificado de caución"),
    examples=(
        "Libera el certificado de caución 0906-66155677-A001",
        "El Ayuntamiento ha devuelto el aval: libera el certificado",
        "Release the surety certificate 0906-66155677-A001",
    ),
)
def release_certificate(ctx: Context, bond: BondRef) -> BondView:
    """Note that the beneficiary gave a certificate back: it guarantees nothing more, and frees the client's limit."""
    one = resolve_bond(ctx, bond)
    check_live(one)
    one.state, one.released_on = "released", ctx.today
    ctx.weigh(line=LINE.code)
    ctx.session.add(one)
    ctx.emit("certificate.released", one.id, policy=str(one.policy_id))
    return bond_view(ctx, one)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Anotar la ejecución de un certificado de caución"),
    examples=(
        "Anota que la aseguradora ha pagado 5.000 € del certificado de caución 0906-66155677-A001",
        "Registra la ejecución del aval por el beneficiario",
        "Record a call of 5,000 euros on surety certificate 0906-66155677-A001",
    ),
)
def record_call(
    ctx: Context,
    bond: BondRef,
    amount: Annotated[Euros, Slot(ask=N_("¿Cuánto se ha pagado al beneficiario?"), units=("€", "euros"))],
) -> BondView:
    """Enter what the insurer paid on the beneficiary's demand; the client owes all of it (LCS art. 68)."""
    one = resolve_bond(ctx, bond)
    check_live(one)
    if amount > one.amount - one.paid:
        text = N_("El pago («{field}») pasa de lo que queda garantizado, {left} €.")
        raise BadArguments(text, field="amount", left=str(one.amount - one.paid))
    call(one, amount)
    ctx.weigh(line=LINE.code, amount=amount)
    ctx.session.add(one)
    ctx.emit("certificate.called", one.id, policy=str(one.policy_id), amount=f"{amount:.2f}")
    return bond_view(ctx, one)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar lo recuperado del tomador en caución"),
    examples=(
        "Anota 2.000 € recuperados del tomador del certificado de caución 0906-66155677-A001",
        "Registra el reembolso del aval ejecutado",
        "Record 2,000 euros recovered from the policyholder of surety certificate 0906-66155677-A001",
    ),
)
def record_recovery(
    ctx: Context,
    bond: BondRef,
    amount: Annotated[Euros, Slot(ask=N_("¿Cuánto ha reembolsado el tomador?"), units=("€", "euros"))],
) -> BondView:
    """Enter what the client paid back of a called certificate; never more than was paid."""
    one = resolve_bond(ctx, bond)
    if amount > one.paid - one.recovered:
        text = N_("El reembolso («{field}») pasa de lo que se debe, {left} €.")
        raise BadArguments(text, field="amount", left=str(one.paid - one.recovered))
    one.recovered += amount
    ctx.session.add(one)
    ctx.emit("recourse.recovered", one.id, policy=str(one.policy_id), amount=f"{amount:.2f}")
    return bond_view(ctx, one)
