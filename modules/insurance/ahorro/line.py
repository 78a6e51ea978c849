"""Savings insurance (*seguro de ahorro*): the declaration of the line."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.ahorro.records import SavingsAccount
from modules.insurance.ahorro.risk import PRODUCTS, AhorroDetails, AhorroRisk, describe, sialp_pays_capital
from modules.insurance.kernel import Coverage, Information, Line
from modules.insurance.kernel.claim_types import DIED, SURRENDERED, Basis, ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.line import LIFE_WITHDRAWAL_DAYS, ProductDocument
from modules.insurance.kernel.savers import age_on

LONG_ENOUGH: Final = 5  # years: Ley 35/2006 DA 3ª and 26ª
OLD: Final = 70
LEAST_EXTRA: Final = Decimal(600)


def contribution_of(risk: Mapping[str, Any]) -> Decimal:
    """The first reserve: what one year has paid in, until the account is valued."""
    return Decimal(str(risk["annual_contribution"]))


def death_reserve(risk: Mapping[str, Any]) -> Decimal:
    """As `contribution_of`, with the least extra on death."""
    return contribution_of(risk) + LEAST_EXTRA


def adequacy(findings: Findings, risk: AhorroRisk) -> None:
    """Whether product, horizon and age fit each other."""
    ref = "RDL 3/2020 art. 175"
    if risk.product != "ahorro_garantizado" and risk.horizon_years < LONG_ENOUGH:
        text = N_("El plazo es menor de cinco años: se pierde la ventaja fiscal del producto.")
        findings.add("warn", text, "Ley 35/2006 DA 3ª y 26ª")
    elif risk.product == "pias" and risk.payout != "renta_vitalicia":
        text = N_("Un PIAS solo queda exento si se cobra como renta vitalicia.")
        findings.add("note", text, "Ley 35/2006 art. 7.v")
    else:
        findings.add("support", N_("El producto y el plazo son coherentes con el objetivo de ahorro."), ref)
    if risk.age + risk.horizon_years > OLD:
        findings.add("note", N_("El plazo llega más allá de los {age} años."), ref, age=OLD)


LINE = Line(
    id="seguros-ahorro",
    home=Path(__file__).parent,
    title=N_("Ahorro"),
    insurance_classes=("vida",),
    risk=AhorroRisk,
    details=AhorroDetails,
    needed_to_issue=("beneficiaries", "source_of_funds", "tax_residence"),
    products=PRODUCTS,
    coverages=(Coverage(code="contribution", label=N_("Aportación"), mandatory=True),),
    claims=(
        ClaimType(
            code="vencimiento", label=N_("Vencimiento"), reserve=contribution_of, basis=Basis.SUM,
            documents=(N_("DNI del beneficiario"), N_("Cuenta de abono"), N_("Forma de cobro elegida")),
            words=("ha vencido", "vence", "vencido", "llegado a su vencimiento", "vencimiento", "fin del plazo",
                   "matured", "maturity"),
        ),
        ClaimType(
            code="rescate", label=N_("Rescate"), reserve=contribution_of, basis=Basis.SUM,
            documents=(N_("Solicitud de rescate"), N_("DNI del tomador"), N_("Declaración del origen de los fondos")),
            words=SURRENDERED,
        ),
        ClaimType(
            code="fallecimiento", label=N_("Fallecimiento"), reserve=death_reserve, basis=Basis.SUM,
            words=DIED,
            documents=(
                N_("Certificado de defunción"), N_("Certificado de últimas voluntades y testamento"),
                N_("DNI del beneficiario"), N_("Impuesto de sucesiones (modelo 650)"),
            ),
        ),
    ),
    ages=("age",),
    record=SavingsAccount,
    information=Information(
        document=ProductDocument.KID,
        summary=N_("Seguro de vida para ahorrar con un interés garantizado y un capital en caso de fallecimiento."),
        excluded=(N_("Cubrir la inflación: el interés garantizado puede quedar por debajo."),),
        restrictions=(
            N_("Rescate antes de tres años: penalización del 5, 3 o 1 % según el año."),
            N_("Un SIALP solo se rescata entero; un PIAS queda exento como renta vitalicia a los cinco años."),
        ),
        territory=N_("Residentes en España; en otro país cambia la tributación."),
        obligations=(N_("Declarar lo aportado a productos iguales en otras aseguradoras."),),
        notes=(
            N_("El interés técnico garantizado y los gastos constan en la nota informativa."),
            N_("La rentabilidad esperada se informa según el ROSSEAR art. 124.5."),
            N_("La póliza incluye la tabla de valores de rescate de cada año (LCS art. 94)."),
        ),
    ),
    contradictions=(sialp_pays_capital,),
    known=age_on,
    describe=describe,
    adequacy=adequacy,
    persons=True,
    unpaid_reduces=lambda risk: True,
    withdrawal_days=LIFE_WITHDRAWAL_DAYS,
)  # fmt: skip
