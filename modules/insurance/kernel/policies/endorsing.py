"""Endorsements (*suplementos*): a change of what a running policy insures, priced to the end of its annuity.

ΔP = (new - old) × days left / days of the period, by coverage; then the public surcharges
and the premium tax on the difference. The risk is priced by the line's tariff with the
rates of the annuity's first day, and for the rhythm of payment that its receipts have: a
new rhythm begins with the next annuity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ValidationError

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.identifiers import new_id
from core.money import ZERO
from modules.core_business.crm import Customer, resolve_customer
from modules.insurance.kernel.amounts import Amounts
from modules.insurance.kernel.billing import bill_difference, cancel_receipt
from modules.insurance.kernel.line import InsuredRisk, Line
from modules.insurance.kernel.numbering import next_number
from modules.insurance.kernel.policies.ledger import OUTSTANDING, annuities
from modules.insurance.kernel.policies.proration import Annual, Period, annual_of, part_of
from modules.insurance.kernel.policies.unpaid import receipts_of
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Endorsement, Policy, Receipt, Term
from modules.insurance.kernel.states import EndorsementState, PolicyState, move
from modules.insurance.kernel.tariff import Charges, Tariff, charges_on
from modules.insurance.kernel.tariff_versions import agreed_tariff
from modules.insurance.kernel.terms import RiskUnknown, add_term, entered, latest_term, rating_of, terms_of, typed_risk
from modules.insurance.kernel.underwriting import Decision
from modules.insurance.kernel.views import day
from tools.gate.problems import problem_of

SERIES: Final = "E"
NONE: Final[tuple[str, ...]] = ()
HOLDER: Final = "policyholder"
MANDATE: Final = "mandate_ref"
RUNNING: Final = frozenset((PolicyState.IN_FORCE, PolicyState.REDUCED, PolicyState.PAID_UP))


class EndorsementKind(StrEnum):
    """What an endorsement changes (policy-lifecycle 2.4)."""

    NON_PREMIUM = "non_premium"
    ADDITIONAL_PREMIUM = "additional_premium"
    RETURN_PREMIUM = "return_premium"
    SUM_CHANGE = "sum_change"
    OBJECT_CHANGE = "object_change"
    HOLDER_CHANGE = "holder_change"
    BENEFICIARY_CHANGE = "beneficiary_change"
    COVERAGE_ADD = "coverage_add"
    COVERAGE_REMOVE = "coverage_remove"
    PAYMENT_CHANGE = "payment_change"
    BANK_CHANGE = "bank_change"


KINDS: Final[Mapping[str, str]] = {
    "non_premium": N_("cambio de datos"), "additional_premium": N_("con sobreprima"),
    "return_premium": N_("con extorno"), "sum_change": N_("cambio de capitales"),
    "object_change": N_("cambio del objeto asegurado"), "holder_change": N_("cambio de tomador"),
    "beneficiary_change": N_("cambio de beneficiario"), "coverage_add": N_("alta de garantías"),
    "coverage_remove": N_("baja de garantías"), "payment_change": N_("cambio de forma de pago"),
    "bank_change": N_("cambio de cuenta de cargo"),
}  # fmt: skip
BY_FIELD: Final[Mapping[str, EndorsementKind]] = {  # fields that say by their name what an endorsement is
    HOLDER: EndorsementKind.HOLDER_CHANGE, MANDATE: EndorsementKind.BANK_CHANGE,
    "payment_frequency": EndorsementKind.PAYMENT_CHANGE, "beneficiaries": EndorsementKind.BENEFICIARY_CHANGE,
    "beneficiary": EndorsementKind.BENEFICIARY_CHANGE,
}  # fmt: skip


class NotRunning(Conflict):
    """Only what runs is changed."""

    text = N_("La póliza {policy} no está en vigor: no admite suplementos.")


class NothingChanges(Conflict):
    """All is as the policy has it."""

    text = N_("Nada cambia: la póliza {policy} ya está así.")


class Outdated(Conflict):
    """The policy was changed since the endorsement was priced."""

    text = N_("La póliza ha cambiado desde que se calculó el suplemento {endorsement}; pídalo de nuevo.")


class InsurerMustAccept(Conflict):
    """The endorsement was referred."""

    text = N_("El suplemento {endorsement} está en consulta ({rules}): indique la aceptación de la aseguradora.")


class PaidAlready(Conflict):
    """The money of the endorsement has moved: another one must undo it."""

    text = N_("El recibo del suplemento {endorsement} ya no está pendiente; deshágalo con otro suplemento.")


class SeveralFields(BadArguments):
    """The line knows no field of that name."""

    text = N_("«{field}» no es un dato de la póliza. Puede cambiar: {known}.")


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a change would make of a policy, and what it costs to the end of the annuity."""

    risk: dict[str, Any]
    details: dict[str, Any]
    holder_id: UUID | None
    kind: EndorsementKind
    rating: Rating
    decision: Decision
    rules_hit: tuple[str, ...]
    old: Annual
    new: Annual
    period: Period
    amounts: Amounts


def base_of(ctx: Context, policy: Policy) -> Term:
    """The term that an endorsement of `policy` changes.

    Raises:
        Conflict: the policy does not run, is about to end, or its risk is not known.
    """
    if policy.state not in RUNNING or policy.ended_on is not None:
        raise NotRunning(policy=policy.policy_number)
    term = latest_term(ctx, policy.id)
    if term is None:
        raise RiskUnknown(policy=policy.policy_number)
    return term


def propose(
    ctx: Context, line: Line, policy: Policy, base: Term, changes: Mapping[str, Any], on: date,
    kind: EndorsementKind | None = None,
) -> Proposal:  # fmt: skip
    """What `changes` would make of `policy` from a date on.

    Raises:
        BadArguments: a field is unknown, out of range or contradicts another; names it.
        NothingChanges: all is so already.
    """
    check_effect(ctx, policy, on)
    check_fields(line, changes)
    period = annuities(ctx, line, policy)[-1].period
    holder = holder_of(ctx, policy, changes)
    check_mandate(ctx, policy, changes)
    told = {name: value for name, value in changes.items() if value is not None}
    merged = merge(
        {**base.risk, **line.derived({**base.details, **base.risk}, told, period.begins)}, line.risk, changes
    )
    risk = typed(line.risk, merged).model_dump(mode="json", exclude_none=True)
    details = typed(line.details, merge(own(line.details, base.details), line.details, changes))
    kept = details.model_dump(mode="json", exclude_none=True)
    if (risk, kept, holder) == (base.risk, own(line.details, base.details), None) and MANDATE not in changes:
        raise NothingChanges(policy=policy.policy_number)
    old = priced(ctx, line, base.risk, policy, period.begins, base)
    if {**risk, "payment_frequency": base.payment_frequency} == base.risk:
        rating, fresh = old, NONE  # what is not priced changes nothing of the price
    else:
        inputs = entered(ctx, line, policy, risk, on)
        rating, fresh = judged(line, inputs, policy, period.begins, old, agreed_tariff(ctx, line, policy, base))
    charges = charges_on(period.begins)
    former = annual_of(line, rhythm(base.risk, policy), old)
    decision = Decision.DECLINE if rating.total is None else Decision.REFER if fresh else Decision.ACCEPT
    new = former if rating.total is None else annual_of(line, rhythm(risk, policy), rating)
    amounts = difference(former, new, period, on, charges)
    return Proposal(
        risk=risk, details=kept, holder_id=holder.id if holder else None,
        kind=kind or kind_of(line, base, risk, kept, changes, former, new, amounts), rating=rating, decision=decision,
        rules_hit=tuple(fresh), old=former, new=new, period=period, amounts=amounts,
    )  # fmt: skip


def difference(old: Annual, new: Annual, period: Period, on: date, charges: Charges) -> Amounts:
    """What goes from `old` to `new` on a date cost until the end of the period."""
    return part_of(new, period.left(on), period.days, charges, base=old)


def check_effect(ctx: Context, policy: Policy, on: date) -> None:
    """Refuse a change in the past, or outside the annuity that the policy is in."""
    begins = max(policy.effective_on, ctx.today)
    if not begins <= on < policy.expires_on:
        text = N_("El suplemento («{field}») debe tener efecto desde el {begins} y antes del {ends}.")
        raise BadArguments(text, field="effective_on", begins=day(begins), ends=day(policy.expires_on))


def check_fields(line: Line, changes: Mapping[str, Any]) -> None:
    """Refuse fields that neither risk nor details have."""
    known = (*line.risk.model_fields, *line.details.model_fields, HOLDER, MANDATE)
    for name in changes:
        if name not in known:
            raise SeveralFields(field=name, known=", ".join(known))


def holder_of(ctx: Context, policy: Policy, changes: Mapping[str, Any]) -> Customer | None:
    """The new policyholder, if it is another."""
    if HOLDER not in changes:
        return None
    found = resolve_customer(ctx, str(changes[HOLDER]))
    return found if found.id != policy.policyholder_id else None


def check_mandate(ctx: Context, policy: Policy, changes: Mapping[str, Any]) -> None:
    """Refuse a mandate that does not stand in the customer's file: accounts change there, checked by two persons."""
    if MANDATE in changes:
        filed = ctx.get(Customer, policy.policyholder_id).mandate_ref
        if filed is None or changes[MANDATE] != filed:
            text = N_("«{field}» no es el mandato registrado del cliente: cambie antes su cuenta en la ficha.")
            raise BadArguments(text, field=MANDATE)


def own(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `values` that are fields of `model`."""
    return {name: value for name, value in values.items() if name in model.model_fields}


def merge(held: Mapping[str, Any], model: type[BaseModel], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`held` with the changes of fields of `model`; null takes a field away."""
    return {name: value for name, value in {**held, **own(model, changes)}.items() if value is not None}


def typed(model: type[Any], values: Mapping[str, Any]) -> Any:
    """`values` as the line's type.

    Raises:
        BadArguments: names the field that is wrong.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise problem_of(error) from error


def rhythm(risk: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """`risk` paid as the receipts of this annuity are."""
    return {**risk, "payment_frequency": policy.payment_frequency}


def priced(ctx: Context, line: Line, risk: Mapping[str, Any], policy: Policy, on: date, base: Term) -> Rating:
    """The price of what is insured now: as agreed, or by the insurer's tariff where it was taken over without one."""
    return rating_of(base.rating) or line.rate_again(rhythm(risk, policy), on, agreed_tariff(ctx, line, policy, base))


def judged(
    line: Line, risk: Mapping[str, Any], policy: Policy, on: date, old: Rating, tariff: Tariff
) -> tuple[Rating, tuple[str, ...]]:  # fmt: skip
    """The price of the changed risk, and the rules that it hits and the former one did not.

    A rule of entry that was hit already does not close out who is in.
    """
    inputs: InsuredRisk = typed_risk(line, rhythm(risk, policy))
    found = line.rate(inputs, on, tariff)
    fresh = tuple(code for code in found.rules_hit if code not in old.rules_hit)
    if found.decision is Decision.DECLINE and not declines(line, fresh):
        found = line.rate_again(rhythm(risk, policy), on, tariff)
    return found, fresh


def declines(line: Line, codes: tuple[str, ...]) -> bool:
    """Whether one of the rules declines."""
    known = [line.tariff.rule(code) for code in codes]
    return any(found is not None and found.decision is Decision.DECLINE for found in known)


def kind_of(
    line: Line, base: Term, risk: Mapping[str, Any], details: Mapping[str, Any], changes: Mapping[str, Any],
    old: Annual, new: Annual, amounts: Amounts,
) -> EndorsementKind:  # fmt: skip
    """What an endorsement is, from what it changes."""
    named = [BY_FIELD[name] for name in changes if name in BY_FIELD]
    if named:
        return named[0]
    if line.object_ref(risk, details) != line.object_ref(base.risk, base.details):
        return EndorsementKind.OBJECT_CHANGE
    covers, covered = {share.code for share in new.shares}, {share.code for share in old.shares}
    if covers - covered:
        return EndorsementKind.COVERAGE_ADD
    if covered - covers:
        return EndorsementKind.COVERAGE_REMOVE
    if line.sum_insured(risk) != line.sum_insured(base.risk):
        return EndorsementKind.SUM_CHANGE
    if amounts.total == ZERO:
        return EndorsementKind.NON_PREMIUM
    return EndorsementKind.ADDITIONAL_PREMIUM if amounts.total > ZERO else EndorsementKind.RETURN_PREMIUM


def request(
    ctx: Context, line: Line, policy: Policy, base: Term, found: Proposal, on: date, reason: str
) -> Endorsement:
    """Keep the endorsement: requested, and at once priced, referred or rejected by underwriting."""
    endorsement = Endorsement(
        id=new_id(), endorsement_number=next_number(ctx, SERIES), policy_id=policy.id, kind=found.kind.value,
        state=EndorsementState.REQUESTED.value, requested_on=ctx.today, effective_on=on, reason=reason,
        decision=found.decision.value, rules_hit=list(found.rules_hit), risk=found.risk, details=found.details,
        rating=found.rating.model_dump(mode="json"),
        tariff_version=agreed_tariff(ctx, line, policy, base).version,
        premium=found.amounts.premium, surcharges=found.amounts.surcharge, ips=found.amounts.ips,
        total=found.amounts.total, base_term=base.number, holder_id=found.holder_id,
    )  # fmt: skip
    ctx.emit("endorsement.requested", endorsement.id, policy=str(policy.id), kind=endorsement.kind)
    states = {
        Decision.ACCEPT: EndorsementState.PRICED, Decision.REFER: EndorsementState.REFERRED,
        Decision.DECLINE: EndorsementState.REJECTED,
    }  # fmt: skip
    move(endorsement, states[found.decision])
    ctx.session.add(endorsement)
    ctx.emit(f"endorsement.{endorsement.state}", endorsement.id, rules=list(found.rules_hit))
    return endorsement


def again(ctx: Context, line: Line, policy: Policy, endorsement: Endorsement) -> tuple[Annual, Annual, Period, Amounts]:
    """The arithmetic of an endorsement as it was kept: former and new annual premium, the days, the difference."""
    base = next(term for term in terms_of(ctx, policy) if term.number == endorsement.base_term)
    found = next(a for a in annuities(ctx, line, policy) if a.period.ends == base.to_on)
    old = annual_of(line, rhythm(base.risk, policy), priced(ctx, line, base.risk, policy, found.period.begins, base))
    rating = rating_of(endorsement.rating)
    if rating is None or rating.total is None:
        return old, old, found.period, Amounts()
    new = annual_of(line, rhythm(endorsement.risk, policy), rating)
    charges = charges_on(found.period.begins)
    return old, new, found.period, difference(old, new, found.period, endorsement.effective_on, charges)


def issue(
    ctx: Context, line: Line, policy: Policy, endorsement: Endorsement, insurer_ref: str | None
) -> Receipt | None:
    """Change the policy: a new term, its annual premium, and a receipt or refund for the difference.

    Raises:
        Conflict: it is referred and nobody says that the insurer accepts, or the policy changed meanwhile.
    """
    number = endorsement.endorsement_number
    base = base_of(ctx, policy)
    if endorsement.state == EndorsementState.REFERRED:
        if not insurer_ref:
            raise InsurerMustAccept(endorsement=number, rules=", ".join(endorsement.rules_hit))
        move(endorsement, EndorsementState.PRICED)
        endorsement.insurer_ref = insurer_ref
    if endorsement.base_term != base.number:
        raise Outdated(endorsement=number)
    check_effect(ctx, policy, endorsement.effective_on)
    _, _, period, amounts = again(ctx, line, policy, endorsement)
    move(endorsement, EndorsementState.ISSUED)
    rating = rating_of(endorsement.rating)
    assert rating is not None
    if endorsement.holder_id is not None:
        if policy.insured_id == policy.policyholder_id:
            policy.insured_id = endorsement.holder_id
        policy.policyholder_id = endorsement.holder_id
    insure(ctx, line, policy, endorsement.effective_on, endorsement.risk, endorsement.details, rating, base)
    if endorsement.kind == EndorsementKind.BANK_CHANGE:
        charge_to(ctx, policy)
    receipt = None
    if amounts.total != ZERO:
        due_on = max(endorsement.effective_on, ctx.today)
        receipt = bill_difference(ctx, policy, amounts, "endorsement", (endorsement.effective_on, period.ends), due_on)
        endorsement.receipt_id = receipt.id
    ctx.session.add(endorsement)
    ctx.emit("endorsement.issued", endorsement.id, policy=str(policy.id), total=f"{endorsement.total:.2f}")
    return receipt


def insure(
    ctx: Context, line: Line, policy: Policy, on: date, risk: Mapping[str, Any], details: Mapping[str, Any],
    rating: Rating, base: Term,
) -> None:  # fmt: skip
    """Let `policy` insure `risk` from a date on, with its annual figures and the line's records."""
    old = priced(ctx, line, base.risk, policy, policy.effective_on, base)
    for name in ("net_premium", "fractioning_surcharge", "ips"):
        # By their difference: what was taken over from a former system is not the tariff's own.
        setattr(policy, name, getattr(policy, name) + (getattr(rating, name) or ZERO) - (getattr(old, name) or ZERO))
    policy.surcharges += public(rating) - public(old)
    policy.total_premium = policy.net_premium + policy.fractioning_surcharge + policy.surcharges + policy.ips
    policy.product = str(risk["product"])
    policy.sum_insured = line.sum_insured(risk) or policy.sum_insured
    policy.risk_description = line.describe(risk, details) or policy.risk_description
    policy.object_ref = line.object_ref(risk, details) or policy.object_ref
    ctx.session.add(policy)
    add_term(
        ctx, line, policy, "endorsement", on, risk=risk, details=details, rating=rating,
        tariff_version=agreed_tariff(ctx, line, policy, base).version,
    )  # fmt: skip


def public(rating: Rating) -> Decimal:
    """All public surcharges of a rating."""
    return sum((rating.public_surcharges or {}).values(), ZERO)


def charge_to(ctx: Context, policy: Policy) -> None:
    """Let the receipts that are not paid be charged by the customer's registered mandate."""
    mandate = ctx.get(Customer, policy.policyholder_id).mandate_ref
    for receipt in receipts_of(ctx, policy):
        if receipt.state in OUTSTANDING and receipt.mandate_ref != mandate:
            receipt.mandate_ref = mandate
            ctx.session.add(receipt)


def reject(ctx: Context, line: Line, policy: Policy, endorsement: Endorsement, reason: str) -> None:
    """Take an endorsement back: not issued, or issued and not signed while its receipt is pending.

    An issued one leaves a term as the policy was before; history stays.

    Raises:
        PaidAlready: its receipt was paid or sent, so that only another endorsement undoes it.
        Outdated: the policy was changed since.
    """
    was_issued = endorsement.state == EndorsementState.ISSUED
    move(endorsement, EndorsementState.REJECTED)
    if was_issued:
        receipt = ctx.get(Receipt, endorsement.receipt_id) if endorsement.receipt_id else None
        if receipt is not None and receipt.state not in OUTSTANDING:
            raise PaidAlready(endorsement=endorsement.endorsement_number)
        history = terms_of(ctx, policy)
        base = next(term for term in history if term.number == endorsement.base_term)
        if history[-1].number != base.number + 1 or endorsement.holder_id is not None:
            raise Outdated(endorsement=endorsement.endorsement_number)
        if receipt is not None:
            cancel_receipt(ctx, receipt)
        rating = priced(ctx, line, base.risk, policy, policy.effective_on, base)
        insure(ctx, line, policy, endorsement.effective_on, base.risk, base.details, rating, history[-1])
    ctx.session.add(endorsement)
    ctx.emit("endorsement.rejected", endorsement.id, policy=str(policy.id), reason=reason)
