"""Coverage advice (*asesoramiento de cobertura*): what a customer lacks, has twice, or has too little of.

Every line of it has its reason and its article. It reads needs, policies and what they
insure, never what the house earns (RDL 3/2020 art. 172.3): a test permutes the rates.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import col, select

from core.context import Context
from core.i18n import N_, Locale, translate
from modules.core_business.crm import Customer, CustomerRef, resolve_customer
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.lines import LineNotInstalled, installed_lines, line_label, line_of
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.needs import ASKED_OF, FACTS, IMPLIED, NEEDS, OVERLAPS, Need
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import PolicyState
from modules.insurance.kernel.terms import latest_term, typed_risk
from tools import Risk, Slot, tool
from tools.results import Result

RUNNING: Final = (PolicyState.IN_FORCE, PolicyState.REDUCED, PolicyState.PAID_UP)
TOLD: Final = 6

Yes: TypeAlias = bool | None


def said(*yes: str) -> Slot:
    """A fact that people state in these words."""
    return Slot(words={"true": yes})


class Situation(BaseModel):
    """Who is advised, and what is known of his life or firm; what is not said is asked for or follows from policies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer: CustomerRef
    owns_home: Annotated[Yes, said("vivienda en propiedad", "casa propia", "owns a home", "home owner")] = None
    rents_home: Annotated[Yes, said("de alquiler", "inquilino", "inquilina", "rents")] = None
    drives: Annotated[Yes, said("tiene coche", "conduce", "has a car", "drives")] = None
    has_family: Annotated[Yes, said("con hijos", "tiene hijos", "con familia", "has children", "has a family")] = None
    has_mortgage: Annotated[Yes, said("hipoteca", "mortgage")] = None
    self_employed: Annotated[Yes, said("autónomo", "autónoma", "por cuenta propia", "self-employed")] = None
    has_dog: Annotated[Yes, said("tiene perro", "tiene un perro", "has a dog")] = None
    premises: Annotated[Yes, said("tiene un local", "tiene una nave", "has premises")] = None
    uses_data: Annotated[Yes, said("trata datos", "vende por internet", "handles data", "sells online")] = None
    sells_on_credit: Annotated[Yes, said("vende a crédito", "sells on credit")] = None


class AdviceItem(BaseModel):
    """One piece of advice: what about, why, and what it rests on."""

    model_config = ConfigDict(frozen=True)

    lines: tuple[str, ...]
    policies: tuple[Annotated[str, Slot(ref="policy")], ...] = ()
    severity: Literal["note", "warn", "block"]
    text: str
    article: str


class CoverageAdvice(Result):
    """What is missing, what overlaps, which sums look low, and what to ask the customer still."""

    customer: Annotated[str, Slot(ref="customer")]
    name: str
    missing: tuple[AdviceItem, ...]
    overlaps: tuple[AdviceItem, ...]
    sums: tuple[AdviceItem, ...]
    questions: tuple[str, ...]

    def told(self, locale: Locale) -> str:
        """The advice, gravest first, each with its article; then what to ask."""
        items = sorted((*self.missing, *self.overlaps, *self.sums), key=lambda item: item.severity == "note")
        parts = [f"{item.text} ({item.article})." for item in _ended(items)[:TOLD]]
        if len(items) > TOLD:
            parts.append(translate(N_("Y {count} más."), locale, count=len(items) - TOLD))
        if not items:
            text = N_("Con lo que consta, {name} no tiene huecos, duplicidades ni capitales bajos.")
            parts.append(translate(text, locale, name=self.name))
        if self.questions:
            parts.append(translate(N_("Falta saber: {questions}"), locale, questions=" ".join(self.questions)))
        return " ".join(parts)


def _ended(items: Iterable[AdviceItem]) -> list[AdviceItem]:
    """The items without their full stops, which follow the article."""
    return [item.model_copy(update={"text": item.text.rstrip(".")}) for item in items]


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Asesorar sobre las coberturas de un cliente"),
    examples=(
        "Qué coberturas le faltan a Álvaro Ramos",
        "Asesora a Raquel Gómez, que es autónoma y tiene hijos: qué seguros le faltan",
        "Tiene seguros duplicados Álvaro Ramos",
        "Which covers is Raquel Gómez missing?",
        "Advise Álvaro Ramos on gaps and overlaps in his cover",
    ),
)
def advise_coverage(ctx: Context, situation: Situation) -> CoverageAdvice:
    """What a customer lacks by his life, insures twice (LCS art. 32), or insures too low, with reasons and articles.

    What is not told of his life is taken from his running policies or returned as a question.
    """
    customer = resolve_customer(ctx, situation.customer)
    running = ctx.session.exec(
        select(Policy)
        .where(Policy.policyholder_id == customer.id, alive(Policy), col(Policy.state).in_(RUNNING))
        .order_by(Policy.policy_number)
    ).all()
    locale, facts = ctx.actor.locale, facts_of(situation, customer, running)
    open_ones = _raising(customer, running) - facts
    questions = (ask for name, ask in FACTS.items() if name in open_ones and getattr(situation, name) is None)
    return CoverageAdvice(
        customer=str(customer.id), name=customer.name, missing=_missing(facts, running, locale),
        overlaps=_overlaps(running, locale), sums=_sums(ctx, running),
        questions=tuple(translate(ask, locale) for ask in questions),
    )  # fmt: skip


def facts_of(situation: Situation, customer: Customer, running: Sequence[Policy]) -> frozenset[str]:
    """What holds of the customer: his kind, what was said, and what his policies tell unless it was denied."""
    told = {name for name in FACTS if getattr(situation, name)}
    implied = {IMPLIED[policy.line] for policy in running if policy.line in IMPLIED}
    denied = {name for name in FACTS if getattr(situation, name) is False}
    return frozenset((told | implied) - denied | {customer.kind})


def _needs(running: Sequence[Policy]) -> tuple[Need, ...]:
    """The house's needs and the lines' own that no running policy answers."""
    held = {policy.line for policy in running}
    known = (*NEEDS, *(need for line in installed_lines() for need in line.needs))
    return tuple(need for need in known if not need.answered_by & held)


def _raising(customer: Customer, running: Sequence[Policy]) -> frozenset[str]:
    """The facts that would raise a need of such a customer: what else is so changes nothing."""
    asked = ASKED_OF.get(customer.kind, frozenset())
    kinds = ASKED_OF.keys() - {customer.kind}
    return frozenset(name for need in _needs(running) if not need.when & kinds for name in need.when & asked)


def _missing(facts: frozenset[str], running: Sequence[Policy], locale: Locale) -> tuple[AdviceItem, ...]:
    return tuple(
        AdviceItem(
            lines=tuple(sorted(need.answered_by)), severity=need.severity, text=translate(need.why, locale),
            article=need.article,
        )
        for need in _needs(running) if need.when <= facts
    )  # fmt: skip


def _overlaps(running: Sequence[Policy], locale: Locale) -> tuple[AdviceItem, ...]:
    """Policies that may insure one interest twice over the same days."""
    found = []
    for one, other in combinations(running, 2):
        if one.effective_on >= other.expires_on or other.effective_on >= one.expires_on:
            continue
        why = _why_twice(one, other)
        if why is None:
            continue
        text, article = why
        numbers = {"one": one.policy_number, "other": other.policy_number}
        told = translate(text, locale, **numbers, line=line_label(one.line, locale))
        if one.line != other.line:
            told = f"{one.policy_number}, {other.policy_number}: {told}"
        found.append(AdviceItem(
            lines=tuple(sorted({one.line, other.line})), policies=(one.policy_number, other.policy_number),
            severity="warn" if one.line == other.line else "note", text=told, article=article,
        ))  # fmt: skip
    return tuple(found)


def _why_twice(one: Policy, other: Policy) -> tuple[str, str] | None:
    if one.line == other.line:
        if one.object_ref and one.object_ref == other.object_ref:
            text = N_("Las pólizas {one} y {other} ({line}) cubren lo mismo a la vez: se indemniza una sola vez y hay "
                      "que decírselo a las dos aseguradoras.")  # fmt: skip
            return text, "LCS art. 32"
        if one.insured_id == other.insured_id and _pays_once(one.line):
            return (N_("Las pólizas {one} y {other} ({line}) cubren a la misma persona a la vez."), "LCS art. 32")
        return None
    pair = frozenset((one.line, other.line))
    return next(((overlap.why, overlap.article) for overlap in OVERLAPS if overlap.lines == pair), None)


def _pays_once(code: str) -> bool:
    """Whether two policies of a line on one life pay once for one thing: the line says so."""
    return any(line.code == code and line.pays_once for line in installed_lines())


def _sums(ctx: Context, running: Sequence[Policy]) -> tuple[AdviceItem, ...]:
    """What each line says of products and sums that do not fit, on what the policy now insures."""
    found = []
    for policy in running:
        term = latest_term(ctx, policy.id)
        if term is None:
            continue
        findings = Findings(ctx.actor.locale)
        try:
            line = line_of(policy.line)
            line.adequacy(findings, typed_risk(line, term.risk))
        except (LineNotInstalled, ValidationError):
            continue  # a line that is not loaded, or a risk of an older form, advises nothing
        for finding in findings.found:
            if finding.severity == "support":
                continue
            severity: Any = finding.severity
            text = f"{policy.policy_number}: {finding.text}"
            found.append(AdviceItem(
                lines=(policy.line,), policies=(policy.policy_number,), severity=severity, text=text,
                article=finding.ref,
            ))  # fmt: skip
    return tuple(found)
