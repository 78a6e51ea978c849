"""What only life insurance has: the insured life, its beneficiaries, and the signed health questionnaire.

Health data are a special category (GDPR art. 9): the answers lie in a table of their own,
which nothing but `questionnaire` reads.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlmodel import Field

from core.records import Record, index, reference, table, unique
from modules.insurance.kernel.records import CUSTOMER, RiskRecord, facts, fraction, of_policy

SCHEMA: Final = "soriano_insurance_vida"
POLICY: Final = "soriano_core.policy"
QUOTE: Final = "soriano_core.quote"


class InsuredLife(RiskRecord, table=True):
    """An insured life (*vida asegurada*), as last agreed; what its price rests on, and nothing else of its health."""

    __table_args__ = of_policy(SCHEMA)

    insured_name: str | None = None
    insured_birth_date: date | None = None
    insured_consent_signed: bool | None = None
    age: int  # on the effect of the annuity; of a level premium, on entry
    sum_insured: Decimal = Field(max_digits=18, decimal_places=2)
    critical_illness_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    occupation: str | None = None
    occupation_class: int
    term_years: int | None = None
    elapsed_years: int | None = None
    end_age: int | None = None
    purpose: str | None = None
    lender: str | None = None
    loan_id: str | None = None
    surrender_agreed: bool | None = None


class Beneficiary(Record, table=True):
    """Who gets the sum (*beneficiario*, LCS arts. 84-87): by `rank` (1 first), in shares that add up to 100."""

    __table_args__ = table(
        SCHEMA,
        unique("policy_id", "rank", "position", "designation"),
        reference("policy_id", POLICY),
        reference("customer_id", CUSTOMER),
        index("policy_id"),
        index("customer_id"),
    )

    policy_id: UUID
    customer_id: UUID  # the policyholder's, who designates
    designation: int  # number of the designation; the latest holds
    rank: int
    position: int  # within the rank
    kind: str  # person, spouse, children, heirs, lender
    name: str = ""
    share: Decimal = fraction()  # 0.5 is 50 %
    irrevocable: bool = False
    designated_on: date
    evidence: str  # where the signed designation lies


class HealthQuestionnaire(Record, table=True):
    """A signed health questionnaire (*cuestionario de salud*, LCS art. 10), never changed after its signature."""

    __table_args__ = table(
        SCHEMA,
        reference("quote_id", QUOTE),
        reference("policy_id", POLICY),
        reference("customer_id", CUSTOMER),
        reference("answers_id", f"{SCHEMA}.health_answers"),
        index("quote_id"),
        index("policy_id"),
        index("customer_id"),
    )

    quote_id: UUID
    policy_id: UUID | None = None  # of what was issued from the quote
    customer_id: UUID
    answers_id: UUID
    edition: str  # of the questions
    question_count: int
    digest: str  # SHA-256 of edition, questions, answers, who typed them, signature
    typed_by: str
    signed_on: date
    evidence: str


class HealthAnswers(Record, table=True):
    """What was asked and answered, word by word (*respuestas de salud*): data of a special category, apart."""

    __table_args__ = table(SCHEMA, reference("customer_id", CUSTOMER), index("customer_id"))

    customer_id: UUID
    answers: dict[str, Any] = facts()
