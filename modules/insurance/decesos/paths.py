"""The path of premiums to the age of 90 (*senda de primas*, ROSSEAR art. 125.d), by modality; pure.

Natural premiums climb with age, level ones stay. The mixed modality (natural first, level
from 70 on) is shown for comparison alone: the reference tariff does not sell it.
"""

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, TypeAlias

from pydantic import Field

from core.i18n import N_
from core.money import ZERO
from modules.insurance.decesos.layers import grown, premium_at
from modules.insurance.decesos.risk import PRODUCTS
from modules.insurance.kernel.tariff import Tariff
from tools import Slot

LAST: Final = 90
LEVELS_AT: Final = 70  # the mixed modality
THOUSAND: Final = Decimal(1000)
MILLION: Final = Decimal(1_000_000)
MILLI: Final = Decimal("0.001")


class Modality(StrEnum):
    """How the premium goes on; all five of the regulation."""

    NATURAL = "natural"
    SEMINATURAL = "seminatural"
    NIVELADA = "nivelada"
    MIXTA = "mixta"
    PRIMA_UNICA = "prima_unica"


MODALITIES: Final = {**PRODUCTS, "mixta": N_("prima mixta")}
ModalityChoice: TypeAlias = Annotated[
    Modality,
    Field(description=N_("Modalidad")),
    Slot(
        cues=("modalidad", "modality"),
        words={
            "natural": ("prima natural", "natural", "natural premium"),
            "seminatural": ("seminatural", "semi-natural"),
            "nivelada": ("nivelada", "prima nivelada", "level", "level premium"),
            "mixta": ("mixta", "mixed"),
            "prima_unica": ("prima única", "única", "single premium"),
        },
    ),
]


class Year(NamedTuple):
    """One year of a path, before taxes and family discount."""

    age: int
    value: Decimal  # of the service
    rate: Decimal  # EUR a year per 1,000 EUR of the value at entry
    premium: Decimal


def path(tariff: Tariff, modality: Modality, value: Decimal, entry: int, update: Decimal = ZERO) -> list[Year]:
    """The premiums of one life from `entry` to 90.

    Args:
        tariff: the house's, or an insurer's.
        modality: how the premium goes on.
        value: the service value at entry.
        entry: the age at entry.
        update: % by which the value grows a year; each increase of a level premium is a layer of its own.
    """
    shown = premiums(tariff, modality, value, entry, update)
    scaled = premiums(tariff, modality, MILLION, entry, update)  # rates that no rounding to cents blurs
    return [
        Year(age, insured, rate_of(exact, MILLION), premium)
        for (age, insured, premium), (_, _, exact) in zip(shown, scaled, strict=True)
    ]


def premiums(
    tariff: Tariff, modality: Modality, value: Decimal, entry: int, update: Decimal
) -> list[tuple[int, Decimal, Decimal]]:
    """Age, service value and premium of each year from `entry` to 90."""
    found, insured, before, held = [], value, ZERO, ZERO
    for age in range(entry, LAST + 1):
        held, premium = _next(tariff, modality, age, entry, insured, insured - before, held)
        found.append((age, insured, premium))
        before, insured = insured, grown(insured, update)
    return found


def rate_of(premium: Decimal, value: Decimal) -> Decimal:
    """EUR a year per 1,000 EUR of `value`, to three decimals as the tariff has them."""
    return (premium * THOUSAND / value).quantize(MILLI, ROUND_HALF_UP)


def _next(
    tariff: Tariff, modality: Modality, age: int, entry: int, insured: Decimal, more: Decimal, held: Decimal
) -> tuple[Decimal, Decimal]:
    """What the layers so far cost a year, and the premium at `age`."""
    match modality:
        case Modality.NATURAL | Modality.SEMINATURAL:
            return ZERO, premium_at(tariff, modality, insured, age)
        case Modality.PRIMA_UNICA:
            return ZERO, premium_at(tariff, modality, more, age) if more else ZERO
        case Modality.MIXTA if age < LEVELS_AT:
            return ZERO, premium_at(tariff, Modality.NATURAL, insured, age)
        case Modality.MIXTA if age == max(LEVELS_AT, entry):
            more = insured
    held += premium_at(tariff, Modality.NIVELADA, more, age) if more else ZERO
    return held, held


def dearer_from(cheaper: list[Year], other: list[Year]) -> int | None:
    """From which age on the first path costs more a year than the second; None if it never does."""
    return next((one.age for one, two in zip(cheaper, other, strict=True) if one.premium > two.premium), None)


def total(years: list[Year], until: int = LAST) -> Decimal:
    """What a path costs to the age `until`, that year included."""
    return sum((year.premium for year in years if year.age <= until), ZERO)
