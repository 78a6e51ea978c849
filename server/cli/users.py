"""`ait users`: people, their passwords and access tokens. Passwords are generated, shown once."""

from typing import Annotated

import typer

from server.cli.shell import AsJson, house, say, table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="People, passwords and access tokens.",
)


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the people of the brokerage."""
    with house() as h:
        rows = [
            {"username": u.username, "name": u.name, "roles": ", ".join(u.roles), "disabled": u.disabled}
            for u in h.installation.people.users(h.actor)
        ]
    say(rows, as_json, table(rows, ("username", "name", "roles", "disabled")))


@app.command()
def add(
    username: str,
    name: Annotated[str, typer.Option()],
    role: Annotated[list[str], typer.Option()],
    as_json: AsJson = False,
) -> None:
    """Add a person and print the generated password, this once."""
    with house() as h:
        password = h.installation.people.add_user(h.actor, username, name, role)
    say({"username": username, "password": password}, as_json)


@app.command()
def password(username: str, as_json: AsJson = False) -> None:
    """Give a person a new generated password and end all their sessions."""
    with house() as h:
        fresh = h.installation.people.reset_password(h.actor, username)
    say({"username": username, "password": fresh}, as_json)


@app.command()
def token(
    username: str, label: Annotated[str, typer.Option(help="What it is for.")] = "cli", as_json: AsJson = False
) -> None:
    """Make an access token for REST, MCP or an OpenAI client, and print it, this once."""
    with house() as h:
        fresh = h.installation.people.add_token(h.actor, username, label)
    say({"username": username, "token": fresh}, as_json)
