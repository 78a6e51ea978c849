"""Settling a claim (*liquidación*): offered, answered, paid, recovered, rejected, closed, reopened.

The money of an indemnity is the insurer's: the brokerage notes what the insurer paid, and
pays nothing itself but through treasury.
"""

from typing import Annotated, TypeAlias

from pydantic import Field

from core.context import Context
from core.i18n import N_
from modules.insurance.kernel.claims.file import Closing, Rejection, Way
from modules.insurance.kernel.claims.handling import Amount, Day, Words, at_hand, on_day
from modules.insurance.kernel.claims.lookup import ClaimRef
from modules.insurance.kernel.claims.views import (
    ClaimDone,
    OfferedClaim,
    PaidClaim,
    RecoveredClaim,
    RejectedClaim,
    SpentClaim,
)
from tools import Risk, Slot, tool

On: TypeAlias = Annotated[Day, Slot(cues=("el día", "con fecha", "on"))]
Payee: TypeAlias = Annotated[
    Words | None, Field(description=N_("Quién cobra")), Slot(cues=("a favor de", "cobra", "payee"))
]
WayChoice: TypeAlias = Annotated[
    Way,
    Slot(
        ask=N_("¿Por qué vía: peritos, mediación o juzgado?"),
        words={
            "experts": ("peritos", "pericial", "experts"),
            "mediation": ("mediación", "mediation"),
            "court": ("juzgado", "judicial", "demanda", "juicio", "court", "lawsuit"),
        },
    ),
]
RejectionChoice: TypeAlias = Annotated[
    Rejection,
    Slot(
        ask=N_("¿Por qué se rechaza: fuera de vigor, impago, sin garantía, exclusión, carencia, franquicia, "
               "inexactitud, mala fe, Consorcio o prescripción?"),
        words={
            "not_in_force": ("fuera de vigor", "no estaba en vigor", "not in force"),
            "unpaid_premium": ("impago", "prima impagada", "unpaid premium"),
            "not_covered": ("sin garantía", "garantía no contratada", "no cubierto", "not covered"),
            "excluded": ("exclusión", "excluido", "excluded"),
            "waiting_period": ("carencia", "waiting period"),
            "below_deductible": ("franquicia", "below the deductible"),
            "misstatement": ("inexactitud", "declaración inexacta", "misstatement"),
            "bad_faith": ("mala fe", "fraude", "bad faith", "fraud"),
            "consorcio": ("consorcio",),
            "barred": ("prescripción", "prescrito", "barred"),
        },
    ),
]  # fmt: skip
ClosingChoice: TypeAlias = Annotated[
    Closing,
    Slot(
        ask=N_("¿Por qué se cierra: pagado, rechazado, desistimiento, sin daños, sentencia o prescripción?"),
        words={
            "paid": ("pagado", "paid"), "rejected": ("rechazado", "rejected"),
            "withdrawn": ("desistimiento", "desiste", "retira la reclamación", "withdrawn"),
            "no_damage": ("sin daños", "no damage"), "ruling": ("sentencia", "ruling"),
            "barred": ("prescripción", "prescrito", "barred"),
        },
    ),
]  # fmt: skip


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la oferta de un siniestro"),
    examples=(
        "Haz una oferta de 1.500 € en el siniestro SI2026-0001",
        "Haz una oferta de 900 euros por el siniestro",
        "La compañía ofrece 900 euros por el siniestro",
        "Anota una oferta de indemnización de 2.000 €",
        "Make an offer of €1,500 on claim SI2026-0001",
    ),
)
def make_offer(ctx: Context, claim: ClaimRef, amount: Amount, on: On = None) -> OfferedClaim:
    """Enter the indemnity that the insurer offers for a claim, EUR in all, advances included.

    Refused above what the policy answers for. The client has still to accept it.
    """
    desk = at_hand(ctx, claim)
    desk.file.make_offer(amount, on_day(ctx, on))
    return desk.done(ctx, OfferedClaim, amount=amount)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Aceptar la oferta de un siniestro"),
    examples=(
        "Acepta la oferta del siniestro SI2026-0001",
        "El cliente acepta la oferta del siniestro",
        "Acepta la indemnización ofrecida",
        "Accept the offer on claim SI2026-0001",
    ),
)
def accept_offer(ctx: Context, claim: ClaimRef, on: On = None) -> OfferedClaim:
    """Enter that the client accepts the pending offer; this binds him and the insurer."""
    desk = at_hand(ctx, claim)
    offer = desk.file.accept(on_day(ctx, on))
    ctx.weigh(amount=offer.amount)
    return desk.done(ctx, OfferedClaim, amount=offer.amount)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Discrepar en un siniestro"),
    examples=(
        "Discute la oferta del siniestro SI2026-0001",
        "El cliente discrepa de la oferta del siniestro",
        "El cliente no acepta la indemnización ofrecida",
        "Dispute the offer on claim SI2026-0001",
    ),
)
def dispute_claim(ctx: Context, claim: ClaimRef, on: On = None) -> ClaimDone:
    """Enter that the client refuses the pending offer, or does not accept a rejection."""
    desk = at_hand(ctx, claim)
    desk.file.dispute(on_day(ctx, on))
    return desk.done(ctx, ClaimDone)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Llevar un siniestro a peritos, mediación o juzgado"),
    examples=(
        "Lleva el siniestro SI2026-0001 a peritos",
        "Escala el siniestro a mediación",
        "Lleva la discrepancia del siniestro al juzgado",
        "Take claim SI2026-0001 to court",
        "Escalate the claim to mediation",
    ),
)
def escalate_claim(ctx: Context, claim: ClaimRef, way: WayChoice, on: On = None) -> ClaimDone:
    """Take a dispute to experts (LCS art. 38), mediation or court."""
    desk = at_hand(ctx, claim)
    desk.file.escalate(way, on_day(ctx, on))
    return desk.done(ctx, ClaimDone)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Liquidar un siniestro"),
    examples=(
        "Liquida el siniestro SI2026-0001",
        "La compañía ha pagado el siniestro: liquídalo",
        "Liquida la indemnización aceptada del siniestro",
        "Settle claim SI2026-0001",
        "Settle the claim: the insurer has paid",
    ),
)
def settle_claim(
    ctx: Context, claim: ClaimRef, amount: Amount | None = None, on: On = None, payee: Payee = None
) -> PaidClaim:
    """Enter the insurer's payment of an accepted offer, or of a ruling; without `amount`, all that is left of it.

    Never above the limit of the policy. The brokerage moves no money by this.
    """
    desk = at_hand(ctx, claim)
    paid = desk.file.settle(on_day(ctx, on), amount, payee)
    ctx.weigh(amount=paid)
    return desk.done(ctx, PaidClaim, amount=paid)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Anotar un pago a cuenta de un siniestro"),
    examples=(
        "Anota un anticipo de 600 € en el siniestro SI2026-0001",
        "Registra el pago del importe mínimo del siniestro: 500 euros",
        "Record an advance of €600 on claim SI2026-0001",
    ),
)
def record_advance(ctx: Context, claim: ClaimRef, amount: Amount, on: On = None, payee: Payee = None) -> PaidClaim:
    """Enter what the insurer paid on account: the least that it may owe, due forty days after notice (LCS art. 18)."""
    desk = at_hand(ctx, claim)
    desk.file.advance(amount, on_day(ctx, on), payee)
    ctx.weigh(amount=amount)
    return desk.done(ctx, PaidClaim, amount=amount)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar un gasto de un siniestro"),
    examples=(
        "Anota un gasto de perito de 180 € en el siniestro SI2026-0001",
        "Registra gastos de abogado de 600 euros en el siniestro",
        "Record an expense of €180 on claim SI2026-0001",
    ),
)
def record_claim_expense(
    ctx: Context, claim: ClaimRef, amount: Amount, on: On = None, payee: Payee = None, reason: Words | None = None
) -> SpentClaim:
    """Enter an expense of a claim: expert, lawyer, salvage, default interest (LCS arts. 17, 20, 38 and 74), EUR."""
    desk = at_hand(ctx, claim)
    desk.file.spend(amount, on_day(ctx, on), payee, reason)
    return desk.done(ctx, SpentClaim, amount=amount)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar un recobro de un siniestro"),
    examples=(
        "Anota un recobro de 400 € del contrario en el siniestro SI2026-0001",
        "Registra lo recuperado en el siniestro: 250 euros",
        "Record a recovery of €400 on claim SI2026-0001",
    ),
)
def record_recovery(
    ctx: Context, claim: ClaimRef, amount: Amount, on: On = None,
    payer: Annotated[Words | None, Slot(cues=("del contrario", "from"))] = None,
) -> RecoveredClaim:  # fmt: skip
    """Enter what was got back of a paid claim, from who caused it or by salvage (LCS art. 43), EUR."""
    desk = at_hand(ctx, claim)
    desk.file.recover(amount, on_day(ctx, on), payer)
    return desk.done(ctx, RecoveredClaim, amount=amount)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar el rechazo de un siniestro"),
    examples=(
        "Rechaza el siniestro SI2026-0001 por carencia",
        "La compañía rehúsa el siniestro por impago de la prima",
        "Anota el rechazo del siniestro por exclusión",
        "Reject claim SI2026-0001: not covered",
    ),
)
def reject_claim(ctx: Context, claim: ClaimRef, reason: RejectionChoice, on: On = None) -> RejectedClaim:
    """Enter that the insurer does not pay a claim, and why; its reserves fall to nothing.

    The reason is the one that the letter to the client gives, with its article.
    """
    desk = at_hand(ctx, claim)
    desk.file.reject(reason, on_day(ctx, on))
    return desk.done(ctx, RejectedClaim, code=reason)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Cerrar un siniestro"),
    examples=(
        "Cierra el siniestro SI2026-0001",
        "Cierra el expediente del siniestro",
        "Cierra el siniestro por desistimiento",
        "Close the claim SI2026-0001",
    ),
)
def close_claim(ctx: Context, claim: ClaimRef, reason: ClosingChoice | None = None, on: On = None) -> ClaimDone:
    """Close the file of a claim; its reserves fall to nothing.

    The reason of a paid or rejected one goes without saying. One is closed as barred only
    after two years, five for persons (LCS art. 23).
    """
    desk = at_hand(ctx, claim)
    desk.file.close(reason or desk.file.closing(), on_day(ctx, on))
    return desk.done(ctx, ClaimDone)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Reabrir un siniestro"),
    examples=(
        "Reabre el siniestro SI2026-0001",
        "Vuelve a abrir el expediente cerrado",
        "Reopen claim SI2026-0001",
    ),
)
def reopen_claim(ctx: Context, claim: ClaimRef) -> ClaimDone:
    """Take a closed or rejected claim up again; opening it goes on where it stood."""
    desk = at_hand(ctx, claim)
    desk.file.reopen(ctx.today)
    return desk.done(ctx, ClaimDone)
