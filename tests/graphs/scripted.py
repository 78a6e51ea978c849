"""Chat models that follow a script: what tests of the graphs speak through."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import Field

from agents.protocol import Citation, Recommendation
from agents.spec import Agent, Executor, Specialist

Script = Callable[[list[BaseMessage]], AIMessage]
Adviser = Callable[[Specialist], Any]
USED = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}


class Scripted(BaseChatModel):
    """A model whose answer is a function of the messages; it streams word by word."""

    script: Script = Field(exclude=True)
    delay: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        return self.bind(tools=list(tools))

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.script(messages))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: Any = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kw: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        message = self.script(messages)
        for word in str(message.content).split(" ") if message.content else ():
            await asyncio.sleep(self.delay)
            yield ChatGenerationChunk(message=AIMessageChunk(f"{word} "))
        for index, call in enumerate(message.tool_calls):
            chunk = tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=index)
            yield ChatGenerationChunk(message=AIMessageChunk("", tool_call_chunks=[chunk]))
        last = AIMessageChunk(
            "", usage_metadata=USED, response_metadata={"model_name": "scripted"}, chunk_position="last"
        )
        yield ChatGenerationChunk(message=last)


class Advising(BaseChatModel):
    """A specialist's model: `advise` gives a Recommendation, raises, or sleeps (by returning seconds)."""

    who: Any = Field(exclude=True)
    advise: Adviser = Field(exclude=True)

    @property
    def _llm_type(self) -> str:
        return "advising"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[Any, Any]:
        async def answer(_: Any) -> Any:
            said = self.advise(self.who)
            if isinstance(said, int | float):
                await asyncio.sleep(said)
                said = supporting(self.who)
            raw = AIMessage("", usage_metadata=USED, response_metadata={"model_name": "scripted"})
            return {"raw": raw, "parsed": said, "parsing_error": None}

        return RunnableLambda(answer)


class Cast:
    """The models of a test: one script for executors, one function for specialists."""

    label, routes = "scripted", False

    def __init__(self, script: Script, advise: Adviser | None = None, delay: float = 0.0) -> None:
        self.script, self.advise, self.delay = script, advise or supporting, delay

    def for_agent(self, agent: Agent) -> BaseChatModel:
        if isinstance(agent, Executor):
            return Scripted(script=self.script, delay=self.delay)
        return Advising(who=agent, advise=self.advise)

    def router(self) -> BaseChatModel:
        raise NotImplementedError


def supporting(who: Specialist) -> Recommendation:
    return Recommendation(
        specialist=who.id,
        position="support",
        reasons="Conforme.",
        confidence=0.9,
        citations=[Citation(kind="tool", ref="rehearsal")],
    )


def opposing(who: Specialist) -> Recommendation:
    return supporting(who).model_copy(update={"position": "oppose", "reasons": "No procede.", "dissent": "No procede."})


def call(name: str, **args: Any) -> AIMessage:
    return calls((name, args))


def calls(*wanted: tuple[str, dict[str, Any]], text: str = "") -> AIMessage:
    made = [{"name": name, "args": args, "id": f"c{uuid4().hex[:8]}", "type": "tool_call"} for name, args in wanted]
    return AIMessage(text, tool_calls=made)


def results(messages: list[BaseMessage]) -> list[ToolMessage]:
    """The tool results since the person last spoke."""
    start = max(n for n, m in enumerate(messages) if isinstance(m, HumanMessage) and not is_advice(m))
    return [m for m in messages[start:] if isinstance(m, ToolMessage)]


def is_advice(message: BaseMessage) -> bool:
    return str(message.content).startswith("<consejo>")


def steps(*answers: AIMessage | Callable[[list[ToolMessage]], AIMessage]) -> Script:
    """One answer after the other, by how many tool results there are; the last one repeats."""

    def script(messages: list[BaseMessage]) -> AIMessage:
        done = results(messages)
        answer = answers[min(len(done), len(answers) - 1)]
        return answer(done) if callable(answer) else answer.model_copy(update={"id": None})

    return script
