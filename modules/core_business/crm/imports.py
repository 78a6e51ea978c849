"""Taking over customers of a former system (*importación*): all rows of a call, or none.

A row is known again by its key in the file (`import_ref`) or by its NIF, so that a second
import of the same rows changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import col, or_, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm.inputs import CustomerRow
from modules.core_business.crm.records import Channel, Consent, Customer, Purpose, changed
from modules.core_business.crm.views import ImportReport

BATCH: Final = 500  # rows whose records are looked up at once


def take_over(ctx: Context, rows: Sequence[CustomerRow]) -> ImportReport:
    """Enter or update the customers of `rows`; those that are equal already stay untouched."""
    _once(row.customer_id for row in rows)
    _once(row.id_number for row in rows)
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    for start in range(0, len(rows), BATCH):
        for outcome in _batch(ctx, rows[start : start + BATCH]):
            counts[outcome] += 1
    return ImportReport(**counts)


def _once(keys: Iterable[str]) -> None:
    """Refuse two rows with one key."""
    seen: set[str] = set()
    for at, key in enumerate(keys, 1):
        if key in seen:
            raise BadArguments(field=f"rows.{at}", problem=N_("repite un cliente de otra fila"))
        seen.add(key)


def _batch(ctx: Context, rows: Sequence[CustomerRow]) -> Iterable[str]:
    refs, numbers = [row.customer_id for row in rows], [row.id_number for row in rows]
    known = ctx.session.exec(
        select(Customer).where(or_(col(Customer.import_ref).in_(refs), col(Customer.id_number).in_(numbers)))
    ).all()
    by_ref = {customer.import_ref: customer for customer in known if customer.import_ref}
    by_number = {customer.id_number: customer for customer in known}
    stated = _stated(ctx, known)
    entered = [_enter(ctx, by_ref.get(row.customer_id) or by_number.get(row.id_number), row) for row in rows]
    ctx.session.flush()  # a consent refers to its customer, who must be there first
    for row, (customer, outcome) in zip(rows, entered, strict=True):
        added = _state(ctx, customer, row, stated)
        yield "updated" if added and outcome == "unchanged" else outcome


def _enter(ctx: Context, customer: Customer | None, row: CustomerRow) -> tuple[Customer, str]:
    fields = row.fields()
    if customer is None:
        since: dict[str, Any] = {f"{field}_since": row.customer_since for field in ("email", "phone") if fields[field]}
        customer = Customer(**fields, **since)
        ctx.session.add(customer)
        return customer, "created"
    if customer.erased_at is not None:
        return customer, "unchanged"  # what was erased does not come back by an old file
    for field in ("email", "phone"):
        if fields[field] and fields[field] != getattr(customer, field):
            fields[f"{field}_since"] = ctx.today
    return customer, "updated" if changed(customer, **fields) else "unchanged"


def _state(ctx: Context, customer: Customer, row: CustomerRow, stated: set[tuple[object, ...]]) -> bool:
    """Add the marketing consent of `row`, unless it stands there already; whether it was added."""
    if customer.erased_at is not None:
        return False
    at, granted = _midnight(row.consent_date, ctx.actor.zone), row.consent_marketing == "S"
    if (customer.id, granted, at) in stated:
        return False
    evidence = f"consent_marketing={row.consent_marketing}, {row.customer_id}"
    ctx.session.add(
        Consent(
            customer_id=customer.id,
            purpose=Purpose.MARKETING.value,
            granted=granted,
            at=at,
            channel=Channel.FILE.value,
            evidence=evidence,
        )
    )
    return True


def _stated(ctx: Context, known: Iterable[Customer]) -> set[tuple[object, ...]]:
    ids = [customer.id for customer in known]
    query = select(Consent).where(col(Consent.customer_id).in_(ids), Consent.purpose == Purpose.MARKETING)
    return {(c.customer_id, c.granted, c.at.astimezone(UTC)) for c in ctx.session.exec(query)}


def _midnight(on: date, zone: str) -> datetime:
    return datetime.combine(on, time.min, ZoneInfo(zone)).astimezone(UTC)
