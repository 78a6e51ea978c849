"""What a policy insures, date by date (*historial de la póliza*): its terms, and the line's own records."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_
from core.identifiers import new_id
from core.money import ZERO
from modules.insurance.kernel.line import Entering, InsuredRisk, Line
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import PersonRecord, Policy, RiskRecord, Term


class RiskUnknown(Conflict):
    """A policy whose risk was never entered: nothing can be priced, changed or told of it."""

    text = N_("De la póliza {policy} no consta el riesgo: impórtelo antes.")


@dataclass(frozen=True)
class Shelf:
    """What was read of many policies of one line at once: their terms, things and persons, by policy."""

    terms: Mapping[UUID, Sequence[Term]]
    things: Mapping[UUID, RiskRecord]
    people: Mapping[UUID, Sequence[PersonRecord]]


def read_shelf(ctx: Context, line: Line, ids: Iterable[UUID]) -> Shelf:
    """Read what renewing the policies `ids` of a line needs, in three queries however many they are."""
    wanted = list(ids)
    terms: dict[UUID, list[Term]] = defaultdict(list)
    query = select(Term).where(col(Term.policy_id).in_(wanted), alive(Term)).order_by(col(Term.number))
    for term in ctx.session.exec(query):
        terms[term.policy_id].append(term)
    things: dict[UUID, RiskRecord] = {}
    if line.record is not None:
        mine = (col(line.record.policy_id).in_(wanted), alive(line.record))
        things = {thing.policy_id: thing for thing in ctx.session.exec(select(line.record).where(*mine))}
    people: dict[UUID, list[PersonRecord]] = defaultdict(list)
    if line.people is not None:
        held = (col(line.people.policy_id).in_(wanted), alive(line.people))
        for person in ctx.session.exec(select(line.people).where(*held)):
            people[person.policy_id].append(person)
    return Shelf(terms, things, people)


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


def entered(
    ctx: Context, line: Line, policy: Policy, risk: Mapping[str, Any], on: date, shelf: Shelf | None = None
) -> dict[str, Any]:
    """`risk` as a term of `policy` from `on` keeps it: with what follows from the earlier terms."""
    terms = shelf.terms[policy.id] if shelf else terms_of(ctx, policy)
    history = tuple(term.risk for term in terms)
    return line.entered(dict(risk), Entering(on=on, started_on=policy.started_on, history=history))


def add_term(
    ctx: Context, line: Line, policy: Policy, kind: str, from_on: date, *, risk: Mapping[str, Any],
    details: Mapping[str, Any], rating: Rating | None, tariff_version: str, shelf: Shelf | None = None,
) -> Term:  # fmt: skip
    """Enter what `policy` insures from `from_on` to the end of its annuity, and bring the line's records up to date.

    `shelf` holds what was read of the policy already, where many are done at once.
    """
    last = shelf.terms[policy.id][-1] if shelf else latest_term(ctx, policy.id)
    inputs = entered(ctx, line, policy, risk, from_on, shelf)
    term = Term(
        id=new_id(), policy_id=policy.id, number=last.number + 1 if last else 1, kind=kind, from_on=from_on,
        to_on=policy.expires_on, product=str(risk["product"]), payment_frequency=str(risk["payment_frequency"]),
        risk=inputs, details=dict(details), rating=rating.model_dump(mode="json") if rating else {},
        tariff_version=tariff_version,
        net_premium=(rating.net_premium if rating else policy.net_premium) or ZERO,
        total_premium=(rating.total if rating else policy.total_premium) or ZERO,
    )  # fmt: skip
    ctx.session.add(term)
    keep_records(ctx, line, policy, inputs, details, shelf)
    return term


def keep_records(
    ctx: Context, line: Line, policy: Policy, risk: Mapping[str, Any], details: Mapping[str, Any],
    shelf: Shelf | None = None,
) -> None:  # fmt: skip
    """Enter the insured thing and the insured persons of `policy` as they now are."""
    typed = typed_risk(line, risk)
    agreed = {name: value for name, value in details.items() if name in line.details.model_fields}
    whole = {**line.details.model_validate(agreed).model_dump(), **typed.model_dump()}
    if line.record is not None:
        held = (shelf or read_shelf(ctx, line, [policy.id])).things.get(policy.id)
        _keep(ctx, line.record, held, policy, {"product": str(risk["product"]), **whole})
    if line.keep is not None:
        line.keep(ctx, policy, risk, details)
    if line.people is not None:
        known = (shelf or read_shelf(ctx, line, [policy.id])).people.get(policy.id, ())
        _keep_people(ctx, line.people, policy, known, whole.get("insureds") or ())


def _keep_people(
    ctx: Context, kind: type[PersonRecord], policy: Policy, known: Iterable[PersonRecord],
    insureds: Sequence[Mapping[str, Any]],
) -> None:  # fmt: skip
    held = {person.position: person for person in known}
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
