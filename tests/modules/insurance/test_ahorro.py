"""Savings insurance: price, quote, and the account to the cent."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.errors import BadArguments, Conflict, NotFound
from core.money import to_cents
from modules.insurance.ahorro.account import (
    Indivisible,
    OverLimit,
    check_room,
    death_benefit,
    exempt,
    invested,
    room,
    surrender_table,
    worth,
)
from modules.insurance.ahorro.line import LINE
from modules.insurance.ahorro.records import SavingsAccount, SavingsMovement
from modules.insurance.kernel.accounts import Lot, business_days_after, cost_of, growth, surrender, take, total
from modules.insurance.kernel.records import Policy
from tests.modules.insurance.taken_over import (
    approved,
    as_json,
    cases_of,
    check_demo_risks,
    inputs_of,
    refused,
    take_over,
)

PIAS = inputs_of("ahorro-C01")
DETAILS = {"beneficiaries": "Herederos legales", "source_of_funds": "Nómina", "tax_residence": "ES"}


@pytest.mark.parametrize("case", cases_of("ahorro"), ids=lambda c: c["id"])
def test_every_case_through_the_tool(run, case):
    """Each amount of each case, and no key more or less."""
    assert as_json(run("ahorro_rate", **case["inputs"])) == case["expected"]


def test_from_the_quote_to_the_policy(book, installation, actor, call, tenant):
    """The file tells the age; without beneficiaries no policy is issued."""
    asked = {"customer": "Raquel Gómez", "insurer": "C0902", "product": "pias", "annual_contribution": "2400",
             "horizon_years": 10, "payout": "renta_vitalicia", "payment_frequency": "monthly"}  # fmt: skip
    quote = book("ahorro_quote_policy", **asked)
    assert (quote.decision, quote.total, len(quote.instalments)) == ("accept", Decimal("2400.00"), 12)
    assert quote.risk["age"] == 37
    refused(Conflict, book, "kernel_issue_policy", quote=quote.quote_number)
    quote = book("ahorro_quote_policy", **asked, **DETAILS)
    issued = approved(installation, actor, call, "kernel_issue_policy", quote=quote.quote_number)
    assert issued.total_premium == Decimal("2400.00")
    with installation.database.transaction(tenant.tenant_id) as session:
        policy = session.exec(select(Policy).where(Policy.policy_number == issued.policy)).one()
        account = session.exec(select(SavingsAccount).where(SavingsAccount.policy_id == policy.id)).one()
    assert (account.payout, account.beneficiaries, account.product) == ("renta_vitalicia", "Herederos legales", "pias")
    refused(Conflict, book, "ahorro_record_contribution", policy=issued.policy, amount="100")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"annual_contribution": "0"}, "annual_contribution"), ({"horizon_years": 0}, "horizon_years"),
     ({"payout": "efectivo"}, "payout"), ({"product": "ppa"}, "product"), ({"age": -1}, "age"),
     ({"annual_contribution": 2400.5}, "annual_contribution"), ({"product": "sialp"}, "payout"),
     ({"tax_residence": "España"}, "tax_residence"), ({"payment_frequency": "weekly"}, "payment_frequency")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    """One message that names the field, in both languages."""
    args = {"customer": "Raquel Gómez", "insurer": "C0902", **PIAS, **change}
    refused(BadArguments, book, "ahorro_quote_policy", field, **args)


def test_limits_hold_over_all_policies_of_a_person(book):
    """Two PIAS share one limit, and what is saved elsewhere counts; another person has his own."""
    first = take_over(book, 11, "ahorro", PIAS, {"other_pias_year": "1000", "other_pias_total": "9000"})
    second = take_over(book, 12, "ahorro", PIAS)
    other = take_over(book, 13, "ahorro", PIAS, customer="CL00002")
    assert book("ahorro_record_contribution", policy=first, amount="5000").room == Decimal("2000.00")
    found = refused(OverLimit, book, "ahorro_record_contribution", policy=second, amount="3000.01")
    assert "3000.00" in found.told("es")
    assert book("ahorro_record_contribution", policy=second, amount="3000").room == Decimal("0.00")
    assert book("ahorro_record_contribution", policy=other, amount="8000").room == Decimal("0.00")
    rows = {row.product: row for row in book("ahorro_show_limits", customer="Álvaro Ramos").rows}
    assert (rows["pias"].used_year, rows["pias"].room) == (Decimal("8000.00"), Decimal("0.00"))
    assert (rows["sialp"].room, rows["ahorro_garantizado"].room) == (Decimal("5000.00"), None)


def test_a_transfer_in_keeps_its_seniority_and_no_limit(book):
    """What comes from another insurer is worth what came, cost what it cost there, and is old."""
    number = take_over(book, 14, "ahorro", PIAS, customer="CL00003")
    refused(BadArguments, book, "ahorro_record_contribution", "cost", policy=number, amount="100", since="2019-05-01")
    view = book("ahorro_record_contribution", policy=number, amount="30000", since="2019-05-01", cost="28000")
    assert view.room == Decimal("8000.00")
    account = book("ahorro_show_account", policy=number)
    assert (account.value, account.contributed) == (Decimal("30000.00"), Decimal("28000.00"))
    assert account.lots[0].paid_on == date(2019, 5, 1)
    assert account.surrender.penalty == Decimal("0.00")  # the years there count
    assert account.surrender.irpf_tax == Decimal("0.00")  # a PIAS of five years, as a life annuity
    assert account.death_benefit == Decimal("30600.00")


def test_a_partial_surrender_takes_the_oldest_and_a_whole_one_ends(book, installation, actor, call, tenant):
    """FIFO, penalty, withholding; the ledger adds up; nothing is left after the last."""
    risk = inputs_of("ahorro-C04")
    number = take_over(book, 15, "ahorro", risk, customer="CL00002", original_start_date="2025-01-10")
    book("ahorro_record_contribution", policy=number, amount="6000", paid_on="2025-02-01")
    book("ahorro_record_contribution", policy=number, amount="4000", paid_on="2026-03-01")
    before = book("ahorro_show_account", policy=number)
    paid = approved(installation, actor, call, "ahorro_surrender_policy", policy=number, amount="1000")
    assert (paid.value, paid.penalty, paid.surrender_value) == (Decimal(1000), Decimal("30.00"), Decimal("970.00"))
    assert paid.cost == to_cents(Decimal(6000) * 1000 / before.lots[0].value)
    assert (paid.gain, paid.loss) == (Decimal("0.00"), paid.cost - 970)
    after = book("ahorro_show_account", policy=number)
    assert after.lots[1] == before.lots[1]
    assert after.value == before.value - 1000
    assert after.contributed == before.contributed - paid.cost
    refused(BadArguments, book, "ahorro_surrender_policy", "amount", policy=number, amount="99999")
    rest = approved(installation, actor, call, "ahorro_surrender_policy", policy=number)
    assert rest.value == after.value
    with installation.database.transaction(tenant.tenant_id) as session:
        policy = session.exec(select(Policy).where(Policy.policy_number == number)).one()
        rows = session.exec(select(SavingsMovement).where(SavingsMovement.policy_id == policy.id)).all()
    assert (policy.state, policy.end_reason) == ("cancelled", "surrender")
    assert sum(row.units for row in rows) == 0
    assert sum(row.cost for row in rows) == 0
    refused(Conflict, book, "ahorro_surrender_policy", policy=number)


def test_a_sialp_is_surrendered_whole_and_untaxed_after_five_years(book, installation, actor, call):
    """No part of it; capital, five years: no withholding."""
    risk = inputs_of("ahorro-C02")
    number = take_over(book, 16, "ahorro", risk, customer="CL00003", original_start_date="2020-01-10")
    book("ahorro_record_contribution", policy=number, amount="5000", paid_on="2020-01-10")
    refused(Indivisible, book, "ahorro_surrender_policy", policy=number, amount="10")
    paid = approved(installation, actor, call, "ahorro_surrender_policy", policy=number)
    assert (paid.irpf_tax, paid.withholding, paid.penalty) == (0, 0, 0)
    assert paid.gain > 0


def test_a_transfer_out_is_untaxed_and_ends_the_policy(book, installation, actor, call):
    """PIAS and SIALP move; guaranteed savings do not."""
    number = take_over(book, 17, "ahorro", PIAS, customer="CL00003")
    book("ahorro_record_contribution", policy=number, amount="1000")
    moved = approved(installation, actor, call, "ahorro_transfer_account", policy=number, to="Mutua Levante Ficticia")
    assert (moved.value, moved.due_on > moved.asked_on) == (Decimal("985.00"), True)
    refused(Conflict, book, "ahorro_record_contribution", policy=number, amount="10")
    plain = take_over(book, 18, "ahorro", inputs_of("ahorro-C04"), customer="CL00003")
    refused(BadArguments, book, "ahorro_transfer_account", "policy", policy=plain, to="Mutua Levante Ficticia")


def test_other_lines_and_strangers_are_refused(book):
    """A motor policy is no account."""
    refused(BadArguments, book, "ahorro_show_account", "policy", policy="0903-92550001")
    refused(NotFound, book, "ahorro_show_account", policy="0903-99999999")
    number = take_over(book, 19, "ahorro", PIAS)
    refused(
        BadArguments, book, "ahorro_record_contribution", "paid_on", policy=number, amount="1", paid_on="2031-01-01"
    )
    refused(BadArguments, book, "ahorro_record_contribution", "amount", policy=number, amount="0")


def test_the_table_of_surrender_values_ends_in_the_projection(book):
    """Year 10 of the table is the horizon of case C01."""
    number = take_over(book, 20, "ahorro", PIAS)
    rows = book("ahorro_show_surrender_table", policy=number).rows
    expected = next(c for c in cases_of("ahorro") if c["id"] == "ahorro-C01")["expected"]["projection"]
    assert len(rows) == 10
    assert rows[-1].surrender_value == Decimal(expected["surrender_value"])
    assert rows[0].surrender_value == to_cents(rows[0].value * Decimal("0.97"))
    assert all(a.surrender_value < b.surrender_value for a, b in zip(rows, rows[1:], strict=False))
    assert surrender_table(Decimal(1000), 1)[0].contributions == Decimal(1000)


def test_the_demonstration_is_taken_over(book):
    """Every row, consistent with its policy."""
    assert check_demo_risks(book, "ahorro", "CL00001") == 6


def test_figures_of_the_account():
    """Growth by whole years and days, the extra on death, five working days."""
    assert growth(Decimal("1.1"), date(2024, 1, 1), date(2026, 1, 1)) == Decimal("1.21")
    assert growth(Decimal("1.1"), date(2025, 1, 1), date(2025, 7, 2)) == 1 + Decimal("0.1") * 182 / 365
    assert death_benefit(Decimal("1000.00")) == Decimal("1600.00")
    assert death_benefit(Decimal("100000.00")) == Decimal("101000.00")
    assert business_days_after(date(2026, 12, 23), 5) == date(2026, 12, 31)
    assert exempt("sialp", 5, "capital", whole=True)
    assert not exempt("sialp", 4, "capital", whole=True)
    assert not exempt("pias", 9, "capital", whole=True)


MONEY = st.integers(1, 3_000_000).map(lambda cents: Decimal(cents) / 100)
DAYS = st.dates(date(2010, 1, 1), date(2026, 11, 1))


@given(st.lists(st.tuples(MONEY, DAYS), min_size=1, max_size=6), st.lists(st.integers(1, 100), max_size=5))
def test_fifo_conserves_units_and_money(paid, shares):
    """Whatever is taken in whatever steps: units and cost that left and that stay are those that came."""
    on = date(2026, 11, 22)
    lots = sorted((Lot(UUID(int=n), day, invested(m), m) for n, (m, day) in enumerate(paid)), key=lambda x: x.on)
    units, cost, left = sum(x.units for x in lots), sum(x.cost for x in lots), lots
    gone_units = gone_cost = Decimal(0)
    for share in shares:
        parts = worth(left, on)
        amount = to_cents(total(parts) * share / 100)
        if not amount:
            break
        taken = take(parts, amount)
        assert total(taken) == amount
        assert [part.lot.on for part in taken] == sorted(part.lot.on for part in taken)
        gone = {part.lot.id: part.lot for part in taken}
        gone_units += sum(x.units for x in gone.values())
        gone_cost += cost_of(taken)
        none = Lot(UUID(int=0), on, Decimal(0), Decimal(0))
        left = [Lot(x.id, x.on, x.units - gone.get(x.id, none).units, x.cost - gone.get(x.id, none).cost) for x in left]
        assert all(x.units >= 0 and x.cost >= 0 for x in left)
        found = surrender(LINE.tariff, taken, 1)
        assert found.surrender_value - found.cost == found.gain - found.loss
        assert found.paid + found.withholding + found.penalty == found.value
    assert (gone_units + sum(x.units for x in left), gone_cost + sum(x.cost for x in left)) == (units, cost)


@given(st.lists(MONEY, max_size=30), st.sampled_from(("pias", "sialp")))
def test_the_limit_is_never_exceeded(amounts, product):
    """Whoever pays in what fits never passes the year's limit, nor all years' together."""
    used = Decimal(0)
    for amount in amounts:
        found = room(product, date(2026, 1, 1), used, used)
        try:
            check_room(found, amount)
        except OverLimit:
            continue
        used += amount
    assert used <= {"pias": 8000, "sialp": 5000}[product]
