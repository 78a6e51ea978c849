"""Solvency capital (*capital de solvencia obligatorio*): risk modules put together."""

import math
from datetime import date
from typing import Final

from pydantic import ConfigDict

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Part, Real, operation
from engines.errors import N_, InvalidInput
from engines.financial.tables import ModuleCorrelations, in_force

LABELS: Final = {
    "market": N_("mercado"),
    "default": N_("contraparte"),
    "life": N_("vida"),
    "health": N_("salud"),
    "non_life": N_("no vida"),
}


UNUSED: Final = N_("El ajuste no se ha usado: solo entra en el SCR, y para darlo falta el riesgo operacional.")


class RiskModules(Part):
    """Capital of each risk module, EUR."""

    model_config = ConfigDict(extra="forbid")

    market: NonNegative
    default: NonNegative
    life: NonNegative
    health: NonNegative
    non_life: NonNegative


class SolvencyCapital(Computed):
    """EUR. `contributions` share the aggregated part out among the modules (Euler); they sum to bscr - intangible.

    `scr` is given when the operational risk was.
    """

    bscr: float
    sum_of_modules: float
    diversification: float
    contributions: dict[str, float]
    scr: float | None
    table: str


@operation(
    "Agregación del SCR",
    examples=(
        "Agrega los módulos de riesgo de Solvencia II y calcula el BSCR con su diversificación",
        "Aggregate Solvency II risk modules into the basic SCR with the Annex IV correlations",
    ),
)
def scr_aggregate(
    modules: RiskModules,
    intangible: NonNegative,
    operational: NonNegative | None = None,
    adjustment: Real | None = None,
    on: date | None = None,
) -> SolvencyCapital:
    """Aggregate the risk modules of the standard formula into the Basic Solvency Capital Requirement.

    Args:
        modules: capital of market, default (counterparty), life, health and non_life, EUR.
        intangible: capital for intangible assets, EUR; added without diversification.
        operational: capital for operational risk, EUR; with it the SCR is given too.
        adjustment: for the loss absorbing of provisions and deferred taxes, EUR, zero or negative.
        on: the day whose rules apply; without it, the latest on file.

    Raises:
        InvalidInput: negative capitals, a positive adjustment, a day for which no table is on file.

    Source: Directive 2009/138/EC, Annex IV(1) and arts. 103-104; Delegated Regulation (EU) 2015/35, art. 87
    (intangible assets).
    """
    import numpy as np

    table = in_force(ModuleCorrelations, on)
    capital = np.array([getattr(modules, name) for name in table.modules])
    related = np.array(table.correlations)
    if adjustment is not None and adjustment > 0:
        raise InvalidInput("adjustment", N_("debe ser cero o negativo: absorbe pérdidas"))
    together = math.sqrt(float(capital @ related @ capital))
    shares = capital * (related @ capital) / together if together > 0 else np.zeros(capital.size)
    total = float(capital.sum())
    parts = {name: float(value) for name, value in zip(table.modules, shares, strict=True)}
    called = tuple(LABELS[name] for name in table.modules)
    chart = Chart(
        kind="bar",
        title=N_("Módulos de riesgo y su aportación al BSCR"),
        series=(
            Series(name=N_("capital del módulo"), x=called, y=tuple(float(v) for v in capital)),
            Series(name=N_("aportación"), x=called, y=tuple(parts.values())),
        ),
        unit="EUR",
    )
    bscr = together + intangible
    return SolvencyCapital(
        method="standard formula",
        library="numpy",
        n=capital.size,
        bscr=bscr,
        sum_of_modules=total,
        diversification=total - together,
        contributions=parts,
        scr=bscr + (adjustment or 0.0) + operational if operational is not None else None,
        table=table.source,
        warnings=(Caution(text=UNUSED),) if adjustment and operational is None else (),
        charts=(chart,),
    )
