"""What the tools of surety answer."""

from datetime import date
from typing import Annotated

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.views import CustomerId, PolicyNumber, day, listed
from tools import Slot
from tools.marks import External
from tools.results import Result

STATES = {"live": N_("vivo"), "released": N_("devuelto"), "called": N_("ejecutado")}


class BondView(Result):
    """One certificate."""

    bond: Annotated[str, Slot(ref="bond")]
    policy: PolicyNumber
    state: str
    beneficiary: External
    amount: Money
    paid: Money
    recovered: Money
    issued_on: date
    released_on: date | None

    def told(self, locale: Locale) -> str:
        """Number, beneficiary, amount, state, and what was paid."""
        text = N_("Certificado {bond} ante {beneficiary} por {amount}, {state}; pagado {paid}, recuperado {back}.")
        return translate(
            text, locale, bond=self.bond, beneficiary=self.beneficiary, amount=format_money(self.amount, locale),
            state=translate(STATES[self.state], locale), paid=format_money(self.paid, locale),
            back=format_money(self.recovered, locale),
        )  # fmt: skip


class ExposureView(Result):
    """What is guaranteed for a client, what he owes, and his limit."""

    customer: CustomerId
    customer_name: str
    limit: Money | None
    valid_until: date | None
    live: Money
    recourse: Money
    room: Money | None
    bonds: tuple[BondView, ...]

    def told(self, locale: Locale) -> str:
        """The exposure against the limit, and the certificates."""
        text = N_("Riesgo vivo de {customer}: {live} en certificados y {back} por recuperar.")
        said = [translate(
            text, locale, customer=self.customer_name, live=format_money(self.live, locale),
            back=format_money(self.recourse, locale),
        )]  # fmt: skip
        if self.limit is not None and self.room is not None and self.valid_until is not None:
            text = N_("Límite de {limit} hasta el {until}: quedan {room}.")
            said.append(translate(text, locale, limit=format_money(self.limit, locale), until=day(self.valid_until),
                                  room=format_money(self.room, locale)))  # fmt: skip
        else:
            said.append(translate(N_("No tiene límite de riesgo vigente."), locale))
        bonds = listed([one.told(locale) for one in self.bonds], len(self.bonds), locale)
        return " ".join(part for part in (*said, bonds) if part)
