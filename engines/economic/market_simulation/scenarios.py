"""Scenarios: one model, several futures."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from engines.arrays import frame
from engines.charts import Chart, Series
from engines.contract import Computed, Part, Real, Table, operation
from engines.economic.expressions import Formula, read
from engines.errors import N_, InvalidInput, LimitExceeded

BASE: Final = "base"
MOST_SCENARIOS: Final = 10_000
SET: Final = "set"
KINDS: Final = (SET, "add", "multiply")
MODELS: Final[Mapping[str, Mapping[str, str]]] = {
    "brokerage": {
        "premium_next": "premium * retention + new_business",
        "income": "premium_next * commission_rate",
        "margin": "income - costs",
        "margin_share": "margin / income",
    },
    "insurer": {
        "claims": "premium * loss_ratio",
        "expenses": "premium * expense_ratio",
        "combined_ratio": "loss_ratio + expense_ratio",
        "technical_result": "premium - claims - expenses",
        "result": "technical_result + reserves * yield_rate",
    },
    "policyholder": {
        "retained": "premium * (1 + price_change) * renewal * (1 + price_change) ** elasticity",
        "change": "retained - premium * renewal",
    },
}


class ScenarioOutcome(Part):
    """What one scenario gives, and how much each figure differs from the base."""

    scenario: str
    outputs: dict[str, float]
    change: dict[str, float]


class Scenarios(Computed):
    """The base and each scenario, in the units of the parameters."""

    base: dict[str, float]
    scenarios: tuple[ScenarioOutcome, ...]


@operation(
    "Análisis de escenarios",
    examples=(
        "¿Cómo queda el margen de la correduría si baja la retención y suben los costes? Compara escenarios",
        "Run scenarios of shocks on a brokerage or insurer model and compare with the base",
    ),
)
def scenario_run(
    base: Annotated[dict[str, Real], Field(min_length=1, max_length=100)],
    shocks: Table,
    model: Literal["brokerage", "insurer", "policyholder", "formulas"] = "brokerage",
    formulas: Annotated[dict[str, str], Field(max_length=50)] = {},  # noqa: B006  only read
) -> Scenarios:
    """Work out a model under several sets of shocks.

    Args:
        base: value of each parameter. brokerage: premium, retention, new_business, commission_rate, costs.
            insurer: premium, loss_ratio, expense_ratio, reserves, yield_rate. policyholder: premium,
            price_change, renewal, elasticity. formulas: those that the formulas name.
        shocks: table with the columns scenario (name), parameter, value, and optionally kind: set (the value
            replaces, default and where it is empty), add, or multiply. Several rows may make one scenario.
        model: which formulas, or formulas of one's own.
        formulas: with model formulas: output name → formula of parameters and outputs before it
            (+ - * / ** exp log sqrt sin cos).

    Raises:
        InvalidInput: an unknown parameter or kind, a missing one, or a formula undefined there.
        InsufficientData: no shock.
        LimitExceeded: more than ten thousand scenarios, or a formula too long.

    Source: deterministic scenario analysis, Directive 2009/138/EC (Solvency II), article 45, and EIOPA
    Guidelines on ORSA; the formulas are those of the model named, as listed.
    """
    import pandas as pd

    if (model == "formulas") != bool(formulas):
        raise InvalidInput("formulas", N_("va con el modelo formulas, y solo con él"))
    texts = dict(formulas) if model == "formulas" else dict(MODELS[model])
    steps = {name: read(text, "formulas") for name, text in texts.items()}
    _known(steps, base)
    table = frame(shocks, "shocks", ("scenario", "parameter"), numeric=("value",), least=1)
    kinds = table["kind"].fillna("").replace("", SET) if "kind" in table.columns else pd.Series([SET] * len(table))
    if not set(kinds) <= set(KINDS):
        raise InvalidInput("shocks.kind", N_("debe ser set, add o multiply, o quedar vacío"))
    if not set(table["parameter"]) <= set(base):
        raise InvalidInput("shocks.parameter", N_("nombra un parámetro que no está en la base"))
    names = [str(v) for v in table["scenario"]]
    if len(set(names)) > MOST_SCENARIOS:
        raise LimitExceeded("shocks", MOST_SCENARIOS, len(set(names)), N_("agrupe los escenarios"))
    if BASE in names:
        raise InvalidInput("shocks", N_("«base» es el nombre del caso de partida"))
    start = _outputs(steps, base, "base")
    parameters: dict[str, dict[str, float]] = {}
    for name, parameter, kind, value in zip(names, table["parameter"], kinds, table["value"], strict=True):
        held = parameters.setdefault(name, dict(base))
        before = held[str(parameter)]
        held[str(parameter)] = {"set": value, "add": before + value, "multiply": before * value}[str(kind)]
    found = []
    for name, held in parameters.items():
        outputs = _outputs(steps, held, "shocks")
        change = {key: outputs[key] - start[key] for key in outputs}
        found.append(ScenarioOutcome(scenario=name, outputs=outputs, change=change))
    shown = list(start)[-1]
    chart = Chart(
        kind="bar",
        title=N_("Cambio respecto a la base"),
        y_label=shown,
        series=(
            Series(name=shown, x=tuple(s.scenario for s in found[:50]), y=tuple(s.change[shown] for s in found[:50])),
        ),
    )
    return Scenarios(
        method=model,
        n=len(found),
        charts=(chart,),
        base=start,
        scenarios=tuple(found),
    )


def _known(steps: Mapping[str, Formula], base: Mapping[str, float]) -> None:
    known = set(base)
    for name, formula in steps.items():
        missing = [used for used in formula.names if used not in known]
        if missing:
            raise InvalidInput("base", N_("le faltan parámetros que el modelo usa; revise sus nombres"))
        if name in base:
            raise InvalidInput("formulas", N_("un resultado no puede llamarse como un parámetro"))
        known.add(name)


def _outputs(steps: Mapping[str, Formula], parameters: Mapping[str, float], argument: str) -> dict[str, float]:
    import math

    values = dict(parameters)
    for name, formula in steps.items():
        found = float(formula(values))
        if not math.isfinite(found):
            raise InvalidInput(
                argument, N_("deja una fórmula sin valor (división por cero o logaritmo de un negativo)")
            )
        values[name] = found
    return {name: values[name] for name in steps}
