"""Cyber insurance (*seguro de ciberriesgos*): the declaration of the line."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.ciber.controls import BEST, answers_fit
from modules.insurance.ciber.records import DigitalFirm
from modules.insurance.ciber.risk import PRODUCTS, CiberDetails, CiberRisk, cover_fits_sublimit, describe
from modules.insurance.kernel import Coverage, Information, Line, Renewing
from modules.insurance.kernel.claim_types import Basis, ClaimsMade, ClaimType
from modules.insurance.kernel.findings import Findings

REPORTING: Final = 12  # months: LCS art. 73
GOOD: Final = 7  # of ten controls
LOOKS_BACK: Final = 3  # years of incidents
RESERVE: Final = Decimal(28_000)
REPORT: Final = N_("Informe de respuesta al incidente")
LOGS: Final = N_("Registros de los sistemas, sin alterar")
INVOICES: Final = N_("Facturas de los gastos")
NOTICE: Final = N_("Copia de la notificación a la AEPD y a los afectados")
ACCOUNTS: Final = N_("Cuentas del período y de los 24 meses anteriores")


def claims_made(risk: Mapping[str, Any], details: Mapping[str, Any], from_on: date) -> ClaimsMade:
    """Every cover hangs on the claim or the discovery, with no limit back unless a date is agreed."""
    agreed = details.get("retroactive_on")
    return ClaimsMade(retroactive_on=date.fromisoformat(str(agreed)) if agreed else None, reporting_months=REPORTING)


def aggregate(risk: Mapping[str, Any], details: Mapping[str, Any]) -> Decimal:
    """The most that an annuity pays, EUR."""
    return Decimal(str(risk["aggregate_limit"]))


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """The incidents of three years are counted anew; the questionnaire is asked for every year."""
    return risk | {"incidents_3y": renewing.claim_count(LOOKS_BACK, int(risk["incidents_3y"]))}


def adequacy(findings: Findings, risk: CiberRisk) -> None:
    """Controls that are missing, and covers that a firm of this kind should weigh."""
    if risk.control_score < GOOD:
        text = N_("Tiene {count} de {best} controles: mejorarlos baja la prima y el riesgo.")
        findings.add("note", text, "control_score", count=risk.control_score, best=BEST)
    if not risk.with_business_interruption:
        findings.add("warn", N_("La interrupción del negocio no queda cubierta."), "RDL 3/2020 art. 175")
    if not risk.with_extortion:
        findings.add("note", N_("La extorsión no queda cubierta."), "RDL 3/2020 art. 175")
    text = N_("Cubre por fecha de reclamación: no cambie de aseguradora sin conservar la fecha retroactiva.")
    findings.add("note", text, "LCS art. 73")


LINE = Line(
    id="seguros-ciber",
    home=Path(__file__).parent,
    title=N_("Ciberriesgo"),
    insurance_classes=(13, 16, 9, 17),
    risk=CiberRisk,
    details=CiberDetails,
    needed_to_issue=("security_contact",),
    products=PRODUCTS,
    coverages=(
        Coverage(code="respuesta_incidentes", label=N_("Respuesta a incidentes"), mandatory=True),
        Coverage(code="rc_datos", label=N_("Responsabilidad por datos personales"), mandatory=True),
        Coverage(code="interrupcion_negocio", label=N_("Interrupción del negocio")),
        Coverage(code="extorsion", label=N_("Extorsión")),
        Coverage(code="fraude_transferencia", label=N_("Fraude por transferencia")),
    ),
    claims=(
        ClaimType(
            code="ransomware", label=N_("Secuestro de datos"), coverages=("extorsion", "respuesta_incidentes"),
            reserve=RESERVE, basis=Basis.FIRST_LOSS, sums=("aggregate_limit",),
            documents=(REPORT, LOGS, INVOICES, N_("Denuncia"), N_("Comprobación de sanciones del atacante")),
            words=("ransomware", "secuestro de datos", "secuestrado los datos", "ficheros cifrados",
                   "archivos cifrados", "han cifrado", "cifrado los datos", "piden rescate", "piden un rescate",
                   "encrypted files", "ransom"),
        ),
        ClaimType(
            code="brecha_datos", label=N_("Brecha de datos personales"),
            coverages=("respuesta_incidentes", "rc_datos"), reserve=RESERVE, basis=Basis.FIRST_LOSS,
            sums=("aggregate_limit",), documents=(REPORT, LOGS, INVOICES, NOTICE),
            words=("brecha de datos", "fuga de datos", "robo de datos", "robado datos", "robado los datos",
                   "filtrado datos", "datos filtrados", "data breach", "stolen data"),
        ),
        ClaimType(
            code="fraude", label=N_("Fraude por transferencia"), coverages=("fraude_transferencia",),
            reserve=RESERVE, basis=Basis.FIRST_LOSS, sums=("funds_transfer_sublimit",),
            documents=(N_("Denuncia"), N_("Órdenes de pago y correos"), N_("Aviso al banco")),
            words=("transferencia falsa", "transferencia a un estafador", "fraude del ceo", "factura falsa", "estafa",
                   "estafado", "suplantado", "cambio de cuenta", "phishing", "transfer fraud", "scam"),
        ),
        ClaimType(
            code="indisponibilidad", label=N_("Interrupción del negocio"), coverages=("interrupcion_negocio",),
            reserve=RESERVE, basis=Basis.FIRST_LOSS, sums=("aggregate_limit",), documents=(REPORT, LOGS, ACCOUNTS),
            words=("sistemas caídos", "sistema caído", "no funciona el sistema", "no funcionan los sistemas",
                   "web caída", "servidores caídos", "no podemos trabajar", "interrupción", "outage", "systems down"),
        ),
        ClaimType(
            code="reclamacion", label=N_("Reclamación de un afectado"), coverages=("rc_datos",), reserve=RESERVE,
            sums=("aggregate_limit",), documents=(N_("Carta de reclamación o demanda"), REPORT), at_fault=True,
            words=("reclamación de un afectado", "nos reclama un cliente", "le reclama un cliente",
                   "reclaman por sus datos", "claim of a customer"),
        ),
    ),
    record=DigitalFirm,
    information=Information(
        summary=N_("Seguro de los gastos, pérdidas y responsabilidades por un incidente informático."),
        excluded=(
            N_("Guerra y ataques de Estados, según la póliza."),
            N_("Fallos generales de infraestructuras y suministros."),
            N_("Sanciones que la ley no permite asegurar."),
        ),
        restrictions=(
            N_("Límite por anualidad para todas las garantías; la interrupción empieza tras las horas de espera."),
            N_("El rescate solo se paga con el consentimiento de la aseguradora y tras comprobar sanciones."),
        ),
        territory=N_("Todo el mundo, salvo reclamaciones en Estados Unidos y Canadá."),
        obligations=(
            N_("Mantener los controles declarados y comunicar si cambian."),
            N_("Avisar al teléfono de incidentes en cuanto se descubran y conservar los registros."),
        ),
        notes=(N_("Cuenta la fecha de la reclamación o del descubrimiento (LCS art. 73)."),),
    ),
    contradictions=(cover_fits_sublimit,),
    describe=describe,
    renew=renewed,
    adequacy=adequacy,
    check_issue=answers_fit,
    claims_made=claims_made,
    aggregate=aggregate,
)  # fmt: skip
