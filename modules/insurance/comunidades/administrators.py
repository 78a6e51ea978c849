"""The book of one administrator (*cartera por administrador de fincas*), and the inspections that are due."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import col, func, or_, select

from core.context import Context
from core.dates import add_months
from core.errors import Ambiguous, BadArguments, NotFound
from core.i18n import N_
from modules.insurance.comunidades.line import LOOKS_BACK
from modules.insurance.comunidades.records import Building
from modules.insurance.comunidades.risk import InspectionResult
from modules.insurance.kernel.lookup import alive, given, words_of
from modules.insurance.kernel.records import Claim, Policy
from modules.insurance.kernel.states import PolicyState

LIVE = (PolicyState.IN_FORCE, PolicyState.SUSPENDED)


class AdministratorNotFound(NotFound):
    """No policy names such an administrator."""

    text = N_("No encuentro ninguna comunidad con el administrador «{ref}».")


def named(ctx: Context, text: str) -> str:
    """The one administrator whose name holds all words of `text`, as policies write it."""
    asked = set(words_of(given(text, "administrator")))
    if not asked:
        raise BadArguments(N_("Falta el campo «{field}»."), field="administrator")
    known = ctx.session.exec(
        select(Building.administrator_name)
        .where(alive(Building), col(Building.administrator_name).is_not(None))
        .distinct()
        .order_by(Building.administrator_name)
    )
    found = [name for name in known if name and asked <= set(words_of(name))]
    exact = [name for name in found if set(words_of(name)) == asked] or found
    if not exact:
        raise AdministratorNotFound(ref=text)
    if len(exact) > 1:
        raise Ambiguous(
            field="administrator", ref=text, choices="; ".join(exact),
            options=[{"id": name, "label": name} for name in exact],
        )  # fmt: skip
    return exact[0]


def of_administrator(ctx: Context, name: str) -> Sequence[tuple[Policy, Building]]:
    """The living policies whose building `name` administers, by expiry."""
    query = (
        select(Policy, Building)
        .join(Building, col(Building.policy_id) == Policy.id)
        .where(Building.administrator_name == name, alive(Building), alive(Policy), col(Policy.state).in_(LIVE))
        .order_by(col(Policy.expires_on), Policy.policy_number)
    )
    return ctx.session.exec(query).all()


def inspections(ctx: Context, until: date) -> Sequence[tuple[Policy, Building]]:
    """Living policies whose building failed its inspection, or has the next one by `until`; the first due first."""
    due = or_(Building.ite_result == InspectionResult.DESFAVORABLE, col(Building.ite_next_on) <= until)
    query = (
        select(Policy, Building)
        .join(Building, col(Building.policy_id) == Policy.id)
        .where(due, alive(Building), alive(Policy), col(Policy.state).in_(LIVE))
        .order_by(col(Building.ite_next_on), Policy.policy_number)
    )
    return ctx.session.exec(query).all()


def claims_of(ctx: Context, policy: Policy, until: date) -> int:
    """How many claims `policy` had in the three years that end on `until`."""
    since = add_months(until, -12 * LOOKS_BACK) + timedelta(days=1)
    within = (col(Claim.occurred_on) >= since, col(Claim.occurred_on) <= until)
    return ctx.session.exec(
        select(func.count()).select_from(Claim).where(Claim.policy_id == policy.id, alive(Claim), *within)
    ).one()


def total(pairs: Sequence[tuple[Policy, Building]]) -> Decimal:
    """The yearly premiums of all."""
    return sum((policy.total_premium for policy, _ in pairs), Decimal("0.00"))
