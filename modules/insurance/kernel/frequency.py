"""How often a premium is paid (*forma de pago*)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import Field

from core.i18n import N_
from tools import Slot


class Frequency(StrEnum):
    """How often a premium is paid."""

    ANNUAL = "annual"
    SEMIANNUAL = "semiannual"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"


FREQUENCY_LABELS: Mapping[str, str] = {
    "annual": N_("anual"),
    "semiannual": N_("semestral"),
    "quarterly": N_("trimestral"),
    "monthly": N_("mensual"),
}

PaymentFrequency: TypeAlias = Annotated[
    Frequency,
    Slot(
        ask=N_("¿Cómo se paga: anual, semestral, trimestral o mensual?"),
        cues=("pago", "payment", "forma de pago"),
        words={
            "annual": ("anual", "anualmente", "al año", "un solo pago", "annual", "annually", "yearly"),
            "semiannual": ("semestral", "semestralmente", "dos pagos", "semiannual", "half-yearly", "twice a year"),
            "quarterly": ("trimestral", "trimestralmente", "cuatro pagos", "quarterly"),
            "monthly": ("mensual", "mensualmente", "al mes", "doce pagos", "monthly"),
        },
    ),
    Field(description=N_("Forma de pago")),
]
