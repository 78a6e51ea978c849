"""The tools of transport insurance: price, quote, certify shipments, and settle what was declared."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from core.identifiers import new_id
from core.money import ZERO
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
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy
from modules.insurance.transporte.floating import check_route, check_scope, declared_by_day, insured_value
from modules.insurance.transporte.line import LINE
from modules.insurance.transporte.records import ShipmentDeclaration, TransportCertificate
from modules.insurance.transporte.risk import Country, TransporteDetails, TransporteRisk
from modules.insurance.transporte.views import CertificateList, CertificateView
from tools import Risk, Slot, tool
from tools.marks import Guard


class TransporteRequest(QuoteRequest, line=LINE):
    """What a person says of the transport insurance wanted."""


@tool(
    Risk.READ,
    permission="transporte:read",
    title=N_("Tarificar un transporte"),
    examples=(
        "Tarifica un envío marítimo internacional de electrónica de 86.000 €, sin cliente",
        "Calcula la prima de una póliza flotante de mercancías",
        "Rate an international sea shipment of electronics worth 86,000 euros",
    ),
)
def rate(ctx: Context, risk: TransporteRisk) -> Rating:
    """The premium of goods or a boat with coverages, taxes, surcharges and receipts; nothing is kept.

    `scope` decides the premium tax: international transport is exempt. Goods and boats need
    different fields; a sanctioned route is declined.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="transporte:quote",
    title=N_("Cotizar un seguro de transporte"),
    examples=(
        "Cotiza una póliza flotante de mercancías para Transportes Rodríguez",
        "Presupuesto de embarcación de recreo para Raquel Gómez",
        "Quote cargo insurance for a shipment of Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: TransporteRequest) -> QuoteView:
    """Price a customer's goods or boat and keep the quote for 30 days; it binds nobody."""
    return quoted(ctx, request)


def floating(ctx: Context, policy: Policy) -> tuple[TransporteRisk, TransporteDetails]:
    """Risk and details of a floating policy.

    Raises:
        BadArguments: it is of one trip, or of a boat.
    """
    risk, details = agreed(ctx, LINE, policy)
    if risk.product != "mercancias_flotante":
        text = N_("La póliza {policy} («{field}») no es flotante.")
        raise BadArguments(text, field="policy", policy=policy.policy_number)
    return risk, details


def declared(ctx: Context, policy: Policy) -> Sequence[ShipmentDeclaration]:
    """All that was declared of a policy."""
    return of_policy(ctx, ShipmentDeclaration, policy)


def certificates(ctx: Context, policy: Policy) -> Sequence[TransportCertificate]:
    """All certificates of a policy."""
    return of_policy(ctx, TransportCertificate, policy)


def certificate_view(one: TransportCertificate, policy: Policy) -> CertificateView:
    """A certificate as it is told."""
    return CertificateView(
        certificate=one.certificate_number, policy=policy.policy_number, departs_on=one.departs_on, goods=one.goods,
        route=f"{one.origin} ({one.origin_country}) - {one.destination} ({one.destination_country})",
        insured_value=one.insured_value,
    )  # fmt: skip


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Emitir un certificado de transporte"),
    examples=(
        "Emite un certificado de transporte de la póliza 0902-42547460 por 12.000 €, de Valencia a Lyon",
        "Emite el certificado del envío que sale mañana",
        "Issue a transport certificate under policy 0902-42547460 for 12,000 euros",
    ),
)
def issue_certificate(
    ctx: Context,
    policy: PolicyRef,
    cif_value: Annotated[
        Amount, Field(gt=0, description=N_("Valor CIF, EUR")), Guard.AMOUNT,
        Slot(ask=N_("¿Qué valor CIF tiene el envío (euros)?"), units=("€", "euros")),
    ],
    goods: Annotated[Words, Field(min_length=2, description=N_("Mercancía")), Slot(ask=N_("¿Qué mercancía viaja?"))],
    origin: Annotated[Words, Field(min_length=2, description=N_("Origen")), Slot(ask=N_("¿De dónde sale?"))],
    destination: Annotated[Words, Field(min_length=2, description=N_("Destino")), Slot(ask=N_("¿A dónde va?"))],
    departs_on: Annotated[
        date, Field(description=N_("Fecha de salida")), Slot(ask=N_("¿Qué día sale?"), cues=("salida", "departs"))
    ],
    origin_country: Annotated[Country, Field(description=N_("País de origen, como ES"))] = "ES",
    destination_country: Annotated[Country, Field(description=N_("País de destino, como FR"))] = "ES",
) -> CertificateView:  # fmt: skip
    """Certify one shipment under a floating policy, insured at CIF and 10 % more.

    Refused: more than the policy's most per conveyance, a departure outside its term or before
    today, a route of another scope than the policy's (it decides the tax), a sanctioned country.
    """
    found = open_policy(ctx, LINE, policy)
    risk, details = floating(ctx, found)
    if not max(ctx.today, found.effective_on) <= departs_on < found.expires_on:
        text = N_("La salida («{field}») debe ser desde hoy y dentro de la vigencia de la póliza.")
        raise BadArguments(text, field="departs_on")
    check_route(origin_country, destination_country, on=departs_on)
    check_scope(risk.scope, origin_country, destination_country)
    value, most = insured_value(cif_value), details.max_per_conveyance
    if most is not None and value > most:
        text = N_("El envío («{field}», asegurado por {value} €) supera el máximo por medio de transporte, {most} €.")
        raise BadArguments(text, field="cif_value", value=str(value), most=str(most))
    ctx.weigh(line=LINE.code)
    hold(ctx, "certificates", found.id)
    number = f"{found.policy_number}-C{len(certificates(ctx, found)) + 1:03d}"
    made = TransportCertificate(
        id=new_id(), policy_id=found.id, customer_id=found.policyholder_id, departs_on=departs_on, goods=goods,
        certificate_number=number, origin=origin, origin_country=origin_country,
        destination=destination, destination_country=destination_country, cif_value=cif_value, insured_value=value,
    )  # fmt: skip
    ctx.session.add(made)
    ctx.emit("certificate.issued", made.id, policy=str(found.id), value=f"{value:.2f}")
    return certificate_view(made, found)


@tool(
    Risk.READ,
    permission="transporte:read",
    title=N_("Certificados de transporte de una póliza"),
    examples=(
        "Certificados de transporte de la póliza 0902-42547460",
        "Qué envíos se han certificado en la flotante",
        "List the transport certificates of policy 0902-42547460",
    ),
)
def list_certificates(ctx: Context, policy: PolicyRef) -> CertificateList:
    """The certificates of a floating policy, the oldest first, with what they insure together."""
    found = policy_of(ctx, LINE, policy)
    rows = certificates(ctx, found)
    total = sum((one.insured_value for one in rows), ZERO)
    return CertificateList(certificates=tuple(certificate_view(one, found) for one in rows), total=total)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la declaración mensual de una póliza flotante"),
    examples=(
        "Anota la declaración de mercancías de 2026-10 de la póliza 0902-42547460: 140.000 €",
        "Registra lo transportado este mes en la flotante",
        "Record the goods declaration of 2026-10 for policy 0902-42547460",
    ),
)
def record_declaration(
    ctx: Context,
    policy: PolicyRef,
    month: Month,
    value: Annotated[
        Amount, Field(description=N_("Valor transportado en el mes, EUR")), Guard.AMOUNT,
        Slot(ask=N_("¿Cuánto se transportó ese mes (euros)?"), units=("€", "euros")),
    ],
) -> Declared:  # fmt: skip
    """Enter what was shipped in a month under a floating policy: each month once, never less than its certificates."""
    found = policy_of(ctx, LINE, policy)
    floating(ctx, found)
    hold(ctx, "declarations", found.id)
    first = month_to_declare(found, month, [one.month for one in declared(ctx, found)], ctx.today)
    certified = sum((one.insured_value for one in certificates(ctx, found) if named(one.departs_on) == month), ZERO)
    if value < certified:
        text = N_("Lo declarado («{field}») es menos que los certificados del mes, {certified} €.")
        raise BadArguments(text, field="value", certified=str(certified))
    ctx.session.add(ShipmentDeclaration(
        id=new_id(), policy_id=found.id, customer_id=found.policyholder_id, month=first, declared_on=ctx.today,
        value=value,
    ))  # fmt: skip
    ctx.emit("declaration.recorded", found.id, month=month, amount=f"{value:.2f}")
    late = due_on(first, declared_by_day()) < ctx.today
    return Declared(policy=found.policy_number, month=month, amount=value, late=late)


@tool(
    Risk.READ,
    permission="transporte:read",
    title=N_("Declaraciones de una póliza flotante"),
    examples=(
        "Qué declaraciones de mercancías faltan en la póliza 0902-42547460",
        "Declaraciones mensuales de la flotante",
        "Which goods declarations of policy 0902-42547460 are missing?",
    ),
)
def show_declarations(ctx: Context, policy: PolicyRef) -> Declarations:
    """What was declared under a floating policy in the running annuity, what is missing, and by when."""
    found = policy_of(ctx, LINE, policy)
    risk, _ = floating(ctx, found)
    rows = [MonthRow(month=named(o.month), declared_on=o.declared_on, amount=o.value) for o in declared(ctx, found)]
    provisional = risk.annual_transported_value or ZERO
    return declarations(found, annuity_of(ctx, found), rows, provisional, ctx.today, declared_by_day())


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Liquidar las declaraciones de una póliza flotante"),
    examples=(
        "Liquida las declaraciones de mercancías de la póliza 0902-42547460",
        "Liquida la flotante de la anualidad vencida",
        "Settle the goods declarations of policy 0902-42547460",
    ),
)
def settle_declarations(ctx: Context, policy: PolicyRef) -> Settled:
    """Bill the difference of an annuity that is over: its premium on what was declared, less what was billed.

    Every month must be declared. The minimum premium holds; the difference may be in the client's favour.
    """
    found = policy_of(ctx, LINE, policy)
    risk, _ = floating(ctx, found)
    hold(ctx, "declarations", found.id)
    annuity, rows = annuity_of(ctx, found, over=True), declared(ctx, found)
    check_complete(ctx, found, annuity, [one.month for one in rows])
    total = sum((one.value for one in rows if one.month in annuity.months), ZERO)
    inputs = {**risk.model_dump(mode="json", exclude_none=True), "annual_transported_value": str(total)}
    receipt = settle(ctx, found, annuity, repriced(LINE, annuity, inputs))
    ctx.weigh(line=LINE.code, amount=max(ZERO, -receipt.total))
    return settled(found, receipt, risk.annual_transported_value or ZERO, total)
