"""The offline model (*asistente sin modelo*): deterministic, in this process, with no key.

It stands behind the same interface as any chat model and drives the very same graphs: it
finds the tools a request asks for, fills their arguments from what was said, asks for what
is missing, and answers from the typed results. It never invents and never improvises.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ValidationError

from agents.language.dialogue import read, text_of
from agents.language.planning import Reply, respond
from agents.language.structure import structured_answer
from agents.language.toolbox import toolbox

OFFLINE: Final = "offline"
PROVIDER: Final = "soriano"
PER_TOKEN: Final = 4  # characters; only to fill the usage that real models report
WORDS: Final = re.compile(r"\S+\s*")


class OfflineChat(BaseChatModel):
    """A chat model made of rules; the same messages always give the same answer."""

    @property
    def _llm_type(self) -> str:
        return "soriano-offline"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": OFFLINE}

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with `tools` at hand."""
        functions = [convert_to_openai_tool(tool) for tool in tools]
        bound = self.bind(tools=functions, tool_choice=tool_choice, **kwargs)
        return cast("Runnable[LanguageModelInput, AIMessage]", bound)

    def with_structured_output(
        self, schema: Any, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Answers as values of the pydantic model `schema`; `method` makes no difference here."""
        bound = self.bind(answer_schema=schema.model_json_schema(), answer_name=schema.__name__)

        def parse(raw: BaseMessage) -> Any:
            try:
                parsed, error = schema.model_validate_json(text_of(raw)), None
            except ValidationError as problem:
                parsed, error = None, problem
            if include_raw:
                return {"raw": raw, "parsed": parsed, "parsing_error": error}
            if error is not None:
                raise error
            return parsed

        return bound | RunnableLambda(parse)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._answer(messages, kwargs))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(self._answer(messages, kwargs)):
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in _chunks(self._answer(messages, kwargs)):
            if run_manager:
                await run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    def _answer(self, messages: list[BaseMessage], options: dict[str, Any]) -> AIMessage:
        if "answer_schema" in options:
            content = structured_answer(options["answer_name"], options["answer_schema"], messages)
            return _message(messages, Reply(json.dumps(content, ensure_ascii=False, default=str)))
        tools = [] if options.get("tool_choice") == "none" else options.get("tools") or []
        return _message(messages, respond(read(messages), toolbox(tools)))


def _message(messages: Sequence[BaseMessage], reply: Reply) -> AIMessage:
    seed = hashlib.sha256("\x00".join(f"{m.type}:{text_of(m)}" for m in messages).encode()).hexdigest()[:20]
    calls = [
        {"name": name, "args": dict(args), "id": f"call_{seed}_{number}", "type": "tool_call"}
        for number, (name, args) in enumerate(reply.calls)
    ]
    asked = sum(len(text_of(message)) for message in messages) // PER_TOKEN
    said = (len(reply.text) + sum(len(json.dumps(c["args"], default=str)) for c in calls)) // PER_TOKEN
    return AIMessage(
        content=reply.text,
        tool_calls=calls,
        usage_metadata=UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said),
        response_metadata=_metadata(bool(calls)),
    )


def _metadata(calls: bool) -> dict[str, Any]:
    return {"model_name": OFFLINE, "model_provider": PROVIDER, "stop_reason": "tool_use" if calls else "end_turn"}


def _chunks(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    """The message in pieces, as a provider would send it: words, calls, then usage."""
    for word in WORDS.findall(str(message.content)):
        yield ChatGenerationChunk(message=AIMessageChunk(content=word))
    for index, call in enumerate(message.tool_calls):
        start = tool_call_chunk(name=call["name"], args="", id=call["id"], index=index)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[start]))
        args = tool_call_chunk(name=None, args=json.dumps(call["args"], ensure_ascii=False), id=None, index=index)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[args]))
    yield ChatGenerationChunk(
        message=AIMessageChunk(
            content="",
            usage_metadata=message.usage_metadata,
            response_metadata=message.response_metadata,
            chunk_position="last",
        )
    )
