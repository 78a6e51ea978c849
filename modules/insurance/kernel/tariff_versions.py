"""Insurers' tariffs (*tarifas de las compañías*): loaded as data, dated, compared, retired.

A tariff that has a gap or an overlap in its bands, or a name that dangles, is refused when it
is loaded, with the path of the table at fault. Where an insurer has none, the house's
reference tariff prices, and the quote says so.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, or_, select

from core.context import Context
from core.i18n import N_
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.lookups import BadTariff
from modules.insurance.kernel.market_records import TariffVersion
from modules.insurance.kernel.records import Policy, Term
from modules.insurance.kernel.tariff import Tariff, compile_tariff

COMPILED: Final = 500  # tariffs kept ready to price
PLACES: Final = Decimal("0.000001")


def tariff_for(ctx: Context, line: Line, insurer_id: UUID, on: date) -> Tariff:
    """What `insurer_id` charges for effects on a date; the reference tariff if it has loaded none."""
    found = version_on(ctx, line.code, insurer_id, on)
    return line.tariff if found is None else compiled(found)


def agreed_tariff(ctx: Context, line: Line, policy: Policy, term: Term) -> Tariff:
    """The tariff that `term` was priced by; for one taken over without a price, that of its annuity's first day."""
    if term.tariff_version == line.tariff.version:
        return line.tariff
    named = (
        TariffVersion.line == line.code, TariffVersion.insurer_id == policy.insurer_id,
        TariffVersion.name == term.tariff_version, alive(TariffVersion),
    )  # fmt: skip
    found = ctx.session.exec(select(TariffVersion).where(*named)).first()
    return compiled(found) if found is not None else tariff_for(ctx, line, policy.insurer_id, policy.effective_on)


def version_on(ctx: Context, line: str, insurer_id: UUID, on: date) -> TariffVersion | None:
    """The insurer's tariff in force on a date, if it has one."""
    query = select(TariffVersion).where(
        TariffVersion.line == line, TariffVersion.insurer_id == insurer_id, alive(TariffVersion),
        col(TariffVersion.starts_on) <= on, or_(col(TariffVersion.ends_on).is_(None), col(TariffVersion.ends_on) > on),
    )  # fmt: skip
    return ctx.session.exec(query.order_by(col(TariffVersion.starts_on).desc()).limit(1)).first()


def compiled(found: TariffVersion) -> Tariff:
    """The version, ready to price; compiled once for each state of the record."""
    kept = _Book(found.tenant_id, found.id, found.version, found.book)
    return _compile(kept)


class _Book:
    """A tariff's data, known again by its record: data themselves can't be hashed."""

    def __init__(self, tenant_id: UUID, id: UUID, version: int, data: Mapping[str, Any]) -> None:
        self.key, self.data = (tenant_id, id, version), data

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Book) and self.key == other.key


@lru_cache(maxsize=COMPILED)
def _compile(book: _Book) -> Tariff:
    return compile_tariff(book.data)


def checked(line: Line, book: Mapping[str, Any], version: str) -> dict[str, Any]:
    """`book` as a tariff of `line`, if it can be loaded and prices what the line sells.

    Raises:
        BadTariff: names the table at fault.
    """
    named = {**book, "line": line.code, "version": version}
    try:
        found = compile_tariff(named)
    except (KeyError, TypeError, AttributeError) as error:
        text = N_("La tarifa no se puede cargar: le falta «{field}» o tiene otra forma.")
        raise BadTariff(text, field=str(error).strip("'")[:80]) from error
    strangers = sorted(set(found.products) - set(line.products))
    if strangers:
        raise BadTariff(N_("La tarifa no se puede cargar: «{field}» no es un producto del ramo."), field=strangers[0])
    inputs = sorted(set(inputs_of(named)) - known_inputs(line))
    if inputs:
        text = N_("La tarifa no se puede cargar: pregunta «{field}», que el ramo no conoce.")
        raise BadTariff(text, field=inputs[0])
    return named


def inputs_of(spec: Any) -> Iterator[str]:
    """Every input that the tables of a tariff look up."""
    if isinstance(spec, Mapping):
        if isinstance(spec.get("input"), str):
            yield spec["input"]
        for part in spec.values():
            yield from inputs_of(part)
    elif isinstance(spec, list | tuple):
        for part in spec:
            yield from inputs_of(part)


def known_inputs(line: Line) -> set[str]:
    """Every input that the line's reference tariff or its risk knows."""
    return {*inputs_of(line.tariff.data), *line.risk.model_fields, "insured_count", "total_property_sum"}


def scaled(reference: Mapping[str, Any], by: Mapping[str, Decimal]) -> dict[str, Any]:
    """The reference with the bases of some coverages multiplied: how an insurer differs from it.

    Raises:
        BadTariff: a coverage that the reference does not have.
    """
    absent = sorted(set(by) - set(reference["coverages"]))
    if absent:
        raise BadTariff(N_("La tarifa no se puede cargar: «{field}» no existe."), field=f"scale.{absent[0]}")
    coverages = {
        name: {**spec, "base": _times(spec["base"], by[name])} if name in by else spec
        for name, spec in reference["coverages"].items()
    }
    return {**reference, "coverages": coverages}


def _times(base: Any, factor: Decimal) -> Any:
    """A base with every value multiplied."""
    if isinstance(base, str):
        return f"{(Decimal(base) * factor).quantize(PLACES).normalize():f}"
    if "map" in base:
        return {**base, "map": {key: _times(value, factor) for key, value in base["map"].items()}}
    return {**base, "steps": [{**row, "value": _times(row["value"], factor)} for row in base["steps"]]}


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Where two tariffs differ: path, value before, value after; nothing where one has no such value."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in (*before, *(name for name in after if name not in before)):
            if name not in ("version", "status"):
                yield from differences(before.get(name), after.get(name), f"{path}.{name}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for at, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{path}[{at}]")
    elif before != after:
        yield path, _said(before), _said(after)


def _said(value: Any) -> str:
    return "" if value is None else str(value)
