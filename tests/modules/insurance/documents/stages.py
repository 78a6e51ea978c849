"""A quote, a policy, a claim of any line, made by hand: what documents are made of, without a database."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

from core.dates import add_months
from core.money import ZERO
from modules.core_business.crm import Customer
from modules.insurance.kernel.documents import claim_letters, contracts, making, offers
from modules.insurance.kernel.documents.content import Paper
from modules.insurance.kernel.documents.kinds import DocumentKind
from modules.insurance.kernel.documents.records import Brokerage
from modules.insurance.kernel.documents.stage import (
    ClaimFile,
    EndorsementFile,
    PolicyFile,
    QuoteFile,
    ReceiptFile,
    Setting,
)
from modules.insurance.kernel.documents.voice import Voice
from modules.insurance.kernel.line import Line, ProductDocument
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Claim, Endorsement, Insurer, Policy, Quote, Receipt, Term

TODAY = date(2026, 11, 22)
EFFECT = date(2027, 1, 1)
NAMES = UUID(int=7)
KINDS_OF_QUOTE = {
    ProductDocument.IPID: DocumentKind.IPID, ProductDocument.KID: DocumentKind.KID,
    ProductDocument.DFI: DocumentKind.DFI,
}  # fmt: skip


def key(name: str) -> UUID:
    """An id that is always the same for a name."""
    return uuid5(NAMES, name)


@dataclass
class Stage:
    """One line's business with one customer, whose name and words may be anything."""

    line: Line
    inputs: Mapping[str, Any]
    name: str = "Álvaro Ramos Soriano"
    language: str = "es"
    fictional: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def rating(self) -> Rating:
        """What the risk costs."""
        return self.line.rate(self.line.risk.model_validate(self.inputs), EFFECT)

    @cached_property
    def risk(self) -> dict[str, Any]:
        """The inputs as records keep them."""
        return self.line.risk.model_validate(self.inputs).model_dump(mode="json", exclude_none=True)

    @cached_property
    def customer(self) -> Customer:
        """The policyholder."""
        return Customer(
            id=key("customer"), kind="person", id_type="NIF", id_number="77769927G", name=self.name,
            street="Calle Nueva, 103", postal_code="35003", city="Las Palmas", language=self.language,
            customer_since=TODAY,
        )  # fmt: skip

    @cached_property
    def house(self) -> Brokerage:
        """The brokerage."""
        return Brokerage(
            legal_name="Correduría Soriano Ficticia, S.L.", id_number="B26346130", registry_key="J-0000",
            register_name="Registro de distribuidores de la DGSFP", address="Calle Mayor 1, 28013 Madrid",
            phone="+34 910 000 000", email="hola@example.com", complaints="atención al cliente, Calle Mayor 1, Madrid",
        )  # fmt: skip

    @cached_property
    def setting(self) -> Setting:
        """Who makes the documents."""
        return Setting(Voice.of(self.customer), TODAY, "Correduría", self.fictional, self.house)

    def insurer(self, name: str = "Aseguradora Meridiano Ficticia, S.A.") -> Insurer:
        """An insurer."""
        return Insurer(id=key(name), code=name[:4].upper(), name=name, id_number="A76084805")

    def quoted(self, at: int = 0, insurer: str = "Aseguradora Meridiano Ficticia, S.A.", **changed: Any) -> QuoteFile:
        """A quote of one insurer."""
        rating = self.rating
        quote = Quote(
            id=key(f"quote {at}"), quote_number=f"Q-2026-{at:06}", line=self.line.code, product=self.risk["product"],
            customer_id=self.customer.id, insurer_id=key(insurer), state="priced", decision=rating.decision.value,
            rules_hit=list(rating.rules_hit), risk={**self.risk, **changed}, details=dict(self.details),
            rating=rating.model_dump(mode="json"), tariff_version="1", payment_frequency=self.risk["payment_frequency"],
            effective_on=EFFECT, valid_until=add_months(TODAY, 1), net_premium=rating.net_premium,
            total_premium=rating.total,
        )  # fmt: skip
        return QuoteFile(self.line, quote, self.customer, self.insurer(insurer), rating, 3)

    @cached_property
    def policy(self) -> PolicyFile:
        """The policy issued from the quote, with its receipts."""
        rating, risk = self.rating, self.risk
        policy = Policy(
            id=key("policy"), policy_number="P-2026-000001", line=self.line.code, product=risk["product"],
            insurer_id=key("insurer"), policyholder_id=self.customer.id, insured_id=self.customer.id, state="in_force",
            started_on=EFFECT, effective_on=EFFECT, expires_on=add_months(EFFECT, 12),
            payment_frequency=risk["payment_frequency"], collected_by="broker", net_premium=rating.net_premium,
            total_premium=rating.total, sum_insured=self.line.sum_insured(risk),
            risk_description="Lo asegurado, como lo describe la póliza",
        )  # fmt: skip
        term = Term(
            id=key("term"), policy_id=policy.id, number=1, kind="new", from_on=EFFECT, to_on=policy.expires_on,
            product=risk["product"], payment_frequency=risk["payment_frequency"], risk=risk, details=dict(self.details),
            rating=rating.model_dump(mode="json"), total_premium=rating.total,
        )  # fmt: skip
        surcharges = {name: f"{amount:.2f}" for name, amount in (rating.public_surcharges or {}).items()}
        receipts = [
            Receipt(
                id=key(f"receipt {part.no}"), receipt_number=f"P-2026-000001-{part.no:02}", policy_id=policy.id,
                insurer_id=policy.insurer_id, kind="new" if part.no == 1 else "instalment", state="pending",
                instalment_no=part.no, instalment_count=len(rating.instalments or ()), issued_on=TODAY,
                period_from=add_months(EFFECT, part.no - 1), period_to=add_months(EFFECT, part.no),
                due_on=add_months(EFFECT, part.no - 1), premium=part.premium, fractioning_surcharge=ZERO,
                surcharges=part.surcharges, surcharge_parts=surcharges if part.no == 1 else {}, ips=part.ips,
                total=part.total, collected_by="broker",
            )
            for part in rating.instalments or ()
        ]  # fmt: skip
        return PolicyFile(self.line, policy, self.customer, self.customer, self.insurer(), term, rating, receipts)

    @cached_property
    def endorsement(self) -> EndorsementFile:
        """A change of the payment and of a sum insured, if there is one."""
        assert self.policy.term is not None
        sums = {name: f"{Decimal(str(self.risk[name])) + 1:.2f}" for name in self.line.sums if name in self.risk}
        changed = Endorsement(
            id=key("endorsement"), endorsement_number="P-2026-000001-S01", policy_id=key("policy"), kind="sum_change",
            state="issued", requested_on=TODAY, effective_on=add_months(EFFECT, 3), reason="",
            risk={**self.risk, **sums},
            details=dict(self.details), premium=Decimal("10.01"), surcharges=Decimal("0.02"), ips=Decimal("0.80"),
            total=Decimal("10.83"),
        )  # fmt: skip
        return EndorsementFile(self.policy, changed, self.policy.term)

    @cached_property
    def claim(self) -> ClaimFile:
        """A claim of the line's first kind."""
        kind = self.line.claims[0] if self.line.claims else None
        claim = Claim(
            id=key("claim"), claim_number="SI2027-0001", policy_id=key("policy"), state="open",
            cause=kind.label if kind else "golpe", occurred_on=add_months(EFFECT, 1), known_on=add_months(EFFECT, 1),
            notified_on=add_months(EFFECT, 1), paid_amount=Decimal("1234.56"), paid_on=add_months(EFFECT, 2),
        )  # fmt: skip
        return ClaimFile(self.policy, claim, kind.documents if kind else ())

    def papers(self) -> dict[DocumentKind, Paper]:
        """Every document that this line has."""
        setting, first = self.setting, self.quoted()
        others = [self.quoted(at, name) for at, name in enumerate(("Mutua Levante Ficticia", "Cantábrica Ficticia"), 1)]
        own = KINDS_OF_QUOTE.get(self.line.information.document)
        ended = self.policy.policy.model_copy(update={"state": "cancelled", "ended_on": EFFECT, "end_reason": "mutual"})
        over = PolicyFile(self.line, ended, self.customer, self.customer, self.insurer(), self.policy.term, self.rating)
        found: dict[DocumentKind, Paper] = {
            kind: making.of_quote(setting, kind, first, None)
            for kind in (DocumentKind.RECOMMENDATION, DocumentKind.INFORMATION_NOTE, DocumentKind.OFFER, own)
            if kind is not None
        }
        return found | {
            DocumentKind.COMPARISON: offers.comparison(setting, [first, *others]),
            DocumentKind.POLICY: making.of_policy(setting, DocumentKind.POLICY, self.policy),
            DocumentKind.RENEWAL_NOTICE: making.of_policy(setting, DocumentKind.RENEWAL_NOTICE, self.policy),
            DocumentKind.CANCELLATION: making.of_policy(setting, DocumentKind.CANCELLATION, over),
            DocumentKind.RECEIPT: contracts.receipt(setting, ReceiptFile(self.policy, self.policy.receipts[0])),
            DocumentKind.ENDORSEMENT: contracts.endorsement(setting, self.endorsement),
            DocumentKind.CLAIM_ACKNOWLEDGEMENT: claim_letters.acknowledgement(setting, self.claim),
            DocumentKind.CLAIM_OFFER: claim_letters.offer(setting, self.claim, Decimal("1200.50"), None),
            DocumentKind.CLAIM_REJECTION: claim_letters.rejection(
                setting, self.claim, f"No está cubierto, {self.name}."
            ),
            DocumentKind.CLAIM_PAYMENT: claim_letters.payment(setting, self.claim),
        }


def read(content: bytes) -> tuple[str, int]:
    """The text of a PDF without any blanks, and how many pages it has."""
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(content)).pages
    return squeezed("".join(page.extract_text() for page in pages)), len(pages)


def squeezed(text: str) -> str:
    """`text` without blanks and invisible signs: lines break where they like."""
    return re.sub(r"[\s\u200b\u00a0\u202f]+", "", text)
