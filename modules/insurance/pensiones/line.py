"""Pension plans: the declaration of the line."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.kernel import Coverage, Information, Line
from modules.insurance.kernel.claim_types import DIED, Basis, ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.line import ProductDocument
from modules.insurance.kernel.savers import age_on
from modules.insurance.pensiones.records import PensionAccount
from modules.insurance.pensiones.risk import PRODUCTS, PensionesDetails, PensionesRisk, describe

ID = (N_("DNI del partícipe o beneficiario"), N_("Solicitud de prestación"), N_("Cuenta de abono"))

# How people tell of each.
RETIRED: Final = (
    "se ha jubilado", "se jubila", "me he jubilado", "me jubilo", "jubilado", "jubilada", "jubilación", "jubilarse",
    "has retired", "retired", "retirement",
)  # fmt: skip
DISABLED: Final = (
    "incapacidad", "invalidez", "incapacitado", "incapacitada", "no puede trabajar", "no puede volver a trabajar",
    "disability", "disabled",
)  # fmt: skip
DEPENDENT: Final = (
    "dependencia", "gran dependiente", "dependiente", "no se vale por sí mismo", "dependent", "care home",
)  # fmt: skip
ILL: Final = ("enfermedad grave", "gravemente enfermo", "gravemente enferma", "cáncer", "serious illness", "cancer")
JOBLESS: Final = (
    "desempleo", "en paro", "está en el paro", "sin trabajo", "se le ha acabado el paro", "unemployed", "unemployment",
)  # fmt: skip
OLD_MONEY: Final = (
    "diez años de antigüedad", "aportaciones antiguas", "más de diez años", "antigüedad", "ten years old",
)  # fmt: skip


def contribution_of(risk: Mapping[str, Any]) -> Decimal:
    """The first reserve: a year's contribution, until the manager tells the consolidated rights."""
    return Decimal(str(risk["annual_contribution"]))


def contingency(code: str, label: str, words: tuple[str, ...], *documents: str) -> ClaimType:
    """A contingency, or an exceptional case of liquidity; the rights are paid as they stand."""
    return ClaimType(
        code=code, label=label, reserve=contribution_of, basis=Basis.SUM, documents=(*ID, *documents), words=words
    )  # fmt: skip


def adequacy(findings: Findings, risk: PensionesRisk) -> None:
    """Whether plan and profile fit the participant."""
    ref = "RDL 3/2020 art. 175"
    if risk.net_income * Decimal("0.30") < risk.annual_contribution:
        text = N_("La aportación supera el 30 % de los rendimientos netos: el resto no reduce este año.")
        findings.add("warn", text, "Ley 35/2006 art. 52")
    if risk.retirement_marginal_rate >= risk.irpf_marginal_rate:
        text = N_("El tipo previsto en la jubilación no es menor que el actual: el ahorro fiscal solo se aplaza.")
        findings.add("warn", text, "Ley 35/2006 art. 17.2.a.3ª")
    elif risk.profile == "renta_variable" and risk.horizon_years < 5:
        findings.add("warn", N_("Renta variable a menos de cinco años de la jubilación."), ref)
    else:
        findings.add("support", N_("El plan y el perfil son coherentes con el plazo hasta la jubilación."), ref)


LINE = Line(
    id="seguros-pensiones",
    home=Path(__file__).parent,
    title=N_("Pensiones"),
    insurance_classes=("plan de pensiones; PPA: vida",),
    risk=PensionesRisk,
    details=PensionesDetails,
    needed_to_issue=("retires_on", "beneficiaries"),
    products=PRODUCTS,
    coverages=(Coverage(code="contribution", label=N_("Aportación"), mandatory=True),),
    claims=(
        contingency("jubilacion", N_("Jubilación"), RETIRED, N_("Resolución de jubilación del INSS")),
        contingency("incapacidad", N_("Incapacidad"), DISABLED, N_("Resolución de incapacidad del INSS")),
        contingency("fallecimiento", N_("Fallecimiento"), DIED, N_("Certificado de defunción"),
                    N_("Certificado de últimas voluntades y testamento")),
        contingency("dependencia", N_("Dependencia severa o gran dependencia"), DEPENDENT,
                    N_("Resolución de dependencia")),
        contingency("enfermedad_grave", N_("Enfermedad grave"), ILL, N_("Certificado médico")),
        contingency("desempleo", N_("Desempleo de larga duración"), JOBLESS, N_("Certificado del servicio de empleo")),
        contingency("antiguedad", N_("Aportaciones con diez años de antigüedad"), OLD_MONEY),
    ),
    ages=("age",),
    record=PensionAccount,
    information=Information(
        document=ProductDocument.DFI,
        summary=N_("Plan de pensiones: no es un seguro. El partícipe aporta y la gestora invierte."),
        excluded=(N_("Cobrar cuando se quiera: solo en las contingencias y supuestos de la ley."),),
        restrictions=(
            N_("Se puede cobrar lo aportado hace diez años o más, desde 2025."),
            N_("Lo que exceda del límite anual se retira antes del 30 de junio siguiente."),
        ),
        territory=N_("España."),
        obligations=(N_("Comunicar a cada gestora lo aportado a las demás."),),
        notes=(
            N_("El PPA es un seguro y lleva su propio documento de datos fundamentales (KID)."),
            N_("La prestación tributa entera como rendimiento del trabajo."),
            N_("No hay plazo de desistimiento (Ley 22/2007 art. 10.2.g)."),
            N_("La correduría comercializa el plan por acuerdo con la entidad gestora."),
        ),
    ),
    known=age_on,
    describe=describe,
    adequacy=adequacy,
    persons=True,
    unpaid_suspends=False,
    withdrawal_days=0,
)  # fmt: skip
