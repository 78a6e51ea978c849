"""Whether one insurer can carry a risk (*prueba de capacidad*): its sums and its probable maximum loss (*PML*)."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final

from core.money import to_cents
from modules.insurance.kernel.dated import figure_on, read_table

TABLE: Final = Path(__file__).parent / "data" / "capacity.json"
HUNDRED: Final = Decimal(100)
HUNDREDTH: Final = Decimal("0.01")


class Placing(StrEnum):
    """How to place a risk."""

    ALONE = "alone"  # one insurer
    COINSURANCE = "coinsurance"  # several insurers, each its share (LCS art. 33)
    FACULTATIVE = "facultative"  # even the probable loss is too much: facultative reinsurance beside


@dataclass(frozen=True)
class Capacity:
    """What the test found; EUR, `share_pct` is the least share to be placed elsewhere."""

    total: Decimal
    probable_loss: Decimal
    capacity: Decimal
    placing: Placing
    share_pct: Decimal


def capacity_on(on: date) -> Decimal:
    """What one insurer writes alone on a date, EUR."""
    return Decimal(figure_on(read_table(TABLE)["rows"], on, "on")["capacity"])


def placing_of(total: Decimal, pml_pct: Decimal, capacity: Decimal) -> Capacity:
    """The test of PML × sum against the capacity.

    Sums within the capacity need nobody else. Above it, coinsurers take what is over; if the
    probable maximum loss is over it too, facultative reinsurance is needed as well. The
    share is rounded up to the hundredth of a per cent: rounding must not leave an excess.
    """
    loss = to_cents(total * pml_pct / HUNDRED)
    if total <= capacity:
        return Capacity(total, loss, capacity, Placing.ALONE, Decimal(0))
    share = ((total - capacity) * HUNDRED / total).quantize(HUNDREDTH, ROUND_UP)
    placing = Placing.COINSURANCE if loss <= capacity else Placing.FACULTATIVE
    return Capacity(total, loss, capacity, placing, share)
