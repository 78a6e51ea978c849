"""The next annuity of a policy (*precio de renovación*): its risk a year on, its price, and why that differs.

The change of price is told step by step: first what the tariff and the statutory rates
alone change, then each input that changed, in the order of the line's risk. The steps add
up to the whole change to the cent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.asking import label
from modules.insurance.kernel.line import Line, PastClaim, Renewing
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy, Term
from modules.insurance.kernel.tariff import Tariff
from tools.gate.problems import problem_of

TARIFF: Final = N_("Tarifa, impuestos y recargos")
PEOPLE: Final = N_("Edad y situación de los asegurados")


class Cause(BaseModel):
    """Why the price changes: what changed, and by how much a year that moves the total."""

    model_config = ConfigDict(frozen=True)

    field: str  # of the risk; empty for the tariff itself
    label: str
    before: str = ""
    after: str = ""
    effect: Money

    def told(self, locale: Locale) -> str:
        """The cause with its effect, signed."""
        sign = "+" if self.effect >= ZERO else "-"
        amount = f"{sign}{format_money(abs(self.effect), locale)}"
        change = f" {self.before} → {self.after}" if self.after else ""
        return f"{translate(self.label, locale)}{change}: {amount}"


@dataclass(frozen=True)
class NextYear:
    """What a policy will insure and cost in its next annuity."""

    risk: Mapping[str, Any]
    rating: Rating
    before: Decimal
    causes: tuple[Cause, ...]
    tariff_version: str

    @property
    def after(self) -> Decimal:
        """The total of the next annuity."""
        return self.rating.total or ZERO


def next_year(
    line: Line, policy: Policy, terms: Sequence[Term], claims: Sequence[PastClaim], index: Decimal, tariff: Tariff
) -> NextYear:
    """Price the annuity after `policy.expires_on`.

    Args:
        line: of the policy.
        policy: as it runs.
        terms: the first and the latest of its terms.
        claims: of its last five years.
        index: of prices, as a fraction, for sums that follow it.
        tariff: that holds on the renewal.

    Raises:
        BadArguments: the risk a year on is out of the tariff; names the field.
    """
    on, last = policy.expires_on, terms[-1]
    renewing = Renewing(
        on=on, since=policy.effective_on, years=completed_years(policy.started_on, on), first=terms[0].risk,
        claims=tuple(claims), index=index,
    )  # fmt: skip
    wanted = {**line.renewed(last.risk, renewing), "payment_frequency": policy.payment_frequency}
    try:
        risk = line.risk.model_validate(wanted).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        raise problem_of(error) from error
    rating = line.rate_again(risk, on, tariff)
    causes = tuple(causes_of(line, last.risk, risk, on, tariff, policy.total_premium, rating.total or ZERO))
    return NextYear(risk, rating, policy.total_premium, causes, tariff.version)


def causes_of(
    line: Line, old: Mapping[str, Any], new: Mapping[str, Any], on: date, tariff: Tariff, before: Decimal,
    after: Decimal,
) -> Iterator[Cause]:  # fmt: skip
    """The steps from the price `before` to the price `after`."""
    reached, current = before, dict(old)
    found = total_of(line, current, on, tariff)
    if found is not None and found != reached:
        yield Cause(field="", label=TARIFF, effect=found - reached)
        reached = found
    changed = [name for name in line.risk.model_fields if old.get(name) != new.get(name)]
    for at, name in enumerate(changed, 1):
        current[name] = new.get(name)
        # A step between two valid risks may itself be invalid: its effect is then told with the next.
        found = after if at == len(changed) else total_of(line, current, on, tariff)
        if found is not None and found != reached:
            yield cause_of(line, name, old, new, found - reached)
            reached = found
    if reached != after:
        yield Cause(field="", label=TARIFF, effect=after - reached)


def total_of(line: Line, risk: Mapping[str, Any], on: date, tariff: Tariff) -> Decimal | None:
    """What a risk would cost, if the tariff prices it."""
    try:
        return line.rate_again({k: v for k, v in risk.items() if v is not None}, on, tariff).total
    except BadArguments:
        return None


def cause_of(line: Line, name: str, old: Mapping[str, Any], new: Mapping[str, Any], effect: Decimal) -> Cause:
    """The effect of one input."""
    if isinstance(new.get(name), list):
        return Cause(field=name, label=PEOPLE, effect=effect)
    said = (str(value) if value is not None else "—" for value in (old.get(name), new.get(name)))
    before, after = said
    return Cause(field=name, label=label(name, line.risk), before=before, after=after, effect=effect)
