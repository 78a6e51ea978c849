"""From what a person says to a quote (*de la petición a la cotización*), for any line.

The request of a line is its risk and details with every field optional: words of the
person win, then the policy of the line that the customer already has, then what the
customer's file tells. What is still missing is asked for; what was taken from a record or
a house rule is noted, so that the answer says it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, get_type_hints

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, func, select

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm import Customer, CustomerRef, resolve_customer
from modules.insurance.kernel.asking import asked, complete
from modules.insurance.kernel.line import InsuredRisk, Line
from modules.insurance.kernel.lookup import alive, resolve_insurer
from modules.insurance.kernel.quote_views import QuoteView, quote_view
from modules.insurance.kernel.quotes import LATEST, check_effect, keep_quote
from modules.insurance.kernel.records import Insurer, Policy
from modules.insurance.kernel.states import PolicyState
from modules.insurance.kernel.terms import latest_term
from modules.insurance.kernel.views import day
from tools import Slot


class QuoteRequest(BaseModel):
    """What a person says of the insurance wanted; only the customer is compulsory.

    `class HogarRequest(QuoteRequest, line=LINE)` adds every field of the line's risk and
    details, each optional.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_enum_values=True)
    line: ClassVar[Line]

    customer: CustomerRef
    insurer: Annotated[
        str | None,
        Field(description=N_("Aseguradora")),
        Slot(ref="insurer", ask=N_("¿Con qué aseguradora?"), cues=("con", "with")),
    ] = None
    effective_on: Annotated[
        date | None, Field(description=N_("Fecha de efecto")), Slot(cues=("efecto", "desde el", "a partir del", "from"))
    ] = None

    def __init_subclass__(cls, *, line: Line | None = None, **others: Any) -> None:
        """Add the fields of `line`, before pydantic collects them."""
        if line is not None:
            cls.line = line
            hints = dict(cls.__dict__.get("__annotations__", {}))
            for model in (line.risk, line.details):
                for name, hint in get_type_hints(model, include_extras=True).items():
                    if name in model.model_fields:
                        hints[name] = hint | None
                        setattr(cls, name, None)
            cls.__annotations__ = hints
        super().__init_subclass__(**others)


@dataclass
class Assumptions:
    """What was taken for granted: catalogued texts with their values."""

    taken: list[dict[str, Any]] = field(default_factory=list)

    def note(self, text: str, **values: str | int) -> None:
        """Take one thing for granted."""
        self.taken.append({"text": text, "values": values})


@dataclass(frozen=True)
class Proposal:
    """A risk that can be priced, with its insurer and dates."""

    risk: InsuredRisk
    insurer: Insurer
    effective_on: date
    object_ref: str | None
    details: Mapping[str, Any]


def quoted(ctx: Context, request: QuoteRequest) -> QuoteView:
    """Price what `request` asks for and keep the quote for 30 days.

    Raises:
        BadArguments: something is missing or contradicts itself; names the field and asks.
    """
    customer = resolve_customer(ctx, request.customer)
    found = propose(ctx, request, customer)
    quote = keep_quote(
        ctx, request.line, customer, found.insurer, found.risk, found.effective_on, found.object_ref, found.details
    )
    return quote_view(quote, request.line, customer.name, found.insurer.name, None, ctx.actor.locale)


def propose(ctx: Context, request: QuoteRequest, customer: Customer) -> Proposal:
    """The risk that `request` describes, completed from what is known of the customer."""
    line, assumed = request.line, Assumptions()
    current = running(ctx, line, customer, request)
    effective_on = effect(ctx, request.effective_on, current, assumed)
    insurer = placed_with(ctx, request.insurer, current, assumed)
    told = request.model_dump(exclude_none=True)
    kept_risk, kept_details = agreed(ctx, line, current, assumed)
    known = line.known(customer, effective_on)
    again = line.offered(kept_risk, effective_on) if kept_risk else {}
    risk = {**known, **again}
    risk |= {name: value for name, value in told.items() if name in line.risk.model_fields}
    details = kept_details | {name: value for name, value in told.items() if name in line.details.model_fields}
    risk |= line.derived({**kept_details, **again, **known}, told, effective_on)
    risk |= frequency(risk, current, assumed)
    if "multi_policy" in line.risk.model_fields and "multi_policy" not in told:
        risk["multi_policy"] = other_policies(ctx, customer, current, assumed)
    also = line.needed.get(str(risk.get("product")), ())
    typed = complete(line.risk, risk, () if insurer else ("insurer",), QuoteRequest, also=also)
    if insurer is None:  # complete() has asked for it
        raise asked(("insurer",), QuoteRequest)
    kept = line.details.model_validate(details).model_dump(mode="json", exclude_none=True)
    ref = line.object_ref(typed.model_dump(mode="json"), kept)
    facts = {**kept, "current_policy": current.policy_number if current else None, "assumptions": assumed.taken}
    return Proposal(typed, insurer, effective_on, ref, facts)


def running(ctx: Context, line: Line, customer: Customer, request: QuoteRequest) -> Policy | None:
    """The policy of this line that the customer has, if it is the only one in force and of the same thing."""
    where = (Policy.policyholder_id == customer.id, Policy.line == line.code, alive(Policy))
    live = ctx.session.exec(select(Policy).where(*where, Policy.state == PolicyState.IN_FORCE).limit(2)).all()
    if len(live) != 1:
        return None
    told = request.model_dump(mode="json", exclude_none=True)
    ref = line.object_ref(told, told) if _names_object(line, told) else None
    return live[0] if ref in (None, live[0].object_ref) else None


def _names_object(line: Line, told: Mapping[str, Any]) -> bool:
    """Whether what was told is enough to say which thing is meant."""
    try:
        return line.object_ref(told, told) is not None
    except KeyError:
        return False


def effect(ctx: Context, wanted: date | None, policy: Policy | None, assumed: Assumptions) -> date:
    """The effect date: as asked, or when the policy that runs expires, or tomorrow."""
    if wanted is not None:
        check_effect(ctx, wanted)
        return wanted
    tomorrow = ctx.today + timedelta(days=1)
    if policy and policy.state == PolicyState.IN_FORCE and policy.expires_on >= tomorrow:
        if policy.expires_on > add_months(ctx.today, LATEST):
            text = N_("Ya está cubierto hasta el {until} por la póliza {policy}: ¿con qué fecha de efecto?")
            raise BadArguments(
                text, field="effective_on", until=day(policy.expires_on), policy=policy.policy_number
            )  # fmt: skip
        # Two covers of one thing at once are concurrent insurance (LCS art. 32).
        assumed.note(N_("efecto al vencer la póliza {policy}"), policy=policy.policy_number)
        return policy.expires_on
    assumed.note(N_("efecto mañana"))
    return tomorrow


def placed_with(ctx: Context, wanted: str | None, policy: Policy | None, assumed: Assumptions) -> Insurer | None:
    """The insurer asked for, or that of the policy that runs; None if neither says."""
    if wanted:
        return resolve_insurer(ctx, wanted)
    if policy is None:
        return None
    assumed.note(N_("la misma aseguradora que en la póliza {policy}"), policy=policy.policy_number)
    return ctx.get(Insurer, policy.insurer_id)


def agreed(
    ctx: Context, line: Line, policy: Policy | None, assumed: Assumptions
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Risk and details of the policy that runs, if they were entered."""
    term = latest_term(ctx, policy.id) if policy else None
    if policy is None or term is None:
        return {}, {}
    assumed.note(N_("los datos del riesgo de la póliza {policy}"), policy=policy.policy_number)
    details = {name: value for name, value in term.details.items() if name in line.details.model_fields}
    return dict(term.risk), details


def frequency(risk: Mapping[str, Any], policy: Policy | None, assumed: Assumptions) -> dict[str, Any]:
    """How the premium is paid, when nothing says it."""
    if risk.get("payment_frequency"):
        return {}
    if policy is None:
        assumed.note(N_("pago anual"))
        return {"payment_frequency": "annual"}
    assumed.note(N_("la misma forma de pago que en la póliza {policy}"), policy=policy.policy_number)
    return {"payment_frequency": policy.payment_frequency}


def other_policies(ctx: Context, customer: Customer, policy: Policy | None, assumed: Assumptions) -> bool:
    """Whether the customer has other policies in force with the house."""
    where = [Policy.policyholder_id == customer.id, Policy.state == PolicyState.IN_FORCE, alive(Policy)]
    if policy is not None:
        where.append(col(Policy.id) != policy.id)
    others = ctx.session.exec(select(func.count()).select_from(Policy).where(*where)).one()
    if others:
        assumed.note(N_("descuento multipóliza (otras pólizas en vigor: {count})"), count=others)
    return others > 0


def missing_to_issue(line: Line, risk: Mapping[str, Any], details: Mapping[str, Any]) -> Sequence[str]:
    """Fields without which no policy is issued, and that the quote does not hold."""
    return [name for name in line.needed_to_issue if details.get(name) in (None, "", []) and risk.get(name) is None]
