"""`ait tools`: list, show, call, and call a whole file of them."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import AitError, ApprovalRequired, BadArguments
from core.i18n import N_
from server.cli.shell import As, AsJson, House, as_json_error, house, report, say, table
from tools.gate import Call
from tools.tool import Tool
from tools.written import Written

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="List, show and call the tools."
)


def facts(tool: Tool) -> dict[str, Any]:
    """A tool as `list` shows it."""
    return {
        "name": tool.name,
        "module": tool.module,
        "risk_class": tool.risk.name,
        "permission": tool.permission,
        "title": tool.title,
        "summary": tool.summary,
        "examples": list(tool.examples),
    }


@app.command("list")
def list_tools(
    module: Annotated[str | None, typer.Option(help="Only those of this module.")] = None, as_json: AsJson = False
) -> None:
    """List all tools that are loaded."""
    with house() as h:
        rows = [facts(t) for t in h.installation.catalogue.tools.values() if module in (None, t.module)]
    say(rows, as_json, table(rows, ("name", "module", "risk_class", "permission", "summary")))


@app.command()
def show(name: str, as_json: AsJson = False) -> None:
    """Show one tool: what it does, its arguments and its result as JSON schemas."""
    with house() as h:
        tool = h.installation.catalogue.get(name)
        full = {**facts(tool), "description": tool.description, "arguments": tool.schema, "result": tool.result_schema}
    say(full, as_json)


@app.command()
def call(
    name: str,
    args: Annotated[str, typer.Option(help="The arguments as a JSON object, or @FILE.")] = "{}",
    user: As = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Preview exactly; change nothing.")] = False,
    idempotency_key: Annotated[str | None, typer.Option(help="The same key does it once.")] = None,
    as_json: AsJson = False,
) -> None:
    """Call a tool through the gate."""
    body = Path(args[1:]).read_bytes() if args.startswith("@") else args.encode()
    with house(user) as h:
        try:
            done = answer(h, name, body, dry_run=dry_run, key=idempotency_key)
        except AitError as error:
            if as_json:
                say({"ok": False, "error": as_json_error(error, h.actor.locale)}, True)
            raise typer.Exit(report(error, h.actor.locale)) from error
    say(done, as_json)


def answer(h: House, name: str, body: bytes, *, dry_run: bool = False, key: str | None = None) -> dict[str, Any]:
    """What a call gave, as JSON-shaped data."""
    outcome = h.installation.gate.call(Call(name, body, h.actor, h.origin, idempotency_key=key, dry_run=dry_run))
    done: dict[str, Any] = {"ok": True, "tool": name, "result": outcome.json, "audit_entry": str(outcome.entry_id)}
    if outcome.preview is not None and dry_run:
        done["preview"] = outcome.preview.model_dump(mode="json")
    return done


@app.command()
def batch(file: Path, user: As = None, as_json: AsJson = False) -> None:
    """Call the tools of a JSON-lines file: lines {"tool","args"[,"as"]}; one line of answer each."""
    failed = False
    with house(user) as h, file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                done = _one(h, number, line)
                failed = failed or not done["ok"]
                print(json.dumps(done, ensure_ascii=False, default=str))
    sys.stdout.flush()
    raise typer.Exit(1 if failed else 0)


def _one(h: House, number: int, line: str) -> dict[str, Any]:
    try:
        try:
            wish = json.loads(line, parse_float=Written)
            name, args = wish["tool"], wish.get("args", {})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadArguments(field=f"line {number}", problem=N_('cada línea es {"tool", "args"}')) from error
        actor = h.installation.people.actor(wish["as"]) if wish.get("as") else h.actor
        outcome = h.installation.gate.call(Call(name, args, actor, h.origin))
    except ApprovalRequired as held:
        return {"ok": False, "approval": {k: str(v) for k, v in held.detail.items()}, "error": as_json_error(held)}
    except AitError as error:
        return {"ok": False, "error": as_json_error(error)}
    return {"ok": True, "result": outcome.json}
