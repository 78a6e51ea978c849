"""`ait demo`: the demonstration brokerage. Its people, firms and insurers are invented."""

import typer

from core.i18n import N_, translate
from server.cli.shell import AsJson, house, locale, say

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The demonstration brokerage (fictional).",
)


@app.callback()
def group() -> None:
    """Keep `load` a subcommand although it is the only one."""


@app.command()
def load(as_json: AsJson = False) -> None:
    """Load it, or complete it: a second run changes nothing. Prints new passwords, this once."""
    # The loader brings the modules' records, which `ait demo --help` does not need.
    from modules.demo import load as load_demo

    with house() as h:
        report = load_demo(h.installation)
    passwords = report.passwords
    lines = [translate(N_("Correduría de demostración lista (todo es ficticio)."), locale())]
    lines += [f"  {name}: {count}" for name, count in report.counts.items()]
    if passwords:
        lines.append(translate(N_("Contraseñas de las personas de demostración (se muestran solo ahora):"), locale()))
        lines += [f"  {user:<12} {password}" for user, password in passwords.items()]
    say({"counts": dict(report.counts), "passwords": dict(passwords)}, as_json, "\n".join(lines))
