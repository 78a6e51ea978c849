"""The multi-scraper's tools: read a page, crawl a source, see what changed. What they give back is foreign."""

import hashlib
from typing import Annotated, Any, Final

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context, Fetched
from core.errors import Conflict, NotFound, OutsideUnavailable
from core.i18n import N_, translate
from core.places import Unreadable
from core.text import clean_foreign
from engines.data.multi_scraper.changes import RecordChanges, TextChanges
from modules.integration_automation.connector.page import read_html
from modules.integration_automation.engines.scraping.crawling import (
    RENDERED,
    begin,
    cleaned,
    counts,
    end,
    extraction,
    go_on,
    require_terms,
    shown,
)
from modules.integration_automation.engines.scraping.crawling import (
    step as go_a_step,
)
from modules.integration_automation.engines.scraping.fetching import (
    REDIRECTS,
    Reader,
    canonical,
    computed,
    is_html,
    resolved,
    within,
)
from modules.integration_automation.engines.scraping.problems import ComplianceBlocked
from modules.integration_automation.engines.scraping.records import (
    CrawlState,
    PageState,
    ScrapeCrawl,
    ScrapedRow,
    ScrapePage,
    ScrapeSource,
)
from modules.integration_automation.engines.scraping.sources import SourceName, source_named, sources
from modules.integration_automation.engines.scraping.views import (
    CrawlView,
    FlawView,
    PageRead,
    PageRow,
    RowView,
    SourceChanges,
    TextChange,
    ValueChange,
)
from modules.integration_automation.nerve.problems import EngineRefused
from tools import Risk, Slot, tool
from tools.marks import Guard

PATIENCE: Final = 3.0  # seconds that a person waits for a turn
MOST_REDIRECTS: Final = 3
SHOWN: Final = 50  # rows, pages or changes that are shown
COMPARED: Final = 5  # changed pages whose texts are compared
GONE: Final = (404, 410)
TEXT: Final = 4_000  # characters of a page that are shown

NOBODY: Final = N_("nadie la ha registrado como fuente; puede hacerlo quien administra")
NO_PAGE: Final = N_("no envía una página HTML")
TOO_MANY: Final = N_("remite a otras direcciones más de tres veces")
Url = Annotated[
    str,
    Field(min_length=8, max_length=2_000),
    Slot(pattern=r"https?://[^\s<>\"'«»]+[^\s<>\"'«».,;:!?)\]]", ask=N_("¿Qué página? Pegue su dirección completa.")),
    Guard.DESTINATION,
]
CrawlRef = Annotated[
    str, Field(max_length=40), Slot(ask=N_("¿Qué recorrido?"), pattern=r"RAS-\d{4}-\d{6}"), Guard.SUBJECT
]


@tool(
    Risk.NETWORK,
    permission="web:read",
    title=N_("Leer los datos de una página de una fuente"),
    engine="multi_scraper",
    examples=(
        "Extrae los datos de la página https://www.aseguradora.example/tarifas según su fuente registrada",
        "Lee con la fuente registrada la página https://www.dgsfp.example/registro",
        "Scrape the page https://www.insurer.example/rates of its registered source",
    ),
)
def fetch_page(ctx: Context, url: Url) -> PageRead:
    """Read one page of a registered source: its text, and its records by the source's schema.

    Obeys robots.txt and the host's pace. A host without a registered source, or that the connector does not allow,
    is refused; so is a page that refuses readers.
    """
    try:
        page = canonical(url)
    except EngineRefused as error:
        raise ComplianceBlocked(url=url, reason=NOBODY) from error
    source = next((source for source in sources(ctx) if within(source, page)), None)
    if source is None:
        raise ComplianceBlocked(url=url, reason=NOBODY)
    require_terms(ctx, source)
    reader = Reader(ctx, source)
    page, fetched = _answer(reader, page)
    if not is_html(fetched):
        raise Unreadable(what=source.place, reason=NO_PAGE)
    html, content, media_type = shown(reader, page, fetched)
    seen = read_html(content, media_type, page)
    found = extraction(source, page, html) if source.fields and fetched.status == 200 else None
    return PageRead(
        source=source.name, url=page, status=fetched.status, read_at=reader.now,
        sha256=hashlib.sha256(content).hexdigest(), title=seen.title, text=seen.text[:TEXT], hidden=seen.hidden[:TEXT],
        records=tuple(cleaned(record) for record in found.records[:SHOWN]) if found else (),
        rejected=found.rejected if found else 0,
        flaws=tuple(
            FlawView(
                record=flaw.record, field=flaw.field, problem=translate(flaw.problem, ctx.actor.locale),
                value=clean_foreign(flaw.text),
            )
            for flaw in found.flaws[:SHOWN]
        ) if found else (),
    )  # fmt: skip


@tool(
    Risk.NETWORK,
    permission="web:read",
    title=N_("Recorrer una fuente"),
    engine="multi_scraper",
    examples=(
        "Recorre la fuente tarifas_publicas y extrae sus datos",
        "Lanza la lectura completa de la fuente registro_dgsfp",
        "Crawl the source public_rates",
    ),
)
def crawl_source(ctx: Context, source: SourceName) -> CrawlView:
    """Read a whole registered source as a job, page by page at the pace that its host wants.

    `multi_scraper_show_crawl` tells how far it is; `multi_scraper_monitor_source` what changed since the last time.
    """
    return _view(ctx, begin(ctx, source_named(ctx, source)))


@tool(
    Risk.DRAFT,
    permission="web:read",
    title=N_("Seguir con un recorrido"),
    engine="multi_scraper",
    examples=("Sigue con el recorrido RAS-2026-000001", "Continue the crawl RAS-2026-000001"),
)
def continue_crawl(
    ctx: Context, crawl: CrawlRef, step: Annotated[int, Field(ge=0, le=10**6)] | None = None
) -> CrawlView:
    """Take up a crawl that stands still. The system does its steps by itself, one after the other."""
    found = _crawl(ctx, crawl)
    if found.state == CrawlState.RUNNING:
        if step is None:
            go_on(ctx, found)
        elif step == found.steps and ctx.origin.face == "job":
            # Only a job reads pages: neither a preview nor somebody in a hurry sends anything out.
            go_a_step(ctx, found)
    return _view(ctx, found)


@tool(
    Risk.DRAFT,
    permission="web:read",
    title=N_("Cancelar un recorrido"),
    engine="multi_scraper",
    examples=("Cancela el recorrido RAS-2026-000001", "Cancel the crawl RAS-2026-000001"),
)
def cancel_crawl(ctx: Context, crawl: CrawlRef) -> CrawlView:
    """Stop a crawl; what it has read stays."""
    found = _crawl(ctx, crawl)
    if found.state != CrawlState.RUNNING:
        raise Conflict(reason=N_("el recorrido ya ha terminado"))
    end(ctx, found, CrawlState.CANCELLED)
    return _view(ctx, found)


@tool(
    Risk.READ,
    permission="web:read",
    title=N_("Ver un recorrido"),
    engine="multi_scraper",
    examples=("¿Cómo va el recorrido RAS-2026-000001?", "Show the crawl RAS-2026-000001"),
)
def show_crawl(ctx: Context, crawl: CrawlRef) -> CrawlView:
    """How far a crawl is, its pages, and the first fifty records that it took out, each with where it stood."""
    return _view(ctx, _crawl(ctx, crawl), whole=True)


@tool(
    Risk.READ,
    permission="web:read",
    title=N_("Qué ha cambiado en una fuente"),
    engine="multi_scraper",
    examples=(
        "¿Qué ha cambiado en la fuente tarifas_publicas desde la última lectura?",
        "¿Hay novedades en la fuente registro_dgsfp?",
        "What changed in the source public_rates since last time?",
    ),
)
def monitor_source(ctx: Context, source: SourceName) -> SourceChanges:
    """What changed in a source between its last two finished crawls: records by their key, and texts line by line.

    A page that could not be read in one of them, and what only it leads to, is left out: it has not disappeared.
    """
    found = source_named(ctx, source)
    done = select(ScrapeCrawl).where(ScrapeCrawl.source_id == found.id, ScrapeCrawl.state == CrawlState.DONE)
    last = ctx.session.exec(done.order_by(col(ScrapeCrawl.id).desc()).limit(2)).all()
    if not last:
        raise NotFound(what=N_("una lectura terminada de la fuente"), ref=source)
    after, before = last[0], last[1] if len(last) > 1 else None
    unread = _unread(ctx, after) | (_unread(ctx, before) if before else set())
    unknown = _unknown(ctx, before, after) | _unknown(ctx, after, before) if before else set()
    new, old = _contents(ctx, after, unknown), _contents(ctx, before, unknown) if before else {}
    records = _records_changed(ctx, found, before, after, unknown)
    changed = [url for url, page in new.items() if url in old and old[url].sha256 != page.sha256] if before else []
    fresh = [url for url in new if url not in old] if before else []
    gone = [url for url in old if url not in new]
    return SourceChanges(
        source=found.name, crawl=after.crawl_number, read_at=after.began_at, since=before.began_at if before else None,
        changed=bool(changed or fresh or gone or records.changed),
        added_count=len(records.added), removed_count=len(records.removed),
        changed_count=len({change.key for change in records.changes}), unchanged_count=records.unchanged,
        pages_new=tuple(fresh[:SHOWN]), pages_gone=tuple(gone[:SHOWN]), pages_changed=tuple(changed[:SHOWN]),
        pages_unread=tuple(sorted(unread)[:SHOWN]),
        added=tuple(records.added[:SHOWN]), removed=tuple(records.removed[:SHOWN]),
        changes=tuple(ValueChange(**change.model_dump()) for change in records.changes[:SHOWN]),
        lines=tuple(_lines_changed(ctx, old, new, changed[:COMPARED]))[:SHOWN],
    )  # fmt: skip


def _answer(reader: Reader, page: str) -> tuple[str, Fetched]:
    """The page's answer, redirects followed by the same rules."""
    for _ in range(MOST_REDIRECTS + 1):
        reader.allowed(page)
        reader.wait_turn(PATIENCE)
        fetched = reader.get(page)
        if fetched.status not in REDIRECTS:
            if fetched.status >= 500 or fetched.status in (408, 429):
                raise OutsideUnavailable(what=reader.source.place)
            return page, fetched
        page = resolved(page, fetched.headers.get("location", ""))
    raise Unreadable(what=reader.source.place, reason=TOO_MANY)


def _crawl(ctx: Context, number: str) -> ScrapeCrawl:
    found = ctx.session.exec(select(ScrapeCrawl).where(ScrapeCrawl.crawl_number == number)).first()
    if found is None:
        raise NotFound(what=N_("el recorrido"), ref=number)
    return found


def _view(ctx: Context, crawl: ScrapeCrawl, *, whole: bool = False) -> CrawlView:
    source = ctx.session.exec(select(ScrapeSource.name).where(ScrapeSource.id == crawl.source_id)).one()
    sums = select(
        func.coalesce(func.sum(ScrapePage.rows), 0), func.coalesce(func.sum(ScrapePage.rejected), 0)
    ).where(ScrapePage.crawl_id == crawl.id)  # fmt: skip
    rows, rejected = ctx.session.exec(sums).one()
    pages: tuple[PageRow, ...] = ()
    first: tuple[RowView, ...] = ()
    if whole:
        in_order = select(ScrapePage).where(ScrapePage.crawl_id == crawl.id).order_by(col(ScrapePage.id)).limit(SHOWN)
        pages = tuple(
            PageRow(
                url=p.url, state=p.state, http_status=p.http_status, attempts=p.attempts, rows=p.rows,
                rejected=p.rejected, problem=p.problem and translate(p.problem, ctx.actor.locale),
            )
            for p in ctx.session.exec(in_order)
        )  # fmt: skip
        taken = select(ScrapedRow).where(ScrapedRow.crawl_id == crawl.id).order_by(col(ScrapedRow.id)).limit(SHOWN)
        first = tuple(
            RowView(url=r.url, read_at=r.fetched_at, sha256=r.sha256, data=r.data) for r in ctx.session.exec(taken)
        )
    return CrawlView(
        crawl=crawl.crawl_number, source=source, state=crawl.state, began_at=crawl.began_at, ended_at=crawl.ended_at,
        rows=rows, rejected=rejected, problem=crawl.problem, pages=pages, first_rows=first, **counts(ctx, crawl),
    )  # fmt: skip


def _unread(ctx: Context, crawl: ScrapeCrawl) -> set[str]:
    """The pages of a crawl that were not read, though nobody said that they are gone."""
    failed = select(ScrapePage).where(ScrapePage.crawl_id == crawl.id, ScrapePage.state == PageState.FAILED)
    return {page.url for page in ctx.session.exec(failed) if page.http_status not in GONE}


def _unknown(ctx: Context, one: ScrapeCrawl, other: ScrapeCrawl) -> set[str]:
    """The pages of one crawl of which the other cannot tell: it failed to read them, or what may lead to them."""
    unread = _unread(ctx, other)
    if not unread:
        return set()
    mine, theirs = (
        set(ctx.session.exec(select(ScrapePage.url).where(ScrapePage.crawl_id == crawl.id))) for crawl in (one, other)
    )
    return unread | (mine - theirs)


def _contents(ctx: Context, crawl: ScrapeCrawl, without: set[str]) -> dict[str, ScrapePage]:
    """The pages of a crawl whose content is there, by address."""
    read = select(ScrapePage).where(ScrapePage.crawl_id == crawl.id, col(ScrapePage.address).is_not(None))
    return {page.url: page for page in ctx.session.exec(read.order_by(col(ScrapePage.id))) if page.url not in without}


def _records_changed(
    ctx: Context, source: ScrapeSource, before: ScrapeCrawl | None, after: ScrapeCrawl, without: set[str]
) -> RecordChanges:
    if before is None or not source.record_key:
        return RecordChanges(changed=False, added=[], removed=[], changes=[], unchanged=0)
    old, new = _keyed(ctx, source, before, without), _keyed(ctx, source, after, without)
    found = computed("diff_records", before=old, after=new, key=source.record_key)
    assert isinstance(found, RecordChanges)
    return found


def _keyed(ctx: Context, source: ScrapeSource, crawl: ScrapeCrawl, without: set[str]) -> list[dict[str, Any]]:
    """The records of a crawl, each key once: a record on two pages is one."""
    taken = select(ScrapedRow.url, ScrapedRow.data).where(ScrapedRow.crawl_id == crawl.id)
    rows = ctx.session.exec(taken.order_by(col(ScrapedRow.id)))
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for data in (data for url, data in rows if url not in without):
        # A key that was added to the source later is in no earlier record.
        if all(data.get(name) is not None for name in source.record_key):
            found.setdefault(tuple(str(data[name]) for name in source.record_key), dict(data))
    return list(found.values())


def _lines_changed(
    ctx: Context, old: dict[str, ScrapePage], new: dict[str, ScrapePage], urls: list[str]
) -> list[TextChange]:
    found = []
    for url in urls:
        changes = computed("diff_text", before=_text(ctx, old[url]), after=_text(ctx, new[url]))
        assert isinstance(changes, TextChanges)
        found += [
            TextChange(url=url, line=c.line, removed=tuple(c.removed[:SHOWN]), added=tuple(c.added[:SHOWN]))
            for c in changes.changes
        ]
    return found


def _text(ctx: Context, page: ScrapePage) -> str:
    assert page.address is not None
    return read_html(ctx.files.get(page.address), page.media_type or RENDERED, page.url).text
