"""Claims as movements: our own, and those of the listings that insurers sent of the time before."""

from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from core.context import Context
from core.i18n import N_
from modules.insurance.kernel.records import Claim, ClaimMovement, Policy
from modules.integration_automation.engines.extracts import Window, extract
from modules.integration_automation.engines.records import LossRunMovement

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("source", "claim", "line", "occurred_on", "moved_on", "paid", "reserve_change")
RESERVE = "reserve"
RECOVERY = "recovery"


@extract(N_("Movimientos de siniestros: pagos y variaciones de reserva"), permission="kernel:read")
def claim_movements(ctx: Context, window: Window) -> "pd.DataFrame":
    """One row a movement of a claim that occurred in the window.

    Columns: `source` (own, loss_run), `claim`, `line`, `occurred_on`, `moved_on`, `paid` and
    `reserve_change` in EUR; recoveries are negative payments. A claim whose file has no
    movements, as imported ones have not, is its payment and its reserve on their days.
    """
    import pandas as pd

    rows = [*_moved(ctx, window), *_without_movements(ctx, window), *_listed(ctx, window)]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.astype({"paid": float, "reserve_change": float}).sort_values(["occurred_on", "moved_on", "claim"])


def _moved(ctx: Context, window: Window) -> list[tuple[Any, ...]]:
    wanted = select(ClaimMovement).where(
        col(ClaimMovement.occurred_on).between(window.from_on, window.to_on),
        ClaimMovement.on <= window.to_on,
        *([ClaimMovement.line == window.line] if window.line else []),
    )
    rows = []
    for m in ctx.session.exec(wanted):
        paid = -m.amount if m.kind == RECOVERY else m.amount if m.kind != RESERVE else 0
        change = m.amount if m.kind == RESERVE else 0
        rows.append(("own", str(m.claim_id), m.line, m.occurred_on, max(m.on, m.occurred_on), paid, change))
    return rows


def _without_movements(ctx: Context, window: Window) -> list[tuple[Any, ...]]:
    moved = select(ClaimMovement.claim_id)
    wanted = (
        select(Claim, Policy.line)
        .join(Policy, col(Policy.id) == Claim.policy_id)
        .where(
            col(Claim.occurred_on).between(window.from_on, window.to_on),
            col(Claim.id).not_in(moved),
            *([Policy.line == window.line] if window.line else []),
        )
    )
    rows: list[tuple[Any, ...]] = []
    for claim, line in ctx.session.exec(wanted):
        own = ("own", str(claim.id), line, claim.occurred_on)
        if claim.reserve and claim.known_on <= window.to_on:
            rows.append((*own, max(claim.known_on, claim.occurred_on), 0, claim.reserve))
        if claim.paid_amount and (claim.paid_on or claim.known_on) <= window.to_on:
            rows.append((*own, max(claim.paid_on or claim.known_on, claim.occurred_on), claim.paid_amount, 0))
    return rows


def _listed(ctx: Context, window: Window) -> list[tuple[Any, ...]]:
    wanted = select(LossRunMovement).where(
        col(LossRunMovement.occurred_on).between(window.from_on, window.to_on),
        LossRunMovement.moved_on <= window.to_on,
        *([LossRunMovement.line == window.line] if window.line else []),
    )
    return [
        ("loss_run", m.claim_ref, m.line, m.occurred_on, m.moved_on, m.paid, m.reserve_change)
        for m in ctx.session.exec(wanted)
    ]
