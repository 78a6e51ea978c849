"""Running a suite (*ejecutar*): Inspect AI drives it, our own graph answers, one run is recorded.

Inspect wants a model of its own, though it never asks it anything: `mockllm/model` needs
neither key nor network. Cases run one after the other, since a rehearsal holds its locks
until it is rolled back.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import AitError
from core.i18n import N_
from core.identifiers import new_id
from evals.brokerage import Brokerage
from evals.cases import Case, Suite
from evals.observation import Observation, Observer
from evals.runs import Run, Runs, Tried
from graphs.rehearsals import Rehearsals
from modules.installation import Installation
from modules.integration_automation.nerve.problems import missing


class Broken(AitError):
    """The run did not reach its end; nothing is recorded but Inspect's own log."""

    code = "ait.eval_broken"
    text = N_("La evaluación no ha terminado: {reason}")


def run(
    installation: Installation,
    suite: Suite,
    *,
    limit: int | None = None,
    epochs: int = 1,
    rehearsals: Rehearsals | None = None,
) -> Run:
    """Run `suite` by the installation's model, record the run, and give it.

    Args:
        installation: where; the evals have a tenant of their own in it.
        suite: what.
        limit: only the first so many cases.
        epochs: how often each case is tried.
        rehearsals: another way to run a turn than the installation's own.

    Raises:
        Broken: a case broke the harness itself (not: was answered badly).
    """
    runs, began = Runs(installation.settings.data_dir), time.monotonic()
    runs.folder.mkdir(parents=True, exist_ok=True)
    turns = rehearsals or Rehearsals(installation)
    observer = Observer(Brokerage.open(installation), turns)
    cases = suite.cases[:limit] if limit else suite.cases
    try:
        build = getattr(import_module(f"evals.{suite.name}.task"), suite.name)
    except ModuleNotFoundError as error:
        raise missing(error) from error
    log = _inspected(build(cases, observer, epochs), runs.folder)
    found = Run(
        id=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{suite.name}-{new_id().hex[-6:]}",
        suite=suite.name,
        version=suite.version,
        threshold=suite.threshold,
        model=turns.house.models.label,
        at=datetime.now(UTC),
        epochs=epochs,
        seconds=time.monotonic() - began,
        log=Path(log.location).name,
        tries=tuple(_tried(sample) for sample in log.samples or ()),
    )
    runs.keep(found)
    return found


def _inspected(task: Any, folder: Path) -> Any:
    # Inspect takes two seconds to import, which no other command should pay.
    from inspect_ai import eval as inspect_eval

    with _own_folders(folder / "inspect"):
        log = inspect_eval(
            task,
            model="mockllm/model",
            display="none",
            log_dir=str(folder),
            log_level="error",
            max_samples=1,
            fail_on_error=True,
            log_realtime=False,
            log_model_api=False,
            ctl_server=False,
            acp_server=False,
        )[0]
    if log.status != "success":
        raise Broken(reason=log.error.message if log.error else log.status)
    return log


def _tried(sample: Any) -> Tried:
    case = Case.model_validate(sample.metadata["case"])
    seen, whole = Observation.model_validate(sample.store["observation"]), sample.scores["product"]
    return Tried(
        case=case.id,
        kind=case.kind,
        language=case.language,
        parts=whole.metadata,
        why=whole.explanation or "",
        answer=seen.answer,
        seconds=seen.seconds,
        tokens=seen.tokens,
        cost_eur=seen.cost_eur,
        models=tuple(seen.models),
    )


@contextmanager
def _own_folders(folder: Path) -> Iterator[None]:
    """Let Inspect keep its traces and caches under the data directory, where all state lies."""
    wanted = {"XDG_DATA_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
