"""States of quotes, policies, receipts and claims, and the moves that are lawful between them.

`move` is the one way to change a state: what the table does not list is refused. Spanish
names are those of the trade; the articles stand in `docs` beside each deadline.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

from core.errors import Conflict
from core.i18n import N_, translate


class QuoteState(StrEnum):
    """A quote (*cotización*) informs and binds nobody."""

    DRAFT = "draft"
    PRICED = "priced"
    REFERRED = "referred"
    DECLINED = "declined"
    PRESENTED = "presented"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"


class PolicyState(StrEnum):
    """A policy (*póliza*)."""

    PENDING_SIGNATURE = "pending_signature"
    PENDING_FIRST_PREMIUM = "pending_first_premium"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    REDUCED = "reduced"
    PAID_UP = "paid_up"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    REPLACED = "replaced"
    ANNULLED = "annulled"


class ReceiptState(StrEnum):
    """A receipt (*recibo*)."""

    ISSUED = "issued"
    PENDING = "pending"
    SENT_TO_BANK = "sent_to_bank"
    PAID = "paid"
    SETTLED = "settled"
    RETURNED = "returned"
    CLAIMED = "claimed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class ClaimState(StrEnum):
    """A claim (*siniestro*)."""

    NOTIFIED = "notified"
    REGISTERED = "registered"
    COVERAGE_CHECK = "coverage_check"
    REJECTED = "rejected"
    OPEN = "open"
    ADJUSTING = "adjusting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    PAID = "paid"
    DISPUTED = "disputed"
    EXPERTS = "experts"
    MEDIATION = "mediation"
    COURT = "court"
    CLOSED = "closed"
    REOPENED = "reopened"


class EndorsementState(StrEnum):
    """An endorsement (*suplemento*)."""

    REQUESTED = "requested"
    PRICED = "priced"
    REFERRED = "referred"
    ISSUED = "issued"
    SIGNED = "signed"
    REJECTED = "rejected"


class DeadlineState(StrEnum):
    """A deadline of the law that is watched (*plazo*)."""

    OPEN = "open"
    WARNED = "warned"
    MET = "met"
    MISSED = "missed"


class RenewalState(StrEnum):
    """A run of renewals (*tanda de renovaciones*)."""

    PRICING = "pricing"
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


Q, P, R, C = QuoteState, PolicyState, ReceiptState, ClaimState
E, D = EndorsementState, DeadlineState

QUOTE_MOVES: Final[Mapping[str, frozenset[str]]] = {
    Q.DRAFT: frozenset((Q.PRICED, Q.REFERRED, Q.DECLINED)),
    # A house tariff prices and presents in one act, so that a client may accept a priced quote.
    Q.PRICED: frozenset((Q.REFERRED, Q.DECLINED, Q.PRESENTED, Q.ACCEPTED, Q.REJECTED, Q.EXPIRED)),
    Q.REFERRED: frozenset((Q.PRICED, Q.DECLINED, Q.EXPIRED)),
    Q.PRESENTED: frozenset((Q.ACCEPTED, Q.REJECTED, Q.EXPIRED)),
}

POLICY_MOVES: Final[Mapping[str, frozenset[str]]] = {
    P.PENDING_SIGNATURE: frozenset((P.PENDING_FIRST_PREMIUM, P.CANCELLED, P.ANNULLED)),
    P.PENDING_FIRST_PREMIUM: frozenset((P.IN_FORCE, P.CANCELLED, P.ANNULLED)),
    P.IN_FORCE: frozenset((P.SUSPENDED, P.REDUCED, P.PAID_UP, P.CANCELLED, P.EXPIRED, P.REPLACED, P.ANNULLED)),
    P.SUSPENDED: frozenset((P.IN_FORCE, P.LAPSED, P.CANCELLED, P.ANNULLED)),
    P.REDUCED: frozenset((P.IN_FORCE, P.PAID_UP, P.CANCELLED, P.EXPIRED, P.ANNULLED)),
    P.PAID_UP: frozenset((P.CANCELLED, P.EXPIRED, P.ANNULLED)),
    P.EXPIRED: frozenset((P.ANNULLED,)),
}

RECEIPT_MOVES: Final[Mapping[str, frozenset[str]]] = {
    R.ISSUED: frozenset((R.PENDING, R.CANCELLED)),
    R.PENDING: frozenset((R.SENT_TO_BANK, R.PAID, R.RETURNED, R.CLAIMED, R.REFUNDED, R.CANCELLED)),
    R.SENT_TO_BANK: frozenset((R.PAID, R.RETURNED)),
    R.PAID: frozenset((R.SETTLED, R.RETURNED)),
    R.SETTLED: frozenset((R.RETURNED,)),
    R.RETURNED: frozenset((R.PENDING, R.PAID, R.CLAIMED, R.CANCELLED)),
    R.CLAIMED: frozenset((R.PAID, R.CANCELLED)),
}

CLAIM_MOVES: Final[Mapping[str, frozenset[str]]] = {
    C.NOTIFIED: frozenset((C.REGISTERED,)),
    C.REGISTERED: frozenset((C.COVERAGE_CHECK,)),
    C.COVERAGE_CHECK: frozenset((C.REJECTED, C.OPEN)),
    C.REJECTED: frozenset((C.REOPENED, C.DISPUTED, C.CLOSED)),
    C.OPEN: frozenset((C.ADJUSTING, C.REJECTED, C.CLOSED)),
    C.ADJUSTING: frozenset((C.OFFERED, C.REJECTED, C.CLOSED)),
    C.OFFERED: frozenset((C.ACCEPTED, C.DISPUTED)),
    C.ACCEPTED: frozenset((C.PAID,)),
    C.PAID: frozenset((C.CLOSED,)),
    C.DISPUTED: frozenset((C.EXPERTS, C.MEDIATION, C.COURT, C.OFFERED)),
    C.EXPERTS: frozenset((C.OFFERED, C.COURT, C.CLOSED)),
    C.MEDIATION: frozenset((C.OFFERED, C.COURT, C.CLOSED)),
    C.COURT: frozenset((C.PAID, C.CLOSED)),
    C.CLOSED: frozenset((C.REOPENED,)),
    C.REOPENED: frozenset((C.OPEN,)),
}

RENEWAL_MOVES: Final[Mapping[str, frozenset[str]]] = {
    RenewalState.PRICING: frozenset((RenewalState.PLANNED, RenewalState.CANCELLED)),
    RenewalState.PLANNED: frozenset((RenewalState.RUNNING, RenewalState.CANCELLED)),
    RenewalState.RUNNING: frozenset((RenewalState.DONE, RenewalState.CANCELLED)),
}

ENDORSEMENT_MOVES: Final[Mapping[str, frozenset[str]]] = {
    E.REQUESTED: frozenset((E.PRICED, E.REFERRED, E.REJECTED)),
    E.PRICED: frozenset((E.REFERRED, E.ISSUED, E.REJECTED)),
    E.REFERRED: frozenset((E.PRICED, E.REJECTED)),
    E.ISSUED: frozenset((E.SIGNED, E.REJECTED)),
}

DEADLINE_MOVES: Final[Mapping[str, frozenset[str]]] = {
    D.OPEN: frozenset((D.WARNED, D.MET, D.MISSED)),
    D.WARNED: frozenset((D.MET, D.MISSED)),
    D.MISSED: frozenset((D.MET,)),  # late, but done
}

MOVES: Final[dict[type[StrEnum], Mapping[str, frozenset[str]]]] = {
    QuoteState: QUOTE_MOVES,
    PolicyState: POLICY_MOVES,
    ReceiptState: RECEIPT_MOVES,
    ClaimState: CLAIM_MOVES,
    RenewalState: RENEWAL_MOVES,
    EndorsementState: ENDORSEMENT_MOVES,
    DeadlineState: DEADLINE_MOVES,
}

LABELS: Final[dict[str, str]] = {
    "draft": N_("borrador"),
    "priced": N_("tarificada"),
    "referred": N_("en consulta"),
    "declined": N_("rehusada"),
    "presented": N_("presentada"),
    "accepted": N_("aceptado"),
    "rejected": N_("rechazado"),
    "expired": N_("vencida"),
    "pending_signature": N_("pendiente de firma"),
    "pending_first_premium": N_("pendiente de la primera prima"),
    "in_force": N_("en vigor"),
    "suspended": N_("suspendida"),
    "reduced": N_("reducida"),
    "paid_up": N_("liberada de primas"),
    "cancelled": N_("anulado"),
    "lapsed": N_("extinguida"),
    "replaced": N_("reemplazada"),
    "annulled": N_("nula"),
    "issued": N_("emitido"),
    "pending": N_("pendiente"),
    "sent_to_bank": N_("en remesa"),
    "paid": N_("pagado"),
    "settled": N_("liquidado"),
    "returned": N_("devuelto"),
    "claimed": N_("reclamado"),
    "refunded": N_("abonado"),
    "notified": N_("declarado"),
    "registered": N_("registrado"),
    "coverage_check": N_("en análisis de cobertura"),
    "open": N_("abierto"),
    "adjusting": N_("en peritación"),
    "offered": N_("con oferta"),
    "disputed": N_("en discrepancia"),
    "experts": N_("con peritos de parte"),
    "mediation": N_("en mediación"),
    "court": N_("judicial"),
    "closed": N_("cerrado"),
    "reopened": N_("reabierto"),
    "pricing": N_("calculándose"),
    "planned": N_("calculada"),
    "running": N_("en marcha"),
    "done": N_("terminada"),
    "requested": N_("solicitado"),
    "signed": N_("firmado"),
    "warned": N_("avisado"),
    "met": N_("cumplido"),
    "missed": N_("vencido"),
}


FEMININE: Final[Mapping[str, str]] = {  # policies and quotes; receipts and claims are masculine
    "accepted": N_("aceptada"), "rejected": N_("rechazada"), "cancelled": N_("anulada"),
}  # fmt: skip


def allow_moves(kind: type[StrEnum], moves: Mapping[str, frozenset[str]], labels: Mapping[str, str]) -> None:
    """Add the states that a line's own record has (an authorisation, a service), their moves and their words."""
    MOVES[kind] = moves
    for state, label in labels.items():
        LABELS.setdefault(state, label)


class UnlawfulMove(Conflict):
    """The record may not go from its state to the one asked for."""

    text = N_("No se puede pasar de «{current}» a «{to}».")

    def told(self, locale: str) -> str:
        """The message with both states in words."""
        said = {name: translate(LABELS.get(str(state), str(state)), locale) for name, state in self.detail.items()}
        return translate(self.text, locale, **said)


class Stateful(Protocol):
    """A record with a state."""

    state: str


def move(record: Stateful, to: StrEnum) -> None:
    """Change the state of `record` to `to`.

    Raises:
        UnlawfulMove: the table of moves does not allow it.
    """
    if to not in MOVES[type(to)].get(record.state, frozenset()):
        raise UnlawfulMove(current=record.state, to=to.value)
    record.state = to.value
