"""Webhooks: an HTTP POST whose repetition the other side tells by its Idempotency-Key.

The key is the outbox row's id (IETF draft "The Idempotency-Key HTTP Header Field"). Only
origins that an administrator listed are called, and redirections are not followed, so that
no tool, and no model behind one, can choose where data goes.
"""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple
from urllib.parse import urlsplit

from core.effects.performer import TIMEOUT_SECONDS, NotSent, Order, Refused, Standing
from core.i18n import N_

NO_HOSTS: Final = N_("falta decir a qué servidores se puede avisar: configure AIT_WEBHOOK_HOSTS")
NOT_LISTED: Final = N_("No se avisa a {url}: no está entre los servidores de AIT_WEBHOOK_HOSTS.")
RESTING: Final = N_("se espacian los avisos a {host}")
PORTS: Final = {"http": 80, "https": 443}
NOT_TAKEN: Final = (408, 425, 429, 503)  # the server says that it did not begin
LONGEST_ANSWER: Final = 64 * 1024


class Origin(NamedTuple):
    """Scheme, host and port: what a listed server is compared by."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        """The origin of `url`; a bare host means https.

        Raises:
            Refused: it is no address.
        """
        parts = urlsplit(url if "://" in url else f"https://{url}")
        try:
            port = parts.port or PORTS[parts.scheme]
        except (KeyError, ValueError) as error:
            raise Refused(reason=url) from error
        if not parts.hostname or parts.username is not None:
            raise Refused(reason=url)
        return cls(parts.scheme, parts.hostname.lower(), port)


@dataclass
class Pace:
    """The generic cell rate algorithm: `burst` calls at once, then one every `seconds`, by host."""

    seconds: float = 0.05
    burst: int = 20
    clock: Callable[[], float] = time.monotonic
    _due: dict[str, float] = field(default_factory=dict, init=False)

    def wait(self, host: str) -> float:
        """How long the next call must wait; 0 if it may go, and then it counts."""
        now = self.clock()
        due = max(self._due.get(host, now), now)
        early = due - now - self.seconds * (self.burst - 1)
        if early > 1e-9:
            return early
        self._due[host] = due + self.seconds
        return 0.0


@dataclass(frozen=True)
class Webhook:
    """POSTs `body` to the URL in `recipient`.

    `extra` may say `content_type`, and `status_url`, where a GET answers 200 or 404 about
    this very delivery (`{id}` stands for its key).
    """

    hosts: str
    pace: Pace = field(default_factory=Pace)

    idempotent: ClassVar[bool] = True

    @property
    def missing(self) -> str | None:
        """The list of servers, if there is none."""
        return None if self._allowed() else NO_HOSTS

    def reference(self, order: Order) -> str:
        """The Idempotency-Key."""
        return str(order.id)

    def perform(self, order: Order) -> str:
        """Post it; gives the answer's own reference, or ours if it has none."""
        origin = self._origin(order.recipient)
        rest = self.pace.wait(origin.host)
        if rest:
            raise NotSent(reason=RESTING.format(host=origin.host), retry_after=rest, counts=False)
        kind = order.extra.get("content_type", "application/json")
        headers = {"Content-Type": kind, "Idempotency-Key": str(order.id), "X-Event": order.subject}
        answer = _ask(origin, "POST", order.recipient, headers, order.body.encode())
        if 200 <= answer.status < 300:
            return answer.reference or str(order.id)
        reason = f"HTTP {answer.status}"
        if answer.status in NOT_TAKEN:
            raise NotSent(reason=reason, retry_after=answer.retry_after)
        if answer.status >= 500 or answer.status == 409:
            raise http.client.HTTPException(reason)  # it may have done it, or be doing it
        raise Refused(reason=reason)

    def look_up(self, order: Order) -> Standing:
        """Ask the delivery's status address, if it has one."""
        place = order.extra.get("status_url", "").replace("{id}", str(order.id))
        if not place:
            return "unknown"
        status = _ask(self._origin(place), "GET", place, {}, None).status
        return "sent" if status == 200 else "absent" if status == 404 else "unknown"

    def _allowed(self) -> frozenset[Origin]:
        return frozenset(Origin.of(name.strip()) for name in self.hosts.split(",") if name.strip())

    def _origin(self, url: str) -> Origin:
        origin = Origin.of(url)
        if origin not in self._allowed():
            raise Refused(NOT_LISTED, url=url)
        return origin


class Answer(NamedTuple):
    """What we keep of an answer."""

    status: int
    reference: str
    retry_after: float | None


def _ask(origin: Origin, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """One request; only failing to connect is known not to have left.

    Raises:
        NotSent: nobody answered the call.
        OSError, http.client.HTTPException: the line broke afterwards.
    """
    connection: http.client.HTTPConnection
    if origin.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(origin.host, origin.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(origin.host, origin.port, timeout=TIMEOUT_SECONDS)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise NotSent(reason=error) from error
        parts = urlsplit(url)
        try:
            connection.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        except (ValueError, UnicodeError) as error:  # a header or an address that can't be written
            raise Refused(reason=str(error)) from error
        response = connection.getresponse()
        text = response.read(LONGEST_ANSWER)
        return Answer(response.status, _reference(response, text), _seconds(response.getheader("Retry-After")))
    finally:
        connection.close()


def _reference(response: http.client.HTTPResponse, body: bytes) -> str:
    """The other side's own name for it: Location, else the JSON answer's `id`."""
    place = response.getheader("Location")
    if place:
        return place[:200]
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    return str(said.get("id") or "")[:200] if isinstance(said, dict) else ""


def _seconds(text: str | None) -> float | None:
    """Retry-After in seconds (RFC 9110, 10.2.3); a date is not worth a parser."""
    return float(text) if text and text.isdecimal() else None
