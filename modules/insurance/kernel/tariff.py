"""Tariffs (*tarifas*): data, compiled once into frozen values whose look-ups are functions.

A line's file says everything that differs from other lines; nothing here knows a line by
name. Statutory rates lie in a table of their own, by date. What is wrong in a file is
refused at load with the path of the table at fault.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from core.errors import BadArguments
from core.i18n import N_
from core.money import CENT
from modules.insurance.kernel.inputs import Inputs, flagged, missing, number
from modules.insurance.kernel.lookups import (
    HUNDRED,
    ONE,
    THOUSAND,
    Absent,
    BadTariff,
    Lookup,
    decimal,
    lookup,
    neutral,
    required,
)
from modules.insurance.kernel.surcharges import Surcharge, surcharge
from modules.insurance.kernel.underwriting import Condition, Rule, condition, rule

DATA: Final = Path(__file__).parent / "data"
RECEIPTS: Final[Mapping[str, int]] = {"annual": 1, "semiannual": 2, "quarterly": 4, "monthly": 12}
Taxation: TypeAlias = Literal["all", "none", "by_product", "by_input", "by_coverage"]
Exposure: TypeAlias = Callable[[Inputs], Decimal]


@dataclass(frozen=True, slots=True)
class Coverage:
    """One coverage (*garantía*): a base, what it is applied to, and its factors."""

    id: str
    insurance_class: str
    base: Lookup
    exposure: Exposure
    factors: tuple[Lookup, ...]
    flag: str | None
    discounted: bool
    taxed: bool  # only read where the line is taxed by coverage
    guarantee_fund: bool


@dataclass(frozen=True, slots=True)
class Product:
    """One product (*modalidad*): its coverages in order, and the least it costs."""

    id: str
    coverages: tuple[Coverage, ...]
    minimum: Decimal
    taxed: bool
    subsidised: bool
    model: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Charges:
    """Rates of tax and of the surcharges that are a share of the premium."""

    ips: Decimal
    lea: Decimal
    guarantee_fund: Decimal


@dataclass(frozen=True, slots=True)
class Tariff:
    """The tariff of one line, ready to price."""

    line: str
    version: str
    products: Mapping[str, Product]
    rules: tuple[Rule, ...]
    factors: Mapping[str, Lookup]
    loadings: tuple[Lookup, ...]
    discounts: tuple[Lookup, ...]
    least_discount: Decimal  # the product of the discounts never falls below this
    fractioning: Mapping[str, Decimal]
    surcharges: tuple[Surcharge, ...]
    taxation: Taxation
    exempt_when: tuple[Condition, ...]
    lea: bool
    per_insured: bool
    data: Mapping[str, Any]
    tables: Mapping[str, Any]  # what lines share: mortality, the savings tax

    def rule(self, code: str) -> Rule | None:
        """The underwriting rule called `code`."""
        return next((found for found in self.rules if found.code == code), None)


@cache
def statutory() -> Mapping[str, Sequence[Mapping[str, str]]]:
    """The dated rates of tax and surcharges, oldest first, each with its norm."""
    found: dict[str, Any] = json.loads((DATA / "public_charges.json").read_text(encoding="utf-8"))
    return {name: rows for name, rows in found.items() if name != "note"}


@cache
def charges_on(on: date) -> Charges:
    """The rates in force on a date (of effect; premium-taxes: history is never computed again).

    Raises:
        BadArguments: the date lies before the first rate that we know.
    """
    return Charges(**{name: _in_force(name, rows, on) for name, rows in statutory().items()})


def _in_force(name: str, rows: Sequence[Mapping[str, str]], on: date) -> Decimal:
    known = [row for row in rows if date.fromisoformat(row["from"]) <= on]
    if not known:
        text = N_("No se conoce el tipo de «{name}» en la fecha de efecto («{field}») {on}.")
        raise BadArguments(text, field="effective_on", name=name, on=f"{on:%d/%m/%Y}")
    return Decimal(known[-1]["rate"])


@cache
def shared_tables() -> Mapping[str, Any]:
    """Tables that tariffs of several lines name: mortality, the savings tax."""
    found: Mapping[str, Any] = json.loads((DATA / "tables.json").read_text(encoding="utf-8"))
    return found


@cache
def load_tariff(path: Path) -> Tariff:
    """The tariff in the file at `path`; read and compiled once."""
    return compile_tariff(json.loads(path.read_text(encoding="utf-8")))


def compile_tariff(data: Mapping[str, Any]) -> Tariff:
    """The tariff of one line, from its file.

    Raises:
        BadTariff: the file is wrong; names the path of the table at fault.
    """
    line, version = data["line"], data["version"]
    factors = lookups(line, data, "factors", required)
    coverages = {
        name: compile_coverage(name, spec, factors, f"{line}.coverages.{name}")
        for name, spec in data["coverages"].items()
    }
    exemptions = data.get("ips_exempt_when", ())
    return Tariff(
        line=line, version=version,
        products={
            name: compile_product(name, spec, coverages, f"{line}.products.{name}")
            for name, spec in data["products"].items()
        },
        rules=tuple(rule(spec, f"{line}.underwriting.{spec['code']}") for spec in data["underwriting"]),
        factors=factors, loadings=tuple(lookups(line, data, "loadings", neutral).values()),
        discounts=tuple(lookups(line, data, "discounts", neutral).values()),
        least_discount=ONE - decimal(data["max_total_discount"], f"{line}.max_total_discount"),
        fractioning=fractioning(line, data["fractioning"]),
        surcharges=tuple(surcharge(spec, f"{line}.ccs.{spec['id']}") for spec in data["ccs"]),
        taxation=taxation(data["ips"], f"{line}.ips"),
        exempt_when=tuple(condition(part, f"{line}.ips_exempt_when") for part in exemptions),
        lea=data["lea"], per_insured=data.get("per_insured", False), data=data, tables=shared_tables(),
    )  # fmt: skip


def lookups(line: str, data: Mapping[str, Any], section: str, absent: Absent) -> dict[str, Lookup]:
    """All tables of a section, by name."""
    return {name: lookup(spec, f"{line}.{section}.{name}", absent) for name, spec in data[section].items()}


def fractioning(line: str, rates: Mapping[str, str]) -> dict[str, Decimal]:
    """The surcharge of each rhythm of payment that the line allows."""
    for name in rates:
        if name not in RECEIPTS:
            text = N_("La tarifa no se puede cargar: «{field}» es desconocido.")
            raise BadTariff(text, field=f"{line}.fractioning.{name}")
    return {name: decimal(rate, f"{line}.fractioning.{name}") for name, rate in rates.items()}


def compile_coverage(name: str, spec: Mapping[str, Any], factors: Mapping[str, Lookup], path: str) -> Coverage:
    """One coverage with its factors looked up by name."""
    absent = [factor for factor in spec["factors"] if factor not in factors]
    if absent:
        raise BadTariff(N_("La tarifa no se puede cargar: «{field}» no existe."), field=f"{path}.factors.{absent[0]}")
    return Coverage(
        id=name,
        insurance_class=str(spec.get("ramo", "")),
        base=lookup(spec["base"], f"{path}.base"),
        exposure=exposure(spec, path),
        factors=tuple(factors[factor] for factor in spec["factors"]),
        flag=spec.get("flag"),
        discounted=not spec.get("no_discount", False),
        taxed=spec.get("ips", True),
        guarantee_fund=spec.get("guarantee_fund", False),
    )


def compile_product(name: str, spec: Mapping[str, Any], coverages: Mapping[str, Coverage], path: str) -> Product:
    """One product; the coverages that it lists come first, then the optional ones."""
    names = [*spec.get("coverages", ()), *spec.get("optional", ())]
    absent = [coverage for coverage in names if coverage not in coverages]
    if absent:
        raise BadTariff(N_("La tarifa no se puede cargar: «{field}» no existe."), field=f"{path}.coverages.{absent[0]}")
    return Product(
        id=name,
        coverages=tuple(coverages[coverage] for coverage in names),
        minimum=decimal(spec.get("minimum", "0"), f"{path}.minimum").quantize(CENT),
        taxed=spec.get("ips", True),
        subsidised=spec.get("subsidy", False),
        model=spec.get("model"),
        data=spec,
    )


def exposure(spec: Mapping[str, Any], path: str) -> Exposure:
    """What the base of a coverage is applied to: a sum insured, units, or nothing."""
    match spec["basis"]:
        case "flat":
            return lambda inputs: ONE
        case "per_mille":
            return scaled(tuple(spec["exposure"]["sum"]), THOUSAND)
        case "percent":
            return scaled(tuple(spec["exposure"]["sum"]), HUNDRED)
        case "per_unit":
            return units(spec["units"])
    raise BadTariff(N_("La tarifa no se puede cargar: «{field}» es desconocido."), field=f"{path}.basis")


def scaled(fields: tuple[str, ...], unit: Decimal) -> Exposure:
    """The sum of `fields` over `unit`."""
    return lambda inputs: exposed(inputs, fields) / unit


def exposed(inputs: Inputs, fields: tuple[str, ...]) -> Decimal:
    """The sum of `fields`, a missing one counting 0; an error when none is known at all."""
    found = [value for field in fields if (value := number(inputs, field)) is not None]
    if not found:
        missing(fields[0])
    return Decimal(sum(found))


def units(field: str) -> Exposure:
    """The number of units in `field`."""

    def read(inputs: Inputs) -> Decimal:
        value = number(inputs, field)
        return missing(field) if value is None else Decimal(value)

    return read


def taxation(spec: Any, path: str) -> Taxation:
    """How a line is subject to the premium tax."""
    modes: Mapping[Any, Taxation] = {
        True: "all",
        False: "none",
        "by_product": "by_product",
        "by_input": "by_input",
        "split": "by_coverage",
    }
    if spec not in modes:
        raise BadTariff(N_("La tarifa no se puede cargar: «{field}» es desconocido."), field=path)
    return modes[spec]


def entering(product: Product, inputs: Inputs) -> tuple[Coverage, ...]:
    """The coverages of `product` that these inputs buy."""
    return tuple(coverage for coverage in product.coverages if flagged(inputs, coverage.flag))


def adjustments(tariff: Tariff, inputs: Inputs) -> tuple[Decimal, Decimal]:
    """The product of the loadings, and that of the discounts down to the cap."""
    loading = discount = ONE
    for find in tariff.loadings:
        loading *= find(inputs)
    for find in tariff.discounts:
        discount *= find(inputs)
    return loading, max(discount, tariff.least_discount)
