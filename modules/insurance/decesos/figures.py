"""The path of premiums as the note before the contract shows it (ROSSEAR art. 125.d)."""

from pathlib import Path
from typing import Final

from core.i18n import N_
from modules.insurance.decesos.layers import UPDATE
from modules.insurance.decesos.paths import LAST, Modality, path
from modules.insurance.decesos.risk import DecesosRisk
from modules.insurance.kernel.line import Figures
from modules.insurance.kernel.tariff import load_tariff

HOME: Final = Path(__file__).parent
COLUMNS: Final = (
    N_("Asegurado"), N_("Edad"), N_("Valor del servicio, EUR"), N_("Tasa por mil"), N_("Prima anual, EUR"),
)  # fmt: skip


def path_figures(risk: DecesosRisk) -> tuple[Figures, ...]:
    """Year by year to the age of 90, for each insured life."""
    tariff = load_tariff(HOME / "data" / "tariff.json")
    update = UPDATE if risk.service_update_pct is None else risk.service_update_pct
    rows = tuple(
        (at, year.age, year.value, year.rate, year.premium)
        for at, person in enumerate(risk.insureds, 1)
        for year in path(tariff, Modality(str(risk.product)), risk.service_value, min(person.age, LAST), update)
    )
    note = N_("Sin impuestos ni descuento familiar, con la actualización anual del valor que se ha pedido.")
    return (Figures(title=N_("Senda de primas hasta los 90 años"), columns=COLUMNS, rows=rows, note=note),)
