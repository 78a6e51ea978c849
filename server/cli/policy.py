"""`ait policy`: the policy as it stands, and why somebody can or can't do something."""

from dataclasses import replace
from typing import Annotated

import typer

from core.i18n import translate
from server.cli.shell import As, AsJson, house, say

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Who may do what, and why."
)


@app.command()
def explain(
    tool: str,
    user: As = None,
    agent: Annotated[str | None, typer.Option(help="Through this agent, as executor/sales.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a person may call TOOL, which rule decides, and who would have to approve."""
    with house(user) as h:
        actor = replace(h.actor, agent=agent)
        decision = h.installation.policy.decide(actor, h.installation.catalogue.get(tool))
        why = translate(decision.why, actor.locale)
        approver = decision.approver
    said = {
        "tool": tool,
        "user": actor.user,
        "agent": agent,
        "verdict": decision.verdict,
        "rule": decision.rule,
        "why": why,
        "approver": approver,
    }
    say(
        said,
        as_json,
        f"{actor.label} · {tool}: {decision.verdict} ({decision.rule}) — {why}"
        + (f" → {approver}" if approver else ""),
    )


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the whole policy."""
    with house() as h:
        say(h.installation.policy.facts(), as_json)
