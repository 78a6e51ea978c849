"""Taking vehicles over from a former system (*traspaso de vehículos*), with what their policies insure."""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field
from sqlmodel import col, select

from core.context import Context
from core.i18n import N_
from core.identifiers import Plate, new_id
from core.money import Money
from modules.core_business.crm import Customer
from modules.insurance.autos.line import LINE
from modules.insurance.autos.records import Vehicle
from modules.insurance.autos.risk import AutosRisk, Parking, Product, Use, VehicleClass, Zone
from modules.insurance.autos.vehicles import AGES, DATES
from modules.insurance.kernel import Policy
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.imports import Tally, by_ref, known, once
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.rows import ImportRow, Key
from modules.insurance.kernel.terms import add_term, latest_term
from modules.insurance.kernel.views import ImportReport
from tools import Risk, tool

MOST: Final = 20_000  # rows of one import call


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
        policy = policies[row.policy_id]
        take_over(ctx, held.get(row.plate), row.plate, plain, tally)
        enter_term(ctx, policy, row, plain)
    ctx.emit("vehicles.imported", None, created=tally.created, updated=tally.updated)
    return tally.report()


def enter_term(ctx: Context, policy: Policy, row: VehicleImport, values: dict[str, Any]) -> None:
    """Say what the policy insures, as of the beginning of its annuity, if nothing said it yet."""
    if latest_term(ctx, policy.id) is not None:
        return
    on = policy.effective_on
    risk = {name: value for name, value in values.items() if name in AutosRisk.model_fields and value is not None}
    risk |= {name: max(completed_years(values[source], on), 0) for name, source in AGES}
    risk["payment_frequency"] = policy.payment_frequency
    details = {"plate": row.plate, "make_model": row.make_model, **{name: values[name].isoformat() for name in DATES}}
    kept = AutosRisk.model_validate(risk).model_dump(mode="json", exclude_none=True)
    add_term(ctx, LINE, policy, "takeover", on, risk=kept, details=details, rating=None, tariff_version="")
    policy.product, policy.object_ref = row.product.value, row.plate
    ctx.session.add(policy)


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
