"""Owners' communities (*seguro de comunidades*): the declaration of the line."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.comunidades.records import Building
from modules.insurance.comunidades.risk import (
    PRODUCTS,
    ComunidadesDetails,
    ComunidadesRisk,
    describe,
    per_ten_units,
    pipes_are_not_older,
)
from modules.insurance.kernel import Coverage, Information, Line, Renewing
from modules.insurance.kernel.claim_types import Basis, ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.property import LETTER, damage, indexed, liability, place_of

LOOKS_BACK: Final = 3  # years of claims
OLD_PIPES: Final = 20  # years
BUILDING: Final = ("building_sum",)


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """The building's sum follows prices; the claims of three years are counted anew, for every ten units."""
    before = Decimal(str(risk["claims_per_10_units_3y"]))
    counted = per_ten_units(renewing.claim_count(LOOKS_BACK), int(risk["units_count"]))
    frequency = counted if renewing.years >= LOOKS_BACK else max(before, counted)
    return risk | indexed(risk, BUILDING, renewing.index) | {"claims_per_10_units_3y": f"{frequency:f}"}


def adequacy(findings: Findings, risk: ComunidadesRisk) -> None:
    """Old pipes, an uncovered lift, and what average would do."""
    if risk.pipe_age >= OLD_PIPES:
        text = N_("Tuberías de {years} años: renovarlas baja la prima de daños por agua.")
        findings.add("note", text, "pipe_age", years=risk.pipe_age)
    if risk.product == "basico":
        text = N_("El agua privativa, los cristales, el robo y los ascensores no quedan cubiertos.")
        findings.add("warn" if risk.lifts else "note", text, "RDL 3/2020 art. 175")
    text = N_("Si el capital no llega al valor de reconstrucción, se paga en proporción.")
    findings.add("note", text, "LCS art. 30")


LINE = Line(
    id="seguros-comunidades",
    home=Path(__file__).parent,
    title=N_("Comunidades"),
    insurance_classes=(8, 9, 13, 17, 18),
    risk=ComunidadesRisk,
    details=ComunidadesDetails,
    needed_to_issue=("address", "administrator_name", "president_name", "ite_result"),
    products=PRODUCTS,
    coverages=(
        Coverage(code="incendio", label=N_("Incendio y complementarios"), mandatory=True),
        Coverage(code="rc_comunidad", label=N_("Responsabilidad civil de la comunidad"), mandatory=True),
        Coverage(code="danos_agua_comunitarios", label=N_("Daños por agua, tuberías comunes"), mandatory=True),
        Coverage(code="danos_agua_privativos", label=N_("Daños por agua, tuberías privativas")),
        Coverage(code="robo", label=N_("Robo de elementos comunes")),
        Coverage(code="rotura_cristales", label=N_("Rotura de lunas y cristales")),
        Coverage(code="averia_maquinaria", label=N_("Avería de ascensores y maquinaria")),
        Coverage(code="asistencia", label=N_("Asistencia al edificio")),
        Coverage(code="defensa_juridica", label=N_("Defensa jurídica")),
    ),
    claims=(
        damage("agua_comunitaria", like="agua", label=N_("Agua de tuberías comunes"),
               coverages=("danos_agua_comunitarios",), reserve=750, sums=BUILDING, deductible="deductible",
               words=("bajante", "la bajante", "tubería general", "tubería común", "tubería comunitaria", "montante",
                      "agua de la comunidad", "fuga en el garaje", "goteras en la escalera", "common pipe")),
        damage("agua_privativa", like="agua", label=N_("Agua de tuberías privativas"),
               coverages=("danos_agua_privativos",), reserve=750, sums=BUILDING, deductible="deductible"),
        damage("incendio", coverages=("incendio",), reserve=25_000, sums=BUILDING),
        damage("atmosferico", coverages=("incendio",), reserve=1_500, sums=BUILDING),
        damage("cristales", coverages=("rotura_cristales",), reserve=210, sums=BUILDING, basis=Basis.FIRST_LOSS),
        damage("robo", coverages=("robo",), reserve=900, sums=BUILDING, basis=Basis.FIRST_LOSS),
        damage("averia", coverages=("averia_maquinaria",), reserve=380, sums=BUILDING, basis=Basis.FIRST_LOSS),
        liability("rc", coverages=("rc_comunidad",), reserve=1_300, label=N_("Daños a vecinos o terceros")),
        ClaimType(
            code="defensa", label=N_("Defensa jurídica"), coverages=("defensa_juridica",), reserve=Decimal(600),
            documents=(LETTER, N_("Acta de la junta que acuerda reclamar")),
            words=("defensa jurídica", "abogado", "reclamar cuotas", "un vecino no paga", "legal defence", "lawyer"),
        ),
    ),
    ages=("building_age", "pipe_age"),
    sums=BUILDING,
    record=Building,
    information=Information(
        summary=N_("Seguro del edificio de una comunidad: daños, agua y responsabilidad frente a vecinos y terceros."),
        excluded=(
            N_("Falta de mantenimiento, vicio propio y desgaste."),
            N_("Lo que paga el Consorcio: inundación, terremoto, viento de más de 120 km/h, terrorismo."),
            N_("El contenido de cada vivienda, que asegura su dueño."),
        ),
        restrictions=(
            N_("Regla proporcional si el capital no llega al valor de reconstrucción."),
            N_("Franquicia de agua, según la póliza."),
        ),
        territory=N_("El edificio descrito."),
        obligations=(
            N_("Mantener las instalaciones y pasar la inspección técnica a su tiempo."),
            N_("Comunicar el cambio de administrador o de presidente."),
        ),
        notes=(N_("El recargo del Consorcio es el de viviendas si el edificio se destina sobre todo a ellas."),),
    ),
    contradictions=(pipes_are_not_older,),
    describe=describe,
    object_ref=place_of,
    renew=renewed,
    adequacy=adequacy,
)  # fmt: skip
