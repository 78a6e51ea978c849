"""What only funeral insurance has: the plan, the insured lives, their layers, the paths shown, the services."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from core.records import INSTANT, Record, index, reference, table, unique
from modules.insurance.kernel.entries import PolicyEntry, entry_of_policy
from modules.insurance.kernel.records import CUSTOMER, PersonRecord, RiskRecord, euros, of_policy
from modules.insurance.kernel.records import SCHEMA as KERNEL

SCHEMA: Final = "soriano_insurance_decesos"
LIFE: Final = f"{SCHEMA}.insured_life"


class FuneralPlan(RiskRecord, table=True):
    """What a policy provides (*servicio contratado*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    service_value: Decimal = euros()
    with_accident: bool | None = None
    with_travel: bool | None = None
    with_repatriation: bool | None = None
    niche_owned: bool | None = None
    free_provider_choice: bool | None = None
    service_update_pct: Decimal | None = Field(default=None, max_digits=7, decimal_places=4)


class InsuredLife(PersonRecord, table=True):
    """An insured life (*asegurado*), with its own start date."""

    __table_args__ = of_policy(SCHEMA, person=True)

    full_name: str | None = None
    kinship: str | None = None
    born_on: date | None = None
    age: int  # on the effect of the annuity
    province: str | None = None
    accident_sum: Decimal | None = euros(None)
    insured_since: date | None = None


class Layer(PolicyEntry, table=True):
    """One part of a life's service value with its own premium (*capa*)."""

    __table_args__ = entry_of_policy(SCHEMA, index("policy_id", "position"))

    position: int  # of the life
    from_on: date
    value: Decimal = euros()
    age: int  # at which it was taken
    premium: Decimal = euros()


class PremiumPath(Record, table=True):
    """The path of premiums that a client was shown before the contract (ROSSEAR art. 125.d), and who signed it."""

    __table_args__ = table(
        SCHEMA, unique("path_number"), reference("quote_id", f"{KERNEL}.quote"), reference("customer_id", CUSTOMER),
        index("quote_id"), index("customer_id"),
    )  # fmt: skip

    path_number: str
    quote_id: UUID
    customer_id: UUID
    modality: str
    tariff_version: str
    service_value: Decimal = euros()
    lives: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)  # name, age, years
    digest: str = Field(max_length=64)  # SHA-256 of all of it
    signed_on: date | None = None
    signature_evidence: str = ""


class FuneralService(PolicyEntry, table=True):
    """A funeral that the insurer provides (*prestación del servicio*), from the call to the heirs' balance."""

    __table_args__ = entry_of_policy(
        SCHEMA, unique("service_number"), reference("life_id", LIFE), unique("life_id", "attempt"), index("state")
    )

    service_number: str
    life_id: UUID
    attempt: int = 1  # after a rejection it may be asked for anew
    state: str
    deceased_on: date
    by_accident: bool = False
    called_at: datetime = Field(sa_type=INSTANT)
    verified_at: datetime | None = Field(default=None, sa_type=INSTANT)
    value: Decimal | None = euros(None)  # of the service, on the day of death
    provider: str = ""
    own_provider: bool = False  # the family chose it (LCS art. 106 quáter)
    assigned_at: datetime | None = Field(default=None, sa_type=INSTANT)
    performed_on: date | None = None
    invoice_no: str | None = None
    invoice_amount: Decimal | None = euros(None)
    paid_amount: Decimal | None = euros(None)
    heirs_amount: Decimal | None = euros(None)
    accident_amount: Decimal | None = euros(None)
    settled_on: date | None = None
    rejection: str | None = None
