"""Transport insurance: price, quote, certificates, declarations and their settlement."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.dates import add_months
from core.errors import BadArguments, Conflict
from core.money import to_cents
from modules.insurance.kernel.declarations import (
    Annuity,
    MonthDeclared,
    MonthsMissing,
    NotOver,
    SettledAlready,
    named,
)
from modules.insurance.kernel.records import CommissionLine, Receipt
from modules.insurance.transporte.floating import Sanctioned, WrongScope, check_scope, insured_value
from modules.insurance.transporte.line import LINE
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
TRIP, FLOATING, BOAT = (inputs_of(f"transporte-C0{n}") for n in (1, 2, 3))
MOST = {"max_per_conveyance": "60000"}
SHIPMENT = {"cif_value": "12000", "goods": "Fruta", "origin": "Valencia", "destination": "Las Palmas",
            "departs_on": TODAY.isoformat()}  # fmt: skip


@pytest.mark.parametrize("case", cases_of("transporte"), ids=lambda c: c["id"])
def test_every_case_through_the_tool(run, case):
    """Each amount of each case, and no key more or less."""
    assert as_json(run("transporte_rate", **case["inputs"])) == case["expected"]


def test_from_the_quote_to_the_policy(book, installation, actor, call):
    """The scope must be the route's, for the tax depends on it; a trip is not renewed."""
    asked = {"customer": "Raquel Gómez", "insurer": "C0902", **TRIP, "origin": "Valencia", "origin_country": "ES"}
    inland = book("transporte_quote_policy", **asked, destination="Santa Cruz", destination_country="ES")
    refused(WrongScope, book, "kernel_issue_policy", quote=inland.quote_number)
    far = book("transporte_quote_policy", **asked, destination="Bandar Abbas", destination_country="IR")
    refused(Sanctioned, book, "kernel_issue_policy", quote=far.quote_number)
    quote = book("transporte_quote_policy", **asked, destination="Génova", destination_country="IT")
    issued = approved(installation, actor, call, "kernel_issue_policy", quote=quote.quote_number)
    assert (issued.total_premium, issued.receipts[0].ips) == (Decimal("294.13"), Decimal("0.00"))
    assert [LINE.duration(LINE.risk.model_validate(r)).renewable for r in (TRIP, FLOATING, BOAT)] == [False, True, True]


@pytest.mark.parametrize(
    ("inputs", "change", "field"),
    [(TRIP, {"shipment_value": "0"}, "shipment_value"), (TRIP, {"mode": "tren"}, "mode"),
     (TRIP, {"deductible_pct": "2"}, "deductible_pct"), (TRIP, {"deductible_pct": "0.7"}, "deductible_pct"),
     (TRIP, {"scope": "mundial"}, "scope"), (TRIP, {"shipment_value": None}, "shipment_value"),
     (FLOATING, {"vehicles": None}, "vehicles"), (BOAT, {"engine_hp": None}, "engine_hp"),
     (BOAT, {"sailing_area": "oceano"}, "sailing_area"), (TRIP, {"origin_country": "Spain"}, "origin_country")],
)  # fmt: skip
def test_a_bad_field_is_named(book, inputs, change, field):
    """One message that names the field, in both languages."""
    given = {name: value for name, value in (inputs | change).items() if value is not None}
    refused(BadArguments, book, "transporte_quote_policy", field, customer="Javier Rubio", insurer="C0902", **given)


def test_a_certificate_insures_one_shipment(book, installation, actor, call):
    """CIF and 10 % more, up to the most per conveyance, on the policy's scope and within its term."""
    number = take_over(book, 41, "transporte", FLOATING, MOST)
    ask = {"policy": number, **SHIPMENT}
    made = approved(installation, actor, call, "transporte_issue_certificate", **ask)
    assert (made.certificate, made.insured_value) == (f"{number}-C001", Decimal("13200.00"))
    again = approved(installation, actor, call, "transporte_issue_certificate", **ask)
    assert again.certificate.endswith("-C002")
    found = book("transporte_list_certificates", policy=number)
    assert (len(found.certificates), found.total) == (2, Decimal("26400.00"))
    refused(BadArguments, book, "transporte_issue_certificate", "cif_value", **ask | {"cif_value": "54545.46"})
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    refused(BadArguments, book, "transporte_issue_certificate", "departs_on", **ask | {"departs_on": yesterday})
    refused(WrongScope, book, "transporte_issue_certificate", **ask, destination_country="FR")
    refused(Sanctioned, book, "transporte_issue_certificate", **ask, destination_country="KP")
    trip = take_over(book, 42, "transporte", TRIP)
    refused(BadArguments, book, "transporte_issue_certificate", "policy", **ask | {"policy": trip})
    month = TODAY.isoformat()[:7]
    refused(BadArguments, book, "transporte_record_declaration", "value", policy=number, month=month, value="26399.99")
    assert not book("transporte_record_declaration", policy=number, month=month, value="26400").late


def over(months):
    """An annuity that ended with the last month."""
    ends = TODAY.replace(day=1)
    return {"original_start_date": add_months(ends, -months).isoformat(), "expiry_date": ends.isoformat(),
            "effective_date": add_months(ends, -months).isoformat()}  # fmt: skip


def test_declarations_are_counted_and_settled(book, installation, actor, call, tenant):
    """Twelve months, each once; then the difference to the provisional premium, with its tax, in one receipt."""
    billed = {"net_premium_annual": "2766.22", "ips": "221.30", "consorcio": "4.15", "total_premium_annual": "2991.67"}
    number = take_over(book, 43, "transporte", FLOATING | {"payment_frequency": "annual"}, MOST, **over(12), **billed)
    months = [named(add_months(TODAY.replace(day=1), -n)) for n in range(12, 0, -1)]
    state = book("transporte_show_declarations", policy=number)
    assert list(state.missing) == months
    assert list(state.late) in (months, months[:-1])  # the last one has until the 15th
    for month in months[:-1]:
        book("transporte_record_declaration", policy=number, month=month, value="200000")
    refused(MonthDeclared, book, "transporte_record_declaration", policy=number, month=months[0], value="1")
    refused(BadArguments, book, "transporte_record_declaration", "month", policy=number, month="2019-01", value="1")
    refused(BadArguments, book, "transporte_record_declaration", "month", policy=number, month="2026-13", value="1")
    refused(MonthsMissing, book, "transporte_settle_declarations", policy=number)
    book("transporte_record_declaration", policy=number, month=months[-1], value="200000")
    done = approved(installation, actor, call, "transporte_settle_declarations", policy=number)
    real = book("transporte_rate", **FLOATING | {"payment_frequency": "annual", "annual_transported_value": "2400000"})
    assert done.declared == Decimal("2400000.00")
    assert done.receipt.kind == "regularisation"
    assert done.receipt.premium == real.premium - Decimal("2766.22")
    assert done.receipt.total == real.total - Decimal("2991.67")
    with installation.database.transaction(tenant.tenant_id) as session:
        receipt = session.exec(select(Receipt).where(Receipt.receipt_number == done.receipt.receipt)).one()
        lines = session.exec(select(CommissionLine).where(CommissionLine.receipt_id == receipt.id)).all()
    assert receipt.commission == to_cents(done.receipt.premium * Decimal("0.11"))
    assert len(lines) == 1
    refused(SettledAlready, book, "transporte_settle_declarations", policy=number)


def test_less_than_foreseen_is_given_back(book, installation, actor, call):
    """What was billed too much comes back; an annuity that runs is not settled."""
    number = take_over(book, 44, "transporte", FLOATING | {"payment_frequency": "annual"}, MOST, **over(2))
    for n in (2, 1):
        month = named(add_months(TODAY.replace(day=1), -n))
        book("transporte_record_declaration", policy=number, month=month, value="0")
    done = approved(installation, actor, call, "transporte_settle_declarations", policy=number)
    rated = book("transporte_rate", **FLOATING | {"payment_frequency": "annual", "annual_transported_value": "0.01"})
    assert done.receipt.premium == rated.premium - Decimal("262.54")
    running = take_over(book, 45, "transporte", FLOATING, original_start_date="2026-03-19")
    refused(NotOver, book, "transporte_settle_declarations", policy=running)


def test_the_demonstration_is_taken_over(book):
    """Every row, consistent with its policy."""
    assert check_demo_risks(book, "transporte", "CL00001") == 8


def test_the_route_decides_the_scope():
    """The islands are Spain: such a trip is taxed."""
    check_scope("nacional", "ES", "ES")
    check_scope("internacional", "ES", None)
    refused(Conflict, lambda _: check_scope("internacional", "ES", "ES"), "")
    assert insured_value(Decimal("100.05")) == Decimal("110.06")


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(0, 500), st.sets(st.integers(0, 11)))
def test_every_month_is_declared_or_missing(begins, passed, known):
    """Over an annuity, a month is known, missing, or not over; and none is late that is not missing."""
    annuity = Annuity(begins, add_months(begins, 12), *[Decimal(0)] * 4)
    today = begins + timedelta(days=passed)
    declared = [annuity.months[n] for n in known]
    missing, late = annuity.missing(declared, today), annuity.late(declared, today, 15)
    assert len(annuity.months) == 12
    assert set(late) <= set(missing)
    assert not set(missing) & set(declared)
    ahead = [month for month in annuity.months if add_months(month, 1) > today]
    assert set(missing) | set(declared) | set(ahead) == set(annuity.months)
