"""General liability (*responsabilidad civil*): the declaration of the line."""

from decimal import Decimal
from pathlib import Path
from typing import Final

from core.i18n import N_
from modules.insurance.kernel import Coverage, Information, Line
from modules.insurance.kernel.claim_types import ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.rc.compulsory import Duty, duty_of
from modules.insurance.rc.periods import CLAIMS_MADE, aggregate, claims_made, limits_fit
from modules.insurance.rc.records import Liability
from modules.insurance.rc.risk import PRODUCTS, RcDetails, RcRisk, describe

LETTER: Final = N_("Carta de reclamación o demanda")
FACTS: Final = N_("Relato de los hechos y pruebas")
CONTRACT: Final = N_("Contrato o encargo con el perjudicado")
MEDICAL: Final = N_("Informes médicos y alta del lesionado")
ANY: Final = ("explotacion", "productos", "profesional", "administradores")


def adequacy(findings: Findings, risk: RcRisk) -> None:
    """Whether the limit meets the law of the profession, and what a claims-made cover asks of the client."""
    if risk.profession:
        duty = duty_of(risk.profession)
        if duty.falls_short(Decimal(risk.limit_per_claim)) and duty.limit_per_claim:
            text = N_("La ley pide a esta profesión {least} por siniestro: el límite no llega.")
            findings.add("warn", text, duty.law, least=findings.money(duty.limit_per_claim))
        elif duty.duty is Duty.ALWAYS:
            findings.add("note", N_("El seguro de responsabilidad civil es obligatorio en esta profesión."), duty.law)
        elif duty.duty is Duty.PROFESSIONAL_COMPANIES:
            text = N_("Si es una sociedad profesional, el seguro de responsabilidad civil es obligatorio.")
            findings.add("note", text, duty.law)
    if risk.product in CLAIMS_MADE:
        text = N_("Cubre por fecha de reclamación: no cambie de aseguradora sin conservar la fecha retroactiva.")
        findings.add("note", text, "LCS art. 73")
    elif not risk.with_employers_liability and risk.employees:
        text = N_("Tiene {count} empleados y no contrata la responsabilidad patronal.")
        findings.add("warn", text, "RDL 3/2020 art. 175", count=risk.employees)


LINE = Line(
    id="seguros-rc",
    home=Path(__file__).parent,
    title=N_("Responsabilidad civil"),
    insurance_classes=(13, 17),
    risk=RcRisk,
    details=RcDetails,
    needed={
        "rc_explotacion": ("annual_turnover", "activity_hazard", "deductible", "employees"),
        "rc_profesional": ("profession", "annual_fees", "deductible", "retroactive_years"),
        "d_y_o": ("total_assets", "solvency_grade", "listed"),
    },
    needed_to_issue=("known_circumstances",),
    products=PRODUCTS,
    coverages=(
        Coverage(code="explotacion", label=N_("Responsabilidad civil de explotación"), mandatory=True),
        Coverage(code="patronal", label=N_("Responsabilidad civil patronal")),
        Coverage(code="productos", label=N_("Responsabilidad civil de productos")),
        Coverage(code="defensa_fianzas", label=N_("Defensa y fianzas")),
        Coverage(code="profesional", label=N_("Responsabilidad civil profesional"), mandatory=True),
        Coverage(code="administradores", label=N_("Responsabilidad de administradores"), mandatory=True),
    ),
    claims=(
        ClaimType(
            code="reclamacion", label=N_("Reclamación de un tercero"), coverages=ANY, reserve=Decimal(6500),
            sums=("limit_per_claim",), deductible="deductible", documents=(LETTER, FACTS, CONTRACT), at_fault=True,
            words=("reclamación", "nos reclaman", "nos reclama", "le reclaman", "le reclama", "les reclaman",
                   "carta de reclamación", "burofax", "claim against us", "claim against him"),
        ),
        ClaimType(
            code="demanda", label=N_("Demanda judicial"), coverages=ANY, reserve=Decimal(6500),
            sums=("limit_per_claim",), deductible="deductible", documents=(LETTER, FACTS, CONTRACT), at_fault=True,
            words=("demanda", "demandado", "nos han demandado", "le han demandado", "querella", "juzgado", "lawsuit",
                   "sued"),
        ),
        ClaimType(
            code="circunstancia", label=N_("Circunstancia que puede acabar en reclamación"), coverages=ANY,
            reserve=Decimal(0), sums=("limit_per_claim",), deductible="deductible", documents=(FACTS,),
            words=("circunstancia", "posible reclamación", "podría acabar en reclamación", "pueden reclamarnos",
                   "puede que le reclamen", "error que puede", "possible claim"),
        ),
        ClaimType(
            code="accidente_laboral", label=N_("Accidente de un empleado"), coverages=("patronal",),
            reserve=Decimal(6500), sums=("limit_per_claim",), deductible="deductible",
            documents=(N_("Parte de accidente de trabajo"), MEDICAL, LETTER), at_fault=True,
            words=("accidente laboral", "accidente de trabajo", "empleado herido", "trabajador herido",
                   "herido un empleado", "herido un trabajador", "se ha caído un empleado", "se ha caído un trabajador",
                   "work accident", "employee hurt"),
        ),
        ClaimType(
            code="defensa", label=N_("Defensa y fianzas"), coverages=("defensa_fianzas",), reserve=Decimal(1200),
            documents=(LETTER, N_("Minuta del abogado")),
            words=("defensa jurídica", "abogado", "fianza", "legal defence", "bail", "lawyer"),
        ),
    ),
    ages=("retroactive_years",),
    record=Liability,
    information=Information(
        summary=N_("Seguro de los daños que el asegurado deba indemnizar a terceros por su actividad."),
        excluded=(
            N_("Daños causados con dolo."),
            N_("Multas y sanciones."),
            N_("Hechos conocidos antes de contratar y no declarados."),
        ),
        restrictions=(
            N_("Límite por siniestro, por víctima y por anualidad; los siniestros consumen el de la anualidad."),
            N_("En profesional y administradores cuenta la fecha de la reclamación, no la del hecho."),
        ),
        territory=N_("España, salvo los mercados pactados para productos."),
        obligations=(
            N_("Comunicar de inmediato toda reclamación y no reconocer culpa sin la aseguradora."),
            N_("Declarar al final de la anualidad la facturación real para regularizar la prima."),
        ),
        notes=(N_("La aseguradora asume la dirección jurídica, salvo conflicto de intereses."),),
    ),
    describe=describe,
    adequacy=adequacy,
    check_issue=limits_fit,
    claims_made=claims_made,
    aggregate=aggregate,
)  # fmt: skip
