"""The house's own mailbox, read over IMAP (RFC 9051) and handed to the gate message by message.

Nothing on the server is changed: it is opened for reading only. The fetch happens outside
any transaction; the mark of the last message moves in the transaction that takes that
message in. A poll that breaks off, or two at once, neither lose nor double anything.
"""

import imaplib
import re
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog

from core.context import Actor, Origin
from core.errors import AitError, OutsideUnavailable
from core.i18n import N_
from core.identifiers import new_id
from modules.infrastructure.notification_service.inbox import LARGEST
from tools.gate import Call, Gate

TIMEOUT_SECONDS: Final = 30.0
MOST: Final = 200  # messages of one poll; the next one goes on
SERVER: Final = N_("el servidor de correo entrante")
SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")
INTERNAL_DATE: Final = re.compile(rb'INTERNALDATE "([^"]+)"')
BROKEN: Final = (OSError, imaplib.IMAP4.error)
log = structlog.get_logger("mailbox")


class BadMailboxUrl(AitError):
    """The address of the mailbox can't be used."""

    code, exit_code = "ait.bad_mailbox_url", 2
    text = N_("AIT_IMAP_URL debe ser como imaps://usuario:clave@servidor/INBOX; sin cifrar, solo en este equipo.")


@dataclass(frozen=True)
class Server:
    """Where the mailbox lies and how to sign in."""

    host: str
    port: int
    secure: bool
    user: str
    password: str = field(repr=False)
    folder: str

    @classmethod
    def of(cls, url: str) -> "Server":
        """The server of `imap[s]://user:password@host[:port]/folder`.

        Raises:
            BadMailboxUrl: it is none, or would send a password in clear over a network.
        """
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname or ""
        except ValueError:
            raise BadMailboxUrl from None  # the error itself may quote the password
        secure = parts.scheme == "imaps"
        if parts.scheme not in ("imap", "imaps") or not host or not parts.username or parts.password is None:
            raise BadMailboxUrl
        if not secure and not _loopback(host):
            raise BadMailboxUrl
        folder = unquote(parts.path.strip("/")) or "INBOX"
        return cls(
            host, port or (993 if secure else 143), secure, unquote(parts.username), unquote(parts.password), folder
        )

    @property
    def name(self) -> str:
        """What the mailbox is called in our records; never the password."""
        return f"{self.user}@{self.host}/{self.folder}"


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Fetched:
    """One message as the server gave it, cut at what one call may carry."""

    uid: int
    raw: bytes
    at: datetime | None
    truncated: bool


@dataclass(frozen=True)
class Polled:
    """What one poll brought: new messages, and those that were there already."""

    new: int = 0
    known: int = 0


def poll(gate: Gate, actor: Actor, server: Server) -> Polled:
    """Take in, oldest first, what came since the last poll, as `actor`.

    Raises:
        OutsideUnavailable: the server does not answer, or refuses to let us in; what was
            taken in before stays, and the next poll goes on from there.
    """
    state = _call(gate, actor, "show_mailbox", mailbox=server.name)
    new = known = 0
    with _opened(server) as (connection, validity):
        since = state.last_uid if state.uid_validity == validity else 0
        for uid in _waiting(connection, since):
            found = _fetch(connection, uid)
            if found is None:  # gone meanwhile
                continue
            place = {"mailbox": server.name, "uid_validity": validity, "uid": uid}
            received = _call(
                gate,
                actor,
                "receive_email",
                eml=b64encode(found.raw).decode("ascii"),
                place=place,
                truncated=found.truncated,
                **({"received_at": found.at} if found.at else {}),
            )
            new, known = new + received.new, known + (not received.new)
    if new:
        log.info("mail_received", mailbox=server.name, new=new)
    return Polled(new, known)


def _call(gate: Gate, actor: Actor, tool: str, /, **args: Any) -> Any:
    return gate.call(Call(f"notification_service_{tool}", args, actor, Origin("job", new_id()))).value


@contextmanager
def _opened(server: Server) -> Iterator[tuple[imaplib.IMAP4, int]]:
    """The folder, opened for reading only, and its numbering's validity."""
    connection = _asked(lambda: _connect(server))
    try:
        _asked(lambda: connection.login(server.user, server.password))
        folder = '"' + server.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        _asked(lambda: _good(connection.select(folder, readonly=True)))
        _, given = connection.response("UIDVALIDITY")
        yield connection, int(given[0]) if given and given[0] else 0
    finally:
        with suppress(*BROKEN):
            connection.logout()


def _connect(server: Server) -> imaplib.IMAP4:
    if server.secure:
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=TIMEOUT_SECONDS)
    return imaplib.IMAP4(server.host, server.port, timeout=TIMEOUT_SECONDS)


def _waiting(connection: imaplib.IMAP4, since: int) -> list[int]:
    """The numbers after `since`, lowest first."""
    found = _asked(lambda: _good(connection.uid("SEARCH", f"UID {since + 1}:*")))
    # `n:*` names the last message even where its number is below n.
    uids = sorted({int(uid) for line in found if line for uid in line.split()} - {0})
    return [uid for uid in uids if uid > since][:MOST]


def _fetch(connection: imaplib.IMAP4, uid: int) -> Fetched | None:
    wanted = f"(RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{LARGEST}>)"
    answer = _asked(lambda: _good(connection.uid("FETCH", str(uid), wanted)))
    for part in answer:
        if isinstance(part, tuple):
            facts = b" ".join(p for p in (*part[:1], *(q for q in answer if isinstance(q, bytes))))
            size, raw = SIZE.search(facts), bytes(part[1])
            return Fetched(uid, raw, _instant(facts), bool(size) and int(size[1]) > len(raw))  # type: ignore[index]
    return None


def _instant(facts: bytes) -> datetime | None:
    given = INTERNAL_DATE.search(facts)
    if given is None:
        return None
    try:
        return datetime.strptime(given[1].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None


def _good(answer: tuple[str, list[Any]]) -> list[Any]:
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(kind)
    return data


def _asked(ask: Callable[[], Any]) -> Any:
    """What the server answers; its failures are ours to name, without what was sent to it."""
    try:
        return ask()
    except BROKEN as error:
        log.warning("mailbox_unreachable", error=type(error).__name__)
        raise OutsideUnavailable(what=SERVER) from error
