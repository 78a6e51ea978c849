"""The audit log at size: `python -m benchmarks.audit_scale [--entries N] [--keep FOLDER]`.

A log of N valid entries (sealed, receipted, in the tree, signed every 500 leaves) is put by
COPY into an installation of its own. Then one proof, the verification in the database, the
export of everything and the stand-alone verifier over it are timed.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import psycopg

from benchmarks.house import folder, origin
from benchmarks.measure import Finding, Sample, timed
from core.audit import export, receipt, sequencer
from core.audit.canonical import instant
from core.audit.checkpoint import Checkpoint, grow
from core.audit.entry import AuditEntry
from core.audit.log import AuditLog
from core.audit.tree import EMPTY_ROOT, Node, Range, leaf_hash
from core.audit.vault import DataSecrets, place_of
from core.context import Actor
from core.database import Database
from core.embedded import Embedded
from core.identifiers import new_id
from core.keys import DataKey, Keys
from core.migrations import upgrade
from core.stamping import RowChange

SMALL: Final = 20_000  # what `make bench` measures
FULL: Final = 1_000_000
VERIFY_SECONDS: Final = 60.0  # for a million entries
PROVE_MS: Final = 50.0
TENANTS: Final = 4
SUBJECTS: Final = 1000
BATCH: Final = 500
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
STEP: Final = timedelta(seconds=25)  # a million entries are ten months


@dataclass(frozen=True)
class Log:
    """A log to be measured: who may read it, and the ids of its entries by leaf."""

    audit: AuditLog
    actor: Actor
    ids: list[UUID]


def id_at(moment: datetime, chance: Random) -> UUID:
    """A uuid v7 of that instant."""
    number = int(moment.timestamp() * 1000) << 80 | 7 << 76 | chance.getrandbits(76)
    return UUID(int=number & ~(3 << 62) | 2 << 62)


@dataclass(frozen=True)
class Writers:
    """What it takes to write an entry outside the database: the people and the data keys."""

    data_dir: Path
    actors: list[Actor]
    own: dict[UUID, DataKey]
    subjects: list[dict[UUID, DataKey]]

    def made(self, first: int, last: int) -> list[tuple[UUID, UUID, bytes, bytes, bytes]]:
        """The rows of `soriano_audit.entry` with these numbers."""
        keys, chance, whence = Keys.open(self.data_dir), Random(first), origin()
        whence = replace(whence, ip_address="203.0.113.7")
        rows = []
        for number in range(first, last):
            actor, at = self.actors[number % TENANTS], BEGINNING + number * STEP
            change = RowChange("soriano_crm.customer", new_id(), "update", 3, {"n": number}, {"n": number + 1})
            entry = AuditEntry(
                id=id_at(at, chance), kind="call.allowed", at=at, actor=actor, origin=whence, verdict="allow",
                tool="crm_update_customer", risk_class="W2", rules=("W2-own",), policy_version="3f1c2a77",
                args={"name": f"Lucía Pérez {number}"}, changes=[change], turn=new_id(),
            )  # fmt: skip
            about = None
            if number % 10 == 0:
                key = self.subjects[number % SUBJECTS][actor.tenant_id]
                about = DataSecrets(key, (key.id,))
            body = entry.body(keys.origin, keys.epoch, DataSecrets(self.own[actor.tenant_id]), about)
            hash = receipt.body_hash_of(body)
            signed = receipt.sign(keys.receipts, keys.origin, str(entry.id), hash, at)
            rows.append((entry.id, actor.tenant_id, body, hash, signed))
        return rows


def _made(work: tuple[Writers, int, int]) -> list[tuple[UUID, UUID, bytes, bytes, bytes]]:
    writers, first, last = work
    return writers.made(first, last)


def build(database: Database, keys: Keys, entries: int) -> Log:
    """Fill the empty log of `database` with `entries` valid entries in their places."""
    actors = [Actor(new_id(), new_id(), f"carmen{n}", frozenset({"owner"})) for n in range(TENANTS)]
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("SET session_replication_role = replica")
        for month in range(11):
            admin.execute("SELECT soriano_audit.prepare_month(%s)", ((BEGINNING + timedelta(days=31 * month)).date(),))
        own, subjects = _data_keys(admin, keys, actors)
        ids = _entries(admin, keys, Writers(keys.folder.parent, actors, own, subjects), entries)
        admin.execute(
            "INSERT INTO soriano_audit.entry_index SELECT e.id, e.tenant_id, f.*"
            " FROM soriano_audit.entry e, LATERAL soriano_audit.facts(e.body) f"
        )
        admin.commit()
        admin.autocommit = True
        admin.execute("VACUUM ANALYZE")
    return Log(AuditLog(database, keys), actors[0], ids)


def _data_keys(
    admin: "psycopg.Connection[Any]", keys: Keys, actors: list[Actor]
) -> tuple[dict[UUID, DataKey], list[dict[UUID, DataKey]]]:
    def make(tenant: UUID, subject: str) -> DataKey:
        key = DataKey(new_id(), new_id().bytes + new_id().bytes)
        wrapped = keys.seal(tenant, key.key, place_of(tenant, key.id, subject))
        admin.execute(
            "INSERT INTO soriano_audit.data_key (tenant_id, id, subject, wrapped) VALUES (%s, %s, %s, %s)",
            (tenant, key.id, subject, wrapped),
        )
        return key

    tenants = [actor.tenant_id for actor in actors]
    own = {tenant: make(tenant, "") for tenant in tenants}
    return own, [{tenant: make(tenant, f"customer-{n}") for tenant in tenants} for n in range(SUBJECTS)]


def _entries(admin: "psycopg.Connection[Any]", keys: Keys, writers: Writers, entries: int) -> list[UUID]:
    tree, receipts, seqs = Range(), EMPTY_ROOT, dict.fromkeys((a.tenant_id for a in writers.actors), 0)
    ids: list[UUID] = []
    parts = [(writers, at, min(entries, at + 4 * BATCH)) for at in range(0, entries, 4 * BATCH)]
    with ProcessPoolExecutor(2) as pool:
        for rows in pool.map(_made, parts):
            places: list[tuple[int, UUID, UUID, int]] = []
            nodes: list[Node] = []
            notes: list[tuple[int, bytes, str, datetime]] = []
            for id, tenant, body, _, signed in rows:
                seqs[tenant] += 1
                places.append((tree.size, id, tenant, seqs[tenant]))
                nodes += tree.append(leaf_hash(sequencer.leaf_bytes(seqs[tenant], body)))
                receipts = grow(receipts, signed)
                if tree.size % BATCH == 0 or tree.size == entries:
                    at = BEGINNING + tree.size * STEP
                    last = notes[-1][0] if notes else len(ids)
                    point = Checkpoint(keys.origin, tree.size, tree.root(), 1, instant(at), last, receipts)
                    notes.append((tree.size, tree.root(), point.sign(keys), at))
            for table, columns, content in (
                ("entry", "id, tenant_id, body, body_hash, receipt", rows),
                ("leaf", "leaf_index, entry_id, tenant_id, tenant_seq", places),
                ("node", "level, idx, hash", nodes),
                ("checkpoint", "tree_size, root, note, at", notes),
            ):
                _copy(admin, table, columns, content)
            ids += [row[0] for row in rows]
    sequencer.keep_outside(keys, notes[-1][2])
    return ids


def _copy(admin: "psycopg.Connection[Any]", table: str, columns: str, rows: Any) -> None:
    with admin.cursor() as cursor, cursor.copy(f"COPY soriano_audit.{table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def opened(data_dir: Path, entries: int) -> Iterator[Log]:
    """A log of `entries` in `data_dir`: the one that is there, or a new one."""
    embedded = Embedded(data_dir)
    addresses = embedded.open()
    database, keys = Database(addresses.database, Keys.open(data_dir).context), Keys.open(data_dir)
    try:
        upgrade(database, [])
        with psycopg.connect(database.admin_url, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
            admin.execute("SELECT pg_reload_conf()")
            ids = [row[0] for row in admin.execute("SELECT entry_id FROM soriano_audit.leaf ORDER BY leaf_index")]
            tenant = admin.execute("SELECT tenant_id FROM soriano_audit.leaf ORDER BY leaf_index LIMIT 1").fetchone()
        if ids and tenant:
            audit = AuditLog(database, keys)
            log = Log(audit, Actor(tenant[0], new_id(), "carmen", frozenset({"owner"})), ids)
        else:
            log = build(database, keys, entries)
        yield log
        log.audit.close()
    finally:
        database.close()
        embedded.close()


def _prove(log: Log, times: int = 40) -> Sample:
    """Prove entries from all over the log, each checked."""
    mine = [id for at, id in enumerate(log.ids) if at % TENANTS == 0]
    chance = Random(len(mine))

    def prove() -> None:
        assert log.audit.prove(log.actor, chance.choice(mine)).holds(log.audit.keys)

    prove()
    return Sample([timed(prove) for _ in range(times)])


def _verify_bundle(path: Path) -> None:
    subprocess.run([sys.executable, "-I", "-S", path / "verify.py", path], check=True, stdout=subprocess.PIPE)


def measured(data_dir: Path, entries: int) -> list[Finding]:
    """A proof, the verification in the database, and that of a bundle of everything, alone."""
    with opened(data_dir, entries) as log:
        entries = len(log.ids)
        proofs = _prove(log)
        before = time.process_time()
        inside = timed(lambda: log.audit.verify())
        cpu = time.process_time() - before
        out = data_dir / f"bundle-{new_id().hex[-8:]}"
        begin, end = BEGINNING, BEGINNING + entries * STEP + STEP
        whole = timed(lambda: export.export(*_export_of(log), log.actor.tenant_id, begin, end, out))
        alone = timed(lambda: _verify_bundle(out))
    of = f"of {entries:,}"
    share = {"entries": entries, "seconds": round(inside, 2), "own_cpu_seconds": round(cpu, 2)}
    told = {"leaves": entries, "entries": entries // TENANTS, "seconds": round(alone, 2), "export": round(whole, 2)}
    return [
        Finding(
            "audit_prove", f"proof of one entry {of}", proofs.percentile(95) * 1000, "ms", PROVE_MS,
            spread=(proofs.quartiles[0] * 1000, proofs.quartiles[1] * 1000),
        ),
        Finding(
            "audit_verify", f"verification {of} entries, for a million", inside * FULL / entries, "s", VERIFY_SECONDS,
            details=share,
        ),
        Finding(
            "audit_bundle", f"stand-alone verification {of} leaves, a quarter shown, for a million",
            alone * FULL / entries, "s", VERIFY_SECONDS, details=told,
        ),
    ]  # fmt: skip


def _export_of(log: Log) -> "tuple[psycopg.Connection[Any], Keys]":
    return psycopg.connect(log.audit.database.audit_url), log.audit.keys


@cache
def _small() -> dict[str, Finding]:
    with folder() as data_dir:
        return {finding.name: finding for finding in measured(data_dir, SMALL)}


def audit_prove() -> Finding:
    """A proof, of a small log."""
    return _small()["audit_prove"]


def audit_verify() -> Finding:
    """The verification in the database, of a small log."""
    return _small()["audit_verify"]


def audit_bundle() -> Finding:
    """The stand-alone verifier, on a bundle of a small log."""
    return _small()["audit_bundle"]


def main() -> None:
    """Measure a log of the size asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit_scale", description=__doc__)
    parser.add_argument("--entries", type=int, default=FULL)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="a data directory to keep, or one that was kept")
    wanted = parser.parse_args()
    if wanted.keep:
        findings = measured(wanted.keep, wanted.entries)
    else:
        with folder() as data_dir:
            findings = measured(data_dir, wanted.entries)
    for finding in findings:
        print(finding)


if __name__ == "__main__":
    main()
