"""What only cyber insurance has."""

from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Field

from modules.insurance.kernel.records import RiskRecord, of_policy

SCHEMA: Final = "soriano_insurance_ciber"


class DigitalFirm(RiskRecord, table=True):
    """An insured firm and its controls (*empresa asegurada*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    sector: str
    annual_turnover: Decimal = Field(max_digits=18, decimal_places=2)
    personal_records: int
    card_data: bool | None = None
    ot_systems: bool | None = None
    control_score: int
    mfa_remote: bool
    mfa_remote_access: bool | None = None
    mfa_email: bool | None = None
    edr_endpoints: bool | None = None
    backup_tested: bool | None = None
    patching_15_days: bool | None = None
    phishing_training: bool | None = None
    privileged_access: bool | None = None
    response_plan_tested: bool | None = None
    email_dmarc: bool | None = None
    no_unsupported_systems: bool | None = None
    aggregate_limit: int
    waiting_hours: int | None = None
    funds_transfer_sublimit: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    incidents_3y: int
    retroactive_on: date | None = None
    security_contact: str | None = None
    cnae: str | None = None
