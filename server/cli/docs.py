"""`ait docs`: pages that are written from the code, so that they cannot differ from it."""

from pathlib import Path
from typing import Annotated

import typer

from modules.insurance.kernel.diagrams import pages
from server.cli.shell import AsJson, say

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Pages written from the code."
)


@app.callback()
def docs() -> None:
    """Keep `states` a command of its own."""


@app.command()
def states(
    folder: Annotated[Path, typer.Option(help="Where the pages go.")] = Path("docs/states"), as_json: AsJson = False
) -> None:
    """Write the diagrams of the states of quotes, policies, receipts and claims."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(str(folder / name))
    say({"written": written}, as_json, "\n".join(written))
