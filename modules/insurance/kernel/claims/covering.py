"""Whether a loss is covered (*análisis de cobertura*), why, and by which article.

Checked on the day of the loss: the policy's dates, the premium paid (LCS art. 15), the
coverage bought, its waiting period, who answers for extraordinary causes, and limitation.
What the records don't tell is said as a doubt, never as a yes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.i18n import N_, Locale, translate
from core.money import ZERO
from modules.insurance.kernel.claim_types import ClaimType, Deductible
from modules.insurance.kernel.claims.file import LIMITATION
from modules.insurance.kernel.claims_made import outside
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Policy, Receipt, Term
from modules.insurance.kernel.states import PolicyState, ReceiptState
from modules.insurance.kernel.tariff import entering
from modules.insurance.kernel.terms import rating_of, term_on
from modules.insurance.kernel.views import day
from tools.results import Finding

OWED: Final = (ReceiptState.ISSUED, ReceiptState.PENDING, ReceiptState.SENT_TO_BANK, ReceiptState.RETURNED,
               ReceiptState.CLAIMED)  # fmt: skip
NEVER_BEGAN: Final = (PolicyState.PENDING_SIGNATURE, PolicyState.PENDING_FIRST_PREMIUM, PolicyState.ANNULLED)
OVER: Final = (PolicyState.CANCELLED, PolicyState.LAPSED, PolicyState.REPLACED)


class Answer(StrEnum):
    """Whether the loss is covered."""

    YES = "yes"
    NO = "no"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Cover:
    """The answer with what it rests on."""

    answer: Answer
    findings: tuple[Finding, ...]
    coverage: str | None  # that answers, by its code
    sum_insured: Decimal | None
    deductible: Deductible | None
    consorcio: bool


@dataclass(frozen=True)
class Event:
    """What is asked about: a kind of loss on a day."""

    kind: ClaimType
    occurred_on: date
    known_on: date
    claimed_on: date | None = None
    extraordinary: bool = False  # flood, earthquake, terrorism …


def cover_of(ctx: Context, line: Line, policy: Policy, event: Event) -> Cover:
    """Whether `event` is covered by `policy`."""
    term = term_on(ctx, policy, event.occurred_on)
    findings = Findings(ctx.actor.locale)
    in_period(findings, line, policy, term, event)
    premiums = ctx.session.exec(
        select(Receipt).where(Receipt.policy_id == policy.id, alive(Receipt)).order_by(col(Receipt.due_on))
    ).all()
    premium_paid(findings, line, policy, term, premiums, event.occurred_on)
    coverage = bought(findings, line, term, event.kind)
    waited(findings, policy, event)
    consorcio = event.extraordinary and event.kind.consorcio
    if consorcio:
        text = N_("La causa es extraordinaria: responde el Consorcio de Compensación de Seguros, con su propia "
                  "solicitud en siete días.")  # fmt: skip
        findings.add("warn", text, "RDLeg 7/2004 art. 6")
    if ctx.today > add_months(event.occurred_on, LIMITATION[line.persons]):
        findings.add("block", N_("La acción ha prescrito."), "LCS art. 23")
    risk: Mapping[str, Any] = term.risk if term else {}
    return Cover(
        answer_of(findings.found), tuple(findings.found), coverage, event.kind.sum_insured(risk),
        event.kind.deductible_of(risk) if term else None, consorcio,
    )  # fmt: skip


def answer_of(findings: Sequence[Finding]) -> Answer:
    """What the findings come to: one that blocks is enough, a doubt is one that warns of a record."""
    if any(finding.severity == "block" for finding in findings):
        return Answer.NO
    return Answer.DOUBTFUL if any(finding.ref == UNKNOWN for finding in findings) else Answer.YES


UNKNOWN: Final = "kernel.policy"


def in_period(findings: Findings, line: Line, policy: Policy, term: Term | None, event: Event) -> None:
    """Whether the loss, or the claim where that counts, falls into the policy's time."""
    ended = policy.ended_on or policy.expires_on
    made = line.claims_made(term.risk, term.details, term.from_on) if term else None
    if made is not None:
        why = outside(made, event.occurred_on, event.claimed_on or event.known_on, policy.started_on, ended)
        if why:
            findings.add("block", why, "LCS art. 73")
        return
    if event.occurred_on < policy.started_on:
        text = N_("El siniestro es anterior al comienzo de la póliza, el {on}.")
        findings.add("block", text, "LCS art. 4", on=day(policy.started_on))
    elif event.occurred_on >= ended:
        text = N_("La cobertura terminó el {on}.")
        findings.add("block", text, "LCS art. 22", on=day(ended))
    else:
        text = N_("La póliza cubría ese día: del {start} al {end}.")
        findings.add("support", text, "LCS art. 8", start=day(policy.started_on), end=day(ended))


def premium_paid(
    findings: Findings, line: Line, policy: Policy, term: Term | None, receipts: Sequence[Receipt], on: date
) -> None:
    """Whether the premium was paid, or its lack had not yet suspended the cover (LCS art. 15)."""
    if policy.state in NEVER_BEGAN:
        text = N_("La póliza no ha entrado en vigor: falta la firma o el pago de la primera prima.")
        findings.add("block", text, "LCS art. 15.1")
        return
    first = next((r for r in receipts if r.kind == "new" and r.instalment_no == 1), None)
    if first is not None and (first.paid_on is None or first.paid_on > on):
        findings.add("block", N_("La primera prima no estaba pagada ese día."), "LCS art. 15.1")
        return
    gap = next((r for r in receipts if r is not first and suspending(r, on)), None)
    if gap is None and policy.state != PolicyState.SUSPENDED:
        return
    if gap is None:
        text = N_("La póliza está suspendida y no consta desde cuándo.")
        findings.add("warn", text, UNKNOWN)
    elif not line.unpaid_suspends:
        text = N_("El recibo {receipt} estaba impagado, y este seguro no se suspende por ello.")
        findings.add("note", text, "LCS art. 15", receipt=gap.receipt_number)
    elif term is not None and line.unpaid_reduces(line.risk.model_validate(term.risk)):
        text = N_("El recibo {receipt} estaba impagado: el capital puede estar reducido.")
        findings.add("warn", text, UNKNOWN, receipt=gap.receipt_number)
    else:
        text = N_("La cobertura estaba suspendida: el recibo {receipt} venció el {due} y seguía impagado.")
        findings.add("block", text, "LCS art. 15.2", receipt=gap.receipt_number, due=day(gap.due_on))


def suspending(receipt: Receipt, on: date) -> bool:
    """Whether a receipt kept the cover suspended on a day: a month after it fell due, until the day after payment."""
    if receipt.total <= 0 or on <= add_months(receipt.due_on, 1):
        return False
    if receipt.state in OWED:
        return True
    return receipt.paid_on is not None and receipt.paid_on >= on  # back at the 24th hour of that day, LCS art. 15.3


def bought(findings: Findings, line: Line, term: Term | None, kind: ClaimType) -> str | None:
    """The coverage that answers for this kind of loss, if one was bought."""
    locale = findings.locale
    if term is None:
        findings.add("warn", N_("No consta qué garantías tenía la póliza ese día."), UNKNOWN)
        return None
    held = coverages_of(line, term)
    found = next((code for code in kind.coverages if code in held), None)
    if found is None and kind.coverages:
        text = N_("La garantía no está contratada: {labels}.")
        labels = said(line, kind.coverages, locale)
        findings.add("block", text, "LCS art. 1", labels=labels)
    elif found is not None:
        text = N_("La garantía está contratada: {labels}.")
        findings.add("support", text, "LCS art. 1", labels=said(line, (found,), locale))
    return found


def coverages_of(line: Line, term: Term) -> frozenset[str]:
    """The codes of the coverages that a term bought: by its breakdown, or else by its product and flags.

    A product that lists no coverages is priced by a model of its own, which alone tells what it prices.
    """
    product, rating = line.tariff.products.get(term.product), rating_of(term.rating)
    if rating is None and product is not None and not product.coverages:
        rating = line.rate_again(term.risk, date.max)  # the charges of no matter which day
    if rating is not None and rating.coverage_premiums:
        return frozenset(code.partition("#")[0] for code in rating.coverage_premiums)
    return frozenset(coverage.id for coverage in entering(product, term.risk)) if product else frozenset()


def said(line: Line, codes: Sequence[str], locale: Locale) -> str:
    """Coverages by their labels."""
    return ", ".join(translate(line.labels.get(code, code), locale) for code in codes)


def waited(findings: Findings, policy: Policy, event: Event) -> None:
    """Whether the cover had begun (*carencia*)."""
    if event.kind.waiting is None:
        return
    begins = add_months(policy.started_on, event.kind.waiting.months) + event.kind.waiting.days * DAY
    if event.occurred_on < begins:
        findings.add("block", N_("La garantía estaba en carencia hasta el {on}."), "LCS art. 8", on=day(begins))
    else:
        findings.add("support", N_("La carencia había pasado el {on}."), "LCS art. 8", on=day(begins))


DAY: Final = date.resolution


def most_of(cover: Cover, left: Decimal | None) -> Decimal | None:
    """The most that may be paid: the sum insured, or what is left of the annuity's limit."""
    known = [amount for amount in (cover.sum_insured, left) if amount is not None]
    return max(min(known), ZERO) if known else None
