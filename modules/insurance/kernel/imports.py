"""Taking over a book (*importación de cartera*): typed rows become records, once.

A row is known again by its key in the file (`import_ref`); what has not changed gets no
new version. All rows of a call are taken or none, since the call is one transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments
from core.i18n import N_
from core.identifiers import new_id, parse_plate
from core.money import ZERO
from modules.core_business.crm import Customer
from modules.insurance.kernel.claims.files import take_over_figures
from modules.insurance.kernel.lookup import PLATE, alive
from modules.insurance.kernel.records import (
    Claim,
    Collaborator,
    CommissionLine,
    Insurer,
    Policy,
    Receipt,
)
from modules.insurance.kernel.rows import (
    ClaimImport,
    CollaboratorImport,
    InsurerImport,
    PolicyImport,
    ReceiptImport,
)
from modules.insurance.kernel.tariff import RECEIPTS
from modules.insurance.kernel.views import ImportReport
from tools import Risk, tool

RowT = TypeVar("RowT")
MOST: Final = 20_000  # rows of one call


class Tally:
    """How many rows were new, changed, or as before."""

    def __init__(self) -> None:
        """Start with none."""
        self.created = self.updated = self.unchanged = 0

    def report(self) -> ImportReport:
        """The counts as a result."""
        return ImportReport(created=self.created, updated=self.updated, unchanged=self.unchanged)


def by_ref(ctx: Context, kind: type[Any], refs: Iterable[str]) -> dict[str, Any]:
    """Live records of `kind` by their key in the file."""
    query = select(kind).where(col(kind.import_ref).in_(sorted(set(refs))), alive(kind))
    return {record.import_ref: record for record in ctx.session.exec(query)}


def known(found: Mapping[str, Any], ref: str, field: str, row: int) -> Any:
    """The record that a row refers to.

    Raises:
        BadArguments: there is none; names the field and the row.
    """
    if ref not in found:
        text = N_("Fila {row}: «{field}» = «{ref}» no existe; impórtelo antes.")
        raise BadArguments(text, field=field, row=row, ref=ref)
    return found[ref]


def store(
    ctx: Context, kind: type[Any], held: Mapping[str, Any], ref: str, values: dict[str, Any], tally: Tally
) -> Any:
    """Enter or change the record of `kind` whose key in the file is `ref`."""
    record = held.get(ref)
    if record is None:
        record = kind(id=new_id(), import_ref=ref, **values)
        ctx.session.add(record)
        tally.created += 1
        return record
    differing = {field: value for field, value in values.items() if getattr(record, field) != value}
    for field, value in differing.items():
        setattr(record, field, value)
    if differing:
        ctx.session.add(record)
        tally.updated += 1
    else:
        tally.unchanged += 1
    return record


def once(rows: Sequence[RowT], ref: Callable[[RowT], str], field: str) -> None:
    """Refuse two rows with one key."""
    seen: set[str] = set()
    for at, row in enumerate(rows, 1):
        if ref(row) in seen:
            text = N_("Fila {row}: «{field}» = «{ref}» está repetido.")
            raise BadArguments(text, field=field, row=at, ref=ref(row))
        seen.add(ref(row))


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Importar aseguradoras"),
    examples=("Importa las aseguradoras", "Import the insurers"),
)
def import_insurers(ctx: Context, rows: Annotated[list[InsurerImport], Field(max_length=MOST)]) -> ImportReport:
    """Take over insurers of a former system; a second import of the same rows changes nothing."""
    once(rows, lambda row: row.insurer_code, "insurer_code")
    held, tally = by_ref(ctx, Insurer, (row.insurer_code for row in rows)), Tally()
    for row in rows:
        values = {
            "code": row.insurer_code, "name": row.name, "id_number": row.nif, "settlement_terms": row.settlement_terms,
        }  # fmt: skip
        store(ctx, Insurer, held, row.insurer_code, values, tally)
    return tally.report()


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Importar colaboradores"),
    examples=("Importa los colaboradores", "Import the collaborators"),
)
def import_collaborators(
    ctx: Context, rows: Annotated[list[CollaboratorImport], Field(max_length=MOST)]
) -> ImportReport:
    """Take over external collaborators; a second import of the same rows changes nothing."""
    once(rows, lambda row: row.collaborator_id, "collaborator_id")
    held, tally = by_ref(ctx, Collaborator, (row.collaborator_id for row in rows)), Tally()
    for row in rows:
        values = {
            "code": row.collaborator_id, "name": row.name, "kind": row.kind, "id_number": row.id_number,
            "withholding_rate": row.irpf_rate, "started_on": row.start_date, "ended_on": row.end_date,
            "training_level": row.training_level, "training_hours": row.training_hours,
            "training_year": row.training_year,
        }  # fmt: skip
        store(ctx, Collaborator, held, row.collaborator_id, values, tally)
    return tally.report()


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Importar pólizas"),
    examples=("Importa la cartera de pólizas", "Import the policies"),
)
def import_policies(ctx: Context, rows: Annotated[list[PolicyImport], Field(max_length=MOST)]) -> ImportReport:
    """Take over policies of any line; customers, insurers and collaborators must be there already."""
    once(rows, lambda row: row.policy_id, "policy_id")
    held, tally = by_ref(ctx, Policy, (row.policy_id for row in rows)), Tally()
    customers = by_ref(ctx, Customer, {row.customer_id for row in rows} | {row.insured_id for row in rows})
    insurers = by_ref(ctx, Insurer, (row.insurer_code for row in rows))
    partners = by_ref(ctx, Collaborator, (row.collaborator_id for row in rows if row.collaborator_id))
    for at, row in enumerate(rows, 1):
        partner = known(partners, row.collaborator_id, "collaborator_id", at).id if row.collaborator_id else None
        values = policy_values(row) | {
            "policyholder_id": known(customers, row.customer_id, "customer_id", at).id,
            "insured_id": known(customers, row.insured_id, "insured_id", at).id,
            "insurer_id": known(insurers, row.insurer_code, "insurer_code", at).id, "collaborator_id": partner,
        }  # fmt: skip
        store(ctx, Policy, held, row.policy_id, values, tally)
    ctx.emit("policies.imported", None, created=tally.created, updated=tally.updated)
    return tally.report()


def policy_values(row: PolicyImport) -> dict[str, Any]:
    """The fields of a policy that its row holds itself; a plate only if the description names one."""
    plate = plate_in(row.risk_description)
    return {
        "policy_number": row.policy_number, "line": row.line, "state": row.status.value,
        "started_on": row.original_start_date, "effective_on": row.effective_date, "expires_on": row.expiry_date,
        "payment_frequency": row.payment_frequency.value, "collected_by": row.billing_by,
        "net_premium": row.net_premium_annual, "fractioning_surcharge": row.fractioning,
        "surcharges": row.consorcio, "ips": row.ips, "total_premium": row.total_premium_annual,
        "commission_rate": row.commission_rate,
        "cession_rate": row.cession_rate, "sum_insured": row.sum_insured, "risk_description": row.risk_description,
        **({"object_ref": plate} if plate else {}),
    }  # fmt: skip


def plate_in(text: str) -> str | None:
    """The number plate that a description of a risk holds, in its canonical form."""
    match = PLATE.search(text)
    try:
        return parse_plate(match.group()) if match else None
    except ValueError:
        return None


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Importar recibos"),
    examples=("Importa los recibos", "Import the receipts"),
)
def import_receipts(ctx: Context, rows: Annotated[list[ReceiptImport], Field(max_length=MOST)]) -> ImportReport:
    """Take over receipts with their commissions; their policies must be there already."""
    once(rows, lambda row: row.receipt_id, "receipt_id")
    held, tally = by_ref(ctx, Receipt, (row.receipt_id for row in rows)), Tally()
    policies = by_ref(ctx, Policy, (row.policy_id for row in rows))
    insurers = by_ref(ctx, Insurer, (row.insurer_code for row in rows))
    receipts = []
    for at, row in enumerate(rows, 1):
        policy: Policy = known(policies, row.policy_id, "policy_id", at)
        values = receipt_values(row, policy) | {
            "policy_id": policy.id, "insurer_id": known(insurers, row.insurer_code, "insurer_code", at).id,
        }  # fmt: skip
        receipts.append(store(ctx, Receipt, held, row.receipt_id, values, tally))
    ctx.session.flush()  # the lines refer to their receipts
    import_commissions(ctx, receipts, {policy.id: policy for policy in policies.values()})
    ctx.emit("receipts.imported", None, created=tally.created, updated=tally.updated)
    return tally.report()


def receipt_values(row: ReceiptImport, policy: Policy) -> dict[str, Any]:
    """The fields of a receipt that its row and the rhythm of its policy give."""
    count = RECEIPTS[policy.payment_frequency]
    return {
        "receipt_number": row.receipt_number, "kind": row.kind, "state": row.status.value,
        "instalment_no": instalment_of(row.effective_date, policy.effective_on, count), "instalment_count": count,
        "issued_on": row.issue_date, "period_from": row.effective_date,
        "period_to": add_months(row.effective_date, 12 // count), "due_on": row.due_date,
        "premium": row.net_premium, "surcharges": row.consorcio,
        "surcharge_parts": {"consorcio": f"{row.consorcio:.2f}"} if row.consorcio else {}, "ips": row.ips,
        "total": row.total, "commission": row.commission, "cession": row.cession, "collected_by": row.billing_by,
        "paid_on": row.paid_date, "returned_reason": row.return_reason, "settlement_ref": row.settlement_id,
    }  # fmt: skip


def instalment_of(starts: date, annuity: date, count: int) -> int:
    """Which instalment of its annuity begins on `starts`, from 1."""
    months = (starts.year - annuity.year) * 12 + starts.month - annuity.month
    return months * count // 12 % count + 1


COMMISSION_STATES: Final = {"paid": "accrued", "settled": "settled", "cancelled": "cancelled"}


def import_commissions(ctx: Context, receipts: Sequence[Receipt], policies: Mapping[UUID, Policy]) -> None:
    """The commission lines of `receipts`, as their rows state them."""
    wanted = [receipt.id for receipt in receipts]
    query = select(CommissionLine).where(col(CommissionLine.receipt_id).in_(wanted))
    held = {(line.receipt_id, line.kind): line for line in ctx.session.exec(query)}
    for receipt in receipts:
        policy = policies[receipt.policy_id]
        parts = (
            ("earned", receipt.premium, policy.commission_rate, receipt.commission, None),
            ("ceded", receipt.commission, policy.cession_rate, receipt.cession, policy.collaborator_id),
        )
        for kind, base, rate, amount, party in parts:
            keep_line(ctx, held.get((receipt.id, kind)), receipt, kind, base, rate, amount, party)


def keep_line(
    ctx: Context, line: CommissionLine | None, receipt: Receipt, kind: str, base: Decimal, rate: Decimal,
    amount: Decimal, party: UUID | None,
) -> None:  # fmt: skip
    """Enter or change one commission line; none for no amount."""
    state = COMMISSION_STATES.get(receipt.state, "expected")
    values: dict[str, Any] = {"state": state, "base": base, "rate": rate, "amount": amount, "collaborator_id": party}
    if line is None:
        if amount != ZERO:
            ctx.session.add(CommissionLine(receipt_id=receipt.id, policy_id=receipt.policy_id, kind=kind, **values))
        return
    for field, value in values.items():
        if getattr(line, field) != value:
            setattr(line, field, value)


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Importar siniestros"),
    examples=("Importa los siniestros", "Import the claims"),
)
def import_claims(ctx: Context, rows: Annotated[list[ClaimImport], Field(max_length=MOST)]) -> ImportReport:
    """Take over claims; their policies must be there already."""
    once(rows, lambda row: row.claim_id, "claim_id")
    held, tally = by_ref(ctx, Claim, (row.claim_id for row in rows)), Tally()
    policies = by_ref(ctx, Policy, (row.policy_id for row in rows))
    taken: list[tuple[Claim, str]] = []
    for at, row in enumerate(rows, 1):
        values = {
            "claim_number": row.claim_id, "insurer_claim_number": row.insurer_claim_number or "",
            "policy_id": known(policies, row.policy_id, "policy_id", at).id, "state": row.status.value,
            "cause": row.cause, "occurred_on": row.occurrence_date, "known_on": row.known_by_broker_date,
            "notified_on": row.declared_to_insurer_date, "reserve": row.reserve, "paid_amount": row.paid_amount,
            "paid_on": row.payment_date, "complaint": row.complaint,
        }  # fmt: skip
        if row.description:  # a file without it takes none away
            values["description"] = row.description
        taken.append((store(ctx, Claim, held, row.claim_id, values, tally), policies[row.policy_id].line))
    take_over_figures(ctx, taken)
    ctx.emit("claims.imported", None, created=tally.created, updated=tally.updated)
    return tally.report()
