"""Shops and offices (*multirriesgo*): the declaration of the line; the simple shape of one place."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.kernel import Coverage, Information, Line, Renewing
from modules.insurance.kernel.claim_types import Basis, ClaimType, Deductible, DeductibleKind
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.property import POLICE, damage, indexed, liability, place_of
from modules.insurance.multirriesgo.records import Premises
from modules.insurance.multirriesgo.risk import (
    PRODUCTS,
    MultirriesgoDetails,
    MultirriesgoRisk,
    describe,
    office_has_no_till,
    trade,
)

LOOKS_BACK: Final = 3  # years of claims
BUILDING: Final = ("building_sum",)
CONTENTS: Final = ("contents_sum",)
BOTH: Final = (*BUILDING, *CONTENTS)
FIRE: Final = ("incendio_continente", "incendio_contenido")


def theft_deductible(risk: Mapping[str, Any]) -> Deductible:
    """What the insured bears of a theft: ten per cent, at least 150 EUR."""
    return Deductible(kind=DeductibleKind.PERCENT, percent=Decimal(10), least=Decimal(150))


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """Sums follow prices; the claims of three years are counted anew."""
    counted = renewing.claim_count(LOOKS_BACK, int(risk["claims_3y"]))
    return risk | indexed(risk, BOTH, renewing.index) | {"claims_3y": counted}


def adequacy(findings: Findings, risk: MultirriesgoRisk) -> None:
    """What the shop would miss, and what average would do."""
    if not risk.with_business_interruption:
        findings.add("note", N_("La paralización no queda cubierta."), "RDL 3/2020 art. 175")
    if not risk.building_sum:
        text = N_("El continente no se asegura: si el local es alquilado, compruebe el seguro del dueño.")
        findings.add("note", text, "LCS art. 43")
    text = N_("Si los capitales no llegan al valor, se paga en proporción; revise el de temporada alta.")
    findings.add("note", text, "LCS art. 30")


LINE = Line(
    id="seguros-multirriesgo",
    home=Path(__file__).parent,
    title=N_("Comercio y oficina"),
    insurance_classes=(8, 9, 13, 16, 17, 18),
    risk=MultirriesgoRisk,
    details=MultirriesgoDetails,
    needed_to_issue=("address", "tenure"),
    products=PRODUCTS,
    coverages=(
        Coverage(code="incendio_continente", label=N_("Incendio del continente"), mandatory=True),
        Coverage(code="incendio_contenido", label=N_("Incendio del contenido"), mandatory=True),
        Coverage(code="robo", label=N_("Robo")),
        Coverage(code="atraco_caja", label=N_("Atraco y dinero en caja")),
        Coverage(code="danos_agua", label=N_("Daños por agua")),
        Coverage(code="rotura_cristales", label=N_("Rotura de lunas y cristales")),
        Coverage(code="rc_general", label=N_("Responsabilidad civil")),
        Coverage(code="paralizacion", label=N_("Paralización de la actividad")),
        Coverage(code="asistencia", label=N_("Asistencia al local")),
    ),
    claims=(
        damage("agua", coverages=("danos_agua",), reserve=620, sums=BOTH),
        damage("incendio", coverages=FIRE, reserve=18_000, sums=BOTH),
        damage("atmosferico", coverages=FIRE, reserve=1_500, sums=BOTH),
        damage("electrico", coverages=FIRE, reserve=380, sums=CONTENTS),
        damage("robo", coverages=("robo",), reserve=2_400, sums=CONTENTS, deductible=theft_deductible),
        damage("cristales", coverages=("rotura_cristales",), reserve=210, sums=BOTH, basis=Basis.FIRST_LOSS),
        ClaimType(
            code="atraco", label=N_("Atraco o dinero en caja"), coverages=("atraco_caja",), reserve=Decimal(1200),
            basis=Basis.FIRST_LOSS, sums=("cash_sum",), documents=(POLICE, N_("Arqueo de caja del día")),
            words=("atraco", "atracado", "robo en caja", "dinero de la caja", "a punta de navaja", "hold-up",
                   "robbed at"),
        ),
        ClaimType(
            code="paralizacion", label=N_("Paralización tras un daño cubierto"), coverages=("paralizacion",),
            reserve=Decimal(1500), basis=Basis.FIRST_LOSS, sums=("bi_annual_sum",),
            documents=(N_("Fechas de cierre y de reapertura"), N_("Cuentas del período y de los 24 meses anteriores")),
            words=("paralización", "hemos cerrado", "ha tenido que cerrar", "días cerrado", "no puede abrir",
                   "closed for"),
        ),
        liability("rc", coverages=("rc_general",), reserve=1_300, label=N_("Daños a terceros")),
    ),
    sums=BOTH,
    record=Premises,
    information=Information(
        summary=N_("Seguro multirriesgo de un comercio u oficina: continente, contenido, robo y responsabilidad."),
        excluded=(
            N_("Falta de mantenimiento, vicio propio y desgaste."),
            N_("Lo que paga el Consorcio: inundación, terremoto, viento de más de 120 km/h, terrorismo."),
            N_("Robo sin fuerza y hurto."),
        ),
        restrictions=(
            N_("Regla proporcional si los capitales no llegan al valor."),
            N_("Robo: franquicia del 10 %, con un mínimo de 150 €."),
            N_("La paralización se paga por días, desde el segundo."),
        ),
        territory=N_("El local descrito; la responsabilidad civil, en España."),
        obligations=(
            N_("Mantener conectada la alarma y cerrar la caja fuerte fuera de horario."),
            N_("Comunicar obras, cambios de actividad y de protecciones."),
        ),
        notes=(N_("Con existencias de temporada puede pactarse un aumento del 20 al 30 % del contenido."),),
    ),
    contradictions=(office_has_no_till,),
    known=trade,
    describe=describe,
    object_ref=place_of,
    renew=renewed,
    adequacy=adequacy,
)  # fmt: skip
