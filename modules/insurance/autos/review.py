"""Whether a motor product fits the vehicle (*adecuación*): age, value, deductible, the driver's own cover."""

from decimal import Decimal
from typing import Final

from core.i18n import N_
from modules.insurance.autos.risk import AutosRisk, Product
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.wording import YEARS

YOUNG_VEHICLE: Final = 3  # years: loss of a newer vehicle is not covered by third-party products
WORTH_OWN_DAMAGE: Final = Decimal(12000)
OLD_VEHICLE: Final = 10
LOW_VALUE: Final = Decimal(6000)
LOW_ACCIDENT_SUM: Final = Decimal(15000)


def adequacy(findings: Findings, risk: AutosRisk) -> None:
    """Whether the product fits the vehicle's age and value."""
    ref = "RDL 3/2020 art. 175"
    values = {"age": YEARS.said(risk.vehicle_age, findings.locale), "value": findings.money(risk.vehicle_value)}
    comprehensive = risk.product == Product.TODO_RIESGO
    if not comprehensive and risk.vehicle_age <= YOUNG_VEHICLE and risk.vehicle_value >= WORTH_OWN_DAMAGE:
        text = N_("El vehículo tiene {age} y vale {value}: sin daños propios, su pérdida no queda cubierta.")
        findings.add("warn", text, ref, **values)
    elif comprehensive and (risk.vehicle_age > OLD_VEHICLE or risk.vehicle_value < LOW_VALUE):
        text = N_("Con {age} y un valor de {value}, los daños propios pueden costar más de lo que cubren.")
        findings.add("warn", text, ref, **values)
    else:
        text = N_("La modalidad es adecuada a un vehículo de {age} y {value}.")
        findings.add("support", text, ref, **values)
    if risk.deductible and Decimal(risk.deductible) * 10 > risk.vehicle_value:
        text = N_("La franquicia de {deductible} supera la décima parte del valor del vehículo.")
        findings.add("note", text, ref, deductible=findings.money(Decimal(risk.deductible)))
    if risk.driver_accident_sum < LOW_ACCIDENT_SUM:
        text = N_("El capital de accidente del conductor es bajo ({sum}): la responsabilidad civil no lo cubre a él.")
        findings.add("note", text, "RDLeg 8/2004 art. 5", sum=findings.money(risk.driver_accident_sum))
