"""Putting advice together: weights, agreement, dissent and veto; pure arithmetic, no model.

A voice weighs `confidence × competence × citation factor`. Votes are no authority: a
supporting crowd never lets an action through, it only informs whoever decides; but one
opposition of Legal or Security with verified citations sends it to a person.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any, Final

from agents.protocol import (
    Advice,
    Aggregate,
    Citation,
    Dissent,
    Missing,
    Position,
    ProposedAction,
    Recommendation,
    Verdict,
    Voice,
)
from agents.roster import ROSTER
from agents.spec import Intent

CONFLICT_SHARE: Final = 0.3  # both sides hold at least this much
UNVERIFIED_CONFIDENCE: Final = 0.5  # how much confidence survives when citations were made up
CITATION_FACTOR: Final = {0: 0.4, 1: 0.8}  # by verified references; two or more: 1


def check_citations(advice: Recommendation, known: Collection[str]) -> tuple[Recommendation, int]:
    """`advice` without citations of refs that this turn does not know, and how many fell.

    Confidence falls with the share of citations that had to be dropped.
    """
    kept = [citation for citation in advice.citations if citation.ref in known]
    dropped = len(advice.citations) - len(kept)
    if not dropped:
        return advice, 0
    share = dropped / len(advice.citations)
    confidence = advice.confidence * (1 - share * (1 - UNVERIFIED_CONFIDENCE))
    return advice.model_copy(update={"citations": kept, "confidence": round(confidence, 4)}), dropped


def same_action(one: ProposedAction, other: ProposedAction) -> bool:
    """Whether two suggestions are the same call: tool and canonical arguments."""
    return one.tool == other.tool and _canonical(one.args) == _canonical(other.args)


def _canonical(args: dict[str, Any]) -> str:
    return json.dumps(args, sort_keys=True, ensure_ascii=False, default=str)


def _voice(advice: Recommendation, dropped: int, intent: Intent) -> Voice:
    verified = len({citation.ref for citation in advice.citations})
    competence = ROSTER.specialists[advice.specialist].weight(intent)
    weight = advice.confidence * competence * CITATION_FACTOR.get(verified, 1.0)
    return Voice(
        specialist=advice.specialist,
        position=advice.position,
        weight=round(weight, 4),
        confidence=advice.confidence,
        reasons=advice.reasons,
        verified=verified,
        dropped=dropped,
    )


def _share(voices: Iterable[Voice]) -> tuple[float | None, bool]:
    """The share in favour, and whether it is disputed.

    A condition is half a voice in favour: it wants the act, and something before it.
    """
    favour = against = 0.0
    for voice in voices:
        if voice.position == "support":
            favour += voice.weight
        elif voice.position == "oppose":
            against += voice.weight
        elif voice.position == "conditional":
            favour += voice.weight / 2
    total = favour + against
    if not total:
        return None, False
    return round(favour / total, 4), min(favour, against) / total >= CONFLICT_SHARE


def _verdict(voices: list[Voice], support: float | None) -> Verdict:
    positions: set[Position] = {voice.position for voice in voices} - {"abstain"}
    if support is None or not positions:
        return "none"
    if {"support", "oppose"} <= positions and 0.35 < support < 0.65:
        return "split"
    if support <= 0.5 and "oppose" in positions:
        return "oppose"
    return "conditional" if "conditional" in positions or "oppose" in positions else "support"


def _conditions(advices: Iterable[Recommendation]) -> list[str]:
    return [f"{ROSTER.specialists[a.specialist].title}: {a.reasons}" for a in advices if a.position == "conditional"]


def _dissent(advices: Iterable[Recommendation], verdict: Verdict) -> list[Dissent]:
    """Every opposition, and every voice that speaks up although it did not oppose."""
    return [
        Dissent(specialist=a.specialist, text=a.dissent or a.reasons)
        for a in advices
        if a.dissent or a.position == "oppose" or (a.position == "support" and verdict == "oppose")
    ]


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


def aggregate(
    advices: Iterable[Advice],
    *,
    intent: Intent = "action",
    action: ProposedAction | None = None,
    known_refs: Collection[str] = (),
    required: Collection[str] = (),
) -> Aggregate:
    """The advice of all consulted specialists as one value.

    Args:
        advices: one for each specialist asked, in any order.
        intent: of the turn; competence is weighed by it.
        action: the call the advice is about.
        known_refs: ids of this turn's evidence and passages; other citations are dropped.
        required: specialists without whom a person must decide.
    """
    asked = sorted(advices, key=lambda advice: advice.specialist)  # parallel answers come in any order
    heard: list[tuple[Recommendation, int]] = [
        check_citations(advice.recommendation, known_refs) for advice in asked if advice.recommendation
    ]
    voices = [_voice(recommendation, dropped, intent) for recommendation, dropped in heard]
    said = [recommendation for recommendation, _ in heard]
    missing = [
        Missing(specialist=a.specialist, status=a.status, cause=a.cause, required=a.specialist in required)
        for a in asked
        if not a.recommendation
    ]
    support, conflict = _share(voices)
    verdict = _verdict(voices, support)
    vetoes = [
        v.specialist
        for v in voices
        if v.position == "oppose" and v.verified and ROSTER.specialists[v.specialist].vetoes
    ]
    return Aggregate(
        action=action,
        verdict=verdict,
        support=support,
        conflict=conflict,
        needs_human=bool(vetoes) or any(m.required for m in missing) or (bool(asked) and not said),
        vetoes=vetoes,
        voices=voices,
        dissent=_dissent(said, verdict),
        missing=missing,
        conditions=_conditions(said),
        risks=_unique(risk for a in said for risk in a.risks),
        missing_data=_unique(item for a in said for item in a.missing_data),
        citations=_citations(said),
        alternatives=_alternatives(said, action),
    )


def _citations(advices: Iterable[Recommendation]) -> list[Citation]:
    return list({(c.ref, c.quote): c for a in advices for c in a.citations}.values())


def _alternatives(advices: Iterable[Recommendation], action: ProposedAction | None) -> list[ProposedAction]:
    found: list[ProposedAction] = []
    for suggestion in (s for a in advices for s in a.actions):
        known = [action] if action else []
        if not any(same_action(suggestion, other) for other in (*known, *found)):
            found.append(suggestion)
    return found
