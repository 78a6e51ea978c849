"""`ait documents`: upload a file, list what there is, read one."""

from base64 import b64encode
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import BadArguments
from core.i18n import N_
from server.cli.shell import As, AsJson, House, house, say
from tools.gate import Call

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Upload, list and read documents."
)
Customer = Annotated[str | None, typer.Option(help="Whose: name, NIF or id.")]
Policy = Annotated[str | None, typer.Option(help="Number of the policy that it is about.")]
Claim = Annotated[str | None, typer.Option(help="Number of the claim that it is about.")]
Kind = Annotated[str | None, typer.Option(help="What it is: invoice, policy, claim_report, …")]


def _ask(h: House, tool: str, args: dict[str, Any]) -> Any:
    given = {name: value for name, value in args.items() if value is not None}
    return h.installation.gate.call(Call(f"document_service_{tool}", given, h.actor, h.origin))


def _say(h: House, outcome: Any, as_json: bool) -> None:
    say(outcome.json, as_json, outcome.value.told(h.actor.locale))


@app.command()
def upload(
    file: Path,
    name: Annotated[str | None, typer.Option(help="Another name than the file's.")] = None,
    kind: Kind = None,
    customer: Customer = None,
    policy: Policy = None,
    claim: Claim = None,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Keep FILE and read its text; the same name for the same subject is a new version."""
    if not file.is_file():
        raise BadArguments(field="FILE", problem=N_("no existe ese fichero o carpeta"))
    content = b64encode(file.read_bytes()).decode()
    about = {"kind": kind, "customer": customer, "policy": policy, "claim": claim}
    with house(user) as h:
        _say(h, _ask(h, "upload_document", {"name": name or file.name, "content": content, **about}), as_json)


@app.command("list")
def list_documents(
    kind: Kind = None,
    customer: Customer = None,
    policy: Policy = None,
    claim: Claim = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """List documents, newest first."""
    about = {"kind": kind, "customer": customer, "policy": policy, "claim": claim, "limit": limit}
    with house(user) as h:
        _say(h, _ask(h, "list_documents", about), as_json)


@app.command()
def read(
    document: str,
    page: Annotated[int, typer.Option(min=1, help="From which page on.")] = 1,
    version: Annotated[int | None, typer.Option(min=1)] = None,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Print the text of DOCUMENT (a name, part of one, or an id). Somebody outside wrote it."""
    with house(user) as h:
        outcome = _ask(h, "read_document", {"document": document, "page": page, "version": version})
    say(outcome.json, as_json, "\n\n".join(page.text for page in outcome.value.pages))
