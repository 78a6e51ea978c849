"""Sites that may be read, and crawls of them that have begun, for previews of what is done with them."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.outside import Reach
from core.settings import Settings
from modules.integration_automation.connector import places
from tests.modules.integration_automation.test_connector import Site

if TYPE_CHECKING:
    from tests.tools.books import Book, Desk


def source(name: str, url: str, checked_on: str, **more: Any) -> dict[str, Any]:
    """The declaration of a source."""
    return {
        "name": name, "start_urls": [f"{url}/page"], "purpose": "pruebas", "legal_basis": "permission",
        "terms_url": f"{url}/terms", "terms_checked_on": checked_on, "owner": "Cumplimiento",
        "contact": "mailto:datos@correduria.example",
    } | more  # fmt: skip


def keep_sources(book: "Book", desk: "Desk") -> None:
    """Three sources of one site, and a crawl of each; nobody answers there any more."""
    site = Site()
    try:
        settings = Settings(data_dir=book.house.settings.data_dir, inside_hosts=site.url)
        reaching = replace(desk, outside=Reach(settings, book.house.keys, places))
        reaching.done("connector_allow_host", host=site.url, purpose="pruebas", inside=True)
        for number in range(3):
            told = source(f"fuente_{number}", site.url, book.start.date().isoformat())
            book.pools.setdefault("scrape_source", []).append(
                reaching.done("multi_scraper_register_source", **told)["name"]
            )
            begun = reaching.done("multi_scraper_crawl_source", source=told["name"])
            book.pools.setdefault("scrape_crawl", []).append(begun["crawl"])
    finally:
        site.close()
