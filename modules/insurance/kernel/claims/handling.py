"""Handling a claim (*tramitación*): registered, opened, reserved, adjusted."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import Field

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.money import Money
from modules.insurance.kernel.claim_types import ClaimType
from modules.insurance.kernel.claims.covering import Answer, Event, cover_of
from modules.insurance.kernel.claims.file import File, Head, Side
from modules.insurance.kernel.claims.files import file_of, keep, known_line
from modules.insurance.kernel.claims.lookup import ClaimRef, resolve_claim
from modules.insurance.kernel.claims.views import ClaimDone, OpenedClaim, ReservedClaim, step_rows
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import ClaimState
from tools import Risk, Slot, tool
from tools.marks import Guard

DoneT = TypeVar("DoneT", bound=ClaimDone)

Day: TypeAlias = date | None
Amount: TypeAlias = Annotated[
    Money,
    Field(gt=0),
    Guard.AMOUNT,
    Slot(ask=N_("¿Qué importe?"), cues=("importe", "amount"), units=("€", "euros", "eur")),
]
Reserve: TypeAlias = Annotated[
    Money,
    Field(ge=0),
    Guard.AMOUNT,
    Slot(ask=N_("¿Qué reserva?"), cues=("reserva", "reserve"), units=("€", "euros", "eur")),
]
HeadChoice: TypeAlias = Annotated[
    Head,
    Slot(
        cues=("concepto", "head"),
        words={
            "expense": ("gastos", "gasto", "expenses", "expense"),
            "recovery": ("recobro", "recobros", "recuperación", "recovery"),
            "indemnity": ("indemnización", "indemnity"),
        },
    ),
]
SideChoice: TypeAlias = Annotated[
    Side,
    Slot(
        ask=N_("¿De qué parte es el perito: de la compañía, del asegurado o tercero?"),
        words={
            "insurer": ("de la compañía", "de la aseguradora", "of the insurer", "insurer's"),
            "insured": ("del asegurado", "del cliente", "de parte", "of the insured", "insured's"),
            "third": ("perito tercero", "tercero", "third"),
        },
    ),
]
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class NotCovered(Conflict):
    """A file is not opened for a loss that is not covered; it is rejected, or opened against the check."""

    text = N_("El siniestro {claim} no está cubierto: {why} Rechácelo o ábralo sin la comprobación.")


@dataclass(frozen=True)
class Desk:
    """A claim at hand: its file, its policy, its line and its kind."""

    file: File
    policy: Policy
    line: Line | None
    kind: ClaimType | None

    def done(self, ctx: Context, result: type[DoneT], **more: Any) -> DoneT:
        """Keep the file and answer with how it stands."""
        keep(ctx, self.file)
        claim = self.file.claim
        return result(
            claim=claim.claim_number, policy=self.policy.policy_number, state=claim.state, reserve=claim.reserve,
            paid_amount=claim.paid_amount, steps=step_rows(self.file, self.kind, ctx.actor.locale), **more,
        )  # fmt: skip


def at_hand(ctx: Context, claim: str) -> Desk:
    """The claim that `claim` names, held until the end of the call."""
    file = file_of(ctx, resolve_claim(ctx, claim), to_act=True)
    policy = ctx.get(Policy, file.claim.policy_id)
    line = known_line(policy.line)
    ctx.weigh(line=policy.line)
    return Desk(file, policy, line, line.claim_types.get(file.claim.kind or "") if line else None)


def on_day(ctx: Context, day: Day, field: str = "on") -> date:
    """The day that was told, or today; never a later one."""
    if day is not None and day > ctx.today:
        raise BadArguments(N_("La fecha («{field}») no puede ser posterior a hoy."), field=field)
    return day or ctx.today


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Registrar un siniestro en la compañía"),
    examples=(
        "Registra el siniestro SI2026-0001 en la compañía: expediente S86065896",
        "Registra el siniestro en la aseguradora",
        "Register the claim SI2026-0001 with the insurer",
    ),
)
def register_claim(
    ctx: Context,
    claim: ClaimRef,
    insurer_number: Annotated[
        str | None, Field(max_length=40), Slot(cues=("número", "expediente", "number"), pattern=r"\bS\d{8}\b")
    ] = None,
    notified_on: Annotated[Day, Slot(cues=("declarado el", "comunicado el", "notified on"))] = None,
) -> ClaimDone:
    """Note that the insurer was told of a claim (LCS art. 16) and, if known, its number there."""
    desk = at_hand(ctx, claim)
    on = on_day(ctx, notified_on, "notified_on")
    if on < desk.file.claim.known_on:
        raise BadArguments(N_("Revise «{field}»: es anterior a que se conociera."), field="notified_on")
    desk.file.register(insurer_number, on)
    return desk.done(ctx, ClaimDone)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Abrir el expediente de un siniestro"),
    examples=(
        "Abre el siniestro SI2026-0001",
        "Abre el expediente del siniestro",
        "Abre el siniestro aunque la cobertura no esté clara",
        "Open the claim SI2026-0001",
        "Open the file of the claim",
    ),
)
def open_claim(
    ctx: Context,
    claim: ClaimRef,
    insurer_number: Annotated[str | None, Field(max_length=40), Slot(pattern=r"\bS\d{8}\b")] = None,
    unchecked: Annotated[
        bool, Slot(words={"true": ("aunque no esté cubierto", "sin la comprobación", "although not covered")})
    ] = False,
) -> OpenedClaim:
    """Open the file of a claim after checking its cover; it counts as declared to the insurer today at the latest.

    A loss that is not covered is refused with the reasons, unless `unchecked`.
    """
    desk = at_hand(ctx, claim)
    found = desk.file.claim
    check = desk.line is not None and desk.kind is not None and not unchecked
    if check and found.state != ClaimState.REOPENED:
        assert desk.line is not None
        assert desk.kind is not None
        event = Event(desk.kind, found.occurred_on, found.known_on, found.claimed_on, bool(found.consorcio))
        cover = cover_of(ctx, desk.line, desk.policy, event)
        if cover.answer is Answer.NO:
            why = " ".join(finding.text for finding in cover.findings if finding.severity == "block")
            raise NotCovered(claim=found.claim_number, why=why)
    desk.file.register(insurer_number, ctx.today)
    desk.file.open()
    return desk.done(ctx, OpenedClaim)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Fijar la reserva de un siniestro"),
    examples=(
        "Fija una reserva de 1.800 € en el siniestro SI2026-0001",
        "Sube la reserva del siniestro a 900 euros",
        "Cambia la reserva de gastos a 300 €",
        "Set the reserve of claim SI2026-0001 to €1,800",
    ),
)
def set_reserve(
    ctx: Context,
    claim: ClaimRef,
    amount: Reserve,
    head: HeadChoice = Head.INDEMNITY,
    reason: Words | None = None,
) -> ReservedClaim:
    """Bring the reserve of a claim under a head (indemnity, expense, recovery) to `amount`, EUR.

    The change is added as a movement; the case reserve is indemnity and expense less recovery.
    """
    desk = at_hand(ctx, claim)
    desk.file.set_reserve(head, amount, ctx.today, reason)
    return desk.done(ctx, ReservedClaim, head=head, amount=amount)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Nombrar perito en un siniestro"),
    examples=(
        "Nombra perito de la compañía en el siniestro SI2026-0001: Peritaciones Ebro",
        "Designa un perito del asegurado en el siniestro",
        "Requiere a la compañía que nombre perito en el siniestro SI2026-0001",
        "Appoint the insured's loss adjuster in claim SI2026-0001",
    ),
)
def appoint_expert(
    ctx: Context,
    claim: ClaimRef,
    side: SideChoice,
    name: Annotated[Words | None, Slot(cues=("se llama", "llamado", "called"))] = None,
    appointed_on: Annotated[Day, Slot(cues=("nombrado el", "appointed on"))] = None,
    requested_on: Annotated[Day, Slot(cues=("requerido el", "requested on"))] = None,
) -> ClaimDone:
    """Enter the expert of a side (LCS art. 38), or that the other side asked for one.

    Without a name it is a request: the side has eight days to name one, else it is bound by
    the other's. The insurer's expert sends an open file to adjusting, the insured's a
    disputed one to the experts.
    """
    desk = at_hand(ctx, claim)
    asked = on_day(ctx, requested_on, "requested_on") if requested_on or name is None else None
    named = on_day(ctx, appointed_on, "appointed_on") if name else None
    desk.file.appoint(side, name=name, requested_on=asked, appointed_on=named)
    return desk.done(ctx, ClaimDone)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar el informe pericial"),
    examples=(
        "Anota el informe del perito de la compañía: 2.400 € de daños en el siniestro SI2026-0001",
        "Registra la tasación del perito del siniestro en 900 euros",
        "Record the adjuster's report on claim SI2026-0001: €2,400",
    ),
)
def record_appraisal(
    ctx: Context,
    claim: ClaimRef,
    amount: Amount,
    side: SideChoice = Side.INSURER,
    value_at_loss: Annotated[
        Money | None,
        Field(gt=0),
        Slot(cues=("valor real", "valor del bien", "value at loss"), units=("€", "euros")),
    ] = None,
    reported_on: Annotated[Day, Slot(cues=("informe del", "reported on"))] = None,
) -> ClaimDone:
    """Enter what a side's expert found: the damage and, for average, the value of the thing at the loss, EUR."""
    desk = at_hand(ctx, claim)
    desk.file.appoint(side, reported_on=on_day(ctx, reported_on, "reported_on"), amount=amount)
    if value_at_loss is not None:
        desk.file.claim.value_at_loss = value_at_loss
    return desk.done(ctx, ClaimDone)
