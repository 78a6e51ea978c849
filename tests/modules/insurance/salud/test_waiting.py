"""Waiting periods, copays, reimbursements and states hold for any dates and any order of acts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from core.dates import add_months
from core.errors import Conflict
from modules.insurance.kernel.line import Entering
from modules.insurance.kernel.lives import entered
from modules.insurance.kernel.states import move
from modules.insurance.salud.acts import Act, health_terms, waiting_months
from modules.insurance.salud.authorisations import AUTHORISATION_MOVES, AuthorisationState
from modules.insurance.salud.copays import owed
from modules.insurance.salud.line import LINE
from modules.insurance.salud.records import Authorisation, Reimbursement
from modules.insurance.salud.reimbursements import Country, ReimbursementState, covered
from modules.insurance.salud.risk import AddedCover, InsuredPerson, SaludRisk
from modules.insurance.salud.waiting import Ground, wait_of

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
STARTED = date(2024, 3, 1)


def risk_of(*people: InsuredPerson) -> SaludRisk:
    return SaludRisk(product="reembolso", zone="A", payment_frequency="annual", with_dental=True, insureds=people)


@settings(deadline=None)
@given(act=st.sampled_from(Act), since=DAYS, on=DAYS, more=st.integers(0, 800))
def test_what_may_be_used_may_be_used_later_too(act, since, on, more):
    """Waiting ends once and does not begin again; nobody who joined later waits less."""
    person = InsuredPerson(age=30, insured_since=since)
    wait = wait_of(risk_of(person), person, since, act)
    assert wait.usable_from == add_months(since, waiting_months()[act])
    assert not wait.usable(on) or wait.usable(on + timedelta(days=more))
    later = person.model_copy(update={"insured_since": since + timedelta(days=more)})
    after = wait_of(risk_of(later), later, since, act).usable_from
    assert after >= wait.usable_from
    assert wait_of(risk_of(person), person, since, act, urgent=True).usable_from == since


@pytest.mark.parametrize(
    ("months", "gap", "proved", "waived"),
    [(12, 0, True, True), (12, 1, True, True), (12, 2, True, False), (11, 0, True, False), (36, 0, False, False),
     (36, 0, None, False), (12, -40, True, True), (11, -40, True, False)],
)  # fmt: skip
def test_a_former_policy_waives_only_if_proved_long_and_without_a_gap(months, gap, proved, waived):
    until = STARTED - timedelta(days=gap)
    person = InsuredPerson(age=30, insured_since=STARTED, previous_since=add_months(STARTED, -months),
                           previous_until=until, previous_proved=proved)  # fmt: skip
    wait = wait_of(risk_of(person), person, STARTED, Act.PARTO)
    assert (wait.ground == Ground.PROVED) == waived
    assert (wait.usable_from == STARTED) == waived


@pytest.mark.parametrize(
    ("days", "mother_since", "ground"),
    [(0, date(2024, 1, 1), Ground.NEWBORN), (30, date(2024, 1, 1), Ground.NEWBORN),
     (31, date(2024, 1, 1), Ground.WAITS), (5, STARTED, Ground.WAITS)],
)  # fmt: skip
def test_the_new_born_of_a_covered_birth(days, mother_since, ground):
    """Within 30 days, and with somebody of the policy insured on the day of birth."""
    born = date(2024, 2, 20)
    mother = InsuredPerson(age=30, insured_since=mother_since)
    child = InsuredPerson(age=0, born_on=born, insured_since=born + timedelta(days=days))
    assert wait_of(risk_of(mother, child), child, mother_since, Act.CIRUGIA).ground == ground


@pytest.mark.parametrize(("days", "ground"), [(0, "left_group"), (30, "left_group"), (31, "waits"), (-1, "waits")])
def test_who_leaves_a_group_must_ask_in_time(days, ground):
    person = InsuredPerson(age=30, insured_since=STARTED, left_group_on=STARTED - timedelta(days=days))
    assert wait_of(risk_of(person), person, STARTED, Act.PROTESIS).ground == ground


def test_a_cover_that_was_added_waits_from_its_own_day():
    """Whatever was proved at the start."""
    person = InsuredPerson(
        age=30, insured_since=STARTED, previous_since=date(2010, 1, 1), previous_until=STARTED, previous_proved=True,
        added=(AddedCover(act=Act.REPRODUCCION, added_on=date(2025, 1, 1)),),
    )  # fmt: skip
    assert wait_of(risk_of(person), person, STARTED, Act.REPRODUCCION).usable_from == date(2027, 1, 1)
    assert wait_of(risk_of(person), person, STARTED, Act.PARTO).ground == Ground.PROVED


def test_an_agreed_exclusion_is_never_usable():
    person = InsuredPerson(age=30, insured_since=STARTED, exclusions=(Act.PROTESIS,))
    wait = wait_of(risk_of(person), person, STARTED, Act.PROTESIS, urgent=True)
    assert (wait.usable_from, wait.ground) == (None, Ground.EXCLUDED)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Act), st.integers(1, 40)), max_size=8))
def test_copays_of_a_year_never_exceed_the_cap(often):
    """And each is the table's until the cap is reached."""
    terms, charged = health_terms(), Decimal(0)
    acts = [act for act, times in often for _ in range(times)]
    for act in acts:
        one = owed(terms, act, charged)
        assert one == terms.acts[act].copay or charged + one == terms.copay_cap_year
        charged += one
    assert charged == min(sum((terms.acts[act].copay for act in acts), Decimal(0)), terms.copay_cap_year)


MONEY = st.integers(1, 5_000_000).map(lambda cents: Decimal(cents) / 100)


@settings(deadline=None)
@given(act=st.sampled_from(Act), country=st.sampled_from(Country), billed=MONEY, left=st.none() | MONEY)
def test_no_more_comes_back_than_was_billed_and_is_left(act, country, billed, left):
    back = covered(act, country, billed, left)
    assert 0 <= back <= billed
    assert left is None or back <= left
    assert back == back.quantize(Decimal("0.01"))


@settings(deadline=None)
@given(st.lists(st.sampled_from(AuthorisationState), max_size=12))
def test_an_authorisation_goes_only_where_it_may(wanted):
    found = Authorisation(state=AuthorisationState.REQUESTED.value)
    for state in wanted:
        before = found.state
        if state in AUTHORISATION_MOVES.get(before, frozenset()):
            move(found, state)
            assert found.state == state
        else:
            with pytest.raises(Conflict):
                move(found, state)
            assert found.state == before


@settings(deadline=None)
@given(st.lists(st.sampled_from(ReimbursementState), max_size=6))
def test_nothing_is_paid_that_was_not_audited(wanted):
    found, seen = Reimbursement(state=ReimbursementState.SUBMITTED.value), ["submitted"]
    for state in wanted:
        try:
            move(found, state)
            seen.append(state.value)
        except Conflict:
            assert found.state == seen[-1]
    assert seen == ["submitted", "audited", "paid"][: len(seen)]


PEOPLE = st.lists(
    st.fixed_dictionaries({"age": st.integers(0, 74), "full_name": st.sampled_from("ABCDEF")}), min_size=1, max_size=6,
    unique_by=lambda one: one["full_name"],
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(PEOPLE, min_size=1, max_size=5))
def test_numbers_and_starts_belong_to_a_life(terms):
    """Through any joining and leaving a number is one life's and a start stays; entered twice is entered once."""
    history, owner, on = [], {}, STARTED
    for people in terms:
        begins = Entering(on=on, started_on=STARTED, history=tuple(history))
        risk = entered({"insureds": people}, begins)
        assert entered(risk, begins) == risk
        before = {one["full_name"]: one for one in (history[-1]["insureds"] if history else ())}
        for one in risk["insureds"]:
            name, kept = one["full_name"], before.get(one["full_name"])
            if kept:
                assert (one["position"], one["insured_since"]) == (kept["position"], kept["insured_since"])
            else:
                assert one["insured_since"] == on.isoformat()
                assert one["position"] not in owner
            owner.setdefault(one["position"], name)
            assert owner[one["position"]] == name
        history.append(risk)
        on = add_months(on, 1)


@settings(deadline=None)
@given(ages=st.lists(st.integers(0, 64), min_size=1, max_size=6), zone=st.sampled_from("ABCD"), dental=st.booleans())
def test_the_prices_of_the_insured_make_up_the_premium(ages, zone, dental):
    """One price a person; the tax falls on travel assistance alone."""
    given_risk = {"product": "reembolso", "zone": zone, "payment_frequency": "annual", "with_dental": dental,
                  "with_travel": True, "insureds": [{"age": age} for age in ages]}  # fmt: skip
    rated = LINE.rate(TypeAdapter(SaludRisk).validate_python(given_risk))
    assert sum(rated.coverage_premiums.values()) == rated.net_premium
    assert len(rated.coverage_premiums) == len(ages) * (3 if dental else 2)
    assert rated.ips == (Decimal(9 * len(ages)) * Decimal("0.08")).quantize(Decimal("0.01"))
