"""Models of the book's own claims by trait of the risk, against effects that can be counted by hand."""

from collections.abc import Callable
from datetime import timedelta
from math import sqrt
from typing import Any

import pytest

from core.errors import BadArguments
from modules.integration_automation.engines.risk_factors import TooFewClaims, levelled
from tests.modules.core_business.people import INSURER, customer_row, today
from tests.modules.integration_automation.claims_book import claim, policy, take_over
from tests.tools.offers import accepted

pytestmark = pytest.mark.usefixtures("installation")
Run = Callable[..., Any]
GARAGED, STREET = range(40), range(40, 60)  # 10 claims in the garage, 20 on the street; 1,000 each
DAYS = 300


@pytest.fixture(scope="module", autouse=True)
def book(run: Run) -> None:
    """Sixty cars that differ by where they sleep, and homes with too few claims."""
    begins = today() - timedelta(days=DAYS)
    take_over(run, insurers=[INSURER])
    run("crm_import_customers", _as="owner", rows=[customer_row("CL1", "22222222J", "Raquel", "Gómez")])
    risk = accepted("autos")[0]
    refs = [f"PO{at:03}" for at in (*GARAGED, *STREET)]
    of_claims = [*(refs[i] for i in range(10)), *(refs[40 + i] for i in range(20))]
    take_over(
        run,
        policies=[policy(ref, begins, line="autos") for ref in refs],
        risks=[
            {
                "policy_id": ref,
                "risk": risk | {"parking": "garaje_privado" if at in GARAGED else "calle"},
                "details": {"plate": f"{at:04}BCD"},
            }
            for at, ref in enumerate(refs)
        ],
        claims=[
            claim(f"SI{at:03}", ref, begins + timedelta(days=10 + at), "1000.00") for at, ref in enumerate(of_claims)
        ],
    )


def level(found: Any, name: str) -> Any:
    return next(row for row in found.levels if row.level == name)


def test_the_frequency_of_a_level_is_its_claims_by_its_exposure(run: Run) -> None:
    found = run("risk_classification_fit_frequency", line="autos", factors=["parking"])
    exposure = 60 * (DAYS + 1) / 365.25
    assert (found.policies, found.claims, found.exposure) == (60, 30, round(exposure, 1))
    assert found.rate == pytest.approx(30 / exposure, rel=1e-6)
    street = level(found, "calle")
    assert street.relativity == pytest.approx((20 / 20) / (10 / 40), abs=1e-3)
    assert street.standard_error == pytest.approx(sqrt(1 / 20 + 1 / 10), abs=1e-3)
    assert street.firm
    assert level(found, "garaje_privado").relativity == 1
    assert found.cross_validated_gini > 0.1
    assert "no la aplique" in found.told("es")
    assert found.charts[0].series[0].name != "parking"  # people's words for it


def test_the_tariff_is_the_cost_by_exposure_at_the_base_levels(run: Run) -> None:
    found = run("premium_pricing_fit_portfolio_tariff", line="autos")
    assert found.factors == ("parking",)  # nothing else varies
    assert found.importances[0].factor == "parking"
    assert found.base_rate == pytest.approx(10 * 1000 / (40 * (DAYS + 1) / 365.25), rel=1e-4)
    assert level(found, "calle").relativity == pytest.approx(4, abs=1e-3)
    assert any("30 siniestros" in caution for caution in found.cautions)


def test_too_few_claims_or_an_unknown_factor_is_refused_with_what_there_is(run: Run) -> None:
    with pytest.raises(TooFewClaims, match="12"):
        run("premium_pricing_fit_portfolio_tariff", line="hogar")
    with pytest.raises(BadArguments, match="parking"):
        run("risk_classification_fit_frequency", line="autos", factors=["bm_level"])


def test_risks_can_be_taken_out_without_health_or_names(run: Run) -> None:
    begins = today() - timedelta(days=30)
    take_over(
        run,
        policies=[policy("PO900", begins, line="vida")],
        risks=[{"policy_id": "PO900", "risk": accepted("vida")[0] | {"age": 40}}],
    )
    kept = run(
        "engines_extract_data_set", _as="owner", name="life_risks", query="insured_terms", line="vida",
        from_on=begins.isoformat(), to_on=today().isoformat(),
    )  # fmt: skip
    columns = {column.name for column in kept.columns}
    assert "risk.occupation_class" in columns
    assert not columns & {"risk.bmi", "risk.extra_mortality_pct", "risk.insureds"}


def test_a_claim_belongs_to_what_was_insured_on_its_day(run: Run) -> None:
    begins, day = today() - timedelta(days=50), today()
    take_over(run, policies=[policy("PO800", begins)])
    for risk in accepted("hogar")[:2]:  # the second holds from today
        take_over(run, risks=[{"policy_id": "PO800", "risk": risk}])
    known = {"known_by_broker_date": day.isoformat(), "payment_date": day.isoformat()}
    of = "PO800"
    take_over(
        run, claims=[claim("SI800", of, begins, "100.00"), claim("SI801", of, day, "70.00", **known)],
    )  # fmt: skip
    run(
        "engines_extract_data_set", _as="owner", name="homes", query="insured_terms", line="hogar",
        from_on=(begins - timedelta(days=100)).isoformat(), to_on=day.isoformat(),
    )  # fmt: skip
    rows = run("engines_show_data_set", name="homes").first_rows
    assert [(row["days"], row["claims"], row["cost"]) for row in rows] == [(50, 1, 100.0), (1, 1, 70.0)]


def test_levels_without_claims_enough_are_put_together() -> None:
    import pandas as pd

    claims = pd.Series([5, 5, 1, 0, 4, 5])
    words = levelled(pd.Series(["a", "b", "c", "d", "e", None]), claims)
    assert words is not None
    assert list(words) == ["a", "b", "otros", "otros", "otros", "—"]
    numbers = levelled(pd.Series([18, 25, 40, 60, 70, 80]), claims)
    assert numbers is not None
    seen = claims.groupby(numbers).sum()
    assert seen.min() >= 4
    assert len(seen) > 1
    assert levelled(pd.Series(["a"] * 6), claims) is None
