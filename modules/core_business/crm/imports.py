"""Taking over customers of a former system (*importación*): all rows of a file, or none."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from sqlmodel import col, or_, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm.inputs import CustomerRow
from modules.core_business.crm.records import Channel, Consent, Customer, Purpose, changed
from modules.core_business.crm.views import ImportReport

BATCH: Final = 500  # rows whose records are looked up at once
Row = TypeVar("Row", bound=BaseModel)


class BadRow(BadArguments):
    """A line of the file does not fit; nothing of the file was taken over."""

    code = "ait.bad_row"
    text = N_("Línea {line}, columna «{column}»: {problem}. No se ha importado nada.")


def read_rows(text: str, kind: type[Row]) -> list[Row]:
    """The lines of a CSV `text` (comma, header) as rows of `kind`; an empty cell is no value.

    Raises:
        BadRow: the first line that does not fit, counted as an editor counts.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    rows: list[Row] = []
    try:
        for cells in reader:
            rows.append(_row(cells, kind, reader.line_num))
    except csv.Error as error:
        problem = N_("no es un CSV bien formado")
        raise BadRow(field="csv", line=reader.line_num, column="", problem=problem) from error
    if not rows:
        raise BadArguments(field="csv", problem=N_("el fichero no tiene filas"))
    return rows


def _row(cells: Mapping[str | None, str | None], kind: type[Row], line: int) -> Row:
    if None in cells or None in cells.values():
        raise BadRow(field="csv", line=line, column="", problem=N_("el número de columnas no es el de la cabecera"))
    try:
        return kind.model_validate({column: cell for column, cell in cells.items() if cell})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        column = ".".join(str(part) for part in first["loc"])
        problem = first["msg"].removeprefix("Value error, ")
        raise BadRow(field="csv", line=line, column=column, problem=problem) from error


def take_over(ctx: Context, rows: Sequence[CustomerRow]) -> ImportReport:
    """Enter or update the customers of `rows`; those that are equal already stay untouched."""
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    for start in range(0, len(rows), BATCH):
        for outcome in _batch(ctx, rows[start : start + BATCH]):
            counts[outcome] += 1
    return ImportReport(**counts)


def _batch(ctx: Context, rows: Sequence[CustomerRow]) -> Iterable[str]:
    refs, numbers = [row.customer_id for row in rows], [row.id_number for row in rows]
    known = ctx.session.exec(
        select(Customer).where(or_(col(Customer.import_ref).in_(refs), col(Customer.id_number).in_(numbers)))
    ).all()
    by_ref = {customer.import_ref: customer for customer in known if customer.import_ref}
    by_number = {customer.id_number: customer for customer in known}
    stated = _stated(ctx, known)
    entered = [
        _enter(ctx, by_ref.get(row.customer_id) or by_number.get(row.id_number), row) for row in rows
    ]
    ctx.session.flush()  # a consent refers to its customer, who must be there first
    for row, (customer, outcome) in zip(rows, entered, strict=True):
        added = _state(ctx, customer, row, stated)
        yield "updated" if added and outcome == "unchanged" else outcome


def _enter(ctx: Context, customer: Customer | None, row: CustomerRow) -> tuple[Customer, str]:
    fields = row.fields()
    if customer is None:
        customer = Customer(**fields, email_since=row.customer_since if row.email else None)
        ctx.session.add(customer)
        return customer, "created"
    if row.email and row.email != customer.email:
        fields["email_since"] = ctx.today
    return customer, "updated" if changed(customer, **fields) else "unchanged"


def _state(ctx: Context, customer: Customer, row: CustomerRow, stated: set[tuple[object, ...]]) -> bool:
    """Add the marketing consent of `row`, unless it stands there already; whether it was added."""
    at, granted = _midnight(row.consent_date, ctx.actor.zone), row.consent_marketing == "S"
    if (customer.id, granted, at) in stated:
        return False
    evidence = f"consent_marketing={row.consent_marketing}, {row.customer_id}"
    ctx.session.add(
        Consent(
            customer_id=customer.id, purpose=Purpose.MARKETING.value, granted=granted, at=at,
            channel=Channel.FILE.value, evidence=evidence,
        )
    )
    return True


def _stated(ctx: Context, known: Iterable[Customer]) -> set[tuple[object, ...]]:
    ids = [customer.id for customer in known]
    query = select(Consent).where(col(Consent.customer_id).in_(ids), Consent.purpose == Purpose.MARKETING)
    return {(c.customer_id, c.granted, c.at.astimezone(UTC)) for c in ctx.session.exec(query)}


def _midnight(on: date, zone: str) -> datetime:
    return datetime.combine(on, time.min, ZoneInfo(zone)).astimezone(UTC)
