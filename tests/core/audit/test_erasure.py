"""A subject's key is destroyed: nobody reads what it sealed, and every proof still holds."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from core.audit import standalone, vault
from core.audit.entry import AuditEntry
from core.audit.erasure import OnHold
from core.audit.log import AuditLog
from core.audit.search import Wanted
from core.audit.vault import Vault
from core.context import Event
from core.errors import NotFound
from core.identifiers import new_id
from core.outbox import of_event
from core.stamping import RowChange

KNOWN = [f"{word}-{n}" for n in range(4) for word in (
    "12345678Z", "Lucía Pérez", "lucia@example.es", "ES9121000418450200051332", "612345678",
    "C/ Mayor 1, Lleida", "1980-05-17", "hipertensión", "1234 KLM", "viuda",
)]  # fmt: skip


def entry(house, subjects, values=KNOWN, **given):
    row = RowChange("soriano_crm.customer", new_id(), "update", 3, {"said": values[0]}, {"said": values[-1]})
    return AuditEntry(
        kind="call.allowed", at=datetime.now(UTC), actor=house.actor, tool="crm_update_customer", verdict="allow",
        args={"values": values}, changes=[row], details={"reason": values[1]}, idempotency_key=values[2],
        subjects=subjects, **given,
    )  # fmt: skip


def append(house, one, rows=(), audit=None):
    with house.database.transaction(one.tenant) as session:
        (audit or house.audit).append(session, one, rows)
    return one.id


def test_erased_is_erased_everywhere_and_everything_still_proves(house, origin, tmp_path):
    customer, neighbour = str(new_id()), str(new_id())
    about = [append(house, entry(house, [customer])) for _ in range(3)]
    both = append(house, entry(house, [customer, neighbour]))
    other = append(house, entry(house, [neighbour], ["other"] * 3), [of_event(Event("customer.changed", new_id(), {}))])
    assert KNOWN[7] in str(house.audit.show(house.actor, about[0]).said)
    assert KNOWN[7] in str(house.audit.show(house.actor, both).said)
    done = house.audit.erase(house.actor, origin, customer, "RGPD 17.1.b", [new_id()])
    for step in range(2):
        assert hits(house) == []
        for id in (*about, both):
            found = house.audit.show(house.actor, id)
            assert found.erased, step
            assert found.said["args"] == {"—": "borrado (RGPD)"}
            assert found.said["details"]["—"] == "borrado (RGPD)"
            assert "before" not in found.said["effect"][0]
        assert house.audit.show(house.actor, other).said["args"] == {"values": ["other"] * 3}
        house.audit.integrate()
    tombstone = house.audit.show(house.actor, done.entry_id).said
    assert (tombstone["kind"], tombstone["details"]["legal_basis"]) == ("key.destroyed", "RGPD 17.1.b")
    assert tombstone["destroyed"] == [str(id) for id in done.keys]
    assert [f.id for f in house.audit.search(house.actor, Wanted(record=customer))] == [done.entry_id]
    assert house.audit.verify(receipts=True).ok
    assert house.audit.prove(house.actor, both).holds(house.keys)
    now = datetime.now(UTC)
    bundle = house.audit.export(house.actor, origin, now - timedelta(1), now + timedelta(1), tmp_path / "bundle").path
    assert standalone.verify(bundle, all_receipts=True).count == 6
    data = b"".join(file.read_bytes() for file in bundle.iterdir())
    assert not [value for value in KNOWN if value.encode() in data]


def hits(house):
    """Known values in any row of the audit and the outbox, as a dump would have them, or in what is found."""
    found = []
    with house.superuser() as db:
        tables = db.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace IN ('soriano_audit'::regnamespace, 'soriano_platform'::regnamespace)"
        ).fetchall()
        assert len(tables) > 12
        for (table,) in tables:
            with db.cursor().copy(f"COPY {table} TO STDOUT") as copy:
                dump = b"".join(bytes(part) for part in copy)
            texts = [dump, *(bytes.fromhex(w[3:].decode()) for w in dump.split() if w.startswith(b"\\\\x"))]
            found += [(table, v) for v in KNOWN for t in texts if v.encode() in t or v.encode().hex().encode() in t]
    shown = str([one.said for one in house.audit.search(house.actor, Wanted(limit=1000))])
    return found + [("search", value) for value in KNOWN if value in shown]


def test_the_scan_would_find_what_is_in_clear(house):
    append(house, entry(house, [], ["other"] * 3), [of_event(Event("customer.changed", new_id(), {"name": KNOWN[0]}))])
    assert ("soriano_platform.outbox", KNOWN[0]) in hits(house)


def test_where_the_operator_sat_outlives_the_customer(house, origin):
    customer = str(new_id())
    one = append(house, entry(house, [customer], origin=origin))
    assert house.audit.show(house.actor, one).said["details"]["from"] == {"ip_address": "203.0.113.7"}
    house.audit.erase(house.actor, origin, customer, "RGPD 17")
    assert house.audit.show(house.actor, one).said["details"]["from"] == {"ip_address": "203.0.113.7"}


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_with_any_of_several_keys_gone_a_joint_entry_is(house, origin, gone):
    people = [str(new_id()) for _ in range(3)]
    one = append(house, entry(house, people))
    assert house.audit.show(house.actor, one).said["args"]["values"] == KNOWN
    house.audit.erase(house.actor, origin, people[gone], "RGPD 17")
    assert house.audit.show(house.actor, one).erased
    assert house.audit.verify().ok


def test_another_process_never_seals_under_a_key_that_was_destroyed(house, origin):
    """It remembers the key; the statement that appends finds that it is gone."""
    customer = str(new_id())
    elsewhere = AuditLog(house.database, house.keys)
    before = append(house, entry(house, [customer]), audit=elsewhere)
    house.audit.erase(house.actor, origin, customer, "RGPD 17")
    event = of_event(Event("customer.changed", new_id(), {}))
    after = append(house, entry(house, [customer]), [event], audit=elsewhere)
    assert elsewhere.show(house.actor, before).erased
    assert elsewhere.show(house.actor, after).said["args"]["values"] == KNOWN  # under a new key, to be erased again
    with house.superuser() as db:
        assert db.execute("SELECT count(*) FROM soriano_platform.outbox WHERE entry_id = %s", (after,)).fetchone() == (
            1,
        )
    house.audit.erase(house.actor, origin, customer, "RGPD 17")
    assert elsewhere.show(house.actor, after).erased
    assert house.audit.verify().ok


def test_a_remembered_key_is_forgotten_after_a_minute(house, monkeypatch):
    customer = str(new_id())
    append(house, entry(house, [customer]))
    recent = house.audit.vault.recent
    assert recent.get(house.actor.tenant_id, customer)
    monkeypatch.setattr(vault, "SECONDS", -1.0)
    assert recent.get(house.actor.tenant_id, customer) is None
    assert not recent._kept


def test_an_entry_about_a_known_subject_is_one_statement(house):
    customer = str(new_id())
    append(house, entry(house, [customer]))
    with house.database.transaction(house.actor.tenant_id) as session:
        seen, connection = [], session.connection()
        raw = connection.connection.dbapi_connection
        executed = raw.cursor_factory.execute

        def counted(self, query, *args, **kwargs):
            seen.append(query)
            return executed(self, query, *args, **kwargs)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(raw.cursor_factory, "execute", counted)
            house.audit.append(session, entry(house, [customer]))
    assert len(seen) == 1


def test_a_legal_hold_forbids_the_erasure_until_it_is_lifted(house, origin):
    customer = str(new_id())
    one = append(house, entry(house, [customer]))
    held = house.audit.hold(house.actor, origin, customer, "Diligencias previas 12/2026")
    with pytest.raises(OnHold, match="Diligencias previas 12/2026"):
        house.audit.erase(house.actor, origin, customer, "RGPD 17")
    with house.database.transaction(house.actor.tenant_id) as session:
        with pytest.raises(DBAPIError, match="legal hold"):
            session.connection().execute(text("SELECT soriano_audit.destroy_keys(:s)"), {"s": customer})
        session.rollback()
    assert not house.audit.show(house.actor, one).erased
    with pytest.raises(NotFound):
        house.audit.release(house.other, origin, held)
    house.audit.release(house.actor, origin, held)
    with pytest.raises(NotFound):
        house.audit.release(house.actor, origin, held)
    house.audit.erase(house.actor, origin, customer, "RGPD 17")
    assert house.audit.show(house.actor, one).erased
    kinds = [found.said["kind"] for found in house.audit.search(house.actor)]
    assert kinds[:3] == ["key.destroyed", "key.released", "key.held"]


def test_another_tenants_subject_cannot_be_erased(house, origin):
    customer = str(new_id())
    one = append(house, entry(house, [customer]))
    with pytest.raises(NotFound):
        house.audit.erase(house.other, origin, customer, "RGPD 17")
    assert not house.audit.show(house.actor, one).erased


@pytest.mark.parametrize("subject", ["", None])
def test_the_tenants_own_key_is_nobodys_to_destroy(house, subject):
    with house.database.transaction(house.actor.tenant_id) as session:
        with pytest.raises(ProgrammingError, match="a subject"):
            session.connection().execute(text("SELECT soriano_audit.destroy_keys(:s)"), {"s": subject})
        session.rollback()


@pytest.mark.parametrize("act", ["UPDATE soriano_audit.data_key SET wrapped = ''", "DELETE FROM soriano_audit.data_key",
                                 "TRUNCATE soriano_audit.data_key", "DELETE FROM soriano_audit.hold"])  # fmt: skip
def test_keys_and_holds_are_not_the_applications_to_change(shared_house, act):
    with shared_house.database.transaction(shared_house.actor.tenant_id) as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.connection().execute(text(act))
        session.rollback()


def test_a_key_that_vanished_without_a_word_is_found(house):
    one = append(house, entry(house, [str(new_id())]))
    house.audit.integrate()
    with house.superuser() as db:
        db.execute("DELETE FROM soriano_audit.data_key WHERE subject <> ''")
    found = house.audit.verify()
    assert (found.ok, found.entry_id, found.leaf_index) == (False, one, 0)
    assert "clave de datos" in found.problem


def test_equal_values_about_one_subject_have_equal_commitments_and_no_other(house):
    customer, neighbour = str(new_id()), str(new_id())
    for people in ([customer], [customer], [neighbour], [customer, neighbour], [neighbour, customer], []):
        append(house, entry(house, people))
    said = [found.said["args_digest"] for found in reversed(house.audit.search(house.actor))]
    assert said[0] == said[1]
    assert said[3] == said[4]
    assert len(set(said)) == 4


def test_vaults_agree_on_a_subjects_key(house):
    customer, entry_id = str(new_id()), new_id()
    vaults = [Vault(house.database, house.keys) for _ in range(2)]
    keys = {one.about(house.actor.tenant_id, [customer], entry_id).key for one in vaults}
    assert len(keys) == 1
