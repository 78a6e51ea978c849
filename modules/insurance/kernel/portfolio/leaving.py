"""Files that leave the house (*ficheros de salida*): sealed, marked with who and why, there for an hour.

As with customers' exports, only the person who asked gets the file, never an agent.
"""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field

from core.context import Context
from core.errors import Conflict, Denied, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import instant_of, new_id
from modules.insurance.kernel.lookup import as_uuid
from modules.insurance.kernel.portfolio.records import PortfolioExport
from modules.insurance.kernel.portfolio.sheets import Table, write_csv, write_xlsx
from tools import Risk, Slot, tool
from tools.results import Result

LASTS: Final = timedelta(hours=1)


class FileFormat(StrEnum):
    """How a file is written."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA: Final = {
    "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
Purpose: TypeAlias = Annotated[
    str,
    Field(min_length=10, max_length=300),
    Slot(ask=N_("¿Para qué se necesitan los datos?"), pattern=r"(?:(?<=\bpara )|(?<=\bin order ))\S.{9,}"),
]
Format: TypeAlias = Annotated[
    FileFormat, Slot(words={"xlsx": ("excel", "xlsx", "libro", "workbook"), "csv": ("csv", "texto")})
]


class NothingToTake(Conflict):
    """No row fits."""

    text = N_("No hay nada que exportar con esas condiciones.")


class FileGone(Conflict):
    """The hour is over."""

    text = N_("El fichero caducó el {on}. Pida otro si lo necesita.")


class FileKept(Result):
    """A file that waits for whoever asked for it."""

    export: Annotated[str, Slot(ref="portfolio_export")]
    name: str
    count: int
    expires_at: datetime
    watermark: str

    def told(self, locale: Locale) -> str:
        """How many rows, for how long, and for whom."""
        text = N_("Exportadas {count} filas. Solo usted puede descargar el fichero, durante una hora: {export}.")
        return translate(text, locale, count=self.count, export=self.export)


class FileTaken(Result):
    """A file, as its name, type and content in base64."""

    name: str
    media_type: str
    content: str


def keep_file(
    ctx: Context, name: str, format: FileFormat, tables: Mapping[str, Table], *, purpose: str, scope: str, event: str
) -> FileKept:
    """Seal `tables` into a file for the person who asks; the last line says who, when and what for.

    A CSV holds one table; more of them are a workbook, whatever was asked for.

    Raises:
        NothingToTake: there are no rows.
    """
    count = sum(len(found.rows) for found in tables.values())
    if not count:
        raise NothingToTake()
    suffix = FileFormat.XLSX if len(tables) > 1 else format
    export = PortfolioExport(
        id=new_id(), requested_by=ctx.actor.user_id, purpose=purpose, scope=scope, name=f"{name}.{suffix}",
        count=count, address="", watermark="", expires_at=ctx.now + LASTS,
    )  # fmt: skip
    asked = instant_of(export.id).astimezone(ZoneInfo(ctx.actor.zone))
    mark = export.watermark = f"{ctx.actor.user} · {asked:%d/%m/%Y %H:%M} · {purpose} · {export.id}"
    only = next(iter(tables.values()))
    content = write_xlsx(tables, mark) if suffix is FileFormat.XLSX else write_csv(only, mark)
    export.address = ctx.files.put(content)
    ctx.session.add(export)
    ctx.emit(event, export.id, count=export.count, scope=scope)
    return FileKept(
        export=str(export.id), name=export.name, count=export.count, expires_at=export.expires_at,
        watermark=export.watermark,
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="kernel:export",
    title=N_("Descargar una exportación de cartera"),
    examples=(
        "Descarga el fichero de la exportación de la cartera", "Download the file of the portfolio export",
    ),
)  # fmt: skip
def download_portfolio(ctx: Context, export: Annotated[str, Slot(ref="portfolio_export")]) -> FileTaken:
    """The file of an export of policies or of a bordereau, in base64: for the person who asked, within the hour."""
    id = as_uuid(export.strip())
    found: Any = ctx.session.get(PortfolioExport, (ctx.actor.tenant_id, id)) if id else None
    if found is None or found.deleted_at is not None:
        raise NotFound(what=N_("la exportación"), ref=export)
    if ctx.actor.agent is not None:
        raise Denied(rule="own-export", reason=N_("una exportación la descarga una persona, no un agente"))
    if found.requested_by != ctx.actor.user_id:
        raise Denied(rule="own-export", reason=N_("solo la descarga quien la pidió"))
    if ctx.now >= found.expires_at:
        raise FileGone(on=f"{found.expires_at.astimezone(ZoneInfo(ctx.actor.zone)):%d/%m/%Y %H:%M}")
    content = base64.b64encode(ctx.files.get(found.address)).decode()
    return FileTaken(name=found.name, media_type=MEDIA[found.name.rpartition(".")[2]], content=content)
