"""How a decision is named: verb, object, amount; generated, so that no two lines are alike by intent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

from core.i18n import N_, Locale, translate
from core.money import format_money
from server.view.diff import NAMING
from server.view.formats import is_money
from server.view.labels import role_label
from tools.approvals import ApprovalView, not_together
from tools.policy.facts import REQUESTER
from tools.preview import Preview
from tools.provenance import Integrity

AMOUNTS: Final = ("total_premium", "annual_premium", "total", "amount", "net_premium")


WHOM: Final = ("customer", "payee", "recipient", "to", "document", "policy", "receipt", "quote")
MANY: Final = 10  # more pending of one origin than this are one list, the largest amount first
WHO_ASKED: Final = N_("quien lo pidió")
TYPED: Final = N_("lo escribió quien lo pide")
MODEL: Final = N_("lo dedujo el agente y nadie lo ha confirmado")
CONFIRMED: Final = N_("lo confirmó {who}")
READ: Final = N_("procede de: {source}")
OTHER_MODEL: Final = N_("un modelo de otra casa (MCP)")
WATCHED: Final = {"typed": TYPED, "model": MODEL}
BY: Final = "confirmed by "


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
    named = _first(rows, NAMING) or _first([item.args], (*NAMING, *WHOM))
    parts.append(str(named) if isinstance(named, str | int) else f"…{str(item.id)[-4:]}")
    amount = amount_of(item)
    if amount is not None:
        parts.append(format_money(amount, locale))
    return " · ".join(parts)


def amount_of(item: ApprovalView) -> Decimal | None:
    """The amount that an approver sees first, if there is one."""
    rows = [{**row.before, **row.after} for row in item.preview.rows]
    found = _first(rows, AMOUNTS)
    return Decimal(found) if isinstance(found, str) and is_money("amount", found) else None


@dataclass(frozen=True)
class Group:
    """Decisions that stand together: many of one origin under a title, or all the others under none."""

    items: tuple[ApprovalView, ...]
    requester: str = ""
    agent: str | None = None
    title: str = ""


def grouped(found: Sequence[ApprovalView]) -> list[Group]:
    """`found` with more than ten pending of one origin gathered, the largest amount first."""
    counts = Counter(_origin(item) for item in found if item.state == "pending")
    groups = []
    for origin, count in counts.items():
        if count > MANY:
            alike = [item for item in found if item.state == "pending" and _origin(item) == origin]
            alike.sort(key=lambda item: amount_of(item) or Decimal(0), reverse=True)
            groups.append(Group(tuple(alike), alike[0].requester, alike[0].agent, alike[0].title))
    gathered = {item.id for group in groups for item in group.items}
    rest = tuple(item for item in found if item.id not in gathered)
    return [*groups, Group(rest)] if rest else groups


def _origin(item: ApprovalView) -> tuple[str, str | None, str]:
    return item.requester, item.agent, item.tool


def in_bulk(item: ApprovalView) -> bool:
    """Whether it may be decided together with others like it."""
    return item.may_decide and not not_together([item])


def approvers(roles: str, locale: Locale) -> str:
    """Who may decide, in people's words: «dirección ejecutiva / cumplimiento»."""
    words = [
        translate(WHO_ASKED, locale) if role == REQUESTER else role_label(role, locale) for role in roles.split(",")
    ]
    return " / ".join(words)


def source_said(source: str, names: Mapping[str, str], titles: Mapping[str, str], locale: Locale) -> str:
    """Where a value came from, in words.

    Args:
        source: as its label has it: `typed`, `model`, `customer:crm_search_customers`.
        names: people by username.
        titles: tools by name.
        locale: the reader's language.
    """
    if source in WATCHED:
        return translate(WATCHED[source], locale)
    if source.startswith(BY):
        who = [names.get(user, user) for user in source.removeprefix(BY).split(", ")]
        return translate(CONFIRMED, locale, who=", ".join(who))
    where = source.partition(":")[2] or source
    return translate(READ, locale, source=titles.get(where, where))


def untrusted(label: Mapping[str, Any]) -> bool:
    """Whether a value's label is below what a person or a register vouches for."""
    return int(label.get("integrity", Integrity.SYSTEM)) < Integrity.TRUSTED


def foreign_said(item: ApprovalView, titles: Mapping[str, str], locale: Locale) -> list[tuple[str, str]]:
    """What external content the turn had read: each source in words, and as the log names it."""
    tools = dict.fromkeys(source.partition(":")[0] for source in item.foreign_sources)
    return [(translate(OTHER_MODEL, locale) if tool == "mcp" else titles.get(tool, tool), tool) for tool in tools]
