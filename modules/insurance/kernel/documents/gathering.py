"""Gathering the records that a document is made of (*reunir el expediente*)."""

from sqlmodel import col, select

from core.context import Context
from core.people import Tenant
from modules.core_business.crm import Customer
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
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.quote_review import compared_insurers
from modules.insurance.kernel.quotes import quotes_of
from modules.insurance.kernel.quotes import rating_of as quoted_rating
from modules.insurance.kernel.records import Claim, Endorsement, Insurer, Policy, Quote, Receipt, Term
from modules.insurance.kernel.terms import latest_term, rating_of, terms_of
from tools.words import plain


def brokerage_of(ctx: Context) -> Brokerage | None:
    """What the house says of itself, if it was entered."""
    return ctx.session.exec(select(Brokerage).where(alive(Brokerage))).first()


def setting_for(ctx: Context, customer: Customer) -> Setting:
    """The house today, speaking the customer's language."""
    tenant = ctx.get(Tenant, ctx.actor.tenant_id)
    return Setting(
        voice=Voice.of(customer), today=ctx.today, tenant=tenant.name, fictional=tenant.fictional,
        brokerage=brokerage_of(ctx),
    )  # fmt: skip


def quote_file(ctx: Context, quote: Quote) -> QuoteFile:
    """The file of a quote."""
    line, customer = line_of(quote.line), ctx.get(Customer, quote.customer_id)
    compared = compared_insurers(quotes_of(ctx, line.code, customer, None, 100), quote, ctx.today)
    return QuoteFile(line, quote, customer, ctx.get(Insurer, quote.insurer_id), quoted_rating(quote), compared)


def policy_file(ctx: Context, policy: Policy) -> PolicyFile:
    """The file of a policy as it stands, with what the next annuity insures if it is known."""
    terms = terms_of(ctx, policy)
    running = [term for term in terms if term.from_on < policy.expires_on]
    coming = [term for term in terms if term.from_on >= policy.expires_on]
    term = running[-1] if running else latest_term(ctx, policy.id)
    receipts = ctx.session.exec(
        select(Receipt)
        .where(Receipt.policy_id == policy.id, alive(Receipt))
        .order_by(col(Receipt.due_on), col(Receipt.receipt_number))
    ).all()
    return PolicyFile(
        line=line_of(policy.line), policy=policy, customer=ctx.get(Customer, policy.policyholder_id),
        insured=ctx.get(Customer, policy.insured_id), insurer=ctx.get(Insurer, policy.insurer_id), term=term,
        rating=rating_of(term.rating) if term else None, receipts=receipts, renewal=coming[-1] if coming else None,
    )  # fmt: skip


def receipt_file(ctx: Context, receipt: Receipt) -> ReceiptFile:
    """The file of a receipt."""
    return ReceiptFile(policy_file(ctx, ctx.get(Policy, receipt.policy_id)), receipt)


def endorsement_file(ctx: Context, endorsement: Endorsement) -> EndorsementFile:
    """The file of an endorsement: before it held the latest term that began by its day and is not its own."""
    policy = ctx.get(Policy, endorsement.policy_id)
    held = [
        term for term in terms_of(ctx, policy)
        if term.from_on <= endorsement.effective_on and not _own(term, endorsement)
    ]  # fmt: skip
    return EndorsementFile(policy_file(ctx, policy), endorsement, held[-1] if held else None)


def _own(term: Term, endorsement: Endorsement) -> bool:
    return term.kind == "endorsement" and term.from_on == endorsement.effective_on and term.risk == endorsement.risk


def claim_file(ctx: Context, claim: Claim) -> ClaimFile:
    """The file of a claim with the papers that its kind asks for."""
    file = policy_file(ctx, ctx.get(Policy, claim.policy_id))
    return ClaimFile(file, claim, papers_of(file.line, claim))


def papers_of(line: Line, claim: Claim) -> tuple[str, ...]:
    """The papers of the claim's kind, which is known or which its cause names; none if it is another cause."""
    said = {plain(value) for value in (claim.kind, claim.cause) if value}
    named = (kind for kind in line.claims if plain(kind.code) in said or plain(kind.label) in said)
    return next((kind.documents for kind in named), ())
