"""Reading the outside: listed servers, public addresses, one resolution, bounded time and size."""

import gzip
import json
import socket
import ssl
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from core.context import Asking
from core.dial import LARGEST
from core.doors import Web
from core.errors import Denied, OutsideUnavailable
from core.keys import Keys
from core.outside import Reach
from core.places import NotAllowed, Place, all_public, is_public, read_places, read_url
from core.settings import Settings

BAD = json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text())
SSRF = [pytest.param(item["input"], id=item["id"]) for item in BAD["items"] if item["category"] == "ssrf"]
PUBLIC = "93.184.215.14"
EXAMPLE = Place("https", "example.org", 443)
WIDE = frozenset(
    {
        EXAMPLE,
        *(Place("https", host, 443) for host in ("rebind.example", "redirect.example", "metadata.google.internal")),
    }
)


def never(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host}:{port} was looked up")


class Silent(BaseHTTPRequestHandler):
    """Answers by path with what the test's server was given."""

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        answer = self.server.answers[self.path.partition("?")[0]]  # type: ignore[attr-defined]
        try:
            answer(self)
        except OSError:
            return  # the reader had enough
        finally:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(answers, tls: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads, server.block_on_close = True, False
    server.answers, server.seen = answers, []  # type: ignore[attr-defined]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page(body: bytes = b"hola", status: int = 200, **headers: str):
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def raw(*parts: bytes, pause: float = 0.0):
    """Bytes as they are, without a status line of the server's own."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        for part in parts:
            request.wfile.write(part)
            request.wfile.flush()
            time.sleep(pause)

    return answer


def endless(start: bytes, part: bytes, pause: float = 0.0):
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(start)
        while True:
            request.wfile.write(part)
            time.sleep(pause)

    return answer


@pytest.fixture
def house():
    """A server of the inside network that both lists admit, with the doors to it."""
    with serving({}) as server:
        yield server


def inside(server: ThreadingHTTPServer, name: str = "127.0.0.1", scheme: str = "http") -> Place:
    return Place(scheme, name, server.server_address[1], inside=True)


def doors(*places: Place, **more) -> Web:
    return Web(lambda: frozenset(places), frozenset(p for p in places if p.inside), **more)


def url(server: ThreadingHTTPServer, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.server_address[1]}{path}"


# Which addresses


@pytest.mark.parametrize("bad", SSRF)
def test_hostile_addresses_are_refused_before_any_packet(bad):
    """Even where the names in them are listed: names that lead inside are refused once resolved."""
    looked_up: list[str] = []

    def loopback(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    with pytest.raises(Denied):
        Web(lambda: WIDE, resolver=loopback).fetch(bad)
    assert not looked_up or looked_up[0] in {place.host for place in WIDE}


@pytest.mark.parametrize("bad", SSRF)
def test_hostile_addresses_are_on_no_list(bad):
    with pytest.raises(Denied):
        Web(frozenset, resolver=never).fetch(bad)


@pytest.mark.parametrize(
    "strange",
    ["", " ", "example.org", "//example.org/", "https:///x", "https://", "https://exa mple.org/", "https://example.org:0/",
     "https://example.org:/", "https://[::1", "https://exämple..org/", "https://-a.example/", "https://a_b.example/",
     "https://example.org/\r\nHost: x", "https://example.org/\tx", "https://example.org\\.evil.example/",
     "https://user:word@example.org/", "https://@example.org/", "https://example.org%2eevil.example/",
     "https://ｅxample.org/", "https://xn--a.example/\u202e", "https://[v1.x]/", "https://[127.0.0.1]/", "https://1e.0x7f/",
     "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "https://" + "a" * 3000],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(strange):
    with pytest.raises(NotAllowed):
        read_url(strange)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HTTPS://Example.ORG./a?b=c#d", "https://example.org/a?b=c"),
        ("https://example.org:443", "https://example.org/"),
        ("https://españa.example/año?q=ñ", "https://xn--espaa-rta.example/a%C3%B1o?q=%C3%B1"),
        ("https://[2606:4700:0:0::1111]:8443/", "https://[2606:4700::1111]:8443/"),
        ("https://example.org/a%2Fb/../c", "https://example.org/a%2Fb/../c"),
    ],
)
def test_an_address_has_one_form(written, read):
    assert str(read_url(written)) == read


@given(st.text(max_size=60).map(lambda rest: f"https://{rest}"))
def test_any_text_is_read_into_its_final_form_or_refused(text):
    try:
        target = read_url(text)
    except NotAllowed:
        return
    assert read_url(str(target)) == target
    assert str(target).isascii()


@pytest.mark.parametrize(
    "inner",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1"],
)  # fmt: skip
def test_an_address_that_is_not_public_is_none_in_any_wrapping(inner):
    number = int(IPv4Address(inner))
    wrappings = [
        inner,
        f"::ffff:{inner}",
        f"::{inner}",
        f"64:ff9b::{inner}",
        f"64:ff9b:1::{inner}",
        str(IPv6Address((0x2002 << 112) | (number << 80))),
        str(IPv6Address((0x2001_0000 << 96) | (int(IPv4Address(PUBLIC)) << 64) | (~number & 0xFFFFFFFF))),
        str(IPv6Address((0x2001_0000 << 96) | (number << 64) | (~int(IPv4Address(PUBLIC)) & 0xFFFFFFFF))),
    ]
    assert [address for address in wrappings if is_public(address)] == []


def test_public_addresses_are_public_and_one_that_is_not_spoils_all():
    assert all_public([PUBLIC, "2606:4700::1111", f"::ffff:{PUBLIC}", f"64:ff9b::{PUBLIC}"])
    assert not all_public([PUBLIC, "10.0.0.1"])
    assert not all_public([])
    for none in ("fe80::1", "fe80::1%eth0", "fd00::1", "::1", "::", "ff0e::1", "5f00::1", "localhost", ""):
        assert not is_public(none)


# Which servers


@pytest.mark.parametrize(
    "other", ["https://example.org:8443/", "http://example.org/", "https://www.example.org/", "https://example.org.es/"]
)
def test_a_server_is_listed_by_scheme_name_and_port(other):
    with pytest.raises(Denied) as raised:
        doors(EXAMPLE, resolver=never).fetch(other)
    assert raised.value.detail["rule"] == "host-allow-list"
    assert "administra" in raised.value.told("es")


def test_without_tls_only_what_the_installation_calls_inside_is_read(house):
    house.answers["/"] = page()
    place = inside(house)
    assert doors(place).fetch(url(house)).content == b"hola"
    one_list = Web(lambda: frozenset({place}), frozenset(), resolver=never)
    other_list = Web(lambda: frozenset({place._replace(inside=False)}), frozenset({place}), resolver=never)
    for web in (one_list, other_list):
        with pytest.raises(Denied) as raised:
            web.fetch(url(house))
        assert raised.value.detail["rule"] == "https-only"


@pytest.mark.parametrize("answers", [["127.0.0.1"], [PUBLIC, "10.0.0.7"], ["::ffff:169.254.169.254"], ["fe80::1%1"]])
def test_a_listed_name_that_leads_inside_is_refused(answers):
    with pytest.raises(Denied) as raised:
        doors(EXAMPLE, resolver=lambda *_: answers).fetch("https://example.org/")
    assert raised.value.detail["rule"] == "inside-network"


def test_a_name_is_resolved_once_and_that_address_dialled(house):
    """DNS rebinding: the second answer would lead to another server, and is never asked for."""
    house.answers["/"] = page(b"first")
    place = Place("http", "rebind.example", house.server_address[1], inside=True)
    answers = [["127.0.0.1"], ["127.9.9.9"], ["127.9.9.9"]]
    fetched = doors(place, resolver=lambda *_: answers.pop(0)).fetch(f"http://rebind.example:{place.port}/")
    assert fetched.content == b"first"
    assert len(answers) == 2
    assert house.seen[0][1]["Host"] == f"rebind.example:{place.port}"


def test_rebinding_to_an_inside_address_is_refused():
    answers = [[PUBLIC], ["127.0.0.1"]]
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    web = doors(EXAMPLE, resolver=resolver, seconds=0.3)
    with pytest.raises(OutsideUnavailable):  # a public address that nobody answers at here
        web.fetch("https://example.org/")
    assert asked == ["example.org"]
    with pytest.raises(Denied):
        web.fetch("https://example.org/")


def test_an_address_that_refuses_gives_way_to_the_next(house):
    house.answers["/"] = page()
    place = Place("http", "two.example", house.server_address[1], inside=True)
    fetched = doors(place, resolver=lambda *_: ["127.0.0.9", "127.0.0.1"]).fetch(f"http://two.example:{place.port}/")
    assert fetched.status == 200


def test_a_name_without_address_and_a_closed_port_do_not_answer():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        place = Place("http", "127.0.0.1", closed.getsockname()[1], inside=True)
        with pytest.raises(OutsideUnavailable):
            doors(place).fetch(str(place))

    def fails(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "unknown")

    for resolver in (fails, lambda *_: []):
        with pytest.raises(OutsideUnavailable):
            doors(EXAMPLE, resolver=resolver).fetch("https://example.org/")


def test_a_resolver_that_hangs_is_not_waited_for():
    with pytest.raises(OutsideUnavailable, match="demasiado"):
        doors(EXAMPLE, resolver=lambda *_: Event().wait(60) or [], seconds=0.2).fetch("https://example.org/")


# What is sent


def test_nothing_of_ours_goes_along(house, monkeypatch):
    """No proxy, no cookie, no credential, one agent."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", "/nonexistent")
    house.answers["/"] = page(Set_Cookie="sid=1; Path=/")
    web = doors(inside(house))
    assert [web.fetch(url(house)).status, web.fetch(url(house, "/?a=ñ b".replace(" ", "%20"))).status] == [200, 200]
    (_, headers), (path, again) = house.seen
    assert path == "/?a=%C3%B1%20b"
    for sent in (headers, again):
        assert set(sent) == {"Host", "User-Agent", "Accept", "Accept-Language", "Accept-Encoding", "Connection"}
        assert sent["User-Agent"] == "ait-core-soriano"


def test_a_copy_that_is_held_is_asked_for_with_its_validators_and_who_asks_is_told(house):
    def known(request: BaseHTTPRequestHandler) -> None:
        same = request.headers.get("If-None-Match") == '"v1"'
        page(b"" if same else b"hola", 304 if same else 200, ETag='"v1"', Cache_Control="max-age=60", X_Other="1")(
            request
        )

    house.answers["/"] = known
    web = doors(inside(house))
    first = web.fetch(url(house), Asking(contact="mailto:datos@correduria.example"))
    assert first.headers == {"etag": '"v1"', "cache-control": "max-age=60"}
    again = web.fetch(url(house), Asking(etag='"v1"', last_modified="Sun, 06 Nov 1994 08:49:37 GMT"))
    assert (again.status, again.content) == (304, b"")
    (_, told), (_, asked) = house.seen
    assert told["User-Agent"] == "ait-core-soriano (+mailto:datos@correduria.example)"
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == ('"v1"', "Sun, 06 Nov 1994 08:49:37 GMT")
    assert asked["User-Agent"] == "ait-core-soriano"


@pytest.mark.parametrize("bad", ['"a"\r\nCookie: x', "v1", '"a" "b"', '"' + "a" * 400 + '"', "", '"ñ"'])
def test_what_is_no_validator_is_not_sent_back(house, bad):
    house.answers["/"] = page()
    doors(inside(house)).fetch(url(house), Asking(etag=bad, last_modified=bad))
    assert not {"If-None-Match", "If-Modified-Since", "Cookie"} & set(house.seen[0][1])


@pytest.mark.parametrize("bad", ["a b", "x\r\nCookie: y", "(x)", "a\\b"])
def test_a_contact_cannot_break_its_header(house, bad):
    with pytest.raises(ValueError, match="."):
        doors(inside(house)).fetch(url(house), Asking(contact=bad))
    assert house.seen == []


def test_a_redirect_can_be_the_answer_and_validators_stay_with_the_first_address(house):
    house.answers["/"] = page(status=302, Location="/b")
    house.answers["/b"] = page(b"b")
    web = doors(inside(house))
    stopped = web.fetch(url(house), Asking(follow=False))
    assert (stopped.status, stopped.headers) == (302, {"location": "/b"})
    assert web.fetch(url(house), Asking(etag='"v1"')).content == b"b"
    assert ["If-None-Match" in headers for _, headers in house.seen] == [False, True, False]


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for `name`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())
    return server, client


def test_tls_knows_the_name_and_not_the_address(tmp_path):
    """SNI and certificate are those of the name, although the address is dialled."""
    ours, trusting = certificate(tmp_path, "aseguradora.example")
    names: list[str | None] = []
    ours.sni_callback = lambda _, name, __: names.append(name)
    with serving({"/": page(b"cifrado")}, ours) as server:
        place = inside(server, "aseguradora.example", "https")
        web = doors(place, resolver=lambda *_: ["127.0.0.1"], tls=trusting)
        assert web.fetch(str(place)).content == b"cifrado"
        assert names == ["aseguradora.example"]
        other = inside(server, "otra.example", "https")
        with pytest.raises(OutsideUnavailable, match="certificado"):
            doors(other, resolver=lambda *_: ["127.0.0.1"], tls=trusting).fetch(str(other))
        with pytest.raises(OutsideUnavailable, match="certificado"):
            doors(place, resolver=lambda *_: ["127.0.0.1"]).fetch(str(place))


# Redirects


@pytest.mark.parametrize(
    "to",
    ["http://169.254.169.254/latest/meta-data/", "https://evil.example/", "//evil.example/", "http://127.0.0.1:22/",
     "gopher://127.0.0.1/", "file:///etc/passwd", "https://u:p@example.org/", "http://[::1", "http://localhost\\@x/"],
)  # fmt: skip
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_read_like_a_first_address(house, to, status):
    house.answers["/"] = page(status=status, Location=to)
    with pytest.raises(Denied):
        doors(inside(house), EXAMPLE).fetch(url(house))
    assert len(house.seen) == 1


def test_three_redirects_are_followed_and_a_fourth_is_not(house):
    for n in range(4):
        house.answers[f"/{n}"] = page(status=302, Location=f"{n + 1}?x=1")
    house.answers["/4"] = page(b"end")
    web = doors(inside(house))
    fetched = web.fetch(url(house, "/1"))
    assert (fetched.url, fetched.content) == (url(house, "/4?x=1"), b"end")
    with pytest.raises(OutsideUnavailable, match="tres"):
        web.fetch(url(house, "/0"))


def test_a_redirect_to_a_name_that_leads_inside_is_refused(house):
    house.answers["/"] = page(status=302, Location="https://redirect.example/")
    web = doors(inside(house), Place("https", "redirect.example", 443), resolver=lambda *_: ["127.0.0.1"])
    with pytest.raises(Denied) as raised:
        web.fetch(url(house))
    assert raised.value.detail["rule"] == "inside-network"


def test_other_answers_are_answers(house):
    house.answers["/"] = page(b"no", status=404, Content_Type="text/plain")
    fetched = doors(inside(house)).fetch(url(house))
    assert (fetched.status, fetched.media_type, fetched.content) == (404, "text/plain", b"no")


# Bounds

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(endless(b"", b"H", 0.02), id="status line"),
        pytest.param(endless(OK + b"X: ", b"a", 0.02), id="header"),
        pytest.param(endless(OK + b"Content-Length: 100000\r\n\r\n", b"a", 0.02), id="body"),
        pytest.param(endless(CHUNKED, b"1\r\na\r\n", 0.02), id="chunks"),
        pytest.param(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02), id="continue"),
        pytest.param(raw(b"", pause=3.0), id="silence"),
    ],
)
def test_a_drip_lasts_no_longer_than_the_deadline(house, answer):
    house.answers["/"] = answer
    with pytest.raises(OutsideUnavailable, match="demasiado"):
        doors(inside(house), seconds=0.4).fetch(url(house))


def test_redirects_share_the_deadline(house):
    def slowly(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.2)
        page(status=302, Location="/")(request)

    house.answers["/"] = slowly
    with pytest.raises(OutsideUnavailable, match="demasiado"):
        doors(inside(house), seconds=0.5).fetch(url(house))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(endless(OK + b"\r\n", b"a" * 65536), id="until closed"),
        pytest.param(endless(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"), id="chunked"),
        pytest.param(page(gzip.compress(b"\0" * (40 * LARGEST // 4)), Content_Encoding="gzip"), id="gzip bomb"),
        pytest.param(page(gzip.compress(b"\0" * (LARGEST + 1)), Content_Encoding="gzip"), id="one too many"),
    ],
)  # fmt: skip
def test_a_body_without_end_is_cut(house, answer):
    house.answers["/"] = answer
    with pytest.raises(OutsideUnavailable, match="10 MiB"):
        doors(inside(house)).fetch(url(house))


def test_a_bomb_is_never_unpacked_whole(house):
    """It is small as sent, and what is kept of it never passes the limit by much."""
    bomb = gzip.compress(b"\0" * (20 * LARGEST))
    house.answers["/"] = page(bomb, Content_Encoding="gzip")
    tracemalloc.start()
    try:
        with pytest.raises(OutsideUnavailable):
            doors(inside(house)).fetch(url(house))
        assert tracemalloc.get_traced_memory()[1] < 4 * LARGEST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page(b"short", Content_Length="100"), id="longer than sent"),
        pytest.param(raw(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), id="two lengths"),
        pytest.param(raw(OK + b"Content-Length: -1\r\n\r\nabcd"), id="negative"),
        pytest.param(raw(OK + b"Content-Length: 1e3\r\n\r\nabcd"), id="no number"),
        pytest.param(raw(CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n"), id="chunk nonsense"),
        pytest.param(raw(CHUNKED + b"5\r\nab"), id="chunk cut"),
        pytest.param(raw(CHUNKED + b"ffffffffffffffffffffffff\r\nab"), id="chunk size"),
        pytest.param(raw(OK + b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"), id="codings"),
        pytest.param(raw(OK + b"X: " + b"a" * 200_000 + b"\r\n\r\n"), id="header size"),
        pytest.param(raw(OK + b"no header\r\n\r\n"), id="header nonsense"),
        pytest.param(raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), id="no HTTP"),
        pytest.param(raw(b""), id="nothing"),
        pytest.param(page(b"plain", Content_Encoding="gzip"), id="no gzip"),
        pytest.param(page(gzip.compress(b"a" * 999)[:-4], Content_Encoding="gzip"), id="gzip cut"),
        pytest.param(page(gzip.compress(b"a") + b"tail", Content_Encoding="gzip"), id="gzip tail"),
        pytest.param(page(b"x", Content_Encoding="br"), id="brotli"),
        pytest.param(page(b"x", Content_Encoding="gzip, gzip"), id="twice"),
    ],
)
def test_an_answer_that_is_not_whole_is_none(house, answer):
    house.answers["/"] = answer
    with pytest.raises(OutsideUnavailable) as raised:
        doors(inside(house)).fetch(url(house))
    assert raised.value.told("en") != raised.value.told("es")


def test_a_packed_page_is_unpacked_and_bytes_past_its_length_are_not_read(house):
    house.answers["/gzip"] = page(gzip.compress("año".encode()), Content_Encoding="gzip", Content_Type="text/plain")
    house.answers["/longer"] = page(b"holaadios", Content_Length="4")
    web = doors(inside(house))
    assert web.fetch(url(house, "/gzip")).content.decode() == "año"
    assert web.fetch(url(house, "/longer")).content == b"hola"


# As the gate hands it to tools


def test_an_installation_reaches_its_files_and_its_list(house, tmp_path):
    house.answers["/"] = page()
    place = inside(house)
    settings = Settings(data_dir=tmp_path, inside_hosts=f" {place} ,https://10.0.0.5:8443")
    assert {p.host for p in read_places(settings.inside_hosts)} == {"127.0.0.1", "10.0.0.5"}
    asked: list[object] = []

    def listed(session):
        asked.append(session)
        return frozenset({place})

    reach = Reach(settings, Keys.open(tmp_path), listed)
    assert reach.doors("this session").fetch(url(house)).status == 200
    assert asked == ["this session"]
    tenant, other = uuid4(), uuid4()
    address = reach.files(tenant).put(b"file")
    assert reach.files(tenant).get(address) == b"file"
    with pytest.raises(Exception, match="No existe"):
        reach.files(other).get(address)
