"""What a new day does to policies (*actualización diaria*): idempotent, for a date, some thousands at a time.

Quotes expire; noted ends take place; unpaid premiums suspend, reduce and extinguish; paid
ones bring cover back; policies that do not go on expire; deadlines are watched, warned of
and noted as missed. The same date again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, Final

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import ZERO
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.policies.endings import Notice, end, perform, plan
from modules.insurance.kernel.policies.reasons import UNPAID as EXTINCT_REASON
from modules.insurance.kernel.policies.reasons import ending_on
from modules.insurance.kernel.policies.records import Deadline
from modules.insurance.kernel.policies.situation import computed, renewable, triggers
from modules.insurance.kernel.policies.unpaid import (
    UNPAID,
    Standing,
    extinct_from,
    receipts_of,
    reinstate,
    standing,
    suspend,
)
from modules.insurance.kernel.policies.watching import RUNNING, remind, watch
from modules.insurance.kernel.records import Policy, Quote, Receipt
from modules.insurance.kernel.states import PolicyState, QuoteState, move
from modules.insurance.kernel.terms import latest_term, typed_risk
from tools import Risk, Slot, tool
from tools.results import Result

MOST: Final = 2000  # of each kind in one call: one transaction stays short
AHEAD: Final = 4  # months before its expiry that a policy's deadlines are watched
SHORTEST_MONTH: Final = timedelta(28)
FARTHEST: Final = timedelta(90)  # the earliest warning before a last day
LIVE: Final = (
    PolicyState.PENDING_SIGNATURE, PolicyState.PENDING_FIRST_PREMIUM, PolicyState.IN_FORCE, PolicyState.SUSPENDED,
    PolicyState.REDUCED, PolicyState.PAID_UP,
)  # fmt: skip
OFFERED: Final = (QuoteState.PRICED, QuoteState.REFERRED, QuoteState.PRESENTED)
WATCHED: Final = frozenset(("expiry", "unpaid", "first_premium", "delivery"))


class DailyUpdate(Result):
    """What a day did; all zero when it was done before."""

    on: date
    quotes_expired: int
    ended: int
    suspended: int
    reduced: int
    reinstated: int
    lapsed: int
    expired: int
    warnings: int
    breaches: int
    more: bool  # a kind reached the limit of one call: the next one is queued

    def told(self, locale: Locale) -> str:
        """The counts."""
        text = N_("Pólizas al {on}: {ended} terminadas, {suspended} suspendidas, {reduced} reducidas, {reinstated} "
                  "rehabilitadas, {lapsed} extinguidas y {expired} vencidas; {quotes} cotizaciones caducadas, "
                  "{warnings} avisos de plazo y {breaches} plazos pasados.")  # fmt: skip
        told = translate(
            text, locale, on=f"{self.on:%d/%m/%Y}", ended=self.ended, suspended=self.suspended, reduced=self.reduced,
            reinstated=self.reinstated, lapsed=self.lapsed, expired=self.expired, quotes=self.quotes_expired,
            warnings=self.warnings, breaches=self.breaches,
        )  # fmt: skip
        again = translate(N_("Quedan más: se sigue como trabajo."), locale) if self.more else ""
        return f"{told} {again}".strip()


@dataclass
class Count:
    """How often each thing was done."""

    done: dict[str, int] = field(default_factory=dict)
    more: bool = False

    def add(self, what: str) -> None:
        """One more."""
        self.done[what] = self.done.get(what, 0) + 1

    def all_of(self, found: Sequence[Any]) -> Sequence[Any]:
        """`found`, noting whether there may be more."""
        self.more = self.more or len(found) == MOST
        return found


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:administer",
    title=N_("Actualizar las pólizas al día"),
    examples=(
        "Actualiza las pólizas al día de hoy",
        "Actualiza suspensiones, extinciones y vencimientos de las pólizas",
        "Update all policies to today",
    ),
)
def update_policies(
    ctx: Context, on: Annotated[date, Field(description=N_("Fecha")), Slot(cues=("al día", "as of"))] | None = None
) -> DailyUpdate:
    """Bring policies, quotes and deadlines up to a date: today, or a day that was left out (LCS arts. 15 and 22).

    Run once a day; the same date again changes nothing.
    """
    day = on or ctx.today
    if day > ctx.today:
        raise BadArguments(N_("La fecha («{field}») no puede ser posterior a hoy."), field="on")
    count = Count()
    expire_quotes(ctx, day, count)
    end_noted(ctx, day, count)
    follow_unpaid(ctx, day, count)
    expire_policies(ctx, day, count)
    attend_deadlines(ctx, day, count)
    names = (
        "quotes_expired",
        "ended",
        "suspended",
        "reduced",
        "reinstated",
        "lapsed",
        "expired",
        "warnings",
        "breaches",
    )
    if count.more and count.done:  # what was left over is done by the next call, as a job
        ctx.later("kernel_update_policies", f"policies:{ctx.origin.request_id}", on=day.isoformat())
    return DailyUpdate(on=day, **{name: count.done.get(name, 0) for name in names}, more=count.more)


def expire_quotes(ctx: Context, on: date, count: Count) -> None:
    """Quotes that nobody accepted in time."""
    query = select(Quote).where(col(Quote.state).in_(OFFERED), Quote.valid_until < on, alive(Quote))
    for quote in count.all_of(ctx.session.exec(query.order_by(col(Quote.id)).limit(MOST)).all()):
        move(quote, QuoteState.EXPIRED)
        ctx.session.add(quote)
        ctx.emit("quote.expired", quote.id, valid_until=quote.valid_until.isoformat())
        count.add("quotes_expired")


def policies(ctx: Context, count: Count, *where: Any) -> Sequence[Policy]:
    """The policies that fit, as many as one call takes."""
    query = select(Policy).where(alive(Policy), *where).order_by(col(Policy.id)).limit(MOST)
    found: Sequence[Policy] = count.all_of(ctx.session.exec(query).all())
    return found


def end_noted(ctx: Context, on: date, count: Count) -> None:
    """Ends that were noted for this day or before."""
    for policy in policies(ctx, count, col(Policy.state).in_(LIVE), col(Policy.ended_on) <= on):
        end(ctx, policy, ending_on(str(policy.end_reason), on))
        count.add("ended")


def follow_unpaid(ctx: Context, on: date, count: Count) -> None:
    """Suspend, reduce and extinguish for unpaid premiums; give cover back for paid ones (LCS art. 15)."""
    overdue = select(Receipt.policy_id).where(
        col(Receipt.state).in_(UNPAID), col(Receipt.due_on) <= on - SHORTEST_MONTH, col(Receipt.total) > ZERO
    )
    running = col(Policy.state) == PolicyState.IN_FORCE
    for policy in policies(ctx, count, running, col(Policy.id).in_(overdue)):
        stands, receipt = standing(receipts_of(ctx, policy), on)
        if receipt is not None and stands is not Standing.COVERED:
            suspend(ctx, line_of(policy.line), policy, receipt)
            if policy.state != PolicyState.IN_FORCE:
                count.add(policy.state)
    ctx.session.flush()
    for policy in policies(ctx, count, col(Policy.state) == PolicyState.SUSPENDED):
        receipts = receipts_of(ctx, policy)
        stands, receipt = standing(receipts, on)
        if stands is Standing.EXTINCT and receipt is not None:
            perform(ctx, plan(ctx, policy, EXTINCT_REASON, Notice(on, extinct_from(receipt.due_on))))
            count.add("lapsed")
        elif stands is Standing.COVERED and any(r.total > ZERO for r in receipts) and reinstate(ctx, policy, receipts):
            count.add("reinstated")


def expire_policies(ctx: Context, on: date, count: Count) -> None:
    """Policies that do not go on by themselves, at their end."""
    states = (PolicyState.IN_FORCE, PolicyState.REDUCED, PolicyState.PAID_UP)
    for policy in policies(ctx, count, col(Policy.state).in_(states), col(Policy.expires_on) <= on):
        term, line = latest_term(ctx, policy.id), line_of(policy.line)
        if term is not None and not line.duration(typed_risk(line, term.risk)).renewable:
            move(policy, PolicyState.EXPIRED)
            policy.ended_on = policy.expires_on
            ctx.session.add(policy)
            ctx.emit("policy.expired", policy.id, on=policy.expires_on.isoformat())
            count.add("expired")


def attend_deadlines(ctx: Context, on: date, count: Count) -> None:
    """Watch what begins to matter, warn of what is near, note what has passed."""
    near = (col(Policy.expires_on) > on) & (col(Policy.expires_on) <= add_months(on, AHEAD))
    unpaid = select(Receipt.policy_id).where(
        col(Receipt.state).in_(UNPAID), col(Receipt.due_on) <= on, col(Receipt.total) > ZERO
    )
    recent = col(Policy.signed_on) >= add_months(on, -2)
    for policy in policies(ctx, count, col(Policy.state).in_(LIVE), near | col(Policy.id).in_(unpaid) | recent):
        watch_policy(ctx, policy, on)
    ctx.session.flush()
    due = select(Deadline).where(
        col(Deadline.state).in_(RUNNING), col(Deadline.due_on) <= on + FARTHEST, alive(Deadline)
    )
    for found in count.all_of(ctx.session.exec(due.order_by(col(Deadline.due_on), col(Deadline.id)).limit(MOST)).all()):
        event = remind(ctx, found, on)
        if event is not None:
            count.add("warnings" if event == "deadline.warning" else "breaches")


def watch_policy(ctx: Context, policy: Policy, on: date) -> None:
    """Begin to watch the deadlines of one policy that are not over."""
    line = line_of(policy.line)
    began = {name: days for name, days in triggers(policy, receipts_of(ctx, policy), ()).items() if name in WATCHED}
    began["expiry"] = [day for day in began.get("expiry", ()) if day.on <= add_months(on, AHEAD)]
    for row in computed(line, policy, began, goes_on=renewable(line, ctx, policy)):
        started = row.rule.trigger == "expiry" or row.began_on <= on
        if started and row.due_on >= on:
            watch(ctx, policy, row.rule.code, row.began_on, subject=row.subject, due_on=row.due_on)
