"""What lies beyond the last rate of a curve (*extrapolación*), said to whoever uses the figure."""

from typing import Final

from engines.contract import Caution
from engines.errors import N_

BEYOND: Final = N_("Hay flujos a {years} años y la curva llega a {last}: el último tipo se ha dejado fijo.")


def beyond(latest: float, last: float) -> tuple[Caution, ...]:
    """A caution where a payment `latest` years away lies after the `last` maturity of its curve, in years."""
    if latest <= last:
        return ()
    return (Caution(text=BEYOND, values={"years": round(latest, 2), "last": round(last, 2)}),)
