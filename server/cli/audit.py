"""`ait audit`: search the log and verify it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from core.audit.search import Wanted
from core.errors import BadArguments
from core.i18n import N_
from server.cli.shell import As, AsJson, house, say

app = typer.Typer(no_args_is_help=True, help="Search and verify the audit log.")
