"""Real servers on loopback that keep what they are sent, and misbehave when they are told to."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller


class Mails:
    """aiosmtpd's handler: what was accepted, by Message-ID; `moods` are answers to come, "" for accepting."""

    def __init__(self):
        self.got, self.moods = [], []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nadie@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mood = self.moods.pop(0) if self.moods else ""
        if mood.startswith("4"):
            return mood
        self.got.append(message_from_bytes(envelope.content))
        if mood == "hang up":  # accepted, and the line breaks before it says so
            server.transport.abort()
        return mood or "250 OK"

    @property
    def ids(self):
        return [mail["Message-ID"] for mail in self.got]


def free_port() -> int:
    """A port that nobody uses this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def smtp_sink() -> Iterator[tuple[Mails, str]]:
    mails = Mails()
    controller = Controller(mails, hostname="127.0.0.1", port=free_port())  # it can't be told "any"
    controller.start()
    try:
        yield mails, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


class Hooks(BaseHTTPRequestHandler):
    """Takes POSTs, once by their Idempotency-Key; GET tells whether a key has arrived."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mood = self.server.moods.pop(0) if self.server.moods else ""
        key = self.headers.get("Idempotency-Key") or f"anonymous-{len(self.server.posts)}"
        if mood != "drop before":
            self.server.posts.append((key, self.path, body))
            if not mood or mood.startswith("drop") or mood.startswith("2"):
                self.server.done.setdefault(key, body)
        if mood.startswith("drop"):  # read, and then nothing: the half-open case
            self.connection.close()
            self.close_connection = True
            return
        status, _, extra = mood.partition(" ")
        self.answer(int(status or 201), {"id": f"their-{key[-4:]}"}, extra)

    def do_GET(self):
        key = self.path.rpartition("/")[2]
        self.answer(200 if key in self.server.done else 404, {"times": [k for k, *_ in self.server.posts].count(key)})

    def answer(self, status, said, extra=""):
        body = json.dumps(said).encode()
        self.send_response(status)
        if extra:
            name, _, value = extra.partition("=")
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def http_sink(handler: type[Hooks] = Hooks) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.posts, server.done, server.moods = [], {}, []
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
