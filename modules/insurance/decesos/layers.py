"""The layers of a level premium through the years (*capas de capital*); pure.

The service value grows every year with the cost of funerals. The increase is a new layer,
priced at the age of that day; the old layers keep their premiums. A lower value gives up
the newest layers first.
"""

from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Final

from core.money import ZERO, to_cents
from modules.insurance.decesos.risk import MOST_VALUE, Product
from modules.insurance.kernel.layers import fitted
from modules.insurance.kernel.line import Entering, Renewing
from modules.insurance.kernel.lives import entered as lives_entered
from modules.insurance.kernel.models import funeral_premium
from modules.insurance.kernel.rating import DIGITS
from modules.insurance.kernel.tariff import Tariff

UPDATE: Final = Decimal(3)  # % a year: house default, unless the policy says another


def premium_at(tariff: Tariff, product: str, value: Decimal, age: int) -> Decimal:
    """The yearly premium (or the single one) of `value` for a life of `age`, before the family discount."""
    with localcontext() as exact:
        exact.prec = DIGITS
        person = {"service_value": value, "insured.age": age}
        return to_cents(funeral_premium(tariff, tariff.data["model"], product, person))


def layered(tariff: Tariff, one: dict[str, Any], value: Decimal, on: date) -> list[dict[str, Any]]:
    """The layers of one life that make up `value`, with one of `on` for what they do not reach."""
    before = one.get("layers") or []
    kept = fitted(before, value)
    layers = [
        old if Decimal(str(old["value"])) == new.value
        else {**old, "value": f"{new.value:.2f}", "premium": f"{new.premium:.2f}"}
        for old, new in zip(before, kept, strict=False)
    ]  # fmt: skip
    rest = value - sum((layer.value for layer in kept), ZERO)
    if rest:
        premium = premium_at(tariff, Product.NIVELADA, rest, int(one["age"]))
        added = {"from_on": on.isoformat(), "value": f"{rest:.2f}", "age": int(one["age"]), "premium": f"{premium:.2f}"}
        layers.append(added)
    return layers


def entering(tariff: Tariff, risk: dict[str, Any], begins: Entering) -> dict[str, Any]:
    """`risk` with numbers, own start dates and, in the level modality, every life's layers."""
    whole = lives_entered(risk, begins, also=("layers",))
    value = Decimal(str(whole["service_value"]))
    people = []
    for one in whole["insureds"]:
        bare = {name: said for name, said in one.items() if name != "layers"}
        level = whole["product"] == Product.NIVELADA
        people.append({**bare, "layers": layered(tariff, one, value, begins.on)} if level else bare)
    return {**whole, "insureds": people}


def grown(value: Decimal, percent: Decimal) -> Decimal:
    """The service value a year on."""
    return to_cents(value * (1 + percent / 100))


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """The next annuity's risk: the service value follows the cost of funerals."""
    told = risk.get("service_update_pct")
    percent = Decimal(str(told)) if told is not None else renewing.index * 100 or UPDATE
    value = min(grown(Decimal(str(risk["service_value"])), percent), Decimal(MOST_VALUE))
    return {**risk, "service_value": f"{value:.2f}"}
