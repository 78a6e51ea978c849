"""Consorcio surcharges (*recargos del Consorcio*): on sums insured or per vehicle, never on the premium.

RDLeg 7/2004 arts. 6-8, 18 and 23; the rates stand in the tariff file with their status.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.i18n import N_
from core.money import to_cents
from modules.insurance.kernel.inputs import Inputs, flagged, missing, number
from modules.insurance.kernel.lookups import THOUSAND, BadTariff, Lookup, by_map, decimal, required


@dataclass(frozen=True, slots=True)
class Surcharge:
    """One entry of a line's Consorcio list."""

    id: str
    products: frozenset[str]  # empty: all
    flag: str | None
    amount: Callable[[Inputs], Decimal]

    def applies(self, product: str, inputs: Inputs) -> bool:
        """Whether the entry is due for `product` and these inputs."""
        return (not self.products or product in self.products) and flagged(inputs, self.flag)


def surcharge(spec: Mapping[str, Any], path: str) -> Surcharge:
    """The entry that `spec` of the tariff declares."""
    return Surcharge(
        id=spec["id"], products=frozenset(spec.get("products", ())), flag=spec.get("flag"), amount=amount(spec, path)
    )


def amount(spec: Mapping[str, Any], path: str) -> Callable[[Inputs], Decimal]:
    """How the entry is computed; rounded once to the cent."""
    match spec["kind"]:
        case "per_unit_map":
            euros = by_map(spec["input"], spec["map"], path, required)
            return lambda inputs: to_cents(euros(inputs))
        case "per_mille":
            rate = decimal(spec["rate"], path)
            return on_sums(lambda inputs: rate, tuple(spec["exposure"]["sum"]))
        case "per_mille_map":
            rates = by_map(spec["input"], spec["map"], path, required)
            return on_sums(rates, tuple(spec["exposure"]["sum"]))
        case "per_mille_insured":
            return on_insureds(decimal(spec["rate"], path), spec["exposure_field"])
    raise BadTariff(N_("La tarifa no se puede cargar: «{field}» es desconocido."), field=f"{path}.kind")


def on_sums(rate: Lookup, fields: tuple[str, ...]) -> Callable[[Inputs], Decimal]:
    """A rate per mille of the sums that are in the inputs, bought or not."""

    def due(inputs: Inputs) -> Decimal:
        sums = [value for field in fields if (value := number(inputs, field)) is not None]
        if not sums:
            missing(fields[0])
        return to_cents(rate(inputs) * sum(sums) / THOUSAND)

    return due


def on_insureds(rate: Decimal, field: str) -> Callable[[Inputs], Decimal]:
    """A rate per mille of `field` summed over all insured."""

    def due(inputs: Inputs) -> Decimal:
        people = inputs.get("insureds") or ()
        return to_cents(rate * sum(number(person, field) or 0 for person in people) / THOUSAND)

    return due
