"""Files of claims in the database: read whole, locked, and kept after an act."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select

from core.context import Context
from modules.insurance.kernel.aggregates import left_of
from modules.insurance.kernel.claims.file import File
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lines import LineNotInstalled, line_of
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Claim, ClaimExpert, ClaimMovement, ClaimOffer, Policy, Term
from modules.insurance.kernel.terms import term_on

PartT = TypeVar("PartT", ClaimMovement, ClaimOffer, ClaimExpert)


def known_line(code: str) -> Line | None:
    """The line of a policy; None if its module is not installed."""
    try:
        return line_of(code)
    except LineNotInstalled:
        return None


def file_of(ctx: Context, claim: Claim, *, to_act: bool = False) -> File:
    """The whole file of `claim`.

    Args:
        ctx: the call's.
        claim: its record.
        to_act: hold the claim until the end of the transaction, so that no two acts meet.
    """
    if to_act:
        ctx.session.refresh(claim, with_for_update=True)
    policy = ctx.get(Policy, claim.policy_id)
    line = known_line(policy.line)
    file = File(
        claim=claim, line=policy.line, persons=line is not None and line.persons,
        movements=_parts(ctx, claim, ClaimMovement), offers=_parts(ctx, claim, ClaimOffer),
        experts=_parts(ctx, claim, ClaimExpert), annual=left_of_annuity(ctx, claim, policy, line),
    )  # fmt: skip
    if not file.movements:
        file.take_over(claim.known_on)
    return file


def _parts(ctx: Context, claim: Claim, kind: type[PartT]) -> list[PartT]:
    return list(ctx.session.exec(select(kind).where(kind.claim_id == claim.id, alive(kind)).order_by(col(kind.id))))


def left_of_annuity(ctx: Context, claim: Claim, policy: Policy, line: Line | None) -> Decimal | None:
    """What the annuity's limits leave for a claim and what it has been paid: the line's, and that of its kind."""
    term = term_on(ctx, policy, claim.occurred_on)
    if line is None or term is None:
        return None
    kind = line.claim_types.get(claim.kind or "")
    whole = line.aggregate(term.risk, term.details)
    shared = kind.sum_insured(term.risk) if kind and kind.yearly else None
    if whole is None and shared is None:
        return None
    made = line.claims_made(term.risk, term.details, term.from_on)
    when = Claim.occurred_on if made is None else Claim.known_on
    annuity = (Claim.policy_id == policy.id, alive(Claim), Claim.id != claim.id, col(when) >= term.from_on,
               col(when) < term.to_on)  # fmt: skip
    others = ctx.session.exec(select(Claim).where(*annuity)).all()
    alike = {other.code for other in line.claims if kind and other.yearly and other.sums == kind.sums}
    left = [left_of(whole, (c.paid_amount for c in others))] if whole is not None else []
    left += [left_of(shared, (c.paid_amount for c in others if c.kind in alike))] if shared is not None else []
    return min(left)


def keep(ctx: Context, file: File) -> None:
    """Keep what an act changed, and tell what happened."""
    ctx.session.add(file.claim)
    for part in (*file.movements, *file.offers, *file.experts):
        ctx.session.add(part)
    for type_, told in file.events:
        ctx.emit(type_, file.claim.id, number=file.claim.claim_number, **told)
    file.events.clear()


def term_of(ctx: Context, claim: Claim) -> Term | None:
    """What the policy insured on the day of the loss."""
    return term_on(ctx, ctx.get(Policy, claim.policy_id), claim.occurred_on)


def take_over_figures(ctx: Context, claims: Sequence[tuple[Claim, str]]) -> None:
    """Enter as movements what imported claims have reserved and paid, each with its line of business."""
    ctx.session.flush()  # movements refer to their claims
    ids = [claim.id for claim, _ in claims]
    held: dict[UUID, list[ClaimMovement]] = {}
    for movement in ctx.session.exec(select(ClaimMovement).where(col(ClaimMovement.claim_id).in_(ids))):
        held.setdefault(movement.claim_id, []).append(movement)
    for claim, line in claims:
        known = held.get(claim.id, [])
        file = File(claim=claim, line=line, movements=sorted(known, key=lambda movement: movement.number))
        file.take_over(claim.known_on)
        for movement in file.movements[len(known) :]:
            ctx.session.add(movement)
