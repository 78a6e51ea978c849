"""Endorsements as tools: price a change, look at it, issue it, sign it or take it back."""

from datetime import date
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, NotFound
from core.i18n import N_
from core.money import ZERO
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import PolicyRef, alive, as_uuid, by_id, given, one_of, resolve_policy
from modules.insurance.kernel.policies import endorsing
from modules.insurance.kernel.policies.endorsement_views import (
    EndorsementList,
    EndorsementRow,
    EndorsementView,
    endorsement_row,
    endorsement_view,
)
from modules.insurance.kernel.policies.endorsing import EndorsementKind, again, base_of, propose, request
from modules.insurance.kernel.records import Endorsement, Policy, Receipt
from modules.insurance.kernel.states import EndorsementState, move
from modules.insurance.kernel.terms import terms_of
from tools import Risk, Slot, tool

CHOICES: Final = 10
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=500)]
EndorsementRef: TypeAlias = Annotated[
    str, Slot(ref="endorsement", ask=N_("¿Qué suplemento? Indique el número, como E-2026-000123."))
]
Changes: TypeAlias = Annotated[
    dict[str, Any],
    Field(min_length=1, max_length=40, description=N_("Datos que cambian: nombre del campo y su nuevo valor")),
    Slot(ask=N_("¿Qué dato de la póliza cambia y cuál es su nuevo valor?")),
]
KindChoice: TypeAlias = Annotated[
    EndorsementKind, Slot(words={"beneficiary_change": ("beneficiario",), "holder_change": ("tomador",)})
]


class EndorsementNotFound(NotFound):
    """No endorsement of this tenant answers to the reference."""

    text = N_("No encuentro ningún suplemento «{ref}». Indique su número, como E-2026-000123.")


def resolve_endorsement(ctx: Context, text: str) -> Endorsement:
    """The one endorsement that `text` names: id or number."""
    wanted = given(text, "endorsement")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, Endorsement, id, EndorsementNotFound, wanted)
    query = select(Endorsement).where(Endorsement.endorsement_number == wanted.upper(), alive(Endorsement))
    found = ctx.session.exec(query.limit(CHOICES)).all()
    return one_of(found, lambda one: one.endorsement_number, "endorsement", wanted, EndorsementNotFound)


def view_of(ctx: Context, policy: Policy, endorsement: Endorsement) -> EndorsementView:
    """All of an endorsement, its arithmetic told again from what it keeps."""
    line = line_of(policy.line)
    base = next(term for term in terms_of(ctx, policy) if term.number == endorsement.base_term)
    receipt = ctx.get(Receipt, endorsement.receipt_id) if endorsement.receipt_id else None
    sums = again(ctx, line, policy, endorsement)
    return endorsement_view(line, policy, endorsement, (base.risk, base.details), sums, receipt)


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Calcular un suplemento"),
    examples=(
        "Calcula un suplemento de la póliza 0903-92550447 con garaje privado",
        "Cotiza un suplemento de la póliza P-2026-000123 con más límite",
        "Cuánto costaría el suplemento si cambia el vehículo de la póliza",
        "Quote an endorsement of policy P-2026-000123",
        "Price a mid-term change of the policy",
    ),
)
def quote_endorsement(
    ctx: Context,
    policy: PolicyRef,
    changes: Changes,
    effective_on: Annotated[date, Slot(cues=("efecto", "desde el", "from"))] | None = None,
    reason: Annotated[str, Field(max_length=500)] = "",
    kind: KindChoice | None = None,
) -> EndorsementView:
    """Price a change of a running policy to the end of its annuity; it binds nobody until it is issued.

    `changes` are fields of the line's risk or details with their new values (null takes one
    away), besides `policyholder` (another customer) and `mandate_ref`. From today unless
    `effective_on` says a later day.
    """
    found = resolve_policy(ctx, policy)
    line, base, on = line_of(found.line), base_of(ctx, found), effective_on or max(ctx.today, found.effective_on)
    proposal = propose(ctx, line, found, base, changes, on, kind)
    ctx.weigh(line=found.line)
    endorsement = request(ctx, line, found, base, proposal, on, reason)
    sums = (proposal.old, proposal.new, proposal.period, proposal.amounts)
    return endorsement_view(line, found, endorsement, (base.risk, base.details), sums, None)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Suplementos"),
    examples=(
        "Qué suplementos tiene la póliza 0903-92550447",
        "Lista los suplementos pendientes de firma",
        "Which endorsements does policy P-2026-000123 have?",
    ),
)
def list_endorsements(
    ctx: Context,
    policy: PolicyRef | None = None,
    state: Annotated[EndorsementState, Slot(words={"issued": ("pendientes de firma", "unsigned")})] | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
) -> EndorsementList:
    """Endorsements of a policy, a state or all, newest first, with the difference of premium."""
    where: list[Any] = [alive(Endorsement), col(Endorsement.policy_id) == col(Policy.id)]
    if policy:
        where.append(col(Policy.id) == resolve_policy(ctx, policy).id)
    if state:
        where.append(col(Endorsement.state) == state)
    query = select(Endorsement, Policy).where(*where).order_by(col(Endorsement.id).desc()).limit(limit)
    rows = tuple(endorsement_row(found, held) for found, held in ctx.session.exec(query))
    return EndorsementList(endorsements=rows)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Ver un suplemento"),
    examples=(
        "Enséñame el suplemento E-2026-000123",
        "Qué cambia y qué cuesta el suplemento E-2026-000123",
        "Show me endorsement E-2026-000123",
    ),
)
def show_endorsement(ctx: Context, endorsement: EndorsementRef) -> EndorsementView:
    """One endorsement: what changes, the difference by coverage, taxes, and its receipt."""
    found = resolve_endorsement(ctx, endorsement)
    return view_of(ctx, ctx.get(Policy, found.policy_id), found)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Emitir un suplemento"),
    examples=(
        "Emite el suplemento E-2026-000123",
        "Emite el suplemento E-2026-000123, el cliente lo acepta por correo",
        "Issue endorsement E-2026-000123",
    ),
)
def issue_endorsement(
    ctx: Context,
    endorsement: EndorsementRef,
    consent: Annotated[Text, Slot(ask=N_("¿Dónde consta el consentimiento expreso del cliente (LCS art. 21)?"))],
    insurer_ref: Annotated[Text, Slot(cues=("aceptación", "acceptance"))] | None = None,
) -> EndorsementView:
    """Change the policy as the endorsement says, with a receipt or refund for the difference; this binds both.

    A broker needs the client's express consent (LCS art. 21); a referred one, the insurer's
    acceptance.
    """
    found = resolve_endorsement(ctx, endorsement)
    policy = ctx.get(Policy, found.policy_id)
    line = line_of(policy.line)
    ctx.weigh(line=policy.line, amount=max(-found.total, ZERO), subjects=1)
    found.signature_evidence = consent
    receipt = endorsing.issue(ctx, line, policy, found, insurer_ref)
    base = next(term for term in terms_of(ctx, policy) if term.number == found.base_term)
    return endorsement_view(
        line, policy, found, (base.risk, base.details), again(ctx, line, policy, found), receipt
    )  # fmt: skip


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la firma de un suplemento"),
    examples=(
        "El cliente ha firmado el suplemento E-2026-000123",
        "Anota la firma del suplemento E-2026-000123",
        "Record that endorsement E-2026-000123 has been signed",
    ),
)
def sign_endorsement(
    ctx: Context,
    endorsement: EndorsementRef,
    signed_on: Annotated[date, Slot(ask=N_("¿Qué día se firmó?"), cues=("firmó", "firmado", "signed"))],
    evidence: Annotated[Text, Slot(ask=N_("¿Dónde consta la firma (documento, plataforma)?"))],
) -> EndorsementRow:
    """Note that the policyholder has signed an issued endorsement (LCS arts. 3 and 5)."""
    found = resolve_endorsement(ctx, endorsement)
    policy = ctx.get(Policy, found.policy_id)
    if not found.requested_on <= signed_on <= ctx.today:
        text = N_("La fecha de la firma («{field}») debe estar entre la petición del suplemento y hoy.")
        raise BadArguments(text, field="signed_on")
    move(found, EndorsementState.SIGNED)
    found.signed_on, found.signature_evidence = signed_on, evidence
    ctx.session.add(found)
    ctx.emit("endorsement.signed", found.id, policy=str(policy.id), signed_on=signed_on.isoformat())
    return endorsement_row(found, policy)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Rechazar un suplemento"),
    examples=(
        "Rechaza el suplemento E-2026-000123: el cliente no lo quiere",
        "Rechaza el suplemento E-2026-000123",
        "Reject endorsement E-2026-000123",
    ),
)
def reject_endorsement(
    ctx: Context,
    endorsement: EndorsementRef,
    reason: Annotated[Text, Slot(ask=N_("¿Por qué se rechaza el suplemento?"), cues=("porque", "because"))],
) -> EndorsementRow:
    """Take an endorsement back; one that was issued leaves the policy as before if nothing was paid for it."""
    found = resolve_endorsement(ctx, endorsement)
    policy = ctx.get(Policy, found.policy_id)
    ctx.weigh(line=policy.line)
    endorsing.reject(ctx, line_of(policy.line), policy, found, reason)
    return endorsement_row(found, policy)
