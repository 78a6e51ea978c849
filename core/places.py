"""Places outside (*sitios*): a web address read once and strictly, and which addresses are public.

Whoever decides whether an address may be read and whoever connects to it must mean the same
host. So there is one reading, it refuses what two readers could read differently, and only
its parts go on (OWASP SSRF prevention; RFC 3986; IDNA 2008, RFC 5891).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from core.errors import Denied, OutsideUnavailable
from core.i18n import N_

PORTS: Final = {"https": 443, "http": 80}
LONGEST: Final = 2_000  # characters of an address
PLAIN: Final = "/?%:@!$&'()*+,;=~"  # stand in a path or query as they are (RFC 3986, 3.3 and 3.4)
SHOWN: Final = 100

_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_NUMERIC: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
_OTHER_DOTS: Final = "。．｡"
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
_UNICAST: Final = IPv6Network("2000::/3")  # RFC 4291, 2.4: the only global unicast given out

BADLY_WRITTEN: Final = N_("la dirección web no está bien escrita")
WITH_LOGIN: Final = N_("la dirección web lleva un usuario o una contraseña")
NOT_HTTPS: Final = N_("solo se leen direcciones https")


class NotAllowed(Denied):
    """An address that is not read; `rule` says why."""

    text = N_("No se lee «{host}» ({rule}): {reason}.")


class Unreadable(OutsideUnavailable):
    """The other side answers, but not so that it can be read."""

    text = N_("{what} no contesta como debe: {reason}. No se ha cambiado nada.")


class Place(NamedTuple):
    """Scheme, host and port: what the list of allowed servers is compared by.

    `inside` says that an administrator means a server of the inside network; it is no part
    of the comparison.
    """

    scheme: str
    host: str
    port: int
    inside: bool = False

    @property
    def origin(self) -> tuple[str, str, int]:
        """The place without what an administrator says of it."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """`host`, and `:port` if it is not the scheme's own, as in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS.get(self.scheme) else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


class Target(NamedTuple):
    """What one address names: the place, and the path with its query, percent-encoded."""

    place: Place
    path: str

    def __str__(self) -> str:
        return f"{self.place}{self.path}"


def read_url(url: str) -> Target:
    """`url` in its parts, the host as an A-label or a canonical IP address; no fragment.

    Raises:
        NotAllowed: it is no such address, not of the web, or holds a user or password.
    """
    if not url or len(url) > LONGEST or any(_confusing(c) for c in url):
        raise _refusal("url-form", url, BADLY_WRITTEN)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refusal("url-form", url, BADLY_WRITTEN) from error
    if parts.scheme not in PORTS:
        raise _refusal("https-only", url, NOT_HTTPS)
    if "@" in parts.netloc:
        raise _refusal("url-login", url, WITH_LOGIN)
    if port == 0 or parts.netloc.endswith(":"):
        raise _refusal("url-form", url, BADLY_WRITTEN)
    host = read_host(parts.hostname or "", bracketed=parts.netloc.startswith("["))
    path = parts.path or "/"
    asked = f"{path}?{parts.query}" if parts.query else path
    return Target(Place(parts.scheme, host, port or PORTS[parts.scheme]), quote(asked, safe=PLAIN))


def read_host(host: str, *, bracketed: bool = False) -> str:
    """A host name as its A-label, or an IP address in its one canonical form.

    Numbers that only some readers take for an address (`127.1`, `0x7f000001`, `2130706433`)
    are refused, and so are letters that only a compatibility mapping makes plain ones.

    Raises:
        NotAllowed: it is none.
    """
    name = unicodedata.normalize("NFC", host).lower().removesuffix(".")
    last = name.rpartition(".")[2]
    if bracketed or ":" in name or _NUMERIC.fullmatch(last):
        return _literal(name, host, bracketed)
    if not name.isascii():
        name = _a_label(name, host)
    if len(name) > 253 or not _NAME.fullmatch(name) or _NUMERIC.fullmatch(name.rpartition(".")[2]):
        raise _refusal("url-form", host, BADLY_WRITTEN)
    return name


def read_places(text: str) -> frozenset[Place]:
    """The inside servers that a setting lists: `scheme://host[:port]`, separated by commas.

    Raises:
        NotAllowed: one of them is no address.
    """
    listed = (read_url(part.strip()).place for part in text.split(",") if part.strip())
    return frozenset(place._replace(inside=True) for place in listed)


def is_literal(host: str) -> bool:
    """Whether a host that `read_host` gave is an IP address."""
    return ":" in host or _NUMERIC.fullmatch(host.rpartition(".")[2]) is not None


def is_public(address: str) -> bool:
    """Whether `address` is global unicast, and every address that is wrapped inside it too.

    Unwrapped are IPv4-mapped (RFC 4291), 6to4 (3056), Teredo (4380) and NAT64 (6052) forms:
    a gateway on the way would unwrap them as well.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return _is_public_v4(found)
    wrapped = tuple(_wrapped(found))
    if wrapped:
        return all(_is_public_v4(inner) for inner in wrapped)
    return found.scope_id is None and found in _UNICAST and found.is_global


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _wrapped(address: IPv6Address) -> Iterator[IPv4Address]:
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def all_public(addresses: Iterable[str]) -> bool:
    """Whether there are addresses and each is public."""
    found = tuple(addresses)
    return bool(found) and all(is_public(address) for address in found)


def _literal(name: str, host: str, bracketed: bool) -> str:
    try:
        address = ip_address(name)
    except ValueError as error:
        raise _refusal("url-form", host, BADLY_WRITTEN) from error
    zoned = isinstance(address, IPv6Address) and address.scope_id is not None
    if zoned or bracketed != isinstance(address, IPv6Address):
        raise _refusal("url-form", host, BADLY_WRITTEN)
    return str(address)


def _a_label(name: str, host: str) -> str:
    import idna  # its tables are read only for a name that needs them

    if any(dot in name for dot in _OTHER_DOTS):
        raise _refusal("url-form", host, BADLY_WRITTEN)
    try:
        return idna.encode(name).decode("ascii")
    except idna.IDNAError as error:
        raise _refusal("url-form", host, BADLY_WRITTEN) from error


def _confusing(character: str) -> bool:
    """Blanks, controls and backslashes: readers of addresses disagree on them."""
    return character == "\\" or unicodedata.category(character)[0] in "CZ"


def _refusal(rule: str, shown: str, reason: str) -> NotAllowed:
    plain = "".join(c for c in shown[:SHOWN] if not _confusing(c) or c == "\\")
    return NotAllowed(rule=rule, host=plain, reason=reason)
