"""What a model call cost, in whole micro-euros, by a dated price table (`prices.json`).

A model whose price is not in the table has no cost (None), never a guessed one; a price
taken over from an earlier model of the same family is marked as an estimate.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.errors import BadArguments
from core.i18n import N_

OWN: Final = "prices.json"  # under the data directory
TABLE: Final = Path(__file__).parent / "prices.json"


@dataclass(frozen=True)
class Price:
    """USD per million tokens, from a day on."""

    match: str
    since: date
    input: Decimal
    output: Decimal
    estimate: bool
    source: str


@dataclass(frozen=True)
class PriceTable:
    """All prices, the exchange rate, and what cached tokens cost relative to fresh ones."""

    prices: tuple[Price, ...]
    usd_per_eur: tuple[tuple[date, Decimal], ...]
    cache_read: Decimal
    cache_write: Decimal

    @classmethod
    def read(cls, path: Path = TABLE, own: Path | None = None) -> "PriceTable":
        """The table in the file `path`, with what the file `own` says instead."""
        table = json.loads(path.read_text(encoding="utf-8"))
        changed = json.loads(own.read_text(encoding="utf-8")) if own else {}
        house, shipped = _prices(changed), _prices(table)
        named = {price.match for price in house}
        return cls(
            (*house, *(price for price in shipped if price.match not in named)),
            _rates(changed) or _rates(table),
            Decimal(changed.get("cache_read_factor", table["cache_read_factor"])),
            Decimal(changed.get("cache_write_factor", table["cache_write_factor"])),
        )

    def price(self, model: str, on: date) -> Price | None:
        """The price in force: the longest match, then the latest date."""
        name = model.rpartition("/")[2]
        fitting = [p for p in self.prices if name.startswith(p.match) and p.since <= on]
        return max(fitting, key=lambda p: (len(p.match), p.since), default=None)

    def rate(self, on: date) -> Decimal:
        """Dollars for a euro on that day (the earliest known, for days before)."""
        past = [rate for since, rate in self.usd_per_eur if since <= on]
        return past[-1] if past else self.usd_per_eur[0][1]


def _prices(table: Mapping[str, Any]) -> tuple[Price, ...]:
    return tuple(
        Price(
            row["match"],
            date.fromisoformat(row["from"]),
            Decimal(row["input"]),
            Decimal(row["output"]),
            bool(row.get("estimate", False)),
            str(row.get("source", "")),
        )
        for row in table.get("models", ())
    )


def _rates(table: Mapping[str, Any]) -> tuple[tuple[date, Decimal], ...]:
    return tuple((date.fromisoformat(r["from"]), Decimal(r["rate"])) for r in table.get("usd_per_eur", ()))


@cache
def price_table(data_dir: Path | None = None) -> PriceTable:
    """The table that ships with the system; rows of `data_dir/prices.json` go before it.

    That file has the same form and may hold only what differs: a rate, a model's price.

    Raises:
        BadArguments: the house's own file cannot be read as such a table.
    """
    own = data_dir / OWN if data_dir else None
    if own is None or not own.is_file():
        return PriceTable.read()
    try:
        return PriceTable.read(TABLE, own)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise BadArguments(field=str(own), problem=N_("no es una tabla de precios válida")) from error


def cost_micro_eur(
    model: str, usage: Mapping[str, Any] | None, on: date, table: PriceTable | None = None
) -> int | None:
    """What a call of `model` with `usage` (LangChain's `usage_metadata`) cost; None if unknown.

    `input_tokens` includes cached ones. Rounded half up to the micro-euro, once.
    """
    table = table or price_table()
    price = table.price(model, on)
    if price is None or usage is None:
        return None
    details = usage.get("input_token_details") or {}
    read, written = int(details.get("cache_read") or 0), int(details.get("cache_creation") or 0)
    fresh = max(int(usage.get("input_tokens") or 0) - read - written, 0)
    weighted = fresh + read * table.cache_read + written * table.cache_write
    # USD per million tokens is the same number as micro-USD per token.
    micro_usd = weighted * price.input + int(usage.get("output_tokens") or 0) * price.output
    return int((micro_usd / table.rate(on)).quantize(Decimal(1), ROUND_HALF_UP))
