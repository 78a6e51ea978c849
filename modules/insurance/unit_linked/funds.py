"""The funds of the contract (*fondos y cestas*) and its terms, from `data/funds.json`."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.dated import read_table

FUNDS: Final = Path(__file__).parent / "data" / "funds.json"


@dataclass(frozen=True)
class Fund:
    """One fund that the contract offers."""

    isin: str
    name: str
    basket: str
    risk: int  # 1 to 7, Reg. (EU) 2017/653
    sfdr: int  # article of Reg. (EU) 2019/2088 that it declares


@dataclass(frozen=True)
class Terms:
    """What the contract says of orders and switches."""

    baskets: tuple[str, ...]  # by risk
    stale_after_days: int
    execution_days: int
    free_switches_a_year: int
    switch_fee: Decimal
    suitability_months: int

    def suits(self, basket: str, profile: str) -> bool:
        """Whether `basket` is no riskier than the client's `profile`."""
        return self.baskets.index(basket) <= self.baskets.index(profile)


@cache
def terms() -> Terms:
    """The contract's terms."""
    data = read_table(FUNDS)
    return Terms(
        tuple(data["baskets"]), data["stale_after_days"], data["execution_days"], data["free_switches_a_year"],
        Decimal(data["switch_fee"]), data["suitability_months"],
    )  # fmt: skip


@cache
def funds() -> dict[str, Fund]:
    """All funds by ISIN."""
    return {row["isin"]: Fund(**row) for row in read_table(FUNDS)["funds"]}


def fund_of(isin: str, field: str) -> Fund:
    """The fund `isin`.

    Raises:
        BadArguments: the contract does not offer it; names `field`.
    """
    if isin not in funds():
        raise BadArguments(N_("El fondo «{isin}» («{field}») no está en el contrato."), field=field, isin=isin)
    return funds()[isin]
