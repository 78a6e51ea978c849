"""`ait agents`: the sixteen agents, as they are declared."""

from typing import Any

import typer

from agents.roster import ROSTER
from agents.spec import Agent, Executor
from core.errors import NotFound
from core.i18n import N_
from server.cli.shell import AsJson, house, say, table

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The sixteen agents."
)


def facts(agent: Agent) -> dict[str, Any]:
    """An agent as JSON."""
    said: dict[str, Any] = {
        "name": agent.name,
        "title": agent.title,
        "summary": agent.summary,
        "toolsets": list(agent.toolsets),
    }
    if isinstance(agent, Executor):
        said |= {"specialists": list(agent.specialists), "authority": [risk.name for risk in agent.authority]}
    return said


@app.command("list")
def list_agents(as_json: AsJson = False) -> None:
    """List executors and specialists."""
    rows = [facts(a) for a in (*ROSTER.executors.values(), *ROSTER.specialists.values())]
    say(rows, as_json, table(rows, ("name", "title", "summary")))


@app.command()
def show(name: str, as_json: AsJson = False) -> None:
    """Show one agent (executor/cfo, or cfo): its prompt and the tools it may use today."""
    full = name if "/" in name else f"executor/{name}"
    try:
        agent = ROSTER.agent(full)
    except KeyError as error:
        raise NotFound(what=N_("el agente"), ref=name) from error
    with house() as h:
        tools = [t.name for t in h.installation.catalogue.of_modules(agent.toolsets)]
    say({**facts(agent), "tools": tools, "prompt": agent.system_prompt()}, as_json)
