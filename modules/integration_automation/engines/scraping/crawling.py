"""Crawls (*recorridos*): a source read in steps, a few pages a step, until there is nothing left of it to read.

A step is one transaction; what has to wait is left to a later step. Pages that fail for the moment are asked for
again at most four times; a site that refuses ends the crawl.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import col, func, select

from core.context import Context, Fetched
from core.errors import AitError, Conflict, OutsideUnavailable
from core.i18n import N_, translate
from core.identifiers import new_id
from core.places import NotAllowed
from core.text import clean_foreign
from engines.data.multi_scraper.pages import Extraction, Links, Wanted
from modules.insurance.kernel.numbering import next_number
from modules.integration_automation.connector.page import decode
from modules.integration_automation.engines.scraping.fetching import (
    REDIRECTS,
    Reader,
    canonical,
    computed,
    is_html,
    page_text,
    place_of,
    resolved,
    within,
)
from modules.integration_automation.engines.scraping.pacing import AGAIN, MOST_RETRIES, rest
from modules.integration_automation.engines.scraping.problems import (
    ComplianceBlocked,
    HostNotListed,
    NotNow,
    SiteRefuses,
)
from modules.integration_automation.engines.scraping.records import (
    CrawlState,
    PageState,
    ScrapeCrawl,
    ScrapedRow,
    ScrapePage,
    ScrapeSource,
)
from modules.integration_automation.engines.scraping.rendering import program, render
from modules.integration_automation.nerve.problems import EngineFailed, EngineRefused, EngineTimeout

PAGES_A_STEP: Final = 5
STEP_SECONDS: Final = 8.0  # a step begins no page later: other jobs wait behind it
MOST_LINKS: Final = 1_000  # of one page
TERMS_HOLD: Final = timedelta(days=365)
RENDERED: Final = "text/html; charset=utf-8"

ONE_AT_A_TIME: Final = N_("ya se está leyendo esa fuente; espere a que acabe o cancele el recorrido")
OLD_TERMS: Final = N_(
    "hace más de un año que nadie revisa sus condiciones de uso; revíselas y registre la fuente de nuevo"
)
NO_PAGE: Final = N_("no es una página HTML")
ANSWERS: Final = N_("responde con el estado {status}")
AWAY: Final = N_("remite fuera de la fuente")
TO_ITSELF: Final = N_("remite a su misma dirección: quizá solo se muestra a quien acepta una cookie")
FLAWED: Final = N_("Un dato no cumple el esquema ({field}): {problem}")


def begin(ctx: Context, source: ScrapeSource) -> ScrapeCrawl:
    """Start to read `source`: its robots.txt now, its pages in steps.

    Raises:
        Conflict: it is being read.
        ComplianceBlocked: its terms were checked long ago, the connector does not list its host, or robots.txt
            forbids where it starts.
        MissingExtra: it needs a browser, and none is installed.
    """
    going = select(ScrapeCrawl).where(ScrapeCrawl.source_id == source.id, ScrapeCrawl.state == CrawlState.RUNNING)
    if ctx.session.exec(going).first() is not None:
        raise Conflict(reason=ONE_AT_A_TIME)
    require_terms(ctx, source)
    if source.javascript:
        program()
    reader = Reader(ctx, source)
    for url in source.start_urls:
        reader.allowed(url)
    crawl = ScrapeCrawl(id=new_id(), source_id=source.id, crawl_number=next_number(ctx, "RAS"), began_at=ctx.now)
    ctx.session.add(crawl)
    ctx.session.flush()
    for url in source.start_urls:
        ctx.session.add(ScrapePage(crawl_id=crawl.id, source_id=source.id, url=url, depth=0))
    ctx.emit("scrape_crawl.started", crawl.id, source=source.name)
    go_on(ctx, crawl)
    return crawl


def require_terms(ctx: Context, source: ScrapeSource) -> None:
    """Raise ComplianceBlocked if nobody has looked at the site's terms for a year."""
    if ctx.today - source.terms_checked_on > TERMS_HOLD:
        raise ComplianceBlocked(url=source.place, reason=OLD_TERMS)


def go_on(ctx: Context, crawl: ScrapeCrawl, not_before: datetime | None = None) -> None:
    """Queue the crawl's next step; a step that was queued earlier is then none any more."""
    crawl.steps += 1
    ctx.session.add(crawl)
    ctx.later(
        "multi_scraper_continue_crawl", f"scrape:{crawl.id}:{crawl.steps}", not_before=not_before,
        crawl=crawl.crawl_number, step=crawl.steps,
    )  # fmt: skip


def step(ctx: Context, crawl: ScrapeCrawl) -> None:
    """Read a few pages, and queue the next step or end."""
    source = ctx.get(ScrapeSource, crawl.source_id)
    reader = Reader(ctx, source)
    try:
        _read_some(reader, crawl)
    except NotNow as error:
        go_on(ctx, crawl, reader.now + timedelta(seconds=float(str(error.detail["seconds"]))))
        return
    except (SiteRefuses, HostNotListed) as error:
        end(ctx, crawl, CrawlState.REFUSED, error.told("es"))
        return
    left = ctx.session.exec(_waiting(crawl).order_by(col(ScrapePage.retry_at).asc().nulls_first())).first()
    if left is None:
        end(ctx, crawl, CrawlState.DONE)
    else:
        go_on(ctx, crawl, left.retry_at)


def end(ctx: Context, crawl: ScrapeCrawl, state: CrawlState, problem: str | None = None) -> None:
    """Write down how the crawl ended."""
    crawl.state, crawl.problem, crawl.ended_at = state.value, problem, ctx.now
    ctx.session.add(crawl)
    ctx.emit(f"scrape_crawl.{state.value}", crawl.id)


def _read_some(reader: Reader, crawl: ScrapeCrawl) -> None:
    for _ in range(PAGES_A_STEP):
        due = _waiting(crawl).where((col(ScrapePage.retry_at).is_(None)) | (col(ScrapePage.retry_at) <= reader.now))
        page = reader.ctx.session.exec(due.order_by(col(ScrapePage.depth), col(ScrapePage.id))).first()
        if page is None or reader.elapsed > STEP_SECONDS:
            return
        reader.wait_turn(max(STEP_SECONDS - reader.elapsed, 0.0))
        try:
            _read(reader, crawl, page)
        except SiteRefuses as error:
            page.state, page.problem = PageState.FAILED.value, error.told("es")
            reader.ctx.session.add(page)
            raise
        reader.ctx.session.add(page)
        reader.ctx.session.flush()


def _waiting(crawl: ScrapeCrawl) -> Any:
    return select(ScrapePage).where(ScrapePage.crawl_id == crawl.id, ScrapePage.state == PageState.WAITING)


def _read(reader: Reader, crawl: ScrapeCrawl, page: ScrapePage) -> None:
    held = None if reader.source.javascript else _held(reader.ctx, page)
    page.fetched_at = reader.now
    try:
        fetched = reader.get(page.url, held)
        page.http_status = fetched.status
        if fetched.status in AGAIN:
            _try_again(reader, page, reader.asked_to_wait(fetched), translate(ANSWERS, "es", status=fetched.status))
        elif fetched.status == 304 and held is not None and held.address is not None:
            page.state = PageState.UNCHANGED.value
            _keep(page, held.etag, held.last_modified, held.media_type, held.address, held.sha256)
            _harvest(reader, crawl, page, decode(reader.ctx.files.get(held.address), held.media_type))
        elif fetched.status in REDIRECTS:
            _follow(reader, crawl, page, fetched)
        elif fetched.status != 200:
            page.state, page.problem = PageState.FAILED.value, translate(ANSWERS, "es", status=fetched.status)
        elif not is_html(fetched):
            page.state, page.problem = PageState.SKIPPED.value, NO_PAGE
        else:
            _take(reader, crawl, page, fetched)
    except (SiteRefuses, HostNotListed):
        raise
    except ComplianceBlocked as error:
        page.state, page.problem = PageState.SKIPPED.value, str(error.detail["reason"])
    except OutsideUnavailable as error:
        _try_again(reader, page, None, error.told("es"))
    except (EngineRefused, EngineTimeout, EngineFailed) as error:
        page.state, page.problem = PageState.FAILED.value, error.told("es")


def _held(ctx: Context, page: ScrapePage) -> ScrapePage | None:
    """The newest copy of that address, if the site named a validator for it."""
    same = select(ScrapePage).where(
        ScrapePage.source_id == page.source_id, ScrapePage.url == page.url, col(ScrapePage.address).is_not(None)
    )
    found = ctx.session.exec(same.order_by(col(ScrapePage.id).desc())).first()
    return found if found is not None and (found.etag or found.last_modified) else None


def _try_again(reader: Reader, page: ScrapePage, asked: float | None, problem: str) -> None:
    page.problem = problem
    if page.attempts >= MOST_RETRIES:
        page.state = PageState.FAILED.value
    else:
        page.retry_at = reader.now + rest(page.attempts, asked)
        page.attempts += 1


def _follow(reader: Reader, crawl: ScrapeCrawl, page: ScrapePage, fetched: Fetched) -> None:
    """A redirect is another page of the crawl, held to the same rules."""
    target = resolved(page.url, fetched.headers.get("location", ""))
    page.state = PageState.SKIPPED.value
    if target == page.url:
        page.problem = TO_ITSELF
    elif within(reader.source, target):
        _enqueue(reader.ctx, crawl, reader.source, [target], page.depth)
    else:
        page.problem = AWAY


def _take(reader: Reader, crawl: ScrapeCrawl, page: ScrapePage, fetched: Fetched) -> None:
    html, content, media_type = shown(reader, page.url, fetched)
    digest = hashlib.sha256(content).hexdigest()
    page.state = PageState.READ.value
    _keep(
        page, fetched.headers.get("etag", "")[:300], fetched.headers.get("last-modified", "")[:60], media_type,
        reader.ctx.files.put(content), digest,
    )  # fmt: skip
    _harvest(reader, crawl, page, html)


def shown(reader: Reader, url: str, fetched: Fetched) -> tuple[str, bytes, str]:
    """The page as its readers see it: as text, as bytes, and their media type; by a browser where the source says so.

    Raises:
        SiteRefuses: what the scripts show is a challenge.
        OutsideUnavailable: the browser does not come to an end.
    """
    if not reader.source.javascript:
        return page_text(fetched), fetched.content, fetched.media_type[:200]
    html = render(url, fetched, lambda asked: _resource(reader, asked))
    reader.refuse_refusals(url, 200, html)
    return html, html.encode("utf-8", "replace"), RENDERED


def _resource(reader: Reader, url: str) -> Fetched:
    """What a page's script asks for: of the same host alone, and allowed by robots.txt; it costs a turn."""
    try:
        inside = place_of(url) == reader.source.place
    except NotAllowed as error:
        raise ComplianceBlocked(url=url, reason=AWAY) from error
    if not inside:
        raise ComplianceBlocked(url=url, reason=AWAY)
    return reader.part(url)


def _keep(page: ScrapePage, etag: str, last_modified: str, media_type: str, address: str, digest: str) -> None:
    page.etag, page.last_modified, page.media_type = etag, last_modified, media_type
    page.address, page.sha256, page.problem = address, digest, None


def _harvest(reader: Reader, crawl: ScrapeCrawl, page: ScrapePage, html: str) -> None:
    """Take the rows and the links out of a page."""
    source = reader.source
    if page.depth < source.max_depth:
        found = computed("links", html=html, base=page.url, within="")
        assert isinstance(found, Links)
        _enqueue(reader.ctx, crawl, source, _inside(source, found.urls[:MOST_LINKS]), page.depth + 1)
    if source.fields:
        _keep_rows(reader.ctx, page, extraction(source, page.url, html))


def extraction(source: ScrapeSource, url: str, html: str) -> Extraction:
    """The records of a page by the source's selectors, checked against its schema.

    Raises:
        EngineRefused: the page is too large or too deep.
    """
    fields = {name: Wanted.model_validate(said) for name, said in source.fields.items()}
    found = computed("extract", html=html, fields=fields, each=source.each, base=url)
    assert isinstance(found, Extraction)
    return found


def cleaned(record: dict[str, Any]) -> dict[str, Any]:
    """A record without characters that show nothing."""

    def clean(value: Any) -> Any:
        if isinstance(value, list):
            return [clean(item) for item in value]
        return clean_foreign(value) if isinstance(value, str) else value

    return {name: clean(value) for name, value in record.items()}


def _keep_rows(ctx: Context, page: ScrapePage, found: Extraction) -> None:
    page.rows, page.rejected = len(found.records), found.rejected
    if found.flaws:
        first = found.flaws[0]
        page.problem = translate(FLAWED, "es", field=first.field, problem=first.problem)
    # The page's row first: rows refer to it.
    ctx.session.add(page)
    ctx.session.flush()
    for record in found.records:
        assert page.fetched_at is not None
        ctx.session.add(
            ScrapedRow(
                crawl_id=page.crawl_id, page_id=page.id, url=page.url, fetched_at=page.fetched_at,
                sha256=page.sha256, data=cleaned(record),
            )
        )  # fmt: skip


def _inside(source: ScrapeSource, urls: list[str]) -> list[str]:
    found = []
    for url in urls:
        try:
            one = canonical(url)
        except AitError:
            continue
        if len(one) <= 2_000 and within(source, one):
            found.append(one)
    return list(dict.fromkeys(found))


def _enqueue(ctx: Context, crawl: ScrapeCrawl, source: ScrapeSource, urls: list[str], depth: int) -> None:
    """Add the pages that the crawl does not know yet, as far as it may grow.

    An address that sends elsewhere takes no page's place, up to as many as there may be pages.
    """
    known = dict(
        ctx.session.exec(select(ScrapePage.url, ScrapePage.http_status).where(ScrapePage.crawl_id == crawl.id)).all()
    )
    moved = sum(status in REDIRECTS for status in known.values())
    room = source.max_pages - len(known) + min(moved, source.max_pages)
    for url in [url for url in urls if url not in known][: max(room, 0)]:
        ctx.session.add(ScrapePage(crawl_id=crawl.id, source_id=source.id, url=url, depth=depth))
    ctx.session.flush()


def counts(ctx: Context, crawl: ScrapeCrawl) -> dict[str, int]:
    """How many pages of the crawl stand in each state."""
    by_state = select(ScrapePage.state, func.count()).where(ScrapePage.crawl_id == crawl.id).group_by(ScrapePage.state)
    found = dict(ctx.session.exec(by_state).all())
    return {state.value: found.get(state.value, 0) for state in PageState}
