"""Showing who one is at a terminal, for decisions that want it fresh."""

import sys
from dataclasses import replace

import typer

from core.clock import utc_now
from core.context import Actor
from core.errors import NotSignedIn
from core.i18n import N_, translate
from core.people import User
from server.cli.shell import House
from server.factors import Password, count_failure, refuse_locked

ASKED = N_("Contraseña de {user}")


def shown(h: House) -> Actor:
    """The person who commands, after showing who he is.

    An account that has a password is asked for it, on the terminal or as the first line of
    standard input. The owner's first account has none: whoever may open the data directory
    is its owner, and being here shows it.

    Raises:
        NotSignedIn: the password is wrong.
        TooManyRequests: too many were.
    """
    people, actor = h.installation.people, h.actor
    password = Password(people)
    if password.has(actor):
        with people.database.transaction(actor.tenant_id) as session:
            refuse_locked(session.get(User, (actor.tenant_id, actor.user_id)))
        if not password.verify(actor, _ask(translate(ASKED, actor.locale, user=actor.user))):
            count_failure(people, actor, h.origin)
            raise NotSignedIn()
    return replace(actor, factor_at=utc_now())


def _ask(prompt: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(prompt, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\n")
