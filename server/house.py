"""What all routes share (*la casa*): the installation, the turns, sessions, live changes."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request

from graphs.turns import Turns
from modules.installation import Installation
from server.sessions import Sessions
from server.watch import Watch


@dataclass(frozen=True)
class House:
    """The shared parts of one running server."""

    installation: Installation
    turns: Turns
    sessions: Sessions
    watch: Watch

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
