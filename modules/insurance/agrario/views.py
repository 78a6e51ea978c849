"""What the tools of agricultural insurance answer."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.views import PolicyNumber
from tools.results import Result

COMPONENTS = {
    "base": N_("básica"), "collective_contract": N_("contrato colectivo"), "young_farmer": N_("agricultor joven"),
    "priority_holding": N_("explotación prioritaria"), "renewal": N_("renovación"),
}  # fmt: skip


class ParcelRow(BaseModel):
    """A parcel with what it is expected to yield."""

    model_config = ConfigDict(frozen=True)

    sigpac: str
    ha: Decimal
    yield_kg_ha: int
    price_eur_kg: Decimal
    production_value: Money


class SubsidyRow(BaseModel):
    """A component of the subsidy."""

    model_config = ConfigDict(frozen=True)

    component: str
    pct: Decimal
    amount: Money


class HoldingView(Result):
    """The parcels and subsidies of a policy."""

    policy: PolicyNumber
    parcels: tuple[ParcelRow, ...]
    production_value: Money
    subsidies: tuple[SubsidyRow, ...]
    subsidy: Money
    payable: Money

    def told(self, locale: Locale) -> str:
        """How many parcels, what they yield, and who pays the premium."""
        text = N_(
            "{policy}: {count} parcelas por {value}. Subvención {subsidy} ({parts}); el agricultor paga {payable}."
        )
        parts = ", ".join(f"{translate(COMPONENTS[one.component], locale)} {one.pct:.0f} %" for one in self.subsidies)
        return translate(
            text, locale, policy=self.policy, count=len(self.parcels),
            value=format_money(self.production_value, locale),
            subsidy=format_money(self.subsidy, locale), parts=parts or "-", payable=format_money(self.payable, locale),
        )  # fmt: skip


class ProductionView(Result):
    """What parcels are expected to yield, and whether they may be insured now."""

    production_value: Money
    ha: Decimal
    open: bool
    opens: str
    closes: str

    def told(self, locale: Locale) -> str:
        """The value, and the campaign."""
        text = N_("Valor de producción {value} en {ha} ha. Se contrata del {opens} al {closes}.")
        return translate(text, locale, value=format_money(self.production_value, locale), ha=f"{self.ha:f}",
                         opens=self.opens, closes=self.closes)  # fmt: skip
