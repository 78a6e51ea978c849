"""Reading one page as its host wants it: registered, allowed by robots.txt, in turn, and only if it changed.

A `Reader` holds its host's row for the length of the transaction, so that two crawls of one host take turns.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlmodel import select

from core.context import Asking, Context, Fetched
from core.errors import OutsideUnavailable
from core.i18n import N_
from core.places import NotAllowed, read_url
from engines import operations
from engines.contract import Computed
from engines.data.multi_scraper.addresses import Addresses, CanonicalAddress
from engines.data.multi_scraper.refusals import Refusal
from engines.data.multi_scraper.robots import MOST_BYTES, RobotsVerdict
from engines.data.multi_scraper.waiting import Waits
from modules.integration_automation.connector.page import decode
from modules.integration_automation.engines.scraping.pacing import BURST, Bucket
from modules.integration_automation.engines.scraping.problems import (
    ComplianceBlocked,
    HostNotListed,
    NotNow,
    SiteRefuses,
)
from modules.integration_automation.engines.scraping.records import ScrapeHost, ScrapePage, ScrapeSource
from modules.integration_automation.nerve import NERVE
from modules.integration_automation.nerve.problems import EngineRefused, EngineTimeout

AGENT: Final = "ait-core-soriano"  # the product token that robots.txt files know us by
FRESH: Final = timedelta(hours=24)  # RFC 9309, 2.4
FRESH_FAILURE: Final = timedelta(minutes=5)
ROBOTS_REDIRECTS: Final = 5  # RFC 9309, 2.3.1.2
REDIRECTS: Final = (301, 302, 303, 307, 308)
HTML: Final = ("text/html", "application/xhtml+xml")
LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")

OTHER_SITE: Final = N_("no pertenece a ninguna fuente registrada")
BY_ROBOTS: Final = N_("lo prohíbe el robots.txt del sitio")
STATUS: Final = N_("el sitio no quiere que se lea")
CHALLENGE: Final = N_("el sitio pide comprobar que lee una persona")


def computed(name: str, **arguments: Any) -> Computed:
    """The multi-scraper's operation of that name; what comes from outside is parsed in a worker, under limits."""
    operation = operations()[f"multi_scraper_{name}"]
    return NERVE.compute(operation, arguments)


def canonical(url: str) -> str:
    """The one form of `url`.

    Raises:
        EngineRefused: it is no address of the web.
    """
    found = computed("canonical_url", url=url, drop_tracking=True, sort_query=False)
    assert isinstance(found, CanonicalAddress)
    return found.url


def resolved(base: str, ref: str) -> str:
    """The address that `ref` means on the page `base`.

    Raises:
        EngineRefused: it means none.
    """
    found = computed("resolve_url", base=base, refs=[ref])
    assert isinstance(found, Addresses)
    return canonical(found.urls[0])


def place_of(url: str) -> str:
    """Scheme, host and port of `url`."""
    return str(read_url(url).place)


def within(source: ScrapeSource, url: str) -> bool:
    """Whether `url` lies in the registered part of the site."""
    try:
        inside = place_of(url) == source.place
    except NotAllowed:
        return False
    path = urlsplit(url).path or "/"
    return inside and (not source.paths or any(path.startswith(start) for start in source.paths))


def is_html(fetched: Fetched) -> bool:
    """Whether it says that it is a page."""
    return fetched.media_type.partition(";")[0].strip().lower() in HTML


@dataclass
class Reader:
    """Reads pages of one source in the transaction of `ctx`."""

    ctx: Context
    source: ScrapeSource
    began: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the reader began."""
        return time.monotonic() - self.began

    @property
    def now(self) -> datetime:
        """The transaction's instant, and what has passed since."""
        return self.ctx.now + timedelta(seconds=self.elapsed)

    @cached_property
    def host(self) -> ScrapeHost:
        """The host's row, which nobody else changes until the transaction ends."""
        session, place = self.ctx.session, self.source.place
        session.connection().execute(LOCK, {"name": f"scrape:{self.ctx.actor.tenant_id}:{place}"})
        same = select(ScrapeHost).where(ScrapeHost.place == place)
        found = session.exec(same.execution_options(populate_existing=True)).first()
        return found or ScrapeHost(place=place, tokens_at=self.ctx.now, tokens=BURST)

    @property
    def asking(self) -> Asking:
        """Who asks; redirects come back, for each address is checked anew."""
        return Asking(contact=self.source.contact, follow=False)

    def allowed(self, url: str) -> None:
        """Let pass only what the source covers and robots.txt allows.

        Raises:
            ComplianceBlocked: anything else.
        """
        if not within(self.source, url):
            raise ComplianceBlocked(url=url, reason=OTHER_SITE)
        if not self._verdict(url).allowed[0]:
            raise ComplianceBlocked(url=url, reason=BY_ROBOTS)

    def take_turn(self) -> float:
        """Take a token; the seconds to wait before the request may go."""
        host, now = self.host, self.now
        if host.quiet_until is not None and host.quiet_until > now:
            return (host.quiet_until - now).total_seconds()
        delay = self._verdict(self.source.start_urls[0]).crawl_delay
        bucket = Bucket(host.tokens, host.tokens_at or now)
        interval, burst = max(self.source.interval, delay or 0.0), BURST if delay is None else 1.0
        after, wait = bucket.take(now, interval, burst)
        host.tokens, host.tokens_at = after.tokens, after.at
        self.ctx.session.add(host)
        return wait

    def wait_turn(self, most: float) -> None:
        """Wait until it is our turn.

        Raises:
            NotNow: that would take longer than `most` seconds; the token is given back.
        """
        before = (self.host.tokens, self.host.tokens_at)
        wait = self.take_turn()
        if wait > most:
            self.host.tokens, self.host.tokens_at = before
            raise NotNow(seconds=round(wait, 3))
        time.sleep(wait)

    def get(self, url: str, held: ScrapePage | None = None) -> Fetched:
        """The answer for `url`, a redirect as it is; 304 if `held` is still what the site has.

        Raises:
            ComplianceBlocked: no source covers it, robots.txt forbids it, or the connector does not list the host.
            SiteRefuses: the site refuses readers.
            OutsideUnavailable: nobody answers.
        """
        self.allowed(url)
        asking = self.asking
        if held is not None:
            asking = Asking(asking.contact, held.etag, held.last_modified, follow=False)
        fetched = self._fetch(url, asking)
        if fetched.status in (429, 503) and (seconds := self.asked_to_wait(fetched)) is not None:
            self.host.quiet_until = self.now + timedelta(seconds=seconds)
            self.ctx.session.add(self.host)
        self.refuse_refusals(url, fetched.status, page_text(fetched) if is_html(fetched) else "")
        return fetched

    def part(self, url: str) -> Fetched:
        """A part of a page that is being shown: it takes a token, and whoever reads next waits for it.

        Raises:
            ComplianceBlocked: robots.txt forbids it, or the connector does not list the host.
            OutsideUnavailable: nobody answers.
        """
        if not self._verdict(url).allowed[0]:
            raise ComplianceBlocked(url=url, reason=BY_ROBOTS)
        self.take_turn()
        return self._fetch(url, self.asking)

    def refuse_refusals(self, url: str, status: int, html: str) -> None:
        """Raise SiteRefuses if the answer refuses readers; nothing is tried against it."""
        found = computed("refusal_check", html=html, status=status)
        assert isinstance(found, Refusal)
        if found.refused:
            raise SiteRefuses(url=url, reason=STATUS if found.reason == "status" else CHALLENGE)

    def asked_to_wait(self, fetched: Fetched) -> float | None:
        """The seconds of its Retry-After."""
        header = fetched.headers.get("retry-after", "")[:200]
        if not header:
            return None
        found = computed("retry_after", values=[header], now=self.now.isoformat())
        assert isinstance(found, Waits)
        return found.seconds[0]

    def _fetch(self, url: str, asking: Asking) -> Fetched:
        try:
            return self.ctx.doors.fetch(url, asking)
        except NotAllowed as error:
            raise HostNotListed(url=url, reason=str(error.detail["reason"])) from error

    def _verdict(self, url: str) -> RobotsVerdict:
        host = self._with_robots()
        try:
            found = computed(
                "robots_check", robots_txt=host.robots_text, agent=AGENT, paths=[url], status=host.robots_status
            )
        except (EngineRefused, EngineTimeout) as error:
            # Rules that cannot be read may forbid anything.
            raise ComplianceBlocked(url=url, reason=BY_ROBOTS) from error
        assert isinstance(found, RobotsVerdict)
        return found

    def _with_robots(self) -> ScrapeHost:
        host = self.host
        fresh = FRESH if host.robots_status in range(200, 500) else FRESH_FAILURE
        if host.robots_at is None or self.now - host.robots_at >= fresh:
            host.robots_status, host.robots_text = self._read_robots()
            host.robots_at = self.now
            self.ctx.session.add(host)
        return host

    def _read_robots(self) -> tuple[int, str]:
        """Status and text; 0 if it cannot be reached. Too many requests is no absence, whatever its class."""
        url = f"{self.source.place}/robots.txt"
        for hop in range(ROBOTS_REDIRECTS + 1):
            try:
                fetched = self.ctx.doors.fetch(url, self.asking)
            except NotAllowed as error:
                if hop:
                    return 0, ""
                raise HostNotListed(url=url, reason=str(error.detail["reason"])) from error
            except OutsideUnavailable:
                return 0, ""
            if fetched.status in REDIRECTS:
                try:
                    url = resolved(url, fetched.headers.get("location", ""))
                except EngineRefused:
                    return 0, ""
                continue
            if fetched.status not in range(200, 300):
                return (503 if fetched.status == 429 else fetched.status), ""
            return fetched.status, fetched.content[: MOST_BYTES + 1].decode("utf-8", "replace").replace("\0", "\n")
        return 0, ""


def page_text(fetched: Fetched) -> str:
    """The page as text, in the encoding that it says."""
    return decode(fetched.content, fetched.media_type)
