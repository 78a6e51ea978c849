"""What the multi-scraper's tools give back; whatever a site wrote is marked as foreign."""

from datetime import datetime
from typing import Annotated, Any, Final

from core.i18n import N_, Locale, translate
from tools import Slot
from tools.marks import External, Foreign
from tools.results import Result

STATES: Final = {
    "running": N_("en curso"), "done": N_("terminado"), "refused": N_("rechazado por el sitio"),
    "cancelled": N_("cancelado"),
}  # fmt: skip
Data = Annotated[dict[str, Any], Foreign()]


class FlawView(Result):
    """A value of the page that is not what its field must be."""

    record: int
    field: str
    problem: str
    value: External


class PageRead(Result):
    """A page of a registered source as it was read; its text and its records are somebody else's word."""

    source: str
    url: External
    status: int
    read_at: datetime
    sha256: str
    title: External
    text: External
    hidden: External
    records: tuple[Data, ...]
    rejected: int
    flaws: tuple[FlawView, ...]

    def told(self, locale: Locale) -> str:
        """Where it stands, and how many records keep the schema."""
        said = N_("Leída {url} (fuente {source}). Registros que cumplen el esquema: {count}; que no: {rejected}.")
        return translate(
            said, locale, url=self.url, source=self.source, count=len(self.records), rejected=self.rejected
        )


class RowView(Result):
    """A record with where and when it was read."""

    url: External
    read_at: datetime
    sha256: str
    data: Data


class PageRow(Result):
    """A page of a crawl."""

    url: External
    state: str
    http_status: int | None
    attempts: int
    rows: int
    rejected: int
    problem: External | None


class CrawlView(Result):
    """How a crawl stands; its pages and rows only where they are asked for."""

    crawl: Annotated[str, Slot(ref="scrape_crawl")]
    source: str
    state: str
    began_at: datetime
    ended_at: datetime | None
    waiting: int
    read: int
    unchanged: int
    skipped: int
    failed: int
    rows: int
    rejected: int
    problem: External | None
    pages: tuple[PageRow, ...] = ()
    first_rows: tuple[RowView, ...] = ()

    def told(self, locale: Locale) -> str:
        """The state, how many pages and rows, and what went wrong."""
        said = N_(
            "Recorrido {crawl} de {source}, {state}. Páginas leídas: {read}, sin cambios: {unchanged}, en espera:"
            " {waiting}, omitidas o fallidas: {left}. Registros: {rows}."
        )  # fmt: skip
        told = translate(
            said, locale, crawl=self.crawl, source=self.source, state=translate(STATES[self.state], locale),
            read=self.read, unchanged=self.unchanged, waiting=self.waiting, left=self.skipped + self.failed,
            rows=self.rows,
        )  # fmt: skip
        return f"{told} {self.problem}" if self.problem else told


class ValueChange(Result):
    """A field of a record that changed."""

    key: External
    field: str
    before: Annotated[Any, Foreign()]
    after: Annotated[Any, Foreign()]


class TextChange(Result):
    """Lines of a page that changed."""

    url: External
    line: int
    removed: tuple[External, ...]
    added: tuple[External, ...]


class SourceChanges(Result):
    """What changed in a source between its last two finished crawls; `pages_unread` failed in one of them."""

    source: str
    crawl: str
    read_at: datetime
    since: datetime | None
    changed: bool
    added_count: int
    removed_count: int
    changed_count: int
    unchanged_count: int
    pages_new: tuple[External, ...]
    pages_gone: tuple[External, ...]
    pages_changed: tuple[External, ...]
    pages_unread: tuple[External, ...] = ()
    added: tuple[Data, ...]
    removed: tuple[Data, ...]
    changes: tuple[ValueChange, ...]
    lines: tuple[TextChange, ...]

    def told(self, locale: Locale) -> str:
        """Since when, and how much."""
        if self.since is None:
            first = N_("{source} se ha leído una sola vez: aún no hay con qué comparar.")
            return translate(first, locale, source=self.source)
        unread = N_("Páginas que no se pudieron leer y no se comparan: {n}.")
        left = f" {translate(unread, locale, n=len(self.pages_unread))}" if self.pages_unread else ""
        if not self.changed:
            same = N_("Nada ha cambiado en {source} desde el {since}.")
            return translate(same, locale, source=self.source, since=self.since.strftime("%d/%m/%Y")) + left
        said = N_(
            "Cambios en {source} desde el {since}; registros nuevos: {added}, desaparecidos: {removed}, modificados:"
            " {changed}; páginas con otro contenido: {pages}."
        )
        return translate(
            said, locale, source=self.source, since=self.since.strftime("%d/%m/%Y"), added=self.added_count,
            removed=self.removed_count, changed=self.changed_count, pages=len(self.pages_changed),
        ) + left  # fmt: skip
