"""The search of the book: every filter, the orders, the pages, and the bound of the totals."""

from decimal import Decimal

import pytest

from core.errors import BadArguments, NotFound
from modules.insurance.kernel.portfolio import phrases, search
from tests.modules.insurance.conftest import policy


@pytest.fixture(scope="module")
def wide(book):
    """The small book with ten more policies that differ in everything."""
    rows = [
        policy(10 + at, ("CL00001", "CL00003")[at % 2], insurer_code=("C0901", "C0902")[at % 2], line="hogar",
               net_premium_annual=f"{100 + at}.00", ips="0.00", consorcio="0.00", sum_insured=str(50_000 + at),
               total_premium_annual=f"{100 + at}.00", expiry_date=f"2027-05-{20 - at:02d}",
               risk_description=f"Vivienda en Íñigo Áñez {at}, Cádiz")
        for at in range(10)
    ]  # fmt: skip
    book("kernel_import_policies", "admin", rows=rows)
    return book


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"customer": "Álvaro Ramos"}, 6),
        ({"line": "autos"}, 2),
        ({"status": "suspended"}, 1),
        ({"insurer": "Mutua Levante"}, 5),
        ({"insurer": "C0902", "line": "autos"}, 0),
        ({"collaborator": "col02"}, 1),
        ({"product": "no-hay"}, 0),
        ({"expires_from": "2027-05-20"}, 1),
        ({"expires_to": "2027-05-13"}, 6),
        ({"premium_from": "100.00", "premium_to": "102.00"}, 3),
        ({"premium_to": "99.99"}, 0),
        ({"sum_from": "50009", "line": "hogar"}, 1),
        ({"sum_to": "18000"}, 3),
        ({"text": "inigo anez"}, 10),
        ({"text": "ÁÑEZ 3 cád"}, 1),
        ({"text": "0903-9255"}, 13),
        ({"text": "92550001"}, 1),
        ({"text": "8081PZB"}, 1),
        ({"text": "rubio gut"}, 5),
        ({"text": "rubio", "expires_to": "2027-05-13"}, 2),
        ({"text": "ñez"}, 0),
        ({"text": "%"}, 0),
        ({"text": "¿?"}, 0),
    ],
)
def test_every_filter(wide, wanted, found):
    """What each filter leaves, in rows and in the total."""
    page = wide("kernel_search_policies", **wanted)
    assert (page.total, len(page.policies), page.more, page.after) == (found, found, False, None)
    assert page.premium == sum((row.total_premium for row in page.policies), Decimal(0))


@pytest.mark.parametrize(
    ("sort", "key", "down"),
    [("expiry", "expires_on", False), ("premium", "total_premium", True), ("number", "policy", False)],
)
def test_pages_follow_each_other_without_a_gap(wide, sort, key, down):
    """All pages together are the whole, once, in order."""
    rows, after = [], None
    while True:
        page = wide("kernel_search_policies", sort=sort, limit=3, after=after)
        rows += page.policies
        if (after := page.after) is None:
            break
    said = [getattr(row, key) for row in rows]
    assert len({row.policy for row in rows}) == len(rows) == 13
    assert said == sorted(said, reverse=down)


def test_a_place_of_another_search_is_refused(wide):
    """A cursor fits its own order; a text that is none is no cursor."""
    after = wide("kernel_search_policies", limit=1).after
    for bad in ({"after": after, "sort": "premium"}, {"after": "nada"}, {"after": "W10="}):
        with pytest.raises(BadArguments):
            wide("kernel_search_policies", **bad)
    with pytest.raises(NotFound):
        wide("kernel_search_policies", collaborator="COL99")


def test_totals_are_bounded(wide, monkeypatch):
    """Beyond the bound nothing is counted or added up, and it is said so."""
    monkeypatch.setattr(search, "COUNTED", 4)
    page = wide("kernel_search_policies", line="hogar")
    assert (page.total, page.more, page.premium, len(page.policies)) == (4, True, None, 11)
    assert page.told("es").startswith("Más de 4 pólizas.")


def test_a_text_that_says_too_little_is_refused(wide, monkeypatch):
    """A word of half the book asks for more words."""
    monkeypatch.setattr(phrases, "MOST_HITS", 5)
    with pytest.raises(BadArguments) as refused:
        wide("kernel_search_policies", text="vivienda")
    assert "vivienda" in refused.value.told("es")
    assert wide("kernel_search_policies", text="Gutiérrez").total == 5


def test_the_index_follows_what_changes(wide):
    """A policy that is described anew is found by its new words alone, and by its new amounts."""
    changed = policy(
        3, "CL00002", line="hogar", status="suspendida", risk_description="Chalet en Mérida", ips="0.00",
        consorcio="0.00", net_premium_annual="1000.00", total_premium_annual="1000.00",
    )  # fmt: skip
    wide("kernel_import_policies", "admin", rows=[changed])
    assert wide("kernel_search_policies", text="chalet").total == 1
    assert wide("kernel_search_policies", text="badajoz").total == 0
    assert wide("kernel_search_policies", premium_from="999").total == 1


def test_words_are_folded_alike_in_both_places(installation):
    """What the database indexes is what the search asks for."""
    from sqlalchemy import text

    said = "Íñigo d’Àgueda-Ñúñez, 0903-92 ﬁn Straße Ⅳ ½ Київ ＡＢＣ"
    with installation.database.engine.connect() as connection:
        kept = connection.execute(text("SELECT soriano_core.phrases(:said)"), {"said": said}).scalars().all()
    whole = phrases.folded(said)
    assert whole[: phrases.LONGEST].rstrip() in {phrase.rstrip() for phrase in kept}
