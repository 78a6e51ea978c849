"""Entries go in with their transaction, into the tree afterwards, and come out for their tenant alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core.audit import tree
from core.audit.entry import AuditEntry
from core.audit.search import Wanted
from core.audit.sequencer import leaf_bytes
from core.audit.vault import HOUSE
from core.context import Event
from core.errors import NotFound
from core.identifiers import new_id
from core.outbox import of_event
from core.stamping import RowChange

NIF = "12345678Z"


def entry(actor, kind="call.allowed", **given):
    given.setdefault("at", datetime.now(UTC))
    given.setdefault("tool", "crm_create_person")
    given.setdefault("args", {"id_number": NIF, "name": "Lucía Pérez"})
    given.setdefault("verdict", "allow")
    return AuditEntry(kind=kind, actor=actor, **given)


def append(house, *entries, rows=()):
    for one in entries:
        with house.database.transaction(one.tenant if one.actor else None) as session:
            house.audit.append(session, one, rows)


def test_an_entry_is_found_before_and_after_it_is_in_the_tree(house, origin):
    change = RowChange("soriano_crm.customer", new_id(), "insert", 0, {}, {"id_number": NIF})
    one = entry(house.actor, origin=origin, changes=[change], rules=["free"], turn=new_id(), details={"why": "así"})
    append(house, one)
    waiting = house.audit.show(house.actor, one.id)
    assert waiting.leaf_index is None
    assert house.audit.integrate() == 1
    found = house.audit.show(house.actor, one.id)
    assert (found.leaf_index, found.tenant_seq, found.said) == (0, 1, waiting.said)
    assert found.said["args"] == {"id_number": NIF, "name": "Lucía Pérez"}
    assert found.said["details"] == {"why": "así", "from": {"ip_address": "203.0.113.7"}}
    assert found.said["effect"][0]["after"] == {"id_number": NIF}
    assert found.said["decision"] == {"verdict": "allow", "rule_ids": ["free"]}


def test_nothing_personal_stands_in_clear(house, origin):
    change = RowChange("soriano_crm.customer", new_id(), "update", 3, {"name": "Lucía Pérez"}, {"name": NIF})
    append(house, entry(house.actor, origin=origin, changes=[change], idempotency_key=NIF, preview_hash="ab"))
    house.audit.integrate()
    with house.superuser() as db:
        for table in ("entry", "leaf", "entry_index", "checkpoint", "data_key"):
            for row in db.execute(f"SELECT * FROM soriano_audit.{table}"):
                said = b"".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
                assert not [w for w in ("Luc", "carmen", "Carmen", NIF, "203.0.113.7") if w.encode() in said]


def test_an_entry_of_a_rolled_back_transaction_never_was(house):
    one = entry(house.actor)

    def fail_after_it():
        with house.database.transaction(one.tenant) as session:
            house.audit.append(session, one)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_it()
    assert house.audit.integrate() == 0
    with pytest.raises(NotFound):
        house.audit.show(house.actor, one.id)


def test_another_tenant_finds_nothing(house):
    mine, theirs = entry(house.actor), entry(house.other)
    append(house, mine, theirs)
    assert [f.id for f in house.audit.search(house.other)] == [theirs.id]
    house.audit.integrate()
    assert [f.id for f in house.audit.search(house.other)] == [theirs.id]
    with pytest.raises(NotFound):
        house.audit.show(house.other, mine.id)


def test_an_entry_of_another_tenant_cannot_be_forged(house):
    with house.database.transaction(house.other.tenant_id) as session:
        with pytest.raises(ProgrammingError, match="row-level security"):
            house.audit.append(session, entry(house.actor))
        session.rollback()


@pytest.mark.parametrize("act", ["SELECT * FROM", "UPDATE", "DELETE FROM", "TRUNCATE"])
@pytest.mark.parametrize("table", ["entry", "pending", "leaf", "node", "checkpoint", "entry_index"])
def test_the_application_can_only_add(shared_house, act, table):
    column = {"pending": "entry_id", "node": "hash", "checkpoint": "root"}.get(table, "tenant_id")
    statement = f"{act} soriano_audit.{table}" + (f" SET {column} = NULL" if act == "UPDATE" else "")
    with shared_house.database.transaction(shared_house.actor.tenant_id) as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.connection().execute(text(statement))
        session.rollback()


def test_a_stranger_signing_in_is_logged_for_the_house(house, origin):
    append(house, AuditEntry(kind="auth.failed", at=datetime.now(UTC), origin=origin, details={"name": "nadie"}))
    assert house.audit.integrate() == 1
    assert house.audit.search(house.actor) == []
    with house.superuser() as db:
        assert db.execute("SELECT tenant_id FROM soriano_audit.entry").fetchall() == [(HOUSE,)]


def test_search_narrows_by_everything(house, origin):
    record, turn, long_ago = new_id(), new_id(), datetime.now(UTC) - timedelta(days=9)
    wanted = entry(
        house.actor,
        "call.denied",
        tool="kernel_issue_policy",
        verdict="deny",
        origin=origin,
        turn=turn,
        records=[record],
        at=long_ago,
    )
    append(house, wanted, entry(house.actor), entry(house.actor, "approval.requested", verdict="hold"))
    for step in range(2):
        for narrow in (
            {"tool": "kernel_issue_policy"},
            {"verdict": "deny"},
            {"kind": "call.denied"},
            {"turn": turn},
            {"record": str(record)},
            {"until": long_ago + timedelta(days=1)},
        ):
            assert [f.id for f in house.audit.search(house.actor, Wanted(**narrow))] == [wanted.id], (step, narrow)
        assert len(house.audit.search(house.actor, Wanted(kind="call"))) == 2
        assert len(house.audit.search(house.actor, Wanted(operator=house.actor.user_id))) == 3
        assert len(house.audit.search(house.actor, Wanted(since=long_ago + timedelta(days=1)))) == 2
        assert len(house.audit.search(house.actor, Wanted(operator=house.other.user_id))) == 0
        first = house.audit.search(house.actor, Wanted(limit=1))
        assert len(house.audit.search(house.actor, Wanted(older_than=first[0].id))) == 2
        house.audit.integrate()


def test_the_root_is_that_of_all_leaves_in_random_batches(house):
    sizes = [1, 2, 5, 1, 8, 3, 11]
    for size in sizes:
        append(house, *(entry(house.actor if n % 3 else house.other) for n in range(size)))
        assert house.audit.integrate() == size
    with house.superuser() as db:
        rows = db.execute(
            "SELECT l.tenant_seq, e.body FROM soriano_audit.leaf l JOIN soriano_audit.entry e ON e.id = l.entry_id"
            " ORDER BY l.leaf_index"
        ).fetchall()
    leaves = [tree.leaf_hash(leaf_bytes(seq, body)) for seq, body in rows]
    assert house.audit.verify().root == _recursive(leaves).hex()


def _recursive(hashes):
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return tree.node_hash(_recursive(hashes[:k]), _recursive(hashes[k:]))


def test_writers_do_not_wait_for_an_open_transaction(house):
    append(house, entry(house.actor))
    with house.database.transaction(house.actor.tenant_id) as slow:
        house.audit.append(slow, entry(house.actor))
        with ThreadPoolExecutor(4) as pool:
            for _ in pool.map(lambda _: append(house, entry(house.actor)), range(12), timeout=20):
                pass
        assert house.audit.integrate() == 13
    assert house.audit.integrate() == 1
    assert house.audit.verify().ok


def test_two_sequencers_at_once_make_one_tree(house):
    stop = threading.Event()

    def sequence():
        while not stop.is_set():
            house.audit.integrate()

    with ThreadPoolExecutor(6) as pool:
        busy = [pool.submit(sequence) for _ in range(2)]
        for _ in pool.map(lambda n: append(house, entry(house.other if n % 2 else house.actor)), range(60)):
            pass
        stop.set()
        for one in busy:
            one.result()
    result = house.audit.verify()
    assert (result.ok, result.size) == (True, 60), result.told("es")


def test_events_leave_with_the_entry_in_their_order(house):
    rows = [of_event(Event(f"customer.renamed_{n}", new_id(), {"n": n})) for n in range(5)]
    one = entry(house.actor)
    append(house, one, rows=rows)
    with house.superuser() as db:
        found = db.execute("SELECT type, entry_id, topic FROM soriano_platform.outbox ORDER BY agg_seq").fetchall()
    assert found == [(f"customer.renamed_{n}", one.id, "module-events") for n in range(5)]


def test_every_entry_can_be_proven(house):
    entries = [entry(house.actor) for _ in range(7)]
    append(house, *entries)
    for one in entries:
        proof = house.audit.prove(house.actor, one.id)
        assert proof.holds(house.keys)
        assert proof.to_json()["checkpoint"].startswith(house.keys.origin)
    with pytest.raises(NotFound):
        house.audit.prove(house.other, entries[0].id)


def test_equal_arguments_have_equal_commitments_that_another_tenant_does_not_share(house):
    append(house, entry(house.actor), entry(house.actor, "approval.approved"), entry(house.other))
    mine = {f.said["args_digest"] for f in house.audit.search(house.actor)}
    theirs = {f.said["args_digest"] for f in house.audit.search(house.other)}
    assert len(mine) == 1
    assert mine.isdisjoint(theirs)


def test_a_kind_that_nobody_could_search_for_is_refused(house):
    with pytest.raises(ValueError, match="call.allowed"):
        entry(house.actor, "Something happened")


def test_the_log_is_followed_in_its_order(house):
    entries = [entry(house.actor), entry(house.other), entry(house.actor)]
    append(house, *entries)
    house.audit.integrate()
    stop = threading.Event()
    following = house.audit.follow(house.actor, 0, stop)
    assert [next(following).id, next(following).id] == [entries[0].id, entries[2].id]
    late = entry(house.actor)
    append(house, late)
    house.audit.integrate()
    assert next(following).id == late.id
    stop.set()
    assert list(following) == []
