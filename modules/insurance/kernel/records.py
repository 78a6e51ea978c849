"""What all lines of business share: insurers, quotes, policies, receipts, commissions, claims.

A line's own schema holds only what that line alone has (vehicles, dwellings, insured
lives). The policyholder is a customer of the CRM. States are texts of `states`, changed
by `states.move` alone. `import_ref` is the key in a file that a record was imported from.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from core.money import ZERO
from core.records import INSTANT, LATER, Record, index, reference, table, unique

SCHEMA: Final = "soriano_core"
CUSTOMER: Final = "soriano_crm.customer"


def euros(default: Decimal | None = ZERO) -> Any:
    """A column of EUR to the cent."""
    return Field(default=default, max_digits=18, decimal_places=2)


def fraction(default: Decimal | None = None) -> Any:
    """A column for a rate as a fraction (0.11 is 11 %)."""
    return Field(default=default, max_digits=9, decimal_places=6)


def texts() -> Any:
    """A column of a list of texts."""
    return Field(default_factory=list, sa_type=ARRAY(Text))


def facts() -> Any:
    """A column of JSON facts."""
    return Field(default_factory=dict, sa_type=JSONB)


def instant() -> Any:
    """A column of an instant (UTC), empty at first."""
    return Field(default=None, sa_type=INSTANT)


class Counter(Record, table=True):
    """The last number given in a series (*contador*) of one tenant and year."""

    __table_args__ = table(SCHEMA, unique("series", "year"))

    series: str
    year: int
    last: int = 0


class Insurer(Record, table=True):
    """An insurance company that the brokerage places business with (*aseguradora*)."""

    __table_args__ = table(SCHEMA, unique("code"), unique("import_ref"))

    code: str
    name: str
    id_number: str
    settlement_terms: str = ""
    import_ref: str | None = None


class Collaborator(Record, table=True):
    """An external collaborator (*colaborador externo*), RDL 3/2020 art. 137."""

    __table_args__ = table(SCHEMA, unique("code"), unique("import_ref"))

    code: str
    name: str
    kind: str  # person, company
    id_number: str
    withholding_rate: Decimal = fraction(ZERO)  # IRPF
    started_on: date
    ended_on: date | None = None
    training_level: int | None = None
    training_hours: int | None = None
    training_year: int | None = None
    import_ref: str | None = None


class Quote(Record, table=True):
    """A priced risk (*cotización*): the risk as asked, the whole breakdown, and how long it holds."""

    __table_args__ = table(
        SCHEMA,
        unique("quote_number"),
        reference("customer_id", CUSTOMER),
        reference("insurer_id", f"{SCHEMA}.insurer"),
        index("customer_id", "line"),
    )

    quote_number: str
    line: str
    product: str
    customer_id: UUID
    insurer_id: UUID
    state: str
    decision: str
    rules_hit: list[str] = texts()
    risk: dict[str, Any] = facts()  # the tariff's inputs
    details: dict[str, Any] = facts()  # what a policy needs besides
    rating: dict[str, Any] = facts()
    tariff_version: str
    payment_frequency: str
    effective_on: date
    valid_until: date
    object_ref: str | None = None
    net_premium: Decimal | None = euros(None)
    total_premium: Decimal | None = euros(None)


class Policy(Record, table=True):
    """A policy (*póliza*); premiums are of one annuity. `expires_on` is the first day without cover."""

    __table_args__ = table(
        SCHEMA,
        unique("policy_number"),
        unique("import_ref"),
        unique("quote_id"),
        reference("policyholder_id", CUSTOMER),
        reference("insured_id", CUSTOMER),
        reference("insurer_id", f"{SCHEMA}.insurer"),
        reference("collaborator_id", f"{SCHEMA}.collaborator"),
        reference("quote_id", f"{SCHEMA}.quote"),
        index("policyholder_id"),
        index("line", "state"),
        index("expires_on"),
        index("object_ref"),
    )

    policy_number: str
    line: str
    product: str = ""
    insurer_id: UUID
    policyholder_id: UUID
    insured_id: UUID
    collaborator_id: UUID | None = None
    quote_id: UUID | None = None
    state: str
    started_on: date  # of the first annuity
    effective_on: date
    expires_on: date
    signed_on: date | None = None
    signature_evidence: str = ""  # where the signed document lies
    payment_frequency: str
    collected_by: str  # broker, insurer
    net_premium: Decimal = euros()
    fractioning_surcharge: Decimal = euros()
    surcharges: Decimal = euros()  # Consorcio, guarantee fund and LEA
    ips: Decimal = euros()
    total_premium: Decimal = euros()
    commission_rate: Decimal = fraction(ZERO)
    cession_rate: Decimal = fraction(ZERO)  # of the commission, to the collaborator
    sum_insured: Decimal | None = euros(None)
    risk_description: str = ""
    object_ref: str | None = None  # what identifies the insured object: a plate, a cadastral reference
    import_ref: str | None = None
    ended_on: date | None = Field(default=None, sa_column_kwargs=LATER)  # when it ended before its time
    end_reason: str | None = Field(default=None, sa_column_kwargs=LATER)  # code of `policies.reasons`


class Term(Record, table=True):
    """What a policy insures from a date on (*anualidad o suplemento*): risk, price and tariff as agreed.

    Each issue, endorsement and renewal adds one; none is ever changed. The one in force on a
    date is the latest by `number` whose `from_on` is not after it.
    """

    __table_args__ = table(
        SCHEMA,
        unique("policy_id", "number"),
        reference("policy_id", f"{SCHEMA}.policy"),
        index("policy_id", "from_on"),
    )

    policy_id: UUID
    number: int  # 1 is the first
    kind: str  # new, takeover, endorsement, renewal
    from_on: date
    to_on: date  # exclusive: the end of the annuity
    product: str
    payment_frequency: str
    risk: dict[str, Any] = facts()  # the tariff's inputs
    details: dict[str, Any] = facts()
    rating: dict[str, Any] = facts()  # of a whole annuity; empty for what was taken over without one
    tariff_version: str = ""
    net_premium: Decimal = euros()
    total_premium: Decimal = euros()


class Endorsement(Record, table=True):
    """A change of a running policy (*suplemento*): the new risk, and what it costs to the end of the annuity."""

    __table_args__ = table(
        SCHEMA,
        unique("endorsement_number"),
        reference("policy_id", f"{SCHEMA}.policy"),
        reference("receipt_id", f"{SCHEMA}.receipt"),
        index("policy_id"),
    )

    endorsement_number: str
    policy_id: UUID
    kind: str  # of `policies.endorsements`
    state: str  # requested, priced, referred, issued, signed, rejected
    requested_on: date
    effective_on: date
    reason: str = ""
    decision: str = "accept"
    rules_hit: list[str] = texts()
    risk: dict[str, Any] = facts()
    details: dict[str, Any] = facts()
    rating: dict[str, Any] = facts()
    tariff_version: str = ""
    premium: Decimal = euros()  # differences to the end of the annuity; negative is given back
    surcharges: Decimal = euros()
    ips: Decimal = euros()
    total: Decimal = euros()
    receipt_id: UUID | None = None
    signed_on: date | None = None
    signature_evidence: str = ""
    base_term: int | None = Field(default=None, sa_column_kwargs=LATER)  # number of the term that it changes
    holder_id: UUID | None = Field(default=None, sa_column_kwargs=LATER)  # the new policyholder
    insurer_ref: str | None = Field(default=None, sa_column_kwargs=LATER)  # of its acceptance of what was referred


class RiskRecord(Record):
    """Base of a line's insured thing (*objeto asegurado*): one row a policy, as last agreed.

    Its other columns bear the names of fields of the line's risk and details; the kernel
    keeps them up to date. History lies in the terms.
    """

    policy_id: UUID
    customer_id: UUID
    product: str


class PersonRecord(Record):
    """Base of a line's insured person (*asegurado*): one row a life of a policy, as last agreed."""

    policy_id: UUID
    customer_id: UUID  # the policyholder's
    position: int  # in the risk's `insureds`, from 1


def of_policy(schema: str, *parts: Any, person: bool = False) -> Any:
    """`__table_args__` of a `RiskRecord`, or of a `PersonRecord` if `person`."""
    keys = ("policy_id", "position") if person else ("policy_id",)
    return table(
        schema, unique(*keys), reference("policy_id", f"{SCHEMA}.policy"), reference("customer_id", CUSTOMER),
        index("customer_id"), *parts,
    )  # fmt: skip


class Receipt(Record, table=True):
    """A receipt (*recibo*) of a policy; `premium` includes the fractioning surcharge."""

    __table_args__ = table(
        SCHEMA,
        unique("receipt_number"),
        unique("import_ref"),
        reference("policy_id", f"{SCHEMA}.policy"),
        reference("insurer_id", f"{SCHEMA}.insurer"),
        index("policy_id"),
        index("state", "due_on"),
        index("insurer_id", "due_on"),
        index("insurer_id", "period_from"),
    )

    receipt_number: str
    policy_id: UUID
    insurer_id: UUID
    kind: str  # new, renewal, instalment, endorsement, refund, regularisation
    state: str
    instalment_no: int = 1
    instalment_count: int = 1
    issued_on: date
    period_from: date
    period_to: date  # exclusive
    due_on: date
    premium: Decimal = euros()
    fractioning_surcharge: Decimal = euros()  # of which
    surcharges: Decimal = euros()
    surcharge_parts: dict[str, Any] = facts()
    ips: Decimal = euros()
    total: Decimal = euros()
    commission: Decimal = euros()
    cession: Decimal = euros()
    collected_by: str  # broker, insurer
    mandate_ref: str | None = None
    sent_at: datetime | None = instant()
    paid_on: date | None = None
    paid_medium: str | None = None
    returned_reason: str | None = None  # SEPA code
    returned_on: date | None = None
    attempts: int = 0
    settlement_ref: str | None = None
    import_ref: str | None = None


class CommissionLine(Record, table=True):
    """Commission of one receipt (*comisión*): earned from the insurer, or ceded to a collaborator."""

    __table_args__ = table(
        SCHEMA,
        unique("receipt_id", "kind"),
        reference("receipt_id", f"{SCHEMA}.receipt"),
        reference("policy_id", f"{SCHEMA}.policy"),
        reference("collaborator_id", f"{SCHEMA}.collaborator"),
        index("policy_id"),
    )

    receipt_id: UUID
    policy_id: UUID
    collaborator_id: UUID | None = None
    kind: str  # earned, ceded
    state: str  # expected, accrued, settled, cancelled
    base: Decimal = euros()
    rate: Decimal = fraction(ZERO)
    amount: Decimal = euros()


class Claim(Record, table=True):
    """A claim (*siniestro*) against a policy."""

    __table_args__ = table(
        SCHEMA,
        unique("claim_number"),
        unique("import_ref"),
        reference("policy_id", f"{SCHEMA}.policy"),
        index("policy_id"),
        index("state"),
    )

    claim_number: str
    insurer_claim_number: str = ""
    policy_id: UUID
    state: str
    cause: str
    occurred_on: date
    known_on: date
    notified_on: date | None = None  # to the insurer
    reserve: Decimal = euros()
    paid_amount: Decimal = euros()
    paid_on: date | None = None
    complaint: str | None = None
    description: str = Field(default="", sa_column_kwargs=LATER)  # in the words of whoever declared it
    import_ref: str | None = None
    kind: str | None = Field(default=None, sa_column_kwargs=LATER)  # code of the line's claim type
    coverage: str | None = Field(default=None, sa_column_kwargs=LATER)  # that answers, by its code
    place: str | None = Field(default=None, sa_column_kwargs=LATER)
    claimant: str | None = Field(default=None, sa_column_kwargs=LATER)  # who claims, if not the insured
    claimed_on: date | None = Field(default=None, sa_column_kwargs=LATER)  # first by the victim
    sum_insured: Decimal | None = Field(default=None, max_digits=18, decimal_places=2, sa_column_kwargs=LATER)
    value_at_loss: Decimal | None = Field(default=None, max_digits=18, decimal_places=2, sa_column_kwargs=LATER)
    deductible: Decimal | None = Field(default=None, max_digits=18, decimal_places=2, sa_column_kwargs=LATER)
    limit_amount: Decimal | None = Field(default=None, max_digits=18, decimal_places=2, sa_column_kwargs=LATER)
    consorcio: bool | None = Field(default=None, sa_column_kwargs=LATER)  # the Consorcio answers, not the insurer
    interest_from: date | None = Field(default=None, sa_column_kwargs=LATER)  # default interest runs from here
    end_reason: str | None = Field(default=None, sa_column_kwargs=LATER)  # why it was rejected or closed
    ended_on: date | None = Field(default=None, sa_column_kwargs=LATER)


class ClaimMovement(Record, table=True):
    """One movement of a claim's money (*movimiento*); none is ever changed, the claim's figures are their sums.

    A reserve moves up or down by `amount`; payments, expenses and recoveries are positive.
    `line` and `occurred_on` repeat the claim's, so that a triangle reads this table alone.
    """

    __table_args__ = table(
        SCHEMA,
        unique("claim_id", "number"),
        reference("claim_id", f"{SCHEMA}.claim"),
        index("line", "occurred_on"),
    )

    claim_id: UUID
    number: int  # 1 is the first
    kind: str  # reserve, payment, recovery, expense
    head: str  # indemnity, expense, recovery
    amount: Decimal = euros()
    on: date
    line: str
    occurred_on: date
    payee: str | None = None
    reason: str | None = None


class ClaimOffer(Record, table=True):
    """What an insurer offered for a claim (*oferta*)."""

    __table_args__ = table(SCHEMA, unique("claim_id", "number"), reference("claim_id", f"{SCHEMA}.claim"))

    claim_id: UUID
    number: int
    state: str  # open, accepted, refused
    amount: Decimal = euros()
    offered_on: date
    answered_on: date | None = None


class ClaimExpert(Record, table=True):
    """A loss adjuster of one of the parties (*perito*), LCS art. 38."""

    __table_args__ = table(SCHEMA, unique("claim_id", "side"), reference("claim_id", f"{SCHEMA}.claim"))

    claim_id: UUID
    side: str  # insurer, insured, third
    name: str | None = None
    requested_on: date | None = None  # when the other party asked for it
    appointed_on: date | None = None
    reported_on: date | None = None
    amount: Decimal | None = euros(None)  # of the damage, by the report


class ClaimNote(Record, table=True):
    """A note in the file of a claim (*nota del expediente*): what somebody wrote, and never an order."""

    __table_args__ = table(SCHEMA, reference("claim_id", f"{SCHEMA}.claim"), index("claim_id", "at"))

    claim_id: UUID
    text: str
    at: datetime = Field(sa_type=INSTANT)
