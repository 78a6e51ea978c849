"""How a smoke case is scored: four questions, each answered by a pure function, and their product.

Routing: did the right executor take it? Tools: were the right tools called, with the right
arguments, to the right end, and nothing else done? State: are exactly the wanted rows and
messages there afterwards? Answer: was the person told, or asked, what was needed?
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evals.canonical import Canon, fold
from evals.cases import Case, WantedCall, WantedRows
from evals.ledger import Changed
from evals.observation import Made, Observation


@dataclass(frozen=True)
class Verdict:
    """Whether one question is answered well; if not, why."""

    passed: bool
    why: str = ""


Question = Callable[[Case, Observation, Canon], Verdict]


def routing(case: Case, seen: Observation, canon: Canon) -> Verdict:
    """Did the right executor take the request?"""
    if seen.executor in case.executor:
        return Verdict(True)
    return Verdict(False, f"{seen.executor} took it, wanted {' or '.join(case.executor)}")


def tools(case: Case, seen: Observation, canon: Canon) -> Verdict:
    """Were the wanted tools called, in order, with the wanted arguments, and nothing else done?"""
    if seen.error:
        return Verdict(False, f"the turn failed: {seen.error}")
    if case.silent and seen.calls:
        return Verdict(False, f"called {', '.join(made.tool for made in seen.calls)}, wanted no tool")
    rest = iter(seen.calls)
    for wanted in case.calls:
        if not any(fits(wanted, made, canon) for made in rest):
            return Verdict(False, f"no call {shown(wanted)}; made: {'; '.join(map(told, seen.calls)) or 'none'}")
    allowed = Counter(call.tool for call in case.calls if call.status != "error")
    done = Counter(made.tool for made in seen.calls if not made.reads and made.status in ("done", "pending"))
    extra = done - allowed
    if extra:
        return Verdict(False, f"also did {', '.join(sorted(extra))}")
    if seen.approvals != case.approvals:
        return Verdict(False, f"asks approval for {seen.approvals or 'nothing'}, wanted {case.approvals or 'nothing'}")
    return Verdict(True)


def fits(wanted: WantedCall, made: Made, canon: Canon) -> bool:
    """Whether `made` is the wanted call; the wanted arguments may be a part of those given."""
    if (wanted.tool, wanted.status) != (made.tool, made.status) or wanted.error not in ("", made.error):
        return False
    return all(canon.same(value, made.args.get(name)) for name, value in wanted.args.items())


def state(case: Case, seen: Observation, canon: Canon) -> Verdict:
    """Are exactly the wanted rows changed, and exactly the wanted messages asked for?"""
    wanted = Counter[tuple[str, str]]()
    for rows in case.rows:
        wanted[rows.table, rows.op] += rows.count
    found = Counter[tuple[str, str]]((row.table, row.op) for row in seen.changed)
    if found != wanted:
        return Verdict(False, f"changed {tally(found)}, wanted {tally(wanted)}")
    for rows in case.rows:
        if not enough(rows, seen.changed, canon):
            return Verdict(False, f"{rows.op} of {rows.table} is not {rows.fields}")
    due = Counter((item.kind, item.recipient) for item in case.effects)
    sent = Counter((item.kind, item.recipient) for item in seen.sent)
    if sent != due:
        return Verdict(False, f"sent {tally(sent)}, wanted {tally(due)}")
    return Verdict(True)


def enough(rows: WantedRows, changed: Sequence[Changed], canon: Canon) -> bool:
    """Whether as many rows as wanted say what is wanted."""
    fitting = [
        row for row in changed if (row.table, row.op) == (rows.table, rows.op) and canon.same(rows.fields, row.fields)
    ]
    return len(fitting) == rows.count


def answer(case: Case, seen: Observation, canon: Canon) -> Verdict:
    """Was the person told what was wanted, and asked where something was missing?"""
    said = fold(seen.answer)
    missing = [fact for fact in case.says if fold(fact) not in said]
    if missing:
        return Verdict(False, f"does not say {', '.join(missing)}: {seen.answer[:200]}")
    if case.asks and "?" not in seen.answer:
        return Verdict(False, f"asks nothing: {seen.answer[:200]}")
    if isinstance(case.asks, tuple) and not any(fold(word) in said for word in case.asks):
        return Verdict(False, f"does not ask about {' or '.join(case.asks)}: {seen.answer[:200]}")
    return Verdict(bool(said), "" if said else "no answer")


QUESTIONS: Final[Mapping[str, Question]] = {"routing": routing, "tools": tools, "state": state, "answer": answer}


def verdicts(case: Case, seen: Observation, find: Callable[[str, str], str | None]) -> dict[str, Verdict]:
    """The four verdicts of one case."""
    made: dict[str, set[str]] = {}
    for call in seen.calls:
        for kind, values in call.refs.items():
            made.setdefault(kind, set()).update(values)
    canon = Canon(find, {kind: frozenset(values) for kind, values in made.items()}, seen.today)
    return {name: question(case, seen, canon) for name, question in QUESTIONS.items()}


def shown(wanted: WantedCall) -> str:
    """A wanted call in a line."""
    return f"{wanted.tool}({_args(wanted.args)}) {wanted.error or wanted.status}"


def told(made: Made) -> str:
    """A made call in a line."""
    return f"{made.tool}({_args(made.args)}) {made.error or made.status}"


def _args(args: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in args.items())


def tally(counts: "Counter[tuple[str, str]]") -> str:
    """Counts in a line."""
    return ", ".join(f"{count} {op} {table}" for (table, op), count in sorted(counts.items())) or "nothing"
