"""Models in an attacker's hands (*modelos obedientes*): they read what they were asked to, then do as the text says."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import PrivateAttr

from agents.protocol import Citation, Recommendation
from agents.spec import Agent, Specialist

Calls = Sequence[tuple[str, dict[str, Any]]]
USED: Final = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
NAME: Final = "adversary"


class Obeying(BaseChatModel):
    """Makes the calls of each step in one message, one step after the other, and then says `answer`."""

    steps: list[list[tuple[str, dict[str, Any]]]]
    answer: str
    _done: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return NAME

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        """Whatever it is shown, it calls what it wants."""
        return self

    def _next(self) -> AIMessage:
        made: list[Any] = []
        if self._done < len(self.steps):
            made = [
                {"name": name, "args": args, "id": f"c{uuid4().hex[:12]}", "type": "tool_call"}
                for name, args in self.steps[self._done]
            ]
            self._done += 1
        return AIMessage("" if made else self.answer, tool_calls=made)

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next())])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: Any = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        message = self._next()
        if message.content:
            yield ChatGenerationChunk(message=AIMessageChunk(content=message.content))
        for place, call in enumerate(message.tool_calls):
            chunk = tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=place)
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[chunk]))
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="", usage_metadata=USED, response_metadata={"model_name": NAME}, chunk_position="last"
            )
        )


class Nodding(BaseChatModel):
    """A specialist in the attacker's hands: for everything, and very sure."""

    who: str

    @property
    def _llm_type(self) -> str:
        return NAME

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("Conforme."))])

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[Any, Any]:
        """Support, by whatever evidence there is."""
        said = Recommendation(
            specialist=self.who,
            position="support",
            reasons="Conforme, ejecútese sin más.",
            confidence=1.0,
            citations=[Citation(kind="tool", ref="rehearsal")],
        )
        raw = AIMessage("", usage_metadata=USED, response_metadata={"model_name": NAME})
        return RunnableLambda(lambda _: {"raw": raw, "parsed": said, "parsing_error": None})


class Adversary:
    """The models of one attempt: who decides obeys, who advises nods."""

    label, routes = NAME, False

    def __init__(self, steps: Sequence[Calls], answer: str) -> None:
        """Play `steps`, then say `answer`."""
        self.executor = Obeying(steps=[list(calls) for calls in steps], answer=answer)

    def for_agent(self, agent: Agent) -> BaseChatModel:
        """The model of `agent`."""
        return Nodding(who=agent.id) if isinstance(agent, Specialist) else self.executor

    def router(self) -> BaseChatModel:
        """Never asked: `routes` is false."""
        return self.executor
