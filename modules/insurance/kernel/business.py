"""Figures of a firm (*datos de la empresa*) that several lines price by, and its activity by CNAE code."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from core.i18n import N_
from modules.insurance.kernel.dated import read_table
from modules.insurance.kernel.fields import Amount, Whole
from tools import Slot

EUROS: Final = ("€", "euros", "eur")

Turnover: TypeAlias = Annotated[
    Amount,
    Field(description=N_("Facturación anual, EUR")),
    Slot(
        ask=N_("¿Cuánto factura al año, en euros?"),
        units=EUROS,
        cues=("factura", "facturación", "facturan", "ventas", "turnover", "revenue"),
    ),
]
GrossProfit: TypeAlias = Annotated[
    Amount,
    Field(description=N_("Beneficio bruto anual, EUR")),
    Slot(
        ask=N_("¿Cuál es el beneficio bruto anual, en euros?"),
        units=EUROS,
        cues=("beneficio bruto", "margen bruto", "gross profit"),
    ),
]
Employees: TypeAlias = Annotated[
    Whole,
    Field(le=100_000, description=N_("Empleados")),
    Slot(
        ask=N_("¿Cuántos empleados tiene?"),
        units=("empleados", "trabajadores", "employees", "workers"),
        cues=("plantilla", "staff"),
    ),
]
Cnae: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}$", description=N_("Código CNAE, 4 cifras")),
    Slot(ask=N_("¿Qué código CNAE tiene (4 cifras)?"), pattern=r"(?<=CNAE )\d{4}\b", cues=("cnae",)),
]


def activities(path: Path) -> Mapping[str, str]:
    """The table of `path`: the first figures of a CNAE code → the tariff's class."""
    table: Mapping[str, str] = read_table(path)["classes"]
    return table


def activity_of(cnae: str | None, path: Path) -> str | None:
    """The class of a CNAE code by the longest beginning that the table of `path` lists; None if it lists none."""
    table = activities(path)
    beginnings = (cnae[:size] for size in range(len(cnae), 0, -1)) if cnae else ()
    return next((table[start] for start in beginnings if start in table), None)
