"""Funeral services (*prestación del servicio*): what a claim is in this line, from the call to the heirs' balance.

The insurer provides a service, not money: it is called, checks who died and that he was
insured, sends a provider (the house wants one within two hours) or accepts the family's own
(LCS art. 106 quáter), and pays the invoice up to the service value. What is left of the
value belongs to the heirs.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, TypeAlias

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import ZERO, Money, format_money
from modules.insurance.decesos.line import LINE, TRANSFER
from modules.insurance.decesos.lookup import InsuredName, Life, life_of, lives_of, value_on
from modules.insurance.decesos.records import FuneralService
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.lookup import PolicyRef, alive, as_uuid, by_id, given, one_of
from modules.insurance.kernel.numbering import next_number
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import LABELS, PolicyState, allow_moves, move
from modules.insurance.kernel.views import day
from tools import Risk, Slot, tool
from tools.marks import External, Guard
from tools.results import Result


class FuneralState(StrEnum):
    """Where a service stands."""

    NOTIFIED = "notified"
    VERIFIED = "verified"
    ASSIGNED = "assigned"
    PERFORMED = "performed"
    SETTLED = "settled"
    REJECTED = "rejected"


class Refusal(StrEnum):
    """Why there is no service."""

    NOT_INSURED = "not_insured"
    NOT_IN_FORCE = "not_in_force"
    NOT_IDENTIFIED = "not_identified"


S = FuneralState
FUNERAL_MOVES: Final[Mapping[str, frozenset[str]]] = {
    S.NOTIFIED: frozenset((S.VERIFIED, S.REJECTED)),
    S.VERIFIED: frozenset((S.ASSIGNED,)),
    S.ASSIGNED: frozenset((S.ASSIGNED, S.PERFORMED)),  # another provider
    S.PERFORMED: frozenset((S.SETTLED,)),
}
allow_moves(
    S, FUNERAL_MOVES,
    {"verified": N_("comprobado"), "assigned": N_("con prestador"), "performed": N_("realizado"),
     "settled": N_("liquidado")},
)  # fmt: skip
COVERED: Final = frozenset((PolicyState.IN_FORCE, PolicyState.PAID_UP, PolicyState.REDUCED))
TARGET: Final = timedelta(hours=2)  # house target for a provider
REFUSALS: Final = {
    "not_insured": N_("no estaba asegurado ese día"), "not_in_force": N_("la póliza no estaba en vigor"),
    "not_identified": N_("no se ha identificado al fallecido"),
}  # fmt: skip
RefusalChoice: TypeAlias = Annotated[
    Refusal,
    Field(description=N_("Motivo del rechazo")),
    Slot(
        ask=N_("¿Por qué se rechaza: no asegurado, póliza sin vigor o sin identificar?"),
        words={
            "not_insured": ("no asegurado", "not insured"), "not_in_force": ("sin vigor", "not in force"),
            "not_identified": ("sin identificar", "not identified"),
        },
    ),
]  # fmt: skip
FuneralRef: TypeAlias = Annotated[
    str, Slot(ref="funeral_service", ask=N_("¿Qué servicio? Indique el número."), pattern=r"\bFU-\d{4}-\d{6}\b")
]


class FuneralNotFound(NotFound):
    """No service of this tenant answers to the reference."""

    text = N_("No encuentro ningún servicio funerario «{ref}». Indique su número, como FU-2026-000001.")


class AskedBefore(Conflict):
    """The death of this insured is known already."""

    text = N_("El fallecimiento de {insured} ya consta: {service}.")


class NoCover(Conflict):
    """The death is not covered."""

    text = N_("No hay cobertura: {why}.")

    def told(self, locale: str) -> str:
        """The message with the reason in words."""
        return translate(self.text, locale, why=translate(REFUSALS[str(self.detail["why"])], locale))


class Balance(NamedTuple):
    """How an invoice is settled."""

    paid: Decimal  # by the insurer, to the provider or to who paid it
    heirs: Decimal  # what is left of the service value
    family: Decimal  # what the funeral cost beyond it


def balance(value: Decimal, invoice: Decimal) -> Balance:
    """The invoice up to the service value; the rest of the value to the heirs, or of the invoice to the family."""
    return Balance(min(value, invoice), max(value - invoice, ZERO), max(invoice - value, ZERO))


class FuneralView(Result):
    """One service, and what comes next."""

    service: Annotated[str, Slot(ref="funeral_service")]
    policy: Annotated[str, Slot(ref="policy")]
    insured: str
    state: str
    deceased_on: date
    value: Money | None
    reserve: Money
    provider: External
    own_provider: bool
    late: bool  # no provider within the house target
    performed_on: date | None
    invoice_amount: Money | None
    paid_amount: Money | None
    heirs_amount: Money | None
    family_amount: Money | None
    accident_amount: Money | None
    rejection: str | None

    def told(self, locale: Locale) -> str:
        """Number and state, then the money or the next step."""
        text = N_("Servicio {no} por el fallecimiento de {insured} el {on}: {state}.")
        parts = [translate(
            text, locale, no=self.service, insured=self.insured, on=day(self.deceased_on),
            state=translate(LABELS.get(self.state, self.state), locale),
        )]  # fmt: skip
        if self.rejection:
            parts.append(translate(N_("Motivo: {why}."), locale, why=translate(REFUSALS[self.rejection], locale)))
        if self.late:
            parts.append(translate(N_("El prestador tardó más de dos horas."), locale))
        if self.paid_amount is not None and self.heirs_amount is not None:
            text = N_("La compañía paga {paid} del servicio; a los herederos les quedan {heirs}.")
            parts.append(translate(text, locale, paid=format_money(self.paid_amount, locale),
                                   heirs=format_money(self.heirs_amount, locale)))  # fmt: skip
        if self.family_amount:
            text = N_("La factura supera el valor: {amount} son de la familia.")
            parts.append(translate(text, locale, amount=format_money(self.family_amount, locale)))
        if self.accident_amount:
            text = N_("Por accidente se deben además {amount} a los beneficiarios.")
            parts.append(translate(text, locale, amount=format_money(self.accident_amount, locale)))
        step = STEPS.get(self.state)
        return " ".join((*parts, translate(step, locale)) if step else parts)


STEPS: Final[Mapping[str, str]] = {
    S.NOTIFIED: N_("Pida el certificado médico de defunción y el documento de identidad."),
    S.VERIFIED: N_("Asigne un prestador en menos de dos horas, o anote el que elija la familia."),
    S.ASSIGNED: N_("Anote el servicio cuando se haya realizado."),
    S.PERFORMED: N_("Liquide la factura del servicio."),
}


class FuneralList(Result):
    """Services, newest first."""

    services: tuple[FuneralView, ...]

    def told(self, locale: Locale) -> str:
        """Each in a sentence."""
        if not self.services:
            return translate(N_("No hay servicios funerarios."), locale)
        return " ".join(row.told(locale) for row in self.services)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Registrar un fallecimiento"),
    examples=(
        "Registra el fallecimiento de un asegurado de la póliza de decesos 0902-59297413",
        "Da de alta un servicio funerario por fallecimiento ayer",
        "Register the death of an insured under this funeral policy",
    ),
)
def register_death(
    ctx: Context,
    policy: PolicyRef,
    deceased_on: Annotated[date, Slot(ask=N_("¿Qué día falleció?"), cues=("falleció", "died"))],
    insured: InsuredName | None = None,
    by_accident: Annotated[bool, Field(description=N_("Por accidente"))] = False,
) -> FuneralView:
    """Take down the family's call; the clock for the provider starts now.

    Raises:
        BadArguments: the day lies ahead, or before the life was insured at all.
        AskedBefore: the death is known, and was not rejected.
    """
    life = life_of(ctx, policy, insured)
    if deceased_on > ctx.today:
        raise BadArguments(N_("La fecha («{field}») no puede ser futura."), field="deceased_on")
    ctx.weigh(line=LINE.code, subjects=1)  # a call promises nothing yet
    earlier = _earlier(ctx, life)
    if earlier is not None and earlier.state != S.REJECTED:
        raise AskedBefore(insured=life.name, service=earlier.service_number)
    made = FuneralService(
        id=new_id(), policy_id=life.policy.id, customer_id=life.policy.policyholder_id, life_id=life.row.id,
        service_number=next_number(ctx, "FU"), attempt=earlier.attempt + 1 if earlier else 1,
        state=S.NOTIFIED.value, deceased_on=deceased_on, by_accident=by_accident, called_at=ctx.now,
    )  # fmt: skip
    return _kept(ctx, made, life, "notified")


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Comprobar un servicio funerario"),
    examples=(
        "Comprueba el servicio funerario FU-2026-000001: hay certificado de defunción e identidad",
        "Verifica la cobertura del fallecimiento FU-2026-000001",
        "Verify the funeral service FU-2026-000001",
    ),
)
def verify_funeral(
    ctx: Context,
    service: FuneralRef,
    certificate: Annotated[
        bool,
        Field(description=N_("Certificado médico de defunción a la vista")),
        Slot(ask=N_("¿Hay certificado médico de defunción?"), words={"true": ("certificado", "certificate")}),
    ],
    identity: Annotated[
        bool,
        Field(description=N_("Identidad comprobada")),
        Slot(ask=N_("¿Está comprobada la identidad?"), words={"true": ("identidad", "identity")}),
    ],
) -> FuneralView:
    """Check who died and that he was insured; fixes the service value of that day.

    Raises:
        BadArguments: a paper is missing.
        NoCover: he was not insured that day, or the policy was not in force.
    """
    found, life = _open(ctx, service)
    for name, there in (("certificate", certificate), ("identity", identity)):
        if not there:
            text = N_("Sin el documento («{field}») no se puede comprobar el servicio.")
            raise BadArguments(text, field=name)
    why = uncovered(life, found.deceased_on)
    if why is not None:
        raise NoCover(why=why.value)
    move(found, S.VERIFIED)
    found.verified_at, found.value = ctx.now, value_on(ctx, life, found.deceased_on)
    if found.by_accident and life.risk.with_accident:
        found.accident_amount = life.person.accident_sum
    return _kept(ctx, found, life, "verified")


def uncovered(life: Life, on: date) -> Refusal | None:
    """Why a death on a day is not covered, if it is so."""
    ended = life.policy.ended_on
    if life.policy.state not in COVERED and (ended is None or on >= ended):
        return Refusal.NOT_IN_FORCE
    if not life.since <= on < (ended or date.max):
        return Refusal.NOT_INSURED
    return None


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Rechazar un servicio funerario"),
    examples=(
        "Rechaza el servicio funerario FU-2026-000001 porque no estaba asegurado",
        "Reject the funeral service FU-2026-000001, not insured",
    ),
)
def reject_funeral(ctx: Context, service: FuneralRef, reason: RefusalChoice) -> FuneralView:
    """Take down that there is no service, and why; the family may ask anew with more papers."""
    found, life = _open(ctx, service)
    move(found, S.REJECTED)
    found.rejection = Refusal(reason).value
    return _kept(ctx, found, life, "rejected")


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Asignar el prestador de un servicio funerario"),
    examples=(
        "Asigna la funeraria del Norte Ficticia al servicio FU-2026-000001",
        "La familia elige su propia funeraria para el servicio FU-2026-000001: asígnala",
        "Assign a provider to the funeral service FU-2026-000001",
    ),
)
def assign_provider(
    ctx: Context,
    service: FuneralRef,
    provider: Annotated[Words, Field(min_length=3), Slot(ask=N_("¿Qué funeraria?"), cues=("funeraria", "provider"))],
    own: Annotated[
        bool,
        Field(description=N_("Elegido por la familia")),
        Slot(words={"true": ("propia", "la familia elige", "own provider"), "false": ("de la compañía",)}),
    ] = False,
) -> FuneralView:
    """Take down who performs the funeral; the family may choose its own (LCS art. 106 quáter).

    The first assignment counts for the two hours.
    """
    found, life = _open(ctx, service)
    move(found, S.ASSIGNED)
    found.provider, found.own_provider = provider, own
    found.assigned_at = found.assigned_at or ctx.now
    return _kept(ctx, found, life, "assigned")


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar un servicio funerario realizado"),
    examples=(
        "Anota que el servicio funerario FU-2026-000001 se realizó hoy",
        "Registra el entierro como realizado en el servicio FU-2026-000001",
        "Record that the funeral service FU-2026-000001 was performed",
    ),
)
def record_funeral(
    ctx: Context,
    service: FuneralRef,
    performed_on: Annotated[date, Slot(ask=N_("¿Qué día se realizó?"), cues=("realizó", "performed"))],
) -> FuneralView:
    """Take down that the funeral was performed.

    Raises:
        BadArguments: the day lies ahead, or before the death.
    """
    found, life = _open(ctx, service)
    if not found.deceased_on <= performed_on <= ctx.today:
        text = N_("La fecha («{field}») debe estar entre el fallecimiento y hoy.")
        raise BadArguments(text, field="performed_on")
    move(found, S.PERFORMED)
    found.performed_on = performed_on
    return _kept(ctx, found, life, "performed")


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Liquidar un servicio funerario"),
    examples=(
        "Liquida el servicio funerario FU-2026-000001 con factura de 3.900 €",
        "Liquida la factura de la funeraria y el sobrante de los herederos",
        "Settle funeral service FU-2026-000001 with an invoice of 3,900 euros",
    ),
)
def settle_funeral(
    ctx: Context,
    service: FuneralRef,
    invoice_no: Annotated[Words, Field(min_length=1), Slot(ask=N_("¿Qué número de factura?"), cues=("factura",))],
    amount: Annotated[
        Money,
        Guard.AMOUNT,
        Field(ge=0, description=N_("Importe de la factura, EUR")),
        Slot(ask=N_("¿Qué importe?"), units=("€", "euros", "eur")),
    ],
) -> FuneralView:
    """Settle the invoice up to the service value; the rest of the value goes to the legal heirs.

    What an invoice costs beyond the value is the family's. A benefit for accident is told apart.
    """
    found, life = _open(ctx, service)
    value = found.value or ZERO
    settled = balance(value, amount)
    ctx.weigh(line=LINE.code, amount=value, subjects=1)
    move(found, S.SETTLED)
    found.invoice_no, found.invoice_amount, found.settled_on = invoice_no, amount, ctx.today
    found.paid_amount, found.heirs_amount = settled.paid, settled.heirs
    return _kept(ctx, found, life, "settled")


@tool(
    Risk.READ,
    permission="decesos:read",
    title=N_("Servicios funerarios"),
    examples=(
        "Servicios funerarios en curso",
        "¿Qué fallecimientos están pendientes de liquidar?",
        "List the funeral services that are open",
    ),
)
def list_funerals(
    ctx: Context, policy: PolicyRef | None = None, limit: Annotated[int, Field(ge=1, le=100)] = 20
) -> FuneralList:
    """Services of a policy, or those of all policies that are not settled yet, newest first."""
    closed = (S.SETTLED.value, S.REJECTED.value)
    where = (
        [FuneralService.policy_id == lives_of(ctx, policy)[0].policy.id] if policy
        else [col(FuneralService.state).not_in(closed)]
    )  # fmt: skip
    query = select(FuneralService).where(*where, alive(FuneralService)).order_by(col(FuneralService.id).desc())
    found = ctx.session.exec(query.limit(limit)).all()
    return FuneralList(services=tuple(_view(one, _life(ctx, one)) for one in found))


def resolve_funeral(ctx: Context, text: str) -> FuneralService:
    """The one service that `text` names: id or number."""
    wanted = given(text, "service")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, FuneralService, id, FuneralNotFound, wanted)
    query = select(FuneralService).where(FuneralService.service_number == wanted.upper(), alive(FuneralService))
    found = ctx.session.exec(query.limit(2)).all()
    return one_of(found, lambda one: one.service_number, "service", wanted, FuneralNotFound)


def _open(ctx: Context, ref: str) -> tuple[FuneralService, Life]:
    found = resolve_funeral(ctx, ref)
    ctx.weigh(line=LINE.code, subjects=1)
    return found, _life(ctx, found)


def _life(ctx: Context, found: FuneralService) -> Life:
    lives = lives_of(ctx, str(ctx.get(Policy, found.policy_id).id))
    return next((life for life in lives if life.row.id == found.life_id), lives[0])


def _earlier(ctx: Context, life: Life) -> FuneralService | None:
    """The latest service for the same life."""
    newest = select(func.max(FuneralService.attempt)).where(FuneralService.life_id == life.row.id)
    query = select(FuneralService).where(
        FuneralService.life_id == life.row.id, FuneralService.attempt == newest.scalar_subquery()
    )
    return ctx.session.exec(query).first()


def _kept(ctx: Context, found: FuneralService, life: Life, event: str) -> FuneralView:
    ctx.session.add(found)
    ctx.emit(f"funeral.{event}", found.id, policy=str(found.policy_id))
    return _view(found, life)


def _view(found: FuneralService, life: Life) -> FuneralView:
    own = found.model_dump(include={
        "state", "deceased_on", "value", "provider", "own_provider", "performed_on", "invoice_amount", "paid_amount",
        "heirs_amount", "accident_amount", "rejection",
    })  # fmt: skip
    over = None
    if found.invoice_amount is not None and found.value is not None:
        over = balance(found.value, found.invoice_amount).family
    return FuneralView(
        **own, service=found.service_number, policy=life.policy.policy_number, insured=life.name,
        reserve=(found.value or life.risk.service_value) + TRANSFER, family_amount=over, late=_late(found),
    )  # fmt: skip


def _late(found: FuneralService) -> bool:
    assigned: datetime | None = found.assigned_at
    return assigned is not None and assigned.astimezone(UTC) - found.called_at.astimezone(UTC) > TARGET
