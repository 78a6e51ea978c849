"""`ait agents`: the sixteen agents, as they are declared."""

from dataclasses import asdict
from typing import Any

import typer

from agents.roster import ROSTER
from core.errors import NotFound
from core.i18n import N_
from server.cli.shell import AsJson, say, table

app = typer.Typer(no_args_is_help=True, help="The sixteen agents.")
