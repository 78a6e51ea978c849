"""A line of business (*ramo*) as a value: it states only what differs from the other lines.

The kernel prices, quotes, issues, endorses, renews, bills and settles every line by its
declaration and its tariff. If two lines differ in behaviour, the declaration carries a
value or a function; a kernel that asks for a line's name has found a missing field here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict

from core.context import Context
from core.dates import add_months
from core.money import ZERO
from modules.core_business.crm import Customer
from modules.insurance.kernel.claim_types import ClaimsMade, ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.frequency import PaymentFrequency
from modules.insurance.kernel.lines import announce
from modules.insurance.kernel.needs import Need
from modules.insurance.kernel.rating import Rating, rate, rate_again
from modules.insurance.kernel.records import PersonRecord, Policy, Quote, RiskRecord
from modules.insurance.kernel.tariff import Tariff, charges_on, load_tariff
from modules.insurance.kernel.underwriting import Decision


class InsuredRisk(BaseModel):
    """What is insured: base of the risk record of every line; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_enum_values=True)

    payment_frequency: PaymentFrequency


class Details(BaseModel):
    """What a policy of a line needs besides the inputs of its tariff; every field may be missing in a quote."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_enum_values=True)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """A coverage (*garantía*) as people know it; `code` is the tariff's."""

    code: str
    label: str
    mandatory: bool = False


@dataclass(frozen=True, kw_only=True)
class Duration:
    """How long a policy runs (*duración*) and whether it goes on by itself (LCS art. 22)."""

    months: int = 12
    renewable: bool = True


class ProductDocument(StrEnum):
    """The standard document that the client gets before the contract."""

    IPID = "ipid"  # Reg. (EU) 2017/1469, non-life
    KID = "kid"  # Reg. (EU) 1286/2014, investment products
    DFI = "dfi"  # datos fundamentales para el partícipe, pension plans
    NONE = "none"  # risk life: the nota informativa of ROSSEAR art. 124 alone


@dataclass(frozen=True, kw_only=True)
class Information:
    """What the pre-contract documents of a line say besides what all lines say; short catalogued sentences."""

    document: ProductDocument = ProductDocument.IPID
    summary: str = ""  # what kind of insurance this is
    excluded: tuple[str, ...] = ()  # what is not insured
    restrictions: tuple[str, ...] = ()  # limits of cover, deductibles, waiting periods
    territory: str = ""
    obligations: tuple[str, ...] = ()  # of this line alone
    notes: tuple[str, ...] = ()  # nota informativa: ROSSEAR arts. 122-126


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A table of figures that is owed before the contract; an amount's column says «EUR» in its label."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int | Decimal | str, ...], ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PastClaim:
    """One claim of the last five years, as the renewal of the risk sees it."""

    kind: str  # code of the claim type
    occurred_on: date
    paid: Decimal
    at_fault: bool  # of liability to third parties


@dataclass(frozen=True, kw_only=True)
class Renewing:
    """What the next annuity's risk depends on."""

    on: date  # the renewal's effect
    since: date  # of the ending annuity
    years: int  # completed since the policy's first effect
    first: Mapping[str, Any] = field(default_factory=dict)  # the inputs of the first term
    claims: tuple[PastClaim, ...] = ()  # of the last five years
    index: Decimal = ZERO  # of prices, as a fraction (0.03 is 3 %), for sums that follow it

    def claim_count(self, years: int, declared: int = 0) -> int:
        """Claims of the last `years`, at most five; what was declared before the policy counts until it is so old."""
        counted = sum(claim.occurred_on >= add_months(self.on, -12 * years) for claim in self.claims)
        return counted if self.years >= years else max(declared, counted)


@dataclass(frozen=True, kw_only=True)
class Entering:
    """What a new term of a policy follows on."""

    on: date  # the term's first day
    started_on: date  # of the policy
    history: tuple[Mapping[str, Any], ...] = ()  # the inputs of all earlier terms, the first first


def older(risk: Mapping[str, Any], ages: Sequence[str], years: int = 1) -> dict[str, Any]:
    """The inputs of `risk` with every age in `ages` so many years on; `insured.age` is each insured's."""
    changed = dict(risk)
    for name in ages:
        person, _, own = name.partition(".")
        if own:
            changed["insureds"] = [
                {**one, own: int(one[own]) + years} if one.get(own) is not None else one
                for one in changed.get("insureds") or ()
            ]
        elif changed.get(person) is not None:
            changed[person] = int(changed[person]) + years
    return changed


def yearly(_: Any) -> Duration:
    """One year, renewed by itself: what most policies are."""
    return Duration()


Contradiction: TypeAlias = Callable[[Any], None]
LIFE_WITHDRAWAL_DAYS: Final = 30  # LCS art. 83 a)
DISTANCE_WITHDRAWAL_DAYS: Final = 14  # Ley 22/2007 art. 10


@dataclass(frozen=True, kw_only=True)
class Line:
    """One of our 20 lines.

    Args:
        id: the module's id; without its prefix it is the line's code in tariffs and policies.
        home: the module's folder, where `data/tariff.json` lies.
        insurance_classes: the law's numbered classes (*ramos*).
        risk: the inputs of the tariff, typed.
        details: what a policy needs besides.
        needed: by product, fields that the tariff needs for it alone; a quote asks for them.
        needed_to_issue: fields of `details` (or of the risk) without which no policy is issued.
        products: labels by product code.
        claims: what can happen, with the first reserve and the papers for it.
        ages: fields of the risk that grow by one a year (`insured.age`: of each insured).
        sums: sums insured; more of one never lowers the premium, but for the tariff's documented steps.
        record: the table of the insured thing in the line's schema, one row a policy.
        people: the table of the insured persons, one row a life, filled from the risk's `insureds`.
        known: inputs that the customer's file tells on the effect date.
        derived: inputs that follow, on the effect date, from what is on file and what was said of risk and
            details (an age from a date); raises BadArguments if the two differ.
        to_be_told: who must be told before the cover ends (a mortgagee, LCS art. 41), from risk and details.
        renewal_review: what to mind before the next annuity, from the files of the policy.
        contradictions: checks of fields that exclude each other; each raises BadArguments.
        describe: the insured thing in words, from risk and details.
        object_ref: what identifies it (a plate, a cadastral reference), from risk and details.
        duration: how long a policy of this risk runs.
        renew: the next annuity's risk from this one's (after `ages` have grown).
        entered: what a term keeps of the inputs besides what was asked (own start dates of the insured,
            layers of a level premium); entered twice, nothing changes.
        offered: a new contract's inputs on its effect date, from those of the policy that runs.
        adequacy: advice on whether product and sums fit the risk (RDL 3/2020 art. 175).
        figures: tables that are owed before the contract (ROSSEAR arts. 125.d and 126.2), from the risk.
        needs: reasons to insure that the line knows besides the house's, for the advice on coverage.
        pays_once: whether two policies on one life pay once for one thing (a service, a cost), for that advice.
        keep: what else is kept of risk and details when a policy is issued, endorsed or renewed.
        check_issue: more that a policy must have; raises Conflict.
        health: fields of risk and details that tell of health (`insured.smoker`: of each insured), GDPR art. 9.
        health_readers: the permission to read them; others are shown the risk without them.
        persons: insurance of persons: limitation of five years (LCS art. 23), no subrogation (art. 82).
        insurer_may_oppose: whether the insurer may oppose renewal (not in decesos, LCS art. 106 bis).
        unpaid_reduces: whether non-payment reduces the cover (LCS art. 95) instead of suspending it.
        unpaid_suspends: whether it suspends at all; a surety bond runs on.
        withdrawal_days: free look of the client: 30 of life (LCS art. 83 a), 14 at a distance, 0 none.
        claims_made: if the claim, not the event, must fall into the period (LCS art. 73): how far back
            and on it reaches, from risk, details and the annuity's first day; None: the event counts.
        aggregate: the most that is paid for all claims of an annuity, from risk and details; None: no such limit.
    """

    id: str
    home: Path
    title: str
    insurance_classes: tuple[int | str, ...]
    risk: type[InsuredRisk]
    details: type[Details] = Details
    needed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needed_to_issue: tuple[str, ...] = ()
    products: Mapping[str, str]
    coverages: tuple[Coverage, ...]
    claims: tuple[ClaimType, ...] = ()
    ages: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    record: type[RiskRecord] | None = None
    people: type[PersonRecord] | None = None
    information: Information = field(default_factory=Information)
    knowledge: tuple[str, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    known: Callable[[Customer, date], dict[str, Any]] = lambda customer, on: {}
    derived: Callable[[Mapping[str, Any], Mapping[str, Any], date], dict[str, Any]] = lambda filed, told, on: {}
    to_be_told: Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[str, ...]] = lambda risk, details: ()
    renewal_review: Callable[[Context, Policy, Findings], None] = lambda ctx, policy, findings: None
    describe: Callable[[Mapping[str, Any], Mapping[str, Any]], str] = lambda risk, details: ""
    object_ref: Callable[[Mapping[str, Any], Mapping[str, Any]], str | None] = lambda risk, details: None
    duration: Callable[[Any], Duration] = yearly
    renew: Callable[[dict[str, Any], Renewing], dict[str, Any]] = lambda risk, renewing: risk
    entered: Callable[[dict[str, Any], Entering], dict[str, Any]] = lambda risk, entering: risk
    offered: Callable[[dict[str, Any], date], dict[str, Any]] = lambda risk, on: risk
    adequacy: Callable[[Findings, Any], None] = lambda findings, risk: None
    figures: Callable[[Any], tuple[Figures, ...]] = lambda risk: ()
    needs: tuple[Need, ...] = ()
    pays_once: bool = False
    keep: Callable[[Context, Policy, Mapping[str, Any], Mapping[str, Any]], None] | None = None
    check_issue: Callable[[Quote], None] = lambda quote: None
    health: tuple[str, ...] = ()
    health_readers: str = ""
    persons: bool = False
    insurer_may_oppose: bool = True
    unpaid_reduces: Callable[[Any], bool] = lambda risk: False
    unpaid_suspends: bool = True
    withdrawal_days: int = DISTANCE_WITHDRAWAL_DAYS
    claims_made: Callable[[Mapping[str, Any], Mapping[str, Any], date], ClaimsMade | None] = (
        lambda risk, details, from_on: None
    )
    aggregate: Callable[[Mapping[str, Any], Mapping[str, Any]], Decimal | None] = lambda risk, details: None

    def __post_init__(self) -> None:
        """Announce the line, so that the kernel finds it by the code that policies bear."""
        announce(self)

    @property
    def code(self) -> str:
        """The line as tariffs and policies name it: `seguros-autos` → `autos`."""
        return self.id.removeprefix("seguros-")

    @property
    def short(self) -> str:
        """The line as tools, permissions and folders name it: `seguros-unit-linked` → `unit_linked`."""
        return self.code.replace("-", "_")

    @cached_property
    def tariff(self) -> Tariff:
        """The house's reference tariff; insurers' own are records (`market`)."""
        return load_tariff(self.home / "data" / "tariff.json")

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Labels of the coverages by code."""
        return {coverage.code: coverage.label for coverage in self.coverages}

    @cached_property
    def claim_types(self) -> Mapping[str, ClaimType]:
        """The claim types by code."""
        return {kind.code: kind for kind in self.claims}

    def rate(self, risk: InsuredRisk, on: date | None = None, tariff: Tariff | None = None) -> Rating:
        """Price `risk`; what contradicts itself is refused unless underwriting declines it anyway.

        Args:
            risk: what is insured.
            on: the effect date, for the statutory rates; None is the latest known.
            tariff: an insurer's own; None is the reference tariff.
        """
        rating = rate(tariff or self.tariff, risk.model_dump(exclude_none=True), charges_on(on or date.max))
        if rating.decision is not Decision.DECLINE:
            for check in self.contradictions:
                check(risk)
        return rating

    def rate_again(self, risk: Mapping[str, Any], on: date, tariff: Tariff | None = None) -> Rating:
        """Price the inputs of a risk that is insured already; rules of entry only ask for a look."""
        return rate_again(tariff or self.tariff, risk, charges_on(on))

    def sum_insured(self, risk: Mapping[str, Any]) -> Decimal | None:
        """All sums insured of `risk`, those of its insureds included; None if the line knows none."""
        parts = [risk, *(risk.get("insureds") or ())]
        found = [Decimal(str(part[name])) for part in parts for name in self.sums if part.get(name) is not None]
        return sum(found, ZERO) if found else None

    def renewed(self, risk: Mapping[str, Any], renewing: Renewing) -> dict[str, Any]:
        """The inputs of the next annuity: everybody a year older, and what the line changes."""
        return self.renew(older(risk, self.ages), renewing)
