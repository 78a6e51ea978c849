"""Searching the book (*búsqueda de cartera*): every filter by an index, page by page.

The price of a search follows the page, not the book: rows come in the order of an index
that the strictest filter leads, totals are exact up to a bound and «more than» above it.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import any_, cast, literal, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import col, func, or_, select

from core.context import Context
from core.errors import BadArguments, NotFound
from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.core_business.crm import Customer, CustomerRef, resolve_customer
from modules.insurance.kernel.lookup import InsurerRef, alive, as_uuid, one_of, resolve_insurer
from modules.insurance.kernel.portfolio.phrases import ENTRY, saying
from modules.insurance.kernel.records import Collaborator, Insurer, Policy
from modules.insurance.kernel.tools import Limit, LineCode, PolicyStateChoice
from modules.insurance.kernel.views import PolicyRow, listed, policy_row
from modules.insurance.kernel.wording import POLICIES
from tools import Risk, Slot, tool
from tools.results import Result

COUNTED: Final = 1000  # totals beyond this are «more than»: counting them would cost more than the page
FROM: Final = ("desde", "a partir", "from", "after")
UNTIL: Final = ("hasta", "antes", "until", "before")


class Sorted(StrEnum):
    """In which order policies come."""

    EXPIRY = "expiry"  # soonest first
    PREMIUM = "premium"  # highest first
    SUM = "sum"  # highest first
    NUMBER = "number"


SortChoice: TypeAlias = Annotated[
    Sorted,
    Slot(
        cues=("orden", "ordenadas", "sorted"),
        words={
            "expiry": ("por vencimiento", "by expiry"),
            "premium": ("por prima", "las más caras", "by premium", "dearest"),
            "sum": ("por capital", "by sum insured"),
            "number": ("por número", "by number"),
        },
    ),
]


class CollaboratorNotFound(NotFound):
    """No collaborator of this tenant answers to the reference."""

    text = N_("No encuentro ningún colaborador «{ref}».")


class NotACursor(BadArguments):
    """The place to go on from was not given by this very search."""

    text = N_("«{field}» no es de esta búsqueda: use el valor que dio la página anterior.")


class PolicySearch(BaseModel):
    """What policies are looked for by; what is not given does not matter."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    customer: CustomerRef | None = None
    line: LineCode | None = None
    status: PolicyStateChoice | None = None
    insurer: InsurerRef | None = None
    collaborator: Annotated[str, Slot(pattern=r"(?<=colaborador )\w+|(?<=collaborator )\w+")] | None = None
    product: Annotated[str, Field(max_length=60), Slot(pattern=r"(?<=modalidad )\w+|(?<=product )\w+")] | None = None
    text: Annotated[str, Field(max_length=100)] | None = None
    expires_from: Annotated[date, Slot(cues=FROM)] | None = None
    expires_to: Annotated[date, Slot(cues=UNTIL)] | None = None
    premium_from: Annotated[Money, Slot(cues=("prima superior", "prima mínima", "premium over"))] | None = None
    premium_to: Annotated[Money, Slot(cues=("prima inferior", "prima máxima", "premium under"))] | None = None
    sum_from: Annotated[Money, Slot(cues=("capital superior", "capital mínimo", "sum insured over"))] | None = None
    sum_to: Annotated[Money, Slot(cues=("capital inferior", "capital máximo", "sum insured under"))] | None = None
    sort: SortChoice = Sorted.EXPIRY
    after: Annotated[str, Field(max_length=400)] | None = None
    limit: Limit = 50


class PolicyPage(Result):
    """One page of the policies that fit.

    Up to `COUNTED` of them `total` and `premium` (of a year) are exact. Beyond it `more` is
    true, `total` is that bound, and the premium is not added up. `after` asks for the next page.
    """

    policies: tuple[PolicyRow, ...]
    total: int
    more: bool
    premium: Money | None
    after: str | None

    def told(self, locale: Locale) -> str:
        """How many, and the first few."""
        if not self.total:
            return translate(N_("No hay ninguna póliza así."), locale)
        if self.premium is None:
            head = translate(N_("Más de {policies}."), locale, policies=POLICIES.said(self.total, locale))
        else:
            head = translate(
                N_("{policies}, {premium} de prima anual."), locale,
                policies=POLICIES.said(self.total, locale), premium=format_money(self.premium, locale),
            )  # fmt: skip
        return f"{head} {listed([row.told(locale) for row in self.policies], self.total, locale)}"


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Buscar pólizas"),
    examples=(
        "Qué pólizas tiene Álvaro Ramos",
        "Busca las pólizas de hogar en vigor",
        "Pólizas suspendidas",
        "Qué seguros tiene contratados este cliente",
        "Qué tenemos asegurado de Álvaro Ramos",
        "Busca las pólizas de autos con prima superior a 900 €",
        "Pólizas del colaborador COL02 ordenadas por prima",
        "Which policies does Raquel Gómez have?",
        "Search for motor policies in force",
    ),
)
def search_policies(ctx: Context, wanted: PolicySearch) -> PolicyPage:
    """Policies of a customer, a line, a state and more, soonest to expire first, with their yearly premium.

    `text` is a run of words of the number, the description of the risk, what identifies its
    object, or the customer's name; the last word may be unfinished. Dates and amounts are
    inclusive. `after` is what the page before gave.
    """
    where = conditions(ctx, wanted)
    order = ORDERS[wanted.sort]
    found = ctx.session.exec(_page(where, order, _place(wanted, order), wanted.limit)).all()
    total, cents = ctx.session.exec(_totals(where)).one()
    rows = found[: wanted.limit]
    return PolicyPage(
        policies=tuple(policy_row(policy, customer, insurer) for policy, customer, insurer, *_ in rows),
        total=min(total, COUNTED), more=total > COUNTED, premium=None if total > COUNTED else Decimal(cents) / 100,
        after=_cursor(wanted, rows[-1]) if len(found) > wanted.limit else None,
    )  # fmt: skip


def conditions(ctx: Context, wanted: PolicySearch) -> list[Any]:
    """The conditions that `wanted` asks for, each one an index's.

    Raises:
        NotFound, Ambiguous: of customer, insurer or collaborator.
        TooCommon: the text says too little.
    """
    entry, where = ENTRY.c, list[Any]()
    if wanted.customer:
        where.append(entry.policyholder_id == resolve_customer(ctx, wanted.customer).id)
    if wanted.line:
        where.append(entry.line == wanted.line)
    if wanted.status:
        where.append(entry.state == wanted.status.value)
    if wanted.insurer:
        where.append(entry.insurer_id == resolve_insurer(ctx, wanted.insurer).id)
    if wanted.collaborator:
        where.append(entry.collaborator_id == resolve_collaborator(ctx, wanted.collaborator).id)
    if wanted.product:
        where.append(entry.product == wanted.product)
    if wanted.expires_from:
        where.append(entry.expires_on >= wanted.expires_from)
    if wanted.expires_to:
        where.append(entry.expires_on <= wanted.expires_to)
    where += _amounts(entry.premium, wanted.premium_from, wanted.premium_to)
    where += _amounts(entry.sum_insured, wanted.sum_from, wanted.sum_to)
    if wanted.text:
        policies, customers = saying(ctx, wanted.text)
        own, held = entry.policy_id == any_(_ids(policies)), entry.policyholder_id == any_(_ids(customers))
        where.append(or_(own, held) if customers else own)
    return where


def resolve_collaborator(ctx: Context, text: str) -> Collaborator:
    """The one collaborator that `text` names: id, code or name."""
    wanted = text.strip()
    if (id := as_uuid(wanted)) is not None:
        fits = col(Collaborator.id) == id
    else:
        fits = or_(col(Collaborator.code) == wanted.upper(), col(Collaborator.name) == wanted)
    found = ctx.session.exec(select(Collaborator).where(fits, alive(Collaborator)).limit(10)).all()
    return one_of(found, lambda partner: partner.name, "collaborator", wanted, CollaboratorNotFound)


def _ids(found: Sequence[UUID]) -> Any:
    kind = ARRAY(PG_UUID(as_uuid=True))
    return cast(literal(list(found), kind), kind)


def _amounts(column: Any, least: Decimal | None, most: Decimal | None) -> list[Any]:
    """A range of an amount in cents."""
    bounds = [column >= int(least * 100)] if least is not None else []
    return bounds + ([column <= int(most * 100)] if most is not None else [])


@dataclass(frozen=True)
class Order:
    """How one order is asked for: by which column, upwards or downwards, and how its value is read again."""

    column: Any
    down: bool
    read: Any


ORDERS: Final[Mapping[Sorted, Order]] = {
    Sorted.EXPIRY: Order(ENTRY.c.expires_on, False, date.fromisoformat),
    Sorted.PREMIUM: Order(ENTRY.c.premium, True, int),
    Sorted.SUM: Order(ENTRY.c.sum_insured, True, int),
    Sorted.NUMBER: Order(ENTRY.c.policy_number, False, str),
}


def _page(where: list[Any], order: Order, place: tuple[Any, UUID] | None, limit: int) -> Any:
    """The rows of one page and one more, each with customer, insurer and what it is ordered by."""
    tie = ENTRY.c.policy_id
    chosen: Any = select(tie, order.column.label("value")).where(*where)
    if order.column is ENTRY.c.sum_insured:
        chosen = chosen.where(order.column.is_not(None))  # what has no sum insured is not in that order
    if place is not None:
        here, there = tuple_(order.column, tie), tuple_(literal(place[0]), literal(place[1]))
        chosen = chosen.where(here < there if order.down else here > there)
    by = (order.column.desc(), tie.desc()) if order.down else (order.column, tie)
    # The page is chosen first, from its index; only its own rows are read whole.
    page = chosen.order_by(*by).limit(limit + 1).cte("page").prefix_with("MATERIALIZED")
    query: Any = select(Policy, Customer.name, Insurer.name, page.c.value)
    query = query.join(page, onclause=page.c.policy_id == col(Policy.id))
    query = query.join(Customer, onclause=col(Customer.id) == col(Policy.policyholder_id))
    query = query.join(Insurer, onclause=col(Insurer.id) == col(Policy.insurer_id))
    ends = (page.c.value.desc(), page.c.policy_id.desc()) if order.down else (page.c.value, page.c.policy_id)
    return query.order_by(*ends)


def _totals(where: list[Any]) -> Any:
    """How many fit and their premium in cents, of no more than one over the bound."""
    some: Any = select(ENTRY.c.premium).where(*where).limit(COUNTED + 1)
    bounded = some.subquery()
    return select(func.count(), func.coalesce(func.sum(bounded.c.premium), 0)).select_from(bounded)


def _cursor(wanted: PolicySearch, last: Any) -> str:
    """Where the next page begins, as a text to be given back."""
    policy, *_, value = last
    said = json.dumps([wanted.sort, value.isoformat() if isinstance(value, date) else str(value), str(policy.id)])
    return urlsafe_b64encode(said.encode()).decode()


def _place(wanted: PolicySearch, order: Order) -> tuple[Any, UUID] | None:
    if wanted.after is None:
        return None
    try:
        sort, value, id = json.loads(urlsafe_b64decode(wanted.after))
        if sort != wanted.sort:
            raise NotACursor(field="after")
        return order.read(value), UUID(id)
    except (NotBase64, ValueError, TypeError, AttributeError) as error:
        raise NotACursor(field="after") from error
