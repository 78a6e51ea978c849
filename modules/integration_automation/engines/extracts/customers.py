"""Customers on a day: what a person at the desk could have known of each by then, and nothing later.

Sex, birth date, health and address do not enter: neither the house's segments nor its models may rest on
them (Directive 2004/113/EC and CJEU C-236/09 on sex; GDPR art. 9). Customers whose data are
restricted or erased are left out (GDPR arts. 17 and 18), and so are those who refused to be
profiled (art. 21).
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from core.context import Context
from core.i18n import N_
from modules.core_business.crm.records import Consent, Customer, Interaction, Purpose, Topic
from modules.insurance.kernel.records import Claim, Term
from modules.integration_automation.engines.extracts import Window, extract
from modules.integration_automation.engines.extracts.policies import policy_rows
from modules.integration_automation.engines.extracts.receipts import receipt_rows

if TYPE_CHECKING:
    import pandas as pd

LOOK_BACK: Final = timedelta(days=3 * 365)
YEAR: Final = 365.25
GRACE_DAYS: Final = 30  # a receipt that is late by less has no effect on the cover yet (LCS art. 15.2)
FEATURES: Final = (
    "seniority", "policies", "lines", "premium", "renewal_days", "lost", "claims", "complaints", "overdue",
    "overdue_amount", "returned", "delay",
)  # fmt: skip


@extract(N_("Clientes: pólizas, prima, antigüedad, siniestros y pagos a una fecha"), permission="crm:read")
def customer_features(ctx: Context, window: Window) -> "pd.DataFrame":
    """One row a customer with a policy in force on the last day of the window, as known on that day.

    Columns: `customer` (id), `kind`, `seniority` in years, `policies` in force, their `lines` and yearly
    `premium` in EUR, `renewal_days` to the next expiry; within the window policies `lost`, `claims`,
    `complaints` and debits `returned`; receipts `overdue` by more than 30 days and their `overdue_amount`;
    mean `delay` of payments in days, empty if there were none.
    """
    import pandas as pd

    known = profiled(ctx)
    units = known.assign(on=pd.Timestamp(window.to_on), since=pd.Timestamp(window.from_on))
    found = features_at(ctx, units, window.line)
    return found[found["policies"] > 0].drop(columns=["on", "since"]).reset_index(drop=True)


def profiled(ctx: Context) -> "pd.DataFrame":
    """The customers that may be profiled: `customer`, `kind`, `customer_since`."""
    import pandas as pd

    wanted = select(col(Customer.id), col(Customer.kind), col(Customer.customer_since)).where(
        col(Customer.deleted_at).is_(None), col(Customer.erased_at).is_(None), col(Customer.restricted_at).is_(None)
    )
    rows = [(str(i), kind, since) for i, kind, since in ctx.session.exec(wanted)]
    found = pd.DataFrame(rows, columns=["customer", "kind", "customer_since"])
    found["customer_since"] = pd.to_datetime(found["customer_since"])
    said = (
        select(col(Consent.customer_id), col(Consent.granted))
        .where(Consent.purpose == Purpose.PROFILING.value)
        .order_by(col(Consent.at), col(Consent.id))
    )
    newest = {str(customer): granted for customer, granted in ctx.session.exec(said)}
    refused = [customer for customer, granted in newest.items() if not granted]
    return found[~found["customer"].isin(refused)].reset_index(drop=True)


def features_at(ctx: Context, units: "pd.DataFrame", line: str | None = None) -> "pd.DataFrame":
    """What was known of each unit's customer on its day `on`, of events since `since`.

    Args:
        ctx: whose rows are read.
        units: one row a unit: `customer`, `customer_since`, `on`, `since`, and any columns of its own.
        line: only policies of this line and what hangs on them, if any.
    """
    import pandas as pd

    found = units.reset_index(drop=True)
    found["seniority"] = (found["on"] - found["customer_since"]).dt.days.clip(lower=0) / YEAR
    keys = found[["customer", "on", "since"]].reset_index(names="unit")
    policies = policy_rows(ctx, line)
    held = keys.merge(policies, on="customer")
    live = held[(held["started_on"] <= held["on"]) & ~(held["gone_on"] <= held["on"])].copy()
    live["premium"] = _premium_then(ctx, live)
    live["renewal_days"] = (live["expires_on"] - live["on"]).dt.days.where(live["expires_on"] >= live["on"])
    by_unit = live.groupby("unit")
    found["policies"] = by_unit.size().reindex(found.index, fill_value=0)
    found["lines"] = by_unit["line"].nunique().reindex(found.index, fill_value=0)
    found["premium"] = by_unit["premium"].sum().reindex(found.index, fill_value=0.0)
    found["renewal_days"] = by_unit["renewal_days"].min().reindex(found.index).astype(float)
    # Of an end without a day we know since today that it has been.
    known_on = held["left_on"].fillna(pd.Timestamp(ctx.today))
    gone = held[held["departed"] & (known_on <= held["on"]) & (known_on > held["since"])]
    found["lost"] = gone.groupby("unit").size().reindex(found.index, fill_value=0)
    found["claims"] = _counted(keys, _claims(ctx).merge(policies[["policy", "customer"]]), found.index)
    found["complaints"] = _counted(keys, _complaints(ctx), found.index)
    paid = keys.merge(receipt_rows(ctx, line).drop(columns="policy"), on="customer")
    paid = paid[paid["issued_on"] <= paid["on"]]
    owed = paid[(paid["due_on"] + pd.Timedelta(days=GRACE_DAYS) < paid["on"]) & ~(paid["paid_on"] <= paid["on"])]
    found["overdue"] = owed.groupby("unit").size().reindex(found.index, fill_value=0)
    found["overdue_amount"] = owed.groupby("unit")["total"].sum().reindex(found.index, fill_value=0.0)
    back = paid[(paid["returned_on"] <= paid["on"]) & (paid["returned_on"] > paid["since"])]
    found["returned"] = back.groupby("unit").size().reindex(found.index, fill_value=0)
    in_time = paid[(paid["paid_on"] <= paid["on"]) & (paid["paid_on"] > paid["since"])]
    delay = (in_time["paid_on"] - in_time["due_on"]).dt.days.clip(lower=0)
    found["delay"] = delay.groupby(in_time["unit"]).mean().reindex(found.index).astype(float)
    assert isinstance(found, pd.DataFrame)
    return found.drop(columns="customer_since")


def _premium_then(ctx: Context, live: "pd.DataFrame") -> "pd.Series":
    """The yearly premium of each policy as agreed on the unit's day; that of the policy where no term says it."""
    import pandas as pd

    wanted = select(col(Term.policy_id), col(Term.from_on), col(Term.total_premium)).order_by(col(Term.number))
    terms = pd.DataFrame([tuple(row) for row in ctx.session.exec(wanted)], columns=["policy", "from_on", "agreed"])
    if terms.empty:
        return live["total_premium"]
    terms["policy"] = terms["policy"].astype(str)
    terms["from_on"] = pd.to_datetime(terms["from_on"]).astype(live["on"].dtype)
    days = live[["policy", "on"]].reset_index().sort_values("on")
    then = pd.merge_asof(
        days, terms.sort_values("from_on", kind="stable"), left_on="on", right_on="from_on", by="policy"
    )
    return then.set_index("index")["agreed"].astype(float).reindex(live.index).fillna(live["total_premium"])


def _counted(keys: "pd.DataFrame", events: "pd.DataFrame", index: "pd.Index") -> "pd.Series":
    """How many of a customer's events (`customer`, `known_on`) each unit had between `since` and `on`."""
    both = keys.merge(events, on="customer")
    inside = both[(both["known_on"] <= both["on"]) & (both["known_on"] > both["since"])]
    return inside.groupby("unit").size().reindex(index, fill_value=0)


def _claims(ctx: Context) -> "pd.DataFrame":
    import pandas as pd

    wanted = select(col(Claim.policy_id), col(Claim.known_on)).where(col(Claim.deleted_at).is_(None))
    found = pd.DataFrame([(str(p), on) for p, on in ctx.session.exec(wanted)], columns=["policy", "known_on"])
    found["known_on"] = pd.to_datetime(found["known_on"])
    return found


def _complaints(ctx: Context) -> "pd.DataFrame":
    import pandas as pd

    wanted = select(col(Interaction.customer_id), col(Interaction.at)).where(Interaction.topic == Topic.COMPLAINT.value)
    rows = [(str(customer), at.date()) for customer, at in ctx.session.exec(wanted)]
    found = pd.DataFrame(rows, columns=["customer", "known_on"])
    found["known_on"] = pd.to_datetime(found["known_on"])
    return found
