"""The file of vehicles: kept when a policy is issued, taken over from a former system, shown with the customer."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, translate
from core.identifiers import Plate, new_id
from core.money import Money
from modules.core_business.crm import Customer
from modules.insurance.autos.records import Vehicle
from modules.insurance.autos.risk import PRODUCTS, AutosRisk, Parking, Product, Use, VehicleClass, Zone
from modules.insurance.kernel import Policy
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.imports import Tally, by_ref, known, once
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.rows import ImportRow, Key
from modules.insurance.kernel.views import ImportReport
from tools import Risk, tool
from tools.panels import Panel, panel

MOST = 20_000  # rows of one import call
KEPT = (
    "product", "vehicle_class", "power_cv", "use", "zone", "parking", "at_fault_claims_5y", "bm_level", "deductible",
)  # fmt: skip
DATES = ("first_registered_on", "driver_born_on", "licensed_on")


class VehicleOfAnother(Conflict):
    """The plate stands in the file under another customer."""

    text = N_("La matrícula {plate} figura a nombre de otro cliente; aclare antes quién es el titular.")


def keep_vehicle(ctx: Context, policy: Policy, risk: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Enter or bring up to date the vehicle that `policy` covers."""
    plate = str(details["plate"])
    vehicle = ctx.session.exec(select(Vehicle).where(Vehicle.plate == plate, alive(Vehicle))).first()
    if vehicle is not None and vehicle.customer_id != policy.policyholder_id:
        raise VehicleOfAnother(plate=plate)
    values = declared(risk, details)
    if vehicle is None:
        vehicle = Vehicle(id=new_id(), plate=plate, customer_id=policy.policyholder_id, policy_id=policy.id, **values)
    else:
        for name, value in {**values, "policy_id": policy.id}.items():
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


def _yes(value: object) -> object:
    return {"S": True, "N": False}.get(value, value) if isinstance(value, str) else value


class VehicleImport(ImportRow):
    """One vehicle of the former system; the policy and the customer by their keys there."""

    policy_id: Key
    customer_id: Key
    plate: Plate
    product: Product
    vehicle_class: VehicleClass
    make_model: Words = ""
    first_registered_on: date
    vehicle_value: Annotated[Money, Field(gt=0)]
    power_cv: Annotated[int, Field(ge=1, le=2000)]
    fuel: Annotated[str, Field(pattern=r"^(gasolina|diesel|hibrido|electrico)$")] | None = None
    use: Use
    zone: Zone
    parking: Parking
    driver_born_on: date
    licensed_on: date
    young_second_driver: Annotated[bool, BeforeValidator(_yes)] = False
    at_fault_claims_5y: Annotated[int, Field(ge=0, le=50)] = 0
    bm_level: Annotated[int, Field(ge=1, le=18)]
    driver_accident_sum: Annotated[Money, Field(ge=0)]
    deductible: Annotated[int, Field(ge=0, le=1000)] | None = None


@tool(
    Risk.ADMINISTRATION,
    permission="autos:import",
    title=N_("Importar vehículos"),
    examples=("Importa los vehículos de las pólizas de autos", "Import the vehicles"),
)
def import_vehicles(ctx: Context, rows: Annotated[list[VehicleImport], Field(max_length=MOST)]) -> ImportReport:
    """Take over vehicles with their risk data; their customers and policies must be there already."""
    once(rows, lambda row: row.plate, "plate")
    customers = by_ref(ctx, Customer, (row.customer_id for row in rows))
    policies = by_ref(ctx, Policy, (row.policy_id for row in rows))
    query = select(Vehicle).where(col(Vehicle.plate).in_([row.plate for row in rows]), alive(Vehicle))
    held = {vehicle.plate: vehicle for vehicle in ctx.session.exec(query)}
    tally = Tally()
    for at, row in enumerate(rows, 1):
        values = row.model_dump(exclude={"policy_id", "customer_id", "plate"}, mode="python") | {
            "customer_id": known(customers, row.customer_id, "customer_id", at).id,
            "policy_id": known(policies, row.policy_id, "policy_id", at).id,
        }  # fmt: skip
        plain = {name: getattr(value, "value", value) for name, value in values.items()}
        take_over(ctx, held.get(row.plate), row.plate, plain, tally)
    ctx.emit("vehicles.imported", None, created=tally.created, updated=tally.updated)
    return tally.report()


def take_over(ctx: Context, vehicle: Vehicle | None, plate: str, values: dict[str, Any], tally: Tally) -> None:
    """Enter or change one vehicle."""
    if vehicle is None:
        ctx.session.add(Vehicle(id=new_id(), plate=plate, **values))
        tally.created += 1
        return
    differing = {name: value for name, value in values.items() if getattr(vehicle, name) != value}
    for name, value in differing.items():
        setattr(vehicle, name, value)
    tally.updated += bool(differing)
    tally.unchanged += not differing


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
