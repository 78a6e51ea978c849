"""What a policy insures, date by date (*historial de la póliza*): its terms, and the line's own records."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from core.context import Context
from core.identifiers import new_id
from core.money import ZERO
from modules.insurance.kernel.line import Entering, InsuredRisk, Line
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import PersonRecord, Policy, RiskRecord, Term


def terms_of(ctx: Context, policy: Policy) -> Sequence[Term]:
    """All terms of `policy`, the first first."""
    query = select(Term).where(Term.policy_id == policy.id, alive(Term)).order_by(col(Term.number))
    return ctx.session.exec(query).all()


def latest_term(ctx: Context, policy_id: UUID) -> Term | None:
    """The latest term of a policy; None if its risk was never entered."""
    query = select(Term).where(Term.policy_id == policy_id, alive(Term)).order_by(col(Term.number).desc()).limit(1)
    return ctx.session.exec(query).first()


def term_on(ctx: Context, policy: Policy, on: date) -> Term | None:
    """The term that held on a date: the latest of those that had begun."""
    begun = [term for term in terms_of(ctx, policy) if term.from_on <= on]
    return begun[-1] if begun else None


def rating_of(kept: Mapping[str, Any]) -> Rating | None:
    """The breakdown that a term or an endorsement keeps; None if it was taken over without one."""
    return Rating.model_validate(kept) if kept else None


def typed_risk(line: Line, risk: Mapping[str, Any]) -> InsuredRisk:
    """The inputs that a quote or a term keeps, as the line's own type."""
    return line.risk.model_validate(risk)


def entered(ctx: Context, line: Line, policy: Policy, risk: Mapping[str, Any], on: date) -> dict[str, Any]:
    """`risk` as a term of `policy` from `on` keeps it: with what follows from the earlier terms."""
    history = tuple(term.risk for term in terms_of(ctx, policy))
    return line.entered(dict(risk), Entering(on=on, started_on=policy.started_on, history=history))


def add_term(
    ctx: Context, line: Line, policy: Policy, kind: str, from_on: date, *, risk: Mapping[str, Any],
    details: Mapping[str, Any], rating: Rating | None, tariff_version: str, last: Term | None = None,
) -> Term:  # fmt: skip
    """Enter what `policy` insures from `from_on` to the end of its annuity, and bring the line's records up to date.

    `last` is the policy's latest term, where the caller holds it already.
    """
    last = last or latest_term(ctx, policy.id)
    inputs = entered(ctx, line, policy, risk, from_on)
    term = Term(
        id=new_id(), policy_id=policy.id, number=last.number + 1 if last else 1, kind=kind, from_on=from_on,
        to_on=policy.expires_on, product=str(risk["product"]), payment_frequency=str(risk["payment_frequency"]),
        risk=inputs, details=dict(details), rating=rating.model_dump(mode="json") if rating else {},
        tariff_version=tariff_version,
        net_premium=(rating.net_premium if rating else policy.net_premium) or ZERO,
        total_premium=(rating.total if rating else policy.total_premium) or ZERO,
    )  # fmt: skip
    ctx.session.add(term)
    keep_records(ctx, line, policy, inputs, details)
    return term


def keep_records(ctx: Context, line: Line, policy: Policy, risk: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Enter the insured thing and the insured persons of `policy` as they now are."""
    typed = typed_risk(line, risk)
    whole = {**details, **typed.model_dump()}
    if line.record is not None:
        query = select(line.record).where(line.record.policy_id == policy.id, alive(line.record))
        _keep(ctx, line.record, ctx.session.exec(query).first(), policy, {"product": str(risk["product"]), **whole})
    if line.keep is not None:
        line.keep(ctx, policy, risk, details)
    if line.people is not None:
        _keep_people(ctx, line.people, policy, whole.get("insureds") or ())


def _keep_people(ctx: Context, kind: type[PersonRecord], policy: Policy, insureds: Sequence[Mapping[str, Any]]) -> None:
    query = select(kind).where(kind.policy_id == policy.id, alive(kind))
    held = {person.position: person for person in ctx.session.exec(query)}
    for at, one in enumerate(insureds, 1):
        place = one.get("position") or at  # a line may number its persons, so that nobody takes another's row
        _keep(ctx, kind, held.pop(place, None), policy, {**one, "position": place})
    for left in held.values():  # who is no longer insured
        left.deleted_at = ctx.now
        ctx.session.add(left)


def _keep(
    ctx: Context, kind: type[RiskRecord | PersonRecord], held: Any, policy: Policy, values: Mapping[str, Any]
) -> None:
    own = {name: value for name, value in values.items() if name in kind.model_fields and value is not None}
    own |= {"policy_id": policy.id, "customer_id": policy.policyholder_id}
    if held is None:
        ctx.session.add(kind(id=new_id(), **own))
        return
    for name, value in own.items():
        if getattr(held, name) != value:
            setattr(held, name, value)
    ctx.session.add(held)
