"""What the kernel's tools answer: policies, claims, renewals and the book, ready to be told."""

from datetime import date
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.frequency import FREQUENCY_LABELS
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.records import Claim, Policy, Receipt
from modules.insurance.kernel.states import FEMININE, LABELS
from modules.insurance.kernel.wording import CLAIMS, POLICIES, RECEIPTS
from tools import Slot
from tools.marks import External
from tools.results import Result

CustomerId: TypeAlias = Annotated[str, Slot(ref="customer")]
PolicyNumber: TypeAlias = Annotated[str, Slot(ref="policy")]
ReceiptNumber: TypeAlias = Annotated[str, Slot(ref="receipt")]
QuoteNumber: TypeAlias = Annotated[str, Slot(ref="quote")]
TOLD: int = 5  # rows of a list that are said; the rest are counted

KINDS = {
    "new": N_("nueva producción"), "renewal": N_("cartera"), "instalment": N_("fracción"),
    "endorsement": N_("suplemento"), "refund": N_("extorno"), "regularisation": N_("regularización"),
}  # fmt: skip
COLLECTORS = {"broker": N_("la correduría"), "insurer": N_("la compañía")}


def day(value: date) -> str:
    """A date as people write it."""
    return f"{value:%d/%m/%Y}"


def state_label(state: str, locale: Locale, *, of_claim: bool = False) -> str:
    """The word for the state of a policy or quote, or of a claim."""
    words = LABELS if of_claim else {**LABELS, **FEMININE}
    return translate(words.get(state, state), locale)


def listed(sentences: list[str], total: int, locale: Locale) -> str:
    """The first few sentences, and how many more there are."""
    shown = sentences[:TOLD]
    more = total - len(shown)
    if more > 0:
        shown.append(translate(N_("Y {count} más."), locale, count=more))
    return " ".join(shown)


class PolicyRow(Result):
    """A policy in one line."""

    policy: PolicyNumber
    customer: CustomerId
    customer_name: str
    line: str
    product: str
    insurer: str
    state: str
    effective_on: date
    expires_on: date
    total_premium: Money
    risk: External

    def told(self, locale: Locale) -> str:
        """Number, line, insurer, state, expiry and price."""
        text = N_("{policy}: {line} con {insurer}, {state}, vence el {expires}, {total} al año ({risk}).")
        return translate(
            text, locale, policy=self.policy, line=line_label(self.line, locale), insurer=self.insurer,
            state=state_label(self.state, locale), expires=day(self.expires_on),
            total=format_money(self.total_premium, locale), risk=self.risk,
        )  # fmt: skip


class ReceiptRow(Result):
    """A receipt in one line."""

    receipt: ReceiptNumber
    kind: str
    state: str
    instalment: str
    due_on: date
    premium: Money
    surcharges: Money
    ips: Money
    total: Money


class ClaimRow(Result):
    """A claim in one line."""

    claim: Annotated[str, Slot(ref="claim")]
    policy: PolicyNumber
    customer: CustomerId
    customer_name: str
    line: str
    cause: External
    state: str
    occurred_on: date
    reserve: Money
    paid_amount: Money

    def told(self, locale: Locale) -> str:
        """Number, cause, date, state and money."""
        text = N_("{claim}: {cause} del {on} ({customer}, {line}), {state}; reserva {reserve}, pagado {paid}.")
        return translate(
            text, locale, claim=self.claim, cause=self.cause, on=day(self.occurred_on), customer=self.customer_name,
            line=line_label(self.line, locale), state=state_label(self.state, locale, of_claim=True),
            reserve=format_money(self.reserve, locale), paid=format_money(self.paid_amount, locale),
        )  # fmt: skip


class ClaimList(Result):
    """Claims that were looked for."""

    claims: tuple[ClaimRow, ...]
    total: int
    reserve: Money

    def told(self, locale: Locale) -> str:
        """How many, and the first few."""
        if not self.total:
            return translate(N_("No hay ningún siniestro así."), locale)
        head = translate(
            N_("{claims}, {reserve} en reservas."), locale,
            claims=CLAIMS.said(self.total, locale), reserve=format_money(self.reserve, locale),
        )  # fmt: skip
        return f"{head} {listed([row.told(locale) for row in self.claims], self.total, locale)}"


class PolicyView(PolicyRow):
    """One policy with its receipts and claims."""

    started_on: date
    payment_frequency: str
    collected_by: str
    net_premium: Money
    fractioning_surcharge: Money
    surcharges: Money
    ips: Money
    sum_insured: Money | None
    collaborator: str | None
    receipts: tuple[ReceiptRow, ...]
    claims: tuple[ClaimRow, ...]

    def told(self, locale: Locale) -> str:
        """The policy, how it is paid, and what is open."""
        pending = [row for row in self.receipts if row.state in ("issued", "pending", "returned", "claimed")]
        text = N_("Se paga de forma {frequency} y la cobra {collector}. "
                  "{receipts}, {pending} por cobrar ({sum}).")  # fmt: skip
        body = translate(
            text, locale, frequency=translate(FREQUENCY_LABELS[self.payment_frequency], locale),
            collector=translate(COLLECTORS[self.collected_by], locale),
            receipts=RECEIPTS.said(len(self.receipts), locale), pending=len(pending),
            sum=format_money(sum((row.total for row in pending), Decimal(0)), locale),
        )  # fmt: skip
        claims = " ".join(row.told(locale) for row in self.claims[:TOLD])
        return " ".join(part for part in (super().told(locale), body, claims) if part)


class RenewalRow(PolicyRow):
    """A policy about to expire, with the days on which each side may still oppose (LCS art. 22)."""

    insurer_until: date  # two calendar months before the expiry
    policyholder_until: date  # one month before
    days_left: int

    def told(self, locale: Locale) -> str:
        """Who, what, when, and until when the client may leave."""
        text = N_("{policy}: {line} de {customer} con {insurer}, vence el {expires}; el cliente puede oponerse "
                  "hasta el {until}. Prima {total}.")  # fmt: skip
        return translate(
            text, locale, policy=self.policy, line=line_label(self.line, locale), customer=self.customer_name,
            insurer=self.insurer,
            expires=day(self.expires_on), until=day(self.policyholder_until),
            total=format_money(self.total_premium, locale),
        )  # fmt: skip


class RenewalList(Result):
    """Policies in force that expire soon, soonest first."""

    renewals: tuple[RenewalRow, ...]
    total: int
    premium: Money

    def told(self, locale: Locale) -> str:
        """How many, and the first few."""
        if not self.total:
            return translate(N_("No vence ninguna póliza en ese plazo."), locale)
        head = translate(
            N_("A punto de vencer: {policies}, {premium} de prima anual."), locale,
            policies=POLICIES.said(self.total, locale), premium=format_money(self.premium, locale),
        )  # fmt: skip
        return f"{head} {listed([row.told(locale) for row in self.renewals], self.total, locale)}"


class LineSummary(BaseModel):
    """The book of one line."""

    model_config = ConfigDict(frozen=True)

    line: str
    policies: int
    in_force: int
    net_premium: Money  # of the policies in force, a year
    total_premium: Money
    claims: int
    open_claims: int
    reserve: Money
    paid_claims: Money


class BookSummary(Result):
    """The whole book (*cartera*) by line, and its totals."""

    lines: tuple[LineSummary, ...]
    policies: int
    in_force: int
    net_premium: Money
    total_premium: Money
    claims: int
    open_claims: int

    def told(self, locale: Locale) -> str:
        """The totals, and the largest lines."""
        text = N_("Cartera: {policies}, {in_force} en vigor, {net} de prima neta anual; "
                  "{claims}, {open} por cerrar.")  # fmt: skip
        head = translate(
            text, locale, policies=POLICIES.said(self.policies, locale), in_force=self.in_force,
            net=format_money(self.net_premium, locale), claims=CLAIMS.said(self.claims, locale), open=self.open_claims,
        )  # fmt: skip
        largest = sorted(self.lines, key=lambda line: line.net_premium, reverse=True)
        parts = [f"{line.line} {format_money(line.net_premium, locale)} ({line.in_force})" for line in largest]
        return f"{head} {'; '.join(parts[:TOLD])}." if len(parts) > 1 else head


class ImportReport(Result):
    """What an import did; a second import of the same rows leaves all unchanged."""

    created: int
    updated: int
    unchanged: int

    def told(self, locale: Locale) -> str:
        """The three counts."""
        text = N_("Importación terminada: {created} altas, {updated} cambios y {unchanged} sin cambios.")
        return translate(text, locale, created=self.created, updated=self.updated, unchanged=self.unchanged)


def policy_row(policy: Policy, customer_name: str, insurer: str) -> PolicyRow:
    """The one line of `policy`."""
    return PolicyRow(**_policy_fields(policy, customer_name, insurer))


def renewal_row(
    policy: Policy, customer_name: str, insurer: str, insurer_until: date, until: date, today: date
) -> RenewalRow:
    """The renewal line of `policy`."""
    return RenewalRow(
        **_policy_fields(policy, customer_name, insurer), insurer_until=insurer_until, policyholder_until=until,
        days_left=(policy.expires_on - today).days,
    )  # fmt: skip


def policy_view(
    policy: Policy, customer_name: str, insurer: str, collaborator: str | None,
    receipts: tuple[ReceiptRow, ...], claims: tuple[ClaimRow, ...],
) -> PolicyView:  # fmt: skip
    """All of one policy."""
    own = policy.model_dump(include={
        "started_on", "payment_frequency", "collected_by", "net_premium", "fractioning_surcharge", "surcharges",
        "ips", "sum_insured",
    })  # fmt: skip
    return PolicyView(
        **_policy_fields(policy, customer_name, insurer), **own, collaborator=collaborator, receipts=receipts,
        claims=claims,
    )  # fmt: skip


def _policy_fields(policy: Policy, customer_name: str, insurer: str) -> dict[str, object]:
    own = policy.model_dump(include={"line", "product", "state", "effective_on", "expires_on", "total_premium"})
    return {
        **own, "policy": policy.policy_number, "customer": str(policy.policyholder_id), "customer_name": customer_name,
        "insurer": insurer, "risk": policy.risk_description,
    }  # fmt: skip


def receipt_row(receipt: Receipt) -> ReceiptRow:
    """The one line of `receipt`."""
    own = receipt.model_dump(include={"kind", "state", "due_on", "premium", "surcharges", "ips", "total"})
    return ReceiptRow(
        **own, receipt=receipt.receipt_number, instalment=f"{receipt.instalment_no}/{receipt.instalment_count}"
    )


def claim_row(claim: Claim, policy: Policy, customer_name: str) -> ClaimRow:
    """The one line of `claim`."""
    own = claim.model_dump(include={"cause", "state", "occurred_on", "reserve", "paid_amount"})
    return ClaimRow(
        **own, claim=claim.claim_number, policy=policy.policy_number, customer=str(policy.policyholder_id),
        customer_name=customer_name, line=policy.line,
    )  # fmt: skip
