"""Finding the claim that a text names."""

from typing import Annotated, TypeAlias

from sqlmodel import col, or_, select

from core.context import Context
from core.errors import NotFound
from core.i18n import N_
from modules.insurance.kernel.lookup import CHOICES, alive, as_uuid, by_id, given, one_of
from modules.insurance.kernel.records import Claim
from tools import Slot

ClaimRef: TypeAlias = Annotated[str, Slot(ref="claim", ask=N_("¿Qué siniestro? Indique el número."))]


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
