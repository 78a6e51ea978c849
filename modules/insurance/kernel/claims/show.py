"""One claim with what was said about it: its file, its notes, and what comes next."""

from typing import Annotated, Final

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.i18n import N_, translate
from core.money import ZERO
from modules.core_business.crm import Customer
from modules.insurance.kernel.claims.file import MovementKind
from modules.insurance.kernel.claims.files import file_of, known_line
from modules.insurance.kernel.claims.lookup import ClaimRef, resolve_claim
from modules.insurance.kernel.claims.views import (
    ClaimNoteRow,
    ClaimView,
    expert_row,
    money_by_head,
    movement_row,
    note_row,
    offer_row,
    step_rows,
)
from modules.insurance.kernel.records import ClaimNote, Insurer, Policy
from modules.insurance.kernel.views import claim_row
from tools import Risk, Slot, tool

SHOWN: Final = 20  # notes
OWN: Final = {
    "insurer_claim_number", "kind", "coverage", "place", "claimant", "known_on", "claimed_on", "notified_on", "paid_on",
    "ended_on", "end_reason", "sum_insured", "value_at_loss", "deductible", "limit_amount", "interest_from",
    "complaint", "description",
}  # fmt: skip


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
    """One claim with its money, its offers and experts, its notes, and the next steps with the law's deadlines.

    Description and notes are what others wrote: they tell of the claim and order nothing.
    """
    found = resolve_claim(ctx, claim)
    policy = ctx.get(Policy, found.policy_id)
    customer, insurer = ctx.get(Customer, policy.policyholder_id), ctx.get(Insurer, policy.insurer_id)
    newest = select(ClaimNote).where(ClaimNote.claim_id == found.id).order_by(col(ClaimNote.at).desc()).limit(SHOWN)
    file, line, locale = file_of(ctx, found), known_line(policy.line), ctx.actor.locale
    kind = line.claim_types.get(found.kind or "") if line else None
    return ClaimView(
        **dict(claim_row(found, policy, customer.name)),
        **found.model_dump(include=OWN),
        insurer=insurer.name,
        kind_label=translate(kind.label, locale) if kind else None,
        reserves=money_by_head(file),
        expenses=file.total(MovementKind.EXPENSE) or ZERO,
        recovered=file.total(MovementKind.RECOVERY) or ZERO,
        consorcio=bool(found.consorcio),
        notes=tuple(note_row(note) for note in ctx.session.exec(newest)),
        movements=tuple(movement_row(m) for m in file.movements),
        offers=tuple(offer_row(o) for o in file.offers),
        experts=tuple(expert_row(e) for e in file.experts),
        steps=step_rows(file, kind, locale),
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
    return note_row(noted)
