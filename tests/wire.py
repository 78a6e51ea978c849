"""Model providers on the wire: their replies byte by byte, and the door that intercepts calls.

The SDKs of both providers speak through httpx2; plain respx would let their calls leave the
machine, so the second transport is registered here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpcore2
import httpx
import respx
from respx.mocks import HTTPCoreMocker

ANTHROPIC: Final = "https://api.anthropic.com/v1/messages"
OPENAI: Final = "http://models.test/v1/chat/completions"


class HTTPCore2Mocker(HTTPCoreMocker):
    """respx for httpcore2; defining the class registers it."""

    name = "httpcore2"
    targets = [target.replace("httpcore.", "httpcore2.", 1) for target in HTTPCoreMocker.targets]

    @classmethod
    def from_sync_httpx_response(cls, httpx_response: httpx.Response, target: Any, **kwargs: Any) -> httpcore2.Response:
        """The response in the second transport's own class."""
        return httpcore2.Response(
            status=httpx_response.status_code,
            headers=httpx_response.headers.raw,
            content=httpx_response.stream,
            extensions=httpx_response.extensions,
        )


@contextmanager
def wire() -> Iterator[respx.Router]:
    """All calls of both SDKs are answered here or fail; none leaves the machine."""
    with respx.mock(using="httpcore2", assert_all_called=False) as router:
        yield router


def anthropic_message(
    text: str = "", calls: Sequence[tuple[str, Mapping[str, Any]]] = (), stop: str | None = None
) -> httpx.Response:
    """A whole reply of Anthropic."""
    content: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    content += [
        {"type": "tool_use", "id": f"toolu_{n}", "name": name, "input": dict(args)}
        for n, (name, args) in enumerate(calls)
    ]
    return httpx.Response(
        200,
        json={
            "id": "msg_01",
            "type": "message",
            "role": "assistant",
            "model": "claude-test",
            "content": content,
            "stop_reason": stop or ("tool_use" if calls else "end_turn"),
            "stop_sequence": None,
            "usage": {
                "input_tokens": 10,
                "output_tokens": 5,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 100,
            },
        },
    )


def anthropic_error(status: int, kind: str = "overloaded_error", **headers: str) -> httpx.Response:
    """An error of Anthropic."""
    body = {"type": "error", "error": {"type": kind, "message": kind.replace("_", " ")}}
    return httpx.Response(status, json=body, headers=headers)


def _event(type_: str, **data: Any) -> str:
    return f"event: {type_}\ndata: {json.dumps({'type': type_, **data})}\n\n"


def anthropic_stream(
    words: Sequence[str] = (), calls: Sequence[tuple[str, Mapping[str, Any]]] = (), broken: bool = False
) -> httpx.Response:
    """A streamed reply of Anthropic (SSE); `broken` ends it with an error event after the words."""
    usage = {"input_tokens": 25, "output_tokens": 1}
    message = {
        "id": "msg_02",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    events = [_event("message_start", message=message), _event("ping")]
    if words:
        events.append(_event("content_block_start", index=0, content_block={"type": "text", "text": ""}))
        events += [_event("content_block_delta", index=0, delta={"type": "text_delta", "text": w}) for w in words]
        if not broken:
            events.append(_event("content_block_stop", index=0))
    if broken:
        events.append(_event("error", error={"type": "overloaded_error", "message": "Overloaded"}))
        return _sse("".join(events))
    first = 1 if words else 0
    for n, (name, args) in enumerate(calls):
        block = {"type": "tool_use", "id": f"toolu_{n}", "name": name, "input": {}}
        half = json.dumps(args)
        events.append(_event("content_block_start", index=first + n, content_block=block))
        events += [
            _event("content_block_delta", index=first + n, delta={"type": "input_json_delta", "partial_json": piece})
            for piece in ("", half[: len(half) // 2], half[len(half) // 2 :])
        ]
        events.append(_event("content_block_stop", index=first + n))
    final = {"input_tokens": 25, "output_tokens": 42, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
    stop = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
    events += [_event("message_delta", delta=stop, usage=final), _event("message_stop")]
    return _sse("".join(events))


def _sse(body: str) -> httpx.Response:
    return httpx.Response(200, text=body, headers={"content-type": "text/event-stream"})


def openai_message(text: str = "", calls: Sequence[tuple[str, Mapping[str, Any]]] = ()) -> httpx.Response:
    """A whole reply of an OpenAI-compatible endpoint."""
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = [
            {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": json.dumps(args)}}
            for n, (name, args) in enumerate(calls)
        ]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}
    return httpx.Response(
        200,
        json={
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "local",
            "choices": [choice],
            "usage": {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16},
        },
    )


def openai_stream(words: Sequence[str] = (), calls: Sequence[tuple[str, Mapping[str, Any]]] = ()) -> httpx.Response:
    """A streamed reply of an OpenAI-compatible endpoint (SSE); arguments come in two pieces."""

    def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> str:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        data = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "local",
                "choices": choices, **more}  # fmt: skip
        return f"data: {json.dumps(data)}\n\n"

    body = [chunk({"role": "assistant", "content": ""})]
    body += [chunk({"content": word}) for word in words]
    for n, (name, args) in enumerate(calls):
        half = json.dumps(args)
        middle = len(half) // 2
        first = {
            "index": n,
            "id": f"call_{n}",
            "type": "function",
            "function": {"name": name, "arguments": half[:middle]},
        }
        rest = {"index": n, "function": {"arguments": half[middle:]}}
        body += [chunk({"tool_calls": [first]}), chunk({"tool_calls": [rest]})]
    body.append(chunk({}, "tool_calls" if calls else "stop"))
    body.append(chunk(None, usage={"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}))
    return _sse("".join([*body, "data: [DONE]\n\n"]))
