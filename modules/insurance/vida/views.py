"""What the life tools answer besides prices: the path of premiums, the reserve, the tests that are asked for."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.views import PolicyNumber, day
from modules.insurance.vida.medical import TESTS
from tools.results import Result


class PathRow(BaseModel):
    """What a year at one age costs."""

    model_config = ConfigDict(frozen=True)

    age: int
    renewable: Money
    level: Money | None


class PremiumPath(Result):
    """Renewable premiums year by year against the level one, by today's tariff."""

    end_age: int
    years: tuple[PathRow, ...]
    renewable_total: Money
    level_total: Money | None
    dearer_from: int | None  # age from which the renewable premium is the higher one

    def told(self, locale: Locale) -> str:
        """First and last premium, both totals, and where the paths cross."""
        first, last = self.years[0], self.years[-1]
        text = N_("Anual renovable: {first} a los {age} años, {last} a los {end}; en total {total} hasta los {until}.")
        said = [
            translate(
                text, locale, first=format_money(first.renewable, locale), age=first.age,
                last=format_money(last.renewable, locale), end=last.age,
                total=format_money(self.renewable_total, locale), until=self.end_age,
            )
        ]  # fmt: skip
        if first.level is not None and self.level_total is not None:
            text = N_("Nivelada: {level} cada año; en total {total}.")
            said.append(
                translate(
                    text, locale, level=format_money(first.level, locale),
                    total=format_money(self.level_total, locale),
                )
            )  # fmt: skip
        if self.dearer_from is not None:
            text = N_("Desde los {age} años la renovable es la más cara.")
            said.append(translate(text, locale, age=self.dearer_from))
        return " ".join(said)


class ReserveRow(BaseModel):
    """The reserve at the end of one year."""

    model_config = ConfigDict(frozen=True)

    year: int
    age: int
    reserve: Money
    reduced_sum: Money


class ReserveView(Result):
    """The reserve of a level policy today and over its whole term."""

    policy: PolicyNumber
    on: date
    year: int
    reserve: Money
    reduced_sum: Money | None
    surrender_value: Money | None
    barred: bool  # by an irrevocable beneficiary
    years: tuple[ReserveRow, ...]

    def told(self, locale: Locale) -> str:
        """The reserve, and what may be had of it."""
        text = N_("Provisión matemática de {policy} a {year} años completos: {reserve}.")
        said = [translate(text, locale, policy=self.policy, year=self.year, reserve=format_money(self.reserve, locale))]
        if self.barred:
            said.append(translate(N_("Un beneficiario irrevocable impide rescate y reducción (LCS art. 87)."), locale))
        elif self.reduced_sum is None:
            said.append(translate(N_("La póliza no concede rescate ni reducción (LCS art. 98)."), locale))
        else:
            text = N_("Capital reducido, sin más primas: {reduced}.")
            said.append(translate(text, locale, reduced=format_money(self.reduced_sum, locale)))
            if self.surrender_value is not None:
                text = N_("Valor de rescate: {value}.")
                said.append(translate(text, locale, value=format_money(self.surrender_value, locale)))
        return " ".join(said)


class MedicalTests(Result):
    """What the insurer will ask for; by the house's illustrative grid."""

    sum_insured: Money
    age: int
    tests: tuple[str, ...]
    grid_from: date
    source: str

    def told(self, locale: Locale) -> str:
        """The tests by name."""
        said = ", ".join(translate(TESTS[code], locale).lower() for code in self.tests)
        text = N_("Para {sum} a los {age} años se pide: {tests} ({source}, desde el {since}).")
        return translate(
            text, locale, sum=format_money(self.sum_insured, locale), age=self.age, tests=said, source=self.source,
            since=day(self.grid_from),
        )  # fmt: skip
