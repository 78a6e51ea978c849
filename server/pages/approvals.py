"""Decisions: the queue, the exact preview, and the decision itself.

Each form works as a page and, with the script, as a fragment in the chat's side panel. A
preview that went stale is answered with the new one beside the old.
"""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.errors import AitError, BadArguments, Conflict, Denied, StepUpRequired
from core.i18n import N_
from server.decide import approve_and_run, decide_many_and_run
from server.house import House, house_of
from server.pages.frame import shared, show, waiting_for
from server.sessions import Visitor
from server.view.decisions import grouped
from server.view.forms import form_of, read_form
from server.view.render import page
from server.visitors import Browser, origin_of
from tools.approvals import ApprovalView
from tools.approvals.service import Bulk
from tools.gate.hold import Stale

routes = APIRouter(prefix="/approvals", include_in_schema=False)
Comment = Annotated[str, Form(max_length=2000)]
Hash = Annotated[str, Form(max_length=64)]
READER = "audit:read"


@routes.get("")
async def show_queue(request: Request, visitor: Browser, state: str = "pending") -> Response:
    """What waits, those that end first at the top; or everything."""
    approvals = house_of(request).installation.approvals
    chosen = "all" if state == "all" else "pending"
    found = await asyncio.to_thread(approvals.list, visitor.actor, None if chosen == "all" else "pending")
    reads = house_of(request).installation.policy.permits(visitor.actor, READER)
    facts = {"groups": grouped(queue_of(found)), "state": chosen, "reads": reads, "results": ()}
    return await show(request, visitor, "approvals.html", "approvals", **facts)


@routes.post("/decide")
async def decide_many(request: Request, visitor: Browser, comment: Comment = "") -> Response:
    """Decide the chosen ones together, each bound to the preview that the page showed of it."""
    form = await request.form()
    seen = [_seen(str(value)) for value in form.getlist("chosen")]
    decision: Bulk = "reject" if form.get("do") == "reject" else "approve"
    house, origin = house_of(request), origin_of(request, "web", visitor.session_id)
    results = await decide_many_and_run(house, visitor.actor, seen, decision, comment, origin)
    found = await asyncio.to_thread(house.installation.approvals.list, visitor.actor, "pending")
    reads = house.installation.policy.permits(visitor.actor, READER)
    facts = {"groups": grouped(queue_of(found)), "state": "pending", "reads": reads, "results": results}
    return await show(request, visitor, "approvals.html", "approvals", **facts)


def _seen(value: str) -> tuple[UUID, str]:
    id, _, hash = value.partition(":")
    try:
        return UUID(id), hash
    except ValueError as error:
        raise BadArguments(field="chosen", problem=N_("no es válido")) from error


@routes.get("/attention")
async def show_attention(request: Request, visitor: Browser) -> Response:
    """Whether the people who decide still look: for whoever reads the audit."""
    habits = await asyncio.to_thread(house_of(request).installation.approvals.fatigue, visitor.actor)
    return await show(request, visitor, "attention.html", "approvals", habits=habits)


def queue_of(found: list[ApprovalView]) -> list[ApprovalView]:
    """One's own to decide first, then by expiry, what is put off last; what is decided, newest first."""
    pending = sorted(
        (a for a in found if a.state == "pending"),
        key=lambda a: (not a.may_decide, a.postponed_until is not None, a.expires_at),
    )
    decided = sorted((a for a in found if a.state != "pending"), key=lambda a: a.requested_at, reverse=True)
    return [*pending, *decided]


async def fragment(request: Request, visitor: Visitor, item: ApprovalView, **values: Any) -> str:
    """The decision's article, as it stands in a page or a panel."""
    house = house_of(request)
    former = await former_of(house, visitor, item)
    panel = {"in_panel": in_panel(request)}
    everything = shared(request, visitor, "approvals", 0) | panel | {"item": item, "former": former} | values
    return page("decision.html", **everything)


def in_panel(request: Request) -> bool:
    """Whether the fragment stands beside a chat, by the page that asked."""
    return "/chat" in request.headers.get("hx-current-url", "")


async def former_of(house: House, visitor: Visitor, item: ApprovalView) -> ApprovalView | None:
    """The preview that this one replaced, if any."""
    if item.supersedes_id is None:
        return None
    return await asyncio.to_thread(house.installation.approvals.show, visitor.actor, item.supersedes_id)


@routes.get("/{id}")
async def show_one(request: Request, visitor: Browser, id: UUID) -> Response:
    """One decision: a page, or the fragment of it."""
    house = house_of(request)
    item = await asyncio.to_thread(house.installation.approvals.show, visitor.actor, id)
    if request.headers.get("hx-request"):
        return HTMLResponse(await fragment(request, visitor, item))
    former = await former_of(house, visitor, item)
    return await show(request, visitor, "approval.html", "approvals", item=item, former=former)


async def decided(request: Request, visitor: Visitor, item: ApprovalView, **values: Any) -> Response:
    """The changed decision: as a fragment with fresh counters, or by going to its page."""
    if not request.headers.get("hx-request"):
        return RedirectResponse(f"/approvals/{item.id}", 303)
    body = await fragment(request, visitor, item, **values)
    counters = await counters_html(house_of(request), visitor)
    return HTMLResponse(body + counters)


async def counters_html(house: House, visitor: Visitor) -> str:
    """The counters of the navigation, as partials."""
    waiting = await waiting_for(house, visitor)
    return page("counters.html", waiting=waiting, locale=visitor.actor.locale)


@routes.post("/{id}/approve")
async def approve(
    request: Request, visitor: Browser, id: UUID, preview_hash: Hash = "", comment: Comment = ""
) -> Response:
    """Grant exactly the preview that was seen, and run it."""
    return await grant(request, visitor, id, preview_hash, comment)


async def grant(request: Request, visitor: Visitor, id: UUID, preview_hash: str, comment: str) -> Response:
    """As `approve`, for a visitor who may just have shown who he is."""
    house, origin = house_of(request), origin_of(request, "web", visitor.session_id)
    try:
        item = await approve_and_run(house, visitor.actor, id, preview_hash, comment, origin)
    except StepUpRequired:
        return await asked_to_show(request, visitor, id, preview_hash, comment)
    except Stale as stale:
        fresh = stale.detail.get("approval_id")
        item = await asyncio.to_thread(
            house.installation.approvals.show, visitor.actor, UUID(str(fresh)) if fresh else id
        )
        response = await decided(request, visitor, item)
        if request.headers.get("hx-request"):
            response.status_code = 409
        return response
    except (Conflict, Denied):
        item = await asyncio.to_thread(house.installation.approvals.show, visitor.actor, id)
        if item.state == "pending" and not any(given.by == visitor.actor.user_id for given in item.grants):
            raise
    return await decided(request, visitor, item)


async def asked_to_show(
    request: Request, visitor: Visitor, id: UUID, preview_hash: str, comment: str, wrong: str = ""
) -> Response:
    """The decision with the small form that asks once more who is there; what was decided waits in it."""
    item = await asyncio.to_thread(house_of(request).installation.approvals.show, visitor.actor, id)
    values = {"step_up": {"hash": preview_hash, "comment": comment, "wrong": wrong}}
    if request.headers.get("hx-request"):
        return HTMLResponse(await fragment(request, visitor, item, **values), 401)
    former = await former_of(house_of(request), visitor, item)
    shown = await show(request, visitor, "approval.html", "approvals", item=item, former=former, **values)
    shown.status_code = 401
    return shown


@routes.post("/{id}/reject")
async def reject(request: Request, visitor: Browser, id: UUID, comment: Comment = "") -> Response:
    """Refuse it with a reason, which goes back to whoever asked."""
    return await _with_text(request, visitor, id, comment, "reject")


@routes.post("/{id}/ask")
async def ask(request: Request, visitor: Browser, id: UUID, comment: Comment = "") -> Response:
    """Put a question; the decision stays open."""
    return await _with_text(request, visitor, id, comment, "ask")


@routes.post("/{id}/answer")
async def answer(request: Request, visitor: Browser, id: UUID, comment: Comment = "") -> Response:
    """Answer the approver's question."""
    return await _with_text(request, visitor, id, comment, "answer")


async def _with_text(request: Request, visitor: Visitor, id: UUID, text: str, verb: str) -> Response:
    house = house_of(request)
    approvals, origin = house.installation.approvals, origin_of(request, "web", visitor.session_id)
    act = {"reject": approvals.reject, "ask": approvals.ask, "answer": approvals.answer}[verb]
    try:
        item = await asyncio.to_thread(act, visitor.actor, id, text, origin)
    except BadArguments:
        item = await asyncio.to_thread(approvals.show, visitor.actor, id)
        return await _missing_reason(request, visitor, item)
    except Conflict:
        item = await asyncio.to_thread(approvals.show, visitor.actor, id)
        if item.state == "pending":
            raise
    else:
        await house.turns.decided(visitor.actor, id)
    return await decided(request, visitor, item)


async def _missing_reason(request: Request, visitor: Visitor, item: ApprovalView) -> Response:
    if request.headers.get("hx-request"):
        return HTMLResponse(await fragment(request, visitor, item, reason_missing=True), 422)
    former = await former_of(house_of(request), visitor, item)
    shown = await show(request, visitor, "approval.html", "approvals", item=item, former=former, reason_missing=True)
    shown.status_code = 422
    return shown


@routes.get("/{id}/edit")
async def show_edit(request: Request, visitor: Browser, id: UUID) -> Response:
    """The arguments as a form made of the tool's schema."""
    house = house_of(request)
    item = await asyncio.to_thread(house.installation.approvals.show, visitor.actor, id)
    return await _edit_form(request, visitor, item, item.args)


async def _edit_form(
    request: Request, visitor: Visitor, item: ApprovalView, values: dict[str, Any], error: AitError | None = None
) -> Response:
    schema = house_of(request).installation.catalogue.get(item.tool).schema
    locale = visitor.actor.locale
    told = error.told(locale) if error else ""
    at_fault = str(error.detail.get("field", "")) if error else ""
    fields = form_of(schema, values, locale, error=(at_fault, told))
    facts: dict[str, Any] = {"item": item, "fields": fields, "problem": told, "in_panel": in_panel(request)}
    status = 422 if error else 200
    if request.headers.get("hx-request"):
        return HTMLResponse(page("edit.html", **(shared(request, visitor, "approvals", 0) | facts)), status)
    shown = await show(request, visitor, "edit_page.html", "approvals", **facts)
    shown.status_code = status
    return shown


@routes.post("/{id}/edit")
async def edit(request: Request, visitor: Browser, id: UUID) -> Response:
    """Ask for the same act with other arguments: a new preview, a new decision."""
    house = house_of(request)
    approvals, origin = house.installation.approvals, origin_of(request, "web", visitor.session_id)
    item = await asyncio.to_thread(approvals.show, visitor.actor, id)
    schema = house.installation.catalogue.get(item.tool).schema
    form = {name: str(value) for name, value in (await request.form()).items()}
    values: dict[str, Any] = form
    try:
        values = read_form(schema, form)
        fresh = await asyncio.to_thread(approvals.edit, visitor.actor, id, values, origin)
    except BadArguments as error:
        return await _edit_form(request, visitor, item, values, error)
    await house.turns.decided(visitor.actor, id)
    if request.headers.get("hx-request"):
        response = HTMLResponse(await fragment(request, visitor, fresh))
        response.headers["HX-Push-Url"] = "false" if in_panel(request) else f"/approvals/{fresh.id}"
        return response
    return RedirectResponse(f"/approvals/{fresh.id}", 303)
