"""Health insurance (*seguro de salud*): the declaration of the line."""

from decimal import Decimal
from pathlib import Path
from typing import Final

from core.i18n import N_
from modules.insurance.kernel import Coverage, Information, Line
from modules.insurance.kernel.claim_types import Basis, ClaimType, Waiting
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.lives import entered, known, nobody_twice, one_holder
from modules.insurance.salud.acts import WORDS, Act, health_terms, waiting_months
from modules.insurance.salud.figures import standard_figures
from modules.insurance.salud.records import HealthPlan, Insured
from modules.insurance.salud.risk import (
    PRODUCTS,
    Product,
    SaludDetails,
    SaludRisk,
    dates_in_order,
    describe,
    offered,
)

PAPERS: Final = (N_("Prescripción médica"), N_("Factura"), N_("Informe médico"))
ALONE: Final = 1


def _act(act: Act, label: str, documents: tuple[str, ...] = PAPERS) -> ClaimType:
    """What happens when `act` is claimed: its first reserve, its waiting period."""
    terms, months = health_terms().acts[act], waiting_months()[act]
    return ClaimType(
        code=act.value, label=label, coverages=("dental",) if terms.needs else ("asistencia_sanitaria",),
        reserve=terms.reserve, basis=Basis.SERVICE, sums=("annual_limit",), yearly=True, words=WORDS[act],
        waiting=Waiting(months=months) if months else None, documents=documents,
    )  # fmt: skip


def adequacy(findings: Findings, risk: SaludRisk) -> None:
    """Whether the plan fits the family, and what its members must know."""
    if risk.product == Product.COPAGO:
        text = N_("Cada acto lleva copago, con un máximo de {cap} por persona y año.")
        findings.add("note", text, "acts.json", cap=findings.money(health_terms().copay_cap_year))
    if any(person.chronic_condition for person in risk.insureds):  # whoever reads this may not read which of them
        text = N_("La compañía debe aceptar el riesgo a la vista del cuestionario de salud.")
        findings.add("warn", text, "LCS art. 10")
    unproved = [one for one in risk.insureds if one.previous_insurer and not one.previous_proved]
    if unproved:
        text = N_("Falta el certificado de la póliza de salud anterior: sin él las carencias empiezan de nuevo.")
        findings.add("warn", text, "acts.json")
    if len(risk.insureds) == ALONE:
        findings.add("note", N_("Desde tres asegurados hay descuento familiar."), "tariff.json")
    text = N_("Antes de contratar: tarifas por edad, cuadro médico y un cuestionario por persona.")
    findings.add("note", text, "ROSSEAR art. 126")


LINE = Line(
    id="seguros-salud",
    home=Path(__file__).parent,
    title=N_("Salud"),
    insurance_classes=(2, 18),
    risk=SaludRisk,
    details=SaludDetails,
    products=PRODUCTS,
    coverages=(
        Coverage(code="asistencia_sanitaria", label=N_("Asistencia sanitaria"), mandatory=True),
        Coverage(code="dental", label=N_("Dental")),
        Coverage(code="asistencia_viaje", label=N_("Asistencia en viaje")),
    ),
    claims=(
        _act(Act.MEDICINA_GENERAL, N_("Medicina general")),
        _act(Act.URGENCIAS, N_("Urgencias"), (N_("Informe de urgencias"), N_("Factura"))),
        _act(Act.ESPECIALISTA, N_("Consulta de especialista")),
        _act(Act.PRUEBAS_BASICAS, N_("Pruebas básicas")),
        _act(Act.PRUEBAS_COMPLEJAS, N_("Pruebas diagnósticas complejas")),
        _act(Act.CIRUGIA, N_("Intervención quirúrgica")),
        _act(Act.HOSPITALIZACION, N_("Hospitalización")),
        _act(Act.PARTO, N_("Parto")),
        _act(Act.PROTESIS, N_("Prótesis")),
        _act(Act.TRASPLANTES, N_("Trasplante")),
        _act(Act.REPRODUCCION, N_("Reproducción asistida")),
        _act(Act.PSICOTERAPIA, N_("Psicoterapia")),
        _act(Act.REHABILITACION, N_("Rehabilitación")),
        _act(Act.ONCOLOGIA, N_("Oncología")),
        _act(Act.SEGUNDA_OPINION, N_("Segunda opinión médica"), (N_("Informe médico"),)),
        _act(Act.ODONTOLOGIA, N_("Odontología")),
        ClaimType(
            code="accidente", label=N_("Accidente o urgencia vital"), coverages=("asistencia_sanitaria",),
            reserve=Decimal(2900), basis=Basis.SERVICE, sums=("annual_limit",), yearly=True,
            words=("accidente", "infarto", "ictus", "urgencia vital", "accident", "heart attack", "stroke"),
            documents=(N_("Informe de urgencias"), N_("Factura")),
        ),
        ClaimType(
            code="viaje", label=N_("Asistencia en viaje"), coverages=("asistencia_viaje",), reserve=Decimal(85),
            basis=Basis.SERVICE, words=("de viaje", "en el extranjero", "travelling", "abroad"),
            documents=(N_("Justificante del viaje"), N_("Factura")),
        ),
    ),
    ages=("insured.age",),
    sums=("annual_limit",),
    record=HealthPlan,
    people=Insured,
    figures=standard_figures,
    information=Information(
        summary=N_("Seguro de asistencia sanitaria por cuadro médico, con o sin copago, o con reembolso de gastos."),
        excluded=(
            N_("Enfermedades anteriores por las que se preguntó y no se aceptaron."),
            N_("Cirugía estética y tratamientos experimentales."),
        ),
        restrictions=(
            N_("Carencias: pruebas complejas y psicoterapia 6 meses, cirugía y parto 8, prótesis y trasplantes 12, "
               "reproducción asistida 24; accidente y urgencia vital ninguna."),
            N_("Copago: hasta 300 € por persona y año."),
            N_("Reembolso: 80 % en España y 90 % en Estados Unidos; consultas, hasta 120 €."),
        ),
        territory=N_("España por cuadro médico; el mundo con reembolso o asistencia en viaje."),
        obligations=(
            N_("Contestar el cuestionario de salud; por los menores firma quien ejerce la patria potestad."),
            N_("Pedir autorización para los actos que la requieren."),
        ),
        notes=(
            N_("La prima cambia con la edad en cada renovación; las tarifas por edad se entregan antes de contratar."),
            N_("El embarazo y el parto no cambian la prima (ROSSEAR art. 121.2)."),
            N_("Autónomos y empleados: ventaja fiscal hasta el límite por persona de la ley del IRPF."),
        ),
    ),
    known=known,
    contradictions=(one_holder, nobody_twice, dates_in_order),
    describe=describe,
    entered=entered,
    offered=offered,
    adequacy=adequacy,
    pays_once=True,
    persons=True,
    health=("insured.health_loading_pct", "insured.chronic_condition", "insured.exclusions"),
    health_readers="salud:health",
)  # fmt: skip
