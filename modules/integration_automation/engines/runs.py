"""Runs (*cálculos*): a computation as a job, watched step by step, and stopped when somebody says so.

A step waits a few seconds for the worker and writes down how far it is; then the next step is queued.
So progress is committed as it happens, no transaction lasts longer than a step, and a run whose
process ended is simply computed again: engines are pure.
"""

import hashlib
import json
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from sqlmodel import col, select

from core.context import Context
from core.errors import AitError, Conflict, NotFound
from core.i18n import N_
from core.identifiers import new_id
from engines import operations
from engines.charts import Chart
from engines.contract import Computed, Operation
from engines.drawing import png, svg
from modules.insurance.kernel.numbering import next_number
from modules.integration_automation.engines.operations import parameters, resolved_arguments
from modules.integration_automation.engines.records import EngineRun, RunState
from modules.integration_automation.engines.references import DataRef, numbered, published, stored
from modules.integration_automation.engines.saying import said
from modules.integration_automation.nerve import NERVE, Running
from modules.integration_automation.nerve.problems import EngineStopped
from tools import Risk, Slot, tool
from tools.gate.problems import problem_of
from tools.marks import Foreign
from tools.results import Result

FIRST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 10.0  # a step waits no longer: other jobs wait behind it
MOST_STEPS: Final = 200
OPEN: Final = (RunState.QUEUED.value, RunState.RUNNING.value)
RunRef = Annotated[
    str, Field(max_length=40), Slot(ref="engine_run", ask=N_("¿Qué cálculo?"), pattern=r"CAL-\d{4}-\d{6}")
]
OperationName = Annotated[str, Field(max_length=80), Slot(ask=N_("¿Qué operación, con el nombre de su herramienta?"))]

RUNNING: dict[tuple[UUID, UUID], Running] = {}
"""What this process computes now, by tenant and run."""


class RunView(Result):
    """How a run stands; `result` once it is done."""

    run: Annotated[str, Slot(ref="engine_run")]
    operation: str
    state: str
    done: int
    total: int
    input_sha256: str
    began_at: datetime | None
    ended_at: datetime | None
    problem: str | None
    result: Annotated[dict[str, Any], Foreign()] | None = None
    charts: tuple[Chart, ...] = ()


class Picture(Result):
    """A chart of a run as a file."""

    file_name: str
    media_type: str
    text: str | None  # an SVG
    base64: str | None  # a PNG


@tool(
    Risk.DRAFT,
    permission="engines:run",
    title=N_("Lanzar un cálculo como trabajo"),
    examples=(
        "Lanza como trabajo el cálculo reserving_odp_bootstrap sobre el triángulo raa",
        "Start the computation reserving_odp_bootstrap as a job",
    ),
)
def start_run(ctx: Context, operation: OperationName, arguments: dict[str, Any]) -> RunView:
    """Compute an operation as a job; `engines_show_run` tells how far it is and what came out.

    `arguments` are those of the operation's own tool; data sets are named, as there.
    """
    found = _operation(operation)
    checked = _checked(found, arguments)
    shown = {
        name: value.model_dump() if isinstance(value, DataRef) else _plain(value) for name, value in checked.items()
    }
    content = json.dumps(shown, sort_keys=True).encode()
    run = EngineRun(
        id=new_id(), run_number=next_number(ctx, "CAL"), operation=found.name, arguments=ctx.files.put(content),
        input_sha256=_digest(ctx, checked, content),
    )  # fmt: skip
    ctx.session.add(run)
    ctx.emit("engine_run.started", run.id, operation=run.operation)
    _go_on(ctx, run)
    return _view(ctx, run)


@tool(
    Risk.DRAFT,
    permission="engines:run",
    title=N_("Seguir con un cálculo"),
    examples=("Sigue con el cálculo CAL-2026-000001", "Continue the computation CAL-2026-000001"),
)
def continue_run(ctx: Context, run: RunRef) -> RunView:
    """Compute, or look at what is being computed: one step of a run. The system queues it by itself."""
    found = _run(ctx, run)
    place = (found.tenant_id, found.id)
    going = RUNNING.get(place)
    if found.state not in OPEN:
        if going is not None:
            going.stop()
            del RUNNING[place]
        return _view(ctx, found)
    try:
        if going is None:
            operation, arguments = _asked(ctx, found)
            if NERVE.route(operation, arguments) == "here":
                return _done(ctx, found, NERVE.compute(operation, arguments))
            going = RUNNING[place] = NERVE.begin(operation, arguments)
        result = going.wait(min(FIRST_SECONDS * 2 ** min(found.steps, 4), LONGEST_SECONDS))
    except EngineStopped:
        RUNNING.pop(place, None)
        found.state, found.ended_at = RunState.CANCELLED.value, ctx.now
    except AitError as error:
        RUNNING.pop(place, None)
        found.state, found.ended_at, found.problem = RunState.FAILED.value, ctx.now, error.told("es")
    else:
        found.state, found.began_at = RunState.RUNNING.value, found.began_at or ctx.now
        found.steps, found.done, found.total = found.steps + 1, going.done, going.of
        if result is not None:
            RUNNING.pop(place, None)
            return _done(ctx, found, result)
        if found.steps >= MOST_STEPS:
            going.stop()
            found.state, found.ended_at = RunState.FAILED.value, ctx.now
        else:
            _go_on(ctx, found)
    ctx.session.add(found)
    return _view(ctx, found)


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Ver un cálculo"),
    examples=("¿Cómo va el cálculo CAL-2026-000001?", "Show the computation CAL-2026-000001"),
)
def show_run(ctx: Context, run: RunRef) -> RunView:
    """How far a run is, and its result once it is done."""
    return _view(ctx, _run(ctx, run))


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Cálculos lanzados"),
    examples=("¿Qué cálculos se han lanzado como trabajo?", "List the computations started as jobs"),
)
def list_runs(ctx: Context) -> list[RunView]:
    """The latest hundred runs, newest first, without their results."""
    found = ctx.session.exec(select(EngineRun).order_by(col(EngineRun.id).desc()).limit(100))
    return [_view(ctx, run, whole=False) for run in found]


@tool(
    Risk.DRAFT,
    permission="engines:run",
    title=N_("Detener un cálculo"),
    examples=("Cancela el cálculo CAL-2026-000001", "Cancel the computation CAL-2026-000001"),
)
def cancel_run(ctx: Context, run: RunRef) -> RunView:
    """Stop a run; its worker is ended at the next step, and nothing is kept."""
    found = _run(ctx, run)
    if found.state not in OPEN:
        raise Conflict(reason=N_("el cálculo ya ha terminado"))
    found.state, found.ended_at = RunState.CANCELLED.value, ctx.now
    ctx.session.add(found)
    _go_on(ctx, found)
    ctx.emit("engine_run.cancelled", found.id, operation=found.operation)
    return _view(ctx, found)


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Gráfico de un cálculo"),
    examples=(
        "Dame el gráfico del cálculo CAL-2026-000001 en PNG",
        "Draw the chart of the computation CAL-2026-000001 as SVG",
    ),
)
def draw_run(
    ctx: Context,
    run: RunRef,
    number: Annotated[int, Field(ge=1, le=20)] = 1,
    form: Annotated[str, Field(pattern="^(svg|png)$"), Slot(words={"png": ("png",), "svg": ("svg",)})] = "svg",
) -> Picture:
    """A chart of a finished run as an SVG or PNG file."""
    import base64

    view = _view(ctx, _run(ctx, run))
    if len(view.charts) < number:
        raise NotFound(what=N_("el gráfico"), ref=f"{view.run}/{number}")
    chart, name = view.charts[number - 1], f"{view.run}-{number}.{form}"
    if form == "svg":
        return Picture(file_name=name, media_type="image/svg+xml", text=svg(chart, ctx.actor.locale), base64=None)
    content = base64.b64encode(png(chart, ctx.actor.locale)).decode()
    return Picture(file_name=name, media_type="image/png", text=None, base64=content)


def _operation(name: str) -> Operation:
    found = operations().get(name)
    if found is None:
        raise NotFound(what=N_("la operación"), ref=name)
    return found


@cache
def _model(name: str) -> type[BaseModel]:
    """The arguments of an operation, data sets by name included."""
    config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)
    fields: dict[str, Any] = dict(parameters(operations()[name]))
    return create_model(f"{name}_run", __config__=config, **fields)


def _checked(operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        found = _model(operation.name).model_validate(numbered(arguments))
    except ValidationError as error:
        raise problem_of(error) from error
    return {name: getattr(found, name) for name in type(found).model_fields}


def _plain(value: Any) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")


def _digest(ctx: Context, checked: dict[str, Any], content: bytes) -> str:
    """SHA-256 over the arguments, and the digests of the data sets that they name."""
    total = hashlib.sha256(content)
    for value in checked.values():
        if isinstance(value, DataRef):
            total.update(_data_digest(ctx, value).encode())
    return total.hexdigest()


def _data_digest(ctx: Context, ref: DataRef) -> str:
    return ref.dataset if ref.dataset in published() else stored(ctx, ref.dataset).sha256


def _asked(ctx: Context, run: EngineRun) -> tuple[Operation, dict[str, Any]]:
    """The operation of a run and its arguments, data read."""
    operation = _operation(run.operation)
    checked = _checked(operation, json.loads(ctx.files.get(run.arguments)))
    return operation, resolved_arguments(ctx, operation, checked)


def _done(ctx: Context, run: EngineRun, result: Computed) -> "RunView":
    """Keep the result of a run that has come to its end."""
    run.result = ctx.files.put(result.model_dump_json().encode())
    run.state, run.began_at, run.ended_at = RunState.DONE.value, run.began_at or ctx.now, ctx.now
    run.done = run.total
    ctx.session.add(run)
    ctx.emit("engine_run.done", run.id, operation=run.operation)
    return _view(ctx, run)


def _go_on(ctx: Context, run: EngineRun) -> None:
    """Queue the next step; the same step is queued once."""
    ctx.later("engines_continue_run", f"engine-run:{run.id}:{run.state}:{run.steps}", run=run.run_number)


def _run(ctx: Context, number: str) -> EngineRun:
    found = ctx.session.exec(select(EngineRun).where(EngineRun.run_number == number)).first()
    if found is None:
        raise NotFound(what=N_("el cálculo"), ref=number)
    return found


def _view(ctx: Context, run: EngineRun, *, whole: bool = True) -> RunView:
    result: dict[str, Any] | None = None
    charts: tuple[Chart, ...] = ()
    if run.result is not None and whole:
        returned: Any = TypeAdapter(operations()[run.operation].function.__annotations__["return"])
        found: Computed = said(returned.validate_json(ctx.files.get(run.result)), ctx.actor.locale)
        result, charts = found.model_dump(mode="json", exclude={"charts"}), found.charts
    return RunView(
        run=run.run_number, operation=run.operation, state=run.state, done=run.done, total=run.total,
        input_sha256=run.input_sha256, began_at=run.began_at, ended_at=run.ended_at, problem=run.problem,
        result=result, charts=charts,
    )  # fmt: skip
