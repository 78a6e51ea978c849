"""Hail notices (*avisos de granizo*): a sample plug-in, whole in one file.

It has what a module may have: a record, a read, a write, and a binding act with an effect.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from sqlmodel import select

from core.context import Context, Effect
from core.records import Record, index, table
from modules.manifest import Module
from tools import Risk, Slot, tool
from tools.results import Result

MODULE = Module(
    id="hail-notices",
    category="integration_automation",
    version="0.1.0",
    schema="soriano_operations",
    summary="Avisos de granizo",
)


class HailNotice(Record, table=True):
    """One notice for a province (INE code, two digits)."""

    __table_args__ = table("soriano_operations", index("province"))
    province: str
    day: date
    published: bool = False


class Notice(Result):
    """A notice as it is shown."""

    notice: Annotated[str, Slot(ref="hail_notice")]
    province: str
    day: date
    published: bool


def shown(record: HailNotice) -> Notice:
    """The record as a result."""
    return Notice(notice=str(record.id), province=record.province, day=record.day, published=record.published)


@tool(Risk.READ, permission="hail:read", examples=("¿Hay avisos de granizo?", "Any hail notices?"))
def list_notices(ctx: Context, province: str | None = None) -> list[Notice]:
    """Hail notices, of one province or of all."""
    query = select(HailNotice).order_by(HailNotice.day, HailNotice.id)
    if province is not None:
        query = query.where(HailNotice.province == province)
    return [shown(record) for record in ctx.session.exec(query)]


@tool(Risk.DRAFT, permission="hail:write", examples=("Apunta un aviso de granizo en Lleida (25)",))
def record_notice(ctx: Context, province: str, day: date) -> Notice:
    """Record a notice, not yet published."""
    record = HailNotice(province=province, day=day)
    ctx.session.add(record)
    ctx.emit("hail.notice_recorded", record.id, province=province)
    return shown(record)


@tool(Risk.WRITE, permission="hail:bind", examples=("Publica el aviso de granizo",))
def publish_notice(ctx: Context, notice: UUID, recipient: str) -> Notice:
    """Publish a notice and send it to one recipient."""
    record = ctx.get(HailNotice, notice, "el aviso")
    record.published = True
    ctx.session.add(record)
    ctx.effect(Effect("email", recipient, f"Granizo {record.day}", f"Provincia {record.province}", record.id))
    ctx.emit("hail.notice_published", record.id)
    return shown(record)
