"""What the home tools answer besides prices: advised sums, who pays for a cause, and what a loss is worth."""

from datetime import date
from decimal import Decimal

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.hogar.consorcio import PAYERS, Payer
from modules.insurance.kernel.views import PolicyNumber
from tools.results import Result


def _percent(ratio: Decimal) -> str:
    return f"{ratio * 100:.1f}".replace(".", ",")


class SumsAdvice(Result):
    """What to insure a dwelling for; orientative, by the house's table."""

    province: str
    surface_m2: int
    eur_m2: Money
    building_advised: Money
    contents_advised: Money
    building_declared: Money | None = None
    contents_declared: Money | None = None
    underinsured: bool
    table_from: date
    source: str

    def told(self, locale: Locale) -> str:
        """The advised sums, and whether what is declared falls short."""
        money = {
            "building": format_money(self.building_advised, locale),
            "contents": format_money(self.contents_advised, locale),
            "eur": format_money(self.eur_m2, locale),
        }
        text = N_("Orientativo: continente {building} ({surface} m² a {eur}/m²) y contenido {contents}.")
        said = [translate(text, locale, surface=self.surface_m2, **money)]
        for declared, advised, short in self._declared():
            text = (
                N_("Declarado {declared}, un {percent} %: por debajo del 90 % hay riesgo de regla proporcional.")
                if short
                else N_("Declarado {declared}, un {percent} %: suficiente.")
            )
            said.append(
                translate(text, locale, declared=format_money(declared, locale), percent=_percent(declared / advised))
            )
        return " ".join(said)

    def _declared(self) -> list[tuple[Decimal, Decimal, bool]]:
        pairs = (
            (self.building_declared, self.building_advised), (self.contents_declared, self.contents_advised),
        )  # fmt: skip
        return [(found, advised, found < advised * Decimal("0.9")) for found, advised in pairs if found]


class Routing(Result):
    """Who pays for a damage by its cause, and what to do."""

    payer: Payer
    why: str
    ref: str
    notice_days: int
    waiting_days: int

    def told(self, locale: Locale) -> str:
        """Who pays and why, with the time to declare it."""
        said = [translate(PAYERS[self.payer], locale), self.why]
        if self.payer is not Payer.NOBODY:
            said.append(
                translate(N_("Se comunica en {days} días ({ref})."), locale, days=self.notice_days, ref=self.ref)
            )
        if self.payer is Payer.CONSORCIO:
            text = N_("Se pide al Consorcio con su propio impreso; la póliza debe llevar {days} días emitida y pagada.")
            said.append(translate(text, locale, days=self.waiting_days))
        return " ".join(said)


class IndemnityEstimate(Result):
    """What of a loss a home policy would pay, step by step; an estimate binds nobody."""

    policy: PolicyNumber
    kind: str
    covered: bool
    loss: Money
    building_ratio: Decimal
    contents_ratio: Decimal
    after_average: Money
    deductible: Money
    limit: Money | None = None
    payable: Money

    def told(self, locale: Locale) -> str:
        """The amount and how it comes about."""
        if not self.covered:
            return translate(N_("La póliza {policy} no tiene contratada esa garantía."), locale, policy=self.policy)
        text = N_("De {loss} de daños se pagarían {payable}: {averaged} tras la regla proporcional, menos "
                  "{deductible} de franquicia.")  # fmt: skip
        said = [
            translate(
                text, locale, loss=format_money(self.loss, locale), payable=format_money(self.payable, locale),
                averaged=format_money(self.after_average, locale), deductible=format_money(self.deductible, locale),
            )
        ]  # fmt: skip
        if self.limit is not None:
            said.append(
                translate(N_("Límite de la garantía: {limit}."), locale, limit=format_money(self.limit, locale))
            )
        return " ".join(said)
