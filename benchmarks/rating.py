"""How many motor risks one core prices in a second."""

import time

from benchmarks.measure import Finding, Sample
from modules.insurance.autos.line import LINE
from modules.insurance.autos.risk import AutosRisk

ROUNDS, BATCH = 15, 400
RISK = AutosRisk.model_validate(
    {
        "product": "todo_riesgo",
        "vehicle_class": "turismo",
        "vehicle_value": "18500.00",
        "vehicle_age": 4,
        "power_cv": 110,
        "use": "particular",
        "zone": "B",
        "parking": "garaje_privado",
        "driver_age": 45,
        "licence_years": 20,
        "bm_level": 3,
        "at_fault_claims_5y": 0,
        "driver_accident_sum": "30000.00",
        "deductible": 300,
        "young_second_driver": False,
        "payment_frequency": "quarterly",
    }
)


def rating() -> Finding:
    """A comprehensive cover with its taxes, surcharges and four receipts; no database."""
    if LINE.rate(RISK).total is None:
        raise RuntimeError("the risk is declined: nothing would be measured")
    rates = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(BATCH):
            LINE.rate(RISK)
        rates.append(BATCH / (time.process_time() - began))
    sample = Sample(rates)
    return Finding(
        "rating",
        "motor ratings on one core",
        sample.median,
        "/s",
        2000,
        "at least",
        spread=sample.quartiles,
        details={"batch": BATCH, "rounds": ROUNDS},
    )
