"""The mailbox is read from a real IMAP server, once each, whatever breaks in between; and mail leaves by SMTP."""

import imaplib
import socket
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlmodel import select

from core.effects import performers
from core.errors import OutsideUnavailable
from core.identifiers import new_id
from core.jobs import Jobs
from core.relay import Relay
from modules.infrastructure.notification_service import mailbox
from modules.infrastructure.notification_service.mailbox import BadMailboxUrl, Server, poll
from modules.infrastructure.notification_service.records import Mailbox, Message
from tests.modules.core_business.people import customer_row
from tests.modules.infrastructure.post import eml

USER, SECRET = "correduria", "clave-secreta"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def imap():
    """A real IMAP server on loopback with an empty mailbox; its address."""
    port = free_port()
    command = [
        sys.executable,
        "-c",
        "from pymap.main import main; main()",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-tls",
    ]
    command += ["dict", "--demo-data", "--demo-user", USER, "--demo-password", SECRET]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        with client(port) as connection:
            connection.store("1:*", "+FLAGS", "\\Deleted")
            connection.expunge()
        yield port
    finally:
        server.terminate()
        server.wait(10)


def client(port: int) -> imaplib.IMAP4:
    connection = imaplib.IMAP4("127.0.0.1", port, timeout=10)
    connection.login(USER, SECRET)
    connection.select("INBOX")
    return connection


def put(port: int, *mails: bytes) -> None:
    """Deliver `mails` to the mailbox, as another client."""
    with client(port) as connection:
        for raw in mails:
            kind, _ = connection.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
            assert kind == "OK"


def server(port: int) -> Server:
    return Server.of(f"imap://{USER}:{SECRET}@127.0.0.1:{port}/INBOX")


def stored(installation, tenant, ending):
    with installation.database.transaction(tenant.tenant_id) as session:
        return [m for m in session.exec(select(Message).order_by(Message.id)) if m.message_id.endswith(f"{ending}>")]


def test_what_came_is_taken_in_once_and_left_as_it_was(installation, tenant, imap):
    put(imap, *(eml(f"Número {n}", id=f"{n}@poll1") for n in range(3)))
    assert poll(installation.gate, tenant, server(imap)).new == 3
    assert poll(installation.gate, tenant, server(imap)).new == 0
    put(imap, eml("Otro", id="3@poll1"), eml("Número 0", id="0@poll1"))  # the second one lies there twice
    again = poll(installation.gate, tenant, server(imap))
    assert (again.new, again.known) == (1, 1)
    assert poll(installation.gate, tenant, server(imap)).known == 0
    assert [m.message_id for m in stored(installation, tenant, "poll1")] == [f"<{n}@poll1>" for n in range(4)]
    with client(imap) as connection:
        _, (unseen,) = connection.search(None, "UNSEEN")
        assert len(unseen.split()) == 5


def test_a_poll_that_breaks_off_goes_on_where_it_stopped(installation, tenant, imap, monkeypatch):
    put(imap, *(eml(f"Número {n}", id=f"{n}@poll2") for n in range(4)))
    fetch, fetched = mailbox._fetch, []

    def breaks_off(connection, uid):
        if len(fetched) == 2:
            connection.shutdown()
        fetched.append(uid)
        return fetch(connection, uid)

    monkeypatch.setattr(mailbox, "_fetch", breaks_off)
    with pytest.raises(OutsideUnavailable):
        poll(installation.gate, tenant, server(imap))
    monkeypatch.undo()
    assert len(stored(installation, tenant, "poll2")) == 2
    assert poll(installation.gate, tenant, server(imap)).new == 2
    assert len(stored(installation, tenant, "poll2")) == 4


def test_a_new_numbering_of_the_mailbox_doubles_nothing(installation, tenant, imap):
    put(imap, *(eml(f"Número {n}", id=f"{n}@poll3") for n in range(2)))
    poll(installation.gate, tenant, server(imap))
    with installation.people.writing(tenant) as session:
        mark = session.exec(select(Mailbox).where(Mailbox.name == server(imap).name)).one()
        mark.uid_validity -= 1
        session.add(mark)
    again = poll(installation.gate, tenant, server(imap))
    assert again.new == 0
    assert again.known >= 2


def test_two_polls_at_once_take_each_message_in_once(installation, tenant, imap):
    put(imap, *(eml(f"Número {n}", id=f"{n}@poll4") for n in range(6)))
    counts = []
    threads = [
        Thread(target=lambda: counts.append(poll(installation.gate, tenant, server(imap)).new)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts) == 6
    assert len(stored(installation, tenant, "poll4")) == 6


def test_a_message_too_large_is_cut_and_says_so(installation, tenant, imap, monkeypatch):
    monkeypatch.setattr(mailbox, "LARGEST", 2000)
    put(imap, eml("a" * 60 + "\n" + ("b" * 70 + "\n") * 100, id="largo@poll5"), eml("corto", id="corto@poll5"))
    poll(installation.gate, tenant, server(imap))
    found = {m.message_id: m for m in stored(installation, tenant, "poll5")}
    assert found["<largo@poll5>"].truncated
    assert found["<largo@poll5>"].body.startswith("a" * 60)
    assert not found["<corto@poll5>"].truncated
    assert abs(datetime.now(UTC) - found["<corto@poll5>"].received_at) < timedelta(minutes=10)


def test_a_wrong_password_and_no_server_are_said_without_the_secret(installation, tenant, imap, capfd):
    wrong = Server.of(f"imap://{USER}:otra-{SECRET}@127.0.0.1:{imap}/INBOX")
    nobody = Server.of(f"imap://{USER}:{SECRET}@127.0.0.1:{free_port()}/INBOX")
    for place in (wrong, nobody):
        with pytest.raises(OutsideUnavailable) as raised:
            poll(installation.gate, tenant, place)
        assert SECRET not in str(raised.value) + repr(place) + place.name
    shown = capfd.readouterr()
    assert SECRET not in shown.out + shown.err


@pytest.mark.parametrize(
    "url",
    [
        "imap://u:p@mail.example.com/INBOX",  # in clear over a network
        "http://u:p@localhost/",
        "imaps://mail.example.com",
        "imaps://u@mail.example.com",
        "imaps://u:p@[mal",
        "imaps://u:p@h:99999/",
    ],
)
def test_an_address_that_would_tell_the_password_is_refused(url):
    with pytest.raises(BadMailboxUrl):
        Server.of(url)


def test_an_address_is_read_in_its_parts():
    found = Server.of("imaps://ana%40example.com:a%2Fb@mail.example.com/Buz%C3%B3n")
    assert (found.host, found.port, found.secure) == ("mail.example.com", 993, True)
    assert (found.user, found.password, found.folder) == ("ana@example.com", "a/b", "Buzón")


def test_a_server_that_cannot_prove_who_it_is_gets_no_password(installation, tenant, tmp_path):
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen():
            with suppress(OSError):
                raw, _ = listening.accept()
                with context.wrap_socket(raw, server_side=True) as secure:
                    heard.append(secure.recv(100))

        thread = Thread(target=listen)
        thread.start()
        port = listening.getsockname()[1]
        with pytest.raises(OutsideUnavailable):
            poll(installation.gate, tenant, Server.of(f"imaps://{USER}:{SECRET}@localhost:{port}/INBOX"))
        thread.join(10)
    assert heard == []


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(plain + certificate.public_bytes(serialization.Encoding.PEM))
    return file


# Out


class Kept(MessageHandler):
    """What the mail server was given."""

    def __init__(self):
        super().__init__()
        self.mails = []

    def handle_message(self, message):
        self.mails.append(message)


def test_an_answer_leaves_by_smtp_to_the_registered_address(installation, tenant, run):
    run("crm_import_customers", _as="owner", rows=[customer_row("CL80009", "66666666Q", "Eva", "Ríos Paz")])
    from tests.modules.infrastructure.post import encoded

    raw = eml("¿Me ayudáis?", sender="cl80009@example.com", id=f"{new_id()}@out", Reply_To="ladron@example.net")
    came = run("notification_service_receive_email", _as="owner", eml=encoded(raw))
    sent = run("notification_service_reply_message", message=came.message, template_id="request_received")
    kept = Kept()
    controller = Controller(kept, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        settings = installation.settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{controller.port}"})
        queue = Jobs(installation.database, installation.valkey_url)
        relay = Relay(installation.database, installation.valkey_url, performers(settings), installation.audit, queue)
        for _ in range(20):
            relay.run_once()
            if any("cl80009@example.com" in m["X-RcptTo"] for m in kept.mails):
                break
        relay.close()
        queue.close()
    finally:
        controller.stop()
    (mail,) = [m for m in kept.mails if "cl80009@example.com" in m["X-RcptTo"]]
    assert mail["X-RcptTo"] == "cl80009@example.com"
    assert mail["Subject"] == "Re: Una pregunta"
    assert "le responderá una persona" in mail.get_payload(decode=True).decode()
    assert UUID(sent.message)
