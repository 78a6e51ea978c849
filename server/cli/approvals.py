"""`ait approvals`: the queue of decisions, and deciding them."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from core.errors import AitError, BadArguments
from core.i18n import N_
from server.cli.factor import shown
from server.cli.shell import As, AsJson, House, as_json_error, house, say, table
from tools.approvals import ApprovalView, Decided, Habit
from tools.approvals.service import Bulk
from tools.delegations import HIGHEST, LoanView
from tools.gate.records import ApprovalState
from tools.gate.validate import parse

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Decisions that wait for a person."
)
Id = Annotated[str, typer.Argument(metavar="ID", help="The decision.")]
HashOption = Annotated[
    str | None, typer.Option("--hash", help="Decide only if the preview still has this hash (default: as shown now).")
]


def facts(view: ApprovalView) -> dict[str, Any]:
    """An approval as JSON."""
    return view.model_dump(mode="json")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadArguments(field="ID", problem=N_("debe ser un identificador de registro")) from error


@app.command("list")
def list_approvals(
    user: As = None,
    state: Annotated[str, typer.Option(help="pending, executed, rejected, … or all.")] = "pending",
    as_json: AsJson = False,
) -> None:
    """List the decisions that you may see."""
    with house(user) as h:
        views = h.installation.approvals.list(h.actor, None if state == "all" else state)
    rows = [facts(v) for v in views]
    say(rows, as_json, table(rows, ("id", "state", "tool", "title", "requester", "approver", "expires_at")))


@app.command()
def show(id: Id, user: As = None, as_json: AsJson = False) -> None:
    """Show one decision with its exact preview."""
    with house(user) as h:
        say(facts(h.installation.approvals.show(h.actor, _id(id))), as_json)


@app.command()
def approve(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="The decision, or several that are alike.")],
    user: As = None,
    hash: HashOption = None,
    comment: Annotated[str, typer.Option(help="A word to whoever asked.")] = "",
    as_json: AsJson = False,
) -> None:
    """Approve what the preview shows; it is done once enough persons have.

    A decision that wants a fresh sign-in asks for the password, on the terminal or as the
    first line of standard input.
    """
    with house(user) as h:
        if len(ids) > 1:
            say(_together(h, [_id(id) for id in ids], "approve", comment), as_json)
            return
        approvals, key = h.installation.approvals, _id(ids[0])
        seen = approvals.show(h.actor, key)
        actor = shown(h) if seen.step_up is not None and seen.may_decide else h.actor
        view = approvals.approve(actor, key, hash or seen.preview_hash, comment, h.origin)
        said = _run(h, view)
    say(said, as_json)


def _run(h: House, view: ApprovalView) -> dict[str, Any]:
    """Run it if it is granted, tell the conversation, and say how it stands."""
    approvals = h.installation.approvals
    if view.state is not ApprovalState.APPROVED:
        return facts(view)
    outcome = approvals.execute(h.actor, view.id, h.origin)
    _tell_thread(h, view.id)
    return {**facts(approvals.show(h.actor, view.id)), "outcome": outcome.json}


def _together(h: House, ids: list[UUID], decision: Bulk, reason: str) -> list[dict[str, Any]]:
    """Decide several that are alike, each by the hash that it has now."""
    approvals = h.installation.approvals
    seen = [(id, approvals.show(h.actor, id).preview_hash) for id in ids]
    return [_settled(h, one) for one in approvals.decide_many(h.actor, seen, decision, reason, h.origin)]


def _settled(h: House, one: Decided) -> dict[str, Any]:
    try:
        if one.error is not None:
            raise one.error
        assert one.view is not None
        said = _run(h, one.view)
        if one.view.state is ApprovalState.REJECTED:
            _tell_thread(h, one.id)
        return {"id": str(one.id), "ok": True, **said}
    except AitError as error:
        return {"id": str(one.id), "ok": False, "error": as_json_error(error, h.actor.locale)}


@app.command()
def reject(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="The decision, or several that are alike.")],
    reason: Annotated[str, typer.Option(help="Why; it goes back to whoever asked.")],
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Reject it."""
    with house(user) as h:
        if len(ids) > 1:
            say(_together(h, [_id(id) for id in ids], "reject", reason), as_json)
            return
        view = h.installation.approvals.reject(h.actor, _id(ids[0]), reason, h.origin)
        _tell_thread(h, view.id)
    say(facts(view), as_json)


@app.command()
def edit(
    id: Id,
    args: Annotated[str, typer.Option(help="All arguments as a JSON object.")],
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Change the arguments; a new decision with a new preview takes its place."""
    with house(user) as h:
        view = h.installation.approvals.edit(h.actor, _id(id), parse(args.encode()), h.origin)
        _tell_thread(h, _id(id))
    say(facts(view), as_json)


@app.command()
def ask(
    id: Id, text: Annotated[str, typer.Option(help="The question.")], user: As = None, as_json: AsJson = False
) -> None:
    """Ask whoever wants it; the decision stays open."""
    with house(user) as h:
        say(facts(h.installation.approvals.ask(h.actor, _id(id), text, h.origin)), as_json)


@app.command()
def delegate(
    id: Id, to: Annotated[str, typer.Option(metavar="USER")], user: As = None, as_json: AsJson = False
) -> None:
    """Hand it to another person who could decide it."""
    with house(user) as h:
        say(facts(h.installation.approvals.delegate(h.actor, _id(id), to, h.origin)), as_json)


@app.command()
def postpone(
    id: Id,
    until: Annotated[str, typer.Option(help="Instant with zone, as 2026-12-01T09:00+01:00.")],
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Leave the top of the queue until then; its expiry keeps running."""
    instant = _instant(until)
    with house(user) as h:
        say(facts(h.installation.approvals.postpone(h.actor, _id(id), instant, h.origin)), as_json)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise BadArguments(field="until", problem=N_("debe ser una fecha, como 2026-12-01")) from error


@app.command()
def lend(
    role: str,
    to: Annotated[str, typer.Option(metavar="USER", help="Who may use it meanwhile.")],
    until: Annotated[str, typer.Option(help="Instant with zone, as 2026-12-01T18:00+01:00; at most 90 days.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit log.")],
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Lend one of your own roles to another person until a date."""
    instant = _instant(until)
    with house(user) as h:
        actor = shown(h) if role in HIGHEST else h.actor
        loan = h.installation.delegations.lend(actor, to, role, instant, reason, h.origin)
    say(loan.model_dump(mode="json"), as_json)


@app.command()
def revoke(id: Annotated[str, typer.Argument(metavar="LOAN")], user: As = None, as_json: AsJson = False) -> None:
    """End a loan now."""
    with house(user) as h:
        loan = h.installation.delegations.revoke(h.actor, _id(id), h.origin)
    say(loan.model_dump(mode="json"), as_json)


@app.command()
def lent(
    user: As = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the roles that are lent, from or to you."""
    with house(user) as h:
        loans = h.installation.delegations.list(h.actor, everything=everything)
    rows = [loan.model_dump(mode="json") for loan in loans]
    say(rows, as_json, table(rows, [*LoanView.model_fields]))


@app.command()
def fatigue(user: As = None, as_json: AsJson = False) -> None:
    """Show whether the people who decide still look; needs audit:read."""
    with house(user) as h:
        habits = h.installation.approvals.fatigue(h.actor)
    rows = [habit.model_dump(mode="json") for habit in habits]
    say(rows, as_json, table(rows, [*Habit.model_fields]))


def _tell_thread(h: House, id: UUID) -> None:
    """Let the conversation that asked go on, if there is one."""
    view = h.installation.approvals.show(h.actor, id)
    if view.thread_id is None:
        return
    # LangGraph costs 0.5 s to import; most decisions come from no conversation.
    from graphs.turns import Turns

    async def follow() -> None:
        turns = Turns(h.installation)
        await turns.open()
        try:
            await turns.decided(h.actor, id)
        finally:
            await turns.close()

    asyncio.run(follow())
