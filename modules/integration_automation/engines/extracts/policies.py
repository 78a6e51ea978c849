"""Policies by annuity (*exposición*): what was insured, for how much, and whether it was kept.

An annuity is known from the terms that the house agreed, or, of a policy taken over from a former
system, as the one that it was in. What that system forgot (earlier annuities, policies that had left
before, the day on which one ended) is not made up: `left_on` is empty where nobody wrote it down.
"""

from datetime import date
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from core.context import Context
from core.i18n import N_
from modules.insurance.kernel.policies.reasons import REPLACED
from modules.insurance.kernel.records import Claim, Policy, Term
from modules.insurance.kernel.states import PolicyState
from modules.integration_automation.engines.extracts import Window, extract
from modules.integration_automation.engines.extracts.claims import claim_movements

if TYPE_CHECKING:
    import pandas as pd

OVER: Final = tuple(
    s.value
    for s in (
        PolicyState.CANCELLED,
        PolicyState.LAPSED,
        PolicyState.EXPIRED,
        PolicyState.REPLACED,
        PolicyState.ANNULLED,
    )
)
NOT_YET: Final = (PolicyState.PENDING_SIGNATURE.value, PolicyState.PENDING_FIRST_PREMIUM.value)
LEFT: Final = (PolicyState.CANCELLED.value, PolicyState.LAPSED.value, PolicyState.EXPIRED.value)
NOT_THE_CLIENTS: Final = (
    "non_renewal_insurer", "aggravation_rescission", "misstatement_rescission", "sale_of_object", "risk_disappeared",
    "total_loss", REPLACED,
)  # fmt: skip
"""Reasons of an end that say nothing of whether the client wanted to stay."""
ANNUITIES: Final = ("new", "takeover", "renewal")
POLICIES: Final = (
    "policy", "customer", "line", "insurer", "state", "started_on", "effective_on", "expires_on", "ended_on",
    "end_reason", "net_premium", "total_premium", "commission_rate", "cession_rate", "payment_frequency",
    "collected_by",
)  # fmt: skip
EXPOSURES: Final = (
    "policy", "customer", "line", "insurer", "started_on", "from_on", "to_on", "exposure", "net_premium",
    "total_premium", "commission", "payment_frequency", "collected_by", "complete", "departed", "left_on", "claims",
    "incurred",
)  # fmt: skip


def policy_rows(ctx: Context, line: str | None = None) -> "pd.DataFrame":
    """Every policy as it stands, with `gone_on`: from when on it is not in force, as far as anybody knows.

    One that ended on a day that nobody wrote down is gone from the day after its last annuity began, so
    that nothing is taken for known which may not have been.
    """
    import pandas as pd

    wanted = select(  # type: ignore[call-overload]
        col(Policy.id), col(Policy.policyholder_id), col(Policy.line), col(Policy.insurer_id), col(Policy.state),
        col(Policy.started_on), col(Policy.effective_on), col(Policy.expires_on), col(Policy.ended_on),
        col(Policy.end_reason), col(Policy.net_premium), col(Policy.total_premium), col(Policy.commission_rate),
        col(Policy.cession_rate), col(Policy.payment_frequency), col(Policy.collected_by),
    ).where(
        col(Policy.deleted_at).is_(None), col(Policy.state).not_in(NOT_YET), *([Policy.line == line] if line else [])
    )  # fmt: skip
    found = pd.DataFrame([tuple(row) for row in ctx.session.exec(wanted)], columns=list(POLICIES))
    for name in ("policy", "customer", "insurer"):
        found[name] = found[name].astype(str)
    for name in ("started_on", "effective_on", "expires_on", "ended_on"):
        found[name] = pd.to_datetime(found[name])
    for name in ("net_premium", "total_premium", "commission_rate", "cession_rate"):
        found[name] = found[name].astype(float)
    over = found["state"].isin(OVER)
    expired = found["expires_on"].where(found["state"] == PolicyState.EXPIRED.value)
    found["left_on"] = found["ended_on"].fillna(expired).where(over)
    found["gone_on"] = found["left_on"].fillna(found["effective_on"] + pd.Timedelta(days=1)).where(over)
    found["departed"] = found["state"].isin(LEFT) & ~found["end_reason"].isin(NOT_THE_CLIENTS)
    return found


def annuities(ctx: Context, line: str | None = None) -> "pd.DataFrame":
    """One row an annuity: the policy's columns, with `from_on`, `to_on` and the premium as they were in it."""
    import pandas as pd

    policies = policy_rows(ctx, line)
    wanted = select(  # type: ignore[call-overload]
        col(Term.policy_id), col(Term.from_on), col(Term.to_on), col(Term.net_premium), col(Term.total_premium)
    ).where(col(Term.kind).in_(ANNUITIES))
    names = ["policy", "from_on", "to_on", "term_net", "term_total"]
    terms = pd.DataFrame([tuple(row) for row in ctx.session.exec(wanted)], columns=names)
    terms["policy"] = terms["policy"].astype(str)
    found = policies.merge(terms, on="policy", how="left")
    found["from_on"] = pd.to_datetime(found["from_on"]).fillna(found["effective_on"])
    found["to_on"] = pd.to_datetime(found["to_on"]).fillna(found["expires_on"])
    found["net_premium"] = found["term_net"].astype(float).fillna(found["net_premium"])
    found["total_premium"] = found["term_total"].astype(float).fillna(found["total_premium"])
    last = found.groupby("policy")["from_on"].transform("max") == found["from_on"]
    found["departed"] &= last
    found["left_on"] = found["left_on"].where(last)
    return found.drop(columns=["term_net", "term_total"]).sort_values(["from_on", "policy"], ignore_index=True)


@extract(N_("Pólizas por anualidad: exposición, prima, comisión, siniestros y bajas"), permission="kernel:read")
def policy_exposures(ctx: Context, window: Window) -> "pd.DataFrame":
    """One row an annuity, or the part of it that lies in the window.

    Columns: ids of policy, customer and insurer; `exposure` in years; premiums and `commission` (after
    what is ceded to a collaborator) of a whole annuity in EUR; `complete` if the annuity is over;
    `departed` if the client left in it, and `left_on` if the day is known; `claims` that occurred in
    that part and were known by the end of the window, and what they had cost by then.
    """
    import pandas as pd

    found = annuities(ctx, window.line)
    first, last = pd.Timestamp(window.from_on), pd.Timestamp(window.to_on) + pd.Timedelta(days=1)
    end = found[["to_on", "left_on"]].min(axis=1).clip(upper=last)
    found["complete"] = found["to_on"] <= last
    found["departed"] &= found["left_on"].isna() | (found["left_on"] < last)
    found["from_on"], found["to_on"] = found["from_on"].clip(lower=first), end
    found = found[found["from_on"] < found["to_on"]].reset_index(drop=True)
    found["exposure"] = (found["to_on"] - found["from_on"]).dt.days / 365.25
    found["commission"] = found["net_premium"] * found["commission_rate"] * (1 - found["cession_rate"])
    own = _claims(ctx, window).merge(found[["policy", "from_on", "to_on"]].reset_index(), on="policy")
    own = own[(own["occurred_on"] >= own["from_on"]) & (own["occurred_on"] < own["to_on"])]
    found["claims"] = own.groupby("index").size().reindex(found.index, fill_value=0)
    found["incurred"] = own.groupby("index")["incurred"].sum().reindex(found.index, fill_value=0.0)
    return found[list(EXPOSURES)]


def _claims(ctx: Context, window: Window) -> "pd.DataFrame":
    """Own claims with what had moved by the end of the window."""
    import pandas as pd

    moved = claim_movements(ctx, Window(date(1900, 1, 1), window.to_on, window.line))
    moved = moved[moved["source"] == "own"]
    moved = moved.assign(incurred=moved["paid"] + moved["reserve_change"])
    wanted = select(col(Claim.id), col(Claim.policy_id), col(Claim.occurred_on)).where(
        col(Claim.deleted_at).is_(None), Claim.known_on <= window.to_on
    )
    rows = [(str(claim), str(policy), on) for claim, policy, on in ctx.session.exec(wanted)]
    found = pd.DataFrame(rows, columns=["claim", "policy", "occurred_on"])
    found["occurred_on"] = pd.to_datetime(found["occurred_on"])
    return found.merge(moved.groupby("claim", as_index=False)["incurred"].sum(), on="claim", how="left").fillna(
        {"incurred": 0.0}
    )
