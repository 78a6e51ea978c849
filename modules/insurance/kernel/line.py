"""A line of business (*ramo*) as a value: it states only what differs from the other lines.

The kernel prices, quotes, issues, bills and imports every line by its declaration and its
tariff. If two lines differ in behaviour, the declaration carries a function; a kernel that
asks for a line's name has found a missing field here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.i18n import N_
from modules.insurance.kernel.rating import Rating, rate
from modules.insurance.kernel.tariff import Tariff, tariffs
from modules.insurance.kernel.underwriting import Decision
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


class InsuredRisk(BaseModel):
    """What is insured: base of the risk record of every line; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_enum_values=True)

    payment_frequency: PaymentFrequency


Contradiction: TypeAlias = Callable[[Any], None]


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """A coverage (*garantía*) as people know it; `code` is the tariff's."""

    code: str
    label: str
    mandatory: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """One of our 20 lines.

    Args:
        id: the module's id; without its prefix it is the key of the tariff.
        insurance_classes: the law's numbered classes (*ramos*).
        risk: the inputs of the tariff, typed.
        products: labels by product code.
        contradictions: checks of fields that exclude each other; each raises BadArguments.
        object_label: what the risk is called in a policy, from its inputs.
    """

    id: str
    title: str
    insurance_classes: tuple[int | str, ...]
    risk: type[InsuredRisk]
    products: Mapping[str, str]
    coverages: tuple[Coverage, ...]
    knowledge: tuple[str, ...] = ()
    contradictions: tuple[Contradiction, ...] = field(default=())

    @property
    def code(self) -> str:
        """The line as tariffs and policies name it: `seguros-autos` → `autos`."""
        return self.id.removeprefix("seguros-")

    @cached_property
    def tariff(self) -> Tariff:
        """The tariff in force."""
        return tariffs()[self.code]

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Labels of the coverages by code."""
        return {coverage.code: coverage.label for coverage in self.coverages}

    def rate(self, risk: InsuredRisk) -> Rating:
        """Price `risk`; what contradicts itself is refused unless underwriting declines it anyway."""
        rating = rate(self.tariff, risk.model_dump(exclude_none=True))
        if rating.decision is not Decision.DECLINE:
            for check in self.contradictions:
                check(risk)
        return rating
