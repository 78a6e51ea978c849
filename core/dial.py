"""One HTTP exchange with an address that was checked (*marcar*): bounded in time and in size.

The name is not resolved again: we dial the address we are given, and only say the name,
to TLS (SNI, certificate) and in `Host`. Every read and write shares one deadline, so that a
server that drips holds us no longer than one that is silent.
"""

import re
import ssl
import time
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import httpcore

from core.context import PLAINLY, Asking
from core.errors import OutsideUnavailable
from core.i18n import N_
from core.places import Target, Unreadable

LARGEST: Final = 10 * 1024 * 1024  # bytes, as they come and unpacked
AGENT: Final = "ait-core-soriano"
HEADERS: Final[dict[str | bytes, str | bytes]] = {
    "User-Agent": AGENT,
    "Accept": "text/html, application/json, text/plain;q=0.9, */*;q=0.1",
    "Accept-Language": "es, en;q=0.8",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}

CONTACT: Final = re.compile(r"[!-'*-Z^-z~]{3,200}")  # no blank, bracket, parenthesis or backslash
ETAG: Final = re.compile(r'(?:W/)?"[!#-~]{0,300}"')  # RFC 9110, 8.8.3
DATE: Final = re.compile(r"[A-Za-z]{3}, [0-9]{2} [A-Za-z]{3} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")  # 5.6.7

TOO_SLOW: Final = N_("tarda demasiado")
TOO_LARGE: Final = N_("envía más de 10 MiB")
BROKEN: Final = N_("su respuesta está dañada")
NO_TRUST: Final = N_("su certificado no es de confianza")
PACKED: Final = N_("usa una compresión que no se admite")


class Answer(NamedTuple):
    """What came back: header names in lower case, the content unpacked."""

    status: int
    headers: dict[str, str]
    content: bytes


class Deadline:
    """The time that is left for a whole exchange, redirects and name look-ups included."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left; raises TimeoutError if there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def get(
    target: Target, addresses: Sequence[str], deadline: Deadline, tls: ssl.SSLContext, asking: Asking = PLAINLY
) -> Answer:
    """GET `target` from the first of `addresses` that takes the call.

    Raises:
        ValueError: the contact would break the header that it stands in.
        OutsideUnavailable: none does.
        Unreadable: the answer is too slow, too large or no HTTP, or TLS does not trust it.
    """
    place = target.place
    request = httpcore.Request(
        "GET",
        httpcore.URL(
            scheme=place.scheme.encode(), host=place.host.encode(), port=place.port, target=target.path.encode()
        ),
        headers={"Host": place.authority, **HEADERS, **_said(asking)},
    )
    try:
        with httpcore.ConnectionPool(tls, network_backend=_Dialler(addresses, deadline)) as pool:
            response = pool.handle_request(request)
            try:
                headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                content = _unpacked(response.iter_stream(), headers.get("content-encoding", ""), place.host)
            finally:
                response.close()
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise Unreadable(what=place.host, reason=TOO_SLOW) from error
    except httpcore.ConnectError as error:
        raise OutsideUnavailable(what=place.host) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, zlib.error) as error:
        raise Unreadable(what=place.host, reason=BROKEN) from error
    return Answer(response.status, headers, content)


def _said(asking: Asking) -> dict[str | bytes, str | bytes]:
    """The headers of `asking`. A validator came from a server: what is no validator is not sent back."""
    headers: dict[str | bytes, str | bytes] = {}
    if asking.contact:
        if not CONTACT.fullmatch(asking.contact):
            raise ValueError(asking.contact)
        headers["User-Agent"] = f"{AGENT} (+{asking.contact})"
    if ETAG.fullmatch(asking.etag):
        headers["If-None-Match"] = asking.etag
    if DATE.fullmatch(asking.last_modified):
        headers["If-Modified-Since"] = asking.last_modified
    return headers


def _unpacked(chunks: Iterable[bytes], encoding: str, host: str) -> bytes:
    """The body, unpacked while it comes: neither the bytes sent nor those unpacked pass the limit."""
    form = encoding.strip().lower()
    if form not in ("", "identity", "gzip", "x-gzip"):
        raise Unreadable(what=host, reason=PACKED)
    unpacker = zlib.decompressobj(wbits=31) if form.endswith("gzip") else None
    came, content = 0, bytearray()
    for chunk in chunks:
        came += len(chunk)
        content += unpacker.decompress(chunk, LARGEST + 1 - len(content)) if unpacker else chunk
        if came > LARGEST or len(content) > LARGEST:
            raise Unreadable(what=host, reason=TOO_LARGE)
    if unpacker is not None and came and (not unpacker.eof or unpacker.unused_data):
        raise Unreadable(what=host, reason=BROKEN)
    return bytes(content)


class _Dialler(httpcore.NetworkBackend):
    """Connects to the checked addresses, whatever name it is asked for."""

    def __init__(self, addresses: Sequence[str], deadline: Deadline) -> None:
        self.addresses, self.deadline = addresses, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Try the addresses in turn; each may use its share of the time that is left."""
        backend = httpcore.SyncBackend()
        for tries_left in range(len(self.addresses), 0, -1):
            share = self.deadline.left() / tries_left
            try:
                stream = backend.connect_tcp(self.addresses[-tries_left], port, timeout=share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if tries_left == 1:
                    raise
            else:
                return _Timed(stream, self.deadline)
        raise httpcore.ConnectError


class _Timed(httpcore.NetworkStream):
    """A stream whose every act ends with the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.stream, self.deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, timeout=self.deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, timeout=self.deadline.left())

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            secured = self.stream.start_tls(ssl_context, server_hostname, self.deadline.left())
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                raise Unreadable(what=server_hostname, reason=NO_TRUST) from error
            raise
        return _Timed(secured, self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)

    def close(self) -> None:
        self.stream.close()
