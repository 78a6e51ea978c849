"""Tables and facts out of typed results: columns, formats and what is left for the fold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from core.i18n import Locale
from server.view.formats import is_figure, is_money, is_technical, say
from server.view.labels import field_label, in_order

WIDEST: Final = 8  # columns that a card can hold
SENTENCE: Final = 40  # characters from which texts of a list stand apart
HIDDEN: Final = frozenset({"id", "version", "tenant_id", "charts"})  # charts are drawn, not listed


@dataclass(frozen=True)
class Cell:
    """One cell: what is said, the plain value for copying, and whether it is a figure."""

    said: str
    plain: str
    figure: bool


@dataclass(frozen=True)
class Column:
    """One column: the field, its label, and whether it holds figures."""

    name: str
    label: str
    figure: bool


@dataclass(frozen=True)
class Table:
    """Rows as a person reads them; `more` counts those left out."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def cell(name: str, value: Any, locale: Locale) -> Cell:
    """The cell of one field."""
    return Cell(say(name, value, locale), _plain(value), is_figure(name, value))


def _columns(rows: Sequence[dict[str, Any]], locale: Locale, order: Sequence[str]) -> tuple[Column, ...]:
    names: dict[str, None] = {}
    for row in rows:
        names |= dict.fromkeys(row)
    kept = []
    for name in in_order(names, order):
        values = [row.get(name) for row in rows]
        nested = any(isinstance(v, list) and v and isinstance(v[0], dict) for v in values)
        empty = all(v in (None, "", [], {}) for v in values)
        if name in HIDDEN or nested or empty or any(is_technical(v) for v in values):
            continue
        kept.append(Column(name, field_label(name, locale), any(is_figure(name, v) for v in values)))
    return tuple(kept[:WIDEST])


def table_of(
    data: Any,
    locale: Locale,
    *,
    columns: Sequence[str] | None = None,
    limit: int = 50,
    caption: str = "",
    order: Sequence[str] = (),
) -> Table | None:
    """A table of a list of objects, or None if `data` is no such list or holds nothing."""
    if not isinstance(data, list) or not data or not all(isinstance(row, dict) for row in data):
        return None
    shown = data[:limit]
    if columns:
        shown = [{name: row.get(name) for name in columns} for row in shown]
    heads = _columns(shown, locale, columns or order)
    if not heads:
        return None
    rows = tuple(tuple(cell(head.name, row.get(head.name), locale) for head in heads) for row in shown)
    return Table(caption, heads, rows, len(data) - len(shown))


def order_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """All field names of a schema in the order of its definitions, the outermost first."""
    found = list(schema.get("properties", {}))
    for definition in schema.get("$defs", {}).values():
        found += definition.get("properties", {})
    if "items" in schema:
        found += schema["items"].get("properties", {})
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Fact:
    """A field as people read it; several values where each is a sentence of its own."""

    label: str
    said: tuple[str, ...]
    money: bool = False


@dataclass(frozen=True)
class Facts:
    """A result as labels and values, with the tables inside it."""

    pairs: tuple[Fact, ...]
    tables: tuple[Table, ...]


def facts_of(data: Any, locale: Locale, limit: int = 10, order: Sequence[str] = ()) -> Facts:
    """What an object says: its plain fields as pairs, its lists as tables."""
    if isinstance(data, list):
        table = table_of(data, locale, limit=limit, order=order)
        said = () if table else tuple(Fact("", (say("", item, locale),)) for item in data[:limit])
        return Facts(said, (table,) if table else ())
    if not isinstance(data, dict):
        return Facts((Fact("", (say("", data, locale),)),) if data is not None else (), ())
    pairs: list[Fact] = []
    tables: list[Table] = []
    for name in in_order(data, order):
        value = data[name]
        if name in HIDDEN:
            continue
        table = table_of(value, locale, limit=limit, caption=field_label(name, locale), order=order)
        if table:
            tables.append(table)
        elif isinstance(value, dict):
            inner = facts_of(value, locale, limit, order)
            pairs += [replace(fact, label=f"{field_label(name, locale)} · {fact.label}") for fact in inner.pairs]
            tables += inner.tables
        elif not is_technical(value) and value not in (None, "", []):
            pairs.append(Fact(field_label(name, locale), _sentences(name, value, locale), is_money(name, value)))
    return Facts(tuple(pairs), tuple(tables))


def _sentences(name: str, value: Any, locale: Locale) -> tuple[str, ...]:
    """A list of sentences one by one; anything else as one text."""
    if isinstance(value, list) and any(isinstance(item, str) and len(item) > SENTENCE for item in value):
        return tuple(say(name, item, locale) for item in value)
    return (say(name, value, locale),)
