"""The programming interface beside the tools: chat, decisions, audit, and the OpenAPI page."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import HTMLResponse, JSONResponse, Response

from core.audit.search import Wanted
from core.context import Actor, Origin
from core.errors import BadArguments
from core.i18n import N_
from graphs.frames import as_sse
from server import sse
from server.decide import approve_and_run, decide_many_and_run
from server.house import House, house_of
from server.pages.audit import require_reader
from server.threads import thread_of
from server.view.render import page
from server.visitors import Caller, caller, origin_of, request_id
from tools.adapters.rest import MEDIA, openapi_paths, refuse_unknown_form
from tools.adapters.rest import problem_of as told_of
from tools.approvals import ApprovalView, Decided
from tools.gate import Call
from tools.gate.explain import explained
from tools.gate.problems import problem_of
from tools.gate.validate import parse, refuse_unstorable

LOOK_SECONDS: Final = 0.5  # how late a live entry may be
routes = APIRouter(prefix="/api/v1", include_in_schema=False)
docs = APIRouter(prefix="/api", include_in_schema=False)
STATES: Final = frozenset(
    {
        "pending",
        "approved",
        "rejected",
        "expired",
        "stale",
        "superseded",
        "voided",
        "executed",
        "failed",
    }
)


class Ask(BaseModel):
    """A message to the agents; `stream` false waits for the whole result."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=20_000)
    thread_id: UUID | None = None
    stream: bool = True


class Decision(BaseModel):
    """What a person decides of an approval, with what each kind needs."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "reject", "edit", "ask", "answer", "delegate", "postpone"]
    preview_hash: str = Field(default="", max_length=64)
    comment: str = Field(default="", max_length=2000)
    args: dict[str, Any] | None = None
    to: str = Field(default="", max_length=200)
    until: AwareDatetime | None = None


class Seen(BaseModel):
    """One approval, with the hash of the preview that was seen of it."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    preview_hash: str = Field(max_length=64)


class Together(BaseModel):
    """The same decision on many approvals that are alike."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "reject"]
    approvals: list[Seen] = Field(min_length=1, max_length=50)
    comment: str = Field(default="", max_length=2000)


class Lend(BaseModel):
    """A role to lend, to whom and until when."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(max_length=200)
    role: str = Field(max_length=80)
    until: AwareDatetime
    reason: str = Field(max_length=500)


class Why(BaseModel):
    """Why somebody may or may not use a tool; with `args` the call is tried and rolled back."""

    model_config = ConfigDict(extra="forbid")

    tool: str = Field(min_length=1, max_length=120)
    user: str | None = Field(default=None, max_length=200)
    agent: str | None = Field(default=None, max_length=60)
    args: dict[str, Any] | None = None


async def who(request: Request) -> tuple[Actor, Origin]:
    """For whom a request to a tool runs, and where it came from."""
    visitor = await caller(request)
    return visitor.actor, origin_of(request, "rest", visitor.session_id)


async def body_of(request: Request) -> dict[str, Any]:
    """The request's JSON object, read as strictly as a tool's arguments.

    Raises:
        BadArguments: it is none.
    """
    refuse_unknown_form(request)
    given = parse(await request.body())
    refuse_unstorable(given)
    return given


async def checked(request: Request, kind: type[BaseModel]) -> Any:
    """The body as `kind`, or the first thing that is wrong with it."""
    try:
        return kind.model_validate(await body_of(request))
    except ValidationError as error:
        raise problem_of(error) from error


@routes.post("/chat")
async def chat(request: Request, visitor: Caller) -> Response:
    """Ask; the turn's frames as they come, or with `stream` false its result."""
    ask: Ask = await checked(request, Ask)
    house = house_of(request)
    origin = origin_of(request, "rest", visitor.session_id)
    key = request.headers.get("idempotency-key")
    turn_id = await house.turns.start(visitor.actor, origin, ask.text, ask.thread_id, key=key)
    if not ask.stream:
        result = await house.turns.wait(visitor.actor, turn_id)
        return JSONResponse(result.model_dump(mode="json"))
    response = sse.stream(frames(house, visitor.actor, turn_id, 0))
    response.headers["X-Turn-Id"] = str(turn_id)
    response.headers["X-Thread-Id"] = str(await thread_of(house, visitor.actor, turn_id))
    return response


async def frames(house: House, actor: Actor, turn_id: UUID, after: int) -> AsyncIterator[bytes]:
    """The turn's frames above `after`, each as one event whose id is its number."""
    async for frame in house.turns.follow(actor, turn_id, after):
        yield as_sse(frame).encode()


@routes.get("/chat/turns/{turn_id}")
async def follow(request: Request, visitor: Caller, turn_id: UUID, after: int = 0) -> Response:
    """The frames of a turn again, from `Last-Event-ID` or `after` on, then as they come."""
    house = house_of(request)
    await thread_of(house, visitor.actor, turn_id)
    last = request.headers.get("last-event-id", "")
    start = int(last) if last.isdecimal() and len(last) < 10 else max(after, 0)
    return sse.stream(frames(house, visitor.actor, turn_id, start))


@routes.post("/chat/turns/{turn_id}/cancel")
async def cancel(request: Request, visitor: Caller, turn_id: UUID) -> Response:
    """Stop a turn."""
    await house_of(request).turns.cancel(visitor.actor, turn_id)
    return JSONResponse({"ok": True})


@routes.post("/policy/explain")
async def explain_policy(request: Request, visitor: Caller) -> Response:
    """Why the caller, or for readers of the audit anybody, may or may not use a tool."""
    ask: Why = await checked(request, Why)
    installation, actor = house_of(request).installation, visitor.actor
    if ask.user is not None and ask.user != actor.user:
        installation.policy.require(actor, "audit:read")
        other = await asyncio.to_thread(installation.people.actor, ask.user, actor.tenant_id)
        actor = replace(other, locale=actor.locale)
    call = Call(ask.tool, ask.args or {}, replace(actor, agent=ask.agent), origin_of(request, "rest"))
    said = await asyncio.to_thread(explained, installation.gate, call, tried=ask.args is not None)
    return JSONResponse(said.model_dump(mode="json"))


@routes.get("/approvals")
async def list_approvals(request: Request, visitor: Caller, state: str = "pending") -> Response:
    """Decisions that the caller may see, in one state or (`all`) in any."""
    if state != "all" and state not in STATES:
        raise BadArguments(field="state", problem=N_("no es válido"))
    approvals = house_of(request).installation.approvals
    found = await asyncio.to_thread(approvals.list, visitor.actor, None if state == "all" else state)
    return JSONResponse([shown(request, item) for item in found])


def shown(request: Request, item: ApprovalView) -> dict[str, Any]:
    """A decision as interfaces show it, with its address."""
    return item.model_dump(mode="json") | {"url": f"{house_of(request).url}/approvals/{item.id}"}


@routes.post("/approvals/decide")
async def decide_many(request: Request, visitor: Caller) -> Response:
    """Decide many that are alike, each by its own hash; what became of each, in their order."""
    wish: Together = await checked(request, Together)
    origin = origin_of(request, "rest", visitor.session_id)
    seen = [(one.id, one.preview_hash) for one in wish.approvals]
    found = await decide_many_and_run(house_of(request), visitor.actor, seen, wish.decision, wish.comment, origin)
    return JSONResponse([_one_of_many(request, visitor.actor, one) for one in found])


def _one_of_many(request: Request, actor: Actor, one: Decided) -> dict[str, Any]:
    if one.error is not None:
        return {"id": str(one.id), "ok": False, "error": told_of(one.error, actor.locale, str(request_id(request)))}
    assert one.view is not None
    return {"id": str(one.id), "ok": one.view.state != "failed", "approval": shown(request, one.view)}


@routes.get("/approvals/habits")
async def show_habits(request: Request, visitor: Caller) -> Response:
    """Whether the people who decide still look; needs the permission `audit:read`."""
    found = await asyncio.to_thread(house_of(request).installation.approvals.fatigue, visitor.actor)
    return JSONResponse([habit.model_dump(mode="json") for habit in found])


@routes.get("/delegations")
async def list_loans(request: Request, visitor: Caller, state: str = "active") -> Response:
    """Roles that are lent, from or to the caller; `state=all` also those that are over."""
    delegations = house_of(request).installation.delegations
    found = await asyncio.to_thread(delegations.list, visitor.actor, everything=state == "all")
    return JSONResponse([loan.model_dump(mode="json") for loan in found])


@routes.post("/delegations")
async def lend(request: Request, visitor: Caller) -> Response:
    """Lend one of the caller's own roles until a date."""
    wish: Lend = await checked(request, Lend)
    delegations, origin = house_of(request).installation.delegations, origin_of(request, "rest", visitor.session_id)
    loan = await asyncio.to_thread(delegations.lend, visitor.actor, wish.to, wish.role, wish.until, wish.reason, origin)
    return JSONResponse(loan.model_dump(mode="json"), 201)


@routes.delete("/delegations/{id}")
async def revoke(request: Request, visitor: Caller, id: UUID) -> Response:
    """End a loan now."""
    delegations, origin = house_of(request).installation.delegations, origin_of(request, "rest", visitor.session_id)
    loan = await asyncio.to_thread(delegations.revoke, visitor.actor, id, origin)
    return JSONResponse(loan.model_dump(mode="json"))


@routes.get("/approvals/{id}")
async def show_approval(request: Request, visitor: Caller, id: UUID) -> Response:
    """One decision with its exact preview."""
    item = await asyncio.to_thread(house_of(request).installation.approvals.show, visitor.actor, id)
    return JSONResponse(shown(request, item))


@routes.post("/approvals/{id}")
async def decide(request: Request, visitor: Caller, id: UUID) -> Response:
    """Decide; `approve` needs the hash of the preview that was seen, and runs the call."""
    wish: Decision = await checked(request, Decision)
    house, actor = house_of(request), visitor.actor
    origin = origin_of(request, "rest", visitor.session_id)
    approvals = house.installation.approvals
    if wish.decision == "approve":
        item = await approve_and_run(house, actor, id, wish.preview_hash, wish.comment, origin)
        return JSONResponse(shown(request, item))
    if wish.decision == "edit":
        item = await asyncio.to_thread(approvals.edit, actor, id, wish.args or {}, origin)
    elif wish.decision == "delegate":
        item = await asyncio.to_thread(approvals.delegate, actor, id, wish.to, origin)
    elif wish.decision == "postpone":
        if wish.until is None:
            raise BadArguments(field="until", problem=N_("falta; es obligatorio"))
        item = await asyncio.to_thread(approvals.postpone, actor, id, wish.until, origin)
    else:
        act = {"reject": approvals.reject, "ask": approvals.ask, "answer": approvals.answer}[wish.decision]
        item = await asyncio.to_thread(act, actor, id, wish.comment, origin)
    if wish.decision in ("edit", "reject"):
        await house.turns.decided(actor, id)
    return JSONResponse(shown(request, item))


@routes.get("/audit/stream")
async def follow_audit(request: Request, visitor: Caller, after: int | None = None) -> Response:
    """Entries of the audit log as they come into the tree; needs the permission `audit:read`.

    `after`, or `Last-Event-ID`, is the number (`tenant_seq`) of the last entry that is known.
    """
    house = house_of(request)
    require_reader(house, visitor.actor)
    last = request.headers.get("last-event-id", "")
    start = int(last) if last.isdecimal() and len(last) < 19 else after
    return sse.stream(entries_after(house, visitor.actor, start))


async def entries_after(house: House, actor: Actor, after: int | None) -> AsyncIterator[bytes]:
    """Each entry as one event whose id is its number, from `after` on; from now on if None."""
    log = house.installation.audit
    seen = await asyncio.to_thread(log.newest, actor) if after is None else after
    while True:
        for entry in await asyncio.to_thread(log.since, actor, seen):
            seen = entry.tenant_seq or seen
            yield sse.message(json.dumps(dict(entry.said), ensure_ascii=False), id=str(seen), event="entry")
        await asyncio.sleep(LOOK_SECONDS)


@routes.get("/audit")
async def search_audit(
    request: Request,
    visitor: Caller,
    tool: str | None = None,
    kind: str | None = None,
    verdict: str | None = None,
    record: str | None = None,
    older_than: UUID | None = None,
    limit: int = 50,
) -> Response:
    """Entries of the audit log, newest first; needs the permission `audit:read`."""
    house = house_of(request)
    require_reader(house, visitor.actor)
    wanted = Wanted(
        tool=tool, kind=kind, verdict=verdict, record=record, older_than=older_than, limit=min(max(limit, 1), 200)
    )
    found = await asyncio.to_thread(house.installation.audit.search, visitor.actor, wanted)
    entries = [{"id": str(e.id), "leaf_index": e.leaf_index, "tenant_seq": e.tenant_seq, **e.said} for e in found]
    return JSONResponse(json.loads(json.dumps(entries, default=str)))


@docs.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The document of all tools that are loaded now, made from their own definitions."""
    house = house_of(request)
    problem = {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "field": {"type": "string"},
            "approval_id": {"type": "string"},
            "url": {"type": "string"},
        },
    }
    return JSONResponse(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "AIT-CORE Soriano",
                "version": house.installation.catalogue.version,
                "description": "One operation a tool. Errors are application/problem+json (RFC 9457).",
            },
            "servers": [{"url": house.url}],
            "security": [{"bearer": []}],
            "paths": openapi_paths(house.installation.catalogue.tools.values()),
            "components": {
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
                "schemas": {"Problem": problem},
            },
        }
    )


@docs.get("/docs")
async def show_docs(request: Request) -> Response:
    """The same document for eyes: tools by module, with schema and example."""
    house = house_of(request)
    paths = openapi_paths(house.installation.catalogue.tools.values())
    modules: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path, methods in paths.items():
        modules.setdefault(methods["post"]["tags"][0], []).append((path, methods["post"]))
    return HTMLResponse(page("docs.html", locale="es", modules=modules, url=house.url, media=MEDIA))
