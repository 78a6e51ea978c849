"""The tools of trade credit: price, quote, debtors and their limits, declarations of sales and their settlement."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, TypeAlias

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, NotFound
from core.i18n import N_
from core.identifiers import compact, new_id
from core.money import ZERO
from modules.insurance.credito.line import LINE
from modules.insurance.credito.records import Debtor, SalesDeclaration
from modules.insurance.credito.risk import CreditoRisk, sales_of
from modules.insurance.credito.terms import declared_by_day, expires_soon_days, indemnity, most_of_year
from modules.insurance.credito.views import DebtorList, DebtorRow, IndemnityView, LateList, LateRow
from modules.insurance.kernel.declarations import (
    Month,
    annuity_of,
    check_complete,
    due_on,
    month_to_declare,
    named,
    repriced,
    settle,
)
from modules.insurance.kernel.declared import Declarations, Declared, MonthRow, Settled, declarations, settled
from modules.insurance.kernel.entries import agreed, hold, of_policy, open_policy, policy_of
from modules.insurance.kernel.fields import Amount, Words
from modules.insurance.kernel.lookup import PolicyRef, alive
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import PolicyState
from tools import Risk, Slot, tool
from tools.marks import Guard

DebtorId: TypeAlias = Annotated[
    str,
    Field(min_length=5, max_length=20, pattern=r"^[A-Za-z0-9]+$", description=N_("NIF o número fiscal del deudor")),
    Slot(ask=N_("¿Qué NIF tiene el deudor?"), cues=("nif", "deudor", "debtor")),
]


class DebtorNotFound(NotFound):
    """The policy has no such debtor."""

    text = N_("La póliza no tiene ningún deudor «{ref}» clasificado.")


class CreditoRequest(QuoteRequest, line=LINE):
    """What a person says of the sales to be insured."""


@tool(
    Risk.READ,
    permission="credito:read",
    title=N_("Tarificar un seguro de crédito"),
    examples=(
        "Tarifica un seguro de crédito de 2.400.000 € de ventas nacionales, sin cliente",
        "Calcula la prima de crédito de una cartera industrial",
        "Rate credit insurance on 2,400,000 euros of domestic sales",
    ),
)
def rate(ctx: Context, risk: CreditoRisk) -> Rating:
    """The provisional premium of sales on credit with taxes, surcharges and receipts; nothing is kept.

    Domestic sales bear the premium tax, exports do not. The minimum premium is provisional too.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="credito:quote",
    title=N_("Cotizar un seguro de crédito"),
    examples=(
        "Cotiza un seguro de crédito para Textiles Gómez",
        "Presupuesto de seguro de crédito sobre las ventas de Raquel Gómez",
        "Quote trade credit insurance for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: CreditoRequest) -> QuoteView:
    """Price a customer's sales on credit and keep the quote for 30 days; it binds nobody."""
    return quoted(ctx, request)


def debtor_row(one: Debtor, policy: Policy, today: date) -> DebtorRow:
    """A debtor as he is told."""
    if one.valid_until < today:
        state = "ended"
    elif not one.granted:
        state = "refused"
    else:
        state = "ending" if one.valid_until <= today + timedelta(days=expires_soon_days()) else "valid"
    own = one.model_dump(include={"id_number", "name", "country", "requested", "granted", "valid_until"})
    return DebtorRow(policy=policy.policy_number, state=state, **own)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Fijar el límite de un deudor"),
    examples=(
        "Fija en 50.000 € el límite del deudor B12345674 en la póliza de crédito 0906-98517541",
        "Registra la clasificación del deudor en el seguro de crédito",
        "Set the limit of debtor B12345674 in credit policy 0906-98517541 to 50,000 euros",
    ),
)
def set_limit(
    ctx: Context,
    policy: PolicyRef,
    debtor: DebtorId,
    name: Annotated[
        Words, Field(min_length=2, description=N_("Nombre del deudor")), Slot(ask=N_("¿Cómo se llama el deudor?"))
    ],
    requested: Annotated[
        Amount, Field(gt=0, description=N_("Límite pedido, EUR")), Slot(ask=N_("¿Qué límite se pidió (euros)?"))
    ],
    granted: Annotated[
        Amount, Field(description=N_("Límite concedido, EUR; 0 es denegado")), Guard.AMOUNT,
        Slot(ask=N_("¿Qué límite concede la aseguradora (euros)?"), units=("€", "euros")),
    ],
    valid_until: Annotated[
        date, Field(description=N_("Fin del límite")), Slot(ask=N_("¿Hasta cuándo vale el límite?"))
    ],
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description=N_("País del deudor, como ES"))] = "ES",
) -> DebtorRow:  # fmt: skip
    """Enter what the insurer decided on a debtor: the limit granted and until when; 0 refuses him."""
    found = open_policy(ctx, LINE, policy)
    if granted > requested:
        raise BadArguments(N_("El límite concedido («{field}») no puede pasar del pedido."), field="granted")
    if valid_until < ctx.today:
        raise BadArguments(N_("El fin del límite («{field}») ya ha pasado."), field="valid_until")
    number = compact(debtor)
    hold(ctx, "debtors", found.id)
    held = of_policy(ctx, Debtor, found, Debtor.id_number == number)
    one = held[0] if held else Debtor(
        id=new_id(), policy_id=found.id, customer_id=found.policyholder_id, id_number=number, name=name,
        country=country, valid_until=valid_until,
    )  # fmt: skip
    one.name, one.country, one.valid_until = name, country, valid_until
    one.requested, one.granted = requested, granted
    ctx.weigh(line=LINE.code)
    ctx.session.add(one)
    ctx.emit("limit.granted" if granted else "limit.refused", one.id, policy=str(found.id), granted=f"{granted:.2f}")
    return debtor_row(one, found, ctx.today)


@tool(
    Risk.READ,
    permission="credito:read",
    title=N_("Deudores de un seguro de crédito"),
    examples=(
        "Qué deudores tiene la póliza de crédito 0906-98517541",
        "Límites de crédito que vencen pronto en la póliza 0906-98517541",
        "List the debtors of credit policy 0906-98517541",
    ),
)
def list_debtors(ctx: Context, policy: PolicyRef) -> DebtorList:
    """The debtors of a policy with their limits, those that end first first, and the most that a year pays."""
    found = policy_of(ctx, LINE, policy)
    rows = sorted(of_policy(ctx, Debtor, found), key=lambda one: (one.valid_until, one.id_number))
    said = tuple(debtor_row(one, found, ctx.today) for one in rows)
    granted = sum((one.granted for one in said if one.state in ("valid", "ending")), ZERO)
    return DebtorList(
        policy=found.policy_number, debtors=said, granted=granted, most_of_year=most_of_year(found.net_premium)
    )


@tool(
    Risk.READ,
    permission="credito:read",
    title=N_("Calcular la indemnización de un impagado"),
    examples=(
        "Cuánto se indemnizaría si el deudor B12345674 no paga 30.000 € de la póliza 0906-98517541",
        "Calcula la indemnización del impagado del deudor",
        "How much would credit policy 0906-98517541 pay if debtor B12345674 defaults on 30,000 euros?",
    ),
)
def calculate_indemnity(
    ctx: Context,
    policy: PolicyRef,
    debtor: DebtorId,
    debt: Annotated[
        Amount, Field(gt=0, description=N_("Deuda, EUR")), Slot(ask=N_("¿Cuánto debe?"), units=("€", "euros"))
    ],
    recovered: Annotated[Amount, Field(description=N_("Recuperado, EUR"))] = ZERO,
) -> IndemnityView:  # fmt: skip
    """What a bad debt would pay within the debtor's limit and the year's most, and how a recovery is shared."""
    found = policy_of(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    held = of_policy(ctx, Debtor, found, Debtor.id_number == compact(debtor))
    if not held:
        raise DebtorNotFound(ref=debtor)
    limit = held[0].granted if held[0].valid_until >= ctx.today else ZERO
    paid = indemnity(debt, limit, risk.cover_pct, most_of_year(found.net_premium), recovered)
    return IndemnityView(
        policy=found.policy_number, debtor=held[0].name, covered=paid.covered, indemnity=paid.indemnity,
        own_share=paid.own_share, insurer_recovery=paid.insurer_recovery, client_recovery=paid.client_recovery,
    )  # fmt: skip


def declared(ctx: Context, policy: Policy) -> Sequence[SalesDeclaration]:
    """All that was declared of a policy."""
    return of_policy(ctx, SalesDeclaration, policy)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la declaración mensual de ventas"),
    examples=(
        "Anota la declaración de ventas de 2026-10 de la póliza de crédito 0906-98517541: 200.000 €",
        "Registra las ventas a crédito del mes",
        "Record the sales declaration of 2026-10 for credit policy 0906-98517541",
    ),
)
def record_declaration(
    ctx: Context,
    policy: PolicyRef,
    month: Month,
    domestic: Annotated[
        Amount, Field(description=N_("Ventas nacionales del mes, EUR")), Guard.AMOUNT,
        Slot(ask=N_("¿Qué ventas nacionales a crédito hubo (euros)?"), units=("€", "euros")),
    ],
    export: Annotated[Amount, Field(description=N_("Ventas de exportación del mes, EUR")), Guard.AMOUNT] = ZERO,
) -> Declared:  # fmt: skip
    """Enter what was sold on credit in a month, each month once; a late one is entered and said to be late."""
    found = policy_of(ctx, LINE, policy)
    hold(ctx, "declarations", found.id)
    first = month_to_declare(found, month, [one.month for one in declared(ctx, found)], ctx.today)
    ctx.session.add(SalesDeclaration(
        id=new_id(), policy_id=found.id, customer_id=found.policyholder_id, month=first, declared_on=ctx.today,
        domestic=domestic, export=export,
    ))  # fmt: skip
    late = due_on(first, declared_by_day()) < ctx.today
    ctx.emit("declaration.recorded", found.id, month=month, amount=f"{domestic + export:.2f}", late=late)
    return Declared(policy=found.policy_number, month=month, amount=domestic + export, late=late)


@tool(
    Risk.READ,
    permission="credito:read",
    title=N_("Declaraciones de ventas de un seguro de crédito"),
    examples=(
        "Qué declaraciones de ventas faltan en la póliza de crédito 0906-98517541",
        "Ventas declaradas en el seguro de crédito",
        "Which sales declarations of credit policy 0906-98517541 are missing?",
    ),
)
def show_declarations(ctx: Context, policy: PolicyRef) -> Declarations:
    """The sales declared in the running annuity, what is missing or late, and by when the next is due."""
    found = policy_of(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    rows = [MonthRow(month=named(o.month), declared_on=o.declared_on, amount=o.domestic + o.export)
            for o in declared(ctx, found)]  # fmt: skip
    return declarations(found, annuity_of(ctx, found), rows, sales_of(risk), ctx.today, declared_by_day())


@tool(
    Risk.READ,
    permission="credito:read",
    title=N_("Declaraciones de ventas fuera de plazo"),
    examples=(
        "Qué pólizas de crédito tienen ventas sin declarar",
        "Declaraciones de ventas fuera de plazo",
        "Which credit policies have late sales declarations?",
    ),
)
def list_late_declarations(ctx: Context) -> LateList:
    """All trade credit policies in force with months whose time to declare is over: their cover is at risk."""
    query = select(Policy).where(
        Policy.line == LINE.code, Policy.state == PolicyState.IN_FORCE, alive(Policy)
    ).order_by(col(Policy.policy_number))  # fmt: skip
    policies = ctx.session.exec(query).all()
    mine = col(SalesDeclaration.policy_id).in_([one.id for one in policies])
    known: dict[object, list[date]] = {}
    for one in ctx.session.exec(select(SalesDeclaration).where(mine, alive(SalesDeclaration))):
        known.setdefault(one.policy_id, []).append(one.month)
    rows = []
    for policy in policies:
        months = annuity_of(ctx, policy).late(known.get(policy.id, ()), ctx.today, declared_by_day())
        if months:
            rows.append(LateRow(policy=policy.policy_number, months=tuple(named(month) for month in months)))
    return LateList(policies=tuple(rows))


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Regularizar la prima de un seguro de crédito"),
    examples=(
        "Liquida las ventas declaradas de la póliza de crédito 0906-98517541",
        "Liquida la prima de crédito con las ventas reales",
        "Settle the declared sales of credit policy 0906-98517541",
    ),
)
def settle_declarations(ctx: Context, policy: PolicyRef) -> Settled:
    """Bill the difference of an annuity that is over: its premium on the sales declared, less what was billed.

    Every month must be declared. The minimum premium holds; the tax falls on domestic sales alone.
    """
    found = policy_of(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    hold(ctx, "declarations", found.id)
    annuity, rows = annuity_of(ctx, found, over=True), declared(ctx, found)
    check_complete(ctx, found, annuity, [one.month for one in rows])
    own = [one for one in rows if one.month in annuity.months]
    domestic, export = sum((one.domestic for one in own), ZERO), sum((one.export for one in own), ZERO)
    inputs = {**risk.model_dump(mode="json", exclude_none=True), "domestic_insured_sales": str(domestic),
              "export_insured_sales": str(export)}  # fmt: skip
    receipt = settle(ctx, found, annuity, repriced(LINE, annuity, inputs))
    ctx.weigh(line=LINE.code, amount=max(ZERO, -receipt.total))
    return settled(found, receipt, sales_of(risk), domestic + export)
