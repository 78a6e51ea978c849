"""Large industrial property (*multirriesgo industrial*): the declaration of the line."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.industrial.records import Plant
from modules.insurance.industrial.risk import (
    PRODUCTS,
    SUMS,
    SURVEYED,
    IndustrialDetails,
    IndustrialRisk,
    describe,
    hazard,
    is_surveyed,
    profit_fits_turnover,
    property_of,
)
from modules.insurance.kernel import Coverage, Information, Line, Renewing
from modules.insurance.kernel.claim_types import Basis
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.profits import lost_profits
from modules.insurance.kernel.property import damage, indexed, liability, place_of

MARGIN: Final = Decimal("0.15")  # margin clause: average only above 115 % of the sum
ONE_INSURER: Final = 10_000_000  # EUR: rule IND-R1
GOODS: Final = ("machinery_sum", "stock_sum")
FIRE: Final = ("incendio_explosion",)
ALLIED: Final = ("riesgos_extensivos",)


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """Building and machinery follow prices; stock, turnover, profit and loss ratio are declared anew."""
    return risk | indexed(risk, ("building_sum", "machinery_sum"), renewing.index)


def adequacy(findings: Findings, risk: IndustrialRisk) -> None:
    """Survey, capacity, loss of profits, and what average would do."""
    total = property_of(risk.model_dump())
    if total > ONE_INSURER:
        text = N_("Suma {total}: pruebe la capacidad con la PML y busque coaseguro o reaseguro facultativo.")
        findings.add("warn", text, "IND-R1", total=findings.money(total))
    elif total > SURVEYED:
        text = N_("Suma {total}: hace falta una inspección del riesgo.")
        findings.add("note", text, "survey_on", total=findings.money(total))
    if not risk.with_loss_of_profits:
        findings.add("warn", N_("La pérdida de beneficios no queda cubierta."), "RDL 3/2020 art. 175")
    text = N_("Cláusula de margen: la regla proporcional solo se aplica si el valor supera el capital en más del 15 %.")
    findings.add("note", text, "LCS art. 30")


LINE = Line(
    id="seguros-industrial",
    home=Path(__file__).parent,
    title=N_("Industrial"),
    insurance_classes=(8, 9, 13, 16),
    risk=IndustrialRisk,
    details=IndustrialDetails,
    needed_to_issue=("cnae", "address", "pml_pct"),
    products=PRODUCTS,
    coverages=(
        Coverage(code="incendio_explosion", label=N_("Incendio y explosión"), mandatory=True),
        Coverage(code="riesgos_extensivos", label=N_("Riesgos extensivos"), mandatory=True),
        Coverage(code="robo", label=N_("Robo a primer riesgo")),
        Coverage(code="averia_maquinaria", label=N_("Avería de maquinaria")),
        Coverage(code="perdida_beneficios", label=N_("Pérdida de beneficios")),
        Coverage(code="rc_general", label=N_("Responsabilidad civil")),
    ),
    claims=(
        damage("incendio", coverages=FIRE, reserve=45_000, sums=SUMS, deductible="deductible", margin=MARGIN),
        damage("atmosferico", coverages=ALLIED, reserve=12_000, sums=SUMS, deductible="deductible", margin=MARGIN),
        damage("agua", coverages=ALLIED, reserve=6_000, sums=SUMS, deductible="deductible", margin=MARGIN),
        damage("electrico", coverages=ALLIED, reserve=4_000, sums=SUMS, deductible="deductible", margin=MARGIN),
        damage("robo", coverages=("robo",), reserve=8_000, sums=GOODS, deductible="deductible",
               basis=Basis.FIRST_LOSS),
        damage("averia", coverages=("averia_maquinaria",), reserve=14_000, sums=("machinery_sum",),
               deductible="deductible", margin=MARGIN),
        lost_profits(coverages=("perdida_beneficios",), reserve=45_000, margin=MARGIN),
        liability("rc", coverages=("rc_general",), reserve=6_500, label=N_("Daños a terceros")),
    ),
    sums=SUMS,
    record=Plant,
    information=Information(
        summary=N_("Seguro de una fábrica o almacén: bienes, maquinaria, beneficio y responsabilidad."),
        excluded=(
            N_("Falta de mantenimiento, vicio propio y desgaste."),
            N_("Lo que paga el Consorcio: inundación, terremoto, viento de más de 120 km/h, terrorismo."),
            N_("Contaminación gradual."),
        ),
        restrictions=(
            N_("Franquicia en cada siniestro."),
            N_("Regla proporcional con margen del 15 %; robo a primer riesgo."),
            N_("La pérdida de beneficios se paga durante los meses pactados desde el daño."),
        ),
        territory=N_("Las situaciones descritas; la responsabilidad civil, en España."),
        obligations=(
            N_("Cumplir las recomendaciones de la inspección en su plazo."),
            N_("Declarar las existencias en las fechas pactadas."),
            N_("Comunicar obras, cambios de proceso y de protecciones."),
        ),
        notes=(N_("En los grandes riesgos el documento de información (IPID) no es obligatorio."),),
    ),
    contradictions=(profit_fits_turnover,),
    known=hazard,
    describe=describe,
    object_ref=place_of,
    renew=renewed,
    adequacy=adequacy,
    check_issue=is_surveyed,
)  # fmt: skip
