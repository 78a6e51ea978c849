"""`ait chat`: ask once, talk, or run a file of requests.

Data goes to stdout, progress to stderr; exit code 3 says that a person has to approve.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from core.errors import AitError, BadArguments, Denied, OutsideUnavailable
from core.i18n import N_, translate
from server.cli.shell import As, AsJson, House, as_json_error, house, say

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help="Ask in plain Spanish or English.")
APPROVAL: Final = 3
CODES: Final = {kind.code: kind.exit_code for kind in (BadArguments, Denied, OutsideUnavailable)}
LINE: Final = N_('cada línea es {"text"[, "as", "history"]}')
PENDING: Final = N_("Pendiente de aprobación: {id} ({tool}).")


@app.command()
def chat(
    text: Annotated[str | None, typer.Argument(help="The request; without it, a conversation begins.")] = None,
    user: As = None,
    thread: Annotated[str | None, typer.Option(metavar="ID", help="Go on with this conversation.")] = None,
    batch: Annotated[
        Path | None, typer.Option(help='A JSON-lines file: {"text"[,"as","history"]}; one answer a line.')
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Let the writes of a batch stay.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the agents in plain Spanish or English."""
    thread_id = _thread(thread)
    with house(user) as h:
        if batch is not None:
            code = asyncio.run(_batch(h, batch, commit))
        elif text is not None:
            code = asyncio.run(_once(h, text, thread_id, as_json))
        else:
            # Imported here: the graphs cost 0.5 s that `--help` and a usage error do not pay.
            from server.cli.talk import talk

            code = talk(h, thread_id)
    raise typer.Exit(code)


def _thread(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise BadArguments(field="--thread", problem=N_("debe ser un identificador de conversación")) from error


async def _once(h: House, text: str, thread_id: UUID | None, as_json: bool) -> int:
    """One turn; its answer on stdout."""
    # Imported here: see above.
    from graphs.turns import Turns
    from server.cli.talk import Progress

    turns = Turns(h.installation)
    await turns.open()
    try:
        turn = await turns.start(h.actor, h.origin, text, thread_id)
        if not as_json:
            progress = Progress(h.actor.locale)
            async for frame in turns.follow(h.actor, turn):
                progress.show(frame)
        result = await turns.wait(h.actor, turn)
    finally:
        await turns.close()
    shown = result.model_dump(mode="json")
    said = result.answer or (result.error or {}).get("message", "")
    say(shown, as_json, said)
    for approval in () if as_json else shown["approvals"]:
        print(translate(PENDING, h.actor.locale, id=approval["id"], tool=approval["tool"]), file=sys.stderr)
    return exit_code(shown)


def exit_code(result: Mapping[str, Any]) -> int:
    """The command's exit code for a turn's result: 0 only if it worked."""
    if any(approval["state"] == "pending" for approval in result["approvals"]):
        return APPROVAL
    if result["outcome"] != "done":
        return CODES.get((result["error"] or {}).get("code", ""), 1)
    calls = result["tool_calls"]
    denied = [c for c in calls if (c.get("error") or {}).get("code") == Denied.code]
    return Denied.exit_code if denied and not any(c["status"] == "done" for c in calls) else 0


async def _batch(h: House, path: Path, commit: bool) -> int:
    """One turn a line, each rolled back unless `commit`; JSON lines on stdout."""
    # Imported here: see above.
    from graphs.rehearsals import Rehearsals

    rehearsals, failed = Rehearsals(h.installation), False
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                wish = _wish(number, line)
                actor = h.installation.people.actor(wish["as"]) if wish.get("as") else h.actor
                run = rehearsals.commit if commit else rehearsals.turn
                answer = (await run(actor, wish["text"], wish.get("history", ()))).model_dump(mode="json")
                failed = failed or answer["outcome"] == "failed"
            except AitError as error:
                answer, failed = {"error": as_json_error(error)}, True
            print(json.dumps(answer, ensure_ascii=False), flush=True)
    return 1 if failed else 0


def _wish(number: int, line: str) -> dict[str, Any]:
    """One line of a batch.

    Raises:
        BadArguments: it is not one.
    """
    try:
        wish = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadArguments(field=f"line {number}", problem=LINE) from error
    fits = isinstance(wish, dict) and isinstance(wish.get("text"), str) and isinstance(wish.get("history", []), list)
    if not fits or not all(isinstance(said, dict) for said in wish.get("history", [])):
        raise BadArguments(field=f"line {number}", problem=LINE)
    return dict(wish)
