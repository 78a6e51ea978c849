"""Funeral insurance (*seguro de decesos*): the declaration of the line."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlmodel import select

from core.context import Context
from core.i18n import N_
from core.identifiers import new_id
from core.money import ZERO
from modules.insurance.decesos.figures import path_figures
from modules.insurance.decesos.layers import entering, renewed
from modules.insurance.decesos.records import FuneralPlan, InsuredLife, Layer
from modules.insurance.decesos.risk import (
    PRODUCTS,
    DecesosDetails,
    DecesosRisk,
    Product,
    describe,
    layers_in_order,
    offered,
)
from modules.insurance.kernel import Coverage, Duration, Information, Line, Policy
from modules.insurance.kernel.claim_types import DIED, Basis, ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.line import Entering
from modules.insurance.kernel.lives import known, nobody_twice, one_holder
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.tariff import load_tariff

HOME: Final = Path(__file__).parent
TRANSFER: Final = Decimal(3500)  # first reserve of a transfer or repatriation, EUR
STEEP_FROM: Final = 55  # from this age on natural premiums climb fast
LAST_AGE: Final = 110
PAPERS: Final = (N_("Certificado médico de defunción"), N_("Documento de identidad del fallecido"))


def duration(risk: DecesosRisk) -> Duration:
    """A year that goes on by itself; a single premium pays for life."""
    if risk.product != Product.PRIMA_UNICA:
        return Duration()
    youngest = min(person.age for person in risk.insureds)
    return Duration(months=12 * max(LAST_AGE - youngest, 1), renewable=False)


def entered(risk: dict[str, Any], begins: Entering) -> dict[str, Any]:
    """What a term keeps: numbers, own start dates, layers of the level premium."""
    return entering(load_tariff(HOME / "data" / "tariff.json"), risk, begins)


def keep_layers(ctx: Context, policy: Policy, risk: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Bring the table of layers up to what was agreed: what is there stays, what changed is replaced."""
    query = select(Layer).where(Layer.policy_id == policy.id, alive(Layer))
    held = {(row.position, row.from_on, row.value, row.age, row.premium): row for row in ctx.session.exec(query)}
    typed = DecesosRisk.model_validate(risk)
    for at, person in enumerate(typed.insureds, 1):
        place = person.position or at
        for one in person.layers or ():
            if held.pop((place, one.from_on, one.value, one.age, one.premium), None) is None:
                ctx.session.add(Layer(id=new_id(), policy_id=policy.id, customer_id=policy.policyholder_id,
                                      position=place, **one.model_dump()))  # fmt: skip
    for gone in held.values():
        gone.deleted_at = ctx.now
        ctx.session.add(gone)


def adequacy(findings: Findings, risk: DecesosRisk) -> None:
    """Whether the modality fits the ages, and what the family must know."""
    oldest = max(person.age for person in risk.insureds)
    if risk.product in (Product.NATURAL, Product.SEMINATURAL) and oldest >= STEEP_FROM:
        text = N_("Con {age} años la prima natural sube deprisa: enseñe la senda hasta los 90 junto a la nivelada.")
        findings.add("warn", text, "ROSSEAR art. 125.d", age=oldest)
    if risk.product == Product.NIVELADA:
        text = N_("La prima nivelada se conserva; cada actualización del servicio es una capa a la edad de ese año.")
        findings.add("note", text, "ROSSEAR art. 125")
    if any(person.age < 18 for person in risk.insureds):
        text = N_("Hay menores: revise el artículo 83 de la LCS en la redacción de la Ley 5/2025.")
        findings.add("note", text, "LCS art. 83")
    if any(person.serious_illness for person in risk.insureds):  # whoever reads this may not read of whom
        findings.add(
            "warn", N_("La compañía debe aceptar el riesgo a la vista del cuestionario de salud."), "LCS art. 10"
        )
    text = N_("Antes de contratar: senda de primas hasta los 90 años, entregada y firmada.")
    findings.add("note", text, "ROSSEAR art. 125.d")
    text = N_("La familia puede elegir otro prestador del servicio.")
    findings.add("note", text, "LCS art. 106 quáter")


def _value(risk: Mapping[str, Any]) -> Decimal:
    return Decimal(str(risk["service_value"]))


def _accident(risk: Mapping[str, Any]) -> Decimal:
    """The largest accident sum: whose death it is, is not known yet."""
    sums = [Decimal(str(one["accident_sum"])) for one in risk["insureds"] if one.get("accident_sum")]
    return max(sums, default=ZERO)


LINE = Line(
    id="seguros-decesos",
    home=HOME,
    title=N_("Decesos"),
    insurance_classes=(19, 1, 18),
    risk=DecesosRisk,
    details=DecesosDetails,
    products=PRODUCTS,
    coverages=(
        Coverage(code="decesos", label=N_("Servicio de decesos"), mandatory=True),
        Coverage(code="accidentes", label=N_("Accidentes")),
        Coverage(code="asistencia_viaje", label=N_("Asistencia en viaje")),
    ),
    claims=(
        ClaimType(
            code="fallecimiento", label=N_("Fallecimiento"), coverages=("decesos",), basis=Basis.SERVICE,
            reserve=lambda risk: _value(risk) + TRANSFER, sums=("service_value",),
            words=(*DIED, "entierro", "incineración", "sepelio", "tanatorio", "funeral"),
            documents=(*PAPERS, N_("Factura del servicio, si lo eligió la familia")),
        ),
        ClaimType(
            code="traslado", label=N_("Traslado o repatriación"), coverages=("decesos", "asistencia_viaje"),
            basis=Basis.SERVICE, reserve=TRANSFER, documents=PAPERS,
            words=("traslado", "trasladar el cuerpo", "trasladar al fallecido", "repatriación", "repatriar",
                   "repatriation"),
        ),
        ClaimType(
            code="accidente", label=N_("Fallecimiento por accidente"), coverages=("accidentes",), basis=Basis.SUM,
            reserve=_accident, sums=("accident_sum",),
            words=("murió en un accidente", "ha muerto en un accidente", "falleció en un accidente",
                   "ha fallecido en un accidente", "muerte por accidente", "died in an accident"),
            documents=(*PAPERS, N_("Atestado o diligencias"), N_("Certificado de últimas voluntades")),
        ),
        ClaimType(
            code="viaje", label=N_("Asistencia en viaje"), coverages=("asistencia_viaje",), basis=Basis.SERVICE,
            reserve=Decimal(260),
            words=("de viaje", "en el extranjero", "de vacaciones", "travelling", "abroad", "on holiday"),
            documents=(N_("Justificante del viaje"), N_("Factura")),
        ),
    ),
    ages=("insured.age",),
    sums=("service_value", "accident_sum"),
    record=FuneralPlan,
    people=InsuredLife,
    figures=path_figures,
    information=Information(
        summary=N_("Seguro que presta el servicio fúnebre de cada asegurado, por el valor contratado."),
        excluded=(N_("Lo que cueste más que el valor contratado."), N_("Guerra y catástrofe nuclear.")),
        restrictions=(
            N_("Si el servicio cuesta menos que el valor, la diferencia es de los herederos."),
            N_("La prima natural sube cada año con la edad; la nivelada se conserva en cada capa."),
        ),
        territory=N_("España; con repatriación o asistencia en viaje, el mundo."),
        obligations=(N_("Avisar por teléfono, a cualquier hora, antes de contratar el servicio."),),
        notes=(
            N_("Senda de primas hasta los 90 años, en tanto por mil y en euros, antes de contratar."),
            N_("Factores de la prima: edad, valor del servicio y su actualización anual."),
            N_("La aseguradora no puede oponerse a la prórroga; solo el tomador (LCS art. 106 bis)."),
            N_("La familia elige libremente el prestador del servicio (LCS art. 106 quáter)."),
        ),
    ),
    known=known,
    contradictions=(one_holder, nobody_twice, layers_in_order),
    describe=describe,
    duration=duration,
    renew=renewed,
    entered=entered,
    offered=offered,
    adequacy=adequacy,
    pays_once=True,
    keep=keep_layers,
    persons=True,
    health=("insured.serious_illness",),
    health_readers="decesos:health",
    insurer_may_oppose=False,
)  # fmt: skip
