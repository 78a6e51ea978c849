"""The kernel's tools: the book of policies and claims, found, shown, listed, summed, reviewed."""

import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, Field
from sqlmodel import col, func, select

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments
from core.i18n import N_
from core.money import ZERO
from modules.core_business.crm import Customer, CustomerRef, resolve_customer
from modules.insurance.kernel.lines import installed_lines
from modules.insurance.kernel.lookup import PolicyRef, alive, listed, resolve_policy
from modules.insurance.kernel.lookup import find_mentions as mentions_in
from modules.insurance.kernel.records import Claim, Collaborator, Insurer, Policy, Receipt
from modules.insurance.kernel.review import review_book as findings_of
from modules.insurance.kernel.states import ClaimState, PolicyState, ReceiptState, move
from modules.insurance.kernel.views import (
    BookSummary,
    ClaimList,
    LineSummary,
    PolicyRow,
    PolicyView,
    RenewalList,
    claim_row,
    policy_row,
    policy_view,
    receipt_row,
    renewal_row,
)
from tools import Risk, Slot, tool
from tools.results import Mentions, Review

OPEN_CLAIMS: Final = frozenset(ClaimState) - {ClaimState.PAID, ClaimState.REJECTED, ClaimState.CLOSED}

LINE_WORDS: Final = {
    "autos": ("autos", "auto", "coche", "coches", "automóvil", "vehículo", "motor", "car"),
    "hogar": ("hogar", "casa", "vivienda", "home", "household"), "vida": ("vida", "life"),
    "salud": ("salud", "médico", "health"), "decesos": ("decesos", "entierro", "funeral"),
    "empresas": ("empresas", "pyme", "business"), "rc": ("responsabilidad civil", "rc", "liability"),
    "multirriesgo": ("multirriesgo", "comercio", "multi-risk"), "ahorro": ("ahorro", "savings"),
    "pensiones": ("pensiones", "pension", "pensions"), "unit-linked": ("unit linked", "unit-linked"),
    "ciber": ("ciber", "ciberriesgo", "cyber"), "transporte": ("transporte", "mercancías", "transport", "cargo"),
    "mascotas": ("mascotas", "perro", "pets"), "comunidades": ("comunidades", "comunidad", "communities"),
    "agrario": ("agrario", "agroseguro", "agricultural"), "credito": ("crédito", "credit"),
    "caucion": ("caución", "avales", "surety", "bond"), "ingenieria": ("ingeniería", "construcción", "engineering"),
    "industrial": ("industrial",),
}  # fmt: skip


def known_line(code: str) -> str:
    """`code`, if we have such a line of business."""
    if code not in LINE_WORDS and all(line.code != code for line in installed_lines()):
        raise ValueError(N_("no es un ramo de la correduría"))
    return code


LineCode: TypeAlias = Annotated[
    str,
    AfterValidator(known_line),
    Field(description=N_("Ramo"), json_schema_extra={"enum": list(LINE_WORDS)}),
    Slot(cues=("ramo", "line"), words=LINE_WORDS, ask=N_("¿De qué ramo?")),
]
PolicyStateChoice: TypeAlias = Annotated[
    PolicyState,
    Slot(
        cues=("estado", "status"),
        words={
            "in_force": ("en vigor", "vigente", "vigentes", "activas", "in force", "active"),
            "suspended": ("suspendida", "suspendidas", "suspended"),
            "cancelled": ("anulada", "anuladas", "canceladas", "cancelled"),
            "expired": ("vencida", "vencidas", "expired"),
            "pending_signature": ("pendiente de firma", "pendientes de firma", "awaiting signature"),
        },
    ),
]
ClaimStateChoice: TypeAlias = Annotated[
    ClaimState,
    Slot(
        words={
            "open": ("sin peritar", "recién abiertos"),
            "adjusting": ("en peritación", "being adjusted"),
            "paid": ("pagados", "pagado", "paid"),
            "rejected": ("rechazados", "rechazado", "rejected"),
            "closed": ("cerrados", "cerrado", "closed"),
        }
    ),
]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=200)]


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Pólizas, recibos y cotizaciones nombrados en un texto"),
    examples=("Qué pólizas se nombran en este texto", "Which policies and receipts does this text name?"),
)
def find_mentions(ctx: Context, text: Annotated[str, Field(max_length=20_000)]) -> Mentions:
    """Policies, receipts, quotes, claims and insurers that a text names, by number, plate or name."""
    return Mentions(mentions=mentions_in(ctx, unicodedata.normalize("NFC", text)))


def joined(ctx: Context, where: list[Any], limit: int) -> Sequence[tuple[Policy, str, str]]:
    """Policies that fit, each with the names of its policyholder and insurer, by expiry."""
    query = (
        select(Policy, Customer.name, Insurer.name)
        .join(Customer, onclause=col(Customer.id) == col(Policy.policyholder_id))
        .join(Insurer, onclause=col(Insurer.id) == col(Policy.insurer_id))
        .where(*where).order_by(col(Policy.expires_on), col(Policy.policy_number)).limit(limit)
    )  # fmt: skip
    return ctx.session.exec(query).all()


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Ver una póliza"),
    examples=(
        "Enséñame la póliza 0903-92550447",
        "Qué cubre la póliza del coche 8084 PZB",
        "Detalle de la póliza",
        "Cuándo vence la póliza 0902-88526368",
        "Show me policy 0903-92550447",
    ),
)
def show_policy(ctx: Context, policy: PolicyRef) -> PolicyView:
    """One policy with its premium, its receipts and its claims; by number, id or plate."""
    found = resolve_policy(ctx, policy)
    customer = ctx.get(Customer, found.policyholder_id)
    insurer = ctx.get(Insurer, found.insurer_id)
    collaborator = ctx.get(Collaborator, found.collaborator_id).name if found.collaborator_id else None
    receipts = ctx.session.exec(
        select(Receipt)
        .where(Receipt.policy_id == found.id, alive(Receipt))
        .order_by(col(Receipt.due_on), col(Receipt.id))
    ).all()
    claims = ctx.session.exec(
        select(Claim).where(Claim.policy_id == found.id, alive(Claim)).order_by(col(Claim.occurred_on).desc())
    ).all()
    return policy_view(
        found, customer.name, insurer.name, collaborator, tuple(receipt_row(receipt) for receipt in receipts),
        tuple(claim_row(claim, found, customer.name) for claim in claims),
    )  # fmt: skip


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la firma de una póliza"),
    examples=(
        "El cliente ha firmado la póliza P-2026-000123",
        "Anota la firma de la póliza P-2026-000123",
        "Record that the client has signed policy P-2026-000123",
    ),
)
def record_signature(
    ctx: Context,
    policy: PolicyRef,
    signed_on: Annotated[date, Slot(ask=N_("¿Qué día se firmó?"), cues=("firmó", "firmada", "signed"))],
    evidence: Annotated[
        str, Field(min_length=1, max_length=500), Slot(ask=N_("¿Dónde consta la firma (documento, plataforma)?"))
    ],
) -> PolicyRow:
    """Note that the policyholder has signed, limiting clauses included (LCS arts. 3 and 5).

    The policy then waits for its first premium, or is in force if that is paid (LCS art. 15).
    """
    found = resolve_policy(ctx, policy)
    if not found.created_at.date() - timedelta(days=1) <= signed_on <= ctx.today:
        text = N_("La fecha de la firma («{field}») debe estar entre la emisión de la póliza y hoy.")
        raise BadArguments(text, field="signed_on")
    move(found, PolicyState.PENDING_FIRST_PREMIUM)
    found.signed_on, found.signature_evidence = signed_on, evidence
    ctx.session.add(found)
    ctx.emit("policy.signed", found.id, signed_on=signed_on.isoformat())
    first = select(Receipt).where(Receipt.policy_id == found.id, Receipt.instalment_no == 1, Receipt.kind == "new")
    receipt = ctx.session.exec(first).first()
    if receipt is not None and receipt.state in (ReceiptState.PAID, ReceiptState.SETTLED):
        move(found, PolicyState.IN_FORCE)
        ctx.emit("policy.activated", found.id, receipt=str(receipt.id))
    customer, insurer = ctx.get(Customer, found.policyholder_id), ctx.get(Insurer, found.insurer_id)
    return policy_row(found, customer.name, insurer.name)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Próximas renovaciones"),
    examples=(
        "Qué pólizas vencen en los próximos 30 días",
        "Renovaciones de este mes",
        "Qué renovaciones hay en enero",
        "Lista las renovaciones de autos",
        "Which policies are up for renewal in the next 60 days?",
        "Upcoming renewals",
    ),
)
def list_renewals(
    ctx: Context,
    days: Annotated[int, Field(ge=1, le=366), Slot(units=("días", "days"), cues=("próximos", "next"))] = 60,
    customer: CustomerRef | None = None,
    line: LineCode | None = None,
    limit: Limit = 50,
) -> RenewalList:
    """Policies in force that expire within `days`, with the last day for each side to oppose.

    The insurer has until two calendar months before the expiry and the client until one
    (LCS art. 22); a price change announced later entitles the client to leave.
    """
    last = ctx.today + timedelta(days=days)
    where = [
        alive(Policy), col(Policy.state) == PolicyState.IN_FORCE, col(Policy.expires_on).between(ctx.today, last),
    ]  # fmt: skip
    if customer:
        where.append(col(Policy.policyholder_id) == resolve_customer(ctx, customer).id)
    if line:
        where.append(col(Policy.line) == line)
    rows = tuple(
        renewal_row(p, name, insurer, add_months(p.expires_on, -2), add_months(p.expires_on, -1), ctx.today)
        for p, name, insurer in joined(ctx, where, limit)
    )
    total, premium = ctx.session.exec(
        select(func.count(), func.coalesce(func.sum(Policy.total_premium), ZERO)).where(*where)
    ).one()
    return RenewalList(renewals=rows, total=total, premium=premium)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Siniestros"),
    examples=(
        "Qué siniestros tiene Álvaro Ramos",
        "¿Ha tenido algún parte o siniestro Álvaro Ramos?",
        "Siniestros abiertos",
        "Lista los siniestros de hogar",
        "Lista los siniestros de la póliza 0903-92550447",
        "Which claims are open?",
        "List the claims of Raquel Gómez",
    ),
)
def list_claims(
    ctx: Context,
    customer: CustomerRef | None = None,
    policy: Annotated[str, Slot(ref="policy")] | None = None,
    line: LineCode | None = None,
    state: ClaimStateChoice | None = None,
    only_open: Annotated[bool, Slot(words={"true": ("abiertos", "sin cerrar", "en curso", "open")})] = False,
    limit: Limit = 50,
) -> ClaimList:
    """Claims of a customer, a policy, a line or a state, newest first, with reserve and payments."""
    where: list[Any] = [alive(Claim), col(Claim.policy_id) == col(Policy.id)]
    if customer:
        where.append(col(Policy.policyholder_id) == resolve_customer(ctx, customer).id)
    if policy:
        where.append(col(Claim.policy_id) == resolve_policy(ctx, policy).id)
    if line:
        where.append(col(Policy.line) == line)
    if state:
        where.append(col(Claim.state) == state)
    if only_open:
        where.append(col(Claim.state).in_(OPEN_CLAIMS))
    query = (
        select(Claim, Policy, Customer.name).where(*where, col(Customer.id) == col(Policy.policyholder_id))
        .order_by(col(Claim.occurred_on).desc(), col(Claim.claim_number)).limit(limit)
    )  # fmt: skip
    total, reserve = ctx.session.exec(
        select(func.count(), func.coalesce(func.sum(Claim.reserve), ZERO)).where(*where)
    ).one()
    rows = tuple(claim_row(claim, held, name) for claim, held, name in ctx.session.exec(query))
    return ClaimList(claims=rows, total=total, reserve=reserve)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Resumen de la cartera"),
    examples=(
        "Resume la cartera",
        "Cuántas pólizas tenemos en vigor",
        "Cuánta prima tenemos en hogar",
        "Resumen de la cartera por ramos",
        "Summarise our book",
        "How much premium do we have in motor?",
    ),
)
def summarise_book(ctx: Context, line: LineCode | None = None) -> BookSummary:
    """The book by line: policies, those in force with their yearly premium, and claims."""
    lines = sorted(line_summaries(ctx, line), key=lambda summary: summary.line)
    return BookSummary(
        lines=tuple(lines), policies=sum(s.policies for s in lines), in_force=sum(s.in_force for s in lines),
        net_premium=sum((s.net_premium for s in lines), ZERO),
        total_premium=sum((s.total_premium for s in lines), ZERO),
        claims=sum(s.claims for s in lines), open_claims=sum(s.open_claims for s in lines),
    )  # fmt: skip


def line_summaries(ctx: Context, line: str | None) -> list[LineSummary]:
    """One summary a line that has policies."""
    where: list[Any] = [alive(Policy)] + ([col(Policy.line) == line] if line else [])
    in_force = col(Policy.state) == PolicyState.IN_FORCE
    premiums = (
        func.coalesce(func.sum(column).filter(in_force), ZERO) for column in (Policy.net_premium, Policy.total_premium)
    )
    policies = ctx.session.exec(
        listed(Policy.line, func.count(), func.count().filter(in_force), *premiums).where(*where).group_by(Policy.line)
    )
    open_ones = func.count().filter(col(Claim.state).in_(OPEN_CLAIMS))
    claims = ctx.session.exec(
        listed(Policy.line, func.count(), open_ones, func.sum(Claim.reserve), func.sum(Claim.paid_amount))
        .where(*where, col(Claim.policy_id) == col(Policy.id), alive(Claim)).group_by(Policy.line)
    )  # fmt: skip
    by_line = {found: figures for found, *figures in claims}
    summaries = []
    for found, count, live, net, total in policies:
        claimed, still_open, reserve, paid = by_line.get(found, (0, 0, ZERO, ZERO))
        summaries.append(LineSummary(
            line=found, policies=count, in_force=live, net_premium=Decimal(net), total_premium=Decimal(total),
            claims=claimed, open_claims=still_open, reserve=reserve, paid_claims=paid,
        ))  # fmt: skip
    return summaries


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Revisar la cartera de un cliente"),
    examples=(
        "Revisa las pólizas de Álvaro Ramos",
        "Qué siniestralidad tiene este cliente",
        "Tiene pólizas suspendidas o a punto de vencer Raquel Gómez",
        "Review the policies of Raquel Gómez",
    ),
)
def review_book(ctx: Context, customer: CustomerRef) -> Review:
    """What to mind in a customer's policies: claims, suspensions, and renewal deadlines (LCS 15, 22)."""
    found = resolve_customer(ctx, customer)
    policies = ctx.session.exec(
        select(Policy).where(Policy.policyholder_id == found.id, alive(Policy)).order_by(col(Policy.expires_on))
    ).all()
    claims = ctx.session.exec(
        select(Claim).where(col(Claim.policy_id).in_([p.id for p in policies]), alive(Claim))
    ).all()
    return Review(subject=found.name, findings=findings_of(policies, claims, ctx.actor.locale, ctx.today))
