"""States of a payment order, and the moves that are lawful between them.

    proposed ─> ordered ─> sent ─> settled
        │          │  │      ├──> failed
        │          │  └──────┴──> unknown ─> sent, settled, failed
        └──────────┴──> cancelled

`ordered` says that the bank's file waits to leave, `sent` that it left, `unknown` that
nobody can tell: such an order is not repeated before a person has asked the bank.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.errors import Conflict
from core.i18n import N_, translate


class PaymentState(StrEnum):
    """Where a payment order stands; settled, failed and cancelled are final."""

    PROPOSED = "proposed"
    ORDERED = "ordered"
    SENT = "sent"
    SETTLED = "settled"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


S = PaymentState
MOVES: Final[Mapping[PaymentState | None, frozenset[PaymentState]]] = {
    None: frozenset((S.PROPOSED,)),
    S.PROPOSED: frozenset((S.ORDERED, S.CANCELLED)),
    S.ORDERED: frozenset((S.SENT, S.FAILED, S.CANCELLED, S.UNKNOWN)),
    S.SENT: frozenset((S.SETTLED, S.FAILED, S.UNKNOWN)),
    S.UNKNOWN: frozenset((S.SENT, S.SETTLED, S.FAILED)),
}
FINAL: Final = frozenset((S.SETTLED, S.FAILED, S.CANCELLED))
NEVER_PAID: Final = frozenset((S.FAILED, S.CANCELLED))

LABELS: Final[Mapping[str, str]] = {
    S.PROPOSED: N_("propuesto"),
    S.ORDERED: N_("ordenado"),
    S.SENT: N_("enviado al banco"),
    S.SETTLED: N_("liquidado"),
    S.FAILED: N_("fallido"),
    S.CANCELLED: N_("anulado"),
    S.UNKNOWN: N_("de resultado desconocido"),
}


class UnlawfulPaymentMove(Conflict):
    """The payment may not go from its state to the one asked for."""

    text = N_("El pago {number} está {current} y no puede pasar a {to}.")

    def told(self, locale: str) -> str:
        """The message with both states in words."""
        said = {name: translate(LABELS.get(str(value), str(value)), locale) for name, value in self.detail.items()}
        return translate(self.text, locale, **said)


def check_move(number: str, current: str | None, to: PaymentState) -> None:
    """Go on only if an order may go from `current` to `to`; None is where it begins.

    Raises:
        UnlawfulPaymentMove: it may not.
    """
    before = None if current is None else PaymentState(current)
    if to not in MOVES.get(before, frozenset()):
        raise UnlawfulPaymentMove(number=number, current=current or "—", to=to.value)
