"""The exposure of a client (*riesgo vivo*): what is guaranteed, what was paid and not got back, and the limit."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.errors import Conflict
from core.i18n import N_
from core.money import ZERO
from modules.insurance.caucion.records import Bond

LIVE: Final = "live"


class OverLimit(Conflict):
    """No certificate may take a client above his limit, nor a policy above its sum."""

    text = N_("El certificado no cabe: quedan {room} € de {limit}.")


class NotLive(Conflict):
    """The certificate was given back, or all of it was called."""

    text = N_("El certificado {bond} no está vivo.")


@dataclass(frozen=True)
class Exposure:
    """What a client is guaranteed, and what he owes for guarantees that were called."""

    live: Decimal
    recourse: Decimal

    @property
    def total(self) -> Decimal:
        """What counts against the limit."""
        return self.live + self.recourse

    def room(self, limit: Decimal) -> Decimal:
        """What may still be guaranteed."""
        return max(ZERO, limit - self.total)


def exposure_of(bonds: Iterable[Bond]) -> Exposure:
    """The exposure of `bonds`: what the live ones may still be called for, and what is to be got back."""
    held = list(bonds)
    return Exposure(
        live=sum((one.amount - one.paid for one in held if one.state == LIVE), ZERO),
        recourse=sum((one.paid - one.recovered for one in held), ZERO),
    )


def check_room(room: Decimal, amount: Decimal, limit: str) -> None:
    """Refuse `amount` if it does not fit into `room`; `limit` says of what.

    Raises:
        OverLimit: it does not.
    """
    if amount > room:
        raise OverLimit(room=str(room), limit=limit)


def check_live(bond: Bond) -> None:
    """Refuse an act on a certificate that is not live.

    Raises:
        NotLive: it is not.
    """
    if bond.state != LIVE:
        raise NotLive(bond=bond.bond_number)


def call(bond: Bond, amount: Decimal) -> None:
    """Enter a payment to the beneficiary; what is paid out in full is live no more."""
    bond.paid += amount
    if bond.paid == bond.amount:
        bond.state = "called"
