"""Cautions that several engines of the family say (*advertencias*)."""

from typing import Final

from engines.contract import Caution
from engines.errors import N_

BEYOND: Final = N_("Hay flujos a {years} años y la curva llega a {last}: el último tipo se ha dejado fijo.")
PERCENT: Final = N_("{argument} llega al {percent} %: se espera en tanto por uno (0,03 es un 3 %).")
UNUSUAL: Final = 0.5  # a rate or a daily deviation over 50 % is one in percent, almost always


def beyond(latest: float, last: float) -> tuple[Caution, ...]:
    """A caution where a payment `latest` years away lies after the `last` maturity of its curve, in years."""
    if latest <= last:
        return ()
    return (Caution(text=BEYOND, values={"years": round(latest, 2), "last": round(last, 2)}),)


def unusual(argument: str, rate: float) -> tuple[Caution, ...]:
    """A caution where a fraction called `argument` looks as if it were given in percent."""
    if abs(rate) <= UNUSUAL:
        return ()
    return (Caution(text=PERCENT, values={"argument": argument, "percent": round(100 * rate, 2)}),)
