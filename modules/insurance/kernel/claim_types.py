"""What can happen to an insured risk (*tipos de siniestro*), as a line declares it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

ReserveOf: TypeAlias = Callable[[Mapping[str, Any]], Decimal]


class Basis(StrEnum):
    """What of a loss is paid."""

    LOSS = "loss"  # what was lost or is owed, up to the limit
    AVERAGE = "average"  # in proportion to the sum insured (regla proporcional, LCS art. 30)
    FIRST_LOSS = "first_loss"  # up to the limit, without average (primer riesgo)
    SUM = "sum"  # the whole sum insured (insurance of persons)
    SERVICE = "service"  # a service, up to its value (decesos, asistencia)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How long after the start a cover begins (*carencia*); accidents and emergencies never wait."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True, kw_only=True)
class ClaimsMade:
    """How far back and on a cover reaches that hangs on the date of the claim (*cláusula claims made*, LCS art. 73)."""

    retroactive_on: date | None = None  # facts before it are not covered; None: no limit
    reporting_months: int = 0  # claims so long after the end still count (extended reporting)


@dataclass(frozen=True, kw_only=True)
class ClaimType:
    """One kind of claim of a line.

    Args:
        code, label: as data and as people name it.
        coverages: coverages of the tariff of which one must have been bought; none: always covered.
        reserve: the first reserve of the indemnity, EUR, or from the risk's inputs.
        basis: what of the loss is paid.
        sums: fields of the risk whose sum is the sum insured for this kind; none: no limit of our own.
        deductible: field of the risk that holds the deductible (*franquicia*) in EUR, if it applies.
        waiting: how long the cover waits.
        documents: papers to ask for (catalogued labels).
        at_fault: whether it may be the insured's liability to third parties (counts for bonus-malus).
        consorcio: whether extraordinary causes of it go to the Consorcio.
        margin: by how much, as a fraction, the value may exceed the sum insured before average is applied.
    """

    code: str
    label: str
    coverages: tuple[str, ...] = ()
    reserve: Decimal | ReserveOf
    basis: Basis = Basis.LOSS
    sums: tuple[str, ...] = ()
    deductible: str | None = None
    waiting: Waiting | None = None
    documents: tuple[str, ...] = ()
    at_fault: bool = False
    consorcio: bool = False
    margin: Decimal = Decimal(0)

    def opening_reserve(self, risk: Mapping[str, Any]) -> Decimal:
        """The first reserve for a claim of this kind on `risk`."""
        return self.reserve(risk) if callable(self.reserve) else self.reserve
