"""The all-round view of a customer: lines with totals, renewals, losses and quotes; never a commission."""

from datetime import timedelta

from core.clock import utc_now
from tests.modules.insurance.conftest import policy


def panels(run, who="broker"):
    return {panel.title: panel for panel in run("crm_show_customer", who, customer="Raquel Gómez").panels}


def test_lines_add_up_and_losses_are_a_share_of_premiums(book):
    """Two lines and their total; one claim of 1.200 € against 65,64 € of premium."""
    shown = panels(book)
    lines = shown["Cartera por ramos"].rows
    assert [row[0] for row in lines] == ["autos", "hogar", "TOTAL"]
    assert [row[1:3] for row in lines] == [("1", "1"), ("0", "1"), ("1", "2")]
    assert lines[2][3].startswith("283,93")
    (loss,) = shown["Siniestralidad de tres años"].rows
    assert (loss[0], loss[1], loss[4]) == ("autos", "1", "1828 %")


def test_renewals_ahead_say_until_when_to_oppose(book):
    """What expires within ninety days, with the month before (LCS art. 22)."""
    expiry = (utc_now() + timedelta(days=40)).date()
    row = policy(
        40, "CL00002", effective_date=(expiry - timedelta(days=365)).isoformat(), expiry_date=expiry.isoformat()
    )
    book("kernel_import_policies", "admin", rows=[row])
    (found,) = panels(book)["Próximas renovaciones"].rows
    assert found[0] == "0903-92550040"
    assert found[2] == f"{expiry:%d/%m/%Y}"


def test_no_panel_shows_what_the_house_earns(book):
    """Neither the rate nor any amount of a commission, for whoever looks."""
    for who in ("broker", "compliance"):
        said = str(panels(book, who)).lower()
        assert "comisi" not in said
        assert "28,88" not in said
