"""The renewal tools: what one policy will cost and why, renew it, and runs of many as jobs."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, TypeAlias

from pydantic import Field
from sqlmodel import col, or_, select

from core.context import Context
from core.dates import add_months
from core.errors import AitError, BadArguments, Conflict, NotFound
from core.i18n import N_, translate
from core.identifiers import new_id
from core.money import ZERO
from modules.core_business.crm import Customer
from modules.insurance.kernel.agreed import all_agreements
from modules.insurance.kernel.billing import receipt_counts
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lines import installed_lines, line_of
from modules.insurance.kernel.lookup import PolicyRef, alive, as_uuid, by_id, given, one_of, resolve_policy
from modules.insurance.kernel.numbering import next_number
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.renewals.acts import (
    INSURER_NOTICE,
    Dossier,
    begin_annuity,
    check_due,
    check_renewable,
    dossiers,
    late_for_change,
    lines_of,
    renew,
)
from modules.insurance.kernel.renewals.pricing import Cause, NextYear, next_year
from modules.insurance.kernel.renewals.records import RenewalItem, RenewalRun
from modules.insurance.kernel.renewals.views import ItemRow, RenewalPrice, RenewedPolicy, RunView
from modules.insurance.kernel.states import LABELS, PolicyState, RenewalState, move
from modules.insurance.kernel.tariff import Tariff
from modules.insurance.kernel.tariff_versions import tariff_for
from modules.insurance.kernel.terms import read_shelf
from modules.insurance.kernel.tools import LineCode
from modules.insurance.kernel.views import receipt_row
from tools import Risk, Slot, tool
from tools.results import Finding

PRICED_AT_ONCE: Final = 500  # policies of one step
RENEWED_AT_ONCE: Final = 200
LONGEST_WINDOW: Final = 12  # months of one run
SHOWN: Final = 20
RunRef: TypeAlias = Annotated[
    str, Slot(ref="renewal_run", ask=N_("¿Qué tanda de renovaciones? Indique su número, como REN-2026-000001."))
]
PriceIndex: TypeAlias = Annotated[
    Decimal,
    Field(ge=0, le=Decimal("0.25"), decimal_places=4, description=N_("Índice de precios, como fracción (0.03 es 3 %)")),
]


class RunNotFound(NotFound):
    """No run of this tenant answers to the reference."""

    text = N_("No encuentro ninguna tanda de renovaciones «{ref}».")


def resolve_run(ctx: Context, text: str) -> RenewalRun:
    """The one run that `text` names: id or number."""
    wanted = given(text, "run")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, RenewalRun, id, RunNotFound, wanted)
    fits = (RenewalRun.run_number == wanted.upper(), alive(RenewalRun))
    return one_of(
        ctx.session.exec(select(RenewalRun).where(*fits).limit(2)).all(), lambda run: run.run_number, "run", wanted,
        RunNotFound,
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Precio de la renovación"),
    examples=(
        "¿Cuánto costará la renovación de la póliza 0903-92550447 y por qué?",
        "Qué cambia en el precio al renovar esta póliza",
        "Cuánto va a subir el seguro del coche 8084 PZB",
        "What will the renewal of policy 0903-92550447 cost, and why?",
    ),
)
def preview_renewal(ctx: Context, policy: PolicyRef, index: PriceIndex = ZERO) -> RenewalPrice:
    """What a policy will cost in its next annuity, cause by cause; nothing is changed.

    The causes (age, experience, claims, indexed sums, tariff, taxes) add up to the change to the cent.
    """
    found = resolve_policy(ctx, policy)
    line, dossier = line_of(found.line), _dossier(ctx, found)
    check_renewable(line, found, dossier.terms[-1] if dossier.terms else None)
    year = next_year(line, found, dossier.terms, dossier.claims, index, _tariff(ctx, line, found))
    return RenewalPrice(
        policy=found.policy_number, customer=str(found.policyholder_id),
        customer_name=ctx.get(Customer, found.policyholder_id).name, line=found.line, renews_on=found.expires_on,
        before=year.before, after=year.after, change=year.after - year.before, causes=year.causes,
        rules_hit=year.rating.rules_hit, notice_until=add_months(found.expires_on, -INSURER_NOTICE),
        late_notice=late_for_change(found, year.before, year.after, ctx.today), findings=_findings(ctx, line, found),
    )  # fmt: skip


def _findings(ctx: Context, line: Line, policy: Policy) -> tuple[Finding, ...]:
    """What the line says to mind before the next annuity."""
    findings = Findings(ctx.actor.locale)
    line.renewal_review(ctx, policy, findings)
    return tuple(findings.found)


def _tariff(ctx: Context, line: Line, policy: Policy) -> Tariff:
    """What the policy's insurer will charge on its renewal."""
    return tariff_for(ctx, line, policy.insurer_id, policy.expires_on)


def _dossier(ctx: Context, policy: Policy) -> Dossier:
    return dossiers(ctx, {policy.id: line_of(policy.line)})[policy.id]


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Renovar una póliza"),
    examples=(
        "Renueva la póliza 0903-92550447",
        "Renueva el seguro del coche 8084 PZB",
        "Prorroga la póliza un año más",
        "Renew policy 0903-92550447",
    ),
)
def renew_policy(ctx: Context, policy: PolicyRef, index: PriceIndex = ZERO) -> RenewedPolicy:
    """Begin the next annuity of a policy at its new price, with its receipts; this binds client and insurer.

    Possible from three months before the expiry. A policy that is not in force, is ended, or
    does not go on by itself is refused with the reason.
    """
    found = resolve_policy(ctx, policy)
    line, dossier = line_of(found.line), _dossier(ctx, found)
    check_renewable(line, found, dossier.terms[-1] if dossier.terms else None)
    check_due(found, ctx.today)
    year = next_year(line, found, dossier.terms, dossier.claims, index, _tariff(ctx, line, found))
    ctx.weigh(line=found.line)
    receipts = renew(ctx, line, found, year)
    return RenewedPolicy(
        policy=found.policy_number, customer_name=ctx.get(Customer, found.policyholder_id).name,
        effective_on=found.effective_on, expires_on=found.expires_on, before=year.before, after=year.after,
        receipts=tuple(receipt_row(receipt) for receipt in receipts),
    )  # fmt: skip


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Preparar una tanda de renovaciones"),
    examples=(
        "Prepara la tanda de renovaciones de enero",
        "Calcula las renovaciones de todas las pólizas que vencen entre el 1 y el 31 de enero",
        "Prepara la renovación masiva de autos",
        "Plan the mass renewal of next month",
    ),
)
def plan_renewals(
    ctx: Context,
    from_on: Annotated[
        date, Slot(ask=N_("¿Desde qué fecha de vencimiento?"), cues=("desde", "entre", "from"), ahead=True)
    ],
    to_on: Annotated[
        date, Slot(ask=N_("¿Hasta qué fecha de vencimiento?"), cues=("hasta", "y el", "to", "until"), ahead=True)
    ],
    line: LineCode | None = None,
    index: PriceIndex = ZERO,
) -> RunView:
    """Price all policies in force that expire in a window, as a job; nothing is renewed yet.

    `kernel_show_renewals` shows how far it has come and what it would change.
    """
    if not from_on <= to_on <= add_months(from_on, LONGEST_WINDOW):
        text = N_("Revise «{field}»: la tanda abarca de un día a un año, en orden.")
        raise BadArguments(text, field="to_on")
    run = RenewalRun(
        id=new_id(), run_number=next_number(ctx, "REN"), state=RenewalState.PRICING.value, from_on=from_on, to_on=to_on,
        line=line, index=index,
    )  # fmt: skip
    ctx.session.add(run)
    ctx.emit("renewals.planned", run.id, from_on=from_on.isoformat(), to_on=to_on.isoformat())
    _go_on(ctx, run, "kernel_price_renewals")
    return _view(ctx, run)


def _go_on(ctx: Context, run: RenewalRun, tool: str) -> None:
    """Queue the next step of a run; the same step is queued once."""
    ctx.later(tool, f"renewals:{run.id}:{run.state}:{run.reached}", run=str(run.id))


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Seguir calculando una tanda de renovaciones"),
    examples=("Sigue calculando la tanda REN-2026-000001", "Go on pricing the run REN-2026-000001"),
)
def price_renewals(ctx: Context, run: RunRef) -> RunView:
    """Price the next policies of a run; a run that was interrupted goes on where it was."""
    found = resolve_run(ctx, run)
    _must_be(found, RenewalState.PRICING)
    policies = _next_policies(ctx, found)
    lines = {line.code: line for line in installed_lines()}
    known = dossiers(ctx, lines_of(policies, lines))
    for policy in policies:
        item = _priced(ctx, found, policy, lines.get(policy.line), known.get(policy.id))
        ctx.session.add(item)
    if policies:
        found.reached = policies[-1].id
    if len(policies) == PRICED_AT_ONCE:
        _go_on(ctx, found, "kernel_price_renewals")
    else:
        move(found, RenewalState.PLANNED)
        found.reached = None
        ctx.emit("renewals.priced", found.id, priced=found.priced_count, failed=found.failed_count)
    ctx.session.add(found)
    return _view(ctx, found)


def _next_policies(ctx: Context, run: RenewalRun) -> Sequence[Policy]:
    """The next policies of the window, in the order of their ids."""
    where = [
        alive(Policy), col(Policy.state) == PolicyState.IN_FORCE, col(Policy.ended_on).is_(None),
        col(Policy.expires_on).between(run.from_on, run.to_on),
    ]  # fmt: skip
    if run.line:
        where.append(col(Policy.line) == run.line)
    if run.reached is not None:
        where.append(col(Policy.id) > run.reached)
    return ctx.session.exec(select(Policy).where(*where).order_by(col(Policy.id)).limit(PRICED_AT_ONCE)).all()


def _priced(ctx: Context, run: RenewalRun, policy: Policy, line: Line | None, dossier: Dossier | None) -> RenewalItem:
    """The item of one policy; what can't be priced says why, and the run goes on."""
    item = RenewalItem(
        id=new_id(), run_id=run.id, policy_id=policy.id, policy_version=policy.version, state="priced",
        expires_on=policy.expires_on, total_before=policy.total_premium,
    )  # fmt: skip
    try:
        if line is None or dossier is None:
            line = line_of(policy.line)  # says that it is not installed
            dossier = Dossier((), ())
        check_renewable(line, policy, dossier.terms[-1] if dossier.terms else None)
        check_due(policy, ctx.today)
        year = next_year(line, policy, dossier.terms, dossier.claims, run.index, _tariff(ctx, line, policy))
    except AitError as error:
        item.state, item.problem = "failed", error.told("es")
        run.failed_count += 1
        return item
    item.tariff_version = year.tariff_version
    item.total_after, item.rules_hit = year.after, list(year.rating.rules_hit)
    item.causes = [cause.model_dump(mode="json") for cause in year.causes]
    item.risk, item.rating = dict(year.risk), year.rating.model_dump(mode="json")
    run.priced_count += 1
    run.total_before += year.before
    run.total_after += year.after
    return item


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Ver una tanda de renovaciones"),
    examples=(
        "Enséñame la tanda de renovaciones REN-2026-000001",
        "¿Cómo va la tanda de renovaciones?",
        "Qué pólizas de la tanda no se han podido calcular",
        "Show the renewal run REN-2026-000001",
    ),
)
def show_renewals(
    ctx: Context,
    run: RunRef,
    only_failed: Annotated[
        bool, Slot(words={"true": ("no se han podido", "sin precio", "con error", "failed")})
    ] = False,
    limit: Annotated[int, Field(ge=1, le=500)] = SHOWN,
) -> RunView:
    """A run: progress, old and new premium in sum, and its policies, the greatest rises first."""
    return _view(ctx, resolve_run(ctx, run), only_failed=only_failed, limit=limit)


def _view(ctx: Context, run: RenewalRun, *, only_failed: bool = False, limit: int = SHOWN) -> RunView:
    ctx.session.flush()
    where = [RenewalItem.run_id == run.id, alive(RenewalItem)]
    if only_failed:
        where.append(or_(col(RenewalItem.state) == "failed", col(RenewalItem.state) == "stale"))
    query = (
        select(RenewalItem, Policy.policy_number, Customer.name)
        .join(Policy, onclause=col(Policy.id) == col(RenewalItem.policy_id))
        .join(Customer, onclause=col(Customer.id) == col(Policy.policyholder_id)).where(*where)
        .order_by((col(RenewalItem.total_before) - col(RenewalItem.total_after)), col(RenewalItem.id)).limit(limit)
    )  # fmt: skip
    items = tuple(
        ItemRow(
            policy=number, customer_name=name, expires_on=item.expires_on, state=item.state, before=item.total_before,
            after=item.total_after, causes=tuple(Cause.model_validate(cause) for cause in item.causes),
            rules_hit=tuple(item.rules_hit), problem=item.problem,
        )
        for item, number, name in ctx.session.exec(query)
    )  # fmt: skip
    return RunView(
        run=run.run_number, state=run.state, from_on=run.from_on, to_on=run.to_on, line=run.line,
        priced=run.priced_count, renewed=run.renewed_count, failed=run.failed_count, stale=run.stale_count,
        before=run.total_before, after=run.total_after, items=items,
    )  # fmt: skip


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Lanzar una tanda de renovaciones"),
    examples=(
        "Lanza la tanda de renovaciones REN-2026-000001",
        "Renueva todas las pólizas de la tanda",
        "Start the renewal run REN-2026-000001",
    ),
)
def start_renewals(ctx: Context, run: RunRef) -> RunView:
    """Renew all policies of a run that were priced, as a job; this binds clients and insurers.

    Each at the price that the run shows; a policy that changed since is left out and said.
    """
    found = resolve_run(ctx, run)
    move(found, RenewalState.RUNNING)
    ctx.weigh(line=found.line or "", subjects=found.priced_count)
    ctx.session.add(found)
    ctx.emit("renewals.started", found.id, policies=found.priced_count)
    _go_on(ctx, found, "kernel_continue_renewals")
    return _view(ctx, found)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Seguir con una tanda de renovaciones"),
    examples=("Continúa la tanda de renovaciones REN-2026-000001", "Continue the renewal run REN-2026-000001"),
)
def continue_renewals(ctx: Context, run: RunRef) -> RunView:
    """Renew the next policies of a run that was started; an interrupted one goes on where it was."""
    found = resolve_run(ctx, run)
    _must_be(found, RenewalState.RUNNING)
    items = _next_items(ctx, found)
    with ctx.session.no_autoflush:  # all is written in one go
        _renew_all(ctx, found, items)
    if items:
        found.reached = items[-1].id
    if len(items) == RENEWED_AT_ONCE:
        _go_on(ctx, found, "kernel_continue_renewals")
    else:
        move(found, RenewalState.DONE)
        ctx.emit("renewals.done", found.id, renewed=found.renewed_count, stale=found.stale_count)
    ctx.session.add(found)
    return _view(ctx, found)


def _next_items(ctx: Context, run: RenewalRun) -> Sequence[RenewalItem]:
    where = [RenewalItem.run_id == run.id, RenewalItem.state == "priced", alive(RenewalItem)]
    if run.reached is not None:
        where.append(col(RenewalItem.id) > run.reached)
    query = select(RenewalItem).where(*where).order_by(col(RenewalItem.id)).limit(RENEWED_AT_ONCE)
    return ctx.session.exec(query).all()


def _renew_all(ctx: Context, run: RenewalRun, items: Sequence[RenewalItem]) -> None:
    """Renew the policies of `items` as those say; what changed since it was priced is left out."""
    mine = (col(Policy.id).in_([item.policy_id for item in items]), alive(Policy))
    policies = {policy.id: policy for policy in ctx.session.exec(select(Policy).where(*mine))}
    agreements, counts = all_agreements(ctx), receipt_counts(ctx, policies)
    shelves = {
        code: read_shelf(ctx, line_of(code), [policy.id for policy in policies.values() if policy.line == code])
        for code in {policy.line for policy in policies.values()}
    }
    bills = []
    for item in items:
        policy = policies.get(item.policy_id)
        if policy is None or policy.version != item.policy_version or policy.expires_on != item.expires_on:
            item.state, item.problem = "stale", N_("la póliza ha cambiado desde el cálculo")
            run.stale_count += 1
            continue
        year = NextYear(item.risk, Rating.model_validate(item.rating), item.total_before, (), item.tariff_version)
        bills.append(begin_annuity(
            ctx, line_of(policy.line), policy, year, shelves[policy.line], agreements, counts.get(policy.id, 0)
        ))  # fmt: skip
        item.state = "renewed"
        run.renewed_count += 1
    ctx.session.add_all([*items, *(receipt for bill in bills for receipt in bill.receipts)])
    ctx.session.flush()  # the lines refer to the receipts
    ctx.session.add_all([line for bill in bills for line in bill.lines])


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anular una tanda de renovaciones"),
    examples=("Anula la tanda de renovaciones REN-2026-000001", "Cancel the renewal run REN-2026-000001"),
)
def cancel_renewals(ctx: Context, run: RunRef) -> RunView:
    """Stop a run; what it has renewed stays renewed."""
    found = resolve_run(ctx, run)
    move(found, RenewalState.CANCELLED)
    ctx.session.add(found)
    ctx.emit("renewals.cancelled", found.id, renewed=found.renewed_count)
    return _view(ctx, found)


def _must_be(run: RenewalRun, state: RenewalState) -> None:
    if run.state != state:
        raise NotNow(run=run.run_number, current=run.state)


class NotNow(Conflict):
    """The run is not at this step."""

    text = N_("La tanda {run} no admite ese paso ahora: está en «{current}».")

    def told(self, locale: str) -> str:
        """The message with the state in words."""
        state = translate(LABELS[str(self.detail["current"])], locale)
        return translate(self.text, locale, run=self.detail["run"], current=state)
