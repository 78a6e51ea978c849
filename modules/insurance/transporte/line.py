"""Transport insurance: the declaration of the line."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.i18n import N_
from modules.insurance.kernel import Coverage, Duration, Information, Line, Quote
from modules.insurance.kernel.claim_types import Basis, ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.transporte.floating import check_route, check_scope
from modules.insurance.transporte.records import TransportRisk
from modules.insurance.transporte.risk import (
    NEEDED,
    PRODUCTS,
    TransporteDetails,
    TransporteRisk,
    carrier_has_vehicles,
    describe,
    registration_of,
)

CARGO = (
    N_("Carta de porte (CMR) o conocimiento de embarque"), N_("Factura y lista de contenido"),
    N_("Protesta al porteador"), N_("Informe del comisario de averías"),
)  # fmt: skip
RESERVE = Decimal(4200)


def check_issue(quote: Quote) -> None:
    """Refuse to issue on a sanctioned route, or with a scope that is not the route's.

    Raises:
        Conflict: so it is.
    """
    route = (quote.details.get("origin_country"), quote.details.get("destination_country"))
    check_route(*route, on=quote.effective_on)
    check_scope(quote.risk["scope"], *route)


def adequacy(findings: Findings, risk: TransporteRisk) -> None:
    """Whether clauses and covers fit what travels."""
    ref = "RDL 3/2020 art. 175"
    if risk.clause == "icc_c" and risk.goods_class in ("electronica", "fragil", "perecedera"):
        findings.add("warn", N_("Las cláusulas C no cubren robo, mojadura ni rotura de esta mercancía."), ref)
    elif risk.product == "embarcacion_recreo":
        findings.add(
            "support", N_("La responsabilidad civil obligatoria de la embarcación está incluida."), "RD 607/1999"
        )
    else:
        findings.add("support", N_("Las cláusulas son adecuadas a la mercancía."), ref)
    if risk.scope == "internacional":
        findings.add("note", N_("El transporte internacional está exento del impuesto sobre primas."),
                     "Ley 13/1996 art. 12")  # fmt: skip


def duration(risk: TransporteRisk) -> Duration:
    """A trip ends with it; the rest goes on by the year."""
    return Duration(renewable=risk.product != "mercancias_viaje")


def cargo(code: str, label: str, *, basis: Basis = Basis.AVERAGE, documents: tuple[str, ...] = CARGO) -> ClaimType:
    """A loss of goods."""
    return ClaimType(
        code=code, label=label, coverages=("mercancias", "mercancias_flotante"), reserve=RESERVE, basis=basis,
        sums=("shipment_value",), documents=documents,
    )  # fmt: skip


def hull_value(risk: Mapping[str, Any]) -> Decimal:
    """The first reserve of a total loss: the hull."""
    return Decimal(str(risk.get("hull_value") or RESERVE))


LINE = Line(
    id="seguros-transporte",
    home=Path(__file__).parent,
    title=N_("Transporte"),
    insurance_classes=(7, 6, 12, 13),
    risk=TransporteRisk,
    details=TransporteDetails,
    needed=NEEDED,
    products=PRODUCTS,
    coverages=(
        Coverage(code="mercancias", label=N_("Mercancías de un viaje")),
        Coverage(code="mercancias_flotante", label=N_("Mercancías por declaración")),
        Coverage(code="rc_cmr", label=N_("Responsabilidad civil del porteador (CMR)")),
        Coverage(code="casco", label=N_("Casco")),
        Coverage(code="rc_obligatoria_nautica", label=N_("Responsabilidad civil náutica obligatoria")),
        Coverage(code="remocion_restos", label=N_("Remoción de restos")),
    ),
    claims=(
        cargo("dano_mercancia", N_("Daño a la mercancía")),
        cargo("robo_mercancia", N_("Robo de la mercancía"), documents=(*CARGO, N_("Denuncia"))),
        cargo("averia_gruesa", N_("Avería gruesa"), documents=(N_("Liquidación de avería"), N_("Garantía de avería"))),
        ClaimType(
            code="rc_porteador", label=N_("Responsabilidad del porteador"), coverages=("rc_cmr",), reserve=RESERVE,
            at_fault=True, documents=(*CARGO, N_("Reclamación del cargador")),
        ),
        ClaimType(
            code="casco", label=N_("Daños al casco"), coverages=("casco",), reserve=RESERVE, basis=Basis.AVERAGE,
            sums=("hull_value",), documents=(N_("Protesta de mar"), N_("Presupuesto de reparación")),
        ),
        ClaimType(
            code="perdida_total", label=N_("Pérdida total de la embarcación"), coverages=("casco",), reserve=hull_value,
            basis=Basis.SUM, sums=("hull_value",), documents=(N_("Protesta de mar"), N_("Baja en el registro")),
        ),
        ClaimType(
            code="rc_nautica", label=N_("Daños a terceros en el mar"), coverages=("rc_obligatoria_nautica",),
            reserve=RESERVE, at_fault=True, documents=(N_("Reclamación del perjudicado"), N_("Protesta de mar")),
        ),
    ),
    ages=("boat_age",),
    sums=("shipment_value", "annual_transported_value", "hull_value"),
    record=TransportRisk,
    information=Information(
        summary=N_("Seguro de mercancías en el transporte, del porteador que responde de ellas, o de una embarcación."),
        excluded=(N_("Guerra y huelgas, si no se pactan."), N_("Vicio propio y embalaje insuficiente."),
                  N_("Rutas con países sancionados.")),
        restrictions=(
            N_("El porteador responde hasta 8,33 derechos especiales de giro por kilo (CMR)."),
            N_("En póliza flotante, cada mes se declara antes del día 15 del siguiente."),
        ),
        territory=N_("El de la ruta o la zona de navegación de la póliza."),
        obligations=(N_("Protestar al porteador: al recibir si el daño se ve, en 7 días si no (3 en el mar)."),),
    ),
    contradictions=(carrier_has_vehicles,),
    describe=describe,
    object_ref=registration_of,
    duration=duration,
    adequacy=adequacy,
    check_issue=check_issue,
    withdrawal_days=0,
)  # fmt: skip
