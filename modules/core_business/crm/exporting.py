"""Exports of the customer file (*exportación*): sealed, marked with who and why, there for an hour.

What leaves says who asked for it. Only that person gets it, never an agent: a model that
may read one customer at a time must not be given all of them in one answer.
"""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import Conflict, Denied, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import instant_of
from modules.core_business.crm.inputs import Kind
from modules.core_business.crm.lookup import alive, fitting
from modules.core_business.crm.records import Consent, Customer, CustomerExport, Purpose
from modules.core_business.crm.review import in_force
from modules.core_business.crm.spreadsheets import Cell, table
from tools import Risk, Slot, tool
from tools.marks import Guard
from tools.results import Result

LASTS: Final = timedelta(hours=1)
HEADER: Final = (
    "cliente", "tipo", "documento", "nombre", "correo", "telefono", "domicilio", "codigo_postal", "poblacion",
    "idioma", "cliente_desde", "admite_publicidad",
)  # fmt: skip

AT_A_TOWN: Final = r"(?:(?<=\bde )|(?<=\ben )|(?<=\bof )|(?<=\bin ))"
TOWN_NAME: Final = r"[A-ZÁÉÍÓÚÑ][\w'-]*(?: (?:(?:de|del|la|las|los|el) )*[A-ZÁÉÍÓÚÑ][\w'-]*)*"


class NothingToExport(Conflict):
    """No customer fits."""

    text = N_("Ningún cliente cumple esas condiciones: no hay nada que exportar.")


class ExportEnded(Conflict):
    """The hour is over."""

    text = N_("La exportación caducó el {on}. Pida otra si la necesita.")


class Exported(Result):
    """A file of customers that waits for whoever asked for it."""

    export: Annotated[str, Slot(ref="export")]
    count: int
    expires_at: datetime
    watermark: str

    def told(self, locale: Locale) -> str:
        """How many, for how long, and what the file says of itself."""
        text = N_("Exportados {count} clientes. Solo usted puede descargar el fichero, durante una hora: {export}.")
        return translate(text, locale, count=self.count, export=self.export)


class Download(Result):
    """A file, as its name, type and content in base64."""

    name: str
    media_type: str
    content: str


@tool(
    Risk.EXPORT,
    permission="crm:export",
    title=N_("Exportar clientes"),
    examples=(
        "Exporta los clientes de Bilbao a un fichero",
        "Descarga un CSV con todas las empresas",
        "Export the customers of Bilbao to a file",
    ),
)
def export_customers(
    ctx: Context,
    purpose: Annotated[
        str,
        Field(min_length=10, max_length=300),
        Slot(ask=N_("¿Para qué se necesitan los datos?"), pattern=r"(?:(?<=\bpara )|(?<=\bin order ))\S.{9,}"),
    ],
    query: Annotated[
        str | None, Field(min_length=2, max_length=200), Guard.SCOPE, Slot(pattern=f"{AT_A_TOWN}{TOWN_NAME}")
    ] = None,
    kind: Annotated[Kind | None, Guard.SCOPE] = None,
    marketing_only: Annotated[
        bool, Guard.SCOPE, Slot(words={"true": ("que admiten publicidad", "who accept marketing")})
    ] = False,
) -> Exported:
    """Put customers into a CSV file that only the person who asks can download, for one hour.

    `query` is a town or words of the name; without it all customers go. Bank accounts and
    notes are left out, and so are customers whose data are restricted (GDPR art. 18). The last
    line of the file says who asked for it, when and what for.
    """
    where = [alive(), col(Customer.restricted_at).is_(None)]
    if query:
        where.append(fitting(query))
    if kind:
        where.append(col(Customer.kind) == kind.value)
    found = ctx.session.exec(select(Customer).where(*where).order_by(Customer.search_name, col(Customer.id))).all()
    willing = _willing(ctx, found)
    if marketing_only:
        found = [customer for customer in found if customer.id in willing]
    ctx.weigh(subjects=len(found), special=False)
    if not found:
        raise NothingToExport()
    scope = ", ".join(part for part in (query, kind, "marketing" if marketing_only else None) if part)
    export = CustomerExport(
        requested_by=ctx.actor.user_id, purpose=purpose, scope=scope, count=len(found), address="", watermark="",
        expires_at=ctx.now + LASTS,
    )  # fmt: skip
    asked = instant_of(export.id).astimezone(ZoneInfo(ctx.actor.zone))
    export.watermark = f"{ctx.actor.user} · {asked:%d/%m/%Y %H:%M} · {purpose} · {export.id}"
    rows = (_row(customer, customer.id in willing) for customer in found)
    export.address = ctx.files.put(table(HEADER, rows, export.watermark))
    ctx.session.add(export)
    ctx.emit("customers.exported", export.id, count=export.count)
    return Exported(export=str(export.id), count=export.count, expires_at=export.expires_at, watermark=export.watermark)


def _willing(ctx: Context, customers: Sequence[Customer]) -> set[UUID]:
    """Those who agree to advertising at present."""
    asked = select(Consent).where(
        col(Consent.customer_id).in_([customer.id for customer in customers]), Consent.purpose == Purpose.MARKETING
    )
    stated: dict[UUID, list[Consent]] = {}
    for consent in ctx.session.exec(asked):
        stated.setdefault(consent.customer_id, []).append(consent)
    return {id for id, consents in stated.items() if in_force(consents)[Purpose.MARKETING].granted}


def _row(customer: Customer, willing: bool) -> tuple[Cell, ...]:
    return (
        customer.import_ref or str(customer.id), customer.kind, customer.id_number, customer.name, customer.email,
        customer.phone, customer.street, customer.postal_code, customer.city, customer.language,
        customer.customer_since, "S" if willing else "N",
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="crm:export",
    title=N_("Descargar una exportación"),
    examples=("Descarga el fichero de la exportación", "Download the file of the export"),
)
def download_export(ctx: Context, export: Annotated[str, Slot(ref="export")]) -> Download:
    """The file of an export, in base64: for the person who asked for it, within the hour."""
    found = _export(ctx, export)
    if ctx.actor.agent is not None:
        raise Denied(rule="own-export", reason=N_("una exportación la descarga una persona, no un agente"))
    if found.requested_by != ctx.actor.user_id:
        raise Denied(rule="own-export", reason=N_("solo la descarga quien la pidió"))
    if ctx.now >= found.expires_at:
        ended = found.expires_at.astimezone(ZoneInfo(ctx.actor.zone))
        raise ExportEnded(on=f"{ended:%d/%m/%Y %H:%M}")
    content = base64.b64encode(ctx.files.get(found.address)).decode()
    return Download(name=f"clientes-{found.id}.csv", media_type="text/csv", content=content)


def _export(ctx: Context, text: str) -> CustomerExport:
    what: Any = N_("la exportación")
    try:
        return ctx.get(CustomerExport, UUID(text.strip()), what)
    except ValueError as error:
        raise NotFound(what=what, ref=text) from error
