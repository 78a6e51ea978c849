"""Signs of fraud: each by the fact that it is read from, and none that decides."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from modules.integration_automation.engines.fraud import NoClaims, benford
from tests.modules.core_business.people import INSURER, customer_row, today
from tests.modules.integration_automation.claims_book import claim, policy, receipt, take_over

pytestmark = pytest.mark.usefixtures("installation")
Run = Callable[..., Any]
START = today() - timedelta(days=300)
LEAK = "Se rompió una tubería del baño y el agua estropeó el parqué del pasillo y la pared del vecino."
AGAIN = "Una tubería del baño se rompió y el agua estropeó el parqué del pasillo y la pared del vecino."
OTHER = "Entraron por la ventana de la cocina y se llevaron dos ordenadores, un televisor y las joyas."


@pytest.fixture(scope="module", autouse=True)
def book(run: Run) -> None:
    """One claim with three signs, one paid for late, four in a year, two that tell one story, and plain ones."""
    take_over(run, insurers=[INSURER])
    run("crm_import_customers", _as="owner", rows=[customer_row("CL1", "22222222J", "Raquel", "Gómez")])
    later = [START + timedelta(days=n) for n in (100, 130, 160, 190)]
    due = START + timedelta(days=20)
    take_over(
        run,
        policies=[policy(f"PO{n}", START) for n in range(1, 7)],
        receipts=[
            receipt("RE1", "PO2", START, "900.00", due_date=due.isoformat(),
                    paid_date=(START + timedelta(days=61)).isoformat()),
        ],
        claims=[
            claim("SI1", "PO1", START + timedelta(days=9), "1000.00",
                  known_by_broker_date=(START + timedelta(days=25)).isoformat()),
            claim("SI2", "PO2", START + timedelta(days=60), "523.10",
                  known_by_broker_date=(START + timedelta(days=64)).isoformat()),
            *(claim(f"SI3{n}", "PO3", day, "310.05") for n, day in enumerate(later)),
            claim("SI4", "PO4", START + timedelta(days=120), "812.33", description=LEAK),
            claim("SI5", "PO5", START + timedelta(days=150), "745.91", description=AGAIN),
            claim("SI6", "PO6", START + timedelta(days=170), "640.20", description=OTHER),
        ],
    )  # fmt: skip


def codes(found: Any, number: str) -> set[str]:
    return {sign.code for flag in found.flags if flag.claim == number for sign in flag.findings}


def test_each_sign_is_read_from_its_fact(run: Run) -> None:
    found = run("unsupervised_flag_claims", least_signs=1)
    assert codes(found, "SI1") == {"soon_after_start", "late_notice", "round_amount"}
    assert codes(found, "SI2") == {"paid_after_loss"}
    assert codes(found, "SI32") == codes(found, "SI33") == {"many_claims"}
    assert codes(found, "SI30") == codes(found, "SI31") == set()
    assert codes(found, "SI4") == codes(found, "SI5") == {"same_story"}
    assert codes(found, "SI6") == set()
    assert found.counts["same_story"] == 2
    assert found.flagged == len(found.flags) == 6


def test_only_several_signs_flag_a_claim_and_nothing_is_decided(run: Run) -> None:
    found = run("unsupervised_flag_claims")
    assert [flag.claim for flag in found.flags] == ["SI1"]
    assert "SI1" in found.told("es")
    assert "no es una acusación" in found.told("es")
    assert any("RGPD" in caution for caution in found.cautions)
    assert run("kernel_show_claim", claim="SI1").state == "paid"


def test_too_few_claims_are_neither_ranked_nor_held_to_benford(run: Run) -> None:
    found = run("unsupervised_flag_claims")
    assert found.benford_p is None
    assert all(flag.unusual is None and not flag.stands_out for flag in found.flags)
    with pytest.raises(NoClaims):
        run("unsupervised_flag_claims", line="vida")


def test_a_high_amount_and_the_odd_one_out_are_seen_among_enough_claims(run: Run) -> None:
    rows = [policy(f"PO2{n:02}", START, line="rc") for n in range(40)]
    take_over(
        run,
        policies=rows,
        claims=[
            claim(f"SI9{n:02}", rows[n]["policy_id"], START + timedelta(days=60 + n),
                  "90250.00" if n == 7 else f"{400 + 13 * n}.17")
            for n in range(40)
        ],
    )  # fmt: skip
    found = run("unsupervised_flag_claims", line="rc", least_signs=1)
    assert [flag.claim for flag in found.flags] == ["SI907"]
    assert codes(found, "SI907") == {"high_amount"}
    assert found.flags[0].unusual == 1
    assert found.flags[0].stands_out


def test_first_digits_of_a_series_that_grows_evenly_follow_benford() -> None:
    growing = [1.03**n for n in range(400)]
    likely, unlikely = benford(growing), benford([500.0 + n % 100 for n in range(400)])
    assert likely is not None
    assert likely > 0.5
    assert unlikely is not None
    assert unlikely < 0.001
    assert benford(growing[:299]) is None
