"""A consumer handles each event once and in order, whatever is delivered how often."""

import random

import pytest
from sqlalchemy import text

from core import outbox
from core.context import Event
from core.errors import Conflict, OutsideUnavailable
from core.identifiers import new_id
from core.inbox import MOST_ATTEMPTS, Consumer, trim
from core.jobs import Jobs
from core.outbox import of_event
from core.relay import Relay


@pytest.fixture
def relay(house, servers, valkey):
    made = Relay(house.database, servers.valkey, {}, house.audit, Jobs(house.database, servers.valkey))
    made.remember()
    yield made
    made.close()
    made.jobs.close()


class Notebook:
    """A handler that writes what it saw into the database, and fails when it is told to."""

    def __init__(self, **failures):
        self.failures, self.seen = failures, []

    def __call__(self, session, message):
        session.connection().execute(
            text("INSERT INTO soriano_platform.consumer (name, topic) VALUES (:n, 'seen')"), {"n": f"{message.id}"}
        )
        self.seen.append(message.type)
        failure = self.failures.get(message.type.partition(".")[2])
        if failure:
            raise failure


def consumer(house, valkey, handler, name="crm"):
    made = Consumer(house.database, valkey, "module-events", name, handler)
    made._register()
    return made


def tell(house, relay, *types, key=None, actor=None):
    tenant = (actor or house.actor).tenant_id
    rows = [of_event(Event(type, key, {"n": n})) for n, type in enumerate(types)]
    with house.database.transaction(tenant) as session:
        outbox.write(session.connection(), tenant, rows)
    relay.publish()
    return rows


def written(house):
    with house.superuser() as db:
        return db.execute("SELECT count(*) FROM soriano_platform.consumer WHERE topic = 'seen'").fetchone()[0]


def letters(house):
    with house.superuser() as db:
        return db.execute(
            "SELECT event ->> 'type', error FROM soriano_platform.dead_letter ORDER BY (event ->> 'agg_seq')::int"
        ).fetchall()


def test_each_event_is_handled_once_in_order(house, relay, valkey):
    notebook = Notebook()
    crm = consumer(house, valkey, notebook)
    tell(house, relay, "a.one", "a.two")
    tell(house, relay, "a.three", actor=house.other)
    assert crm.run_once() == 3
    assert crm.run_once() == 0
    assert notebook.seen == ["a.one", "a.two", "a.three"]


def test_a_second_delivery_is_found_done(house, relay, valkey):
    notebook = Notebook()
    crm = consumer(house, valkey, notebook)
    tell(house, relay, "a.one")
    ((_, fields),) = valkey.xrange("module-events")
    valkey.xadd("module-events", fields)
    assert crm.run_once() == 1
    assert valkey.xpending("module-events", "crm")["pending"] == 0


def test_two_groups_each_handle_it(house, relay, valkey):
    first, second = consumer(house, valkey, lambda *_: None), consumer(house, valkey, lambda *_: None, "dwh")
    tell(house, relay, "a.one")
    assert (first.run_once(), second.run_once()) == (1, 1)


def test_what_failed_is_undone_and_handled_again(house, relay, valkey):
    notebook = Notebook(one=OutsideUnavailable(what="x"))
    crm = consumer(house, valkey, notebook)
    tell(house, relay, "a.one")
    assert crm.run_once() == 0
    assert written(house) == 0
    notebook.failures.clear()
    assert crm.run_once() == 1
    assert written(house) == 1


def test_a_process_that_died_after_reading_left_nothing_behind(house, relay, valkey):
    crm = consumer(house, valkey, Notebook())
    tell(house, relay, "a.one")
    valkey.xreadgroup("crm", "reader", {"module-events": ">"})  # read, and then the process is gone
    assert crm.run_once() == 1


def test_a_failing_event_becomes_a_dead_letter_and_only_its_own_record_waits(house, relay, valkey):
    notebook = Notebook(bad=OutsideUnavailable(what="x"))
    crm, key = consumer(house, valkey, notebook), new_id()
    bad, _ = tell(house, relay, "a.bad", "a.after", key=key)
    tell(house, relay, "b.other", key=new_id())
    for _ in range(MOST_ATTEMPTS):
        crm.run_once()
    assert notebook.seen.count("a.bad") == MOST_ATTEMPTS
    assert "a.after" not in notebook.seen
    assert notebook.seen.count("b.other") == 1
    tell(house, relay, "a.later", key=key)
    crm.run_once()
    assert [(t, e.partition(" ")[0]) for t, e in letters(house)] == [
        ("a.bad", "OutsideUnavailable('No"),
        ("a.after", "behind"),
        ("a.later", "behind"),
    ]
    notebook.failures.clear()
    assert crm.replay(house.actor.tenant_id, bad.id) == 3
    assert notebook.seen[-3:] == ["a.bad", "a.after", "a.later"]
    assert letters(house) == []
    assert written(house) == 4


def test_a_refusal_is_a_dead_letter_at_once(house, relay, valkey):
    notebook = Notebook(bad=Conflict(reason="no"))
    crm = consumer(house, valkey, notebook)
    (bad,) = tell(house, relay, "a.bad")
    crm.run_once()
    assert len(letters(house)) == 1
    with pytest.raises(Conflict):
        crm.replay(house.actor.tenant_id, bad.id)
    assert len(letters(house)) == 1


def test_when_valkey_forgets_everything_each_event_is_still_handled_once(house, relay, valkey):
    notebook = Notebook()
    crm = consumer(house, valkey, notebook)
    tell(house, relay, "a.one", "a.two")
    crm.run_once()
    tell(house, relay, "a.three")
    valkey.flushall()
    relay.run_once()
    assert crm.run_once() == 1
    assert notebook.seen == ["a.one", "a.two", "a.three"]


def test_a_new_consumer_is_not_told_old_news(house, relay, valkey):
    tell(house, relay, "a.old")
    notebook = Notebook()
    crm = consumer(house, valkey, notebook)
    tell(house, relay, "a.new")
    crm.run_once()
    assert notebook.seen == ["a.new"]


def test_a_stream_is_cut_only_of_what_all_groups_have_handled(house, relay, valkey):
    crm = consumer(house, valkey, Notebook())
    tell(house, relay, *(f"a.n{n}" for n in range(300)))
    assert trim(valkey, "module-events", keep=0) == 0
    crm.run_once()
    crm.run_once()
    crm.run_once()
    assert trim(valkey, "module-events", keep=0) > 0


@pytest.mark.parametrize("seed", range(4))
def test_each_event_is_handled_once_in_order_however_often_and_in_whatever_order_it_comes(house, relay, valkey, seed):
    """Every entry of the stream three times, shuffled: what a broken proxy, or two lost memories, may make of it."""
    notebook, chance = Notebook(), random.Random(seed)
    reader = consumer(house, valkey, notebook)
    keys = [new_id() for _ in range(4)]
    for n in range(20):
        tell(house, relay, f"customer.k{n % 4}_{n:02d}", key=keys[n % 4])
    entries = [fields for _, fields in valkey.xrange("module-events")] * 3
    valkey.delete("module-events")
    chance.shuffle(entries)
    for fields in entries:
        valkey.xadd("module-events", fields)
    for _ in range(len(entries)):
        reader.run_once()
    assert len(notebook.seen) == written(house) == 20
    for key in range(4):
        ours = [type for type in notebook.seen if type.startswith(f"customer.k{key}_")]
        assert ours == sorted(ours)
    assert valkey.xpending("module-events", "crm")["pending"] == 0
