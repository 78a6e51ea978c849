"""`ait effects`: what is to leave the house, what left, and what nobody knows about."""

from typing import Annotated, Any
from uuid import UUID

import typer

from core.effects.desk import OPEN, EffectDesk, EffectRow, State
from core.errors import BadArguments
from core.i18n import N_
from server.cli.shell import As, AsJson, House, house, say, table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="E-mails, webhooks and files on their way out.",
)
Id = Annotated[str, typer.Argument(metavar="ID", help="The effect.")]
STATES: dict[str, tuple[State, ...]] = {
    "open": OPEN,
    "all": (*OPEN, "sent"),
    **{state: (state,) for state in (*OPEN, "sent")},
}


def facts(row: EffectRow) -> dict[str, Any]:
    """An effect as the list shows it; its text is left to `show`."""
    return {
        "id": str(row.id),
        "state": row.state,
        "kind": row.kind,
        "recipient": row.payload.get("recipient"),
        "subject": row.payload.get("subject"),
        "attempts": row.attempts,
        "error": row.error,
        "reference": row.reference,
        "created_at": row.created_at.isoformat(),
        "next_at": row.next_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
    }


def whole(row: EffectRow) -> dict[str, Any]:
    """All of it: what leaves word for word, what it is about, and the audit entry that asked for it."""
    more = {"about": row.about, "audit_entry": row.entry_id}
    return {
        **facts(row),
        **{name: str(value) if value else None for name, value in more.items()},
        "payload": dict(row.payload),
    }


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadArguments(field="ID", problem=N_("debe ser un identificador de registro")) from error


def _desk(h: House, permission: str) -> EffectDesk:
    h.installation.policy.require(h.actor, permission)
    return EffectDesk(h.installation.database, h.installation.audit)


@app.command("list")
def list_effects(
    user: As = None,
    state: Annotated[str, typer.Option(help="open, all, pending, sending, unknown, failed, held or sent.")] = "open",
    as_json: AsJson = False,
) -> None:
    """List the effects of the brokerage, newest first."""
    if state not in STATES:
        raise BadArguments(field="--state", problem=", ".join(STATES))
    with house(user) as h:
        rows = [facts(row) for row in _desk(h, "effects:read").list(h.actor, STATES[state])]
    say(rows, as_json, table(rows, ("id", "state", "kind", "recipient", "attempts", "error")))


@app.command()
def show(id: Id, user: As = None, as_json: AsJson = False) -> None:
    """Show one, word for word as it leaves."""
    with house(user) as h:
        say(whole(_desk(h, "effects:read").show(h.actor, _id(id))), as_json)


@app.command()
def hold(
    id: Id, reason: Annotated[str, typer.Option(help="Why; it is audited.")], user: As = None, as_json: AsJson = False
) -> None:
    """Keep a waiting one from leaving."""
    with house(user) as h:
        say(facts(_desk(h, "effects:administer").hold(h.actor, h.origin, _id(id), reason)), as_json)


@app.command()
def release(id: Id, user: As = None, as_json: AsJson = False) -> None:
    """Let a held one go."""
    with house(user) as h:
        say(facts(_desk(h, "effects:administer").release(h.actor, h.origin, _id(id))), as_json)


@app.command()
def retry(id: Id, user: As = None, as_json: AsJson = False) -> None:
    """Try a failed one again from the start, or a waiting one at once."""
    with house(user) as h:
        say(facts(_desk(h, "effects:administer").retry(h.actor, h.origin, _id(id))), as_json)


@app.command()
def settle(
    id: Id,
    sent: Annotated[str | None, typer.Option(metavar="REF", help="It left; the other side's reference.")] = None,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="It did not leave; it goes again.")] = False,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Say how an unknown outcome ended, after asking the other side."""
    if (sent is not None) == not_sent:
        raise BadArguments(field="--sent", problem=N_("indique --sent REF o --not-sent, uno de los dos"))
    with house(user) as h:
        say(facts(_desk(h, "effects:administer").settle(h.actor, h.origin, _id(id), sent)), as_json)
