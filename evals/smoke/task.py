"""The smoke suite as an Inspect task: a turn is the solver, four questions and their product the scores."""

from collections.abc import Sequence
from typing import Any

from inspect_ai import Epochs, Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, pass_k, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals.cases import Case
from evals.observation import Observation, Observer
from evals.smoke.scorers import QUESTIONS, verdicts

SEEN = "observation"


@task
def smoke(cases: Sequence[Case], observer: Observer, epochs: int = 1) -> Task:
    """Can a person of the brokerage work by chat? Forty requests over customers, motor and receipts."""
    dataset = MemoryDataset([sample(case) for case in cases], name="smoke")
    questions = [question(name, observer) for name in QUESTIONS]
    reducers: list[Any] = ["mean", pass_k(epochs)] if epochs > 1 else ["mean"]
    return Task(
        dataset=dataset,
        solver=turn(observer),
        scorer=[*questions, product(observer)],
        epochs=Epochs(epochs, reducers),
        name="smoke",
    )


def sample(case: Case) -> Sample:
    """A case as Inspect keeps it; the whole case travels in the metadata."""
    return Sample(
        id=case.id,
        input=case.text,
        target=", ".join(call.tool for call in case.calls) or "-",
        metadata={"case": case.model_dump(mode="json", by_alias=True), "kind": case.kind, "language": case.language},
    )


@solver
def turn(observer: Observer) -> Solver:
    """One turn of the real graph, in a rehearsal."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        seen = await observer.observe(case_of(state))
        state.store.set(SEEN, seen.model_dump(mode="json"))
        state.output = ModelOutput.from_content(model=", ".join(seen.models) or "-", content=seen.answer)
        return state

    return solve


def question(name: str, observer: Observer) -> Scorer:
    """The scorer of one of the four questions, under its name."""

    @scorer(metrics=[accuracy(), stderr()], name=name)
    def one() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            verdict = judged(state, observer)[name]
            return Score(value=CORRECT if verdict.passed else INCORRECT, explanation=verdict.why)

        return score

    return one()


@scorer(metrics=[accuracy(), stderr()])
def product(observer: Observer) -> Scorer:
    """A case passes only if all four questions are answered well."""

    async def score(state: TaskState, target: Target) -> Score:
        found = judged(state, observer)
        why = "; ".join(f"{name}: {verdict.why}" for name, verdict in found.items() if not verdict.passed)
        return Score(
            value=INCORRECT if why else CORRECT,
            answer=state.output.completion,
            explanation=why,
            metadata={name: verdict.passed for name, verdict in found.items()},
        )

    return score


def judged(state: TaskState, observer: Observer) -> Any:
    """The verdicts of what the solver saw."""
    return verdicts(case_of(state), Observation.model_validate(state.store.get(SEEN)), observer.brokerage.record)


def case_of(state: TaskState) -> Case:
    """The case of a sample."""
    return Case.model_validate(state.metadata["case"])
