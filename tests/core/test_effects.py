"""Effects leave once: what is not known is looked up, asked again by its name, or settled by a person."""

import hashlib
import signal
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audit.search import Wanted
from core.context import Effect
from core.effects import FileDrop, Mailer, NotSent, Order, Refused, Webhook
from core.effects.desk import EffectDesk
from core.effects.sending import MOST_ATTEMPTS
from core.effects.webhook import Pace
from core.errors import BadArguments, Conflict, NotFound
from core.identifiers import new_id
from core.outbox import of_effect
from tests.core.sinks import http_sink, smtp_sink
from tests.core.test_relay import Door, due_now, emails, outbox_rows, relay, send

__all__ = ["relay"]


@pytest.fixture
def smtp():
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def http():
    with http_sink() as sink:
        yield sink


@pytest.fixture
def desk(house):
    return EffectDesk(house.database, house.audit)


def again(house, relay):
    due_now(house)
    return relay.perform()


def hook(sink, path="/hook", **extra):
    return of_effect(Effect("webhook", f"{sink.url}{path}", "policy.issued", '{"n": 1}', new_id(), extra))


# --- e-mail


def test_an_e_mail_is_accepted_by_a_real_server_and_bears_the_row_s_name(house, relay, smtp):
    mails, url = smtp
    relay.performers = {"email": Mailer(url, "Soriano <mail@soriano.example>")}
    row = of_effect(Effect("email", "Ana Ruiz <ana@example.com>", "Recibo: 1.200,50 €", "Buenos días, Lucía:"))
    send(house, row)
    assert relay.perform() == 1
    assert mails.ids == [f"<{row.id}@soriano.example>"]
    assert "Lucía" in mails.got[0].get_payload(decode=True).decode()


def test_an_answer_names_the_message_that_it_answers():
    mailer = Mailer("smtp://localhost", "mail@soriano.example")
    answer = mailer.message(Order(new_id(), "ana@example.com", "Re: Parte", "Hola", {"in_reply_to": "<1@example.com>"}))
    assert (answer["In-Reply-To"], answer["References"]) == ("<1@example.com>", "<1@example.com>")
    with pytest.raises(Refused):
        mailer.message(Order(new_id(), "ana@example.com", "x", "y", {"in_reply_to": "<1@x>\r\nBcc: all@example.com"}))


def test_a_line_that_breaks_after_the_text_leaves_the_outcome_unknown_and_is_sent_again_by_its_name(house, relay, smtp):
    mails, url = smtp
    mails.moods = ["hang up"]
    relay.performers = {"email": Mailer(url, "mail@soriano.example")}
    send(house, *emails())
    assert relay.perform() == 0
    ((state, error, ref),) = outbox_rows(house, "state, error, provider_ref")
    assert (state, ref) == ("unknown", mails.ids[0])
    assert error.startswith("No se sabe si salió")
    assert again(house, relay) == 1
    assert outbox_rows(house, "state, attempts") == [("sent", 2)]
    assert len(mails.ids) == 2
    assert len(set(mails.ids)) == 1  # a mailbox shows it once


def test_what_the_mail_server_puts_off_waits_and_what_it_refuses_fails(house, relay, smtp):
    mails, url = smtp
    mails.moods = ["451 later"]
    relay.performers = {"email": Mailer(url, "mail@soriano.example")}
    send(house, *emails(), of_effect(Effect("email", "nadie@example.com", "x", "y")))
    assert relay.perform() == 0
    (put_off, _), (refused, why) = outbox_rows(house, "state, error")
    assert (put_off, refused) == ("pending", "failed")
    assert "550" in why
    assert again(house, relay) == 1
    assert mails.ids == [outbox_rows(house, "provider_ref")[0][0]]


def test_a_mail_server_that_does_not_answer_is_known_not_to_have_taken_it(house, relay):
    relay.performers = {"email": Mailer("smtp://127.0.0.1:1", "mail@soriano.example")}
    send(house, *emails())
    assert relay.perform() == 0
    assert outbox_rows(house, "state, attempts") == [("pending", 1)]


@pytest.mark.parametrize("recipient", ["", "añadido@ejemplo.es"])
def test_a_message_without_an_address_that_can_be_written_is_refused(house, relay, smtp, recipient):
    relay.performers = {"email": Mailer(smtp[1], "mail@soriano.example")}
    send(house, of_effect(Effect("email", recipient, "x", "y")))
    relay.perform()
    assert outbox_rows(house, "state") == [("failed",)]


# --- webhooks


def test_a_webhook_is_posted_with_the_row_s_name_as_its_key(house, relay, http):
    relay.performers = {"webhook": Webhook(http.url)}
    row = hook(http, "/hook?a=1")
    send(house, row)
    assert relay.perform() == 1
    assert http.posts == [(str(row.id), "/hook?a=1", b'{"n": 1}')]
    assert outbox_rows(house, "state, provider_ref") == [("sent", f"their-{str(row.id)[-4:]}")]


@pytest.mark.parametrize("mood", ["drop", "drop before", "500", "504", "409"])
def test_a_webhook_whose_answer_is_lost_is_done_once_by_its_key(house, relay, http, mood):
    http.moods = [mood]
    relay.performers = {"webhook": Webhook(http.url)}
    row = hook(http)
    send(house, row)
    assert relay.perform() == 0
    assert outbox_rows(house, "state") == [("unknown",)]
    assert again(house, relay) == 1
    assert outbox_rows(house, "state, attempts") == [("sent", 2)]
    assert list(http.done) == [str(row.id)]


def test_a_webhook_with_a_status_address_is_looked_up_and_not_posted_again(house, relay, http):
    http.moods = ["drop"]
    relay.performers = {"webhook": Webhook(http.url)}
    row = hook(http, status_url=f"{http.url}/status/{{id}}")
    send(house, row)
    relay.perform()
    assert again(house, relay) == 1
    assert outbox_rows(house, "state, provider_ref") == [("sent", str(row.id))]
    assert len(http.posts) == 1


@pytest.mark.parametrize(("mood", "wait"), [("503", False), ("429 Retry-After=900", True)])
def test_a_server_that_asks_for_patience_gets_it(house, relay, http, mood, wait):
    http.moods = [mood]
    relay.performers = {"webhook": Webhook(http.url)}
    send(house, hook(http))
    assert relay.perform() == 0
    assert outbox_rows(house, "state, next_at > now() + interval '10 min'") == [("pending", wait)]


@pytest.mark.parametrize("mood", ["400", "302 Location=http://elsewhere.example/", "422"])
def test_a_webhook_that_is_refused_or_sent_elsewhere_fails(house, relay, http, mood):
    http.moods = [mood]
    relay.performers = {"webhook": Webhook(http.url)}
    send(house, hook(http))
    relay.perform()
    assert outbox_rows(house, "state") == [("failed",)]
    assert len(http.posts) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/hook",
        "https://hooks.example@evil.example/",
        "file:///etc/passwd",
        "https://hooks.example:8443/",
        "http://hooks.example/",
        "https://hooks.example.evil.example/",
        "https://hooks.example:x/",
        "",
    ],
)
def test_only_listed_servers_are_called(url):
    with pytest.raises(Refused):
        Webhook("hooks.example").perform(Order(new_id(), url, "x", "{}"))


def test_without_a_list_of_servers_webhooks_wait():
    assert "AIT_WEBHOOK_HOSTS" in Webhook(" , ").missing
    assert Webhook("hooks.example").missing is None


def test_a_header_cannot_be_smuggled_into_a_webhook(http):
    with pytest.raises(Refused):
        Webhook(http.url).perform(Order(new_id(), f"{http.url}/", "x\r\nX-Evil: 1", "{}"))
    assert http.posts == []


def test_a_host_is_given_a_rest_and_that_counts_as_no_try(house, relay, http):
    relay.performers = {"webhook": Webhook(http.url, Pace(seconds=60, burst=1))}
    send(house, hook(http), hook(http))
    assert relay.perform() == 1
    assert outbox_rows(house, "state, attempts") == [("sent", 1), ("pending", 0)]


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 5))
def test_a_pace_lets_no_more_go_than_its_rate(steps, burst):
    """However calls are spread, any window of n × `seconds` has at most n + burst of them."""
    now = [0.0]
    pace, went = Pace(seconds=1.0, burst=burst, clock=lambda: now[0]), []
    for step in steps:
        now[0] += step
        wait = pace.wait("host")
        if wait == 0:
            went.append(now[0])
        else:
            assert 0 < wait <= 1.0 + 1e-6
    for first in went:
        for width in (1, 3, 10):
            assert sum(first <= at <= first + width for at in went) <= width + burst


# --- files


def order(body="<Document/>", name="remesa 2026/11.xml", **extra):
    return Order(new_id(), "banco", name, body, extra)


def test_a_file_is_dropped_whole_under_the_order_s_name(tmp_path):
    drop, asked = FileDrop(tmp_path), order("<año/>", encoding="iso-8859-1")
    ref = drop.perform(asked)
    name, _, digest = ref.partition(" sha256:")
    assert name == f"11-{asked.id}.xml"
    assert (tmp_path / name).read_bytes() == "<año/>".encode("iso-8859-1")
    assert digest == hashlib.sha256("<año/>".encode("iso-8859-1")).hexdigest()
    assert (drop.look_up(asked), drop.look_up(order())) == ("sent", "absent")


def test_a_file_that_was_collected_is_still_known_to_have_left(tmp_path):
    drop, asked = FileDrop(tmp_path), order()
    drop.perform(asked)
    (tmp_path / drop.name(asked)).unlink()  # the bank's collector took it
    assert drop.look_up(asked) == "sent"
    drop.perform(asked)
    assert not (tmp_path / drop.name(asked)).exists()  # not a second time


@pytest.mark.parametrize("step", ["open", "fsync", "link", "rename"])
def test_a_file_is_all_there_or_not_at_all(tmp_path, monkeypatch, step):
    """Whichever step fails, the look-up tells the truth, and doing it again delivers one whole file."""
    drop, asked = FileDrop(tmp_path), order()

    def broken(*args, **kwargs):
        raise OSError("disk")

    place = {"open": "pathlib.Path.open", "rename": "pathlib.Path.rename"}.get(step, f"os.{step}")
    monkeypatch.setattr(place, broken)
    with pytest.raises((NotSent, OSError)):
        drop.perform(asked)
    monkeypatch.undo()
    assert [p for p in tmp_path.iterdir() if p.is_file()] == []
    assert drop.look_up(asked) == "absent"
    drop.perform(asked)
    assert [p.read_text() for p in tmp_path.iterdir() if p.is_file()] == ["<Document/>"]


def test_a_text_that_the_encoding_cannot_write_is_refused(house, relay, tmp_path):
    relay.performers = {"file": FileDrop(tmp_path / "outgoing")}
    send(house, of_effect(Effect("file", "banco", "r.txt", "añ€", extra={"encoding": "ascii"})))
    relay.perform()
    assert outbox_rows(house, "state") == [("failed",)]
    assert not (tmp_path / "outgoing").exists()


def test_a_file_name_stays_in_the_folder(tmp_path):
    name = FileDrop(tmp_path).name(order(name="../../etc/pass wd..%2f.sh;x"))
    assert "/" not in name
    assert ".." not in name


# --- outcomes that are unknown


def test_what_may_not_be_repeated_is_never_sent_blindly_again(house, relay):
    door = Door(TimeoutError("no answer"), idempotent=False)
    relay.performers = {"email": door}
    send(house, *emails())
    for _ in range(5):
        relay.perform()
        due_now(house)
    assert len(door.asked) == 1
    assert outbox_rows(house, "state, attempts") == [("unknown", 1)]


@pytest.mark.parametrize(("standing", "asked", "state"), [("sent", 1, "sent"), ("absent", 2, "sent")])
def test_the_other_side_s_word_settles_what_is_unknown(house, relay, standing, asked, state):
    door = Door(TimeoutError("no answer"), idempotent=False, standing=standing)
    relay.performers = {"email": door}
    send(house, *emails())
    relay.perform()
    assert again(house, relay) == 1
    assert len(door.asked) == asked
    assert outbox_rows(house, "state") == [(state,)]


def test_what_can_be_asked_again_is_so_a_bounded_number_of_times_and_stays_unknown(house, relay):
    door = Door(*[TimeoutError("no answer")] * 20)
    relay.performers = {"email": door}
    send(house, *emails())
    for _ in range(2 * MOST_ATTEMPTS + 2):
        again(house, relay)
    assert len(door.asked) == MOST_ATTEMPTS
    assert outbox_rows(house, "state") == [("unknown",)]  # never "failed": it may have arrived


def test_a_look_up_that_fails_leaves_it_unknown(house, relay):
    door = Door(TimeoutError(), idempotent=False)
    door.look_up = lambda order: 1 / 0
    relay.performers = {"email": door}
    send(house, *emails())
    relay.perform()
    assert again(house, relay) == 0
    assert outbox_rows(house, "state") == [("unknown",)]


SENDER = """
import sys, time, psycopg
from psycopg.rows import dict_row
from core.effects.sending import Sender, enlist

class Stuck:
    idempotent, missing = False, None
    def reference(self, order): return "name"
    def look_up(self, order): return "unknown"
    def perform(self, order):
        print("performing", flush=True)
        time.sleep(60)

with psycopg.connect(sys.argv[1], autocommit=True, row_factory=dict_row) as connection:
    Sender({"email": Stuck()}, connection, enlist(connection)).run()
"""


def test_the_rows_of_a_sender_that_was_killed_are_unknown_and_those_of_one_that_lives_are_left(house, relay):
    send(house, *emails())
    relay.performers = {"email": Door()}
    command = [sys.executable, "-c", SENDER, house.database.relay_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"performing\n"
        assert relay.perform() == 0
        assert outbox_rows(house, "state, provider_ref") == [("sending", "name")]
        child.send_signal(signal.SIGKILL)
        child.wait()
    for _ in range(50):  # PostgreSQL notices that the connection is gone
        if relay.perform():
            break
        threading.Event().wait(0.05)
    assert outbox_rows(house, "state, attempts") == [("sent", 2)]  # e-mail may be asked again


def test_what_somebody_settled_meanwhile_is_not_overwritten(house, relay, desk, origin):
    class Slow(Door):
        def perform(self, order):
            with house.superuser() as db:
                db.execute("UPDATE soriano_platform.outbox SET state = 'sent', provider_ref = 'by hand'")
            raise NotSent(reason="so it seemed")

    relay.performers = {"email": Slow()}
    send(house, *emails())
    relay.perform()
    assert outbox_rows(house, "state, provider_ref") == [("sent", "by hand")]


# --- order, neighbours, two senders


def about(key, *subjects):
    return [of_effect(Effect("email", "ana@example.com", subject, "x", key)) for subject in subjects]


def test_effects_about_one_record_leave_in_order_and_others_do_not_wait(house, relay):
    door = Door(TimeoutError(), idempotent=False)
    relay.performers = {"email": door}
    send(house, *about(new_id(), "first", "second"), *about(new_id(), "other"))
    relay.perform()
    assert [order.subject for order in door.asked] == ["first", "other"]
    door.standing = "sent"
    again(house, relay)
    assert [order.subject for order in door.asked] == ["first", "other", "second"]


def test_one_that_failed_for_good_does_not_keep_the_next_about_its_record(house, relay):
    door = Door(Refused(reason="no"))
    relay.performers = {"email": door}
    send(house, *about(new_id(), "first", "second"))
    assert relay.perform() == 1
    assert outbox_rows(house, "state") == [("failed",), ("sent",)]


def test_two_senders_share_the_work_and_neither_does_the_other_s(house, relay, servers):
    from core.jobs import Jobs
    from core.relay import Relay

    door, barrier = Door(), threading.Barrier(2)
    key = new_id()
    send(house, *emails(20), *about(key, *map(str, range(20))))
    relays = [Relay(house.database, servers.valkey, {"email": door}, house.audit, relay.jobs) for _ in range(2)]
    assert isinstance(relay.jobs, Jobs)

    def work(one):
        barrier.wait()
        while one.perform():
            pass

    threads = [threading.Thread(target=work, args=[one]) for one in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    while relays[0].perform():
        pass
    for one in relays:
        one.close()
    assert len(door.asked) == len({order.id for order in door.asked}) == 40
    assert [o.subject for o in door.asked if o.subject.isdecimal()] == [str(n) for n in range(20)]


# --- the desk


def only(house):
    return outbox_rows(house, "id")[0][0]


def audited(house, kind):
    return [f.said["details"] for f in house.audit.search(house.actor, Wanted(kind=kind))]


def test_a_person_holds_a_message_and_lets_it_go(house, relay, desk, origin):
    relay.performers = {"email": Door()}
    send(house, *emails())
    held = desk.hold(house.actor, origin, only(house), "el importe está mal")
    assert (held.state, held.error) == ("held", "el importe está mal")
    assert relay.perform() == 0
    desk.release(house.actor, origin, only(house))
    assert relay.perform() == 1
    assert audited(house, "admin.effect_held")[0]["reason"] == "el importe está mal"
    assert len(audited(house, "admin.effect_released")) == 1


def test_a_failed_message_is_tried_again_by_hand(house, relay, desk, origin):
    relay.performers = {"email": Door(Refused(reason="no"))}
    send(house, *emails())
    relay.perform()
    assert desk.retry(house.actor, origin, only(house)).attempts == 0
    assert relay.perform() == 1
    assert audited(house, "admin.effect_retried")[0]["was"] == "failed"


def test_an_unknown_outcome_is_settled_by_a_person_either_way(house, relay, desk, origin):
    relay.performers = {"email": Door(TimeoutError(), TimeoutError(), idempotent=False)}
    send(house, *emails(2))
    relay.perform()
    first, second = (row[0] for row in outbox_rows(house, "id"))
    with pytest.raises(Conflict, match="settle"):
        desk.retry(house.actor, origin, first)
    assert desk.settle(house.actor, origin, first, "BANK-77").reference == "BANK-77"
    assert desk.settle(house.actor, origin, second, None).state == "pending"
    assert relay.perform() == 1
    assert outbox_rows(house, "state, provider_ref")[0] == ("sent", "BANK-77")
    assert {d["now"] for d in audited(house, "admin.effect_settled")} == {"sent", "pending"}
    with pytest.raises(Conflict):
        desk.settle(house.actor, origin, first, "again")


def test_the_desk_knows_its_own_tenant_s_effects_alone(house, desk, origin):
    send(house, *emails())
    assert desk.list(house.other) == []
    with pytest.raises(NotFound):
        desk.hold(house.other, origin, only(house), "x")
    with pytest.raises(BadArguments):
        desk.hold(house.actor, origin, only(house), " ")
    assert [row.state for row in desk.list(house.actor)] == ["pending"]
