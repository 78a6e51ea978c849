"""What a risk class demands of a tool, by discovery: guards, weight, and silence while it is only previewed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.outside import Reach
from core.settings import Settings
from modules.integration_automation.connector import places
from tests.modules.integration_automation.test_connector import Site
from tests.tools.books import Book, Desk
from tests.tools.sites import source
from tests.tools.trying import every_tool, try_calls
from tools.gate import Work
from tools.risk import Risk
from tools.tool import Tool

GUARDED = {Risk.MONEY, Risk.BANK_DETAILS, Risk.MESSAGE, Risk.CAMPAIGN, Risk.EXPORT, Risk.EXPORT_SENSITIVE,
           Risk.IRREVERSIBLE}  # fmt: skip
OUTWARD = {Risk.MESSAGE, Risk.CAMPAIGN}
COUNTED = OUTWARD | {Risk.EXPORT, Risk.EXPORT_SENSITIVE}
TOOLS = every_tool()


def of(*classes: Risk) -> list[str]:
    return [tool.name for tool in TOOLS if tool.risk in classes]


@pytest.mark.parametrize("tool", [t for t in TOOLS if t.risk in GUARDED], ids=lambda t: t.name)
def test_what_can_do_harm_guards_the_arguments_that_decide_it(tool: Tool) -> None:
    assert tool.guards


@pytest.mark.parametrize("name", of(Risk.MONEY))
def test_money_weighs_its_amount_and_where_it_goes(book: Book, name: str) -> None:
    def check(_: Desk, work: Work, __: Any) -> None:
        assert work.facts is not None
        assert work.facts.amount_cents > 0
        assert work.facts.outward
        amount = next((work.args[n] for n, guard in work.tool.guards.items() if guard == "amount"), None)
        assert amount is None or work.facts.amount_cents == round(float(amount) * 100)

    try_calls(book, name, check, most=5)


@pytest.mark.parametrize("name", of(*COUNTED))
def test_what_goes_to_people_or_is_about_many_says_how_many_and_to_whom(book: Book, name: str) -> None:
    outward = book.house.catalogue.get(name).risk in OUTWARD

    def check(_: Desk, work: Work, __: Any) -> None:
        assert work.facts is not None
        assert work.facts.subjects > 0
        assert work.facts.outward or not outward

    try_calls(book, name, check, most=5)


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    yield served
    served.close()


@pytest.mark.parametrize("name", of(Risk.NETWORK))
def test_a_preview_of_a_reading_of_the_outside_sends_nothing(book: Book, site: Site, name: str) -> None:
    url = site.serve("/data", '{"estado": "en vigor"}', "application/json")
    settings = Settings(data_dir=book.house.settings.data_dir, inside_hosts=site.url)
    with book.trial() as inside:
        desk = replace(inside, outside=Reach(settings, book.house.keys, places))
        for insurer in book.pools["insurer"][:1]:
            desk.done("connector_allow_host", host=site.url, purpose="pruebas", inside=True, classes=["insurer"],
                      insurer=insurer, status_path="/{policy_number}")  # fmt: skip
        policy = policy_of(desk, book.pools["insurer"][0])
        told = source("fuente_viva", site.url, book.start.date().isoformat())
        known = {"url": url if "data" in name else site.serve("/page", "<p>Hola</p>"), "policy": policy}
        known["source"] = desk.done("multi_scraper_register_source", **told)["name"]
        args = {argument: known[argument] for argument in book.house.catalogue.get(name).schema["required"]}
        work = desk.preview(desk.wish(name, args))
        assert work.value is None
        assert site.seen == []
        desk.done(name, **args)
        assert site.seen, "it asks nobody even in earnest, so this proves nothing"


def policy_of(desk: Desk, insurer: str) -> str:
    """A policy of that insurer's."""
    rows = desk.rows({("soriano_core.policy", id) for id in desk.book.pools["policy"]})
    return next(id for (_, id), seen in rows.items() if seen.fields["insurer_id"] == insurer)
