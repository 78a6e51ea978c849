"""What only engineering has."""

from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Field

from modules.insurance.kernel.records import RiskRecord, of_policy

SCHEMA: Final = "soriano_insurance_ingenieria"


class EngineeringRisk(RiskRecord, table=True):
    """A work, machine, set of equipment or building (*riesgo de ingeniería*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    work_type: str | None = None
    contract_value: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    duration_months: int | None = None
    ground: str | None = None
    maintenance_months: int | None = None
    liability_limit: int | None = None
    machinery_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    machine_type: str | None = None
    machine_age: int | None = None
    serial_no: str | None = None
    equipment_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    data_recovery_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    portable: bool | None = None
    premises: str | None = None
    building_definitive_value: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    oct_report: str | None = None
    structure: str | None = None
    deductible: int | None = None
    address: str | None = None
    cadastral_ref: str | None = None
    principal: str | None = None
    contractor: str | None = None
    technical_control: str | None = None
    received_on: date | None = None
