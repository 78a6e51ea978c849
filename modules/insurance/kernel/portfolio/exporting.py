"""Giving a book away (*exportación de cartera*): the rows that the import takes, read back from the records.

What is exported can be imported into another house's empty book and is the same book there;
bank accounts, notes and what somebody told about a claim stay.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_
from modules.core_business.crm import Customer
from modules.insurance.kernel import rows
from modules.insurance.kernel.lines import installed_lines, line_of
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.portfolio.importing import TargetName
from modules.insurance.kernel.portfolio.leaving import FileFormat, FileKept, Format, Purpose, keep_file
from modules.insurance.kernel.portfolio.sheets import Table
from modules.insurance.kernel.portfolio.targets import RISKS, Target, target_of
from modules.insurance.kernel.portfolio.values import Cell, Kind
from modules.insurance.kernel.records import Claim, Collaborator, Insurer, Policy, Receipt, Term
from modules.insurance.kernel.tools import LineCode
from tools import Risk, tool
from tools.marks import Guard

Values = Mapping[str, Cell]
LEFT_OUT: Final = frozenset(("iban", "consent_marketing", "consent_date"))
ALL: Final = "all"


class NothingToExport(Conflict):
    """No record fits what was asked for."""

    text = N_("No hay nada que exportar con ese alcance.")


@tool(
    Risk.EXPORT,
    permission="kernel:export",
    title=N_("Exportar la cartera"),
    examples=(
        "Exporta la cartera de pólizas a Excel para el traspaso a otra correduría",
        "Exporta toda la cartera a un libro de Excel para la copia de seguridad anual",
        "Exporta los recibos de autos en CSV para la auditoría anual",
        "Export the policies to an Excel file in order to hand the book over",
    ),
)
def export_portfolio(
    ctx: Context,
    purpose: Purpose,
    what: Annotated[TargetName, Guard.SCOPE] = "policies",
    line: Annotated[LineCode | None, Guard.SCOPE] = None,
    format: Format = FileFormat.CSV,
) -> FileKept:
    """Put the book's policies, receipts, claims, customers or risks into a file that only the person who asks gets.

    `what` is as in the import: policies, receipts, claims, customers, insurers, collaborators,
    or `risks:` and a line; `all` is a workbook with a sheet of each. Customers whose data are
    restricted (GDPR art. 18) stay out, with their policies. The last line of a table says who
    asked for it, when and what for.
    """
    targets = [target_of(name) for name in (everything() if what == ALL else (what,))]
    tables, subjects, rows = {}, set[Any](), 0
    for target in targets:
        names = [name for name in target.columns if name not in LEFT_OUT]
        found = list(_rows(ctx, target, line))
        rows += len(found)
        subjects.update(subject for subject, _ in found if subject is not None)
        if not found and what == ALL:
            continue
        headings = [target.columns[name].headings[0] for name in names]
        kinds = [(name, target.columns[name].kind) for name in names]
        told = [[_typed(kind, values.get(name)) for name, kind in kinds] for _, values in found]
        tables[target.code.replace(":", "_")] = Table(headings, told)  # a sheet's title holds no colon
    special = any(line_of(name.removeprefix(RISKS)).persons for name in (t.code for t in targets) if RISKS in name)
    if not rows:
        raise NothingToExport
    # Firms have data too: a list of insurers counts by its rows.
    ctx.weigh(subjects=len(subjects) or rows, special=special, line=line or "")
    scope = ", ".join(part for part in (what, line) if part)
    name = f"cartera-{what.replace(':', '-')}-{ctx.today:%Y-%m-%d}"
    return keep_file(ctx, name, format, tables, purpose=purpose, scope=scope, event="portfolio.exported")


def everything() -> Iterator[str]:
    """What a whole book is, each after what it refers to."""
    yield from READERS
    yield from (f"{RISKS}{line.code}" for line in installed_lines())


def _typed(kind: Kind, value: Cell) -> Cell:
    """A value as what it is: the risk of a term is kept as JSON."""
    if isinstance(value, str) and value:
        if kind in (Kind.MONEY, Kind.NUMBER):
            return Decimal(value)
        if kind is Kind.DAY:
            return date.fromisoformat(value)
    return value


def _rows(ctx: Context, target: Target, line: str | None) -> Iterator[tuple[Any, Values]]:
    """Whom each row is about, and what it says."""
    if target.code.startswith(RISKS):
        return _risks(ctx, target.code.removeprefix(RISKS))
    return READERS[target.code](ctx, line)


def _insurers(ctx: Context, _: str | None) -> Iterator[tuple[Any, Values]]:
    for one in ctx.session.exec(select(Insurer).where(alive(Insurer)).order_by(Insurer.code)):
        yield None, {"insurer_code": one.import_ref or one.code, "name": one.name, "nif": one.id_number,
                     "settlement_terms": one.settlement_terms}  # fmt: skip


def _collaborators(ctx: Context, _: str | None) -> Iterator[tuple[Any, Values]]:
    for one in ctx.session.exec(select(Collaborator).where(alive(Collaborator)).order_by(Collaborator.code)):
        yield one.id, {
            "collaborator_id": one.import_ref or one.code, "name": one.name, "kind": one.kind,
            "id_number": one.id_number, "irpf_rate": per_cent(one.withholding_rate), "start_date": one.started_on,
            "end_date": one.ended_on, "training_level": one.training_level, "training_hours": one.training_hours,
            "training_year": one.training_year,
        }  # fmt: skip


def _customers(ctx: Context, line: str | None) -> Iterator[tuple[Any, Values]]:
    where = [alive(Customer), *OPEN]
    if line:
        held = select(Policy.policyholder_id).where(Policy.line == line, alive(Policy))
        where.append(col(Customer.id).in_(held))
    for one in ctx.session.exec(select(Customer).where(*where).order_by(Customer.search_name, col(Customer.id))):
        own = one.model_dump(include=set(target_of("customers").columns))
        yield one.id, {
            **own, "customer_id": _key(one.id, one.import_ref), "collaborator_id": one.collaborator_ref,
        }  # fmt: skip


OPEN: Final = (col(Customer.erased_at).is_(None), col(Customer.restricted_at).is_(None))


def _of_policies(line: str | None) -> list[Any]:
    """The condition that a policy goes out: not its customer's who limited the use of his data."""
    return [alive(Policy), col(Customer.id) == col(Policy.policyholder_id), *OPEN,
            *([col(Policy.line) == line] if line else [])]  # fmt: skip


def per_cent(rate: Decimal) -> Decimal:
    """A fraction as a percentage: 0.110000 is 11."""
    return (rate * 100).normalize()


def key_of(record: Any, number: str) -> str:
    """The key by which a record is known again: that of its former file, or its number."""
    return str(record.import_ref or number)


def inverse(codes: Mapping[str, str | None]) -> dict[str | None, str]:
    """Code of the file by ours; the first that a file may use."""
    found: dict[str | None, str] = {}
    for code, own in codes.items():
        found.setdefault(own, code)
    return found


STATES: Final = inverse(rows.POLICY_STATES)
FREQUENCIES: Final = inverse(rows.FREQUENCIES)
COLLECTORS: Final = inverse(rows.COLLECTORS)
RECEIPT_KINDS: Final = inverse(rows.RECEIPT_KINDS)
RECEIPT_STATES: Final = inverse(rows.RECEIPT_STATES)
CLAIM_STATES: Final = inverse(rows.CLAIM_STATES)
COMPLAINTS: Final = inverse(rows.COMPLAINTS)


def _policies(ctx: Context, line: str | None) -> Iterator[tuple[Any, Values]]:
    customers = {id: _key(id, ref) for id, ref in ctx.session.exec(select(Customer.id, Customer.import_ref))}
    insurers = {one.id: one for one in ctx.session.exec(select(Insurer))}
    partners = {one.id: one for one in ctx.session.exec(select(Collaborator))}
    query = select(Policy).where(*_of_policies(line)).order_by(Policy.policy_number)
    for one in ctx.session.exec(query):
        insurer = insurers[one.insurer_id]
        partner = partners.get(one.collaborator_id) if one.collaborator_id else None
        yield one.policyholder_id, {
            "policy_id": key_of(one, one.policy_number), "policy_number": one.policy_number,
            "customer_id": customers[one.policyholder_id], "insured_id": customers[one.insured_id],
            "insurer_code": key_of(insurer, insurer.code), "line": one.line, "original_start_date": one.started_on,
            "effective_date": one.effective_on, "expiry_date": one.expires_on, "status": STATES[one.state],
            "payment_frequency": FREQUENCIES[one.payment_frequency], "billing_by": COLLECTORS[one.collected_by],
            "net_premium_annual": one.net_premium, "fractioning": one.fractioning_surcharge, "ips": one.ips,
            "consorcio": one.surcharges, "total_premium_annual": one.total_premium,
            "commission_rate": per_cent(one.commission_rate), "cession_rate": per_cent(one.cession_rate),
            "collaborator_id": key_of(partner, partner.code) if partner else None, "sum_insured": one.sum_insured,
            "risk_description": one.risk_description, "product": one.product,
        }  # fmt: skip


def _key(id: UUID, ref: str | None) -> str:
    return ref or str(id)[-20:].upper()


def _receipts(ctx: Context, line: str | None) -> Iterator[tuple[Any, Values]]:
    insurers = {one.id: key_of(one, one.code) for one in ctx.session.exec(select(Insurer))}
    where = [alive(Receipt), col(Receipt.policy_id) == col(Policy.id), *_of_policies(line)]
    for one, policy in ctx.session.exec(select(Receipt, Policy).where(*where).order_by(Receipt.receipt_number)):
        yield policy.policyholder_id, {
            "receipt_id": key_of(one, one.receipt_number), "receipt_number": one.receipt_number,
            "policy_id": key_of(policy, policy.policy_number), "insurer_code": insurers[one.insurer_id],
            "kind": RECEIPT_KINDS[one.kind], "issue_date": one.issued_on, "effective_date": one.period_from,
            "due_date": one.due_on, "net_premium": one.premium, "ips": one.ips, "consorcio": one.surcharges,
            "total": one.total, "commission": one.commission, "cession": one.cession,
            "billing_by": COLLECTORS[one.collected_by], "status": RECEIPT_STATES[one.state],
            "paid_date": one.paid_on, "return_reason": one.returned_reason, "settlement_id": one.settlement_ref,
        }  # fmt: skip


def _claims(ctx: Context, line: str | None) -> Iterator[tuple[Any, Values]]:
    where = [alive(Claim), col(Claim.policy_id) == col(Policy.id), *_of_policies(line)]
    for one, policy in ctx.session.exec(select(Claim, Policy).where(*where).order_by(Claim.claim_number)):
        yield policy.policyholder_id, {
            "claim_id": key_of(one, one.claim_number), "insurer_claim_number": one.insurer_claim_number or None,
            "policy_id": key_of(policy, policy.policy_number), "occurrence_date": one.occurred_on,
            "known_by_broker_date": one.known_on, "declared_to_insurer_date": one.notified_on, "cause": one.cause,
            "status": CLAIM_STATES[one.state], "reserve": one.reserve, "paid_amount": one.paid_amount,
            "payment_date": one.paid_on, "complaint": COMPLAINTS.get(one.complaint),
        }  # fmt: skip


def _risks(ctx: Context, line: str) -> Iterator[tuple[Any, Values]]:
    """The latest term of each policy of a line, as far as cells hold it."""
    other = aliased(Term)
    last = select(func.max(other.number)).where(other.policy_id == Policy.id, alive(other)).scalar_subquery()
    query = select(Policy, Term).where(Term.policy_id == Policy.id, Term.number == last, *_of_policies(line))
    for policy, term in ctx.session.exec(query.order_by(Policy.policy_number)):
        whole = {**term.risk, **term.details}
        said = {name: value for name, value in whole.items() if not isinstance(value, list | dict)}
        yield policy.policyholder_id, {**said, "policy_id": key_of(policy, policy.policy_number)}


READERS: Final = {
    "insurers": _insurers, "collaborators": _collaborators, "customers": _customers, "policies": _policies,
    "receipts": _receipts, "claims": _claims,
}  # fmt: skip
