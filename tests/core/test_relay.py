"""Events go out at least once and in order, effects wait or are tried again, nothing is lost."""

import json
import socketserver
import threading
from datetime import UTC, datetime
from email import message_from_bytes
from uuid import UUID

import psycopg
import pytest
import redis

from core import outbox
from core.audit.entry import AuditEntry
from core.context import Effect, Event
from core.effects import Mailer, NotSent, Order, Refused
from core.effects.sending import MOST_ATTEMPTS
from core.identifiers import new_id
from core.jobs import Jobs
from core.outbox import of_effect, of_event
from core.relay import Relay


@pytest.fixture
def relay(house, servers, valkey):
    made = Relay(house.database, servers.valkey, {}, house.audit, Jobs(house.database, servers.valkey))
    yield made
    made.close()
    made.jobs.close()


class Door:
    """A performer that notes what it is asked and answers as it is told."""

    missing = None

    def __init__(self, *answers, idempotent=True, standing="unknown"):
        self.answers, self.asked = list(answers), []
        self.idempotent, self.standing = idempotent, standing

    def reference(self, order):
        return f"name-{order.id}"

    def look_up(self, order):
        return self.standing

    def perform(self, order):
        self.asked.append(order)
        answer = self.answers.pop(0) if self.answers else "ref"
        if isinstance(answer, Exception):
            raise answer
        return answer


def send(house, *rows, actor=None):
    tenant = (actor or house.actor).tenant_id
    with house.database.transaction(tenant) as session:
        outbox.write(session.connection(), tenant, rows)


def emails(count=1):
    return [of_effect(Effect("email", "ana@example.com", f"Recibo {n}", "Buenos días")) for n in range(count)]


def outbox_rows(house, columns):
    with house.superuser() as db:
        return db.execute(f"SELECT {columns} FROM soriano_platform.outbox ORDER BY agg_seq").fetchall()


def due_now(house):
    with house.superuser() as db:
        db.execute("UPDATE soriano_platform.outbox SET next_at = now() - interval '1 s'")


def test_events_of_all_tenants_go_out_in_order(house, relay, valkey):
    send(house, *(of_event(Event(f"customer.renamed_{n}", new_id(), {"n": n})) for n in range(3)))
    send(house, of_event(Event("agent.message", None, {"text": "Añadir"})), actor=house.other)
    assert relay.publish() == 4
    told = [json.loads(fields[b"event"])["type"] for _, fields in valkey.xrange("module-events")]
    assert told == ["customer.renamed_0", "customer.renamed_1", "customer.renamed_2"]
    assert "Añadir".encode() in valkey.xrange("agent-events")[0][1][b"event"]
    assert outbox_rows(house, "state, attempts") == [("sent", 1)] * 4
    assert relay.publish() == 0


def test_a_crash_between_publishing_and_marking_publishes_again(house, relay, valkey, monkeypatch):
    send(house, of_event(Event("customer.renamed", new_id(), {})))
    monkeypatch.setattr("core.relay.PUBLISHED", "SELECT 1 / 0 FROM unnest(%s::uuid[], %s::text[])")
    with pytest.raises(psycopg.errors.DivisionByZero):
        relay.publish()
    monkeypatch.undo()
    assert relay.publish() == 1
    assert valkey.xlen("module-events") == 2  # a duplicate, which the inbox absorbs


def test_what_valkey_does_not_take_waits(house, relay, valkey):
    send(house, of_event(Event("customer.renamed", new_id(), {})))
    valkey.set("module-events", "the wrong type")
    with pytest.raises(redis.ResponseError):
        relay.run_once()
    assert outbox_rows(house, "state") == [("pending",)]
    valkey.delete("module-events")
    assert relay.publish() == 1


def test_an_uncommitted_event_is_not_told(house, relay):
    with house.database.transaction(house.actor.tenant_id) as session:
        outbox.write(session.connection(), house.actor.tenant_id, [of_event(Event("customer.renamed", None, {}))])
        assert relay.publish() == 0
        session.rollback()
    assert relay.publish() == 0


def test_effects_are_performed_once_and_bear_their_reference(house, relay):
    door = Door("ref-1", "ref-2")
    relay.performers = {"email": door}
    send(house, *emails(2))
    assert (relay.perform(), relay.perform()) == (2, 0)
    assert outbox_rows(house, "state, provider_ref, error") == [("sent", "ref-1", None), ("sent", "ref-2", None)]
    assert door.asked[0].recipient == "ana@example.com"


def test_an_effect_that_fails_is_tried_again_later_and_given_up_at_last(house, relay):
    door = Door(*[NotSent(reason="no answer")] * MOST_ATTEMPTS)
    relay.performers = {"email": door}
    send(house, *emails())
    assert relay.perform() == 0
    assert outbox_rows(house, "state, attempts, error, next_at > now()") == [
        ("pending", 1, "No ha salido: no answer", True)
    ]
    assert relay.perform() == 0
    assert len(door.asked) == 1  # not before its time
    for _ in range(MOST_ATTEMPTS - 1):
        due_now(house)
        relay.perform()
    assert outbox_rows(house, "state, attempts") == [("failed", MOST_ATTEMPTS)]
    due_now(house)
    assert relay.perform() == 0
    assert len({order.id for order in door.asked}) == 1  # every try under the same name


def test_a_refusal_is_not_tried_again(house, relay):
    relay.performers = {"email": Door(Refused(reason="no such user"), "ref")}
    send(house, *emails(2))
    assert relay.perform() == 1
    assert [state for (state,) in outbox_rows(house, "state")] == ["failed", "sent"]
    assert relay.lag() == {"effect_failed": 1}


def test_a_fault_in_a_performer_does_not_stop_its_neighbours(house, relay):
    relay.performers = {"email": Door(KeyError("body"), "ref")}
    send(house, *emails(2))
    assert relay.perform() == 1
    (broken, why), fine = outbox_rows(house, "state, error")
    assert (broken, fine) == ("unknown", ("sent", None))
    assert "KeyError('body')" in why


def test_without_a_mail_server_e_mails_wait_and_say_why(house, relay):
    relay.performers = {"email": Mailer(None, "correduria@localhost")}
    send(house, *emails(), of_effect(Effect("telegram", "ana", "", "Hola")))
    assert relay.run_once() == 0
    (mail, why), (other, unknown) = outbox_rows(house, "state, error")
    assert (mail, other) == ("pending", "pending")
    assert "AIT_SMTP_URL" in why
    assert "telegram" in unknown
    relay.performers = {"email": Door()}
    assert relay.run_once() == 1
    assert outbox_rows(house, "state, error")[0] == ("sent", None)


def test_a_pass_also_integrates_the_audit_and_tells_it(house, relay, valkey):
    with house.database.transaction(house.actor.tenant_id) as session:
        house.audit.append(session, AuditEntry(kind="call.allowed", at=datetime.now(UTC), actor=house.actor))
    assert relay.run_once() == 1
    assert valkey.xlen("audit-events") == 1


def test_the_relay_sees_the_outbox_and_jobs_alone(house):
    with psycopg.connect(house.database.relay_url, autocommit=True) as relay:
        relay.execute("SELECT * FROM soriano_platform.outbox")
        for table in ('soriano_auth."user"', "soriano_audit.entry"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                relay.execute(f"SELECT * FROM {table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            relay.execute("DELETE FROM soriano_platform.outbox")


def test_another_tenant_sees_no_outbox_of_ours(house):
    send(house, *emails())
    with house.database.transaction(house.other.tenant_id) as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM soriano_platform.outbox").scalar() == 0


def test_it_runs_until_it_is_stopped_and_survives_failures(house, relay, valkey, monkeypatch):
    monkeypatch.setattr("core.relay.PAUSE_SECONDS", 0.1)
    stop = threading.Event()
    thread = threading.Thread(target=relay.run_forever, args=[stop])
    thread.start()
    valkey.set("module-events", "the wrong type")
    send(house, of_event(Event("customer.renamed", new_id(), {})))
    stop.wait(0.5)
    valkey.delete("module-events")
    for _ in range(50):
        if valkey.xlen("module-events"):
            break
        stop.wait(0.1)
    stop.set()
    thread.join(10)
    assert valkey.xlen("module-events") == 1


class Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs; it takes leave wrongly (250), as some servers do."""

    def handle(self):
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                self.server.mails.append(body)
            refused = b"nadie@" in line and word == b"RCPT"
            self.wfile.write(b"550 no such user\r\n" if refused else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def smtp():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server:
        server.mails = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_an_e_mail_is_sent_over_smtp_under_the_name_of_its_row(house, relay, smtp):
    relay.performers = {"email": Mailer(f"smtp://127.0.0.1:{smtp.server_address[1]}", "Soriano <mail@soriano.example>")}
    row = of_effect(Effect("email", "ana@example.com", "Recibo pendiente: 1.200,50 €", "Buenos días, Lucía:"))
    send(house, row)
    assert relay.perform() == 1
    mail = message_from_bytes(smtp.mails[0])
    assert mail["Message-ID"] == f"<{row.id}@soriano.example>"
    assert "Lucía" in mail.get_payload(decode=True).decode()
    assert outbox_rows(house, "provider_ref") == [(f"<{row.id}@soriano.example>",)]


def test_an_address_that_the_mail_server_refuses_is_a_dead_letter(house, relay, smtp):
    relay.performers = {"email": Mailer(f"smtp://127.0.0.1:{smtp.server_address[1]}", "mail@soriano.example")}
    send(house, of_effect(Effect("email", "nadie@example.com", "x", "y")))
    assert relay.perform() == 0
    ((state, error),) = outbox_rows(house, "state, error")
    assert state == "failed"
    assert "550 no such user" in error


def test_a_header_cannot_be_smuggled_into_an_e_mail():
    mailer = Mailer("smtp://localhost", "mail@soriano.example")
    with pytest.raises(Refused):
        mailer.message(Order(UUID(int=1), "ana@example.com", "Hola\r\nBcc: all@example.com", ""))
