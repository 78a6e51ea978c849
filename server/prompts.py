"""Suggested prompts: each asks for something that is there now, never a demo sentence.

What exists is learned by the read tools that the person may call; an answer is kept for a
quarter of an hour, since every open page would ask again.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.context import Actor, Origin
from core.errors import AitError
from core.i18n import N_, translate
from core.identifiers import new_id
from modules.installation import Installation
from tools.gate import Call

KEPT_SECONDS: Final = 900.0
MOST: Final = 4
_kept: dict[tuple[UUID, UUID, str], tuple[float, list["Prompt"]]] = {}


@dataclass(frozen=True)
class Prompt:
    """One suggestion: what it says and the icon beside it."""

    text: str
    icon: str


@dataclass(frozen=True)
class Look:
    """A read tool, where its rows stand, and the prompts that its first row makes possible."""

    tool: str
    args: dict[str, Any]
    rows: str
    prompts: tuple[tuple[str, str], ...]


LOOKS: Final = (
    Look(
        "encashment_list_pending",
        {"limit": 5},
        "receipts",
        (("receipt", N_("¿Qué recibos tiene pendientes {customer_name}?")),),
    ),
    Look("kernel_list_quotes", {}, "quotes", (("file-text", N_("Emite la oferta {quote_number} de {customer_name}")),)),
    Look(
        "encashment_list_overdue",
        {"limit": 5},
        "receipts",
        (
            ("clock", N_("¿Qué recibos están vencidos y desde cuándo?")),
            ("mail", N_("Envía un recordatorio del recibo {receipt_number}")),
        ),
    ),
    Look(
        "kernel_list_renewals",
        {"days": 30, "limit": 5},
        "renewals",
        (("calendar", N_("¿Qué pólizas vencen en los próximos 30 días?")),),
    ),
    Look("crm_search_customers", {}, "customers", (("user", N_("Enséñame la ficha de {name}")),)),
)


def suggested(installation: Installation, actor: Actor) -> list[Prompt]:
    """Up to four prompts that this person can run on present data."""
    key = (actor.tenant_id, actor.user_id, actor.locale)
    kept = _kept.get(key)
    if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1]
    found: list[Prompt] = []
    for prompt in _possible(installation, actor):
        found.append(prompt)
        if len(found) == MOST:
            break
    if len(_kept) > 1000:
        _kept.clear()
    _kept[key] = (time.monotonic(), found)
    return found


def _possible(installation: Installation, actor: Actor) -> Iterator[Prompt]:
    for look in LOOKS:
        row = _first_row(installation, actor, look)
        if row is None:
            continue
        for icon, text in look.prompts:
            try:
                yield Prompt(translate(text, actor.locale, **row), icon)
            except KeyError:
                continue  # this row does not hold the name that the sentence needs


def _first_row(installation: Installation, actor: Actor, look: Look) -> dict[str, Any] | None:
    """The first row that the tool gives this person; None if it may not, or there is none."""
    if look.tool not in installation.catalogue.tools:
        return None
    try:
        outcome = installation.gate.call(Call(look.tool, look.args, actor, Origin("web", new_id())))
    except AitError:
        return None
    rows = outcome.json.get(look.rows) if isinstance(outcome.json, dict) else None
    return rows[0] if rows else None
