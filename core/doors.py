"""The one way to read the outside (*puertas*): only listed servers, only public addresses.

An address is read once (`core.places`), its server looked up in the list, its name resolved
once, every address it has checked, and that checked address dialled (`core.dial`): a name
that answers differently the second time gains nothing. Each redirect starts anew. No cookie,
no credential and no proxy of the environment goes along.
"""

import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from typing import Final, TypeAlias
from urllib.parse import urljoin

from core.context import PLAINLY, Asking, Fetched
from core.errors import OutsideUnavailable
from core.i18n import N_
from core.places import NotAllowed, Place, Target, Unreadable, all_public, read_url

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]

SECONDS: Final = 10.0  # for the whole fetch
MOST_REDIRECTS: Final = 3
REDIRECTS: Final = (301, 302, 303, 307, 308)
KEPT: Final[tuple[str, ...]] = ("etag", "last-modified", "retry-after", "cache-control", "location")

NOT_LISTED: Final = N_("no está en la lista de servidores permitidos; puede añadirlo quien administra")
WITHOUT_TLS: Final = N_("solo se leen direcciones https; sin cifrar, las que la instalación declara internas")
LEADS_INSIDE: Final = N_("su nombre lleva a la red interna")
TOO_MANY: Final = N_("remite a otras direcciones más de tres veces")


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of `host`, in the order of preference of the system (RFC 6724)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Web:
    """Reads what may be read; the `Doors` of tools.

    Args:
        allowed: gives the servers that may be read now.
        inside: servers of the inside network, or without TLS, that the installation's
            setting `AIT_INSIDE_HOSTS` admits. Such a server needs both lists.
        resolver: gives the addresses of a name.
        tls: whom to trust; the system's authorities if None.
        seconds: the time for one fetch, all in all.
    """

    allowed: Callable[[], frozenset[Place]]
    inside: frozenset[Place] = frozenset()
    resolver: Resolver = resolve
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    seconds: float = SECONDS

    def fetch(self, url: str, asking: Asking = PLAINLY) -> Fetched:
        """GET `url` and up to three redirects; any status is an answer.

        What `asking` says goes along to the first address only, but for the contact.

        Raises:
            NotAllowed: the address, or one it redirects to, may not be read; nothing was sent there.
            OutsideUnavailable: nobody answers, or too much, too slowly or no HTTP.
        """
        # httpcore costs 40 ms to import, which a command that stays inside never pays.
        from core.dial import TOO_SLOW, Deadline, get

        deadline, allowed = Deadline(self.seconds), self.allowed()
        tls = self.tls or ssl.create_default_context()
        for _ in range(MOST_REDIRECTS + 1):
            target = read_url(url)
            admitted = self._admitted(target, allowed)
            try:
                addresses = self._addresses(target.place, deadline.left())
            except TimeoutError as error:
                raise Unreadable(what=target.place.host, reason=TOO_SLOW) from error
            if not admitted and not all_public(addresses):
                raise NotAllowed(rule="inside-network", host=target.place.host, reason=LEADS_INSIDE)
            answer = get(target, addresses, deadline, tls, asking)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or not location or not asking.follow:
                kept = {name: answer.headers[name] for name in KEPT if name in answer.headers}
                return Fetched(str(target), answer.status, answer.headers.get("content-type", ""), answer.content, kept)
            url, asking = _next(str(target), location), Asking(asking.contact)
        raise Unreadable(what=target.place.host, reason=TOO_MANY)

    def _admitted(self, target: Target, allowed: frozenset[Place]) -> bool:
        """Whether the place may lie inside, once it is known to be listed."""
        origin = target.place.origin
        listed = [place for place in allowed if place.origin == origin]
        if not listed:
            raise NotAllowed(rule="host-allow-list", host=target.place.authority, reason=NOT_LISTED)
        admitted = any(place.inside for place in listed) and any(place.origin == origin for place in self.inside)
        if target.place.scheme != "https" and not admitted:
            raise NotAllowed(rule="https-only", host=target.place.authority, reason=WITHOUT_TLS)
        return admitted

    def _addresses(self, place: Place, seconds: float) -> Sequence[str]:
        """Resolve in a thread: the system's resolver knows no deadline of ours."""
        answer: Future[Sequence[str]] = Future()

        def ask() -> None:
            try:
                answer.set_result(self.resolver(place.host, place.port))
            except (OSError, UnicodeError) as error:
                answer.set_exception(error)

        Thread(target=ask, daemon=True, name="resolve").start()
        try:
            found = answer.result(seconds)
        except TimeoutError:
            raise
        except (OSError, UnicodeError) as error:
            raise OutsideUnavailable(what=place.host) from error
        if not found:
            raise OutsideUnavailable(what=place.host)
        return found


def _next(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:  # such as an unclosed bracket: refused by the next reading
        return location
