"""What the tools of trade credit answer."""

from datetime import date

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.views import PolicyNumber, day, listed
from tools.marks import External
from tools.results import Result


class DebtorRow(Result):
    """A debtor with his limit."""

    policy: PolicyNumber
    id_number: str
    name: External
    country: str
    requested: Money
    granted: Money
    valid_until: date
    state: str  # valid, ending, ended, refused

    def told(self, locale: Locale) -> str:
        """Name, limit and until when."""
        text = N_("{name} ({id}): límite de {granted} hasta el {until}, {state}.")
        return translate(
            text, locale, name=self.name, id=self.id_number, granted=format_money(self.granted, locale),
            until=day(self.valid_until), state=translate(STATES[self.state], locale),
        )  # fmt: skip


STATES = {
    "valid": N_("vigente"), "ending": N_("vence pronto"), "ended": N_("vencido"), "refused": N_("denegado"),
}  # fmt: skip


class DebtorList(Result):
    """The debtors of a policy, those that end first first."""

    policy: PolicyNumber
    debtors: tuple[DebtorRow, ...]
    granted: Money  # of those that are valid
    most_of_year: Money

    def told(self, locale: Locale) -> str:
        """How many, what is granted, and the first few."""
        text = N_("{count} deudores de {policy}, {granted} de límites vigentes; se paga hasta {most} al año.")
        head = translate(
            text, locale, count=len(self.debtors), policy=self.policy, granted=format_money(self.granted, locale),
            most=format_money(self.most_of_year, locale),
        )  # fmt: skip
        return f"{head} {listed([one.told(locale) for one in self.debtors], len(self.debtors), locale)}"


class IndemnityView(Result):
    """What a bad debt would pay, and how a recovery is shared."""

    policy: PolicyNumber
    debtor: External
    covered: Money
    indemnity: Money
    own_share: Money
    insurer_recovery: Money
    client_recovery: Money

    def told(self, locale: Locale) -> str:
        """Indemnity and own share; then the recovery."""
        text = N_("De {debtor} se indemnizarían {indemnity}; la empresa soporta {own}. De lo recuperado, {client} son "
                  "de la empresa.")  # fmt: skip
        return translate(
            text, locale, debtor=self.debtor, indemnity=format_money(self.indemnity, locale),
            own=format_money(self.own_share, locale), client=format_money(self.client_recovery, locale),
        )  # fmt: skip


class LateRow(Result):
    """A policy with declarations out of time."""

    policy: PolicyNumber
    months: tuple[str, ...]


class LateList(Result):
    """The policies whose sales are not declared in time."""

    policies: tuple[LateRow, ...]

    def told(self, locale: Locale) -> str:
        """Each with its months."""
        if not self.policies:
            return translate(N_("Todas las ventas están declaradas en plazo."), locale)
        text = N_("{policy}: faltan {months}.")
        rows = [translate(text, locale, policy=r.policy, months=", ".join(r.months)) for r in self.policies]
        return listed(rows, len(rows), locale)
