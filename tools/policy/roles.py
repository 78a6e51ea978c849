"""Roles and agents (*roles y agentes*): who may do what, as tables that become Cedar rules."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from core.i18n import N_
from tools.risk import Risk

UNKNOWN_AGENT: Final = "unknown-agent"
AGENT_WHY: Final = N_("Queda fuera de la autoridad de ese agente.")


class Role(BaseModel):
    """What a role may do; `refused` wins over `permissions`. `*` stands for any text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    permissions: tuple[str, ...]
    refused: tuple[str, ...] = ()

    def rule(self, name: str) -> str:
        """The role as a Cedar permission."""
        unless = f"\nunless {{ {_any_like('permission', self.refused)} }}" if self.refused else ""
        return (
            f'@id("role:{name}")\npermit (principal in AIT::Role::{_text(name)}, action, resource)\n'
            f"when {{ {_any_like('permission', self.permissions)} }}{unless};"
        )


class Authority(BaseModel):
    """What an agent may do at most, whoever it acts for.

    Args:
        classes: risk classes that it may use.
        amount: euros that one call may move at most; None for any.
        lines: lines of business it may touch; empty for all.
        hours: from and until which hour of the tenant's day it may do more than read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    classes: frozenset[Risk]
    amount: int | None = Field(default=None, ge=0)
    lines: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None

    def rule(self, pattern: str) -> str:
        """The authority as a Cedar refusal of all that lies beyond it."""
        classes = ", ".join(f'"{risk.value}"' for risk in sorted(self.classes))
        beyond = [f"![{classes}].contains(context.cls)"]
        if self.amount is not None:
            beyond.append(f"context.amount_cents > {self.amount * 100}")
        if self.lines:
            lines = ", ".join(_text(line) for line in ("", *self.lines))
            beyond.append(f"![{lines}].contains(context.line)")
        if self.hours is not None:
            first, last = self.hours
            beyond.append(f'(context.cls != "R0" && (context.minute < {first * 60} || context.minute >= {last * 60}))')
        return (
            f'@id("agent:{pattern}")\n@why("{AGENT_WHY}")\nforbid (principal, action, resource)\n'
            f"when {{ context.agent like {_text(pattern)} && ({' || '.join(beyond)}) }};"
        )


def unknown_agents(patterns: tuple[str, ...]) -> str:
    """Refuses agents that the policy does not name."""
    known = _any_like("agent", ("", *patterns))
    return f'@id("{UNKNOWN_AGENT}")\n@why("{AGENT_WHY}")\nforbid (principal, action, resource)\nunless {{ {known} }};'


def _any_like(attribute: str, patterns: tuple[str, ...]) -> str:
    return " || ".join(f"context.{attribute} like {_text(p)}" for p in patterns) or "false"


def _text(value: Any) -> str:
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
