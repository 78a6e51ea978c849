"""Taking over very many policies at once (*carga masiva de pólizas*): the same rows, the same fields, fewer words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import String, any_, cast, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from core.bulk import copy_in
from core.context import Context
from modules.core_business.crm import Customer
from modules.insurance.kernel.imports import Tally, known, policy_values, store
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Collaborator, Insurer, Policy
from modules.insurance.kernel.rows import PolicyImport
from modules.insurance.kernel.views import ImportReport


def listed_in(column: Any, refs: Iterable[str]) -> Any:
    """The condition that a column is one of very many texts: one parameter, whatever their number."""
    kind = ARRAY(String)
    return col(column) == any_(cast(literal(sorted(set(refs)), kind), kind))


def ids_of(ctx: Context, kind: Any, refs: Iterable[str]) -> dict[str, UUID]:
    """The ids of live records by their key in a former file."""
    query = select(kind.import_ref, kind.id).where(listed_in(kind.import_ref, refs), alive(kind))
    return {ref: id for ref, id in ctx.session.exec(query)}


def take_policies(ctx: Context, rows: Sequence[PolicyImport], batch: UUID) -> tuple[ImportReport, str]:
    """As `kernel_import_policies`, for any number; the digest vouches for the new ones."""
    held: dict[str, Any] = {str(policy.import_ref): policy for policy in ctx.session.exec(
        select(Policy).where(listed_in(Policy.import_ref, (row.policy_id for row in rows)), alive(Policy))
    )}  # fmt: skip
    refs = _Refs(
        ids_of(ctx, Customer, {row.customer_id for row in rows} | {row.insured_id for row in rows}),
        ids_of(ctx, Insurer, {row.insurer_code for row in rows}),
        ids_of(ctx, Collaborator, {row.collaborator_id for row in rows if row.collaborator_id}),
    )
    tally = Tally()
    new = [(at, row) for at, row in enumerate(rows, 1) if row.policy_id not in held]
    for at, row in enumerate(rows, 1):
        if row.policy_id in held:
            store(ctx, Policy, held, row.policy_id, refs.values(row, at), tally)

    def entered() -> Iterator[dict[str, Any]]:
        for at, row in new:
            yield refs.values(row, at) | {"import_ref": row.policy_id}

    digest = copy_in(ctx.session, Policy, entered(), batch).digest if new else ""
    tally.created = len(new)
    ctx.emit("policies.imported", None, created=tally.created, updated=tally.updated)
    return tally.report(), digest


class _Refs:
    """Whom and what policies refer to, by the keys of the file."""

    def __init__(self, customers: Mapping[str, UUID], insurers: Mapping[str, UUID], partners: Mapping[str, UUID]):
        """The ids by key."""
        self.customers, self.insurers, self.partners = customers, insurers, partners

    def values(self, row: PolicyImport, at: int) -> dict[str, Any]:
        """All fields of the policy of `row`."""
        partner = row.collaborator_id
        return policy_values(row) | {
            "policyholder_id": known(self.customers, row.customer_id, "customer_id", at),
            "insured_id": known(self.customers, row.insured_id, "insured_id", at),
            "insurer_id": known(self.insurers, row.insurer_code, "insurer_code", at),
            "collaborator_id": known(self.partners, partner, "collaborator_id", at) if partner else None,
        }
