"""What only large industrial property has."""

from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Field

from core.records import index, unique
from modules.insurance.kernel.entries import PolicyEntry, entry_of_policy
from modules.insurance.kernel.records import RiskRecord, of_policy

SCHEMA: Final = "soriano_insurance_industrial"


class Plant(RiskRecord, table=True):
    """An insured factory or warehouse (*riesgo industrial*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    cnae: str | None = None
    address: str | None = None
    cadastral_ref: str | None = None
    hazard_class: int
    building_sum: Decimal = Field(max_digits=18, decimal_places=2)
    machinery_sum: Decimal = Field(max_digits=18, decimal_places=2)
    stock_sum: Decimal = Field(max_digits=18, decimal_places=2)
    annual_gross_profit: Decimal = Field(max_digits=18, decimal_places=2)
    annual_turnover: Decimal = Field(max_digits=18, decimal_places=2)
    construction: str
    protection: str
    security: str
    first_loss_pct: int
    indemnity_months: int | None = None
    liability_limit: int
    deductible: int
    loss_ratio_3y_pct: Decimal = Field(max_digits=18, decimal_places=2)
    pml_pct: Decimal | None = Field(default=None, max_digits=9, decimal_places=4)
    survey_on: date | None = None
    surveyor: str | None = None
    sprinkler_certified_on: date | None = None
    hot_work: bool | None = None
    solar_roof: bool | None = None
    stock_declared_on: date | None = None


class Recommendation(PolicyEntry, table=True):
    """What a survey of a plant asks for (*recomendación*), by when, and what shows that it was done."""

    __table_args__ = entry_of_policy(SCHEMA, unique("policy_id", "number"), index("state", "due_on"))

    number: int  # within the policy, from 1
    text: str
    asked_on: date
    due_on: date
    state: str  # of `recommendations.RecommendationState`
    closed_on: date | None = None
    evidence: str = ""
