"""The OpenAI-compatible door: `/v1/models` and `/v1/chat/completions`, over the same turns.

The protocol knows no pause: a call that a person must decide becomes text with its link.
Tools stay on this side of the door; a client that brings its own is refused.
"""

import json
import time
from collections.abc import AsyncIterator
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from agents.roster import ROSTER
from core.context import Actor
from core.errors import BadArguments, NotFound
from core.i18n import N_, translate
from graphs.payloads import Frame
from server import sse
from server.api import checked
from server.house import House, house_of
from server.visitors import Caller, origin_of

routes = APIRouter(prefix="/v1", include_in_schema=False)
OWNER: Final = "soriano"
DONE: Final = b"data: [DONE]\n\n"
PENDING: Final = N_("Pendiente de una decisión: {url}")


class Message(BaseModel):
    """One message of the conversation, as clients send it."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        """Its words; parts that are no text are left out."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(str(part.get("text", "")) for part in self.content or () if part.get("type") == "text")


class Completion(BaseModel):
    """A request for a completion; what does not concern us is ignored, tools are refused."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(default="soriano", max_length=80)
    messages: list[Message] = Field(min_length=1, max_length=500)
    stream: bool = False
    stream_options: dict[str, Any] = Field(default_factory=dict)
    n: int = Field(default=1, ge=1, le=1)
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    metadata: dict[str, Any] | None = None


def models() -> list[str]:
    """`soriano`, where requests find their executor, and one name an executor."""
    return [OWNER, *(f"{OWNER}/{id}" for id in ROSTER.executors)]


@routes.get("/models")
async def list_models(visitor: Caller) -> Response:
    """The models that this house answers to."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": OWNER} for name in models()]
    return JSONResponse({"object": "list", "data": data})


@routes.get("/models/{name:path}")
async def show_model(visitor: Caller, name: str) -> Response:
    """One of them."""
    if name not in models():
        raise NotFound(what=N_("el modelo"), ref=name[:80])
    return JSONResponse({"id": name, "object": "model", "created": 0, "owned_by": OWNER})


@routes.post("/chat/completions")
async def complete(request: Request, visitor: Caller) -> Response:
    """Answer the last message of the user, streamed or whole."""
    wish: Completion = await checked(request, Completion)
    if wish.tools or wish.functions:
        raise BadTools(field="tools", problem=N_("las herramientas las pone esta casa; no admite otras"))
    if wish.model not in models():
        raise NotFound(what=N_("el modelo"), ref=wish.model)
    if wish.messages[-1].role != "user" or not wish.messages[-1].text.strip():
        raise BadArguments(field="messages", problem=N_("el último mensaje debe ser del usuario y tener texto"))
    house = house_of(request)
    origin = origin_of(request, "openai", visitor.session_id)
    turn_id = await house.turns.start(
        visitor.actor, origin, asked(wish), thread_of_request(wish), key=request.headers.get("idempotency-key")
    )
    if wish.stream:
        return sse.stream(chunks(house, visitor.actor, turn_id, wish))
    return JSONResponse(await whole(house, visitor.actor, turn_id, wish))


class BadTools(BadArguments):
    """The client brought tools of its own."""

    code, status = "ait.tools_refused", 400


def asked(wish: Completion) -> str:
    """The user's words; a named executor is asked for by its title."""
    text = wish.messages[-1].text
    executor = wish.model.partition("/")[2]
    found = {str(id): agent for id, agent in ROSTER.executors.items()}.get(executor)
    return f"{text}\n\n({found.title})" if found else text


def thread_of_request(wish: Completion) -> UUID | None:
    """The thread that the client names in its metadata, to go on with."""
    given = (wish.metadata or {}).get("thread_id")
    if given is None:
        return None
    try:
        return UUID(str(given))
    except ValueError as error:
        raise BadArguments(field="metadata.thread_id", problem=N_("debe ser un identificador de registro")) from error


async def whole(house: House, actor: Actor, turn_id: UUID, wish: Completion) -> dict[str, Any]:
    """The whole answer as one completion."""
    result = await house.turns.wait(actor, turn_id)
    content = result.answer or (result.error or {}).get("message", "")
    for waiting in result.approvals:
        content += "\n\n" + translate(PENDING, actor.locale, url=f"{house.url}/approvals/{waiting.get('id')}")
    message = {"role": "assistant", "content": content.strip(), "refusal": None}
    return {
        "id": f"chatcmpl-{turn_id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": wish.model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": usage(result.usage.input_tokens, result.usage.output_tokens),
        "metadata": {"thread_id": str(result.thread_id)},
    }


def usage(given: int, taken: int) -> dict[str, int]:
    """Tokens as the protocol counts them."""
    return {"prompt_tokens": given, "completion_tokens": taken, "total_tokens": given + taken}


async def chunks(house: House, actor: Actor, turn_id: UUID, wish: Completion) -> AsyncIterator[bytes]:
    """The answer as chunks, then the reason it ended, the usage if wished, and `[DONE]`."""
    head: dict[str, Any] = {
        "id": f"chatcmpl-{turn_id}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": wish.model,
    }

    def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return _data({**head, "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    spoken: set[str] = set()
    counted = usage(0, 0)
    async for frame in house.turns.follow(actor, turn_id):
        for text in words_of(frame, spoken, house, actor):
            yield chunk({"content": text})
        if frame.last:
            used = frame.payload.get("usage") or {}
            counted = usage(used.get("input_tokens", 0), used.get("output_tokens", 0))
    yield chunk({}, "stop")
    if wish.stream_options.get("include_usage"):
        yield _data({**head, "choices": [], "usage": counted})
    yield DONE


def words_of(frame: Frame, spoken: set[str], house: House, actor: Actor) -> list[str]:
    """What a frame adds to the text: pieces, whole texts that came without pieces, links."""
    payload = frame.payload
    if frame.type == "text.delta":
        spoken.add(payload["span"])
        return [payload["text"]]
    if frame.type == "text.done" and payload["span"] not in spoken:
        return [payload["text"]]
    if frame.type == "approval":
        return ["\n\n" + translate(PENDING, actor.locale, url=f"{house.url}/approvals/{payload['id']}") + "\n\n"]
    if frame.type == "turn.failed":
        return [payload["said"]]
    return []


def _data(body: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
