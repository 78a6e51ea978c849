"""Simulation (*simulación*): what a draft of the policy would have said of past calls."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from tools.policy import Policy
from tools.policy.facts import Facts, Verdict

EXAMPLES: Final = 20


class Changed(BaseModel):
    """One past call of which the draft says something else."""

    model_config = ConfigDict(frozen=True)

    entry: str
    tool: str
    user: str
    agent: str
    before: Verdict
    after: Verdict
    rule: str


class Simulation(BaseModel):
    """What would have been different, by kind of change (`allow→hold`), with the latest examples.

    `unknown` counts entries from before facts were kept, and refusals that came before the
    policy was asked.
    """

    model_config = ConfigDict(frozen=True)

    judged: int
    unknown: int
    same: int
    changes: dict[str, int]
    examples: tuple[Changed, ...]


def simulate(draft: Policy, present: Policy, entries: Iterable[Mapping[str, Any]]) -> Simulation:
    """Judge the calls of audit `entries`, opened, by both policies, as if nobody had approved them yet."""
    changes: Counter[str] = Counter()
    examples: list[Changed] = []
    judged = unknown = 0
    for entry in entries:
        told = entry.get("details", {}).get("facts")
        if told is None:
            unknown += 1
            continue
        judged += 1
        facts = Facts.of({**told, "approvals": 0})
        before, after = present.judge(facts), draft.judge(facts)
        if before.verdict == after.verdict:
            continue
        changes[f"{before.verdict}→{after.verdict}"] += 1
        if len(examples) < EXAMPLES:
            examples.append(
                Changed(
                    entry=str(entry["id"]),
                    tool=facts.tool,
                    user=facts.user,
                    agent=facts.agent,
                    before=before.verdict,
                    after=after.verdict,
                    rule=after.rule,
                )
            )
    return Simulation(
        judged=judged,
        unknown=unknown,
        same=judged - sum(changes.values()),
        changes=dict(changes),
        examples=tuple(examples),
    )
