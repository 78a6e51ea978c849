"""Advice without a model (*dictamen*): the findings of reviews, weighed; nothing is added to them.

A finding that blocks opposes, one that warns sets a condition, one that supports supports;
without findings a specialist abstains. Notes of the law are cited where they share the
question's words, and never decide.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agents.language.dialogue import parsed, tags, untagged
from agents.language.tongue import tongue
from agents.protocol import Citation, Position, Recommendation
from agents.spec import SpecialistId
from core.i18n import N_, translate
from knowledge.words import stems

SEVERITIES: Final = ("block", "warn", "support", "note")
BASE: Final = {"block": 0.8, "warn": 0.65, "support": 0.7, "note": 0.4}
PER_FURTHER: Final = 0.05
SUREST: Final = 0.95
CONTRADICTED: Final = 0.1  # what findings on the other side take away
LONGEST: Final = 600
CITED: Final = 4
SHARED: Final = 2  # telling words that a note must share with the question to be cited
SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
NO_EVIDENCE: Final = N_("No hay comprobaciones de este campo sobre la propuesta.")
APPLICABLE: Final = N_("Es aplicable: {titles}.")
NO_FINDINGS: Final = N_("¿Qué comprobación de este campo se puede aportar?")


@dataclass(frozen=True)
class Found:
    """One finding of a review, and the evidence it stands in."""

    severity: str
    text: str
    ref: str
    evidence: str


def advise(specialist: SpecialistId, text: str) -> Recommendation:
    """The recommendation that the evidence in `text` (a specialist's brief) leads to."""
    parts = tags(text)
    findings = list(_findings(parsed(parts.get("evidencia"))))
    passages = _relevant(parsed(parts.get("pasajes")), untagged(text), findings)
    locale = tongue(untagged(text))
    position = _position(findings)
    citations = [
        Citation(kind="tool", ref=f.evidence, quote=f.text, value=f.ref)
        for f in _ordered(findings)
        if f.severity != "note" or position == "abstain"
    ]
    citations += [Citation(kind="document", ref=p["ref"], quote=_quote(p["text"], untagged(text))) for p in passages]
    blocks = [f.text for f in findings if f.severity == "block"]
    return Recommendation(
        specialist=specialist,
        position=position,
        reasons=_reasons(findings, passages, locale),
        risks=[f.text for f in _ordered(findings) if f.severity in ("block", "warn")],
        confidence=_confidence(findings),
        citations=citations[: 2 * CITED],
        dissent=" ".join(blocks) or None,
        missing_data=[] if findings else [translate(NO_FINDINGS, locale)],
    )


def _findings(evidence: Any) -> Iterator[Found]:
    for item in evidence if isinstance(evidence, list) else ():
        result = item.get("result") if isinstance(item, Mapping) else None
        for finding in result.get("findings", ()) if isinstance(result, Mapping) else ():
            if isinstance(finding, Mapping) and finding.get("severity") in SEVERITIES:
                yield Found(
                    str(finding["severity"]),
                    str(finding.get("text", "")),
                    str(finding.get("ref", "")),
                    str(item.get("ref", "")),
                )


def _ordered(findings: Sequence[Found]) -> list[Found]:
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _position(findings: Sequence[Found]) -> Position:
    found = {finding.severity for finding in findings}
    if "block" in found:
        return "oppose"
    if "warn" in found:
        return "conditional"
    return "support" if "support" in found else "abstain"


def _confidence(findings: Sequence[Found]) -> float:
    """Grows with findings that agree; falls where some speak for the other side."""
    if not findings:
        return 0.2
    decisive = _ordered(findings)[0].severity
    agreeing = sum(finding.severity == decisive for finding in findings)
    against = {"block": ("support",), "warn": ("support",), "support": ("block", "warn"), "note": ()}[decisive]
    contradicted = any(finding.severity in against for finding in findings)
    value = BASE[decisive] + PER_FURTHER * (agreeing - 1) - (CONTRADICTED if contradicted else 0.0)
    return round(min(max(value, 0.0), SUREST), 2)


def _reasons(findings: Sequence[Found], passages: Sequence[Mapping[str, str]], locale: str) -> str:
    said = [finding.text.rstrip() for finding in _ordered(findings)] or [translate(NO_EVIDENCE, locale)]
    if passages and not findings:
        said.append(translate(APPLICABLE, locale, titles="; ".join(p["title"] for p in passages)))
    text = " ".join(dict.fromkeys(said))
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def _relevant(passages: Any, question: str, findings: Sequence[Found]) -> list[dict[str, str]]:
    """The passages that share telling words with the question or the findings, most words first."""
    asked = set(stems(" ".join((question, *(finding.text for finding in findings)))))
    scored = []
    for item in passages if isinstance(passages, list) else ():
        if isinstance(item, Mapping) and {"ref", "text"} <= set(item):
            passage = {"ref": str(item["ref"]), "title": str(item.get("title", "")), "text": str(item["text"])}
            shared = len(asked & set(stems(f"{passage['title']} {passage['text']}")))
            if shared >= SHARED:
                scored.append((shared, passage))
    scored.sort(key=lambda pair: -pair[0])
    return [passage for _, passage in scored[:CITED]]


def _quote(text: str, question: str) -> str:
    """The sentence of `text` nearest to the question."""
    asked = set(stems(question))
    sentences = [s.strip() for s in SENTENCE.split(text) if s.strip()]
    return max(sentences, key=lambda s: len(asked & set(stems(s))), default="")[:300]
