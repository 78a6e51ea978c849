"""`ait audit`: search the log, verify it, and prove one entry."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from core.audit.search import Found, Wanted
from core.errors import BadArguments
from core.i18n import N_
from server.cli.shell import As, AsJson, house, say, table

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Search and verify the audit log."
)


def facts(found: Found) -> dict[str, Any]:
    """An entry as JSON, its sealed parts opened for those who may search."""
    said = found.said
    return {
        "id": str(found.id),
        "seq": found.tenant_seq,
        "at": said["at"],
        "kind": said["kind"],
        "tool": said.get("tool"),
        "agent": said.get("actor", {}).get("agent"),
        "operator": said.get("actor", {}).get("operator"),
        "face": said.get("actor", {}).get("face"),
        "verdict": said.get("decision", {}).get("verdict"),
        "rules": said.get("decision", {}).get("rule_ids", []),
        "approvals": said.get("decision", {}).get("approvals", []),
        "args": said.get("args"),
        "records": said.get("records", []),
        "effect": said.get("effect", []),
        "details": said.get("details"),
    }


def _instant(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadArguments(field=name, problem=N_("debe ser una fecha, como 2026-12-01")) from error
    return found if found.tzinfo else found.astimezone()


@app.command()
def search(
    tool: Annotated[str | None, typer.Option()] = None,
    kind: Annotated[str | None, typer.Option(help="call.denied, or a family such as approval.")] = None,
    record: Annotated[str | None, typer.Option(help="Id of a record that it concerns.")] = None,
    agent: Annotated[str | None, typer.Option(help="executor/sales")] = None,
    since: Annotated[str | None, typer.Option(help="From this instant on.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this instant.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Search the entries of the brokerage, newest first."""
    with house(user) as h:
        h.installation.policy.require(h.actor, "audit:read")
        found = h.installation.audit.search(
            h.actor,
            Wanted(
                tool=tool,
                kind=kind,
                record=record,
                agent=agent,
                since=_instant("since", since),
                until=_instant("until", until),
                limit=limit,
            ),
        )
    rows = [facts(f) for f in found]
    say(rows, as_json, table(rows, ("seq", "at", "kind", "tool", "agent", "face", "id")))


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Recompute the whole log; exit 1 and name the entry if anything was altered."""
    with house() as h:
        found = h.installation.audit.verify()
        told = found.told(h.actor.locale)
    said = {
        "ok": found.ok,
        "entries": found.entries,
        "size": found.size,
        "root": found.root,
        "entry_id": str(found.entry_id) if found.entry_id else None,
        "leaf_index": found.leaf_index,
        "problem": found.problem,
    }
    say(said, as_json, told)
    raise typer.Exit(0 if found.ok else 1)


@app.command()
def prove(entry: str, user: As = None, as_json: AsJson = False) -> None:
    """Prove that ENTRY stands in the signed tree; exit 1 if it does not."""
    try:
        id = UUID(entry)
    except ValueError as error:
        raise BadArguments(field="ENTRY", problem=N_("debe ser un identificador de registro")) from error
    with house(user) as h:
        h.installation.policy.require(h.actor, "audit:read")
        proof = h.installation.audit.prove(h.actor, id)
        holds = proof.holds(h.installation.keys)
    say({**proof.to_json(), "holds": holds}, as_json)
    raise typer.Exit(0 if holds else 1)
