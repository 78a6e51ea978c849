"""Surety insurance: the declaration of the line."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.i18n import N_
from core.money import to_cents
from modules.insurance.caucion.records import Guarantee
from modules.insurance.caucion.risk import PRODUCTS, CaucionDetails, CaucionRisk, describe, reference_of
from modules.insurance.kernel import Coverage, Duration, Information, Line
from modules.insurance.kernel.claim_types import Basis, ClaimType
from modules.insurance.kernel.findings import Findings


def called(risk: Mapping[str, Any]) -> Decimal:
    """The first reserve: the guarantee less the collateral."""
    amount, held = Decimal(str(risk["guarantee_amount"])), Decimal(str(risk["collateral_pct"]))
    return to_cents(amount * (1 - held / 100))


def adequacy(findings: Findings, risk: CaucionRisk) -> None:
    """Whether guarantee and collateral fit the client."""
    ref = "RDL 3/2020 art. 175"
    if risk.product == "cantidades_anticipadas_vivienda":
        findings.add("note", N_("Cada comprador recibe su propio certificado."), "Ley 38/1999 DA 1ª")
    if risk.exposure_to_equity_pct > 50 and risk.collateral_pct < 25:
        findings.add("warn", N_("El riesgo vivo pasa de la mitad de los fondos propios con poca contragarantía."), ref)
    else:
        findings.add("support", N_("La garantía es proporcionada a la solvencia del cliente."), ref)
    text = N_("La aseguradora reclamará al tomador todo lo que pague al beneficiario.")
    findings.add("note", text, "LCS art. 68")


LINE = Line(
    id="seguros-caucion",
    home=Path(__file__).parent,
    title=N_("Caución"),
    insurance_classes=(15,),
    risk=CaucionRisk,
    details=CaucionDetails,
    needed_to_issue=("beneficiary_name", "beneficiary_id"),
    products=PRODUCTS,
    coverages=(Coverage(code="garantia", label=N_("Garantía"), mandatory=True),),
    claims=(
        ClaimType(
            code="ejecucion", label=N_("Ejecución de la garantía"), coverages=("garantia",), reserve=called,
            basis=Basis.FIRST_LOSS, sums=("guarantee_amount",),
            documents=(N_("Requerimiento del beneficiario"), N_("Contrato o pliego"), N_("Certificado original")),
            words=("ejecución", "ejecutar la garantía", "ejecutan la garantía", "ejecutado la garantía",
                   "ejecutar el aval", "ejecutan el aval", "ejecutado el aval", "ha incumplido", "incumplimiento",
                   "requerimiento de pago", "reclama la garantía", "called the bond", "guarantee called", "default"),
        ),
    ),
    sums=("guarantee_amount",),
    record=Guarantee,
    information=Information(
        summary=N_("La aseguradora paga al beneficiario si el tomador incumple, y después se lo reclama al tomador."),
        excluded=(N_("Nada se asegura al tomador: no es el asegurado."),),
        restrictions=(N_("Se paga a primer requerimiento, hasta el importe garantizado."),),
        territory=N_("España."),
        obligations=(N_("Reembolsar todo lo que pague la aseguradora (LCS art. 68)."),
                     N_("Devolver el certificado cuando se cancele la garantía.")),
        notes=(N_("El impago de la prima no se opone al beneficiario: la garantía sigue hasta que se devuelve."),),
    ),
    describe=describe,
    object_ref=reference_of,
    duration=lambda risk: Duration(months=risk.term_months, renewable=False),
    adequacy=adequacy,
    unpaid_suspends=False,
    withdrawal_days=0,
)  # fmt: skip
