"""Business rules on a proposed call (*reglas de decisión*): pure, no model, clock or network.

They decide between "go to the gate", "a person must see it whatever the policy says" and
"do not propose it". They add to the gate's policy and can never loosen it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from core.i18n import N_, translate
from tools.risk import Risk

RULESET: Final = "2026-11"
Severity: TypeAlias = Literal["block", "approve", "warn"]
CONFLICT_SHARE: Final = 0.3  # both sides hold at least this much of the weight
PEOPLE_ONLY: Final = (Risk.ADMINISTRATION, Risk.SECRET)


@dataclass(frozen=True)
class Violation:
    """A rule that a proposal meets; `text` is catalogued, `data` fills its placeholders."""

    rule_id: str
    severity: Severity
    text: str
    law_ref: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def told(self, locale: str) -> str:
        """The rule's sentence in `locale`."""
        return translate(self.text, locale, **self.data)

    def row(self) -> dict[str, Any]:
        """As the state and an approval keep it."""
        return {
            "rule_id": self.rule_id,
            "severity": self.severity,
            "law_ref": self.law_ref,
            "data": self.data,
            "message_es": self.told("es"),
            "message_en": self.told("en"),
            "ruleset": RULESET,
        }


@dataclass(frozen=True)
class Facts:
    """What the rules may look at.

    Args:
        tool: the proposed tool.
        risk: its risk class.
        authority: the risk classes that the executor may propose.
        statuses: specialist → ok, degraded, timeout, error, skipped, over_budget.
        required: specialists whose answer the proposal needs.
        vetoes: specialists that oppose with verified citations and may veto.
        support: weight for the proposal over all weight, 0…1; None if nobody weighed in.
        rejections: how often a person has rejected this tool with these arguments here.
    """

    tool: str
    risk: Risk
    authority: tuple[Risk, ...]
    statuses: dict[str, str]
    required: tuple[str, ...] = ()
    vetoes: tuple[str, ...] = ()
    support: float | None = None
    rejections: int = 0


def evaluate(facts: Facts) -> list[Violation]:
    """All rules that the proposal meets, the most severe first."""
    found = [*_forbidden(facts), *_needs_a_person(facts), *_worth_saying(facts)]
    return sorted(found, key=lambda v: ("block", "approve", "warn").index(v.severity))


def _forbidden(facts: Facts) -> Iterator[Violation]:
    if facts.risk in PEOPLE_ONLY:
        yield Violation(
            "people-only",
            "block",
            N_("«{tool}» es una operación de administración: solo la hacen personas."),
            data={"tool": facts.tool},
        )
    elif facts.risk not in facts.authority:
        yield Violation(
            "authority",
            "block",
            N_("El agente no tiene autoridad para proponer «{tool}» (clase {risk})."),
            data={"tool": facts.tool, "risk": facts.risk.value},
        )
    if facts.rejections > 1:
        yield Violation(
            "rejected-twice",
            "block",
            N_("Esta misma propuesta ya se ha rechazado {count} veces en la conversación; no se repite."),
            data={"count": facts.rejections},
        )


def _needs_a_person(facts: Facts) -> Iterator[Violation]:
    missing = sorted(s for s in facts.required if facts.statuses.get(s) not in ("ok", "degraded"))
    if missing:
        yield Violation(
            "required-missing",
            "approve",
            N_("Falta el dictamen obligatorio de {names}: debe decidir una persona."),
            data={"names": ", ".join(missing)},
        )
    if facts.statuses and not _answered(facts):
        yield Violation("no-quorum", "approve", N_("Ningún especialista ha podido opinar: debe decidir una persona."))
    if facts.vetoes:
        yield Violation(
            "veto",
            "approve",
            N_("{names} se opone con fundamento: debe decidir una persona."),
            data={"names": ", ".join(sorted(facts.vetoes))},
        )
    if facts.support is not None and facts.support <= 1 - CONFLICT_SHARE and not facts.vetoes:
        yield Violation(
            "conflict",
            "approve",
            N_("Los especialistas no están de acuerdo (apoyo del {percent} %): debe decidir una persona."),
            data={"percent": round(facts.support * 100)},
        )


def _worth_saying(facts: Facts) -> Iterator[Violation]:
    silent = sorted(s for s, status in facts.statuses.items() if status not in ("ok", "degraded", "skipped"))
    optional = [s for s in silent if s not in facts.required]
    if optional:
        yield Violation(
            "partial", "warn", N_("No han podido opinar a tiempo: {names}."), data={"names": ", ".join(optional)}
        )


def _answered(facts: Facts) -> list[str]:
    return [s for s, status in facts.statuses.items() if status in ("ok", "degraded")]
