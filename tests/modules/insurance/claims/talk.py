"""A broker's conversation with the house, as tests hold it."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from core.context import Actor
from graphs.result import TurnResult
from graphs.turns import Turns
from modules.installation import Installation
from tests.graphs.conftest import web


@dataclass
class Talk:
    """A conversation of a broker, whose acts an executive decides where the policy wants it."""

    house: Installation
    broker: Actor
    executive: Actor
    runner: asyncio.Runner
    calls: list[str] = field(default_factory=list)
    thread: UUID | None = None

    def say(self, text: str) -> str:
        """One turn; what was answered, the approvals it needed granted."""
        return self.runner.run(self._say(text))

    async def _say(self, text: str) -> str:
        turns = Turns(self.house)
        await turns.open()
        try:
            turn = await turns.start(self.broker, web(), text, self.thread)
            result: TurnResult = await turns.wait(self.broker, turn)
            answers = [result.answer]
            while result.approvals:
                self.calls += [row["name"] for row in result.tool_calls if row["status"] == "done"]
                waiting = self.house.approvals.show(self.executive, UUID(result.approvals[0]["id"]))
                self.house.approvals.approve(self.executive, waiting.id, waiting.preview_hash)
                after = await turns.decided(self.executive, waiting.id)
                assert after is not None
                result = await turns.wait(self.broker, after)
                answers.append(result.answer)
            self.calls += [row["name"] for row in result.tool_calls if row["status"] == "done"]
            self.thread = result.thread_id
            return " ".join(answers).replace("\N{NO-BREAK SPACE}", " ")
        finally:
            await turns.close()
