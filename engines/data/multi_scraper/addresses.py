"""Addresses of the web: those that a page refers to, and the one form of each."""

import re
from typing import Annotated, Final
from urllib.parse import quote, unquote_to_bytes, urldefrag, urljoin, urlsplit

from pydantic import Field

from engines.contract import Computed, Quoted, operation
from engines.errors import N_, InvalidInput

LONGEST: Final = 8_000  # characters; RFC 9110, 4.1 asks that 8,000 be handled
MOST: Final = 10_000
PORTS: Final = {"http": 80, "https": 443}
TRACKING: Final = frozenset(
    ("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "yclid", "twclid", "ttclid", "igshid",
     "mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "wickedid", "oly_anon_id",
     "oly_enc_id", "li_fat_id", "s_cid", "epik")
)  # fmt: skip
"""Parameters that say where a visitor came from, never which page it is; so do those that begin with `utm_`."""
UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
PATH_SAFE: Final = "!$&'()*+,;=:@/"
QUERY_SAFE: Final = "!$&'()*+,;=:@/?"
ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})?")
CONTROL: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
SESSIONS: Final = frozenset({"jsessionid", "phpsessid", "aspsessionid", "asp.net_sessionid", "cfid", "cftoken"})
"""Parameters that number a visit: each visit would make every page another one."""
SESSION: Final = re.compile(r";(jsessionid)=[^;/?#]*", re.I)
HOST: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?|\[[0-9a-f:.]+\]")

BADLY_WRITTEN: Final = N_("no es una dirección web bien escrita")


class Addresses(Computed):
    """One address for each reference, in the same order."""

    urls: list[Quoted]


class CanonicalAddress(Computed):
    """The one form of an address, and the parameters that were dropped from it."""

    url: Quoted
    dropped: list[Quoted]


@operation(
    "Resolver direcciones relativas",
    examples=(
        "Resuelve estos enlaces relativos de la página en direcciones completas",
        "Resolve these relative links against the base URL",
    ),
)
def resolve_url(
    base: Annotated[str, Field(min_length=1, max_length=LONGEST)],
    refs: Annotated[list[Annotated[str, Field(max_length=LONGEST)]], Field(max_length=MOST)],
) -> Addresses:
    """Turn the references of a page into whole addresses; a space, which no address may hold, is encoded.

    Args:
        base: the address of the page, with scheme and host.
        refs: references as they stand in the page, up to 10,000.

    Raises:
        InvalidInput: the base is no address, or a reference cannot be read as one.

    Source: RFC 3986, Uniform Resource Identifier (2005), section 5.
    """
    try:
        if not urlsplit(base).scheme:
            raise InvalidInput("base", BADLY_WRITTEN)
    except ValueError as error:
        raise InvalidInput("base", BADLY_WRITTEN) from error
    return Addresses(library="urllib.parse", n=len(refs), urls=[_joined(urldefrag(base).url, ref) for ref in refs])


def _joined(base: str, ref: str) -> str:
    try:
        return urljoin(base, ref.strip(" \t\n\f\r")).replace(" ", "%20")
    except ValueError as error:
        raise InvalidInput("refs", N_("contiene una referencia mal escrita")) from error


@operation(
    "Dirección canónica",
    examples=(
        "Normaliza esta dirección web y quita los parámetros de seguimiento (utm_source, gclid)",
        "Canonicalise this URL and drop its tracking parameters",
    ),
)
def canonical_url(
    url: Annotated[str, Field(min_length=1, max_length=LONGEST)], drop_tracking: bool = True, sort_query: bool = False
) -> CanonicalAddress:
    """Write an address in its one form, so that the same page is not read twice.

    Scheme and host in lower case, the host as its A-label, no default port, percent-encoding only where needed and
    in capitals, no dot segments, no fragment. Canonicalising twice changes nothing more.

    Args:
        url: an http or https address.
        drop_tracking: leave out parameters that only say where the visitor came from, or number the visit
            (jsessionid, PHPSESSID).
        sort_query: put parameters in order of name; only for sites where their order means nothing.

    Raises:
        InvalidInput: it is no http or https address, or carries a user or password.

    Source: RFC 3986 (2005), section 6.2.2 and 6.2.3; RFC 5891 (IDNA 2008) for names.
    """
    if CONTROL.search(url):
        raise InvalidInput("url", BADLY_WRITTEN)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput("url", BADLY_WRITTEN) from error
    if parts.scheme not in PORTS or "@" in parts.netloc:
        raise InvalidInput("url", N_("debe ser una dirección http o https, sin usuario ni contraseña"))
    host = _host(parts.hostname or "", parts.netloc.startswith("["))
    place = host if port in (None, PORTS[parts.scheme]) else f"{host}:{port}"
    visits = SESSION.findall(parts.path) if drop_tracking else []
    path = _without_dots(_encoded(SESSION.sub("", parts.path) if visits else parts.path, PATH_SAFE)) or "/"
    query, dropped = _query(parts.query, drop_tracking, sort_query)
    dropped = [*visits, *dropped]
    found = f"{parts.scheme}://{place}{path}" + (f"?{query}" if query else "")
    return CanonicalAddress(url=found, dropped=dropped)


def _host(name: str, bracketed: bool) -> str:
    found = f"[{name.lower()}]" if bracketed else name.lower()
    if not found.isascii():
        import idna

        try:
            found = idna.encode(found, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise InvalidInput("url", BADLY_WRITTEN) from error
    if not HOST.fullmatch(found):
        raise InvalidInput("url", BADLY_WRITTEN)
    return found


def _encoded(text: str, safe: str) -> str:
    """Percent-encoding in its one form: unreserved characters plain, the rest in capitals."""

    def escape(found: re.Match[str]) -> str:
        digits = found[1]
        if digits is None:
            return "%25"
        byte = unquote_to_bytes(f"%{digits}")
        return byte.decode("ascii") if byte[0] in UNRESERVED else f"%{digits.upper()}"

    return quote(ESCAPE.sub(escape, text), safe=safe + "%")


def _without_dots(path: str) -> str:
    """The path without `.` and `..` (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept) if segments else ""


def _query(query: str, drop_tracking: bool, sort_query: bool) -> tuple[str, list[str]]:
    pairs = [_encoded(pair, QUERY_SAFE) for pair in query.split("&")] if query else []
    kept, dropped = [], []
    for pair in pairs:
        name = pair.partition("=")[0]
        if drop_tracking and (name.lower() in TRACKING | SESSIONS or name.lower().startswith("utm_")):
            dropped.append(name)
        else:
            kept.append(pair)
    if sort_query:
        kept.sort(key=lambda pair: pair.partition("=")[0])
    return "&".join(kept), dropped
