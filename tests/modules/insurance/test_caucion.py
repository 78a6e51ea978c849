"""Surety: price, quote, and certificates from issue to return within policy and limit."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import add_months
from core.errors import BadArguments, Conflict
from modules.insurance.caucion.exposure import NotLive, OverLimit, call, check_live, check_room, exposure_of
from modules.insurance.caucion.line import LINE
from modules.insurance.caucion.records import Bond
from modules.insurance.caucion.tools import BondNotFound
from tests.modules.insurance.taken_over import (
    approved,
    as_json,
    cases_of,
    check_demo_risks,
    inputs_of,
    refused,
    take_over,
)

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()
PERFORMANCE = inputs_of("caucion-C02")
BENEFICIARY = {"beneficiary_name": "Ayuntamiento de Villaficticia", "beneficiary_id": "P9900001B"}
FAR = (TODAY + timedelta(days=400)).isoformat()


@pytest.mark.parametrize("case", cases_of("caucion"), ids=lambda c: c["id"])
def test_every_case_through_the_tool(run, case):
    """Each amount of each case, and no key more or less."""
    assert as_json(run("caucion_rate", **case["inputs"])) == case["expected"]


def test_from_the_quote_to_the_policy(book, installation, actor, call):
    """One premium for the whole term, paid at once; it names the beneficiary; no renewal, no suspension."""
    asked = {"customer": "Raquel Gómez", "insurer": "C0902", **PERFORMANCE}
    bare = book("caucion_quote_policy", **asked)
    refused(Conflict, book, "kernel_issue_policy", quote=bare.quote_number)
    quote = book("caucion_quote_policy", **asked, **BENEFICIARY)
    issued = approved(installation, actor, call, "kernel_issue_policy", quote=quote.quote_number)
    assert (len(issued.receipts), issued.total_premium) == (1, Decimal("3461.01"))
    assert issued.expires_on == add_months(issued.effective_on, 26)
    assert "Ayuntamiento" in issued.risk
    assert not LINE.duration(LINE.risk.model_validate(PERFORMANCE)).renewable
    assert not LINE.unpaid_suspends


@pytest.mark.parametrize(
    ("change", "field"),
    [({"guarantee_amount": "0"}, "guarantee_amount"), ({"term_months": 0}, "term_months"),
     ({"financial_rating": "E"}, "financial_rating"), ({"collateral_pct": "101"}, "collateral_pct"),
     ({"payment_frequency": "monthly"}, "payment_frequency"), ({"beneficiary_id": "P-1"}, "beneficiary_id")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    """One message that names the field, in both languages; surety is paid at once alone."""
    args = {"customer": "Raquel Gómez", "insurer": "C0902", **PERFORMANCE, **change}
    refused(BadArguments, book, "caucion_quote_policy", field, **args)


def test_certificates_fit_the_policy_and_the_client_s_limit(book, installation, actor, call):
    """Without a limit none; then up to the smaller room; a returned one frees it, a called one does not."""

    def done(tool, **args):
        return approved(installation, actor, call, f"caucion_{tool}", **args)

    number = take_over(book, 61, "caucion", PERFORMANCE, BENEFICIARY)
    second = take_over(book, 62, "caucion", PERFORMANCE, BENEFICIARY)
    ask = {"policy": number, "beneficiary": "Ayuntamiento de Villaficticia"}
    refused(OverLimit, book, "caucion_issue_certificate", **ask, amount="1")
    assert "No tiene límite" in book("caucion_show_exposure", customer="Álvaro Ramos").told("es")
    done("set_limit", customer="Álvaro Ramos", amount="200000", valid_until=FAR)
    first = done("issue_certificate", **ask, amount="100000")
    assert (first.bond, first.state) == (f"{number}-A001", "live")
    refused(OverLimit, book, "caucion_issue_certificate", **ask, amount="45000.01")  # of the policy, 145,000
    other = done("issue_certificate", **ask | {"policy": second}, amount="100000")
    refused(OverLimit, book, "caucion_issue_certificate", **ask, amount="0.01")  # of the client
    refused(BadArguments, book, "caucion_set_limit", "amount", customer="Álvaro Ramos", amount="1", valid_until=FAR)
    refused(BadArguments, book, "caucion_set_limit", "valid_until", customer="Álvaro Ramos", amount="1",
            valid_until="2020-01-01")  # fmt: skip
    assert done("release_certificate", bond=first.bond).released_on == TODAY
    refused(NotLive, book, "caucion_release_certificate", bond=first.bond)
    refused(BadArguments, book, "caucion_record_call", "amount", bond=other.bond, amount="100000.01")
    assert done("record_call", bond=other.bond, amount="30000").state == "live"
    assert done("record_call", bond=other.bond, amount="70000").state == "called"
    refused(NotLive, book, "caucion_record_call", bond=other.bond, amount="1")
    refused(BadArguments, book, "caucion_record_recovery", "amount", bond=other.bond, amount="100000.01")
    done("record_recovery", bond=other.bond, amount="25000")
    found = book("caucion_show_exposure", customer="Álvaro Ramos")
    assert (found.live, found.recourse, found.room) == (0, Decimal("75000.00"), Decimal("125000.00"))
    refused(BondNotFound, book, "caucion_release_certificate", bond="0000-A001")


def test_the_demonstration_is_taken_over(book):
    """Every row, consistent with its policy."""
    assert check_demo_risks(book, "caucion", "CL00001") == 6


def test_the_first_reserve_is_the_guarantee_less_the_collateral():
    """A quarter of it is held."""
    kind = LINE.claim_types["ejecucion"]
    assert kind.opening_reserve({**PERFORMANCE, "collateral_pct": "25"}) == Decimal("108750.00")


ACTS = st.lists(
    st.tuples(st.sampled_from(("issue", "release", "call", "recover")), st.integers(1, 60_000)), max_size=30
)


@given(ACTS)
def test_the_exposure_never_exceeds_the_limit(acts):
    """Whatever is issued, returned, called and recovered in whatever order."""
    limit, bonds = Decimal(100_000), []
    whose = {"policy_id": UUID(int=1), "customer_id": UUID(int=1), "issued_on": date(2026, 1, 1)}
    for act, number in acts:
        amount = Decimal(number)
        one = bonds[number % len(bonds)] if bonds else None
        try:
            if act == "issue":
                check_room(exposure_of(bonds).room(limit), amount, "x")
                bonds.append(Bond(bond_number="x", state="live", beneficiary="x", amount=amount, paid=Decimal(0),
                                  recovered=Decimal(0), **whose))  # fmt: skip
            elif one is not None and act == "release":
                check_live(one)
                one.state = "released"
            elif one is not None and act == "call":
                check_live(one)
                call(one, min(amount, one.amount - one.paid))
            elif one is not None:
                one.recovered += min(amount, one.paid - one.recovered)
        except (OverLimit, NotLive):
            continue
        found = exposure_of(bonds)
        assert 0 <= found.total <= limit
        assert found.live == sum((b.amount - b.paid for b in bonds if b.state == "live"), Decimal(0))
