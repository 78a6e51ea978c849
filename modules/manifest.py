"""The manifest: what a module says of itself, as a value named `MODULE` in its package."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Category: TypeAlias = Literal[
    "core_business",
    "insurance",
    "marketing_sales",
    "analytics_intelligence",
    "security_compliance",
    "infrastructure",
    "integration_automation",
]


@dataclass(frozen=True, kw_only=True)
class Module:
    """One module of the ERP.

    `id` is unique (`ai-crm`); the folder is the id without `ai-`, `ait-`, `seguros-`, with
    `_` for `-`. `summary` is Spanish, for people. `depends` lists module ids; only their
    records, events and tools may be imported.
    """

    id: str
    category: Category
    version: str
    summary: str
    schema: str | None = None
    depends: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The id as tools and folders bear it: `ai-crm` → `crm`, `unit-linked` → `unit_linked`."""
        for prefix in ("ai-", "ait-", "seguros-"):
            if self.id.startswith(prefix):
                return self.id.removeprefix(prefix).replace("-", "_")
        return self.id.replace("-", "_")
