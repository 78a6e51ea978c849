"""`ait approvals`: the queue of decisions, and deciding them."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from core.errors import BadArguments
from core.i18n import N_
from server.cli.shell import As, AsJson, House, house, say, table
from tools.approvals import ApprovalView
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
    id: Id,
    user: As = None,
    hash: HashOption = None,
    comment: Annotated[str, typer.Option(help="A word to whoever asked.")] = "",
    as_json: AsJson = False,
) -> None:
    """Approve what its preview shows; it is then done at once."""
    with house(user) as h:
        key = _id(id)
        seen = hash or h.installation.approvals.show(h.actor, key).preview_hash
        h.installation.approvals.approve(h.actor, key, seen, comment, h.origin)
        outcome = h.installation.approvals.execute(h.actor, key, h.origin)
        _tell_thread(h, key)
        view = h.installation.approvals.show(h.actor, key)
    say({**facts(view), "outcome": outcome.json}, as_json)


@app.command()
def reject(
    id: Id,
    reason: Annotated[str, typer.Option(help="Why; it goes back to whoever asked.")],
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Reject it."""
    with house(user) as h:
        view = h.installation.approvals.reject(h.actor, _id(id), reason, h.origin)
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
    try:
        instant = datetime.fromisoformat(until)
    except ValueError as error:
        raise BadArguments(field="until", problem=N_("debe ser una fecha, como 2026-12-01")) from error
    with house(user) as h:
        say(facts(h.installation.approvals.postpone(h.actor, _id(id), instant, h.origin)), as_json)


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
