"""What the tools of unit-linked policies answer."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.savers import SurrenderView
from modules.insurance.kernel.views import PolicyNumber, day
from tools.results import Result


class Holding(BaseModel):
    """What an account holds of one fund."""

    model_config = ConfigDict(frozen=True)

    isin: str
    fund: str
    units: Decimal
    nav: Decimal
    priced_on: date
    value: Money
    cost: Money


class UnitAccountView(Result):
    """An account on a day, fund by fund, and what a surrender of all of it would pay."""

    policy: PolicyNumber
    on: date
    holdings: tuple[Holding, ...]
    invested: Money
    value: Money
    death_benefit: Money
    switches_left: int
    surrender: SurrenderView

    def told(self, locale: Locale) -> str:
        """Value against premium, by fund; and the surrender."""
        text = N_("{policy} vale {value} el {on} (prima {invested}): {funds}. En caso de fallecimiento, {death}.")
        funds = "; ".join(f"{one.fund} {format_money(one.value, locale)}" for one in self.holdings)
        said = translate(
            text, locale, policy=self.policy, value=format_money(self.value, locale), on=day(self.on),
            invested=format_money(self.invested, locale), funds=funds or "-",
            death=format_money(self.death_benefit, locale),
        )  # fmt: skip
        return f"{said} {self.surrender.told(locale)}"


class OrderView(Result):
    """An order that was executed: units bought, switched, or cancelled for the charge."""

    policy: PolicyNumber
    kind: str
    amount: Money
    charge: Money
    done_on: date

    def told(self, locale: Locale) -> str:
        """What was done, and what it cost."""
        text = N_("{policy}: {kind} de {amount} con fecha {on}; gastos {charge}.")
        return translate(
            text, locale, policy=self.policy, kind=translate(KINDS[self.kind], locale),
            amount=format_money(self.amount, locale), on=day(self.done_on), charge=format_money(self.charge, locale),
        )  # fmt: skip


KINDS = {"contribution": N_("inversión"), "switch": N_("cambio de fondo"), "charge": N_("gasto anual")}


class FundRow(BaseModel):
    """A fund of the contract with its latest value."""

    model_config = ConfigDict(frozen=True)

    isin: str
    fund: str
    basket: str
    risk: int
    sfdr: int
    nav: Decimal | None
    priced_on: date | None


class FundList(Result):
    """The funds that the contract offers."""

    funds: tuple[FundRow, ...]

    def told(self, locale: Locale) -> str:
        """Each fund with its risk and value."""
        text = N_("{fund} ({basket}, riesgo {risk} de 7): {nav}")
        return "; ".join(
            translate(text, locale, fund=one.fund, basket=one.basket, risk=one.risk, nav=one.nav or "-")
            for one in self.funds
        )
