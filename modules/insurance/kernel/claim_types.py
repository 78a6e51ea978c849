"""What can happen to an insured risk (*tipos de siniestro*), as a line declares it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

HUNDRED: Final = Decimal(100)
DIED: Final = (  # how people tell of a death, whichever line pays on it
    "ha fallecido", "falleció", "ha muerto", "murió", "se ha muerto", "fallecimiento", "defunción",
    "ha perdido la vida", "has died", "passed away", "death",
)  # fmt: skip
SURRENDERED: Final = (  # and that savings are wanted back before their time
    "rescatar", "rescate", "recuperar el dinero", "retirar el dinero", "sacar el dinero", "quiere el dinero",
    "surrender", "withdraw the money", "cash in",
)  # fmt: skip
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


class DeductibleKind(StrEnum):
    """How a deductible (*franquicia*) is reckoned."""

    FIXED = "fixed"  # so many euros of each claim
    PERCENT = "percent"  # of the loss, not below `least`, not above `most`
    HOURS = "hours"  # the first hours of a standstill
    AGGREGATE = "aggregate"  # so many euros of all claims of the annuity together


@dataclass(frozen=True, kw_only=True)
class Deductible:
    """What the insured bears of a loss (*franquicia*); `amount` is of the kinds in euros."""

    kind: DeductibleKind = DeductibleKind.FIXED
    amount: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    hours: Decimal = Decimal(0)

    def borne(self, loss: Decimal, *, stopped: Decimal | None = None, used: Decimal = Decimal(0)) -> Decimal:
        """What of `loss` the insured bears, not rounded; never more than the loss.

        Args:
            loss: what would be paid without it.
            stopped: how many hours the standstill lasted, for the kind in hours.
            used: what earlier claims of the annuity have used of an aggregate.
        """
        match self.kind:
            case DeductibleKind.FIXED:
                own = self.amount
            case DeductibleKind.PERCENT:
                own = max(loss * self.percent / HUNDRED, self.least)
                own = own if self.most is None else min(own, self.most)
            case DeductibleKind.HOURS:
                own = loss if not stopped else loss * min(self.hours / stopped, Decimal(1))
            case DeductibleKind.AGGREGATE:
                own = max(self.amount - used, Decimal(0))
        return min(own, loss)


DeductibleOf: TypeAlias = Callable[[Mapping[str, Any]], Deductible | None]


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
        limit: the most that is paid for this kind, EUR, below the sum insured (*sublímite*); None: no such limit.
        deductible: field of the risk that holds the deductible (*franquicia*) in EUR, or the deductible
            itself from the risk's inputs, if it applies.
        waiting: how long the cover waits.
        documents: papers to ask for (catalogued labels).
        at_fault: whether it may be the insured's liability to third parties (counts for bonus-malus).
        consorcio: whether extraordinary causes of it go to the Consorcio.
        margin: by how much, as a fraction, the value may exceed the sum insured before average is applied.
        yearly: whether the sum is for all claims of the annuity with the same `sums`, not for each.
        words: how people tell of it, lower case, Spanish and English («golpe», «se ha roto la luna»).
        reasoned_offer: whether the victim is owed a reasoned offer within three months (TRLRCSCVM art. 7).
    """

    code: str
    label: str
    coverages: tuple[str, ...] = ()
    reserve: Decimal | ReserveOf
    basis: Basis = Basis.LOSS
    sums: tuple[str, ...] = ()
    limit: Decimal | None = None
    deductible: str | DeductibleOf | None = None
    waiting: Waiting | None = None
    documents: tuple[str, ...] = ()
    at_fault: bool = False
    consorcio: bool = False
    margin: Decimal = Decimal(0)
    yearly: bool = False
    words: tuple[str, ...] = ()
    reasoned_offer: bool = False

    def opening_reserve(self, risk: Mapping[str, Any]) -> Decimal:
        """The first reserve for a claim of this kind on `risk`."""
        return self.reserve(risk) if callable(self.reserve) else self.reserve

    def sum_insured(self, risk: Mapping[str, Any]) -> Decimal | None:
        """The sum insured for this kind: of the risk, or the largest of its insureds; None: no limit of our own."""
        found = [amount for name in self.sums if (amount := _figure(risk, name)) is not None]
        return sum(found, Decimal(0)) if found else None

    def deductible_of(self, risk: Mapping[str, Any]) -> Deductible | None:
        """What the insured bears of a claim of this kind on `risk`."""
        if self.deductible is None or callable(self.deductible):
            return self.deductible(risk) if self.deductible else None
        amount = risk.get(self.deductible)
        return Deductible(amount=Decimal(str(amount))) if amount else None


def _figure(risk: Mapping[str, Any], name: str) -> Decimal | None:
    holders = [risk, *(risk.get("insureds") or ())]
    found = [Decimal(str(holder[name])) for holder in holders if holder.get(name) is not None]
    return max(found) if found else None
