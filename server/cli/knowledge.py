"""`ait knowledge`: take documents in, and search what is known."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.errors import BadArguments
from core.i18n import N_
from server.cli.shell import As, AsJson, house, say

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Take documents in, and search."
)


@app.command()
def ingest(
    path: Path,
    source: Annotated[str, typer.Option(help="Where it comes from; shown beside every citation.")] = "",
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Take over a Markdown or text file, or all in a folder. Its text counts as untrusted."""
    if not path.exists():
        raise BadArguments(field="PATH", problem=N_("no existe ese fichero o carpeta"))
    with house(user) as h:
        h.installation.policy.require(h.actor, "knowledge:administer")
        done = h.installation.knowledge.ingest(path, h.actor.tenant_id, source=source)
    say(asdict(done), as_json)


@app.command()
def search(
    text: str, limit: Annotated[int, typer.Option(min=1, max=50)] = 5, user: As = None, as_json: AsJson = False
) -> None:
    """Find passages that answer TEXT, best first, with what to cite."""
    with house(user) as h:
        found = h.installation.knowledge.search(text, h.actor.tenant_id, limit=limit)
    lines = [f"{p.ref}\n  {p.title}\n  {' '.join(p.text.split())[:300]}\n  ({p.source})" for p in found]
    say([asdict(p) for p in found], as_json, "\n\n".join(lines))
