"""Deadlines as tools: those of a policy with article and consequence, the next ones of all, facts that start some."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import PolicyRef, alive, resolve_policy
from modules.insurance.kernel.policies.law import Rule, rule, rules_for
from modules.insurance.kernel.policies.reasons import PARTIES
from modules.insurance.kernel.policies.records import Deadline
from modules.insurance.kernel.policies.situation import Running, deadlines_of, renewable
from modules.insurance.kernel.policies.watching import RUNNING, watch
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.views import PolicyNumber, day, listed
from tools import Risk, Slot, tool
from tools.results import Result

LATELY: Final = timedelta(90)  # passed deadlines that are still shown


class RiskFact(StrEnum):
    """What somebody learnt of a risk, from which the law counts."""

    AGGRAVATION = "aggravation"
    PROPOSED_CHANGE = "proposed_change"
    REDUCTION = "reduction"
    MISSTATEMENT = "misstatement"
    TRANSFER = "transfer"


EVENTS: Final[Mapping[RiskFact, str]] = {
    RiskFact.AGGRAVATION: "risk.aggravated", RiskFact.PROPOSED_CHANGE: "risk.change_proposed",
    RiskFact.REDUCTION: "risk.reduced", RiskFact.MISSTATEMENT: "risk.misstated",
    RiskFact.TRANSFER: "object.transferred",
}  # fmt: skip
FactChoice: TypeAlias = Annotated[
    RiskFact,
    Slot(
        ask=N_("¿Qué ha pasado: agravación, disminución, inexactitud, transmisión o propuesta de cambio?"),
        words={
            "aggravation": ("agravación", "se ha agravado", "aggravation", "aggravated"),
            "proposed_change": ("propuesta de modificación", "propone cambiar", "proposed change"),
            "reduction": ("disminución", "ha disminuido", "reduction of risk"),
            "misstatement": ("inexactitud", "declaró mal", "misstatement"),
            "transfer": ("transmisión", "se ha vendido", "vendió", "transfer", "sold"),
        },
    ),
]


class DeadlineRow(BaseModel):
    """One deadline: who must or may do what until when, by which article, and what follows."""

    model_config = ConfigDict(frozen=True)

    policy: PolicyNumber
    number: int  # in the reference's table of deadlines
    code: str
    article: str
    kind: str
    who: str
    what: str
    subject: str
    began_on: date
    due_on: date
    days_left: int
    state: str
    consequence: str

    def told(self, locale: Locale) -> str:
        """The deadline as a sentence."""
        text = N_("Hasta el {on}, {who}: {what} {subject}({article}). {then}")
        return translate(
            text, locale, on=day(self.due_on), who=translate(PARTIES[self.who], locale), what=self.what,
            subject=f"{self.subject} " if self.subject and not self.subject[:4].isdigit() else "",
            article=self.article, then=self.consequence,
        )  # fmt: skip


class DeadlineList(Result):
    """Deadlines, soonest first."""

    deadlines: tuple[DeadlineRow, ...]
    total: int

    def told(self, locale: Locale) -> str:
        """The next few that have not passed."""
        rows = [row for row in self.deadlines if row.state in RUNNING]
        if not rows:
            return translate(N_("No corre ningún plazo."), locale)
        return listed([row.told(locale) for row in rows], len(rows), locale)


class RiskFactNoted(Result):
    """What was noted of a risk, and the deadlines that it starts."""

    policy: PolicyNumber
    fact: str
    known_on: date
    deadlines: tuple[DeadlineRow, ...]

    def told(self, locale: Locale) -> str:
        """The deadlines."""
        head = translate(N_("Anotado en la póliza {policy}."), locale, policy=self.policy)
        return " ".join((head, *(row.told(locale) for row in self.deadlines)))


def row_of(policy: Policy, rule: Rule, found: Running | Deadline, today: date, locale: Locale) -> DeadlineRow:
    """A deadline as it is shown."""
    return DeadlineRow(
        policy=policy.policy_number, number=rule.number, code=rule.code, article=rule.article, kind=rule.kind,
        who=rule.who, what=translate(rule.title, locale), subject=found.subject, began_on=found.began_on,
        due_on=found.due_on, days_left=(found.due_on - today).days, state=str(found.state),
        consequence=translate(rule.consequence, locale),
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Plazos legales de una póliza"),
    examples=(
        "Qué plazos legales corren en la póliza 0903-92550447",
        "Hasta cuándo puede oponerse el cliente a la prórroga de la póliza 0903-92550447",
        "Which legal deadlines run for policy 0903-92550447?",
    ),
)
def show_deadlines(ctx: Context, policy: PolicyRef) -> DeadlineList:
    """The law's deadlines of a policy, each with its last day, its article and what follows; soonest first."""
    found = resolve_policy(ctx, policy)
    rows = [
        row_of(found, row.rule, row, ctx.today, ctx.actor.locale)
        for row in deadlines_of(ctx, line_of(found.line), found)
        if row.due_on >= ctx.today - LATELY
    ]
    return DeadlineList(deadlines=tuple(rows), total=len(rows))


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Próximos plazos legales"),
    examples=(
        "Qué plazos legales vencen esta semana",
        "Próximos plazos legales de las pólizas",
        "Which legal deadlines are coming up?",
    ),
)
def list_deadlines(
    ctx: Context,
    days: Annotated[int, Field(ge=1, le=366), Slot(units=("días", "days"), cues=("próximos", "next"))] = 30,
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> DeadlineList:
    """Watched deadlines of all policies that end within so many days, soonest first."""
    last = ctx.today + timedelta(days)
    query = (
        select(Deadline, Policy)
        .join(Policy, onclause=col(Policy.id) == col(Deadline.policy_id))
        .where(col(Deadline.state).in_(RUNNING), col(Deadline.due_on) <= last, alive(Deadline))
    )
    found = ctx.session.exec(query.order_by(col(Deadline.due_on), col(Deadline.id)).limit(limit)).all()
    rows = tuple(row_of(policy, rule(one.code), one, ctx.today, ctx.actor.locale) for one, policy in found)
    return DeadlineList(deadlines=rows, total=len(rows))


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar un hecho del riesgo"),
    examples=(
        "Anota que se ha agravado el riesgo de la póliza 0903-92550447",
        "Anota la transmisión del objeto asegurado de la póliza 0903-92550447",
        "Record an aggravation of risk in policy 0903-92550447",
    ),
)
def record_risk_fact(
    ctx: Context,
    policy: PolicyRef,
    fact: FactChoice,
    known_on: Annotated[date, Slot(ask=N_("¿Qué día se supo?"), cues=("supo", "conoció", "known"))],
) -> RiskFactNoted:
    """Note an aggravation, reduction, misstatement or transfer, and watch the deadlines that it starts.

    LCS arts. 10 to 13, 34 and 35.
    """
    found = resolve_policy(ctx, policy)
    if not found.started_on <= known_on <= ctx.today:
        text = N_("La fecha («{field}») debe estar entre el inicio de la póliza y hoy.")
        raise BadArguments(text, field="known_on")
    line = line_of(found.line)
    rows = []
    for row in rules_for(line, renewable=renewable(line, ctx, found), on=known_on):
        if row.trigger == fact:
            due_on = found.expires_on if row.until == "expiry" else row.last_day(known_on)
            watched = watch(ctx, found, row.code, known_on, subject=known_on.isoformat(), due_on=due_on)
            rows.append(row_of(found, row, watched, ctx.today, ctx.actor.locale))
    ctx.emit(EVENTS[fact], found.id, known_on=known_on.isoformat())
    return RiskFactNoted(policy=found.policy_number, fact=fact, known_on=known_on, deadlines=tuple(rows))
