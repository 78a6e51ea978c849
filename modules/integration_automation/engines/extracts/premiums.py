"""Premium by receipt (*prima devengada*), and what the policies of a line insured, risk by risk, with its claims."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlmodel import col, select

from core.context import Context
from core.i18n import N_
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Claim, Policy, Receipt, Term
from modules.insurance.kernel.states import PolicyState, ReceiptState
from modules.integration_automation.engines.extracts import Window, extract
from modules.integration_automation.engines.extracts.claims import claim_movements

if TYPE_CHECKING:
    import pandas as pd

PREMIUM_COLUMNS: Final = ("policy", "line", "from_on", "to_on", "premium", "state")
TERM_COLUMNS: Final = ("policy", "line", "from_on", "to_on", "days", "claims", "cost")
NEVER_IN_FORCE: Final = (PolicyState.PENDING_SIGNATURE, PolicyState.PENDING_FIRST_PREMIUM, PolicyState.ANNULLED)


@extract(N_("Primas de los recibos con su periodo"), permission="kernel:read")
def premium_receipts(ctx: Context, window: Window) -> "pd.DataFrame":
    """One row a receipt whose period lies in the window in part; cancelled ones are left out, refunds are negative.

    Columns: `policy`, `line`, `from_on` and `to_on` (exclusive) of the whole period, `premium` in EUR
    without taxes and surcharges of the Consorcio, `state`.
    """
    import pandas as pd

    wanted = (
        select(Receipt, Policy.line)
        .join(Policy, col(Policy.id) == Receipt.policy_id)
        .where(
            alive(Receipt),
            col(Receipt.state) != ReceiptState.CANCELLED,
            Receipt.period_from <= window.to_on,
            Receipt.period_to > window.from_on,
            Receipt.period_to > Receipt.period_from,
            *([Policy.line == window.line] if window.line else []),
        )
    )
    rows = [
        (str(r.policy_id), line, r.period_from, r.period_to, float(r.premium), r.state)
        for r, line in ctx.session.exec(wanted)
    ]
    return pd.DataFrame(rows, columns=list(PREMIUM_COLUMNS)).sort_values(["from_on", "policy"], ignore_index=True)


@extract(N_("Días en vigor de las pólizas"), permission="kernel:read")
def days_in_force(ctx: Context, window: Window) -> "pd.DataFrame":
    """One row a policy that was in force in the window: `policy`, `line`, `from_on` and `to_on` (exclusive)."""
    import pandas as pd

    after = date.fromordinal(window.to_on.toordinal() + 1)
    rows = []
    for policy in _in_force(ctx, window):
        begins, ends = max(policy.started_on, window.from_on), min(_end(policy), after)
        if begins < ends:
            rows.append((str(policy.id), policy.line, begins, ends))
    return pd.DataFrame(rows, columns=["policy", "line", "from_on", "to_on"])


@extract(N_("Riesgos asegurados con su exposición y sus siniestros"), permission="kernel:read")
def insured_terms(ctx: Context, window: Window) -> "pd.DataFrame":
    """One row a time during which a policy insured one and the same risk, with what it cost.

    Columns: `policy`, `line`, `from_on`, `to_on` (exclusive), `days`; `claims` with a cost that occurred then
    and their `cost` as known on the window's last day, EUR; and `risk.<field>` for each plain field of the
    line's risk. Fields that tell of health are left out (GDPR art. 9), so are persons and lists.
    """
    import pandas as pd

    policies = {policy.id: policy for policy in _in_force(ctx, window)}
    held: dict[UUID, list[Term]] = defaultdict(list)
    wanted = select(Term).where(col(Term.policy_id).in_(policies), alive(Term)).order_by(col(Term.number))
    for term in ctx.session.exec(wanted):
        held[term.policy_id].append(term)
    costs = _costs(ctx, window)
    rows = []
    for id, terms in held.items():
        for term, begins, ends in _spans(policies[id], terms, window):
            own = [cost for on, cost in costs.get(id, ()) if begins <= on < ends]
            said = (str(id), policies[id].line, begins, ends, (ends - begins).days, len(own), sum(own))
            rows.append(dict(zip(TERM_COLUMNS, said, strict=True)) | _plain(term, policies[id].line))
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(TERM_COLUMNS))


def own_incurred(ctx: Context, window: Window, until: date) -> "pd.DataFrame":
    """The brokerage's own claims that occurred in the window: `claim`, `line`, `occurred_on`, `incurred` on `until`.

    Only those that cost something. What insurers listed of the time before has no premium beside it.
    """
    moved = claim_movements(ctx, Window(window.from_on, max(until, window.to_on), window.line))
    moved = moved[(moved["source"] == "own") & (moved["occurred_on"] <= window.to_on)]
    moved = moved.assign(incurred=moved["paid"] + moved["reserve_change"])
    found = moved.groupby(["claim", "line", "occurred_on"], as_index=False, sort=True)["incurred"].sum()
    return found[found["incurred"] > 0].reset_index(drop=True)


def _in_force(ctx: Context, window: Window) -> Sequence[Policy]:
    wanted = select(Policy).where(
        alive(Policy),
        col(Policy.state).not_in(NEVER_IN_FORCE),
        Policy.started_on <= window.to_on,
        *([Policy.line == window.line] if window.line else []),
    )
    return [policy for policy in ctx.session.exec(wanted) if _end(policy) > window.from_on]


def _end(policy: Policy) -> date:
    return min(policy.expires_on, policy.ended_on or policy.expires_on)


def _spans(policy: Policy, terms: Sequence[Term], window: Window) -> Iterator[tuple[Term, date, date]]:
    """Each term with the days of the window on which it held: until the next one, or the policy's end."""
    after = date.fromordinal(window.to_on.toordinal() + 1)
    last = _end(policy)
    for term, following in pairwise((*terms, None)):
        assert term is not None
        ends = min(following.from_on if following else last, last, after)
        begins = max(term.from_on, window.from_on)
        if begins < ends:
            yield term, begins, ends


def _costs(ctx: Context, window: Window) -> dict[UUID, list[tuple[date, float]]]:
    incurred = own_incurred(ctx, window, window.to_on)
    by_claim = {UUID(claim): cost for claim, cost in zip(incurred["claim"], incurred["incurred"], strict=True)}
    found: dict[UUID, list[tuple[date, float]]] = defaultdict(list)
    for claim in ctx.session.exec(select(Claim).where(col(Claim.id).in_(by_claim), alive(Claim))):
        found[claim.policy_id].append((claim.occurred_on, by_claim[claim.id]))
    return found


def _plain(term: Term, code: str) -> dict[str, Any]:
    private = {name.rpartition(".")[2] for name in line_of(code).health}
    return {
        f"risk.{name}": value
        for name, value in term.risk.items()
        if isinstance(value, str | int | float | bool) and name not in private
    }
