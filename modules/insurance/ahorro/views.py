"""What the tools of savings insurance answer."""

from collections.abc import Iterable
from datetime import date
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.ahorro.account import Room, YearOfTable
from modules.insurance.ahorro.line import LINE
from modules.insurance.kernel.savers import SurrenderView
from modules.insurance.kernel.views import CustomerId, PolicyNumber, day
from tools.results import Result

Years: TypeAlias = tuple["TableRow", ...]


class LotRow(BaseModel):
    """What is left of one contribution."""

    model_config = ConfigDict(frozen=True)

    paid_on: date
    contributed: Money
    value: Money


class AccountView(Result):
    """A savings account on a day, and what a surrender of all of it would pay."""

    policy: PolicyNumber
    on: date
    lots: tuple[LotRow, ...]
    contributed: Money
    value: Money
    death_benefit: Money
    surrender: SurrenderView

    def told(self, locale: Locale) -> str:
        """Value, surrender value and what tax leaves of it."""
        text = N_("La cuenta {policy} vale {value} el {on}, con {contributed} aportados; en caso de fallecimiento "
                  "pagaría {death}.")  # fmt: skip
        said = translate(
            text, locale, policy=self.policy, value=format_money(self.value, locale), on=day(self.on),
            contributed=format_money(self.contributed, locale), death=format_money(self.death_benefit, locale),
        )  # fmt: skip
        return f"{said} {self.surrender.told(locale)}"


class TableRow(BaseModel):
    """One year of the table of surrender values."""

    model_config = ConfigDict(frozen=True)

    year: int
    contributions: Money
    value: Money
    surrender_value: Money


class SurrenderTable(Result):
    """The surrender values that the policy must show, year by year (LCS art. 94)."""

    policy: PolicyNumber
    rows: Years

    def told(self, locale: Locale) -> str:
        """The first and the last year."""
        first, last = self.rows[0], self.rows[-1]
        text = N_("Valores de rescate de {policy}: {first} al cabo de 1 año y {last} al cabo de {years}.")
        return translate(
            text, locale, policy=self.policy, first=format_money(first.surrender_value, locale),
            last=format_money(last.surrender_value, locale), years=last.year,
        )  # fmt: skip


class RoomRow(BaseModel):
    """What one product still admits of a person this year; None where no law limits it."""

    model_config = ConfigDict(frozen=True)

    product: str
    used_year: Money
    used_total: Money
    room: Money | None
    norm: str

    @classmethod
    def of(cls, found: Room) -> "RoomRow":
        """As it is told."""
        return cls(product=found.product, used_year=found.used_year, used_total=found.used_total, room=found.year,
                   norm=found.norm)  # fmt: skip

    def told(self, locale: Locale) -> str:
        """Product, what was paid in and what fits."""
        named = {"product": translate(LINE.products[self.product], locale),
                 "used": format_money(self.used_year, locale)}  # fmt: skip
        if self.room is None:
            return translate(N_("{product}: {used} este año, sin límite legal."), locale, **named)
        text = N_("{product}: {used} este año, caben {room} ({norm}).")
        return translate(text, locale, **named, room=format_money(self.room, locale), norm=self.norm)


class LimitsView(Result):
    """What a person has contributed over all policies, and what still fits."""

    customer: CustomerId
    customer_name: str
    year: int
    rows: tuple[RoomRow, ...]

    def told(self, locale: Locale) -> str:
        """Each product."""
        head = translate(N_("Aportaciones de {customer} en {year}."), locale, customer=self.customer_name,
                         year=self.year)  # fmt: skip
        return " ".join((head, *(row.told(locale) for row in self.rows)))


class ContributionView(Result):
    """A contribution that was entered."""

    policy: PolicyNumber
    amount: Money
    paid_on: date
    room: Money | None

    def told(self, locale: Locale) -> str:
        """What was entered and what still fits."""
        named = {"policy": self.policy, "amount": format_money(self.amount, locale), "on": day(self.paid_on)}
        said = translate(N_("Aportación de {amount} anotada en {policy} el {on}."), locale, **named)
        if self.room is None:
            return said
        left = translate(N_("Este año caben {room} más."), locale, room=format_money(self.room, locale))
        return f"{said} {left}"


def table_rows(rows: Iterable[YearOfTable]) -> Years:
    """The rows of a table as they are told."""
    return tuple(
        TableRow(year=r.year, contributions=r.contributions, value=r.value, surrender_value=r.surrender_value)
        for r in rows
    )
