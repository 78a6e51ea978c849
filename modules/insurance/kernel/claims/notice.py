"""Notice of a claim (*parte de siniestro*): which policy, what kind of loss, whether it is covered, what to ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_, translate
from core.identifiers import new_id
from core.money import ZERO
from modules.core_business.crm import CustomerRef, resolve_customer
from modules.insurance.kernel.claim_types import ClaimType, DeductibleKind
from modules.insurance.kernel.claims.covering import Cover, Event, cover_of, coverages_of
from modules.insurance.kernel.claims.file import DECLARE, File, Head
from modules.insurance.kernel.claims.files import keep, known_line
from modules.insurance.kernel.claims.recognition import recognised
from modules.insurance.kernel.claims.views import CoverageCheck, NotifiedClaim, step_rows
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lookup import PolicyNotFound, alive, one_of, policy_label, resolve_policy
from modules.insurance.kernel.numbering import next_number
from modules.insurance.kernel.records import Claim, Policy
from modules.insurance.kernel.states import ClaimState
from modules.insurance.kernel.terms import term_on
from modules.insurance.kernel.tools import LineCode
from tools import Risk, Slot, tool
from tools.results import Finding

OccurredOn: TypeAlias = Annotated[
    date,
    Field(description=N_("Fecha del siniestro")),
    Slot(ask=N_("¿Qué día ocurrió?"), cues=("ocurrió", "fue el", "pasó el", "happened on", "occurred on")),
]
Told: TypeAlias = Annotated[
    str,
    Field(min_length=3, max_length=4000, description=N_("Qué ha pasado")),
    Slot(ask=N_("¿Qué ha pasado?"), whole=True),
]
Kind: TypeAlias = Annotated[
    str,
    Field(max_length=60, description=N_("Tipo de siniestro")),
    Slot(ask=N_("¿Qué tipo de siniestro es?"), cues=("tipo de siniestro", "kind of claim")),
]
Extraordinary: TypeAlias = Annotated[
    bool,
    Field(description=N_("Causa extraordinaria: inundación, terremoto, terrorismo")),
    Slot(
        words={
            "true": (
                "inundación", "terremoto", "maremoto", "erupción", "volcán", "tempestad", "terrorismo", "motín",
                "tumulto", "desbordamiento", "flood", "earthquake", "terrorism", "riot",
            )
        }
    ),
]  # fmt: skip


class NoPolicyForClaim(Conflict):
    """The customer has no policy that could answer."""

    text = N_("{customer} no tiene ninguna póliza que pueda responder de ese siniestro.")


class ClaimNotice(BaseModel):
    """What a person tells of a loss. The policy, or else the customer, says who; the rest is read from the words."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    description: Told
    occurred_on: OccurredOn
    policy: Annotated[str | None, Field(description=N_("Póliza")), Slot(ref="policy")] = None
    customer: CustomerRef | None = None
    line: LineCode | None = None
    kind: Kind | None = None
    place: Annotated[
        str | None,
        Field(max_length=200, description=N_("Lugar del siniestro")),
        Slot(cues=("lugar", "place")),
    ] = None
    known_on: Annotated[
        date | None,
        Field(description=N_("Fecha en que se conoció")),
        Slot(cues=("lo supo el", "se enteró el", "known on")),
    ] = None
    claimant: Annotated[
        str | None,
        Field(max_length=200, description=N_("Quién reclama, si no es el asegurado")),
        Slot(cues=("perjudicado", "reclamante", "claimant")),
    ] = None
    claimed_on: Annotated[
        date | None,
        Field(description=N_("Fecha de la reclamación del perjudicado")),
        Slot(cues=("reclamó el", "claimed on")),
    ] = None
    extraordinary: Extraordinary = False


@dataclass(frozen=True)
class Found:
    """What the notice is about."""

    policy: Policy
    line: Line
    kind: ClaimType


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Declarar un siniestro"),
    examples=(
        "He tenido un golpe con el coche ayer",
        "Le han dado un golpe al coche de Álvaro Ramos esta mañana",
        "Me han dado por detrás en un semáforo",
        "Se me ha roto la luna del coche",
        "Me han robado el coche esta noche",
        "Se ha roto una tubería en casa y hay goteras",
        "Mi perro ha mordido a una persona",
        "Al cliente se le han muerto dos vacas",
        "El granizo ha destrozado la cosecha",
        "Han ejecutado el aval de la empresa",
        "Nos han cifrado los datos y piden un rescate",
        "Ha reventado la bajante de la comunidad",
        "Un deudor del cliente ha entrado en concurso de acreedores",
        "Ha habido un incendio en la fábrica",
        "Hubo una fuga de agua en la tienda",
        "Se ha derrumbado un muro de la obra",
        "Se ha averiado una máquina en la obra",
        "Le ha llegado al cliente una reclamación de un tercero",
        "La mercancía ha llegado mojada",
        "El cliente se ha jubilado",
        "El perro de Raquel Gómez se ha puesto enfermo",
        "Notifica un siniestro de la póliza 0903-92550447",
        "Declara un siniestro de hogar de Álvaro Ramos",
        "I had a crash with my car yesterday",
        "Report a claim on policy 0903-92550447",
        "I want to report a claim",
        "Somebody broke into the house last night",
    ),
)
def notify_claim(ctx: Context, notice: ClaimNotice) -> NotifiedClaim:
    """Enter the notice of a loss as a claim: finds the policy, checks the cover, sets the opening reserve.

    What is missing is asked for. The answer says whether it is covered and why, which papers
    to ask for, and until when to declare it to the insurer (seven days, LCS art. 16). It
    binds nobody: the insurer decides.
    """
    found = read_notice(ctx, notice)
    policy, line, kind = found.policy, found.line, found.kind
    ctx.weigh(line=policy.line)
    known_on = notice.known_on or ctx.today
    check_dates(ctx, notice.occurred_on, known_on)
    event = Event(kind, notice.occurred_on, known_on, notice.claimed_on, notice.extraordinary)
    cover = cover_of(ctx, line, policy, event)
    claim = claim_from(ctx, notice, found, cover, known_on)
    file = File(claim=claim, line=policy.line, persons=line.persons)
    file.events.append(("claim.notified", {"policy": policy.policy_number, "kind": kind.code}))
    ctx.session.add(claim)
    ctx.session.flush()  # its movements refer to it
    term = term_on(ctx, policy, notice.occurred_on)
    if not cover.consorcio and (term is not None or not callable(kind.reserve)):
        file.set_reserve(Head.INDEMNITY, kind.opening_reserve(term.risk if term else {}), ctx.today, "opening")
    findings = (*cover.findings, *lateness(ctx, claim), *twins(ctx, claim))
    keep(ctx, file)
    return NotifiedClaim(
        **checked(found, event, cover) | {"findings": findings}, claim=claim.claim_number, state=claim.state,
        reserve=claim.reserve, documents=kind.documents, steps=step_rows(file, kind, ctx.actor.locale),
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Comprobar la cobertura de un siniestro"),
    examples=(
        "¿Está cubierta la rotura de lunas en la póliza 0903-92550447?",
        "¿Cubre la póliza el robo del coche?",
        "Comprueba si el seguro cubre una rotura de lunas de ayer",
        "¿Está en carencia la cirugía del perro de Raquel Gómez?",
        "Is a broken windscreen covered by policy 0903-92550447?",
        "Check the coverage of a theft yesterday",
    ),
)
def check_coverage(ctx: Context, notice: ClaimNotice) -> CoverageCheck:
    """Whether a loss of a kind on a day is covered, and why, with the articles; nothing is kept.

    Looks at the policy's dates, the premium (LCS art. 15), the coverage bought, its waiting
    period, extraordinary causes, and limitation.
    """
    found = read_notice(ctx, notice)
    event = Event(found.kind, notice.occurred_on, notice.known_on or ctx.today, notice.claimed_on, notice.extraordinary)
    return CoverageCheck(**checked(found, event, cover_of(ctx, found.line, found.policy, event)))


def checked(found: Found, event: Event, cover: Cover) -> dict[str, Any]:
    """The fields of an answer about cover."""
    fixed = cover.deductible
    return {
        "policy": found.policy.policy_number, "line": found.policy.line, "kind": found.kind.code,
        "kind_label": found.kind.label, "occurred_on": event.occurred_on, "covered": cover.answer,
        "coverage": cover.coverage, "sum_insured": cover.sum_insured, "consorcio": cover.consorcio,
        "deductible": fixed.amount if fixed and fixed.kind is DeductibleKind.FIXED else None,
        "findings": cover.findings,
    }  # fmt: skip


def claim_from(ctx: Context, notice: ClaimNotice, found: Found, cover: Cover, known_on: date) -> Claim:
    """The record of a new claim, with what was agreed on the day of the loss."""
    fixed = cover.deductible
    policy = found.policy
    return Claim(
        id=new_id(), claim_number=next_number(ctx, "SI").replace("-", "", 1), policy_id=policy.id,
        state=ClaimState.NOTIFIED.value, cause=translate(found.kind.label, "es"), occurred_on=notice.occurred_on,
        known_on=known_on, description=notice.description, kind=found.kind.code, coverage=cover.coverage,
        place=notice.place, claimant=notice.claimant, claimed_on=notice.claimed_on, sum_insured=cover.sum_insured,
        deductible=fixed.amount if fixed and fixed.kind is DeductibleKind.FIXED else None,
        limit_amount=cover.sum_insured, consorcio=cover.consorcio or None, reserve=ZERO, paid_amount=ZERO,
    )  # fmt: skip


def check_dates(ctx: Context, occurred_on: date, known_on: date) -> None:
    """Refuse a loss that has not happened, or that was known before it did."""
    if occurred_on > ctx.today:
        raise BadArguments(N_("La fecha del siniestro («{field}») no puede ser posterior a hoy."), field="occurred_on")
    if not occurred_on <= known_on <= ctx.today:
        raise BadArguments(N_("Revise «{field}»: nadie conoce un siniestro antes de que ocurra."), field="known_on")


def lateness(ctx: Context, claim: Claim) -> Sequence[Finding]:
    """A warning if the seven days for declaring it have passed: damages only, no loss of right (LCS art. 16)."""
    findings = Findings(ctx.actor.locale)
    if ctx.today > claim.known_on + DECLARE:
        text = N_("Han pasado más de siete días desde que se conoció: el retraso solo obliga a indemnizar los "
                  "perjuicios que cause.")  # fmt: skip
        findings.add("warn", text, "LCS art. 16")
    return findings.found


def twins(ctx: Context, claim: Claim) -> Sequence[Finding]:
    """A warning if the same loss seems to be there already."""
    findings = Findings(ctx.actor.locale)
    same = select(Claim.claim_number).where(
        Claim.policy_id == claim.policy_id, Claim.occurred_on == claim.occurred_on, Claim.id != claim.id, alive(Claim)
    )
    for number in ctx.session.exec(same.limit(3)):
        text = N_("Ya hay un siniestro de esa póliza y ese día: {claim}.")
        findings.add("warn", text, "kernel.claim", claim=number)
    return findings.found


# --- Reading the notice ---------------------------------------------------------------------


def read_notice(ctx: Context, notice: ClaimNotice) -> Found:
    """The policy that a notice is about and the kind of loss.

    Raises:
        BadArguments: nothing says whose policy, or the kind can't be told; asks for it.
        Ambiguous: several policies could answer.
        Conflict: none could.
    """
    said = notice.kind or notice.description
    if notice.policy is not None:
        policy = resolve_policy(ctx, notice.policy)
    elif notice.customer is not None:
        policy = policy_for(ctx, notice, said)
    else:
        raise BadArguments(N_("¿De qué cliente o de qué póliza es el siniestro?"), field="customer")
    line = known_line(policy.line)
    if line is None or not line.claims:
        text = N_("Este ramo («{line}») no tiene tipos de siniestro declarados.")
        raise BadArguments(text, field="policy", line=policy.line)
    return Found(policy, line, kind_of(ctx, line, policy, notice, said))


def policy_for(ctx: Context, notice: ClaimNotice, said: str) -> Policy:
    """The one policy of a customer that could answer on the day of the loss."""
    customer = resolve_customer(ctx, notice.customer or "")
    mine = or_(col(Policy.policyholder_id) == customer.id, col(Policy.insured_id) == customer.id)
    query = select(Policy).where(mine, alive(Policy)).order_by(col(Policy.effective_on).desc()).limit(100)
    held = [p for p in ctx.session.exec(query) if notice.line in (None, p.line) and has_claims(p)]
    if not held:
        raise NoPolicyForClaim(customer=customer.name)
    running = [p for p in held if p.started_on <= notice.occurred_on < (p.ended_on or p.expires_on)] or held
    fitting = [p for p in running if recognised(types_of(p), said)] or running
    return one_of(fitting, choice_label, "policy", customer.name, PolicyNotFound)


def choice_label(policy: Policy) -> str:
    """A policy as a person tells it from the customer's others."""
    return f"{policy_label(policy)} {policy.risk_description}".strip()


def has_claims(policy: Policy) -> bool:
    """Whether the policy's line declares what can happen."""
    return bool(types_of(policy))


def types_of(policy: Policy) -> Sequence[ClaimType]:
    """What can happen to what a policy insures."""
    line = known_line(policy.line)
    return line.claims if line else ()


def kind_of(ctx: Context, line: Line, policy: Policy, notice: ClaimNotice, said: str) -> ClaimType:
    """The kind of loss that a text tells of; of several as likely, the one whose coverage was bought."""
    found = recognised(line.claims, said)
    if len(found) > 1:
        held = coverages_of(line, term) if (term := term_on(ctx, policy, notice.occurred_on)) else frozenset()
        bought = [kind for kind in found if held.intersection(kind.coverages)]
        found = bought or found
    if len(found) == 1:
        return found[0]
    options = found or line.claims
    labels = "; ".join(translate(kind.label, ctx.actor.locale).lower() for kind in options)
    raise BadArguments(N_("¿Qué tipo de siniestro es? Puede ser: {labels}."), field="kind", labels=labels)
