"""How a decision is named: verb, object, amount; generated, so that no two lines are alike by intent."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Protocol

from core.i18n import Locale, translate
from core.money import format_money
from server.view.diff import NAMING
from server.view.formats import is_money
from tools.approvals import ApprovalView
from tools.preview import Preview

AMOUNTS: Final = ("total_premium", "annual_premium", "total", "amount", "net_premium")


class Previewed(Protocol):
    """What holds a preview: a decision, or the outcome of a dry run."""

    @property
    def preview(self) -> Preview | None:
        """The exact changes."""


def rows_of(item: Previewed) -> list[dict[str, Any]]:
    """The preview's rows as JSON, the way `diff_of` reads them."""
    return [row.model_dump(mode="json") for row in item.preview.rows] if item.preview else []


def _first(rows: Iterable[Mapping[str, Any]], names: Iterable[str]) -> Any:
    for name in names:
        for row in rows:
            if row.get(name):
                return row[name]
    return None


def headline(item: ApprovalView, locale: Locale) -> str:
    """`Emitir póliza · PA-20418 · 371,20 €`: what, which, how much."""
    rows = [{**row.before, **row.after} for row in item.preview.rows]
    parts = [translate(item.title, locale)]
    named = _first(rows, NAMING) or _first([item.args], NAMING)
    if named:
        parts.append(str(named))
    amount = _first(rows, AMOUNTS)
    if isinstance(amount, str) and is_money("amount", amount):
        parts.append(format_money(Decimal(amount), locale))
    return " · ".join(parts)
