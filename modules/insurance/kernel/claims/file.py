"""One claim's file (*expediente*): its lawful acts, over records alone; nothing here reads the database.

Each act checks, moves the state by `states.move`, posts movements and notes what happened.
The claim's own figures are sums of its movements; `tools` read the file, act, and keep it.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from core.dates import add_months
from core.errors import BadArguments, Conflict
from core.i18n import N_, translate
from core.identifiers import new_id
from core.money import ZERO, format_money
from modules.insurance.kernel.records import Claim, ClaimExpert, ClaimMovement, ClaimOffer
from modules.insurance.kernel.states import LABELS, ClaimState, move

C = ClaimState
LIMITATION: Final = {True: 5 * 12, False: 2 * 12}  # months: of persons, of damage; LCS art. 23
DECLARE: Final = timedelta(days=7)  # LCS art. 16
ANSWERED: Final = timedelta(days=8)  # for the other party's expert, LCS art. 38
ALIVE: Final = frozenset((C.OPEN, C.ADJUSTING, C.OFFERED, C.ACCEPTED, C.DISPUTED, C.EXPERTS, C.MEDIATION, C.COURT))
OFFERABLE: Final = (C.OPEN, C.ADJUSTING, C.DISPUTED, C.EXPERTS, C.MEDIATION)
OWN_REASONS: Final = frozenset(("opening", "paid", "closed", "advance", "takeover"))  # of movements; others are words
EVENTS: Final = {  # state → what happened; each move tells
    C.REGISTERED: "claim.registered", C.COVERAGE_CHECK: "claim.checked", C.OPEN: "claim.opened",
    C.ADJUSTING: "claim.adjusting", C.OFFERED: "claim.offered", C.ACCEPTED: "claim.accepted", C.PAID: "claim.paid",
    C.DISPUTED: "claim.disputed", C.EXPERTS: "claim.sent_to_experts", C.MEDIATION: "claim.sent_to_mediation",
    C.COURT: "claim.sent_to_court", C.REJECTED: "claim.rejected", C.CLOSED: "claim.closed",
    C.REOPENED: "claim.reopened",
}  # fmt: skip


class MovementKind(StrEnum):
    """What a movement is."""

    RESERVE = "reserve"
    PAYMENT = "payment"
    RECOVERY = "recovery"
    EXPENSE = "expense"


class Head(StrEnum):
    """What money is for (*concepto*)."""

    INDEMNITY = "indemnity"
    EXPENSE = "expense"
    RECOVERY = "recovery"


class OfferState(StrEnum):
    """An offer of the insurer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Side(StrEnum):
    """Whose expert it is (LCS art. 38)."""

    INSURER = "insurer"
    INSURED = "insured"
    THIRD = "third"


class Way(StrEnum):
    """How a dispute is settled."""

    EXPERTS = "experts"
    MEDIATION = "mediation"
    COURT = "court"


class Rejection(StrEnum):
    """Why a claim is not paid (*motivo de rechazo*); the letter says it with its article."""

    NOT_IN_FORCE = "not_in_force"
    UNPAID_PREMIUM = "unpaid_premium"
    NOT_COVERED = "not_covered"
    EXCLUDED = "excluded"
    WAITING_PERIOD = "waiting_period"
    BELOW_DEDUCTIBLE = "below_deductible"
    MISSTATEMENT = "misstatement"
    BAD_FAITH = "bad_faith"
    CONSORCIO = "consorcio"
    BARRED = "barred"


REJECTIONS: Final = {  # code → what the letter says, and its article
    Rejection.NOT_IN_FORCE: (N_("el siniestro ocurrió fuera del período de cobertura"), "LCS art. 4"),
    Rejection.UNPAID_PREMIUM: (N_("la cobertura estaba suspendida por impago de la prima"), "LCS art. 15"),
    Rejection.NOT_COVERED: (N_("la garantía no está contratada"), "LCS art. 1"),
    Rejection.EXCLUDED: (N_("la causa está excluida en las condiciones de la póliza"), "LCS art. 3"),
    Rejection.WAITING_PERIOD: (N_("la garantía estaba en período de carencia"), "LCS art. 8"),
    Rejection.BELOW_DEDUCTIBLE: (N_("el daño no supera la franquicia"), "LCS art. 1"),
    Rejection.MISSTATEMENT: (N_("hubo reserva o inexactitud con dolo o culpa grave en la declaración del riesgo"),
                             "LCS art. 10"),
    Rejection.BAD_FAITH: (N_("el siniestro fue causado por mala fe del asegurado"), "LCS art. 19"),
    Rejection.CONSORCIO: (N_("la causa es extraordinaria y responde el Consorcio de Compensación de Seguros"),
                          "RDLeg 7/2004 art. 6"),
    Rejection.BARRED: (N_("la acción ha prescrito"), "LCS art. 23"),
}  # fmt: skip


class Closing(StrEnum):
    """Why a file is closed (*motivo de cierre*)."""

    PAID = "paid"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    NO_DAMAGE = "no_damage"
    RULING = "ruling"
    BARRED = "barred"


CLOSINGS: Final = {  # state → the reasons that fit, the one that goes without saying first
    C.PAID: (Closing.PAID,), C.REJECTED: (Closing.REJECTED, Closing.WITHDRAWN, Closing.BARRED),
}  # fmt: skip
UNPAID_CLOSINGS: Final = (Closing.WITHDRAWN, Closing.NO_DAMAGE, Closing.RULING, Closing.BARRED)


class AboveLimit(Conflict):
    """More would be paid than the policy answers for."""

    text = N_("El siniestro {claim} solo admite {left} más: el límite es {limit} y ya se ha pagado {paid}.")

    def told(self, locale: str) -> str:
        """The message with its amounts as people write them."""
        amounts = {name: format_money(Decimal(str(self.detail[name])), locale) for name in ("left", "limit", "paid")}
        return translate(self.text, locale, claim=self.detail["claim"], **amounts)


class WrongState(Conflict):
    """The claim is in a state that does not allow the act."""

    text = N_("El siniestro {claim} está {state}: {need}.")

    def told(self, locale: str) -> str:
        """The message with the state in words."""
        state = translate(LABELS[str(self.detail["state"])], locale)
        need = translate(str(self.detail["need"]), locale)
        return translate(self.text, locale, claim=self.detail["claim"], state=state, need=need)


@dataclass
class File:
    """A claim with its movements, offers and experts, as one act works on it.

    Args:
        claim: its record; the acts change it.
        line: the code of its line of business.
        persons: whether it is an insurance of persons (limitation of five years, LCS art. 23).
        movements, offers, experts: in order.
        annual: what the annuity's limits leave for this claim, with what it has been paid; None: there are none.
    """

    claim: Claim
    line: str = ""
    persons: bool = False
    movements: list[ClaimMovement] = field(default_factory=list)
    offers: list[ClaimOffer] = field(default_factory=list)
    experts: list[ClaimExpert] = field(default_factory=list)
    annual: Decimal | None = None
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    # --- What the file says -----------------------------------------------------------------

    def total(self, kind: MovementKind, head: Head | None = None) -> Decimal:
        """The sum of the movements of a kind, of one head or of all."""
        fits = (m.amount for m in self.movements if m.kind == kind and head in (None, m.head))
        return sum(fits, ZERO)

    @property
    def paid(self) -> Decimal:
        """The indemnity paid so far."""
        return self.total(MovementKind.PAYMENT)

    def reserve(self, head: Head) -> Decimal:
        """What is still expected under a head."""
        return self.total(MovementKind.RESERVE, head)

    @property
    def offer(self) -> ClaimOffer | None:
        """The latest offer."""
        return self.offers[-1] if self.offers else None

    @property
    def payable(self) -> Decimal | None:
        """How much more may be paid; None: no limit is known."""
        return None if self.limit is None else max(self.limit - self.paid, ZERO)

    @property
    def limit(self) -> Decimal | None:
        """The most that may be paid in all; None: no limit is known."""
        known = [amount for amount in (self.claim.limit_amount, self.annual) if amount is not None]
        return min(known) if known else None

    @property
    def barred_on(self) -> date:
        """The day on which the action lapses (*prescripción*, LCS art. 23)."""
        return add_months(self.claim.occurred_on, LIMITATION[self.persons])

    # --- Acts -------------------------------------------------------------------------------

    def set_reserve(self, head: Head, amount: Decimal, on: date, reason: str | None = None) -> ClaimMovement | None:
        """Bring the reserve of a head to `amount`; nothing moves if it is there already."""
        self._need(self.claim.state not in (C.REJECTED, C.CLOSED), N_("reábralo para mover reservas"))
        return self._reserve(head, amount, on, reason)

    def register(self, number: str | None, on: date) -> None:
        """Note that the insurer has the claim and, if known, under which number."""
        if self.claim.state == C.NOTIFIED:
            self._move(C.REGISTERED)
        self.claim.insurer_claim_number = number or self.claim.insurer_claim_number
        self.claim.notified_on = self.claim.notified_on or on
        in_time = self.claim.notified_on <= self.claim.known_on + DECLARE
        self.claim.interest_from = self.claim.occurred_on if in_time else self.claim.notified_on  # LCS art. 20.6

    def open(self) -> None:
        """Open the file once its cover is checked; a reopened one goes on."""
        if self.claim.state == C.NOTIFIED:
            self._move(C.REGISTERED)
        if self.claim.state == C.REGISTERED:
            self._move(C.COVERAGE_CHECK)
        self._move(C.OPEN)
        self.claim.end_reason = self.claim.ended_on = None

    def appoint(
        self, side: Side, *, name: str | None = None, requested_on: date | None = None,
        appointed_on: date | None = None, reported_on: date | None = None, amount: Decimal | None = None,
    ) -> ClaimExpert:  # fmt: skip
        """Enter what is known of a party's expert; naming one sends the file to adjusting, or to the experts."""
        alive = self.claim.state in ALIVE and self.claim.state != C.ACCEPTED
        self._need(alive, N_("solo un expediente abierto tiene peritos"))
        found = next((expert for expert in self.experts if expert.side == side), None)
        if found is None:
            found = ClaimExpert(id=new_id(), claim_id=self.claim.id, side=side.value)
            self.experts.append(found)
        given = {"name": name, "requested_on": requested_on, "appointed_on": appointed_on, "reported_on": reported_on,
                 "amount": amount}  # fmt: skip
        for field_name, value in given.items():
            if value is not None:
                setattr(found, field_name, value)
        if self.claim.state == C.OPEN and side is Side.INSURER and name:
            self._move(C.ADJUSTING)
        elif self.claim.state == C.DISPUTED and side is not Side.INSURER and name:
            self._move(C.EXPERTS)
        self.events.append(("claim.expert_recorded", {"side": side.value}))
        return found

    def make_offer(self, amount: Decimal, on: date) -> ClaimOffer:
        """Note the insurer's offer; it can't pass what the policy answers for."""
        self._need(self.claim.state in OFFERABLE, N_("solo se oferta en un expediente abierto y sin oferta pendiente"))
        self._within(amount - self.paid)
        if self.claim.state == C.OPEN:
            self._move(C.ADJUSTING)
        offer = ClaimOffer(
            id=new_id(), claim_id=self.claim.id, number=len(self.offers) + 1, state=OfferState.OPEN.value,
            amount=amount, offered_on=on,
        )  # fmt: skip
        self.offers.append(offer)
        self._move(C.OFFERED, amount=str(amount))
        return offer

    def accept(self, on: date) -> ClaimOffer:
        """Note that the insured accepts the offer."""
        offer = self._answered(OfferState.ACCEPTED, on)
        self._move(C.ACCEPTED, amount=str(offer.amount))
        return offer

    def dispute(self, on: date) -> None:
        """Note that the insured refuses the offer, or does not accept a rejection."""
        if self.claim.state == C.OFFERED:
            self._answered(OfferState.REFUSED, on)
        self._move(C.DISPUTED)

    def escalate(self, way: Way, on: date) -> None:
        """Take a dispute to experts, mediation or court."""
        if self.claim.state in (C.OFFERED, C.REJECTED):
            self.dispute(on)
        self._move(ClaimState(way.value))

    def advance(self, amount: Decimal, on: date, payee: str | None = None) -> ClaimMovement:
        """Note a payment on account: the least that the insurer may owe (LCS art. 18)."""
        self._need(self.claim.state in ALIVE, N_("solo se anticipa en un expediente abierto"))
        return self._pay(amount, on, payee, "advance")

    def settle(self, on: date, amount: Decimal | None = None, payee: str | None = None) -> Decimal:
        """Note what the insurer paid, and give it; the claim is paid once the accepted offer or the ruling is.

        Nothing more is paid where advances cover what was accepted.

        Args:
            on: the day of the payment.
            amount: EUR; None is all that is left of the accepted offer.
            payee: who got it.
        """
        self._need(self.claim.state in (C.ACCEPTED, C.COURT), N_("primero debe aceptarse una oferta o haber sentencia"))
        if self.claim.state == C.COURT:
            if amount is None:
                raise BadArguments(N_("¿Qué importe fija la sentencia?"), field="amount")
            due = amount
        else:
            assert self.offer is not None  # accepted means that there is one
            due = max(self.offer.amount - self.paid, ZERO)
        wanted = due if amount is None else amount
        if wanted > due:
            text = N_("El importe («{field}») supera lo que queda de la oferta aceptada.")
            raise BadArguments(text, field="amount")
        if wanted or due:
            self._pay(wanted, on, payee, None)
        if wanted == due:
            self._set_figures(paid_on=on)
            self._move(C.PAID, amount=str(wanted))
        return wanted

    def spend(self, amount: Decimal, on: date, payee: str | None = None, reason: str | None = None) -> ClaimMovement:
        """Note an expense of the claim: expert, lawyer, salvage (LCS arts. 17, 38 and 74), default interest."""
        self._need(self.claim.state != C.NOTIFIED, N_("primero debe registrarse"))
        movement = self._post(MovementKind.EXPENSE, Head.EXPENSE, amount, on, payee, reason)
        self._release(Head.EXPENSE, amount, on)
        self.events.append(("claim.expense_recorded", {"amount": str(amount)}))
        return movement

    def recover(self, amount: Decimal, on: date, payer: str | None = None, reason: str | None = None) -> ClaimMovement:
        """Note what was got back from who caused the loss, or by salvage (LCS art. 43); never more than was paid."""
        spent = self.paid + self.total(MovementKind.EXPENSE)
        if self.total(MovementKind.RECOVERY) + amount > spent:
            raise BadArguments(N_("No se puede recobrar («{field}») más de lo pagado."), field="amount")
        movement = self._post(MovementKind.RECOVERY, Head.RECOVERY, amount, on, payer, reason)
        self._release(Head.RECOVERY, amount, on)
        self.events.append(("claim.recovered", {"amount": str(amount)}))
        return movement

    def reject(self, reason: Rejection, on: date) -> None:
        """Note that the insurer does not pay, and why; nothing stays reserved."""
        if reason is Rejection.BARRED and on <= self.barred_on:
            raise BadArguments(N_("La acción no prescribe hasta el {on} («{field}»)."), field="reason",
                               on=f"{self.barred_on:%d/%m/%Y}")  # fmt: skip
        for state in (C.REGISTERED, C.COVERAGE_CHECK):
            if self.claim.state in (C.NOTIFIED, C.REGISTERED):
                self._move(state)
        self._move(C.REJECTED, reason=reason.value)
        self._end(reason.value, on)

    def close(self, reason: Closing, on: date) -> None:
        """Close the file; nothing stays reserved. An unpaid, unanswered claim is not closed as barred before it is."""
        allowed = CLOSINGS.get(ClaimState(self.claim.state), UNPAID_CLOSINGS)
        if reason not in allowed or (reason is Closing.BARRED and on <= self.barred_on):
            raise BadArguments(N_("Este expediente no puede cerrarse por ese motivo («{field}»)."), field="reason")
        self._move(C.CLOSED, reason=reason.value)
        self._end(reason.value, on)

    def closing(self) -> Closing:
        """The reason for closing that goes without saying.

        Raises:
            BadArguments: none does; asks for it.
        """
        found = CLOSINGS.get(ClaimState(self.claim.state))
        if found is None and self.claim.state in (C.CLOSED, C.NOTIFIED, C.ACCEPTED, C.OFFERED):
            move(self.claim, C.CLOSED)  # refuses, saying why
        if found is None:
            text = N_("¿Por qué se cierra sin pago ni rechazo: desistimiento, sin daños, sentencia o "
                      "prescripción?")  # fmt: skip
            raise BadArguments(text, field="reason")
        return found[0]

    def reopen(self, on: date) -> None:
        """Take a rejected or closed file up again."""
        self._move(C.REOPENED, on=on.isoformat())

    def take_over(self, on: date) -> None:
        """Enter what an imported claim has reserved and paid without movements, so that its figures are sums."""
        paid, kept = self.claim.paid_amount - self.paid, self.claim.reserve - self._outstanding()
        if paid:
            self._post(MovementKind.PAYMENT, Head.INDEMNITY, paid, self.claim.paid_on or on, None, "takeover")
        if kept:
            self._post(MovementKind.RESERVE, Head.INDEMNITY, kept, on, None, "takeover")

    # --- Within -----------------------------------------------------------------------------

    def _need(self, lawful: bool, need: str) -> None:
        if not lawful:
            raise WrongState(claim=self.claim.claim_number, state=self.claim.state, need=need)

    def _within(self, amount: Decimal) -> None:
        left = self.payable
        if left is not None and amount > left:
            raise AboveLimit(claim=self.claim.claim_number, left=str(left), limit=str(self.limit), paid=str(self.paid))

    def _answered(self, state: OfferState, on: date) -> ClaimOffer:
        offer = self.offer
        self._need(self.claim.state == C.OFFERED and offer is not None, N_("no hay ninguna oferta pendiente"))
        assert offer is not None
        offer.state, offer.answered_on = state.value, on
        return offer

    def _pay(self, amount: Decimal, on: date, payee: str | None, reason: str | None) -> ClaimMovement:
        self._within(amount)
        movement = self._post(MovementKind.PAYMENT, Head.INDEMNITY, amount, on, payee, reason)
        self._release(Head.INDEMNITY, amount, on)
        self.events.append(("claim.payment_recorded", {"amount": str(amount)}))
        return movement

    def _release(self, head: Head, amount: Decimal, on: date) -> None:
        """What was paid is no longer expected."""
        held = self.reserve(head)
        if held > 0:
            self._reserve(head, max(held - amount, ZERO), on, "paid")

    def _reserve(self, head: Head, amount: Decimal, on: date, reason: str | None) -> ClaimMovement | None:
        change = amount - self.reserve(head)
        if change == 0:
            return None
        movement = self._post(MovementKind.RESERVE, head, change, on, None, reason)
        self.events.append(("claim.reserved", {"head": head.value, "amount": str(amount)}))
        return movement

    def _end(self, reason: str, on: date) -> None:
        for head in Head:
            if self.reserve(head):
                self._reserve(head, ZERO, on, "closed")
        self.claim.end_reason, self.claim.ended_on = reason, on

    def _post(
        self, kind: MovementKind, head: Head, amount: Decimal, on: date, payee: str | None, reason: str | None
    ) -> ClaimMovement:
        if kind is not MovementKind.RESERVE and amount <= 0 and reason != "takeover":
            raise BadArguments(N_("El importe («{field}») debe ser mayor que cero."), field="amount")
        movement = ClaimMovement(
            id=new_id(), claim_id=self.claim.id, number=len(self.movements) + 1, kind=kind.value, head=head.value,
            amount=amount, on=on, line=self.line, occurred_on=self.claim.occurred_on, payee=payee, reason=reason,
        )  # fmt: skip
        self.movements.append(movement)
        self._set_figures()
        return movement

    def _outstanding(self) -> Decimal:
        """The case reserve: indemnity and expense expected, less what will be recovered."""
        return self.reserve(Head.INDEMNITY) + self.reserve(Head.EXPENSE) - self.reserve(Head.RECOVERY)

    def _set_figures(self, paid_on: date | None = None) -> None:
        self.claim.reserve, self.claim.paid_amount = self._outstanding(), self.paid
        self.claim.paid_on = paid_on or self.claim.paid_on

    def _move(self, to: ClaimState, **told: Any) -> None:
        before = self.claim.state
        move(self.claim, to)
        self.events.append((EVENTS[to], {"before": before, **told}))
