"""What a document is made of (*expediente*): the records of one stage of the business, gathered once.

Builders take these and read nothing themselves, so that each is a pure function.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from core.i18n import N_
from modules.core_business.crm import Customer
from modules.insurance.kernel.documents.content import Letterhead, Made, Paper
from modules.insurance.kernel.documents.records import Brokerage
from modules.insurance.kernel.documents.voice import Voice
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Claim, Endorsement, Insurer, Policy, Quote, Receipt, Term

REGISTERED: Final = N_("{name} · NIF {id} · Clave {key}, {registry} · {address}")
FICTIONAL: Final = N_("Correduría, personas y aseguradoras ficticias: documento de demostración sin valor contractual.")
STAMP: Final = N_("DEMOSTRACIÓN")


@dataclass(frozen=True)
class Setting:
    """Who makes the document, for whom and when."""

    voice: Voice
    today: date
    tenant: str
    fictional: bool
    brokerage: Brokerage | None = None

    @property
    def name(self) -> str:
        """The brokerage's name."""
        return self.brokerage.legal_name if self.brokerage else self.tenant

    def letterhead(self) -> Letterhead:
        """The brokerage on every page."""
        say, house = self.voice.say, self.brokerage
        return Letterhead(
            name=self.name,
            registration=say(
                REGISTERED, name=house.legal_name, id=house.id_number, key=house.registry_key,
                registry=house.register_name,
                address=house.address,
            ) if house else self.tenant,
            contact=" · ".join(part for part in (house.phone, house.email) if part) if house else "",
            fictional=say(FICTIONAL) if self.fictional else "",
            stamp=say(STAMP) if self.fictional else "",
        )  # fmt: skip

    def paper(self, title: str, reference: str, subtitle: str = "") -> dict[str, Any]:
        """The fields that all documents have; `title` is catalogued, the others are said."""
        own = Paper(
            title=self.voice.say(title), subtitle=subtitle, reference=reference, language=self.voice.locale,
            made_on=Made.on(self.today), page=self.voice.page(), house=self.letterhead(),
        )  # fmt: skip
        return {name: getattr(own, name) for name in Paper.model_fields if name != "parties"}


@dataclass(frozen=True)
class QuoteFile:
    """A quote with those it is about; `compared` is how many insurers were asked lately."""

    line: Line
    quote: Quote
    customer: Customer
    insurer: Insurer
    rating: Rating
    compared: int = 1


@dataclass(frozen=True)
class PolicyFile:
    """A policy with its parties, what it insures on the day (None: it was taken over without) and its receipts."""

    line: Line
    policy: Policy
    customer: Customer  # the policyholder
    insured: Customer
    insurer: Insurer
    term: Term | None = None
    rating: Rating | None = None
    receipts: Sequence[Receipt] = ()
    renewal: Term | None = None  # the next annuity's, if it is known


@dataclass(frozen=True)
class ReceiptFile:
    """A receipt and its policy."""

    policy: PolicyFile
    receipt: Receipt


@dataclass(frozen=True)
class EndorsementFile:
    """An endorsement, what the policy insured before it, and the policy."""

    policy: PolicyFile
    endorsement: Endorsement
    before: Term | None


@dataclass(frozen=True)
class ClaimFile:
    """A claim, its policy and the papers that its kind asks for."""

    policy: PolicyFile
    claim: Claim
    papers: Sequence[str] = ()
