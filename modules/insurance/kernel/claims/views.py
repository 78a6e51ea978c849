"""What the tools of claims answer, ready to be told."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.claim_types import ClaimType
from modules.insurance.kernel.claims.covering import Answer
from modules.insurance.kernel.claims.file import (
    REJECTIONS,
    Closing,
    File,
    Head,
    MovementKind,
    OfferState,
    Rejection,
    Side,
)
from modules.insurance.kernel.claims.steps import next_steps
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.records import ClaimExpert, ClaimMovement, ClaimNote, ClaimOffer
from modules.insurance.kernel.views import ClaimRow, PolicyNumber, day, state_label
from tools import Slot
from tools.marks import External
from tools.results import Finding, Result

ClaimNumber: TypeAlias = Annotated[str, Slot(ref="claim")]
ANSWERS: Final = {
    Answer.YES: N_("Cubierto."), Answer.NO: N_("No cubierto."),
    Answer.DOUBTFUL: N_("Cobertura dudosa: falta comprobar datos."),
}  # fmt: skip


class ClaimNoteRow(Result):
    """One note of a claim's file."""

    note: str
    at: datetime
    text: External

    def told(self, locale: Locale) -> str:
        """Day and text."""
        return translate(N_("Nota del {on}: {said}"), locale, on=day(self.at.date()), said=self.text)


class StepRow(BaseModel):
    """One thing to do next; `due` is the last day for it."""

    model_config = ConfigDict(frozen=True)

    text: str
    due: date | None
    law: str

    def told(self) -> str:
        """The step with its deadline."""
        due = f" ({day(self.due)}, {self.law})" if self.due else ""
        return f"{self.text.removesuffix('.')}{due}."


class MovementRow(BaseModel):
    """One movement of the claim's money."""

    model_config = ConfigDict(frozen=True)

    number: int
    kind: MovementKind
    head: Head
    amount: Money
    on: date
    payee: External | None
    reason: External | None


class OfferRow(BaseModel):
    """One offer of the insurer."""

    model_config = ConfigDict(frozen=True)

    number: int
    state: OfferState
    amount: Money
    offered_on: date
    answered_on: date | None


class ExpertRow(BaseModel):
    """The expert of one side."""

    model_config = ConfigDict(frozen=True)

    side: Side
    name: External | None
    requested_on: date | None
    appointed_on: date | None
    reported_on: date | None
    amount: Money | None


class ClaimView(ClaimRow):
    """One claim: dates, money, the description and notes as somebody wrote them, and the next steps."""

    insurer: str
    insurer_claim_number: str
    kind: str | None
    kind_label: str | None
    coverage: str | None
    place: External | None
    claimant: External | None
    known_on: date
    claimed_on: date | None
    notified_on: date | None
    paid_on: date | None
    ended_on: date | None
    end_reason: Rejection | Closing | None
    sum_insured: Money | None
    value_at_loss: Money | None
    deductible: Money | None
    limit_amount: Money | None
    reserves: dict[Head, Money]
    expenses: Money
    recovered: Money
    consorcio: bool
    interest_from: date | None
    complaint: str | None
    description: External
    notes: tuple[ClaimNoteRow, ...]
    movements: tuple[MovementRow, ...]
    offers: tuple[OfferRow, ...]
    experts: tuple[ExpertRow, ...]
    steps: tuple[StepRow, ...]

    def told(self, locale: Locale) -> str:
        """The claim in one line, and what comes next; what others wrote about it is shown apart."""
        parts = [super().told(locale)]
        pending = next((offer for offer in self.offers if offer.state is OfferState.OPEN), None)
        if pending is not None:
            text = N_("Hay una oferta de {amount} del {on}.")
            amount = format_money(pending.amount, locale)
            parts.append(translate(text, locale, amount=amount, on=day(pending.offered_on)))
        if self.consorcio:
            parts.append(translate(N_("Responde el Consorcio de Compensación de Seguros."), locale))
        if self.steps:
            steps = " ".join(step.told() for step in self.steps)
            parts.append(translate(N_("Próximos pasos: {steps}"), locale, steps=steps))
        if self.notes:
            parts.append(translate(N_("Notas del expediente: {count}."), locale, count=len(self.notes)))
        return " ".join(parts)


class CoverageCheck(Result):
    """Whether a loss is covered, and what the answer rests on."""

    policy: PolicyNumber
    line: str
    kind: str
    kind_label: str
    occurred_on: date
    covered: Answer
    coverage: str | None
    sum_insured: Money | None
    deductible: Money | None
    consorcio: bool
    findings: tuple[Finding, ...]

    def told(self, locale: Locale) -> str:
        """The answer, then each reason with its article."""
        head = translate(
            N_("Póliza {policy}, {kind} del {on}:"), locale, policy=self.policy,
            kind=translate(self.kind_label, locale).lower(), on=day(self.occurred_on),
        )  # fmt: skip
        return " ".join((head, translate(ANSWERS[self.covered], locale), *(reason(f) for f in self.findings)))


def reason(finding: Finding) -> str:
    """A finding with the article it rests on."""
    law = finding.ref.startswith(("LCS", "RD", "TRLR"))
    return f"{finding.text.removesuffix('.')} ({finding.ref})." if law else finding.text


class NotifiedClaim(CoverageCheck):
    """A claim that was notified: whether it is covered, what is reserved, what to ask for and by when."""

    claim: ClaimNumber
    state: str
    reserve: Money
    documents: tuple[str, ...]
    steps: tuple[StepRow, ...]

    def told(self, locale: Locale) -> str:
        """The number, the answer, the reserve, the papers, and the next step."""
        parts = [
            translate(
                N_("Siniestro {claim} declarado en la póliza {policy} ({line}, {kind}) del {on}."), locale,
                claim=self.claim, policy=self.policy, line=line_label(self.line, locale),
                kind=translate(self.kind_label, locale).lower(), on=day(self.occurred_on),
            ),
            translate(ANSWERS[self.covered], locale),
            *(reason(f) for f in self.findings if f.severity != "support"),
            translate(N_("Reserva inicial: {reserve}."), locale, reserve=format_money(self.reserve, locale)),
        ]  # fmt: skip
        if self.documents:
            papers = "; ".join(translate(document, locale).lower() for document in self.documents)
            parts.append(translate(N_("Pida al cliente: {papers}."), locale, papers=papers))
        parts += [step.told() for step in self.steps[:1]]
        return " ".join(parts)


class ClaimDone(Result):
    """An act on a claim: how it stands now, and what comes next."""

    said: ClassVar[str] = N_("Siniestro {claim}: {state}.")

    claim: ClaimNumber
    policy: PolicyNumber
    state: str
    reserve: Money
    paid_amount: Money
    steps: tuple[StepRow, ...]

    def values(self, locale: Locale) -> dict[str, str]:
        """What fills the sentence besides the claim and its state."""
        return {"reserve": format_money(self.reserve, locale), "paid": format_money(self.paid_amount, locale)}

    def told(self, locale: Locale) -> str:
        """What was done, and the next step."""
        state = state_label(self.state, locale, of_claim=True)
        done = translate(self.said, locale, claim=self.claim, state=state, **self.values(locale))
        return " ".join((done, *(step.told() for step in self.steps[:1])))


class OpenedClaim(ClaimDone):
    """A file that was opened."""

    said = N_("Expediente {claim} {state}: cobertura comprobada, reserva {reserve}.")


class ReservedClaim(ClaimDone):
    """A reserve that was set."""

    said = N_("Reserva del siniestro {claim} fijada en {amount}; en total {reserve}.")

    head: Head
    amount: Money

    def values(self, locale: Locale) -> dict[str, str]:
        """The reserve of the head, and of all."""
        return {**super().values(locale), "amount": format_money(self.amount, locale)}


class OfferedClaim(ClaimDone):
    """An offer that was entered or answered."""

    said = N_("Siniestro {claim} {state}: {amount}.")

    amount: Money

    def values(self, locale: Locale) -> dict[str, str]:
        """The amount of the offer."""
        return {"amount": format_money(self.amount, locale)}


class PaidClaim(OfferedClaim):
    """A payment of the insurer's that was entered."""

    said = N_("Pago de {amount} anotado en el siniestro {claim}, {state}; pagado en total {paid}, reserva {reserve}.")

    def values(self, locale: Locale) -> dict[str, str]:
        """This payment, and all of them."""
        return {**ClaimDone.values(self, locale), "amount": format_money(self.amount, locale)}


class SpentClaim(PaidClaim):
    """An expense of the claim that was entered."""

    said = N_("Gasto de {amount} anotado en el siniestro {claim}; reserva {reserve}.")


class RecoveredClaim(PaidClaim):
    """What was got back."""

    said = N_("Recobro de {amount} anotado en el siniestro {claim}; reserva {reserve}.")


class RejectedClaim(ClaimDone):
    """A claim that the insurer does not pay, with what the letter says."""

    said = N_("Siniestro {claim} {state}: {why}.")

    code: Rejection

    def values(self, locale: Locale) -> dict[str, str]:
        """Why, with its article."""
        text, law = REJECTIONS[self.code]
        return {"why": f"{translate(text, locale)} ({law})"}


def step_rows(file: File, kind: ClaimType | None, locale: Locale) -> tuple[StepRow, ...]:
    """The next steps of a file, in words."""
    steps = next_steps(file, kind)
    return tuple(StepRow(text=translate(s.text, locale), due=s.due, law=s.law) for s in steps)


def movement_row(movement: ClaimMovement) -> MovementRow:
    """One movement as it is shown."""
    own = movement.model_dump(include={"number", "amount", "on", "payee", "reason"})
    return MovementRow(**own, kind=MovementKind(movement.kind), head=Head(movement.head))


def offer_row(offer: ClaimOffer) -> OfferRow:
    """One offer as it is shown."""
    own = offer.model_dump(include={"number", "amount", "offered_on", "answered_on"})
    return OfferRow(**own, state=OfferState(offer.state))


def expert_row(expert: ClaimExpert) -> ExpertRow:
    """One expert as it is shown."""
    own = expert.model_dump(include={"name", "requested_on", "appointed_on", "reported_on", "amount"})
    return ExpertRow(**own, side=Side(expert.side))


def note_row(note: ClaimNote) -> ClaimNoteRow:
    """One note as it is shown."""
    return ClaimNoteRow(note=str(note.id), at=note.at.astimezone(UTC), text=note.text)


def money_by_head(file: File) -> dict[Head, Decimal]:
    """What is reserved under each head."""
    return {head: file.reserve(head) for head in Head}
