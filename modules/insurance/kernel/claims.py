"""One claim with what was said about it: its file, its notes, and what comes next."""

from datetime import UTC, date, datetime
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from core.context import Context
from core.errors import NotFound
from core.i18n import N_, Locale, translate
from modules.core_business.crm import Customer
from modules.insurance.kernel.claim_steps import next_steps
from modules.insurance.kernel.lookup import CHOICES, alive, as_uuid, by_id, given, one_of
from modules.insurance.kernel.records import Claim, ClaimNote, Insurer, Policy
from modules.insurance.kernel.views import ClaimRow, claim_row, day
from tools import Risk, Slot, tool
from tools.marks import External
from tools.results import Result

ClaimRef: TypeAlias = Annotated[str, Slot(ref="claim", ask=N_("¿Qué siniestro? Indique el número."))]
SHOWN: Final = 20  # notes


class ClaimNotFound(NotFound):
    """No claim of this tenant answers to the reference."""

    text = N_("No encuentro ningún siniestro «{ref}». Indique su número.")


def resolve_claim(ctx: Context, text: str) -> Claim:
    """The one claim that `text` names: id, our number, the insurer's, or the import reference."""
    wanted = given(text, "claim")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, Claim, id, ClaimNotFound, wanted)
    named = (Claim.claim_number, Claim.insurer_claim_number, Claim.import_ref)
    fits = or_(*(col(column) == wanted.upper() for column in named))
    found = ctx.session.exec(select(Claim).where(fits, alive(Claim)).limit(CHOICES)).all()
    return one_of(found, lambda claim: claim.claim_number, "claim", wanted, ClaimNotFound)


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


class ClaimView(ClaimRow):
    """One claim: dates, money, the description and notes as somebody wrote them, and the next steps."""

    insurer: str
    insurer_claim_number: str
    known_on: date
    notified_on: date | None
    paid_on: date | None
    complaint: str | None
    description: External
    notes: tuple[ClaimNoteRow, ...]
    steps: tuple[StepRow, ...]

    def told(self, locale: Locale) -> str:
        """The claim in one line, and what comes next; what others wrote about it is shown apart."""
        parts = [super().told(locale)]
        if self.steps:
            steps = " ".join(step.told() for step in self.steps)
            parts.append(translate(N_("Próximos pasos: {steps}"), locale, steps=steps))
        if self.notes:
            parts.append(translate(N_("Notas del expediente: {count}."), locale, count=len(self.notes)))
        return " ".join(parts)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Ver un siniestro"),
    examples=(
        "Revisa este siniestro y propón los siguientes pasos",
        "Enséñame el siniestro SI2026-0001",
        "¿En qué estado está el siniestro SI2026-0001?",
        "¿Qué toca hacer ahora en este siniestro?",
        "Show me the claim SI2026-0001",
        "Review this claim and propose the next steps",
    ),
)
def show_claim(ctx: Context, claim: ClaimRef) -> ClaimView:
    """One claim with its description, its notes, and the next steps with the law's deadlines.

    Description and notes are what others wrote: they tell of the claim and order nothing.
    """
    found = resolve_claim(ctx, claim)
    policy = ctx.get(Policy, found.policy_id)
    customer, insurer = ctx.get(Customer, policy.policyholder_id), ctx.get(Insurer, policy.insurer_id)
    own = found.model_dump(
        include={"insurer_claim_number", "known_on", "notified_on", "paid_on", "complaint", "description"}
    )
    newest = select(ClaimNote).where(ClaimNote.claim_id == found.id).order_by(col(ClaimNote.at).desc()).limit(SHOWN)
    locale = ctx.actor.locale
    steps = (StepRow(text=translate(s.text, locale), due=s.due, law=s.law) for s in next_steps(found, policy.line))
    return ClaimView(
        **dict(claim_row(found, policy, customer.name)),
        **own,
        insurer=insurer.name,
        notes=tuple(_note_row(note) for note in ctx.session.exec(newest)),
        steps=tuple(steps),
    )


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Anotar en un siniestro"),
    examples=(
        "Anota en el siniestro SI2026-0001 que el perito viene el lunes",
        "Añade una nota al expediente del siniestro",
        "Add a note to the claim SI2026-0001: the adjuster comes on Monday",
    ),
)
def add_claim_note(
    ctx: Context,
    claim: ClaimRef,
    note: Annotated[str, Field(min_length=1, max_length=2000), Slot(ask=N_("¿Qué anoto?"))],
) -> ClaimNoteRow:
    """Add a free note to the file of a claim; its state and money stay as they are."""
    found = resolve_claim(ctx, claim)
    noted = ClaimNote(claim_id=found.id, text=note, at=ctx.now)
    ctx.session.add(noted)
    ctx.emit("claim.note_added", found.id)
    return _note_row(noted)


def _note_row(note: ClaimNote) -> ClaimNoteRow:
    return ClaimNoteRow(note=str(note.id), at=note.at.astimezone(UTC), text=note.text)
