"""The package for firms (*multirriesgo pyme*): the declaration of the line."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.empresas.records import Firm
from modules.insurance.empresas.risk import (
    PRODUCTS,
    SUMS,
    EmpresasDetails,
    EmpresasRisk,
    activity,
    describe,
    locations_add_up,
    profit_fits_turnover,
)
from modules.insurance.kernel import Coverage, Information, Line, Renewing
from modules.insurance.kernel.claim_types import Basis, ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.profits import lost_profits
from modules.insurance.kernel.property import LETTER, damage, indexed, liability, place_of

LOOKS_BACK: Final = 3  # years of claims
LONG_STOP: Final = 12  # months: rebuilding premises takes most of a year
GOODS: Final = ("contents_sum", "stock_sum")


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """Sums follow prices; the claims of three years are counted anew; the client declares turnover and profit."""
    counted = renewing.claim_count(LOOKS_BACK, int(risk["claims_3y"]))
    return risk | indexed(risk, SUMS, renewing.index) | {"claims_3y": counted}


def adequacy(findings: Findings, risk: EmpresasRisk) -> None:
    """What a firm would miss after a fire, and what average would do."""
    if not risk.with_loss_of_profits:
        findings.add("warn", N_("La pérdida de beneficios no queda cubierta."), "RDL 3/2020 art. 175")
    elif (risk.indemnity_months or 0) < LONG_STOP:
        text = N_("{months} meses de indemnización pueden no bastar para reabrir.")
        findings.add("note", text, "indemnity_months", months=risk.indemnity_months or 0)
    if not risk.with_equipment_breakdown and risk.equipment_sum:
        findings.add("note", N_("La avería de equipos no queda cubierta."), "RDL 3/2020 art. 175")
    text = N_("Si los capitales no llegan al valor, se paga en proporción; declárelos 60 días antes de renovar.")
    findings.add("note", text, "LCS art. 30")


LINE = Line(
    id="seguros-empresas",
    home=Path(__file__).parent,
    title=N_("Empresas"),
    insurance_classes=(8, 9, 13, 16, 17, 18),
    risk=EmpresasRisk,
    details=EmpresasDetails,
    needed_to_issue=("cnae", "address"),
    products=PRODUCTS,
    coverages=(
        Coverage(code="danos_materiales", label=N_("Incendio y daños materiales"), mandatory=True),
        Coverage(code="robo", label=N_("Robo")),
        Coverage(code="perdida_beneficios", label=N_("Pérdida de beneficios")),
        Coverage(code="rc_explotacion", label=N_("Responsabilidad civil de explotación"), mandatory=True),
        Coverage(code="rc_patronal", label=N_("Responsabilidad civil patronal")),
        Coverage(code="averia_equipos", label=N_("Avería de equipos")),
        Coverage(code="defensa_juridica", label=N_("Defensa jurídica")),
    ),
    claims=(
        damage("incendio", coverages=("danos_materiales",), reserve=18_000, sums=SUMS, deductible="deductible"),
        damage("atmosferico", coverages=("danos_materiales",), reserve=2_400, sums=SUMS, deductible="deductible"),
        damage("agua", coverages=("danos_materiales",), reserve=620, sums=SUMS, deductible="deductible"),
        damage("electrico", coverages=("danos_materiales",), reserve=380, sums=SUMS, deductible="deductible"),
        damage("cristales", coverages=("danos_materiales",), reserve=210, sums=SUMS, basis=Basis.FIRST_LOSS),
        damage("robo", coverages=("robo",), reserve=2_400, sums=GOODS),
        damage("averia", coverages=("averia_equipos",), reserve=1_200, sums=("equipment_sum",)),
        lost_profits(coverages=("perdida_beneficios",), reserve=18_000),
        liability("rc", coverages=("rc_explotacion",), reserve=6_500, label=N_("Daños a terceros")),
        ClaimType(
            code="accidente_laboral", label=N_("Accidente de un empleado"), coverages=("rc_patronal",),
            reserve=Decimal(6500), sums=("liability_limit",), at_fault=True,
            documents=(N_("Parte de accidente de trabajo"), N_("Informes médicos y alta del lesionado"), LETTER),
            words=("accidente laboral", "accidente de trabajo", "empleado herido", "trabajador herido",
                   "herido un empleado", "herido un trabajador", "se ha caído un empleado", "se ha caído un trabajador",
                   "work accident", "employee hurt"),
        ),
        ClaimType(
            code="defensa", label=N_("Defensa jurídica"), coverages=("defensa_juridica",), reserve=Decimal(600),
            documents=(LETTER, N_("Minuta del abogado")),
            words=("defensa jurídica", "abogado", "legal defence", "lawyer"),
        ),
    ),
    sums=SUMS,
    record=Firm,
    information=Information(
        summary=N_("Seguro multirriesgo de una empresa: sus bienes, su beneficio y su responsabilidad."),
        excluded=(
            N_("Falta de mantenimiento, vicio propio y desgaste."),
            N_("Lo que paga el Consorcio: inundación, terremoto, viento de más de 120 km/h, terrorismo."),
            N_("Robo sin fuerza y hurto."),
        ),
        restrictions=(
            N_("Regla proporcional si los capitales o el beneficio no llegan al valor real."),
            N_("La pérdida de beneficios se paga durante los meses pactados desde el daño."),
            N_("Responsabilidad civil patronal con sublímite por víctima."),
        ),
        territory=N_("Las situaciones descritas; la responsabilidad civil, en España."),
        obligations=(
            N_("Declarar capitales y facturación 60 días antes del vencimiento."),
            N_("Comunicar obras, cambios de actividad y de protecciones."),
        ),
        notes=(N_("El convenio colectivo puede obligar a un seguro de accidentes, que no va incluido."),),
    ),
    contradictions=(profit_fits_turnover,),
    known=activity,
    describe=describe,
    object_ref=place_of,
    renew=renewed,
    adequacy=adequacy,
    check_issue=locations_add_up,
)  # fmt: skip
