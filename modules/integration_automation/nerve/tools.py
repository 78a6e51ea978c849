"""What people ask the nerve: which engines there are, whether they can compute, and how it went."""

from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from statistics import quantiles
from typing import Final, Literal

from core.context import Context
from core.i18n import N_, Locale, translate
from engines import operations
from engines.contract import Operation
from modules.integration_automation.nerve.dispatch import NERVE
from modules.integration_automation.nerve.warming import named_in
from tools import Risk, tool
from tools.results import Result

PROBE: Final = "descriptive_summarize"
FAMILIES: Final = {
    "statistical": N_("Estadística"),
    "economic": N_("Economía"),
    "financial": N_("Finanzas"),
    "insurance": N_("Seguros"),
    "machine_learning": N_("Aprendizaje automático"),
    "data": N_("Datos"),
}
LISTED: Final = N_("Hay {engines} motores con {operations} operaciones.")
SOUND: Final = N_("Los {engines} motores pueden calcular, y los procesos de cálculo responden.")
LACKING: Final = N_("Faltan bibliotecas en {engines} motores: {names}.")
DEAF: Final = N_("Los procesos de cálculo no responden.")


class OperationView(Result):
    """One operation: the name of its tool, and its Spanish title."""

    operation: str
    title: str
    heavy: bool


class EngineView(Result):
    """One engine and what it can compute."""

    engine: str
    family: str
    operations: tuple[OperationView, ...]


class Engines(Result):
    """All engines."""

    engines: tuple[EngineView, ...]

    def told(self, locale: Locale) -> str:
        """How many there are."""
        count = sum(len(engine.operations) for engine in self.engines)
        return translate(LISTED, locale, engines=len(self.engines), operations=count)


class EngineHealth(Result):
    """Whether an engine's libraries are installed, and in which versions."""

    engine: str
    state: Literal["healthy", "incomplete"]
    libraries: tuple[str, ...]
    missing: tuple[str, ...]


class Health(Result):
    """Whether the engines can compute here."""

    workers_answer: bool
    where: str
    engines: tuple[EngineHealth, ...]

    def told(self, locale: Locale) -> str:
        """What is wrong, if anything is."""
        lacking = [engine for engine in self.engines if engine.state != "healthy"]
        if not self.workers_answer:
            return translate(DEAF, locale)
        if not lacking:
            return translate(SOUND, locale, engines=len(self.engines))
        names = ", ".join(sorted({name for engine in lacking for name in engine.missing}))
        return translate(LACKING, locale, engines=len(lacking), names=names)


class MetricView(Result):
    """One operation in one place since this process began; seconds over its latest thousand calls."""

    engine: str
    operation: str
    where: str
    done: int
    refused: int
    failed: int
    median_seconds: float
    p95_seconds: float


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Motores de cálculo"),
    examples=("¿Qué motores de cálculo hay?", "Which computational engines are there?"),
)
def list_engines(ctx: Context) -> Engines:
    """The engines by family, with their operations."""
    return Engines(
        engines=tuple(
            EngineView(
                engine=engine,
                family=translate(FAMILIES[own[0].family], ctx.actor.locale),
                operations=tuple(
                    OperationView(operation=o.name, title=translate(o.title, ctx.actor.locale), heavy=o.heavy)
                    for o in own
                ),
            )
            for engine, own in _by_engine().items()
        )
    )


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Estado de los motores"),
    examples=("¿Están sanos los motores de cálculo?", "Are the computational engines healthy?"),
)
def check_engines(ctx: Context) -> Health:
    """Whether each engine's libraries are there, and whether a worker process answers."""
    running = NERVE.begin(operations()[PROBE], {"x": [1.0, 2.0, 3.0]})
    answered = running.wait() is not None
    where = running.where
    found = tuple(_health(engine, own) for engine, own in _by_engine().items())
    return Health(workers_answer=answered, where=where, engines=found)


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Tiempos de los motores"),
    examples=("¿Cuánto tardan los motores de cálculo?", "How long do the computational engines take?"),
)
def show_metrics(ctx: Context) -> list[MetricView]:
    """Calls, refusals, failures and seconds of each operation since this process began."""
    found = []
    for (engine, name, where), line in sorted(NERVE.metrics.lines.items()):
        seconds = list(line.seconds)
        parts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else seconds * 19
        other = sum(n for how, n in line.outcomes.items() if how not in ("done", "refused"))
        found.append(
            MetricView(
                engine=engine,
                operation=name,
                where=where,
                done=line.outcomes.get("done", 0),
                refused=line.outcomes.get("refused", 0),
                failed=other,
                median_seconds=round(parts[9], 4),
                p95_seconds=round(parts[18], 4),
            )
        )
    return found


def _by_engine() -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in operations().values():
        found.setdefault(operation.engine, []).append(operation)
    return dict(sorted(found.items(), key=lambda pair: (list(FAMILIES).index(pair[1][0].family), pair[0])))


def _health(engine: str, own: list[Operation]) -> EngineHealth:
    names = sorted({name.partition(".")[0] for operation in own for name in named_in(operation)})
    missing = tuple(name for name in names if find_spec(name) is None)
    known = packages_distributions()
    versions = tuple(sorted({said for name in names if (said := _version(known.get(name, ())))}))
    return EngineHealth(
        engine=engine, state="incomplete" if missing else "healthy", libraries=versions, missing=missing
    )


def _version(distributions: list[str] | tuple[str, ...]) -> str:
    """`scipy 1.17.1`; "" for the standard library."""
    for name in distributions:
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
    return ""
