"""From a request to a risk (*propuesta*): what is said, what the file of the vehicle knows, what is asked.

Words of the person win over the file. Ages come from dates, on the effect date. Whatever
is still missing is asked for by its own question; what was taken from a record or a house
rule is noted, so that the answer says it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import Ambiguous, BadArguments
from core.i18n import N_
from modules.core_business.crm import Customer, CustomerRef
from modules.insurance.autos.details import BornOn, LicensedOn, MakeModel, PlateChoice, RegisteredOn
from modules.insurance.autos.records import Vehicle
from modules.insurance.autos.risk import (
    AtFaultClaims,
    AutosRisk,
    BmLevel,
    Deductible,
    DriverAccidentSum,
    DriverAge,
    LicenceYears,
    ParkingChoice,
    PowerCv,
    Product,
    ProductChoice,
    UseChoice,
    VehicleAge,
    VehicleClassChoice,
    VehicleValue,
    YoungSecondDriver,
    ZoneChoice,
)
from modules.insurance.autos.vehicles import AGES
from modules.insurance.kernel import Insurer, PaymentFrequency, Policy, PolicyState
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.asking import asked, complete
from modules.insurance.kernel.fields import CommercialDiscount, MultiPolicy
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.offering import Assumptions, effect, frequency, other_policies, placed_with
from modules.insurance.kernel.views import day
from tools import Slot

ALSO_NEEDED: Final = ("young_second_driver",)  # a missing answer would count as no
FROM_VEHICLE: Final = (
    "product", "vehicle_class", "vehicle_value", "power_cv", "use", "zone", "parking", "bm_level",
    "at_fault_claims_5y", "young_second_driver", "driver_accident_sum", "deductible",
)  # fmt: skip


class QuoteRequest(BaseModel):
    """What a person says of the insurance wanted; only the customer is compulsory."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_enum_values=True)

    customer: CustomerRef
    product: ProductChoice | None = None
    plate: PlateChoice | None = None
    insurer: Annotated[
        str | None,
        Field(description=N_("Aseguradora")),
        Slot(ref="insurer", ask=N_("¿Con qué aseguradora?"), cues=("con", "with")),
    ] = None
    effective_on: Annotated[
        date | None, Field(description=N_("Fecha de efecto")), Slot(cues=("efecto", "desde el", "a partir del", "from"))
    ] = None
    payment_frequency: PaymentFrequency | None = None
    make_model: MakeModel | None = None
    first_registered_on: RegisteredOn | None = None
    driver_born_on: BornOn | None = None
    licensed_on: LicensedOn | None = None
    vehicle_class: VehicleClassChoice | None = None
    vehicle_value: VehicleValue | None = None
    vehicle_age: VehicleAge | None = None
    power_cv: PowerCv | None = None
    use: UseChoice | None = None
    zone: ZoneChoice | None = None
    parking: ParkingChoice | None = None
    driver_age: DriverAge | None = None
    licence_years: LicenceYears | None = None
    bm_level: BmLevel | None = None
    at_fault_claims_5y: AtFaultClaims | None = None
    young_second_driver: YoungSecondDriver | None = None
    driver_accident_sum: DriverAccidentSum | None = None
    deductible: Deductible | None = None
    multi_policy: MultiPolicy | None = None
    commercial_discount_pct: CommercialDiscount | None = None


@dataclass
class Proposal:
    """A risk that can be priced, with its insurer and dates."""

    risk: AutosRisk
    insurer: Insurer
    effective_on: date
    plate: str | None
    details: dict[str, Any]


def propose(ctx: Context, request: QuoteRequest, customer: Customer) -> Proposal:
    """The risk that `request` describes, completed from the file.

    Raises:
        BadArguments: something is missing or contradicts itself; names the field and asks.
        Ambiguous: the customer has several vehicles and none is named.
    """
    assumed = Assumptions()
    vehicle = known_vehicle(ctx, request, customer)
    policy = running(ctx, vehicle) if vehicle else None
    effective_on = effect(ctx, request.effective_on, policy, assumed)
    insurer = placed_with(ctx, request.insurer, policy, assumed)
    missing = () if insurer else ("insurer",)
    dates = known_dates(request, vehicle, customer, assumed)
    given = request.model_dump(exclude_none=True, include=set(AutosRisk.model_fields))
    values = from_file(vehicle, assumed) | given
    values |= frequency(values, policy, assumed)
    values |= ages(given, dates, effective_on)
    if "multi_policy" not in values:
        values["multi_policy"] = other_policies(ctx, customer, policy, assumed)
    risk = complete(AutosRisk, values, missing, QuoteRequest, also=also_needed(values))
    if insurer is None:  # complete() has asked for it
        raise asked(("insurer",), QuoteRequest)
    facts = {
        "plate": request.plate or (vehicle.plate if vehicle else None),
        "make_model": request.make_model or (vehicle.make_model if vehicle else ""),
        **{name: found.isoformat() if found else None for name, found in dates.items()},
        "current_policy": policy.policy_number if policy else None,
    }  # fmt: skip
    return Proposal(risk, insurer, effective_on, facts["plate"], {**facts, "assumptions": assumed.taken})


def known_vehicle(ctx: Context, request: QuoteRequest, customer: Customer) -> Vehicle | None:
    """The vehicle of the file that is meant; None if it is a new one.

    Somebody else's vehicle is new to this customer: its file stays with its holder.
    """
    own = ctx.session.exec(
        select(Vehicle).where(Vehicle.customer_id == customer.id, alive(Vehicle)).order_by(col(Vehicle.plate))
    ).all()
    if request.plate:
        return next((vehicle for vehicle in own if vehicle.plate == request.plate), None)
    fits = [vehicle for vehicle in own if request.vehicle_class in (None, vehicle.vehicle_class)]
    described = request.vehicle_value is not None and request.power_cv is not None
    if described or not fits:
        return None
    if len(fits) > 1:
        raise which(customer, fits)
    return fits[0]


def running(ctx: Context, vehicle: Vehicle) -> Policy | None:
    """The policy in force of a vehicle, or else the last one issued for it.

    One that waits for its signature covers nothing yet, so that it does not move the effect.
    """
    same = select(Policy).where(
        Policy.object_ref == vehicle.plate, Policy.policyholder_id == vehicle.customer_id,
        Policy.state == PolicyState.IN_FORCE, alive(Policy),
    )  # fmt: skip
    found = ctx.session.exec(same.order_by(col(Policy.expires_on).desc()).limit(1)).first()
    if found is not None or vehicle.policy_id is None:
        return found
    return ctx.get(Policy, vehicle.policy_id)


def which(customer: Customer, vehicles: Sequence[Vehicle]) -> Ambiguous:
    """The error that asks which of the customer's vehicles is meant."""
    labels = [f"{vehicle.plate} ({vehicle.make_model or vehicle.vehicle_class})" for vehicle in vehicles]
    options = [{"id": v.plate, "label": label} for v, label in zip(vehicles, labels, strict=True)]
    text = N_("{ref} tiene varios vehículos: {choices}. Indique la matrícula.")
    return Ambiguous(text, field="plate", ref=customer.name, choices="; ".join(labels), options=options)


def known_dates(
    request: QuoteRequest, vehicle: Vehicle | None, customer: Customer, assumed: Assumptions
) -> dict[str, date | None]:
    """Birth, licence and registration: as said, or of the file, or the policyholder's own birth date."""
    dates: dict[str, date | None] = {
        name: getattr(request, name) or (getattr(vehicle, name) if vehicle else None) for _, name in AGES
    }
    if dates["driver_born_on"] is None and request.driver_age is None and customer.birth_date is not None:
        dates["driver_born_on"] = customer.birth_date
        assumed.note(N_("el conductor habitual es el tomador"))
    return dates


def from_file(vehicle: Vehicle | None, assumed: Assumptions) -> dict[str, Any]:
    """The tariff's inputs that the file of the vehicle holds."""
    if vehicle is None:
        return {}
    assumed.note(N_("los datos de la ficha del vehículo {plate}"), plate=vehicle.plate)
    found = vehicle.model_dump(include=set(FROM_VEHICLE))
    return {name: value for name, value in found.items() if value is not None}


def ages(given: dict[str, Any], dates: dict[str, date | None], on: date) -> dict[str, int]:
    """Completed years on the effect date, from the dates.

    Raises:
        BadArguments: an age was given too and differs, or a date lies after the effect.
    """
    found = {}
    for name, source in AGES:
        since = dates[source]
        if since is None:
            continue
        years = completed_years(since, on)
        if years < 0:
            text = N_("La fecha de «{field}» ({since}) es posterior al efecto ({on}).")
            raise BadArguments(text, field=source, since=day(since), on=day(on))
        if name in given and given[name] != years:
            # A spoken age is of today; on the effect date one more year may be complete.
            if given[name] != completed_years(since, on) - 1:
                text = N_("Revise «{field}»: se indican {given} años, pero con fecha {since} serán {years} al efecto.")
                raise BadArguments(text, field=name, given=given[name], since=day(since), years=years)
        found[name] = years
    return found


def also_needed(values: dict[str, Any]) -> tuple[str, ...]:
    """Fields that a motor quote needs though the tariff could do without."""
    return (*ALSO_NEEDED, "deductible") if values.get("product") == Product.TODO_RIESGO else ALSO_NEEDED
