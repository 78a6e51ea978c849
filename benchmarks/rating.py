"""How many motor risks one core prices in a second, and what the gate adds to one."""

import time

from benchmarks.gate import read
from benchmarks.house import broker, folder, installation, origin
from benchmarks.measure import Finding, Sample, in_turns
from modules.insurance.autos.line import LINE
from modules.insurance.autos.risk import AutosRisk
from tools.gate import Call

ROUNDS, BATCH = 15, 400
CALLS = 300
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


def rating_gate() -> Finding:
    """`autos_rate` through the gate, against three pure ratings and a gated read that finds nothing."""
    args = RISK.model_dump(mode="json", exclude_none=True)
    with folder() as data_dir, installation(data_dir) as opened:
        actor = broker(opened)
        gated, empty = in_turns(
            lambda: opened.gate.call(Call("autos_rate", args, actor, origin())), read(opened, actor), CALLS
        )
        pure, _ = in_turns(lambda: LINE.rate(RISK), lambda: None, CALLS)
    return Finding(
        "rating_gate",
        "a motor rating through the gate",
        gated.median / (empty.median + 3 * pure.median),
        "×",
        1.0,
        baseline="three pure ratings and a gated read that finds nothing",
        details={
            "gated_ms": round(gated.median * 1000, 3),
            "gate_ms": round(empty.median * 1000, 3),
            "pure_ms": round(pure.median * 1000, 3),
        },
    )
