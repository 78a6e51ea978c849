"""What only health insurance has: the plan, its insured lives, authorisations, reimbursements, copays, questionnaires.

No diagnosis is kept with an act. What the insured answered on health lies apart from all
else, frozen once signed, and is read by few (`salud:health`).
"""

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlmodel import Field

from core.records import index, reference, unique
from modules.insurance.kernel.entries import PolicyEntry, entry_of_policy
from modules.insurance.kernel.records import PersonRecord, RiskRecord, euros, facts, of_policy

SCHEMA: Final = "soriano_insurance_salud"
INSURED: Final = f"{SCHEMA}.insured"


class HealthPlan(RiskRecord, table=True):
    """What a policy covers (*modalidad contratada*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    zone: str
    with_dental: bool | None = None
    with_travel: bool | None = None
    group_scheme: bool | None = None
    annual_limit: Decimal | None = euros(None)
    network: str | None = None
    waives_non_renewal: bool | None = None


class Insured(PersonRecord, table=True):
    """An insured life (*asegurado*), with its own start date."""

    __table_args__ = of_policy(SCHEMA, person=True)

    full_name: str | None = None
    kinship: str | None = None
    born_on: date | None = None
    age: int  # on the effect of the annuity
    insured_since: date | None = None
    health_loading_pct: Decimal | None = euros(None)
    previous_insurer: str | None = None
    previous_since: date | None = None
    previous_until: date | None = None
    previous_proved: bool | None = None
    left_group_on: date | None = None


class Authorisation(PolicyEntry, table=True):
    """An act that the insurer has to allow (*autorización*), from the request to the invoice."""

    __table_args__ = entry_of_policy(
        SCHEMA, unique("authorisation_number"), reference("insured_id", INSURED), index("insured_id"), index("state")
    )

    authorisation_number: str
    insured_id: UUID
    act: str
    state: str
    urgent: bool = False  # accident, or life in danger
    provider: str = ""
    expected_cost: Decimal | None = euros(None)
    requested_on: date
    decided_on: date | None = None
    denial: str | None = None  # carencia, preexistencia, limite, no_cubierto
    insurer_ref: str | None = None
    performed_on: date | None = None
    invoice_no: str | None = None
    invoice_amount: Decimal | None = euros(None)


class Reimbursement(PolicyEntry, table=True):
    """A bill that the insured paid and claims back (*reembolso*)."""

    __table_args__ = entry_of_policy(
        SCHEMA, unique("reimbursement_number"), reference("insured_id", INSURED), index("insured_id"), index("state")
    )

    reimbursement_number: str
    insured_id: UUID
    act: str
    state: str
    treated_on: date
    submitted_on: date
    due_on: date  # house target
    country: str  # spain, usa, abroad
    invoice_no: str
    billed: Decimal = euros()
    covered: Decimal | None = euros(None)
    paid_on: date | None = None


class CopayCharge(PolicyEntry, table=True):
    """One copay of one insured (*copago*): the table's amount, and what of it is owed under the yearly cap."""

    __table_args__ = entry_of_policy(
        SCHEMA, reference("insured_id", INSURED), reference("authorisation_id", f"{SCHEMA}.authorisation"),
        unique("authorisation_id"), index("insured_id", "year"),
    )  # fmt: skip

    insured_id: UUID
    authorisation_id: UUID | None = None
    act: str
    performed_on: date
    year: int
    listed: Decimal = euros()
    charged: Decimal = euros()
    table_version: str


class HealthQuestionnaire(PolicyEntry, table=True):
    """What one insured answered on health before the contract (*cuestionario de salud*, LCS art. 10); never changed."""

    __table_args__ = entry_of_policy(
        SCHEMA, reference("insured_id", INSURED), unique("insured_id", "edition"), index("insured_id")
    )

    insured_id: UUID
    edition: int  # 1 is the first
    form: str  # which questions
    answers: dict[str, Any] = facts()
    signed_on: date
    signed_by: str  # a parent signs for a minor
    digest: str = Field(max_length=64)  # SHA-256 of form, answers, date and signer
