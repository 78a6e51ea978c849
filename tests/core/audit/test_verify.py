"""The verification is green for what was written, and red, naming the entry, for any change by a superuser."""

import random
from datetime import UTC, datetime

import pytest

from core.audit import sequencer
from core.audit.entry import AuditEntry
from core.audit.verify import check, verify
from core.errors import AitError
from core.identifiers import new_id
from core.stamping import RowChange

COUNT = 11
VICTIM = 6  # leaf index of the entry that is tampered with


def write(house):
    """Eleven entries of two tenants in the tree, in three batches, and two that wait."""
    ids = []
    for at in range(COUNT + 2):
        actor = house.other if at % 3 == 0 else house.actor
        change = RowChange("soriano_crm.customer", new_id(), "insert", 0, {}, {"n": at})
        one = AuditEntry(
            kind="call.allowed",
            at=datetime.now(UTC),
            actor=actor,
            tool="crm_create_person",
            args={"n": at},
            verdict="allow",
            changes=[change],
            risk_class="W2",
            turn=new_id(),
        )
        with house.database.transaction(one.tenant) as session:
            house.audit.append(session, one)
        ids.append(one.id)
        if at in (3, 8, COUNT - 1):
            house.audit.integrate()
    return ids


@pytest.fixture(scope="module")
def log(shared_house):
    return write(shared_house)


@pytest.fixture
def attacker(shared_house, log):
    """A superuser's transaction, without constraints; it is rolled back in the end."""
    with shared_house.superuser() as db, db.transaction(force_rollback=True):
        disarm(db)
        yield db


@pytest.fixture
def verified(shared_house, attacker):
    """Verify what the attacker left, without a sequencer's pass before."""

    def verification():
        return check(attacker, shared_house.keys, shared_house.audit.vault)

    return verification


def disarm(db):
    db.execute("SET LOCAL session_replication_role = replica")  # no foreign keys, no triggers
    for name, table in db.execute(
        "SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE contype IN ('c', 'f', 'p', 'u')"
        " AND connamespace = 'soriano_audit'::regnamespace AND coninhcount = 0"
    ).fetchall():
        db.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE")


def tamper(db, *statements):
    for statement, *values in statements:
        assert db.execute(statement, values).rowcount, f"nothing changed: {statement}"


def tamper_for_good(house, *statements):
    with house.superuser() as db, db.transaction():
        disarm(db)
        tamper(db, *statements)


FLIP = "set_byte({0}, {1}, get_byte({0}, {1}) # 1)"
ENTRY, LEAF = "UPDATE soriano_audit.entry SET {} WHERE id = %s", "UPDATE soriano_audit.leaf SET {} WHERE entry_id = %s"
INDEX = "UPDATE soriano_audit.entry_index SET {} WHERE entry_id = %s"
BY_ENTRY = {
    "entry.id": ENTRY.format("id = gen_random_uuid()"),
    "entry.tenant_id": ENTRY.format("tenant_id = gen_random_uuid()"),
    "entry.body, first byte": ENTRY.format("body = " + FLIP.format("body", 0)),
    "entry.body, middle byte": ENTRY.format("body = " + FLIP.format("body", "length(body) / 2")),
    "entry.body, last byte": ENTRY.format("body = " + FLIP.format("body", "length(body) - 1")),
    "entry.body, with its hash": ENTRY.format(
        "body = convert_to(replace(convert_from(body, 'UTF8'), 'allow', 'denyy'), 'UTF8'),"
        " body_hash = sha256(convert_to(replace(convert_from(body, 'UTF8'), 'allow', 'denyy'), 'UTF8'))"
    ),
    "entry.body, a space more": ENTRY.format("body = body || ' '::bytea"),
    "entry.body_hash": ENTRY.format("body_hash = " + FLIP.format("body_hash", 31)),
    "entry.receipt": ENTRY.format("receipt = " + FLIP.format("receipt", 3)),
    "entry deleted": "DELETE FROM soriano_audit.entry WHERE id = %s",
    "leaf.entry_id": LEAF.format("entry_id = gen_random_uuid()"),
    "leaf.leaf_index": LEAF.format("leaf_index = 1000"),
    "leaf.tenant_id": LEAF.format("tenant_id = gen_random_uuid()"),
    "leaf.tenant_seq": LEAF.format("tenant_seq = 500"),
    "leaf.tenant_seq, the largest": LEAF.format("tenant_seq = 9223372036854775807"),
    "leaf deleted": "DELETE FROM soriano_audit.leaf WHERE entry_id = %s",
    "index.entry_id": INDEX.format("entry_id = gen_random_uuid()"),
    "index.tenant_id": INDEX.format("tenant_id = gen_random_uuid()"),
    "index.at": INDEX.format("at = at + interval '1 microsecond'"),
    "index.kind": INDEX.format("kind = 'call.denied'"),
    "index.verdict": INDEX.format("verdict = NULL"),
    "index.tool": INDEX.format("tool = 'x'"),
    "index.class": INDEX.format("class = 'R0'"),
    "index.operator": INDEX.format("operator = gen_random_uuid()"),
    "index.agent": INDEX.format("agent = 'executor/ceo'"),
    "index.turn": INDEX.format("turn = gen_random_uuid()"),
    "index.records": INDEX.format("records = '{}'"),
    "index deleted": "DELETE FROM soriano_audit.entry_index WHERE entry_id = %s",
}
NODE = "UPDATE soriano_audit.node SET {} WHERE level = %s AND idx = %s"
BY_NODE = {
    "node.hash": NODE.format("hash = " + FLIP.format("hash", 0)),
    "node.level": NODE.format("level = 40"),
    "node.level below zero": NODE.format("level = -1"),
    "node.idx": NODE.format("idx = 99"),
    "node deleted": "DELETE FROM soriano_audit.node WHERE level = %s AND idx = %s",
}
POINT = "UPDATE soriano_audit.checkpoint SET {} WHERE tree_size = %s"
BY_POINT = {
    "checkpoint.tree_size": POINT.format("tree_size = tree_size + 1"),
    "checkpoint.root": POINT.format("root = " + FLIP.format("root", 0)),
    "checkpoint.note": POINT.format("note = replace(note, 'epoch 1', 'epoch 2')"),
    "checkpoint.note, signature": POINT.format("note = regexp_replace(note, '(.{9})\\n$', 'AAAAAAAA=' || chr(10))"),
    "checkpoint.note, a line more": POINT.format("note = note || chr(10)"),
    "checkpoint.at": POINT.format("at = at - interval '1 microsecond'"),
    "checkpoint.at, infinite": POINT.format("at = 'infinity'"),
    "checkpoint deleted": "DELETE FROM soriano_audit.checkpoint WHERE tree_size = %s",
}


def test_what_was_written_is_green(house):
    write(house)
    with house.audit.connection() as connection:
        waiting = verify(connection, house.keys, house.audit.vault)
    assert (waiting.ok, waiting.entries, waiting.size) == (True, COUNT + 2, COUNT), waiting.told("es")
    whole = house.audit.verify()
    assert (whole.ok, whole.entries, whole.size) == (True, COUNT + 2, COUNT + 2)
    assert "13 asientos" in whole.told("es")


def test_the_attacker_who_did_nothing_leaves_it_green(verified):
    assert verified().ok


def test_an_empty_log_is_green(house):
    assert house.audit.verify().ok


@pytest.mark.parametrize("change", BY_ENTRY)
def test_a_changed_entry_leaf_or_index_is_named(attacker, verified, log, change):
    tamper(attacker, (BY_ENTRY[change], log[VICTIM]))
    found = verified()
    assert not found.ok
    assert found.problem
    gone = change in ("entry.id", "leaf.entry_id", "index.entry_id")
    renamed = attacker.execute("SELECT id FROM soriano_audit.entry").fetchall() if gone else []
    if change in ("leaf.leaf_index", "leaf deleted"):
        assert found.leaf_index == VICTIM  # the gap, before the entry that moved up
    elif gone:
        assert found.entry_id == log[VICTIM] or (found.entry_id,) in renamed or found.leaf_index == VICTIM
    else:
        assert found.entry_id == log[VICTIM], found
    assert "ALTERADA" in found.told("es")


@pytest.mark.parametrize(("level", "idx"), [(0, VICTIM), (1, VICTIM >> 1), (3, 0)])
@pytest.mark.parametrize("change", BY_NODE)
def test_a_changed_node_is_named_by_its_first_leaf(attacker, verified, log, change, level, idx):
    tamper(attacker, (BY_NODE[change], level, idx))
    found = verified()
    assert (found.ok, found.leaf_index, found.entry_id) == (False, idx << level, log[idx << level])


@pytest.mark.parametrize("size", [4, 9, COUNT])
@pytest.mark.parametrize("change", BY_POINT)
def test_a_changed_checkpoint_is_found(attacker, verified, log, change, size):
    tamper(attacker, (BY_POINT[change], size))
    found = verified()
    assert not found.ok
    assert found.entry_id in log


def test_a_waiting_entry_is_guarded_by_its_receipt(house):
    log = write(house)
    tamper_for_good(house, (BY_ENTRY["entry.body, with its hash"], log[-1]))
    # The sequencer does not put it into the tree.
    assert house.audit.integrate() == 1
    assert house.audit.verify().entry_id == log[-1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE soriano_audit.pending SET entry_id = gen_random_uuid() WHERE entry_id = %s",
        "DELETE FROM soriano_audit.pending WHERE entry_id = %s",
        "DELETE FROM soriano_audit.entry WHERE id = %s",
    ],
)
def test_a_changed_place_in_the_queue_is_found(attacker, verified, log, statement):
    tamper(attacker, (statement, log[-1]))
    found = verified()
    assert not found.ok
    assert found.entry_id == log[-1]


def test_an_entry_in_the_tree_and_in_the_queue_is_found(attacker, verified, log):
    tamper(attacker, ("INSERT INTO soriano_audit.pending VALUES (%s)", log[VICTIM]))
    assert verified().entry_id == log[VICTIM]


def test_a_forged_entry_is_found(attacker, verified, log):
    forged = new_id()
    tamper(
        attacker,
        (
            "INSERT INTO soriano_audit.entry SELECT %s, tenant_id, body, body_hash, receipt FROM soriano_audit.entry"
            " WHERE id = %s",
            forged,
            log[VICTIM],
        ),
        ("INSERT INTO soriano_audit.pending VALUES (%s)", forged),
    )
    assert verified().entry_id == forged


def test_a_number_that_stops_the_sequencer_is_named_by_the_verification(house):
    log = write(house)
    largest = "UPDATE soriano_audit.leaf SET tenant_seq = 9223372036854775807 WHERE entry_id = %s"
    tamper_for_good(house, (largest, log[COUNT - 2]), (largest, log[COUNT - 1]))
    with pytest.raises(AitError, match="ait audit verify"):
        house.audit.integrate()
    found = house.audit.verify()
    assert (found.ok, found.entry_id) == (False, log[COUNT - 2])


def test_two_entries_that_changed_places_are_found(attacker, verified, log):
    tamper(
        attacker,
        ("UPDATE soriano_audit.leaf SET entry_id = gen_random_uuid() WHERE leaf_index = 4",),
        ("UPDATE soriano_audit.leaf SET entry_id = %s WHERE leaf_index = 5", log[4]),
        ("UPDATE soriano_audit.leaf SET entry_id = %s WHERE leaf_index = 4", log[5]),
    )
    assert verified().leaf_index == 4


@pytest.mark.parametrize("column", ["tenant_id", "id", "subject", "wrapped"])
def test_a_changed_data_key_is_found(attacker, verified, shared_house, log, column):
    change = {
        "tenant_id": "tenant_id = gen_random_uuid()",
        "id": "id = gen_random_uuid()",
        "subject": "subject = 'x'",
        "wrapped": "wrapped = " + FLIP.format("wrapped", 40),
    }[column]
    tamper(attacker, (f"UPDATE soriano_audit.data_key SET {change} WHERE tenant_id = %s", shared_house.actor.tenant_id))
    found = verified()
    assert not found.ok
    if column != "tenant_id":
        assert found.entry_id == log[1]


def test_a_log_cut_short_without_a_trace_is_found_by_the_checkpoint_outside(attacker, verified, shared_house, log):
    tamper(
        attacker,
        ("DELETE FROM soriano_audit.pending",),
        ("DELETE FROM soriano_audit.checkpoint WHERE tree_size > 9",),
        ("DELETE FROM soriano_audit.node WHERE (idx + 1) << level > 9",),
        ("DELETE FROM soriano_audit.leaf WHERE leaf_index >= 9",),
        ("DELETE FROM soriano_audit.entry_index WHERE entry_id NOT IN (SELECT entry_id FROM soriano_audit.leaf)",),
        ("DELETE FROM soriano_audit.entry WHERE id NOT IN (SELECT entry_id FROM soriano_audit.leaf)",),
    )
    found = verified()
    assert (found.ok, found.leaf_index) == (False, 9)
    kept = sequencer.outside(shared_house.keys)
    hidden = kept.rename(kept.with_name("hidden"))
    try:
        assert verified().ok  # it is what only an outside checkpoint can tell
    finally:
        hidden.rename(kept)


@pytest.mark.parametrize(
    ("statement", "leaf"),
    [
        ("UPDATE soriano_audit.node SET hash = sha256('x') WHERE level = 3 AND idx = 0", 0),
        ("DELETE FROM soriano_audit.node WHERE level = 3 AND idx = 0", 0),
        (f"DELETE FROM soriano_audit.leaf WHERE leaf_index = {COUNT - 1}", COUNT - 1),
        (f"DELETE FROM soriano_audit.checkpoint WHERE tree_size = {COUNT}", 9),
        ("DELETE FROM soriano_audit.checkpoint", 0),
    ],
)
def test_an_altered_tree_is_not_signed_over(house, statement, leaf):
    write(house)
    tamper_for_good(house, (statement,))
    with pytest.raises(AitError, match="ait audit verify"):
        house.audit.integrate()
    found = house.audit.verify()
    assert not found.ok
    assert found.leaf_index == leaf or found.entry_id is not None


def test_anothers_key_signs_nothing_of_ours(house):
    write(house)
    (house.keys.folder / "checkpoint").write_bytes(b"\x07" * 32)
    stranger = type(house.keys).open(house.keys.folder.parent)
    with house.audit.connection() as connection:
        assert not verify(connection, stranger, house.audit.vault).ok


PLACE = "mod({1}, greatest(length({0}), 1))"
OTHER_VALUE = {
    "bytea": f"set_byte({{0}}, {PLACE}, get_byte({{0}}, {PLACE}) # 64)",
    "text": f"overlay({{0}} placing '~' from {PLACE} + 1 for 1)",
    "uuid": "gen_random_uuid()",
    "bigint": "{0} + {1}",
    "smallint": "({0} + 1 + mod({1}, 60))::smallint",
    "timestamp with time zone": "{0} + make_interval(secs => {1} / 1e6)",
    "ARRAY": "{0} || '{1}'::text",
}
CHANGE = """
UPDATE soriano_audit.{0} SET {1} = {2} WHERE ctid = (
  SELECT ctid FROM soriano_audit.{0} WHERE {1} IS DISTINCT FROM {2} ORDER BY md5(ctid::text || %s) LIMIT 1)
"""


def test_a_thousand_random_changes_are_all_found(attacker, verified):
    columns = attacker.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'soriano_audit'"
        " AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition) ORDER BY 1, 2"
    ).fetchall()
    dice, missed, made = random.Random(20261122), [], 0
    while made < 1000:
        table, column, kind = dice.choice(columns)
        value = OTHER_VALUE[kind].format(column, dice.randrange(1, 10**6))
        with attacker.transaction(force_rollback=True):
            if attacker.execute(CHANGE.format(table, column, value), [str(dice.random())]).rowcount:
                made += 1
                if verified().ok:
                    missed.append((table, column, value))
    assert missed == []
