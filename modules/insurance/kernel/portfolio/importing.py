"""Taking over a book from a file (*importación de cartera*): keep it, agree how to read it, check it, import it.

The file is kept encrypted and its reading beside it, so that what is checked is what is
imported. All rows are taken or none. The same file again changes nothing.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field
from sqlmodel import select

from core.bulk import FEW
from core.context import Context
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.text import clean_foreign
from modules.insurance.kernel.imports import MOST
from modules.insurance.kernel.lookup import alive, as_uuid
from modules.insurance.kernel.portfolio.checking import Check, Checked, Problems, first_of
from modules.insurance.kernel.portfolio.mapping import missing, proposed, told_mark
from modules.insurance.kernel.portfolio.records import PortfolioFile, PortfolioMapping
from modules.insurance.kernel.portfolio.sheets import BadFile, Sheet, read
from modules.insurance.kernel.portfolio.targets import Target, target_of, title_of
from modules.insurance.kernel.portfolio.values import Mark
from modules.insurance.kernel.views import ImportReport
from tools import Risk, Slot, tool
from tools.marks import External
from tools.results import Result

LARGEST: Final = 64 * 1024 * 1024
CONFIRM: Final = N_("Confirme las columnas y compruebe el fichero antes de importarlo.")
GZIP: Final = b"\x1f\x8b"

FileRef = Annotated[str, Slot(ref="portfolio_file", ask=N_("¿Qué fichero de cartera?"))]
TargetName = Annotated[
    str,
    Field(max_length=60),
    Slot(
        ask=N_("¿Qué contiene el fichero?"),
        words={
            "policies": ("pólizas", "policies"), "receipts": ("recibos", "receipts"),
            "customers": ("clientes", "customers"), "claims": ("siniestros", "claims"),
            "all": ("toda la cartera", "whole book"), "insurers": ("aseguradoras", "insurers"),
            "collaborators": ("colaboradores", "collaborators"),
        },
    ),
]  # fmt: skip


class Refused(BadArguments):
    """Some cells cannot be taken, so nothing was."""

    text = N_("No he importado nada: hay {wrong} celdas que corregir. {first}")


class NotMapped(Conflict):
    """Columns are missing that every row needs."""

    text = N_("Faltan columnas que toda fila necesita: {columns}. Indique cuáles son.")


class PortfolioReading(Result):
    """How a file is read: our fields by its headings, and what is still open."""

    file: Annotated[str, Slot(ref="portfolio_file")]
    source: str
    target: str
    rows: int
    columns: Mapping[str, External]
    unread: tuple[External, ...]  # headings that nothing is read from
    missing: tuple[str, ...]
    decimal_mark: str
    remembered: bool  # whether a person confirmed a reading of this source before
    title: str

    def told(self, locale: Locale) -> str:
        """What is in it, what is read, and what to do next."""
        text = N_("Fichero «{source}»: {rows} filas de {title}, {read} columnas reconocidas y {unread} sin usar.")
        head = translate(
            text, locale, source=self.source, rows=self.rows, title=self.title, read=len(self.columns),
            unread=len(self.unread),
        )  # fmt: skip
        if self.missing:
            return f"{head} {NotMapped(columns=', '.join(self.missing)).told(locale)}"
        return f"{head} {translate(CONFIRM, locale)}"


class PortfolioCheck(Result):
    """What an import would do, and every cell in its way."""

    file: Annotated[str, Slot(ref="portfolio_file")]
    rows: int
    good: int
    wrong: int  # cells
    problems: Problems

    def told(self, locale: Locale) -> str:
        """Whether it can be imported, or the first problems."""
        if not self.wrong:
            return translate(N_("Las {rows} filas están bien: se puede importar."), locale, rows=self.rows)
        text = N_("{good} de {rows} filas están bien; hay {wrong} celdas que corregir. {first}")
        first = first_of(self.problems, locale)
        return translate(text, locale, good=self.good, rows=self.rows, wrong=self.wrong, first=first)


@tool(
    Risk.DRAFT,
    permission="kernel:import",
    title=N_("Guardar un fichero de cartera"),
    examples=(
        "Guarda este fichero de cartera para importarlo",
        "Sube el Excel de la cartera de otra correduría",
        "Keep this portfolio file for the import",
    ),
)
def keep_portfolio_file(
    ctx: Context,
    content: Annotated[str, Field(min_length=4)],
    source: Annotated[str, Field(min_length=2, max_length=80), Slot(ask=N_("¿De qué programa o correduría viene?"))],
    target: TargetName,
    name: Annotated[str, Field(max_length=200)] = "",
    sheet: Annotated[str, Field(max_length=31)] = "",
) -> PortfolioReading:
    """Keep a CSV or XLSX (base64; a CSV may be gzipped) and propose how its columns are read.

    The reading that a person confirmed for the same `source` is used again. `target` is what
    its rows are: insurers, collaborators, customers, policies, receipts, claims, or `risks:`
    and a line (`risks:hogar`); `sheet` is the title of a workbook's sheet, or else the first is
    read. Nothing is imported yet.
    """
    data, wanted = _content(content), target_of(target)
    table, mapping = read(data, sheet), _mapping(ctx, source, target)
    columns = proposed(wanted, table.headings, mapping.columns if mapping else None)
    mark = told_mark(wanted, table, columns) or (mapping.decimal_mark if mapping else ",")
    kept = PortfolioFile(
        id=new_id(), source=source, target=target, name=clean_foreign(name), address=ctx.files.put(data), sheet=sheet,
        row_count=len(table.rows), columns=columns, decimal_mark=mark,
    )  # fmt: skip
    ctx.session.add(kept)
    return _reading(ctx, kept, wanted, table, remembered=mapping is not None)


@tool(
    Risk.DRAFT,
    permission="kernel:import",
    title=N_("Confirmar las columnas de un fichero de cartera"),
    examples=(
        "Confirma las columnas del fichero de cartera",
        "Cambia la columna del vencimiento en el mapeo de la cartera",
        "Set which column of the portfolio file holds the expiry date",
    ),
)
def set_portfolio_columns(
    ctx: Context,
    file: FileRef,
    columns: Annotated[dict[str, str], Field(max_length=120)] = {},  # noqa: B006 — never written to
    decimal_mark: Annotated[Mark | None, Slot(cues=("coma decimal", "decimal mark"))] = None,
) -> PortfolioReading:
    """Say which heading each field is read from; what is not named stays, an empty heading takes one away.

    The reading is remembered for the source's next file.
    """
    kept = file_of(ctx, file)
    target, sheet = target_of(kept.target), read(ctx.files.get(kept.address), kept.sheet)
    for name, heading in columns.items():
        if name not in target.columns:
            raise BadArguments(field=f"columns.{name}", problem=N_("no es un campo de esas filas"))
        if heading and heading not in sheet.headings:
            raise BadArguments(field=f"columns.{name}", problem=N_("no es un encabezado del fichero"))
    agreed = {name: heading for name, heading in {**kept.columns, **columns}.items() if heading}
    kept.columns, kept.decimal_mark = agreed, decimal_mark or kept.decimal_mark
    ctx.session.add(kept)
    mapping = _mapping(ctx, kept.source, kept.target)
    if mapping is None:
        mapping = PortfolioMapping(id=new_id(), source=kept.source, target=kept.target)
    if (mapping.columns, mapping.decimal_mark) != (agreed, kept.decimal_mark) or not mapping.checksum:
        mapping.columns, mapping.decimal_mark = agreed, kept.decimal_mark
        ctx.session.add(mapping)
    return _reading(ctx, kept, target, sheet, remembered=True)


@tool(
    Risk.READ,
    permission="kernel:import",
    title=N_("Comprobar un fichero de cartera"),
    examples=(
        "Comprueba el fichero de cartera antes de importarlo",
        "Qué errores tiene el fichero de la cartera",
        "Check the portfolio file for errors before the import",
    ),
)
def check_portfolio_file(ctx: Context, file: FileRef) -> PortfolioCheck:
    """Every cell of a kept file that cannot be taken, with what to do; nothing is imported."""
    kept = file_of(ctx, file)
    checked = _checked(ctx, kept, target_of(kept.target))
    good = kept.row_count - len(checked.bad)
    return PortfolioCheck(
        file=str(kept.id), rows=kept.row_count, good=good, wrong=checked.wrong, problems=tuple(checked.problems)
    )


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Importar un fichero de cartera"),
    examples=("Importa el fichero de cartera ya comprobado", "Import the checked portfolio file"),
)
def import_portfolio(ctx: Context, file: FileRef) -> ImportReport:
    """Take over all rows of a kept file, or none; a second import of the same rows changes nothing."""
    kept = file_of(ctx, file)
    target = target_of(kept.target)
    checked = _checked(ctx, kept, target)
    if checked.wrong:
        first = first_of(checked.problems, ctx.actor.locale)
        raise Refused(field="file", wrong=checked.wrong, first=first)
    digest = ""
    if target.bulk is not None and len(checked.rows) > FEW:
        report, digest = target.bulk(ctx, checked.rows, kept.id)
    elif len(checked.rows) > MOST:
        raise BadFile(field="file", problem=N_("tiene demasiadas filas de esa clase; divídalo"))
    else:
        taken = target.take(ctx, checked.rows)
        report = ImportReport(created=taken.created, updated=taken.updated, unchanged=taken.unchanged)
    kept.imported_at = ctx.now
    kept.outcome = report.model_dump() | ({"digest": digest} if digest else {})
    ctx.session.add(kept)
    ctx.emit("portfolio.imported", kept.id, target=kept.target, rows=kept.row_count)
    return report


class NoSuchFile(NotFound):
    """No file of a portfolio of this tenant answers to the reference."""

    text = N_("No encuentro ningún fichero de cartera «{ref}».")


def file_of(ctx: Context, ref: str) -> PortfolioFile:
    """The kept file that `ref` names.

    Raises:
        NoSuchFile: there is none.
    """
    id: UUID | None = as_uuid(ref.strip())
    found = ctx.session.get(PortfolioFile, (ctx.actor.tenant_id, id)) if id else None
    if found is None or found.deleted_at is not None:
        raise NoSuchFile(ref=ref)
    return found


def _content(content: str) -> bytes:
    try:
        data = base64.b64decode(content, validate=True)
        if data.startswith(GZIP):
            inflating = zlib.decompressobj(31)
            data = inflating.decompress(data, LARGEST + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise BadFile(field="content", problem=N_("no está en base64 o está dañado")) from error
    if len(data) > LARGEST:
        raise BadFile(field="content", problem=N_("es demasiado grande"))
    return data


def _mapping(ctx: Context, source: str, target: str) -> PortfolioMapping | None:
    wanted = (PortfolioMapping.source == source, PortfolioMapping.target == target, alive(PortfolioMapping))
    return ctx.session.exec(select(PortfolioMapping).where(*wanted)).first()


def _reading(
    ctx: Context, kept: PortfolioFile, target: Target, sheet: Sheet, *, remembered: bool
) -> PortfolioReading:  # fmt: skip
    columns: dict[str, Any] = kept.columns
    lacking = tuple(target.columns[name].headings[0] for name in missing(target, columns))
    return PortfolioReading(
        file=str(kept.id), source=kept.source, target=kept.target, rows=kept.row_count, columns=columns,
        unread=tuple(heading for heading in sheet.headings if heading not in columns.values()), missing=lacking,
        decimal_mark=kept.decimal_mark, remembered=remembered, title=title_of(target, ctx.actor.locale),
    )  # fmt: skip


def _checked(ctx: Context, kept: PortfolioFile, target: Target) -> Checked:
    """The rows of a kept file in the reading that stands for it.

    Raises:
        NotMapped: a field that every row needs is read from nowhere.
    """
    if lacking := missing(target, kept.columns):
        raise NotMapped(columns=", ".join(target.columns[name].headings[0] for name in lacking))
    mark: Mark = "." if kept.decimal_mark == "." else ","
    return Check(target, read(ctx.files.get(kept.address), kept.sheet), kept.columns, mark, ctx.actor.locale).run(ctx)
