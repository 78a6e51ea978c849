"""What all routes share (*la casa*): the installation, the turns, sessions, live changes."""

import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Request

from core.context import Actor
from graphs.turns import Turns
from modules.installation import Installation
from server.sessions import Sessions
from server.watch import Watch

NAMES_SECONDS: Final = 60.0


@dataclass(frozen=True)
class House:
    """The shared parts of one running server."""

    installation: Installation
    turns: Turns
    sessions: Sessions
    watch: Watch
    names: dict[UUID, tuple[float, dict[str, str]]] = field(default_factory=dict)

    def names_of(self, actor: Actor) -> dict[str, str]:
        """What the tenant's people are called, by username; looked up once a minute."""
        kept = self.names.get(actor.tenant_id)
        if kept is None or time.monotonic() - kept[0] > NAMES_SECONDS:
            found = {user.username: user.name or user.username for user in self.installation.people.users(actor)}
            kept = self.names[actor.tenant_id] = (time.monotonic(), found)
        return kept[1]

    @property
    def url(self) -> str:
        """How links to the web app begin, without a slash at the end."""
        return self.installation.settings.url.rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether people reach us by https."""
        return self.url.startswith("https://")

    @property
    def origin(self) -> str:
        """The origin that our own pages have."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def house_of(request: Request) -> House:
    """The house that serves this request."""
    found: House = request.app.state.house
    return found
