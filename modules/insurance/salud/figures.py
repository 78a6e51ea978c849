"""The standard rates by age as the note before the contract shows them (ROSSEAR art. 126.2)."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from core.i18n import N_
from modules.insurance.kernel.line import Figures
from modules.insurance.kernel.rating import rate
from modules.insurance.kernel.tariff import Tariff, charges_on, load_tariff
from modules.insurance.salud.risk import SaludRisk

HOME: Final = Path(__file__).parent
COVERAGE: Final = "asistencia_sanitaria"


def standard_figures(risk: SaludRisk) -> tuple[Figures, ...]:
    """What one insured of each age pays for the product and zone of `risk`."""
    tariff = load_tariff(HOME / "data" / "tariff.json")
    ages = [int(step["from"]) for step in tariff.data["coverages"][COVERAGE]["base"]["steps"]]
    rows = tuple((age, _standard(tariff, risk, age)) for age in ages)
    columns = (N_("Desde la edad de"), N_("Prima anual de un asegurado, EUR"))
    note = N_("Sin impuestos ni descuento familiar. La prima cambia en cada prórroga con la edad.")
    return (Figures(title=N_("Tarifa estándar por tramos de edad"), columns=columns, rows=rows, note=note),)


def _standard(tariff: Tariff, risk: SaludRisk, age: int) -> Decimal:
    inputs = {"product": risk.product, "zone": risk.zone, "payment_frequency": "annual", "insureds": [{"age": age}]}
    return (rate(tariff, inputs, charges_on(date.max)).coverage_premiums or {})[f"{COVERAGE}#1"]
