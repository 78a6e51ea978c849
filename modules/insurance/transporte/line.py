"""Transport insurance: the declaration of the line."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

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

# How people tell of each.
GOODS_HARMED: Final = (
    "mercancía dañada", "mercancía rota", "mercancía mojada", "mercancía estropeada", "la mercancía se ha dañado",
    "se ha dañado la mercancía", "se ha mojado la mercancía", "se ha roto la mercancía",
    "se ha estropeado la mercancía",
    "ha llegado rota", "ha llegado dañada", "ha llegado mojada", "palés rotos", "carga dañada", "ha volcado el camión",
    "se ha roto el frío", "damaged goods", "damaged cargo", "wet cargo",
)  # fmt: skip
GOODS_GONE: Final = (
    "han robado la mercancía", "robo de la mercancía", "robado la carga", "robado el camión", "falta mercancía",
    "faltan bultos", "ha desaparecido la mercancía", "robado", "stolen goods", "stolen cargo", "missing goods",
)  # fmt: skip
GENERAL_AVERAGE: Final = (
    "avería gruesa", "echado la carga al mar", "garantía de avería", "contribución a la avería", "general average",
)  # fmt: skip
CARRIER: Final = (
    "reclama el cargador", "nos reclama el cargador", "le reclama el cargador", "reclamación del cargador",
    "responsabilidad del porteador", "daños a la carga de un cliente", "llevábamos la carga", "carrier's liability",
)  # fmt: skip
HULL: Final = (
    "daños en el casco", "daños al casco", "golpe con el barco", "golpeado el barco", "chocado con el muelle",
    "chocado con el pantalán", "ha encallado", "encallado", "vía de agua", "ha embarrancado", "hull", "run aground",
)  # fmt: skip
SUNK: Final = (
    "se ha hundido", "hundido el barco", "hundimiento", "pérdida total", "robado el barco", "se ha quemado el barco",
    "sunk", "has sunk", "total loss",
)  # fmt: skip
AT_SEA: Final = (
    "herido a un bañista", "golpeado a otro barco", "chocado con otro barco", "daños a otro barco",
    "daños a otra embarcación", "daños a terceros", "abordaje", "hit another boat",
)  # fmt: skip


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


def cargo(code: str, label: str, words: tuple[str, ...], *, documents: tuple[str, ...] = CARGO) -> ClaimType:
    """A loss of goods."""
    return ClaimType(
        code=code, label=label, coverages=("mercancias", "mercancias_flotante"), reserve=RESERVE, basis=Basis.AVERAGE,
        sums=("shipment_value",), documents=documents, words=words,
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
        cargo("dano_mercancia", N_("Daño a la mercancía"), GOODS_HARMED),
        cargo("robo_mercancia", N_("Robo de la mercancía"), GOODS_GONE, documents=(*CARGO, N_("Denuncia"))),
        cargo("averia_gruesa", N_("Avería gruesa"), GENERAL_AVERAGE,
              documents=(N_("Liquidación de avería"), N_("Garantía de avería"))),
        ClaimType(
            code="rc_porteador", label=N_("Responsabilidad del porteador"), coverages=("rc_cmr",), reserve=RESERVE,
            at_fault=True, documents=(*CARGO, N_("Reclamación del cargador")), words=CARRIER,
        ),
        ClaimType(
            code="casco", label=N_("Daños al casco"), coverages=("casco",), reserve=RESERVE, basis=Basis.AVERAGE,
            sums=("hull_value",), documents=(N_("Protesta de mar"), N_("Presupuesto de reparación")), words=HULL,
        ),
        ClaimType(
            code="perdida_total", label=N_("Pérdida total de la embarcación"), coverages=("casco",), reserve=hull_value,
            basis=Basis.SUM, sums=("hull_value",), documents=(N_("Protesta de mar"), N_("Baja en el registro")),
            words=SUNK,
        ),
        ClaimType(
            code="rc_nautica", label=N_("Daños a terceros en el mar"), coverages=("rc_obligatoria_nautica",),
            reserve=RESERVE, at_fault=True, documents=(N_("Reclamación del perjudicado"), N_("Protesta de mar")),
            words=AT_SEA,
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
