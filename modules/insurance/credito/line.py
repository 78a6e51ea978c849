"""Trade credit insurance: the declaration of the line."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.credito.records import CreditPortfolio
from modules.insurance.credito.risk import PRODUCTS, CreditoDetails, CreditoRisk, describe
from modules.insurance.credito.terms import reserve
from modules.insurance.kernel import Coverage, Information, Line
from modules.insurance.kernel.claim_types import ClaimType
from modules.insurance.kernel.findings import Findings

PAPERS = (
    N_("Facturas y albaranes"), N_("Clasificación del deudor"), N_("Gestiones de cobro"),
)  # fmt: skip

# How people tell of each.
BANKRUPT: Final = (
    "concurso de acreedores", "en concurso", "concurso", "suspensión de pagos", "ha quebrado", "quiebra", "insolvente",
    "insolvencia", "bankrupt", "bankruptcy", "insolvent",
)  # fmt: skip
UNCOLLECTABLE: Final = (
    "insolvencia de hecho", "incobrable", "ha desaparecido el deudor", "ha desaparecido", "ha cerrado sin pagar",
    "sin bienes", "no hay nada que embargar", "uncollectable",
)  # fmt: skip
OVERDUE: Final = (
    "no paga", "no le paga", "no nos paga", "no me paga", "no ha pagado", "factura sin pagar", "facturas sin pagar",
    "factura impagada", "facturas impagadas", "impago", "impagado", "moroso", "mora", "lleva meses sin pagar",
    "overdue", "unpaid invoice", "unpaid invoices", "has not paid",
)  # fmt: skip


def first_reserve(risk: Mapping[str, Any]) -> Decimal:
    """The covered share of the overdue, less what may be recovered."""
    return reserve(Decimal(str(risk.get("overdue_60d") or 0)), int(risk["cover_pct"]))


def adequacy(findings: Findings, risk: CreditoRisk) -> None:
    """Whether the cover fits the sales."""
    ref = "RDL 3/2020 art. 175"
    if risk.export_insured_sales and risk.country_group == "alto":
        text = N_("Con deudores de países de riesgo alto, valore la cobertura por cuenta del Estado.")
        findings.add("warn", text, "Ley 8/2014")
    elif risk.cover_pct < 90:
        text = N_("La empresa soporta el {share} % de cada impagado.")
        findings.add("note", text, ref, share=100 - risk.cover_pct)
    else:
        findings.add("support", N_("La cobertura se ajusta a la cartera de ventas."), ref)
    if risk.export_insured_sales:
        findings.add("note", N_("La exportación está exenta del impuesto sobre primas; las ventas nacionales, no."),
                     "Ley 13/1996 art. 12")  # fmt: skip


def default(code: str, label: str, document: str, words: tuple[str, ...]) -> ClaimType:
    """A bad debt: what is covered of it."""
    return ClaimType(code=code, label=label, reserve=first_reserve, documents=(*PAPERS, document), words=words)


LINE = Line(
    id="seguros-credito",
    home=Path(__file__).parent,
    title=N_("Crédito"),
    insurance_classes=(14,),
    risk=CreditoRisk,
    details=CreditoDetails,
    needed={"cartera": ("largest_debtor_pct",)},
    needed_to_issue=("payment_terms_days",),
    products=PRODUCTS,
    coverages=(
        Coverage(code="ventas_nacionales", label=N_("Ventas nacionales"), mandatory=True),
        Coverage(code="ventas_exportacion", label=N_("Ventas de exportación")),
    ),
    claims=(
        default("insolvencia", N_("Insolvencia declarada"), N_("Auto del concurso o acuerdo con los acreedores"),
                BANKRUPT),
        default("insolvencia_de_hecho", N_("Insolvencia de hecho"), N_("Prueba de que el crédito es incobrable"),
                UNCOLLECTABLE),
        default("mora_prolongada", N_("Mora de seis meses"), N_("Aviso de impago a la aseguradora"), OVERDUE),
    ),
    sums=("domestic_insured_sales", "export_insured_sales"),
    record=CreditPortfolio,
    information=Information(
        summary=N_("Seguro de las ventas a crédito contra la insolvencia y la mora prolongada de los deudores."),
        excluded=(N_("Ventas a deudores sin clasificar o por encima de su límite."), N_("Deudas en disputa."),
                  N_("Administraciones públicas y empresas del grupo.")),
        restrictions=(
            N_("Se paga el porcentaje cubierto, hasta 30 primas netas al año."),
            N_("La mora se indemniza a los seis meses (LCS art. 70)."),
        ),
        territory=N_("Los países de los deudores clasificados."),
        obligations=(
            N_("Declarar las ventas de cada mes antes del día 15 del siguiente; tarde, puede perderse la cobertura."),
            N_("Avisar de un vencido antes de 60 días y no vender más a ese deudor."),
        ),
        notes=(N_("La prima es provisional: se regulariza con las ventas declaradas, con la prima mínima."),),
    ),
    describe=describe,
    adequacy=adequacy,
    withdrawal_days=0,
)  # fmt: skip
