"""`ait eval`: list the suites, run one, compare two runs. Exit 1 below the suite's threshold."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from core.i18n import N_, Locale, translate
from core.settings import Settings
from core.telemetry import configure
from evals.cases import Suite, names, suite
from evals.runs import Run, Runs, compare

app = typer.Typer(no_args_is_help=True, help="Is it any good? Run the evals.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

ADVERSARIAL = "adversarial"
NONE = N_("(ninguna)")
PASSED = N_("{suite}: {passed} de {samples} ({score} %, IC 95 % [{low}; {high}]) con {model} en {seconds} s")
FAILED = N_("no pasa {case} ({parts}): {why}")
BELOW = N_("Por debajo del umbral de la suite ({threshold} %).")
BETTER = N_("B mejora {points} pp, IC 95 % [{low}; {high}], n = {samples}, p = {p_value} (McNemar exacto)")
MATRIX = N_("pasan ambas {both} · solo A {only_a} · solo B {only_b} · ninguna {neither}")


@app.command("list")
def list_suites(as_json: AsJson = False) -> None:
    """List the suites: their cases, and how the last run of each went."""
    runs = Runs(Settings().data_dir)
    rows = [facts(suite(name), runs) for name in names()]
    _say(rows, as_json, "\n".join(_suite_line(row) for row in rows) or translate(NONE, _locale()))


def facts(found: Suite, runs: Runs) -> dict[str, Any]:
    """A suite as `list` shows it."""
    ids = runs.ids(found.name)
    last = runs.get(ids[-1]).report() if ids else None
    kept = ("run", "model", "samples", "passed", "score", "interval")
    return {
        "suite": found.name,
        "version": found.version,
        "cases": len(found.cases),
        "threshold": found.threshold,
        "last": {name: last[name] for name in kept} if last else None,
    }


@app.command()
def run(
    name: Annotated[str, typer.Argument(metavar="SUITE")],
    model: Annotated[str | None, typer.Option(help="anthropic/NAME, openai/NAME or offline.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many cases.")] = None,
    epochs: Annotated[int, typer.Option(min=1, max=16, help="How often each case is tried (pass^k).")] = 1,
    as_json: AsJson = False,
) -> None:
    """Run a suite and record the run."""
    # The installation and Inspect are not needed to list or compare.
    from evals.running import run as run_suite
    from modules.installation import Installation

    wanted = suite(name)
    settings = Settings(model=model) if model else Settings()
    configure("error")
    if name == ADVERSARIAL:
        from evals.adversarial.suite import run as run_adversarial

        _end(run_adversarial(settings, limit=limit), as_json)
        return
    installation = Installation.open(settings)
    try:
        done = run_suite(installation, wanted, limit=limit, epochs=epochs)
    finally:
        installation.audit.integrate()
        installation.close()
    _end(done, as_json)


def _end(done: Run, as_json: bool) -> None:
    _say(done.report(), as_json, run_text(done.report()))
    if not done.good_enough:
        print(translate(BELOW, _locale(), threshold=_percent(done.threshold)), file=sys.stderr)
        raise typer.Exit(1)


@app.command("compare")
def compare_runs(
    a: Annotated[str, typer.Argument(metavar="A", help="A run's id, or the beginning of it.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one; `latest` is the newest.")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs of one suite, case by case (McNemar's exact test)."""
    runs = Runs(Settings().data_dir)
    found = compare(runs.get(a), runs.get(b))
    _say(found, as_json, compare_text(found))


def run_text(report: Mapping[str, Any]) -> str:
    """A run for people: one line, its parts, and a line for each failure."""
    low, high = report["interval"]
    head = translate(
        PASSED,
        _locale(),
        suite=report["suite"],
        passed=report["passed"],
        samples=report["samples"],
        score=_percent(report["score"]),
        low=_percent(low),
        high=_percent(high),
        model=report["model"],
        seconds=report["seconds"],
    )
    parts = " · ".join(f"{name} {_percent(rate)} %" for name, rate in report["by"].items())
    failed = [
        translate(FAILED, _locale(), case=row["case"], parts=", ".join(row["parts"]), why=row["why"])
        for row in report["failures"]
    ]
    return "\n".join([head, f"  {parts}", *(f"  {line}" for line in failed)])


def compare_text(found: Mapping[str, Any]) -> str:
    """A comparison for people, as one sentence that it supports and the four counts."""
    low, high = found["interval"]
    lines = [f"{side.upper()}: {_side(found[side])}" for side in ("a", "b")]
    lines.append(
        translate(
            BETTER,
            _locale(),
            points=_percent(found["difference"]),
            low=_percent(low),
            high=_percent(high),
            samples=found["samples"],
            p_value=found["p_value"],
        )
    )
    lines.append(translate(MATRIX, _locale(), **found["matrix"]))
    lines += [f"{side}: {', '.join(found[side])}" for side in ("only_a", "only_b") if found[side]]
    return "\n".join(lines)


def _side(side: Mapping[str, Any]) -> str:
    low, high = side["interval"]
    return f"{side['run']} {side['model']} {_percent(side['score'])} % [{_percent(low)}; {_percent(high)}]"


def _suite_line(row: Mapping[str, Any]) -> str:
    last = row["last"]
    shown = f"{last['passed']}/{last['samples']} ({_percent(last['score'])} %) {last['model']}" if last else "—"
    return f"{row['suite']:<12} v{row['version']}  {row['cases']:>3}  ≥ {_percent(row['threshold'])} %  {shown}"


def _percent(rate: float) -> str:
    text = f"{rate * 100:.1f}"
    return text if _locale() == "en" else text.replace(".", ",")


def _say(data: Mapping[str, Any] | Sequence[Mapping[str, Any]], as_json: bool, text: str) -> None:
    print(json.dumps(data, ensure_ascii=False) if as_json else text)


def _locale() -> Locale:
    """The terminal's language: English if it says so, else Spanish."""
    return "en" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("en") else "es"
