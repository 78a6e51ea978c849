"""`ait policy`: the policy as it stands, why somebody can or can't do something, and trying out a draft."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import typer

from core.audit.search import Wanted
from core.clock import utc_now
from core.errors import BadArguments
from core.i18n import N_
from server.cli.shell import As, AsJson, house, say
from tools.gate import Call
from tools.gate.explain import explained
from tools.gate.validate import parse
from tools.policy import Policy
from tools.policy.simulation import simulate

PAGE = 1000
app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Who may do what, and why."
)


@app.command()
def explain(
    tool: str,
    user: As = None,
    agent: Annotated[str | None, typer.Option(help="Through this agent, as executor/sales.")] = None,
    args: Annotated[
        str | None, typer.Option(help="Arguments as JSON: then the call is tried, and rolled back.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a person may call TOOL, which rules decide, and who would have to approve."""
    with house(user) as h:
        call = Call(tool, parse(args.encode()) if args else {}, replace(h.actor, agent=agent), h.origin)
        said = explained(h.installation.gate, call, tried=args is not None)
    say(said.model_dump(mode="json"), as_json, said.text)


@app.command()
def show(user: As = None, as_json: AsJson = False) -> None:
    """Show the policy in force."""
    with house(user) as h:
        said = h.installation.gate.policy(h.actor).facts()
    say(said, as_json)


@app.command(name="simulate")
def simulate_draft(
    number: int,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days back.")] = 30,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Say what version NUMBER of the policy would have said of the calls of the last DAYS."""
    with house(user) as h:
        h.installation.policy.require(h.actor, "audit:read")
        stored = h.installation.gate.call(Call("compliance_show_policy", {"number": number}, h.actor, h.origin)).value
        draft, present = Policy.parse(stored.tables, stored.rules), h.installation.gate.policy(h.actor)
        since, entries = utc_now() - timedelta(days=days), []
        wanted = Wanted(kind="call", since=since, limit=PAGE)
        while found := h.installation.audit.search(h.actor, wanted):
            entries += [entry.said for entry in found]
            wanted = replace(wanted, older_than=found[-1].id)
        result = simulate(draft, present, entries)
    told = ", ".join(f"{kind}: {count}" for kind, count in result.changes.items()) or "="
    say(result.model_dump(mode="json"), as_json, f"{result.judged} · {told}")


@app.command()
def publish(number: int, user: As = None, as_json: AsJson = False) -> None:
    """Ask that version NUMBER be put in force; another person has to approve it."""
    if number < 1:
        raise BadArguments(field="number", problem=N_("debe ser 1 o más"))
    with house(user) as h:
        outcome = h.installation.gate.call(Call("compliance_publish_policy", {"number": number}, h.actor, h.origin))
    say(outcome.json, as_json, json.dumps(outcome.json, ensure_ascii=False))
