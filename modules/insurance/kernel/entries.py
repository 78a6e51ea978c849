"""Entries of a policy (*apuntes de una póliza*): what many lines keep beside the insured thing, one row a fact.

Certificates, declarations, debtors and the movements of accounts are all rows of a policy
in the line's schema. They are added, and corrected by another row; few are ever changed.
"""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.records import Record, index, reference, table
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lookup import alive, resolve_policy
from modules.insurance.kernel.records import CUSTOMER, SCHEMA, Policy
from modules.insurance.kernel.states import PolicyState
from modules.insurance.kernel.terms import RiskUnknown, latest_term

EntryT = TypeVar("EntryT", bound="PolicyEntry")
OPEN = frozenset((PolicyState.IN_FORCE, PolicyState.PENDING_FIRST_PREMIUM, PolicyState.REDUCED, PolicyState.PAID_UP))


class PolicyEntry(Record):
    """Base of what a line keeps about a policy, many rows a policy."""

    policy_id: UUID
    customer_id: UUID  # the policyholder's


def entry_of_policy(schema: str, *parts: Any) -> Any:
    """`__table_args__` of a `PolicyEntry`."""
    return table(
        schema, reference("policy_id", f"{SCHEMA}.policy"), reference("customer_id", CUSTOMER), index("policy_id"),
        index("customer_id"), *parts,
    )  # fmt: skip


class NotOpen(Conflict):
    """The policy waits for its signature, is suspended or has ended."""

    text = N_("La póliza {policy} no está en vigor: no admite movimientos.")


def policy_of(ctx: Context, line: Line, ref: str) -> Policy:
    """The policy that `ref` names, if it is one of `line`.

    Raises:
        BadArguments: it is of another line.
    """
    policy = resolve_policy(ctx, ref)
    if policy.line != line.code:
        text = N_("La póliza {policy} («{field}») no es de este ramo.")
        raise BadArguments(text, field="policy", policy=policy.policy_number)
    return policy


def open_policy(ctx: Context, line: Line, ref: str) -> Policy:
    """As `policy_of`, if movements may be entered.

    Raises:
        NotOpen: it is not in force, nor waits for its first premium alone.
    """
    policy = policy_of(ctx, line, ref)
    if policy.state not in OPEN:
        raise NotOpen(policy=policy.policy_number)
    return policy


def agreed(ctx: Context, line: Line, policy: Policy) -> tuple[Any, Any]:
    """Risk and details of `policy` as last agreed, typed by `line`.

    Raises:
        RiskUnknown: they were never entered.
    """
    term = latest_term(ctx, policy.id)
    if term is None:
        raise RiskUnknown(policy=policy.policy_number)
    return line.risk.model_validate(term.risk), line.details.model_validate(term.details)


def hold(ctx: Context, what: str, id: UUID) -> None:
    """Let no other call weigh `what` of record `id` against a limit until this one has ended."""
    name = f"{what}:{ctx.actor.tenant_id}:{id}"
    ctx.session.connection().execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def entries(ctx: Context, kind: type[EntryT], *where: Any) -> Sequence[EntryT]:
    """Entries of `kind` that fit, the oldest first."""
    return ctx.session.exec(select(kind).where(*where, alive(kind)).order_by(col(kind.id))).all()


def of_policy(ctx: Context, kind: type[EntryT], policy: Policy, *where: Any) -> Sequence[EntryT]:
    """The entries of `kind` of one policy."""
    return entries(ctx, kind, col(kind.policy_id) == policy.id, *where)
