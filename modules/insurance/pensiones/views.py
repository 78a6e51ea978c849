"""What the tools of pension plans answer."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.views import CustomerId, PolicyNumber, day
from tools.results import Result


class SeniorityRow(BaseModel):
    """One contribution that is left, and from when it may be taken out."""

    model_config = ConfigDict(frozen=True)

    since: date
    amount: Money
    liquid_on: date


class PlanView(Result):
    """A participant's contributions by seniority."""

    policy: PolicyNumber
    contributions: tuple[SeniorityRow, ...]
    total: Money
    liquid: Money

    def told(self, locale: Locale) -> str:
        """How much was contributed, and how much of it is liquid."""
        text = N_("Plan {policy}: {total} aportados, {liquid} con más de diez años que el partícipe puede cobrar ya.")
        return translate(text, locale, policy=self.policy, total=format_money(self.total, locale),
                         liquid=format_money(self.liquid, locale))  # fmt: skip


class PensionLimits(Result):
    """What a participant has paid into all plans this year, what still fits, and what is too much."""

    customer: CustomerId
    customer_name: str
    year: int
    contributed: Money
    room: dict[str, Money]
    excess: Money
    excess_until: date | None
    deductible: Money | None
    saving: Money | None
    norm: str

    def told(self, locale: Locale) -> str:
        """Contributed, room or excess, and the tax saved."""
        text = N_("{customer} ha aportado {sum} a planes en {year}; a un plan individual caben {room} ({norm}).")
        said = [translate(
            text, locale, customer=self.customer_name, sum=format_money(self.contributed, locale), year=self.year,
            room=format_money(self.room["plan_individual"], locale), norm=self.norm,
        )]  # fmt: skip
        if self.excess_until:
            text = N_("Hay un exceso de {excess}: el partícipe debe retirarlo antes del {on}.")
            said.append(translate(text, locale, excess=format_money(self.excess, locale), on=day(self.excess_until)))
        if self.deductible is not None and self.saving is not None:
            text = N_("Reduce {deductible} y ahorra {saving} de IRPF.")
            said.append(translate(text, locale, deductible=format_money(self.deductible, locale),
                                  saving=format_money(self.saving, locale)))  # fmt: skip
        return " ".join(said)


class PlanContribution(Result):
    """A contribution that was entered."""

    policy: PolicyNumber
    amount: Money
    since: date
    room: Money

    def told(self, locale: Locale) -> str:
        """What was entered and what still fits."""
        text = N_("Aportación de {amount} anotada en el plan {policy}, con antigüedad del {on}. Este año caben {room}.")
        return translate(text, locale, amount=format_money(self.amount, locale), policy=self.policy,
                         on=day(self.since), room=format_money(self.room, locale))  # fmt: skip
