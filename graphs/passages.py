"""What the knowledge base says on a question, as each specialist gets to see it."""

from collections.abc import Mapping, Sequence
from typing import Final

from agents.spec import Specialist
from core.context import Actor
from graphs.context import Passages
from knowledge.store import Knowledge

MOST: Final = 3  # passages a specialist: more make the prompt longer, not the advice better


def passages_of(knowledge: Knowledge) -> Passages:
    """A look-up over `knowledge`: the question first, seen from the specialist's field."""

    def look_up(actor: Actor, question: str, specialist: Specialist) -> Sequence[Mapping[str, str]]:
        found = knowledge.search(f"{question} {specialist.summary}", actor.tenant_id, limit=MOST)
        return [{"ref": p.ref, "title": p.title, "text": p.text, "source": p.source} for p in found]

    return look_up
