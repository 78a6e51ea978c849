"""What only pet insurance has: the animal."""

from decimal import Decimal
from typing import Final

from sqlmodel import Field

from modules.insurance.kernel.records import RiskRecord, of_policy

SCHEMA: Final = "soriano_insurance_mascotas"


class Animal(RiskRecord, table=True):
    """An insured dog or cat (*animal asegurado*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    species: str
    breed: str | None = None
    animal_name: str | None = None
    chip_no: str | None = None
    pet_age: int  # on the effect of the annuity
    dangerous_breed: bool
    ppp_licence: bool | None = None
    previous_bites: int
    breed_risk: str | None = None
    animal_value: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    vet_annual_limit: int | None = None
    reimbursement_pct: int | None = None
    liability_limit: int
