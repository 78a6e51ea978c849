"""What only motor insurance has: the vehicle, with all that the tariff asks of it."""

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlmodel import Field

from core.records import Record, index, reference, table, unique

SCHEMA: Final = "soriano_insurance_autos"


class Vehicle(Record, table=True):
    """A vehicle that a customer insures (*vehículo*), as last declared; history is in the quotes.

    Ages are kept as dates, so that they are right on any effect date.
    """

    __table_args__ = table(
        SCHEMA,
        unique("plate"),
        reference("customer_id", "soriano_crm.customer"),
        reference("policy_id", "soriano_core.policy"),
        index("customer_id"),
        index("policy_id"),
    )

    plate: str
    customer_id: UUID
    policy_id: UUID | None = None
    product: str
    vehicle_class: str
    make_model: str = ""
    first_registered_on: date | None = None
    vehicle_value: Decimal = Field(max_digits=18, decimal_places=2)
    power_cv: int
    fuel: str | None = None
    use: str
    zone: str
    parking: str
    driver_born_on: date | None = None
    licensed_on: date | None = None
    young_second_driver: bool = False
    at_fault_claims_5y: int = 0
    bm_level: int
    driver_accident_sum: Decimal = Field(max_digits=18, decimal_places=2)
    deductible: int | None = None
