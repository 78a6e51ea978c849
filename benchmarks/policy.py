"""What a decision and a judgement of provenance cost, in processor time of one core."""

import random
import time
from collections.abc import Callable
from dataclasses import replace

from benchmarks.measure import Finding, Sample
from tools.commands import commanded, orders
from tools.policy import Policy
from tools.policy.facts import Facts
from tools.provenance import Evidence, foreign_in, labels_of, own_words

ROUNDS = 400
USUAL = Facts("ana", frozenset({"broker"}), "W2", "encashment_collect_receipt", "ai-encashment", "encashment:write")


def policy_decision() -> Finding:
    """A decision that was never taken before, with the schema checked."""
    policy = Policy.load()
    fresh = iter(replace(USUAL, agent="executor/cfo", amount_cents=n, minute=n % 1440) for n in range(10**6))
    asked = _sample(lambda: policy.engine._ask(next(fresh)))
    remembered = _sample(lambda: policy.judge(USUAL))
    return Finding(
        "policy_decision",
        "policy decision with the schema check",
        asked.median * 1000,
        "ms",
        0.5,
        spread=(asked.quartiles[0] * 1000, asked.quartiles[1] * 1000),
        details={"remembered_us": round(remembered.median * 1e6, 2), "p95_ms": round(asked.percentile(95) * 1000, 3)},
    )


def provenance_check() -> Finding:
    """Labels, control and foreign marks of one call in a turn of 50 kB."""
    words = random.Random(7).choices(
        "recibo póliza cliente pago cuenta vence importe Ana Ruiz 12,50 0903".split(), k=7000
    )
    text = "\n".join(" ".join(words[at : at + 12]) for at in range(0, len(words), 12))
    evidence = Evidence(text, tuple((f"record-{n}", f"customer:{n}") for n in range(200)), ("mail:1",))
    args = {"receipt": "R-2026-000123", "customer": "Ana Ruiz", "amount": "1234.50", "iban": "ES9121000418450200051332"}
    result = {"messages": [{"subject": f"Asunto {n}", "body": "texto " * 20} for n in range(200)]}
    schema = {
        "properties": {
            "messages": {
                "items": {"properties": {"subject": {"type": "string"}, "body": {"x-external": True, "type": "string"}}}
            }
        }
    }

    def check() -> None:
        labels_of(args, evidence)
        commanded("collect", text)
        foreign_in(result, schema)

    def first() -> None:
        own_words.cache_clear()
        orders.cache_clear()
        check()

    turn = _sample(check)
    cold = _sample(first)
    return Finding(
        "provenance",
        f"provenance of a call in a turn of {len(text.encode()) // 1000} kB",
        turn.median * 1000,
        "ms",
        1.0,
        spread=(turn.quartiles[0] * 1000, turn.quartiles[1] * 1000),
        details={"first_call_of_a_turn_ms": round(cold.median * 1000, 3)},
    )


def _sample(work: Callable[[], object]) -> Sample:
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return Sample(times)
