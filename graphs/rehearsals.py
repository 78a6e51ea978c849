"""Turns that leave nothing behind (*ensayos*): batches, evals and trials run the same graph in one.

The gate's calls of a rehearsal see each other's writes, so a quote can be issued although
neither remains; frames stay in memory, and nobody waits for an approval that is rolled back.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from langgraph.runtime import RunControl

from agents.models import Models as InstalledModels
from agents.models.prices import price_table
from core.context import Actor, Origin
from core.identifiers import new_id
from graphs import turn as turn_graph
from graphs.context import House, Models, Passages, TurnContext, spoken
from graphs.frames import TurnRef
from graphs.messages import Post
from graphs.narration import Narration
from graphs.passages import passages_of
from graphs.past import told_opening
from graphs.payloads import Budget, Frame
from graphs.result import TurnResult
from graphs.runner import Runner
from modules.installation import Installation
from tools.gate.rehearsal import Rehearsal, rehearse


@dataclass
class Memory:
    """A journal that only remembers."""

    frames: list[Frame] = field(default_factory=list)

    async def append(self, frames: Sequence[Frame]) -> None:
        """Keep them."""
        self.frames.extend(frames)


class Rehearsals:
    """Runs turns inside rehearsals, or for good but without a conversation.

    Args:
        installation: the opened core, modules and gate.
        models: which model speaks for an agent; chosen by the settings if absent.
        passages: where specialists look things up; the knowledge base if absent.
        budget: what one turn may use.
    """

    def __init__(
        self,
        installation: Installation,
        *,
        models: Models | None = None,
        passages: Passages | None = None,
        budget: Budget | None = None,
    ) -> None:
        """Compile the graph; there is nothing to open or close."""
        self.installation = installation
        self.budget = budget or Budget()
        self.house = House(
            gate=installation.gate,
            catalogue=lambda: installation.catalogue,
            models=models or InstalledModels(installation.settings),
            approval=installation.approvals.show,
            prices=price_table(installation.settings.data_dir),
            permits=lambda actor, permission: installation.policy.permits(actor, permission),
            passages=passages or passages_of(installation.knowledge),
            post=Post(installation.gate.transactions, installation.audit).send,
        )
        self._graph = turn_graph.compiled(None)

    async def turn(
        self,
        actor: Actor,
        text: str,
        history: Sequence[Mapping[str, str]] = (),
        *,
        rehearsal: Rehearsal | None = None,
        memory: Memory | None = None,
    ) -> TurnResult:
        """One turn of `actor`, rolled back at its end unless it is part of a longer `rehearsal`.

        Args:
            actor: who asks.
            text: what is asked.
            history: what was said before, as `{"from": "user" | "assistant", "text"}` lines.
            rehearsal: the rehearsal to take part in; whoever opened it rolls it back.
            memory: where to keep the frames, if they are wanted.
        """
        if rehearsal is not None:
            return await self._run(actor, text, history, rehearsal, memory)
        opened = rehearse(self.installation.database)
        inside = await asyncio.to_thread(opened.__enter__)
        try:
            return await self._run(actor, text, history, inside, memory)
        finally:
            await asyncio.to_thread(opened.__exit__, None, None, None)

    async def commit(
        self, actor: Actor, text: str, history: Sequence[Mapping[str, str]] = (), *, memory: Memory | None = None
    ) -> TurnResult:
        """The same turn for good: its writes stay, its approvals wait; it belongs to no thread."""
        return await self._run(actor, text, history, None, memory)

    async def _run(
        self,
        actor: Actor,
        text: str,
        history: Sequence[Mapping[str, str]],
        rehearsal: Rehearsal | None,
        memory: Memory | None,
    ) -> TurnResult:
        ref = TurnRef(actor.tenant_id, new_id(), new_id())
        narration = Narration(memory or Memory(), ref)
        ctx = TurnContext(
            self.house,
            spoken(actor, text),
            Origin("eval" if rehearsal else "cli", new_id()),
            ref,
            narration,
            self.budget,
            rehearsal=rehearsal,
        )
        runner = Runner(self._graph, self._graph, str(ref.turn_id), ctx, RunControl(), in_memory=True)
        ending = await runner.run(told_opening(text, history))
        narration.say(ending.payload)
        await narration.flush()
        return ending.result


__all__ = ["Memory", "Rehearsals"]
