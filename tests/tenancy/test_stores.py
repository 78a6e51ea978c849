"""Beyond the tables of modules: jobs, streams, keys of repeats, files, knowledge, audit, graphs."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import redis
from sqlalchemy import text

from core.audit.search import Wanted
from core.context import Origin
from core.errors import AitError, NotFound
from core.identifiers import new_id
from core.inbox import Consumer
from core.jobs import Jobs
from core.keys import Unsealable
from core.outbox import TOPICS
from core.relay import Relay
from core.storage import ObjectAltered, Storage
from knowledge.store import Knowledge
from server.background import worker
from tests.tenancy.twins import Twins, superuser
from tools.gate import Call


@pytest.fixture
def jobs(twins: Twins) -> Iterator[Jobs]:
    made = Jobs(twins.house.database, twins.house.valkey_url)
    yield made
    made.close()


@pytest.fixture
def relay(twins: Twins, jobs: Jobs) -> Iterator[Relay]:
    made = Relay(twins.house.database, twins.house.valkey_url, {}, twins.house.audit, jobs)
    made.remember()
    yield made
    made.close()


def test_a_job_is_its_tenants_and_nobody_elses(twins: Twins, jobs: Jobs) -> None:
    mine, theirs = twins.mine.owner, twins.theirs.owner
    with twins.house.database.transaction(mine.tenant_id) as session:
        id = jobs.submit(session, mine, "crm_search_customers", {"query": "Aldonza"}, idempotency_key="same")
    assert jobs.show(theirs.tenant_id, id) is None
    assert id not in [row.id for row in jobs.recent(theirs.tenant_id)]
    assert not jobs.perform(theirs.tenant_id, id, lambda job: pytest.fail("ran"))
    with twins.house.database.transaction(theirs.tenant_id) as session:
        assert jobs.submit(session, theirs, "crm_search_customers", {"query": "x"}, idempotency_key="same") != id
    assert jobs.show(mine.tenant_id, id).state == "queued"


def run_the_worker(twins: Twins, jobs: Jobs, until: tuple[object, object]) -> None:
    jobs.sweep()
    stop = threading.Event()
    thread = threading.Thread(target=worker, args=(twins.house, stop))
    thread.start()
    for _ in range(200):
        row = jobs.show(*until)
        if row.state not in ("queued", "running"):
            break
        threading.Event().wait(0.05)
    stop.set()
    thread.join()


def test_a_job_that_names_somebody_of_another_tenant_never_acts_as_that_person(twins: Twins, jobs: Jobs) -> None:
    """Whoever could write any row of their own tenant still acts in that one alone."""
    mine, theirs = twins.mine.owner, twins.theirs.owner
    args = {"first_name": "Intrusa", "last_name": "Ajena", "id_number": "87654321X"}
    forged = replace(theirs, user=mine.user, user_id=mine.user_id)
    with twins.house.database.transaction(theirs.tenant_id) as session:
        id = jobs.submit(session, forged, "crm_create_person", args)
    run_the_worker(twins, jobs, (theirs.tenant_id, id))
    assert jobs.show(theirs.tenant_id, id).state == "failed"
    assert "Intrusa" not in json.dumps(twins.mine.call("crm_search_customers", {"query": "Intrusa"}).json)


def test_an_event_is_handled_in_its_own_tenant(twins: Twins, relay: Relay) -> None:
    seen = []

    def handle(session, message) -> None:
        rows = session.connection().execute(text("SELECT DISTINCT tenant_id FROM soriano_crm.customer")).scalars().all()
        others = session.connection().execute(text("SELECT DISTINCT tenant_id FROM soriano_platform.outbox")).scalars()
        seen.append((message.tenant_id, set(rows) | set(others)))

    with redis.Redis.from_url(twins.house.valkey_url) as valkey:
        consumers = [Consumer(twins.house.database, valkey, topic, f"t{new_id().hex}", handle) for topic in TOPICS]
        for consumer in consumers:
            consumer._register()
        for one in (twins.mine, twins.theirs):
            person = {"first_name": "Una", "last_name": one.marker, "id_number": "11111111H"}
            one.call("crm_create_person", person)
        both = {twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id}
        for _ in range(100):  # another test's relay may be publishing too, and what it left waiting goes first
            relay.publish()
            for consumer in consumers:
                consumer.run_once()
            if both <= {tenant for tenant, _ in seen}:
                break
            time.sleep(0.1)
    tenants = {tenant for tenant, _ in seen}
    assert {twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id} <= tenants
    assert all(rows <= {tenant} for tenant, rows in seen)


def test_the_outbox_shows_each_tenant_its_own_rows(twins: Twins) -> None:
    for one in (twins.mine, twins.theirs):
        with twins.house.database.transaction(one.owner.tenant_id) as session:
            for table in ("outbox", "inbox", "dead_letter", "job", "idempotency", "turn_event"):
                found = session.connection().execute(text(f"SELECT DISTINCT tenant_id FROM soriano_platform.{table}"))
                assert set(found.scalars()) <= {one.owner.tenant_id}, table


def test_the_same_key_in_two_tenants_is_two_keys(twins: Twins) -> None:
    args = {"first_name": "Repetida", "last_name": "Iguala", "id_number": "44444444A"}
    key = new_id().hex
    first = twins.mine.call("crm_create_person", args, idempotency_key=key)
    second = twins.theirs.call("crm_create_person", args, idempotency_key=key)
    assert not second.replayed
    assert first.json != second.json
    assert twins.mine.call("crm_create_person", args, idempotency_key=key).replayed


def test_a_file_opens_for_its_tenant_alone_even_if_it_is_moved(twins: Twins) -> None:
    storage = Storage.open(twins.house.settings, twins.house.keys)
    mine, theirs = twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id
    content = b"Aldonza, su informe"
    address = storage.put(mine, content)
    assert storage.address(theirs, content) != address  # no telling from an address what another holds
    with pytest.raises(NotFound):
        storage.get(theirs, address)
    storage.delete(theirs, address)
    assert storage.get(mine, address) == content
    folder = twins.house.settings.data_dir / "objects"
    sealed = folder / str(mine) / address[:2] / address
    assert content not in sealed.read_bytes()
    for name in (address, storage.address(theirs, content)):
        moved = folder / str(theirs) / name[:2] / name
        moved.parent.mkdir(parents=True, exist_ok=True)
        moved.write_bytes(sealed.read_bytes())
        with pytest.raises(ObjectAltered):
            storage.get(theirs, name)
    for escape in (f"../{mine}/{address}", f"{mine}/{address}", "..", address.upper()):
        with pytest.raises(NotFound):
            storage.get(theirs, escape)


def test_what_one_tenant_has_read_the_other_does_not_know(twins: Twins) -> None:
    with TemporaryDirectory(prefix="ait-kb-") as folder:
        knowledge = Knowledge(Path(folder) / "kb")
        note = Path(folder) / "convenio.md"
        note.write_text("# Convenio\n\nEl convenio de Aldonza cubre zarzaparrillas silvestres.", encoding="utf-8")
        mine, theirs = twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id
        knowledge.ingest(note, mine)
        (found, *_) = knowledge.search("zarzaparrillas silvestres", mine)
        assert "zarzaparrillas" in found.text
        assert not [p for p in knowledge.search("zarzaparrillas silvestres", theirs) if "zarzaparrillas" in p.text]
        assert not [p for p in knowledge.search("zarzaparrillas", theirs, among=("convenio",))]
        with pytest.raises(NotFound):
            knowledge.passage(found.ref, theirs)
        assert knowledge.documents(theirs) == {}
        assert knowledge.forget("convenio", theirs) == 0
        assert knowledge.passage(found.ref, mine).text == found.text
        knowledge.close()


def test_the_audit_shows_and_proves_a_tenants_own_entries(twins: Twins) -> None:
    done = twins.mine.call("crm_search_customers", {"query": "Aldonza"})
    theirs, audit = twins.theirs.owner, twins.house.audit
    assert audit.prove(twins.mine.owner, done.entry_id).holds(twins.house.keys)
    for act in (audit.show, audit.prove):
        told = []
        for id in (done.entry_id, new_id()):
            with pytest.raises(NotFound) as refused:
                act(theirs, id)
            told.append(str(refused.value).replace(str(id), "X"))
        assert told[0] == told[1]
    searches = (Wanted(limit=1000), Wanted(operator=twins.mine.owner.user_id), Wanted(tool="crm_search_customers"))
    for wanted in searches:
        found = audit.search(theirs, wanted)
        assert {entry.said["tenant"] for entry in found} <= {str(theirs.tenant_id)}
    assert audit.search(theirs, Wanted(operator=twins.mine.owner.user_id)) == []


def test_a_tenants_key_opens_nothing_of_another(twins: Twins) -> None:
    keys, mine, theirs = twins.house.keys, twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id
    sealed = keys.seal(mine, b"Aldonza", b"place")
    with pytest.raises(Unsealable):
        keys.unseal(theirs, sealed, b"place")
    assert twins.house.audit.vault.secrets(mine).commitment("x") != twins.house.audit.vault.secrets(theirs).commitment(
        "x"
    )


def test_graphs_see_their_own_tables_and_the_application_none_of_them(twins: Twins) -> None:
    with psycopg.connect(twins.house.database.graph_url, autocommit=True) as graph:
        for query in (
            "SELECT * FROM soriano_crm.customer",
            "SELECT * FROM soriano_platform.turn",
            "SELECT sec.tenant_id()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                graph.execute(query)
        graph.execute("SELECT * FROM soriano_platform.checkpoints")
    with psycopg.connect(twins.house.database.app_url, autocommit=True) as app:
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "graph_work"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(f"SELECT * FROM soriano_platform.{table}")


def test_a_call_can_not_run_what_another_tenant_approved(twins: Twins) -> None:
    with superuser(twins.house) as connection:
        rows = connection.execute(
            "SELECT id, tool, args, ids FROM soriano_platform.approval WHERE tenant_id = %s",
            (twins.mine.owner.tenant_id,),
        ).fetchall()
    assert rows
    for id, tool, args, ids in rows:
        call = Call(tool, args, twins.theirs.owner, Origin("cli", new_id()), approval_id=id, ids=tuple(ids))
        with pytest.raises(AitError) as refused:
            twins.house.gate.call(call)
        assert refused.value.code != "ait.approval_required"
        with pytest.raises(NotFound):
            twins.house.approvals.execute(twins.theirs.owner, id)
