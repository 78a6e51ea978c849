"""Unit-linked life insurance: the declaration of the line."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.dates import add_months
from core.errors import Conflict
from core.i18n import N_
from modules.insurance.kernel import Coverage, Duration, Information, Line, Quote
from modules.insurance.kernel.claim_types import DIED, SURRENDERED, Basis, ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.line import ProductDocument
from modules.insurance.kernel.savers import age_on
from modules.insurance.unit_linked.funds import funds, terms
from modules.insurance.unit_linked.records import UnitAccount
from modules.insurance.unit_linked.risk import PRODUCTS, UnitLinkedDetails, UnitLinkedRisk, describe


class OldTest(Conflict):
    """The suitability test must be of the last year (RDL 3/2020 arts. 181 and 183)."""

    text = N_("El test de idoneidad de {quote} debe ser del último año antes del efecto.")


class Unsuitable(Conflict):
    """No fund may be riskier than the client."""

    text = N_("El fondo {fund} es más arriesgado que el perfil del cliente ({profile}).")


def check_suitable(isin: str, profile: str) -> None:
    """Refuse a fund that is riskier than the client's profile.

    Raises:
        Unsuitable: it is.
    """
    fund = funds()[isin]
    if not terms().suits(fund.basket, profile):
        raise Unsuitable(fund=fund.name, profile=profile)


def check_issue(quote: Quote) -> None:
    """Refuse to issue without a fresh test, or with a fund that the client's test does not bear.

    Raises:
        OldTest, Unsuitable: so it is.
    """
    tested = date.fromisoformat(quote.details["suitability_on"])
    if not add_months(quote.effective_on, -terms().suitability_months) <= tested <= quote.effective_on:
        raise OldTest(quote=quote.quote_number)
    for share in quote.details["fund_allocation"]:
        check_suitable(share["isin"], quote.risk["client_risk_profile"])


def premium_of(risk: Mapping[str, Any]) -> Decimal:
    """The first reserve: what was paid in, until the units are valued."""
    return Decimal(str(risk["single_premium"]))


def adequacy(findings: Findings, risk: UnitLinkedRisk) -> None:
    """Whether the profile fits the client and the horizon."""
    ref = "RDL 3/2020 arts. 181 y 183"
    if not terms().suits(risk.profile, risk.client_risk_profile):
        findings.add("warn", N_("La inversión es más arriesgada que el perfil del cliente según su test."), ref)
    elif risk.profile == "dinamico" and risk.horizon_years < 5:
        findings.add("warn", N_("Un perfil dinámico a menos de cinco años puede obligar a vender con pérdidas."), ref)
    else:
        findings.add("support", N_("El perfil de la inversión es el del cliente según su test."), ref)
    text = N_("El valor puede bajar: el riesgo de la inversión es del tomador y no hay capital garantizado.")
    findings.add("note", text, "ROSSEAR art. 124.4")


LINE = Line(
    id="seguros-unit-linked",
    home=Path(__file__).parent,
    title=N_("Unit linked"),
    insurance_classes=("vida",),
    risk=UnitLinkedRisk,
    details=UnitLinkedDetails,
    needed_to_issue=("fund_allocation", "suitability_on", "beneficiaries", "source_of_funds"),
    products=PRODUCTS,
    coverages=(Coverage(code="contribution", label=N_("Prima única"), mandatory=True),),
    claims=(
        ClaimType(
            code="rescate", label=N_("Rescate"), reserve=premium_of, basis=Basis.SUM,
            documents=(N_("Solicitud de rescate"), N_("DNI del tomador"), N_("Declaración del origen de los fondos")),
            words=SURRENDERED,
        ),
        ClaimType(
            code="fallecimiento", label=N_("Fallecimiento"), reserve=premium_of, basis=Basis.SUM,
            words=DIED,
            documents=(
                N_("Certificado de defunción"), N_("Certificado de últimas voluntades y testamento"),
                N_("DNI del beneficiario"), N_("Impuesto de sucesiones (modelo 650)"),
            ),
        ),
    ),
    ages=("age",),
    record=UnitAccount,
    information=Information(
        document=ProductDocument.KID,
        summary=N_("Seguro de vida de prima única cuyo valor es el de los fondos en que se invierte."),
        excluded=(N_("Capital o interés garantizado: no hay ninguno."),),
        restrictions=(
            N_("Rescate antes de tres años: penalización del 3, 2 o 1 % según el año."),
            N_("Cuatro cambios de fondo gratuitos al año; los demás cuestan el 0,50 % de lo que se cambia."),
        ),
        territory=N_("Residentes en España; en otro país cambia la tributación."),
        obligations=(N_("Actualizar cada año los datos del test de idoneidad."),),
        notes=(
            N_("El valor de los fondos fluctúa y puede ser menor que la prima pagada (ROSSEAR art. 124.4)."),
            N_("Gastos: de entrada según la prima y anuales según el perfil; se informan cada año."),
            N_("No hay 30 días para desistir: el tomador asume el riesgo de la inversión (LCS art. 83 a)."),
            N_("Cada fondo informa de su sostenibilidad según el Reglamento (UE) 2019/2088."),
        ),
    ),
    known=age_on,
    describe=describe,
    duration=lambda risk: Duration(months=12 * risk.horizon_years, renewable=False),
    adequacy=adequacy,
    check_issue=check_issue,
    persons=True,
    unpaid_suspends=False,
    withdrawal_days=0,
)  # fmt: skip
