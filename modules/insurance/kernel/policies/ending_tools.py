"""Ending policies, as tools: what it would mean, and doing it."""

from datetime import date
from typing import Annotated, TypeAlias

from pydantic import Field
from sqlmodel import select

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.money import ZERO
from modules.core_business.crm import Customer
from modules.insurance.kernel.lookup import PolicyRef, ReceiptRef, resolve_policy, resolve_receipt
from modules.insurance.kernel.policies.ending_views import Ended, EndingView, ended, ending_view
from modules.insurance.kernel.policies.endings import Notice, Plan, perform, plan
from modules.insurance.kernel.policies.reasons import REPLACED, ReasonChoice, Refund, RefundChoice, Void, ending_on
from modules.insurance.kernel.policies.unpaid import (
    SETTLED,
    Standing,
    is_following,
    receipts_of,
    reinstate,
    standing,
)
from modules.insurance.kernel.policies.watching import meet
from modules.insurance.kernel.records import CommissionLine, Insurer, Policy
from modules.insurance.kernel.states import PolicyState, ReceiptState, move
from modules.insurance.kernel.views import PolicyRow, ReceiptRow, day, policy_row, receipt_row
from tools import Guard, Risk, Slot, tool

Noticed: TypeAlias = Annotated[
    date, Field(description=N_("Día de la comunicación")), Slot(cues=("comunicó", "comunicado", "avisó", "notice"))
]
Ends: TypeAlias = Annotated[
    date, Field(description=N_("Fin de la cobertura")), Slot(cues=("efecto", "fin el", "con fecha", "effective"))
]
Known: TypeAlias = Annotated[
    date, Field(description=N_("Día desde el que se conoce el hecho")), Slot(cues=("se supo", "conocido", "known"))
]
Told: TypeAlias = Annotated[date, Field(description=N_("Día en que se avisó al acreedor hipotecario o pignoraticio"))]
VoidChoice: TypeAlias = Annotated[
    Void,
    Slot(
        ask=N_("¿Por qué es nula: no había riesgo o no había interés asegurable?"),
        words={
            "no_risk": ("no había riesgo", "el siniestro ya había ocurrido", "there was no risk"),
            "no_interest": ("sin interés", "no había interés", "no insurable interest"),
        },
    ),
]


class NotReplacing(Conflict):
    """The new policy does not take the old one's place."""

    text = N_("La póliza {new} no puede reemplazar a {old}: {why}.")


class StillUnpaid(Conflict):
    """Premiums are unpaid, so that the cover does not come back."""

    text = N_("La póliza {policy} tiene recibos sin pagar ({receipts}): la cobertura vuelve a las 24 horas del pago.")


class NothingToReinstate(Conflict):
    """The policy is neither suspended nor reduced, nor is an end noted that may be taken back."""

    text = N_("La póliza {policy} no está suspendida, ni reducida, ni pendiente de no renovarse.")


class BackTomorrow(Conflict):
    """It was paid today: cover is back at midnight."""

    text = N_("La prima de {policy} se ha pagado hoy: la cobertura vuelve a las 24 horas (LCS art. 15.3).")


class NotARefund(Conflict):
    """The receipt gives nothing back."""

    text = N_("El recibo {receipt} no es un extorno.")


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Ver qué supone anular una póliza"),
    examples=(
        "Qué pasa si anulamos la póliza 0903-92550447 por desaparición del riesgo",
        "Cuánto se devuelve si se anula la póliza P-2026-000123",
        "Puede desistir el cliente de la póliza P-2026-000123",
        "What would it mean to cancel policy P-2026-000123?",
        "How much is refunded if we cancel the policy?",
    ),
)
def preview_cancellation(
    ctx: Context, policy: PolicyRef, reason: ReasonChoice, noticed_on: Noticed | None = None,
    effective_on: Ends | None = None, known_on: Known | None = None, creditor_told_on: Told | None = None,
    agreed_refund: RefundChoice | None = None,
) -> EndingView:  # fmt: skip
    """What ending a policy would mean: when the cover ends, what is refunded or still due, by which article."""
    notice = Notice(noticed_on, effective_on, known_on, creditor_told_on, agreed_refund)
    return ending_view(plan(ctx, resolve_policy(ctx, policy), reason, notice), ctx.actor.locale)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Anular una póliza"),
    examples=(
        "Anula la póliza 0903-92550447 por desaparición del riesgo",
        "Anula la póliza P-2026-000123: el cliente no quiere renovar",
        "Cancela la póliza P-2026-000123 por desistimiento",
        "Cancel policy P-2026-000123: the risk has disappeared",
        "Cancel the policy, the client will not renew",
    ),
)
def cancel_policy(
    ctx: Context, policy: PolicyRef, reason: ReasonChoice, noticed_on: Noticed | None = None,
    effective_on: Ends | None = None, known_on: Known | None = None, creditor_told_on: Told | None = None,
    agreed_refund: Annotated[RefundChoice, Guard.AMOUNT] | None = None,
) -> Ended:  # fmt: skip
    """End a policy: outstanding receipts, refund with its taxes, commission clawback, each by the law's rule.

    An end in the future is noted and takes place on its day. What the law does not allow by
    its date or article is refused with both.
    """
    notice = Notice(noticed_on, effective_on, known_on, creditor_told_on, agreed_refund)
    return done(ctx, plan(ctx, resolve_policy(ctx, policy), reason, notice))


def done(ctx: Context, found: Plan) -> Ended:
    """Perform the plan and tell."""
    ctx.weigh(line=found.policy.line, amount=max(-found.balance.total, ZERO), subjects=1)
    receipt = perform(ctx, found)
    return ended(found, receipt, ctx.actor.locale)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Declarar nula una póliza"),
    examples=(
        "Declara nula la póliza P-2026-000123 porque no había riesgo al contratar",
        "Declara la nulidad de la póliza P-2026-000123 por falta de interés asegurable",
        "Annul policy P-2026-000123: there was no risk when the contract was made",
    ),
)
def annul_policy(ctx: Context, policy: PolicyRef, ground: VoidChoice) -> Ended:
    """Declare a contract void from its beginning (LCS arts. 4 and 25): whatever was paid is given back."""
    return done(ctx, plan(ctx, resolve_policy(ctx, policy), ground, Notice()))


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Reemplazar una póliza por otra"),
    examples=(
        "Reemplaza la póliza 0903-92550447 por la P-2026-000124",
        "Sustituye la póliza 0903-92550447 por la nueva P-2026-000124",
        "Replace policy 0903-92550447 with the new one, P-2026-000124",
    ),
)
def replace_policy(
    ctx: Context,
    policy: PolicyRef,
    new_policy: Annotated[PolicyRef, Slot(ref="policy", ask=N_("¿Por qué póliza nueva?"), cues=("por la", "with"))],
    agreed_refund: Annotated[RefundChoice, Guard.AMOUNT] | None = None,
    creditor_told_on: Told | None = None,
) -> Ended:
    """Let a new policy take an old one's place at the same hour, without a gap; the old premium is refunded.

    With another insurer nothing is refunded unless it was agreed: the premium is the old one's.
    """
    old, new = resolve_policy(ctx, policy), resolve_policy(ctx, new_policy)
    check_replacing(ctx, old, new)
    refund = agreed_refund or (None if old.insurer_id == new.insurer_id else Refund.NOTHING)
    notice = Notice(ctx.today, new.effective_on, None, creditor_told_on, refund)
    result = done(ctx, plan(ctx, old, REPLACED, notice))
    ctx.emit("policy.replacement_noted", old.id, by=str(new.id), on=new.effective_on.isoformat())
    return result


def check_replacing(ctx: Context, old: Policy, new: Policy) -> None:
    """Refuse another customer's or another thing's policy, one that does not run, and a gap."""
    reasons = (
        (new.id == old.id, N_("es la misma")),
        (new.policyholder_id != old.policyholder_id, N_("el tomador es otro")),
        (new.line != old.line, N_("el ramo es otro")),
        (None not in (old.object_ref, new.object_ref) and old.object_ref != new.object_ref, N_("el objeto es otro")),
        (new.state != PolicyState.IN_FORCE, N_("todavía no está en vigor")),
        (not old.started_on <= new.effective_on <= old.expires_on, N_("quedarían días sin cobertura")),
    )
    why = next((text for wrong, text in reasons if wrong), None)
    if why is not None:
        raise NotReplacing(new=new.policy_number, old=old.policy_number, why=why)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Rehabilitar una póliza"),
    examples=(
        "Rehabilita la póliza 0903-92550447",
        "Rehabilita la póliza suspendida de Raquel Gómez",
        "Reinstate policy 0903-92550447",
        "Reinstate the suspended policy",
    ),
)
def reinstate_policy(ctx: Context, policy: PolicyRef) -> PolicyRow:
    """Give a policy its cover back: suspended or reduced and paid since, or noted not to be renewed.

    A suspended one is covered again at 24 hours of the day of payment (LCS art. 15.3), a
    reduced one from now on (art. 95).
    """
    found = resolve_policy(ctx, policy)
    ctx.weigh(line=found.line)
    if found.state in (PolicyState.SUSPENDED, PolicyState.REDUCED):
        restore(ctx, found)
    elif found.ended_on is not None and ending_on(str(found.end_reason), ctx.today).effect == "expiry":
        ctx.emit("policy.end_withdrawn", found.id, reason=found.end_reason)
        found.ended_on, found.end_reason = None, None
    else:
        raise NothingToReinstate(policy=found.policy_number)
    ctx.session.add(found)
    customer, insurer = ctx.get(Customer, found.policyholder_id), ctx.get(Insurer, found.insurer_id)
    return policy_row(found, customer.name, insurer.name)


def restore(ctx: Context, policy: Policy) -> None:
    """Bring a suspended or reduced policy back into force.

    Raises:
        StillUnpaid: a premium is due.
        BackTomorrow: it was paid today.
    """
    receipts = receipts_of(ctx, policy)
    if standing(receipts, ctx.today)[0] is not Standing.COVERED:
        unpaid = [r.receipt_number for r in receipts if is_following(r) and r.state not in (*SETTLED, "cancelled")]
        raise StillUnpaid(policy=policy.policy_number, receipts=", ".join(unpaid))
    if policy.state == PolicyState.REDUCED:
        move(policy, PolicyState.IN_FORCE)
        ctx.emit("policy.rehabilitated", policy.id, on=ctx.today.isoformat(), article="LCS art. 95")
    elif not reinstate(ctx, policy, receipts):
        raise BackTomorrow(policy=policy.policy_number)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Anotar el abono de un extorno"),
    examples=(
        "Anota que se ha abonado el extorno P-2026-000123-03",
        "El extorno P-2026-000123-03 ya está abonado al cliente",
        "Record that refund P-2026-000123-03 has been paid to the client",
    ),
)
def record_refund(
    ctx: Context, receipt: ReceiptRef, paid_on: Annotated[date, Slot(cues=("abonado el", "paid on"))] | None = None
) -> ReceiptRow:
    """Note that a refund (*extorno*) was paid to the client; its commission then goes back for good."""
    found = resolve_receipt(ctx, receipt)
    if found.total >= ZERO:
        raise NotARefund(receipt=found.receipt_number)
    on = paid_on or ctx.today
    if not found.issued_on <= on <= ctx.today:
        text = N_("La fecha del abono («{field}») debe estar entre el {issued} y hoy.")
        raise BadArguments(text, field="paid_on", issued=day(found.issued_on))
    policy = ctx.get(Policy, found.policy_id)
    ctx.weigh(line=policy.line, amount=-found.total, subjects=1)
    move(found, ReceiptState.REFUNDED)
    found.paid_on = on
    ctx.session.add(found)
    for line in ctx.session.exec(select(CommissionLine).where(CommissionLine.receipt_id == found.id)):
        if line.state == "expected":
            line.state = "accrued"
            ctx.session.add(line)
    meet(ctx, policy, ("withdrawal_refund",), subject=found.receipt_number)
    ctx.emit("receipt.refunded", found.id, policy=str(policy.id), amount=f"{-found.total:.2f}", on=on.isoformat())
    return receipt_row(found)
