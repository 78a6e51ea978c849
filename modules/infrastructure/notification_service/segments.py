"""Whom a mailing goes to (*segmentos*): saved queries by name, filtered by consent in SQL.

No list of people ever comes from a model or from a text: only the name of a query and one
value of a closed kind.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlmodel import col, exists, func, select

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm.lookup import alive
from modules.core_business.crm.records import Consent, Customer, Purpose
from modules.insurance.kernel.lines import LABELS as LINES
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import PolicyState
from tools.words import plain

MONTH: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


class Segment(StrEnum):
    """The saved queries."""

    LINE = "line"  # who has a policy of that line in force
    RENEWAL_MONTH = "renewal_month"  # whose policy in force expires in that month
    TOWN = "town"  # who lives in that town


@dataclass(frozen=True)
class Query:
    """One saved query: what it is called, what its value looks like, and its condition."""

    title: str
    form: str
    parse: Callable[[str], str]
    fits: Callable[[str], Any]


def _line(value: str) -> str:
    found = {plain(code): code for code in LINES}.get(plain(value).replace(" ", "-"))
    if found is None:
        raise ValueError(N_("no es uno de los ramos de la casa"))
    return found


def _month(value: str) -> str:
    if not MONTH.fullmatch(value):
        raise ValueError(N_("no es un mes, como 2026-12"))
    return value


def _town(value: str) -> str:
    if not 2 <= len(value) <= 80 or not value.isprintable():
        raise ValueError(N_("no es una población"))
    return value.lower()


def _holds(*conditions: Any) -> Any:
    return exists().where(
        col(Policy.policyholder_id) == col(Customer.id),
        col(Policy.state) == PolicyState.IN_FORCE,
        col(Policy.deleted_at).is_(None),
        *conditions,
    )


def _expires(month: str) -> Any:
    first = date.fromisoformat(f"{month}-01")
    return _holds(Policy.expires_on >= first, Policy.expires_on < add_months(first, 1))


QUERIES: Final[dict[Segment, Query]] = {
    Segment.LINE: Query(
        N_("Clientes con póliza en vigor de un ramo"),
        N_("ramo, como hogar"),
        _line,
        lambda of: _holds(Policy.line == of),
    ),
    Segment.RENEWAL_MONTH: Query(
        N_("Clientes a los que vence una póliza en un mes"), N_("mes, como 2026-12"), _month, _expires
    ),
    Segment.TOWN: Query(
        N_("Clientes de una población"),
        N_("población, como Bilbao"),
        _town,
        lambda of: func.lower(col(Customer.city)) == of,
    ),
}


def value_of(segment: Segment, of: str) -> str:
    """The value of a segment in its canonical form.

    Raises:
        BadArguments: it is not of the segment's kind.
    """
    try:
        return QUERIES[segment].parse(" ".join(of.split()))
    except ValueError as error:
        raise BadArguments(field="of", problem=str(error)) from error


def consented() -> Any:
    """The condition that a customer's newest statement about marketing is a yes.

    The same rule as `rules.consents`, where the rows lie.
    """
    newest = (
        select(Consent.granted)
        .where(
            Consent.customer_id == Customer.id,
            Consent.purpose == Purpose.MARKETING,
            col(Consent.deleted_at).is_(None),
        )
        .order_by(col(Consent.at).desc(), col(Consent.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    return newest.is_(True)


def recipients(ctx: Context, segment: Segment, of: str, most: int) -> Sequence[Customer]:
    """Customers of the segment who agreed to marketing and have an e-mail address, by id; at most `most`."""
    return ctx.session.exec(
        select(Customer)
        .where(QUERIES[segment].fits(of), consented(), col(Customer.email).is_not(None), Customer.email != "", alive())
        .order_by(col(Customer.id))
        .limit(most)
    ).all()
