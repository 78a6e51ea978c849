"""`ait inbox`: read the mailbox, take in an e-mail file, list what came in."""

from base64 import b64encode
from pathlib import Path
from typing import Annotated

import typer

from core.errors import AitError, BadArguments
from core.i18n import N_, translate
from server.cli.shell import As, AsJson, as_json_error, house, locale, report, say
from tools.gate import Call

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Messages that come in."
)


@app.command()
def poll(as_json: AsJson = False) -> None:
    """Read the mailbox of AIT_IMAP_URL once; nothing on the server is changed."""
    from modules.infrastructure.notification_service.mailbox import Server
    from modules.infrastructure.notification_service.mailbox import poll as poll_mailbox

    with house() as h:
        url = h.installation.settings.imap_url
        try:
            if url is None:
                raise BadArguments(field="AIT_IMAP_URL", problem=N_("falta: imaps://usuario:clave@servidor/INBOX"))
            done = poll_mailbox(h.installation.gate, h.actor, Server.of(url.get_secret_value()))
        except AitError as error:
            if as_json:
                say({"ok": False, "error": as_json_error(error, h.actor.locale)}, True)
            raise typer.Exit(report(error)) from error
    text = translate(N_("Mensajes nuevos: {new}. Ya estaban: {known}."), locale(), new=done.new, known=done.known)
    say({"new": done.new, "known": done.known}, as_json, text)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An e-mail as a file (.eml).")],
    as_json: AsJson = False,
) -> None:
    """Take in an e-mail file; the same one twice is one message."""
    _answer("receive_email", {"eml": b64encode(file.read_bytes()).decode("ascii")}, None, as_json)


@app.command("list")
def list_messages(
    everything: Annotated[bool, typer.Option("--all", help="Read ones too.")] = False,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """List what came in, newest first."""
    _answer("list_inbox", {"shown": "all" if everything else "unread"}, user, as_json)


def _answer(tool: str, args: dict[str, object], user: str | None, as_json: bool) -> None:
    with house(user) as h:
        try:
            outcome = h.installation.gate.call(Call(f"notification_service_{tool}", args, h.actor, h.origin))
        except AitError as error:
            if as_json:
                say({"ok": False, "error": as_json_error(error, h.actor.locale)}, True)
            raise typer.Exit(report(error, h.actor.locale)) from error
    say(outcome.json, as_json, outcome.value.told(locale()))
