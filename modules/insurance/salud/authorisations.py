"""Authorisations (*autorizaciones*): acts that the insurer has to allow before they are performed.

The broker acts for the client: it files the request, takes down the insurer's decision, and
says so when a refusal for a waiting period does not fit the dates. No diagnosis is written.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import Money, format_money
from modules.insurance.kernel.entries import open_policy
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.lookup import PolicyRef, alive, as_uuid, by_id, given, one_of
from modules.insurance.kernel.numbering import next_number
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import LABELS, allow_moves, move
from modules.insurance.kernel.views import day
from modules.insurance.salud.acts import ACTS, Act, ActChoice, health_terms
from modules.insurance.salud.copays import charge
from modules.insurance.salud.line import LINE
from modules.insurance.salud.lookup import InsuredName, Life, life_of, lives_of
from modules.insurance.salud.records import Authorisation
from modules.insurance.salud.risk import Product
from modules.insurance.salud.waiting import GROUNDS, Ground, wait_of
from tools import Risk, Slot, tool
from tools.marks import External, Guard
from tools.results import Result


class AuthorisationState(StrEnum):
    """Where an authorisation stands."""

    REQUESTED = "requested"
    AUTHORISED = "authorised"
    DENIED = "denied"
    PERFORMED = "performed"
    INVOICED = "invoiced"


class Denial(StrEnum):
    """Why the insurer refuses an act."""

    CARENCIA = "carencia"
    PREEXISTENCIA = "preexistencia"
    LIMITE = "limite"
    NO_CUBIERTO = "no_cubierto"


S = AuthorisationState
AUTHORISATION_MOVES: Final[Mapping[str, frozenset[str]]] = {
    S.REQUESTED: frozenset((S.AUTHORISED, S.DENIED)),
    S.AUTHORISED: frozenset((S.PERFORMED,)),
    S.PERFORMED: frozenset((S.INVOICED,)),
    S.DENIED: frozenset((S.AUTHORISED,)),  # the insurer accepts the complaint
}
allow_moves(
    S, AUTHORISATION_MOVES,
    {"requested": N_("solicitado"), "authorised": N_("autorizado"), "denied": N_("denegado"),
     "performed": N_("realizado"), "invoiced": N_("facturado")},
)  # fmt: skip
DENIALS: Final = {
    "carencia": N_("carencia"), "preexistencia": N_("preexistencia"), "limite": N_("límite alcanzado"),
    "no_cubierto": N_("acto no cubierto"),
}  # fmt: skip
DenialChoice: TypeAlias = Annotated[
    Denial,
    Field(description=N_("Motivo de la denegación")),
    Slot(
        ask=N_("¿Por qué se deniega: carencia, preexistencia, límite o no cubierto?"),
        words={
            "carencia": ("carencia", "waiting period"), "preexistencia": ("preexistencia", "pre-existing"),
            "limite": ("límite", "limit reached"), "no_cubierto": ("no cubierto", "not covered"),
        },
    ),
]  # fmt: skip
AuthorisationRef: TypeAlias = Annotated[
    str, Slot(ref="authorisation", ask=N_("¿Qué autorización? Indique el número."), pattern=r"\bAU-\d{4}-\d{6}\b")
]


class AuthorisationNotFound(NotFound):
    """No authorisation of this tenant answers to the reference."""

    text = N_("No encuentro ninguna autorización «{ref}». Indique su número, como AU-2026-000001.")


class InWaiting(Conflict):
    """The act still waits, and it is no accident or emergency."""

    text = N_("El acto tiene carencia hasta el {until}: solo se autoriza antes por accidente o urgencia vital.")


class NotCovered(Conflict):
    """The act is excluded or was not bought."""

    text = N_("El acto no se puede autorizar: {ground}.")

    def told(self, locale: str) -> str:
        """The message with the ground in words."""
        ground = translate(GROUNDS[Ground(str(self.detail["ground"]))], locale)
        return translate(self.text, locale, ground=ground)


class SessionsUsed(Conflict):
    """The year's sessions of the act are used up."""

    text = N_("Este año ya se han autorizado {count} sesiones de {act}, el máximo.")


class AuthorisationView(Result):
    """One authorisation, and what the client should know of it."""

    authorisation: Annotated[str, Slot(ref="authorisation")]
    policy: Annotated[str, Slot(ref="policy")]
    insured: str
    act: str
    state: str
    urgent: bool
    provider: External
    requested_on: date
    decided_on: date | None
    denial: str | None
    usable_from: date | None
    performed_on: date | None
    invoice_no: str | None
    invoice_amount: Money | None
    copay: Money | None = None
    large: bool = False  # a case to follow one by one
    doubt: bool = False  # the refusal does not fit the dates

    def told(self, locale: Locale) -> str:
        """Number, act and state; then what to mind."""
        text = N_("Autorización {no}: {act} para {insured}, {state}.")
        parts = [translate(
            text, locale, no=self.authorisation, act=translate(ACTS[self.act], locale), insured=self.insured,
            state=translate(LABELS.get(self.state, self.state), locale),
        )]  # fmt: skip
        if self.denial:
            parts.append(translate(N_("Motivo: {why}."), locale, why=translate(DENIALS[self.denial], locale)))
        if self.doubt:
            parts.append(translate(N_("Por las fechas de la póliza no hay carencia: conviene reclamar."), locale))
        elif self.state == S.REQUESTED and self.usable_from and self.usable_from > self.requested_on:
            parts.append(translate(N_("Tiene carencia hasta el {on}."), locale, on=day(self.usable_from)))
        if self.copay is not None:
            parts.append(translate(N_("Copago: {amount}."), locale, amount=format_money(self.copay, locale)))
        if self.large:
            parts.append(translate(N_("Caso de importe alto: se sigue uno a uno."), locale))
        return " ".join(parts)


class AuthorisationList(Result):
    """Authorisations of a policy, newest first."""

    authorisations: tuple[AuthorisationView, ...]

    def told(self, locale: Locale) -> str:
        """Each in a sentence."""
        if not self.authorisations:
            return translate(N_("No hay autorizaciones."), locale)
        return " ".join(row.told(locale) for row in self.authorisations)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Pedir una autorización médica"),
    examples=(
        "Pide autorización para una resonancia en la póliza de salud 0905-81354133",
        "Solicita a la compañía autorización de la operación del asegurado",
        "Request an authorisation for an MRI under this health policy",
    ),
)
def request_authorisation(
    ctx: Context,
    policy: PolicyRef,
    act: ActChoice,
    insured: InsuredName | None = None,
    urgent: Annotated[
        bool,
        Field(description=N_("Accidente o urgencia vital")),
        Slot(words={"true": ("accidente", "urgencia vital", "accident", "emergency")}),
    ] = False,
    provider: Annotated[Words, Field(description=N_("Centro o profesional"))] = "",
    expected_cost: Annotated[Money, Guard.AMOUNT, Field(ge=0, description=N_("Coste previsto, EUR"))] | None = None,
) -> AuthorisationView:
    """File a request that the insurer allow an act; the answer says whether the act still waits.

    Raises:
        Conflict: the policy is not in force.
    """
    life = life_of(ctx, policy, insured)
    open_policy(ctx, LINE, policy)
    ctx.weigh(line=LINE.code, special=True, subjects=1)
    filed = Authorisation(
        id=new_id(), policy_id=life.policy.id, customer_id=life.policy.policyholder_id, insured_id=life.row.id,
        authorisation_number=next_number(ctx, "AU"), act=Act(act).value, state=S.REQUESTED.value, urgent=urgent,
        provider=provider, expected_cost=expected_cost, requested_on=ctx.today,
    )  # fmt: skip
    ctx.session.add(filed)
    ctx.emit("authorisation.requested", filed.id, policy=str(life.policy.id), act=filed.act)
    return _view(filed, life)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar que la compañía autoriza un acto médico"),
    examples=(
        "Autoriza la autorización médica AU-2026-000001, referencia 7731",
        "La compañía acepta la autorización AU-2026-000001: autorízala",
        "Authorise the medical authorisation AU-2026-000001",
    ),
)
def authorise_act(
    ctx: Context,
    authorisation: AuthorisationRef,
    insurer_ref: Annotated[Words, Field(min_length=1, description=N_("Referencia de la compañía"))],
) -> AuthorisationView:
    """Take down that the insurer allows the act.

    Raises:
        Conflict: the act waits and is no emergency, is not covered, its sessions are used up,
            or the authorisation was decided otherwise.
    """
    found, life = _open(ctx, authorisation)
    wait = wait_of(life.risk, life.person, life.policy.started_on, Act(found.act), urgent=found.urgent)
    if wait.usable_from is None:
        raise NotCovered(ground=wait.ground.value)
    if not wait.usable(ctx.today):
        raise InWaiting(until=day(wait.usable_from))
    _check_sessions(ctx, found)
    move(found, S.AUTHORISED)
    found.decided_on, found.insurer_ref, found.denial = ctx.today, insurer_ref, None
    return _kept(ctx, found, life, "authorised")


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar que la compañía deniega un acto médico"),
    examples=(
        "Deniega la autorización AU-2026-000001 por carencia",
        "La compañía rechaza la autorización médica: deniégala por preexistencia",
        "Deny the medical authorisation AU-2026-000001, not covered",
    ),
)
def deny_act(ctx: Context, authorisation: AuthorisationRef, reason: DenialChoice) -> AuthorisationView:
    """Take down that the insurer refuses the act, and why.

    The answer says so when the reason is a waiting period that does not run.
    """
    found, life = _open(ctx, authorisation)
    move(found, S.DENIED)
    found.decided_on, found.denial = ctx.today, Denial(reason).value
    return _kept(ctx, found, life, "denied")


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar que un acto médico se ha realizado"),
    examples=(
        "Anota que el acto de la autorización AU-2026-000001 se realizó ayer",
        "Registra la operación como realizada en la autorización médica",
        "Record that the authorised act AU-2026-000001 was performed yesterday",
    ),
)
def record_performed_act(
    ctx: Context,
    authorisation: AuthorisationRef,
    performed_on: Annotated[date, Slot(ask=N_("¿Qué día se realizó?"), cues=("realizó", "realizado", "performed"))],
) -> AuthorisationView:
    """Take down that an authorised act was performed; a plan with copay charges it, under the yearly cap."""
    found, life = _open(ctx, authorisation)
    if not found.requested_on <= performed_on <= ctx.today and not found.urgent:
        text = N_("La fecha («{field}») debe estar entre la solicitud y hoy.")
        raise BadArguments(text, field="performed_on")
    if performed_on > ctx.today:
        raise BadArguments(N_("La fecha («{field}») no puede ser futura."), field="performed_on")
    move(found, S.PERFORMED)
    found.performed_on = performed_on
    copay = None
    if life.risk.product == Product.COPAGO:
        copay = charge(ctx, life, Act(found.act), performed_on, found.id).charged
    return _kept(ctx, found, life, "performed").model_copy(update={"copay": copay})


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la factura de un acto médico"),
    examples=(
        "Anota la factura F-221 de 1.200 € en la autorización AU-2026-000001",
        "Registra la factura del hospital en la autorización médica",
        "Record the hospital's invoice on authorisation AU-2026-000001",
    ),
)
def record_act_invoice(
    ctx: Context,
    authorisation: AuthorisationRef,
    invoice_no: Annotated[Words, Field(min_length=1), Slot(ask=N_("¿Qué número de factura?"), cues=("factura",))],
    amount: Annotated[
        Money,
        Guard.AMOUNT,
        Field(gt=0, description=N_("Importe de la factura, EUR")),
        Slot(ask=N_("¿Qué importe?"), units=("€", "euros", "eur")),
    ],
) -> AuthorisationView:
    """Take down the provider's invoice of a performed act; the insurer pays it."""
    found, life = _open(ctx, authorisation)
    move(found, S.INVOICED)
    found.invoice_no, found.invoice_amount = invoice_no, amount
    return _kept(ctx, found, life, "invoiced")


@tool(
    Risk.READ,
    permission="salud:read",
    title=N_("Autorizaciones médicas de una póliza"),
    examples=(
        "Autorizaciones médicas de la póliza de salud 0905-81354133",
        "¿Qué autorizaciones médicas están pendientes?",
        "List the medical authorisations of this health policy",
    ),
)
def list_authorisations(
    ctx: Context, policy: PolicyRef | None = None, limit: Annotated[int, Field(ge=1, le=100)] = 20
) -> AuthorisationList:
    """Authorisations of a policy, or those of all policies that wait for a decision, newest first."""
    where = [Authorisation.policy_id == lives_of(ctx, policy)[0].policy.id] if policy else [
        Authorisation.state == S.REQUESTED.value
    ]  # fmt: skip
    query = select(Authorisation).where(*where, alive(Authorisation)).order_by(col(Authorisation.id).desc())
    found = ctx.session.exec(query.limit(limit)).all()
    return AuthorisationList(authorisations=tuple(_view(one, _life(ctx, one)) for one in found))


def resolve_authorisation(ctx: Context, text: str) -> Authorisation:
    """The one authorisation that `text` names: id or number."""
    wanted = given(text, "authorisation")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, Authorisation, id, AuthorisationNotFound, wanted)
    query = select(Authorisation).where(Authorisation.authorisation_number == wanted.upper(), alive(Authorisation))
    found = ctx.session.exec(query.limit(2)).all()
    return one_of(found, lambda one: one.authorisation_number, "authorisation", wanted, AuthorisationNotFound)


def _open(ctx: Context, ref: str) -> tuple[Authorisation, Life]:
    found = resolve_authorisation(ctx, ref)
    ctx.weigh(line=LINE.code, special=True, subjects=1)
    return found, _life(ctx, found)


def _life(ctx: Context, found: Authorisation) -> Life:
    """The insured of an authorisation; who left since is told by the file alone."""
    lives = lives_of(ctx, str(ctx.get(Policy, found.policy_id).id))
    return next((life for life in lives if life.row.id == found.insured_id), lives[0])


def _check_sessions(ctx: Context, found: Authorisation) -> None:
    """Refuse one session more than the year has."""
    most = health_terms().acts[Act(found.act)].sessions
    if most is None:
        return
    query = select(Authorisation).where(
        Authorisation.insured_id == found.insured_id, Authorisation.act == found.act, alive(Authorisation),
        col(Authorisation.state).in_((S.AUTHORISED, S.PERFORMED, S.INVOICED)),
        col(Authorisation.decided_on) >= date(ctx.today.year, 1, 1),
    )  # fmt: skip
    used = len(ctx.session.exec(query).all())
    if used >= most:
        raise SessionsUsed(count=used, act=ACTS[found.act])


def _kept(ctx: Context, found: Authorisation, life: Life, event: str) -> AuthorisationView:
    ctx.session.add(found)
    ctx.emit(f"authorisation.{event}", found.id, policy=str(found.policy_id), act=found.act)
    return _view(found, life)


def _view(found: Authorisation, life: Life) -> AuthorisationView:
    wait = wait_of(life.risk, life.person, life.policy.started_on, Act(found.act), urgent=found.urgent)
    decided = found.decided_on or found.requested_on
    own = found.model_dump(include={
        "act", "state", "urgent", "provider", "requested_on", "decided_on", "denial", "performed_on", "invoice_no",
        "invoice_amount",
    })  # fmt: skip
    cost = found.invoice_amount or found.expected_cost
    return AuthorisationView(
        **own, authorisation=found.authorisation_number, policy=life.policy.policy_number, insured=life.name,
        usable_from=wait.usable_from, large=cost is not None and cost > health_terms().large_case,
        doubt=found.denial == Denial.CARENCIA and wait.usable(decided),
    )  # fmt: skip
