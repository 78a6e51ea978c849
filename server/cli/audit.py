"""`ait audit`: search, follow and verify the log, prove one entry, export it, and keep its keys."""

import json
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from core.audit.checkpoint import verifier_key
from core.audit.log import WITNESS
from core.audit.months import KEPT_YEARS
from core.audit.search import Found, Wanted
from core.audit.standalone import Incomplete, Tampered
from core.audit.standalone import verify as verify_bundle
from core.errors import BadArguments
from core.i18n import N_, translate
from server.cli.shell import As, AsJson, house, locale, say, table

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
        "erased": found.erased,
    }


def _instant(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadArguments(field=name, problem=N_("debe ser una fecha, como 2026-12-01")) from error
    return found if found.tzinfo else found.astimezone()


def _id(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadArguments(field=name, problem=N_("debe ser un identificador de registro")) from error


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
def verify(
    receipts: Annotated[bool, typer.Option(help="Check the signature of every receipt too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the whole log; exit 1 and name the entry if anything was altered."""
    with house() as h:
        found = h.installation.audit.verify(receipts=receipts)
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
    id = _id("ENTRY", entry)
    with house(user) as h:
        h.installation.policy.require(h.actor, "audit:read")
        proof = h.installation.audit.prove(h.actor, id)
        holds = proof.holds(h.installation.keys)
    say({**proof.to_json(), "holds": holds}, as_json)
    raise typer.Exit(0 if holds else 1)


@app.command()
def export(
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="From this day or instant on.")],
    until: Annotated[str, typer.Option("--to", metavar="DATE", help="Before this day or instant.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER_OR_ZIP")] = Path("auditoria.zip"),
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Write a bundle that anybody can check with the verify.py in it, without this program."""
    first, last = _instant("from", since), _instant("to", until)
    assert first is not None
    assert last is not None
    with house(user) as h:
        h.installation.policy.require(h.actor, "audit:read")
        found = h.installation.audit.export(h.actor, h.origin, first, last, out)
        told = translate(
            N_(
                "{path}: {entries} asientos. Compruébelo con «python verify.py {path}».\n"
                "clave {key}\nverify.py SHA-256 {verifier}"
            ),
            h.actor.locale,
            **{name: str(value) for name, value in vars(found).items()},
        )
    say(vars(found), as_json, told)


@app.command()
def witness(
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the witness keeps what it saw.")],
    bundle: Annotated[Path | None, typer.Option(help="A bundle, instead of this installation's log.")] = None,
    as_json: AsJson = False,
) -> None:
    """Accept the log only as a continuation of what was seen before; exit 1 if history was rewritten."""
    try:
        if bundle:
            seen = verify_bundle(bundle, witness_at=to / WITNESS)
            size = seen.newest.size if seen.newest else 0
        else:
            with house() as h:
                size = h.installation.audit.witness(to)
    except Incomplete as error:
        say({"ok": False, "problem": str(error)}, as_json, f"INCOMPLETO: {error}")
        raise typer.Exit(2) from error
    except Tampered as error:
        say({"ok": False, "problem": error.told()}, as_json, error.told())
        raise typer.Exit(1) from error
    told = translate(
        N_("El testigo acepta el registro: {size} asientos, continuación de lo visto."), locale(), size=size
    )
    say({"ok": True, "size": size}, as_json, told)


@app.command()
def follow(
    after: Annotated[int | None, typer.Option(help="Number of the last entry already seen.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Show entries as they come into the tree, until Ctrl-C; as JSON, one a line."""
    with house(user) as h:
        h.installation.policy.require(h.actor, "audit:read")
        h.installation.audit.integrate()
        with suppress(KeyboardInterrupt):
            for found in islice(h.installation.audit.follow(h.actor, after), limit):
                said = facts(found)
                line = "  ".join(str(said[name] or "—") for name in ("seq", "at", "kind", "tool", "agent", "id"))
                print(json.dumps(said, ensure_ascii=False, default=str) if as_json else line, flush=True)


@app.command(name="rotate-key")
def rotate_key(as_json: AsJson = False) -> None:
    """New keys for checkpoints and receipts, signed over by those before; give the printed key to witnesses."""
    with house() as h:
        made = h.installation.audit.rotate_keys(h.actor, h.origin)
        key = verifier_key(h.installation.keys)
    say({"number": made.number, "size": made.size, "at": made.at, "key": key}, as_json, key)


@app.command()
def erase(
    subject: str,
    basis: Annotated[str, typer.Option(help="The article that asks for it, such as «RGPD 17.1.b».")],
    approval: Annotated[list[str] | None, typer.Option(help="Id of a decision that allows it.")] = None,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Destroy the data key of SUBJECT: what the log says of the subject can be read by nobody, ever."""
    decisions = [_id("approval", text) for text in approval or []]
    with house(user) as h:
        h.installation.policy.require(h.actor, "audit:erase")
        done = h.installation.audit.erase(h.actor, h.origin, subject, basis, decisions)
        told = translate(N_("Borrado. Constancia: asiento {entry}."), h.actor.locale, entry=done.entry_id)
    say({"subject": done.subject, "keys": list(done.keys), "entry_id": done.entry_id}, as_json, told)


@app.command()
def hold(
    subject: str,
    reason: Annotated[str, typer.Option(help="The duty to keep, such as «Diligencias previas 12/2026».")],
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Forbid the erasure of SUBJECT until the hold is released."""
    with house(user) as h:
        h.installation.policy.require(h.actor, "audit:erase")
        held = h.installation.audit.hold(h.actor, h.origin, subject, reason)
    say({"id": held}, as_json, str(held))


@app.command()
def release(hold: str, user: As = None, as_json: AsJson = False) -> None:
    """Lift HOLD."""
    id = _id("HOLD", hold)
    with house(user) as h:
        h.installation.policy.require(h.actor, "audit:erase")
        h.installation.audit.release(h.actor, h.origin, id)
    say({"id": id, "released": True}, as_json)


@app.command()
def retention(
    years: Annotated[int, typer.Option(help="At least seven.")] = KEPT_YEARS, as_json: AsJson = False
) -> None:
    """List the months of entries older than YEARS; nothing is deleted."""
    with house() as h:
        months = [month.isoformat()[:7] for month in h.installation.audit.expired_months(years)]
    say(months, as_json, "\n".join(months) or translate(N_("(nada)"), locale()))
