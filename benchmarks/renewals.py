"""How fast a book is renewed: runs of the kernel against a bare loop of the same SQL, one transaction a policy.

`AIT_BENCH_POLICIES` says how many policies are renewed (10,000 if it says nothing). Memory is that
of the process after a tenth of them and after all: a run goes step by step and keeps nothing.
"""

import os
import resource
import time
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from benchmarks.house import broker, folder, installation, origin
from benchmarks.measure import Finding
from core.clock import utc_now
from core.context import Actor
from core.dates import add_months
from core.errors import ApprovalRequired
from core.identifiers import new_id
from modules.installation import Installation
from tools.gate import Call

POLICIES: Final = int(os.environ.get("AIT_BENCH_POLICIES", "10000"))
BARE: Final = 1000  # policies of the bare loop
FLAT: Final = 1.10
TABLES: Final = ("policy", "term", "receipt", "commission_line")
RISK: Final = {
    "product": "completo", "species": "perro", "pet_age": 3, "dangerous_breed": False, "microchip": True,
    "previous_bites": 0, "liability_limit": 150000, "breed_risk": "medio", "animal_value": "900",
    "vet_annual_limit": 1500, "reimbursement_pct": 80, "payment_frequency": "annual",
}  # fmt: skip
COPY: Final = (  # of the one policy that was imported
    "INSERT INTO soriano_core.policy ({columns}) SELECT {values} FROM soriano_core.policy p, bench_ids b",
    "INSERT INTO soriano_core.term ({columns}) SELECT {values} FROM soriano_core.term p, bench_ids b",
    "INSERT INTO soriano_insurance_mascotas.animal ({columns}) SELECT {values}"
    " FROM soriano_insurance_mascotas.animal p, bench_ids b",
)


@dataclass(frozen=True)
class Ran:
    """What a whole run took."""

    priced_s: float
    renewed_s: float
    early_kb: int
    late_kb: int


def renewals() -> Finding:
    """Renew the whole book in a run."""
    with folder() as data_dir, installation(data_dir) as opened:
        actor = broker(opened)
        expires = _one_policy(opened, actor)
        _multiply(opened, actor, POLICIES + BARE)
        bare = _bare_loop(opened, actor)
        ran = _run(opened, actor, expires)
    ours = POLICIES / ran.renewed_s
    return Finding(
        "renewals",
        f"policies renewed a second, {POLICIES:,} of them",
        ours / bare,
        "×",
        0.3,
        "at least",
        baseline="a bare loop of the same SQL, one transaction a policy",
        details={
            "renewed_per_s": round(ours), "bare_per_s": round(bare), "priced_per_s": round(POLICIES / ran.priced_s),
            "memory_tenth_mb": ran.early_kb // 1024, "memory_all_mb": ran.late_kb // 1024,
            "memory_ratio": round(ran.late_kb / ran.early_kb, 3), "memory_flat": ran.late_kb <= ran.early_kb * FLAT,
        },
    )  # fmt: skip


def _call(opened: Installation, actor: Actor, tool: str, **args: Any) -> Any:
    return opened.gate.call(Call(tool, args, actor, origin())).value


def _one_policy(opened: Installation, actor: Actor) -> date:
    """Import one policy of a dog that expires in a month; the day."""
    today = utc_now().date()
    expires = add_months(today, 1)
    began = add_months(expires, -12).isoformat()
    _call(opened, actor, "kernel_import_insurers", rows=[
        {"insurer_code": "C0901", "name": "Aseguradora Meridiano Ficticia, S.A.", "nif": "A76084805"},
    ])  # fmt: skip
    person = {
        "customer_id": "CL1", "kind": "person", "id_type": "NIF", "id_number": "77769927G", "first_name": "Álvaro",
        "last_name": "Ramos Ficticio", "birth_date": "1980-01-21", "customer_since": "2016-12-09", "language": "es",
        "consent_marketing": "N",
        "consent_date": "2023-09-05",
    }  # fmt: skip
    _call(opened, actor, "crm_import_customers", rows=[person])
    row = {
        "policy_id": "PO1", "policy_number": "0901-00000001", "customer_id": "CL1", "insured_id": "CL1",
        "insurer_code": "C0901", "line": "mascotas", "original_start_date": began, "effective_date": began,
        "expiry_date": expires.isoformat(), "status": "en_vigor", "payment_frequency": "anual",
        "billing_by": "correduria", "net_premium_annual": "200.00", "ips": "16.00", "consorcio": "0.30",
        "total_premium_annual": "216.30", "commission_rate": "18.00",
    }  # fmt: skip
    _call(opened, actor, "kernel_import_policies", rows=[row])
    _call(opened, actor, "kernel_import_risks", rows=[{"policy_id": "PO1", "risk": RISK, "details": {}}])
    return expires


def _multiply(opened: Installation, actor: Actor, count: int) -> None:
    """Copy the one policy, its term and its animal, straight in SQL."""
    with psycopg.connect(opened.database.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE bench_ids AS SELECT n, gen_random_uuid() AS id"
                           " FROM generate_series(1, %s) n", (count,))  # fmt: skip
        for statement in COPY:
            table = statement.split()[2]
            columns = [
                name for (name,) in connection.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                    " AND NOT attisdropped ORDER BY attnum", (table,),
                )
            ]  # fmt: skip
            fresh = {
                "policy_number": "'B-' || b.n", "import_ref": "'B-' || b.n", "policy_id": "b.id",
                "id": "b.id" if table.endswith(".policy") else "gen_random_uuid()",
            }  # fmt: skip
            values = ", ".join(fresh.get(name, f'p."{name}"') for name in columns)
            named = ", ".join(f'"{name}"' for name in columns)
            connection.execute(f"{statement.format(columns=named, values=values)} WHERE p.tenant_id = %s",
                               (actor.tenant_id,))  # fmt: skip
        connection.execute("ANALYZE")


def _bare_loop(opened: Installation, actor: Actor) -> float:
    """Policies a second of a loop that does what renewing does to the database, and nothing else."""
    with psycopg.connect(opened.database.admin_url, row_factory=dict_row) as connection:
        found = connection.execute(
            "SELECT id FROM soriano_core.policy WHERE tenant_id = %s AND import_ref LIKE 'B-%%'"
            " ORDER BY id DESC LIMIT %s",
            (actor.tenant_id, BARE),
        ).fetchall()
        connection.commit()
        sample = _sample(opened, actor, connection)
        began = time.perf_counter()
        for row in found:
            _bare_renewal(connection, actor, row["id"], sample)
        rate = BARE / (time.perf_counter() - began)
        ids = [row["id"] for row in found]
        for table in ("commission_line", "receipt", "term"):
            connection.execute(f"DELETE FROM soriano_core.{table} WHERE policy_id = ANY(%s)", (ids,))
        connection.execute("DELETE FROM soriano_insurance_mascotas.animal WHERE policy_id = ANY(%s)", (ids,))
        connection.execute("DELETE FROM soriano_core.policy WHERE id = ANY(%s)", (ids,))
        connection.commit()
    return rate


def _sample(opened: Installation, actor: Actor, connection: psycopg.Connection[Any]) -> dict[str, dict[str, Any]]:
    """The rows that one renewal writes, as the kernel wrote them for the first policy."""
    _renew_one(opened, actor)
    query = "SELECT t.* FROM soriano_core.{table} t JOIN soriano_core.policy p ON p.id = {key}" \
            " WHERE p.tenant_id = %s AND p.import_ref = 'PO1' ORDER BY t.created_at DESC LIMIT 1"  # fmt: skip
    rows = {
        table: connection.execute(
            query.format(table=table, key="t.id" if table == "policy" else "t.policy_id"), (actor.tenant_id,)
        ).fetchone()
        for table in TABLES
    }
    connection.commit()
    return {
        table: {name: Jsonb(value) if isinstance(value, dict) else value for name, value in (row or {}).items()}
        for table, row in rows.items()
    }


def _renew_one(opened: Installation, actor: Actor) -> None:
    _approved(opened, actor, "kernel_renew_policy", policy="PO1")


def _approved(opened: Installation, actor: Actor, tool: str, **args: Any) -> Any:
    """Call what binds, with an executive's yes."""
    try:
        return _call(opened, actor, tool, **args)
    except ApprovalRequired as held:
        id = UUID(str(held.detail["approval_id"]))
    name = f"executive{new_id().hex[-6:]}.{actor.user.partition('.')[2]}"
    owner = actor
    opened.people.add_user(owner, name, "Dirección", ["executive"])
    executive = opened.people.actor(name)
    shown = opened.approvals.show(executive, id)
    opened.approvals.approve(executive, shown.id, shown.preview_hash)
    return opened.approvals.execute(actor, shown.id).value


def _bare_renewal(
    connection: psycopg.Connection[Any], actor: Actor, id: Any, sample: dict[str, dict[str, Any]]
) -> None:
    """One policy: read it, its term and its animal; write the annuity; commit."""
    mine = (actor.tenant_id, id)
    connection.execute("SELECT * FROM soriano_core.policy WHERE tenant_id = %s AND id = %s", mine).fetchone()
    connection.execute(
        "SELECT * FROM soriano_core.term WHERE tenant_id = %s AND policy_id = %s ORDER BY number DESC LIMIT 1", mine
    ).fetchone()
    connection.execute(
        "SELECT * FROM soriano_insurance_mascotas.animal WHERE tenant_id = %s AND policy_id = %s", mine
    ).fetchone()
    policy = sample["policy"]
    connection.execute(
        "UPDATE soriano_core.policy SET effective_on = %s, expires_on = %s, net_premium = %s, ips = %s,"
        " total_premium = %s, updated_at = now(), version = version + 1, checksum = %s"
        " WHERE tenant_id = %s AND id = %s",
        (policy["effective_on"], policy["expires_on"], policy["net_premium"], policy["ips"], policy["total_premium"],
         policy["checksum"], *mine),
    )  # fmt: skip
    receipt = new_id()
    for table in TABLES[1:]:
        row = {**sample[table], "id": receipt if table == "receipt" else new_id(), "policy_id": id}
        if table == "receipt":
            row["receipt_number"] = str(receipt)
        if table == "commission_line":
            row["receipt_id"] = receipt
        columns = ", ".join(f'"{name}"' for name in row)
        places = ", ".join(["%s"] * len(row))
        connection.execute(f"INSERT INTO soriano_core.{table} ({columns}) VALUES ({places})", list(row.values()))
    connection.execute(
        "UPDATE soriano_insurance_mascotas.animal SET pet_age = pet_age + 1, version = version + 1, updated_at = now()"
        " WHERE tenant_id = %s AND policy_id = %s", mine,
    )  # fmt: skip
    connection.commit()


def _run(opened: Installation, actor: Actor, expires: date) -> Ran:
    """Price and renew all in a run; how long each part took, and the memory on the way."""
    run = _call(opened, actor, "kernel_plan_renewals", from_on=expires.isoformat(), to_on=expires.isoformat()).run
    began = time.perf_counter()
    while _call(opened, actor, "kernel_price_renewals", run=run).state == "pricing":
        pass
    priced = time.perf_counter() - began
    _approved(opened, actor, "kernel_start_renewals", run=run)
    early = 0
    began = time.perf_counter()
    while True:
        view = _call(opened, actor, "kernel_continue_renewals", run=run)
        if not early and view.renewed >= POLICIES // 10:
            early = _memory_kb()
        if view.state != "running":
            break
    if view.renewed != POLICIES:
        raise RuntimeError(f"{view.renewed} of {POLICIES} were renewed: nothing is measured")
    return Ran(priced, time.perf_counter() - began, early, _memory_kb())


def _memory_kb() -> int:
    """The most memory that the process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
