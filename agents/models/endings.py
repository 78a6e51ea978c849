"""How a model's answer may end (*finales*): too long to ask, cut off, refused; each handled once.

A conversation that does not fit is shortened and asked again before the next model is; an
answer cut off by its limit goes on once; a refusal is told as one. A tool call that was cut
off is never run: half of its arguments may parse.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from typing import Any, Final, Literal, TypeAlias

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import add_usage

from agents.language.dialogue import parsed, text_of, untagged
from agents.language.tongue import tongue_of
from agents.models.failures import is_too_long, provider_errors
from core.i18n import N_, translate

Ending: TypeAlias = Literal["", "cut", "refused"]

CUT: Final = ("max_tokens", "length")
REFUSED: Final = ("refusal", "content_filter")
REASONS: Final = ("stop_reason", "finish_reason")
KEPT_TURNS: Final = 2  # of a conversation that does not fit
KEPT_CHARACTERS: Final = 6_000  # of its newest result; older ones keep their sentence
REFUSAL: Final = N_(
    "El modelo de lenguaje ha rehusado responder a esta petición. "
    "Dígala de otra forma o use la herramienta directamente."
)
CUT_OFF: Final = N_("La respuesta se ha cortado por ser demasiado larga. Pídala por partes.")
GO_ON: Final = "Su respuesta se cortó por el límite de longitud. Continúe exactamente donde quedó, sin repetir nada."
BRIEFER: Final = "Su llamada se cortó por el límite de longitud. Hágala de nuevo, entera y sin texto delante."


def ending_of(message: AIMessage) -> Ending:
    """How the model says that its answer ended."""
    reasons = {str(message.response_metadata.get(name) or "") for name in REASONS}
    return "cut" if reasons & set(CUT) else "refused" if reasons & set(REFUSED) else ""


def shorter(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """`messages` without the oldest turns, and with old results cut down to what they said."""
    system = [m for m in messages if isinstance(m, SystemMessage)]
    said = [m for m in messages if not isinstance(m, SystemMessage)]
    begins = [n for n, m in enumerate(said) if isinstance(m, HumanMessage) and untagged(text_of(m))]
    kept = said[begins[-KEPT_TURNS] :] if len(begins) > KEPT_TURNS else said
    results = [m for m in kept if isinstance(m, ToolMessage)]
    newest = results[-1] if results else None
    return [*system, *(_cut_down(m, m is newest) if isinstance(m, ToolMessage) else m for m in kept)]


def _cut_down(message: ToolMessage, newest: bool) -> ToolMessage:
    text = text_of(message)
    if len(text) <= (KEPT_CHARACTERS if newest else KEPT_CHARACTERS // 10):
        return message
    result = parsed(text)
    facts = {k: result[k] for k in ("_told", "_refs", "error") if k in result} if isinstance(result, dict) else {}
    facts = facts or {"_told": text[: KEPT_CHARACTERS if newest else KEPT_CHARACTERS // 10]}
    return message.model_copy(update={"content": json.dumps({**facts, "_shortened": True}, ensure_ascii=False)})


def _exchange(messages: Sequence[BaseMessage]) -> Generator[Sequence[BaseMessage], AIMessage, AIMessage]:
    """What to ask, one after the other; the whole answer at the end. Failures are thrown in."""
    try:
        answer = yield messages
    except provider_errors() as error:
        if not is_too_long(error):
            raise
        messages = shorter(messages)
        answer = yield messages
    if ending_of(answer) == "cut":
        more = yield [*messages, *_going_on(answer)]
        answer = _joined(answer, more)
    return _honest(answer, messages)


def _going_on(answer: AIMessage) -> list[BaseMessage]:
    if _calls(answer):
        return [HumanMessage(BRIEFER)]
    return [AIMessage(answer.text), HumanMessage(GO_ON)] if answer.text else [HumanMessage(BRIEFER)]


def _calls(answer: AIMessage) -> bool:
    return bool(answer.tool_calls or answer.invalid_tool_calls or getattr(answer, "tool_call_chunks", None))


def _joined(answer: AIMessage, more: AIMessage) -> AIMessage:
    used = add_usage(answer.usage_metadata, more.usage_metadata)
    more = more.model_copy(update={"usage_metadata": used})
    if _calls(answer) or not answer.text or ending_of(more) == "refused":
        return more
    return more.model_copy(update={"content": f"{answer.text}{more.text}"})


def _honest(answer: AIMessage, messages: Sequence[BaseMessage]) -> AIMessage:
    """`answer`, or a plain sentence where it is none."""
    ending = ending_of(answer)
    if ending == "refused" or (ending == "cut" and _calls(answer)):
        return answer.model_copy(
            update={"content": _sentence(ending, messages), "tool_calls": [], "invalid_tool_calls": []}
        )
    return answer


def _sentence(ending: Ending, messages: Sequence[BaseMessage]) -> str:
    locale = tongue_of(untagged(text_of(m)) for m in messages if isinstance(m, HumanMessage))
    return translate(REFUSAL if ending == "refused" else CUT_OFF, locale)


def lasting(ask: Callable[[Any], AIMessage], messages: Sequence[BaseMessage]) -> AIMessage:
    """The whole answer of a model that is asked by `ask`."""
    exchange = _exchange(messages)
    wanted = next(exchange)
    while True:
        try:
            try:
                answer = ask(wanted)
            except provider_errors() as error:
                wanted = exchange.throw(error)
            else:
                wanted = exchange.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


async def lasting_async(ask: Callable[[Any], Awaitable[AIMessage]], messages: Sequence[BaseMessage]) -> AIMessage:
    """The same, without blocking."""
    exchange = _exchange(messages)
    wanted = next(exchange)
    while True:
        try:
            try:
                answer = await ask(wanted)
            except provider_errors() as error:
                wanted = exchange.throw(error)
            else:
                wanted = exchange.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


Ask: TypeAlias = Callable[[Any], AsyncIterator[AIMessageChunk]]


async def lasting_stream(ask: Ask, messages: Sequence[BaseMessage]) -> AsyncIterator[AIMessageChunk]:
    """The same, piece by piece; a piece with `restart` takes back what came before it."""
    begun = False
    try:
        first = _Pass()
        async for chunk in first.pieces(ask(messages)):
            begun = begun or bool(chunk.content or chunk.tool_call_chunks)
            yield chunk
    except provider_errors() as error:
        if begun or not is_too_long(error):
            raise
        messages, first = shorter(messages), _Pass()
        async for chunk in first.pieces(ask(messages)):
            yield chunk
    last = first
    if first.ending == "cut" and first.whole is not None:
        if _calls(first.whole):
            yield _restart()
        last = _Pass()
        async for chunk in last.pieces(ask([*messages, *_going_on(first.whole)])):
            yield chunk
    if last.ending == "refused" or (last.ending == "cut" and last.whole is not None and _calls(last.whole)):
        yield _restart()
        yield AIMessageChunk(content=_sentence(last.ending, messages))
    if last.ending:
        yield AIMessageChunk(content="", chunk_position="last")


class _Pass:
    """One stream, gone through: how it ended and what it came to."""

    def __init__(self) -> None:
        self.ending: Ending = ""
        self.whole: AIMessageChunk | None = None

    async def pieces(self, stream: AsyncIterator[AIMessageChunk]) -> AsyncIterator[AIMessageChunk]:
        """The pieces; those of an unfinished end do not call themselves the last."""
        async for chunk in stream:
            self.whole = chunk if self.whole is None else self.whole + chunk
            self.ending = self.ending or ending_of(chunk)
            if self.ending:
                metadata = {k: v for k, v in chunk.response_metadata.items() if k not in REASONS}
                chunk = chunk.model_copy(update={"response_metadata": metadata, "chunk_position": None})
            yield chunk


def _restart() -> AIMessageChunk:
    return AIMessageChunk(content="", response_metadata={"restart": True})
