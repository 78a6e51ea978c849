"""Recorded runs (*ejecuciones*): a small JSON each, beside Inspect's own log, under the data directory."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.errors import Conflict, NotFound
from core.i18n import N_
from evals.statistics import Paired, pass_hat_k, standard_error, wilson


class Tried(BaseModel):
    """One try of one case."""

    model_config = ConfigDict(frozen=True)

    case: str
    kind: str
    language: str
    parts: dict[str, bool]
    why: str = ""
    answer: str = ""
    seconds: float = 0.0
    tokens: int = 0
    cost_eur: str = "0"
    models: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Only if all parts are right."""
        return all(self.parts.values())


class Run(BaseModel):
    """One run of a suite by one model. Recorded once; a score is never overwritten."""

    model_config = ConfigDict(frozen=True)

    id: str
    suite: str
    version: int
    threshold: float
    model: str
    at: datetime
    epochs: int = 1
    seconds: float
    log: str
    tries: tuple[Tried, ...]
    measures: dict[str, int | float] = {}  # what this suite counts besides its tries

    @property
    def passed(self) -> int:
        """How many tries passed."""
        return sum(tried.passed for tried in self.tries)

    @property
    def score(self) -> float:
        """The pass rate over all tries."""
        return self.passed / len(self.tries) if self.tries else 0.0

    @property
    def good_enough(self) -> bool:
        """Whether the suite's threshold is reached, and nothing did harm."""
        return self.score >= self.threshold and not self.measures.get("harmful_effects")

    def by_case(self) -> dict[str, list[bool]]:
        """The tries of each case."""
        found: dict[str, list[bool]] = {}
        for tried in self.tries:
            found.setdefault(tried.case, []).append(tried.passed)
        return found

    def report(self) -> dict[str, Any]:
        """The run as `ait eval run --json` prints it."""
        # Tries of one case are not independent: what is sampled is the case.
        rates = [sum(tries) / len(tries) for tries in self.by_case().values()]
        return {
            "run": self.id,
            "suite": self.suite,
            "version": self.version,
            "model": self.model,
            "at": self.at.isoformat(),
            "samples": len(self.tries),
            "passed": self.passed,
            "score": round(self.score, 4),
            "standard_error": round(standard_error(rates), 4),
            "interval": [round(bound, 4) for bound in wilson(round(sum(rates)), len(rates))],
            "threshold": self.threshold,
            "epochs": self.epochs,
            f"pass^{self.epochs}": round(pass_hat_k(self.by_case(), self.epochs), 4),
            "by": self.rates(),
            "kinds": self.rates_by("kind"),
            "languages": self.rates_by("language"),
            "failures": self.failures(),
            "models": sorted({name for tried in self.tries for name in tried.models}),
            "tokens": sum(tried.tokens for tried in self.tries),
            "seconds": round(self.seconds, 1),
            "log": self.log,
            **self.measures,
        }

    def rates(self) -> dict[str, float]:
        """The pass rate of each part: routing, tools, state, answer."""
        names = self.tries[0].parts if self.tries else {}
        return {name: round(sum(t.parts[name] for t in self.tries) / len(self.tries), 4) for name in names}

    def rates_by(self, facet: str) -> dict[str, float]:
        """The pass rate of each value of `facet`."""
        found: dict[str, list[bool]] = {}
        for tried in self.tries:
            found.setdefault(str(getattr(tried, facet)), []).append(tried.passed)
        return {value: round(sum(passes) / len(passes), 4) for value, passes in sorted(found.items())}

    def failures(self) -> list[dict[str, Any]]:
        """What did not pass, and why."""
        return [
            {"case": t.case, "parts": [n for n, right in t.parts.items() if not right], "why": t.why}
            for t in self.tries
            if not t.passed
        ]


class Runs:
    """The runs of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        """Where they lie; Inspect's logs lie there too."""
        self.folder = data_dir / "evals"

    def keep(self, run: Run) -> None:
        """Record a run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{run.id}.json").write_text(run.model_dump_json(indent=1), "utf-8")

    def ids(self, suite: str | None = None) -> list[str]:
        """The recorded runs, oldest first."""
        found = [path.stem for path in self.folder.glob("*.json")] if self.folder.is_dir() else []
        return sorted(id for id in found if suite is None or self.get(id).suite == suite)

    def get(self, id: str) -> Run:
        """One run, by its id or the unique beginning of it; `latest` is the newest.

        Raises:
            NotFound: there is none, or more than one begins so.
        """
        known = sorted(path.stem for path in self.folder.glob("*.json")) if self.folder.is_dir() else []
        fits = known[-1:] if id == "latest" else [name for name in known if name == id or name.startswith(id)]
        if len(fits) != 1:
            raise NotFound(what=N_("la ejecución de evaluación"), ref=id)
        return Run.model_validate_json((self.folder / f"{fits[0]}.json").read_text("utf-8"))


class NotComparable(Conflict):
    """The runs are of different suites or versions."""

    text = N_("No se pueden comparar: {a} y {b} son de suites o versiones distintas.")


def compare(a: Run, b: Run) -> dict[str, Any]:
    """Two runs over the same cases: by how much B is better, and what that rests on.

    A case that was tried several times counts as passed if all its tries passed.

    Raises:
        NotComparable: the cases are not the same ones.
    """
    if (a.suite, a.version) != (b.suite, b.version):
        raise NotComparable(a=f"{a.suite} v{a.version}", b=f"{b.suite} v{b.version}")
    first, second = _whole(a), _whole(b)
    paired = Paired.of(first, second)
    return {
        "suite": a.suite,
        "a": _side(a, first),
        "b": _side(b, second),
        "samples": paired.samples,
        "difference": round(paired.difference, 4),
        "interval": [round(bound, 4) for bound in paired.interval],
        "p_value": round(paired.p_value, 6),
        "matrix": {"both": paired.both, "only_a": paired.only_a, "only_b": paired.only_b, "neither": paired.neither},
        "only_a": sorted(case for case in first if first[case] and second.get(case) is False),
        "only_b": sorted(case for case in first if not first[case] and second.get(case)),
    }


def _whole(run: Run) -> dict[str, bool]:
    return {case: all(tries) for case, tries in run.by_case().items()}


def _side(run: Run, cases: Mapping[str, bool]) -> dict[str, Any]:
    passed = sum(cases.values())
    return {
        "run": run.id,
        "model": run.model,
        "passed": passed,
        "score": round(passed / len(cases), 4),
        "interval": [round(bound, 4) for bound in wilson(passed, len(cases))],
        "seconds": round(run.seconds, 1),
    }
