"""What lines of savings share: the saver's age, and what a surrender or a transfer answers."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.core_business.crm import Customer
from modules.insurance.kernel.accounts import Surrender
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.fields import Whole, Words
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.views import PolicyNumber
from tools import Slot
from tools.marks import External, Guard
from tools.results import Result

SaverAge: TypeAlias = Annotated[
    Whole,
    Field(le=110, description=N_("Edad, años cumplidos")),
    Slot(ask=N_("¿Qué edad tiene?"), cues=("edad", "age"), units=("años de edad", "years old")),
]

PaidOn: TypeAlias = Annotated[
    date, Field(description=N_("Fecha de pago")), Slot(cues=("pagada el", "con fecha", "el día", "paid on"))
]
Taker: TypeAlias = Annotated[
    Words,
    Field(min_length=2, description=N_("Entidad de destino")),
    Guard.DESTINATION,
    Slot(ask=N_("¿A qué entidad se moviliza?"), cues=("a", "hacia", "to")),
]


def age_on(customer: Customer, on: date) -> dict[str, Any]:
    """The age on the effect date, if the file tells the birth date."""
    return {"age": completed_years(customer.birth_date, on)} if customer.birth_date else {}


class SurrenderView(Result):
    """What a surrender pays, and what tax leaves of it."""

    policy: PolicyNumber
    on: date
    value: Money
    penalty: Money
    surrender_value: Money
    cost: Money
    gain: Money
    loss: Money
    withholding: Money
    paid: Money
    irpf_tax: Money
    net_after_tax: Money

    @classmethod
    def of(cls, policy: Policy, on: date, found: Surrender) -> "SurrenderView":
        """As it is told."""
        return cls(policy=policy.policy_number, on=on, **asdict(found))

    def told(self, locale: Locale) -> str:
        """The value, penalty, withholding, and the tax of the scale."""
        text = N_("Rescate de {value} de {policy}: penalización {penalty}, ganancia {gain}, retención {kept}; se pagan "
                  "{paid}. Por la escala del ahorro, {tax} de IRPF: quedan {net}.")  # fmt: skip
        return translate(
            text, locale, policy=self.policy, value=format_money(self.value, locale),
            penalty=format_money(self.penalty, locale), gain=format_money(self.gain, locale),
            kept=format_money(self.withholding, locale), paid=format_money(self.paid, locale),
            tax=format_money(self.irpf_tax, locale), net=format_money(self.net_after_tax, locale),
        )  # fmt: skip


class TransferView(Result):
    """A transfer of the account to another insurer or manager, without tax (*movilización*)."""

    policy: PolicyNumber
    value: Money
    to: External
    asked_on: date
    due_on: date

    def told(self, locale: Locale) -> str:
        """What goes where, and by when."""
        text = N_("Movilización de {value} de {policy} a {to}, sin tributar; debe estar hecha el {due}.")
        return translate(
            text, locale, value=format_money(self.value, locale), policy=self.policy, to=self.to,
            due=f"{self.due_on:%d/%m/%Y}",
        )  # fmt: skip
