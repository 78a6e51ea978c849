"""The file of vehicles: kept when a policy is issued, taken over from a former system, shown with the customer."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, translate
from core.identifiers import new_id
from modules.insurance.autos.records import Vehicle
from modules.insurance.autos.risk import PRODUCTS, AutosRisk
from modules.insurance.kernel import Policy
from modules.insurance.kernel.lookup import alive
from tools.panels import Panel, panel

KEPT = (
    "product", "vehicle_class", "power_cv", "use", "zone", "parking", "at_fault_claims_5y", "bm_level", "deductible",
)  # fmt: skip
AGES = (
    ("driver_age", "driver_born_on"), ("licence_years", "licensed_on"), ("vehicle_age", "first_registered_on"),
)  # fmt: skip
DATES = ("first_registered_on", "driver_born_on", "licensed_on")


class VehicleOfAnother(Conflict):
    """The plate stands in the file under another customer."""

    text = N_("La matrícula {plate} figura a nombre de otro cliente; aclare antes quién es el titular.")


def keep_vehicle(ctx: Context, policy: Policy, risk: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Enter or bring up to date the vehicle that `policy` covers."""
    plate = str(details["plate"])
    vehicle = ctx.session.exec(select(Vehicle).where(Vehicle.plate == plate, alive(Vehicle))).first()
    if vehicle is not None and vehicle.customer_id != policy.policyholder_id and vehicle.policy_id != policy.id:
        raise VehicleOfAnother(plate=plate)
    values = declared(risk, details)
    if vehicle is None:
        vehicle = Vehicle(id=new_id(), plate=plate, customer_id=policy.policyholder_id, policy_id=policy.id, **values)
    else:
        for name, value in {**values, "policy_id": policy.id, "customer_id": policy.policyholder_id}.items():
            if value is not None and getattr(vehicle, name) != value:
                setattr(vehicle, name, value)
    ctx.session.add(vehicle)


def declared(risk: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    """What risk and details say of the vehicle."""
    typed = AutosRisk.model_validate(risk).model_dump()
    values = {name: typed[name] for name in (*KEPT, "vehicle_value", "driver_accident_sum")}
    values["young_second_driver"] = bool(typed["young_second_driver"])
    values["make_model"] = details.get("make_model") or ""
    for name in DATES:
        text = details.get(name)
        values[name] = date.fromisoformat(text) if text else None
    return values


@panel("customer")
def vehicles_of(ctx: Context, customer_id: UUID) -> Panel:
    """The customer's vehicles."""
    query = select(Vehicle).where(Vehicle.customer_id == customer_id, alive(Vehicle)).order_by(col(Vehicle.plate))
    locale = ctx.actor.locale
    rows = tuple(
        (v.plate, v.make_model or v.vehicle_class, f"{v.power_cv} CV", translate(PRODUCTS[v.product], locale),
         v.bm_level)
        for v in ctx.session.exec(query)
    )  # fmt: skip
    columns = (N_("Matrícula"), N_("Vehículo"), N_("Potencia"), N_("Modalidad"), N_("Bonus-malus"))
    titles = tuple(translate(column, locale) for column in columns)
    return Panel(title=translate(N_("Vehículos"), locale), columns=titles, rows=rows)
