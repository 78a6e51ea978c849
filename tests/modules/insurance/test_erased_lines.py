"""An erased customer leaves nothing of what any line insured (GDPR art. 17): tried by discovery, table by table."""

import json
from collections.abc import Iterator
from csv import DictReader
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import SQLModel

from core.errors import NotFound
from core.identifiers import new_id
from core.records import AUDIT_FIELDS
from modules.core_business.crm.erasure import MustBeKept
from modules.demo import HOME
from modules.insurance.kernel.lines import installed_lines
from tests.modules.core_business.granting import Desk, clock_at, working_hour
from tests.modules.insurance.conftest import CUSTOMERS, INSURERS, policy, vehicle
from tests.tenancy.twins import name_of, superuser, tenant_tables

GONE, STAYS = "CL00003", "CL00002"
MARKS = {GONE: "Secretísimo", STAYS: "Vecino"}
SCHEMAS = ("soriano_core", "soriano_insurance_")
CONTRACT = ("soriano_core.quote", "soriano_core.policy", "soriano_core.claim", "soriano_core.receipt")
OLD = {"original_start_date": "2009-03-19", "effective_date": "2009-03-19", "expiry_date": "2010-03-19"}
NUMBER = "a number of the contract, a receipt or a claim: the house's, the insurer's or the former system's"
CODE = "a code of a list: it says what kind of thing this is, and nothing of the person"
HOUSE = "the house's own, about no customer"
KEPT = {  # what stays, by name: figures and numbers alone, which name nobody
    "quote": {
        "quote_number": NUMBER, "line": CODE, "product": CODE, "state": CODE, "decision": CODE,
        "tariff_version": CODE, "payment_frequency": CODE, "rating": "figures",
    },
    "term": {"kind": CODE, "product": CODE, "payment_frequency": CODE, "tariff_version": CODE, "rating": "figures"},
    "endorsement": {
        "endorsement_number": NUMBER, "kind": CODE, "state": CODE, "decision": CODE, "tariff_version": CODE,
        "rating": "figures",
    },
    "renewal_item": {"state": CODE, "tariff_version": CODE, "rating": "figures"},
    "receipt": {
        "receipt_number": NUMBER, "kind": CODE, "state": CODE, "collected_by": CODE, "paid_medium": CODE,
        "returned_reason": CODE, "settlement_ref": NUMBER, "import_ref": NUMBER, "surcharge_parts": "figures",
    },
    "commission_line": {"kind": CODE, "state": CODE},
    "claim": {
        "claim_number": NUMBER, "insurer_claim_number": NUMBER, "import_ref": NUMBER, "state": CODE, "kind": CODE,
        "coverage": CODE, "complaint": CODE, "end_reason": CODE, "cause": CODE,
    },
    "claim_movement": {"kind": CODE, "head": CODE, "line": CODE},
    "claim_offer": {"state": CODE},
    "claim_expert": {"side": CODE},
    "deadline": {"code": CODE, "state": CODE, "subject": NUMBER},
    "renewal_run": {name: HOUSE for name in ("run_number", "state", "line")},
    "soriano_platform.outbox": {"payload": "where a deleted document lay, so that a worker takes the file away"},
    "collaborator": {name: HOUSE for name in ("code", "name", "kind", "id_number", "import_ref")},
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(installation, actor, call):
    """The approvers' desk on a working day."""
    with clock_at(installation, working_hour()):
        yield Desk(installation, actor, call, working_hour())


def texts(value: Any) -> Iterator[str]:
    """Texts that tell somebody or something apart: names, addresses, dates, references; no codes, no figures."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)
    elif isinstance(value, str) and len(value) > 5 and not value.replace(".", "").isdigit():
        if " " in value or any(sign.isdigit() for sign in value):
            yield value


def risks(line: str) -> list[dict[str, Any]]:
    """The demonstration's risks of a line, those of most words first."""
    file = HOME / "risks" / f"{line}.json"
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return sorted(rows, key=lambda row: -len(set(texts(row))))


@pytest.fixture(scope="module")
def told(desk, run) -> dict[str, set[str]]:
    """Every line insures something of both customers; what was said of each, in distinctive words."""
    run("crm_import_customers", "admin", rows=list(DictReader(StringIO(CUSTOMERS.replace("COL02", "")))))
    run("kernel_import_insurers", "admin", rows=INSURERS)
    said: dict[str, set[str]] = {GONE: set(), STAYS: set()}
    policies, insured, cars = [], [], []
    for at, line in enumerate(installed_lines()):
        for nth, who in enumerate(said):
            text = f"{MARKS[who]} {line.code}"
            row = policy(10 + 2 * at + nth, who, line=line.code, status="vencida", risk_description=text, **OLD)
            policies.append(row)
            for risk in risks(line.code)[nth : nth + 1]:
                insured.append({**risk, "policy_id": row["policy_id"]})
                said[who] |= set(texts({"risk": risk["risk"], "details": risk["details"]}))
            if line.code == "autos":
                cars.append(vehicle(10 + 2 * at + nth, who, make_model=text, plate=f"80{at:02}PZ{'BC'[nth]}"))
    run("kernel_import_policies", "admin", rows=policies)
    run("kernel_import_risks", "admin", rows=insured)
    run("autos_import_vehicles", "admin", rows=cars)
    return {GONE: said[GONE] - said[STAYS], STAYS: said[STAYS] - said[GONE]}


def filled_tables() -> list[sa.Table]:
    """The tables of the kernel and the lines that are about a customer, but the policies: those came by file."""
    found: list[sa.Table] = []
    for table in SQLModel.metadata.sorted_tables:
        if not str(table.schema).startswith(SCHEMAS) or table.fullname == "soriano_core.policy":
            continue
        named = {key.column.table.fullname for key in table.foreign_keys}
        if named & {"soriano_crm.customer", *CONTRACT, *(one.fullname for one in found)}:
            found.append(table)
    return found


def value_of(column: sa.Column[Any], text: str) -> Any:
    """Something that fits the column, and holds `text` if it can."""
    kind = column.type
    if isinstance(kind, ARRAY):
        return [text]
    if isinstance(kind, JSONB):
        return Jsonb({"said": text})
    if isinstance(kind, sa.DateTime):
        return "2010-01-01T10:00:00Z"
    if isinstance(kind, sa.Date):
        return "2010-01-01"
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer | sa.Numeric):
        return 1
    if isinstance(kind, sa.Uuid):
        return new_id()
    return text[: getattr(kind, "length", None)]


def fill(connection: Any, tenant_id: UUID, who: str) -> None:
    """One row about `who` in every table, with a word of his in every text; the policy is one of the table's line."""
    one = lambda query, *args: connection.execute(query, (tenant_id, *args)).fetchone()[0]  # noqa: E731
    ids: dict[str, UUID] = {
        "soriano_crm.customer": one("SELECT id FROM soriano_crm.customer WHERE tenant_id=%s AND import_ref=%s", who),
        "soriano_core.insurer": one("SELECT id FROM soriano_core.insurer WHERE tenant_id=%s LIMIT 1"),
    }
    holder = ids["soriano_crm.customer"]
    for table in SQLModel.metadata.sorted_tables:
        parents = ("soriano_core.renewal_run", "soriano_core.collaborator")
        if table not in filled_tables() and table.fullname not in parents:
            continue
        line = str(table.schema).removeprefix("soriano_insurance_").replace("_", "-")
        query = "SELECT id FROM soriano_core.policy WHERE tenant_id=%s AND policyholder_id=%s ORDER BY line = %s DESC"
        ids["soriano_core.policy"] = one(query + ", id LIMIT 1", holder, line)
        refers = {
            fk.parent.name: fk.column.table.fullname for fk in table.foreign_keys if fk.column.name == "id"
        }  # fmt: skip
        row: dict[str, Any] = {}
        for column in table.columns:
            name = column.name
            if name in refers:
                row[name] = ids.get(refers[name])
            elif name not in AUDIT_FIELDS:
                row[name] = value_of(column, f"{MARKS[who]} {table.name}.{name}")
        row |= {"state": "closed"} if table.name == "claim" else {}
        own = {"tenant_id": tenant_id, "id": new_id(), "created_at": "2010-01-01", "updated_at": "2010-01-01"}
        own |= {"version": 1, "checksum": "", "compliance_flags": [], "gdpr_consent": Jsonb({}), "tags": []}
        whole = own | row
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING RETURNING id").format(
            sql.Identifier(str(table.schema), str(table.name)), sql.SQL(", ").join(map(sql.Identifier, whole)),
            sql.SQL(", ").join([sql.Placeholder()] * len(whole)),
        )  # fmt: skip
        made = connection.execute(query, tuple(whole.values())).fetchone()
        ids[table.fullname] = made[0] if made else one(
            f"SELECT id FROM {table.fullname} WHERE tenant_id=%s AND policy_id=%s", row.get("policy_id")
        )  # fmt: skip


def rows_of(installation: Any, tenant_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Every row of the tenant, by table, but the audit log's: its keys are destroyed there."""
    found = {}
    with superuser(installation) as connection:
        for place in tenant_tables(connection):
            if place[0].startswith("soriano_") and place[0] != "soriano_audit":
                query = sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE tenant_id = %s").format(name_of(place))
                found[".".join(place)] = [row for (row,) in connection.execute(query, (tenant_id,))]
    return found


def holding(rows: dict[str, list[dict[str, Any]]], words: set[str]) -> set[tuple[str, str, str]]:
    """Table, column and word, wherever one of `words` stands."""
    return {
        (place, column, word)
        for place, held in rows.items() for row in held for column, value in row.items() for word in words
        if word in (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    }  # fmt: skip


def test_nothing_of_what_an_erased_customer_insured_is_left(told, desk, run, installation, tenant):
    tables = filled_tables()
    assert {table.schema for table in tables} >= {f"soriano_insurance_{line.short}" for line in installed_lines()}
    with superuser(installation) as connection:
        for who in MARKS:
            fill(connection, tenant.tenant_id, who)
        connection.commit()
    before = rows_of(installation, tenant.tenant_id)
    mine = {*told[GONE], MARKS[GONE]}
    assert told[GONE] <= {word for _, _, word in holding(before, told[GONE])}
    marked = {place for place, _, _ in holding(before, {MARKS[GONE]})}
    bare = {t.fullname for t in tables} - marked  # a table of figures alone has no word
    assert all(not any(isinstance(c.type, sa.String) and c.name not in AUDIT_FIELDS for c in t.columns)
               for t in tables if t.fullname in bare), bare  # fmt: skip

    certificate = (
        "UPDATE soriano_insurance_caucion.bond SET state = %s, recovered = %s"
        " WHERE tenant_id = %s AND bond_number LIKE 'Secret%%'"
    )
    for state, recovered, duty in (("live", 1, "certificado vivo"), ("called", 0, "deuda por el certificado")):
        with superuser(installation) as connection:
            connection.execute(certificate, (state, recovered, tenant.tenant_id))
            connection.commit()
        with pytest.raises(MustBeKept, match=duty):
            run("crm_erase_customer", "compliance", customer=GONE, reason="lo pide él")
    with superuser(installation) as connection:
        connection.execute(certificate, ("released", 1, tenant.tenant_id))
        connection.commit()

    desk.granted("crm_erase_customer", "compliance", ("executive", "compliance_2"), customer=GONE, reason="lo pide él")

    after = rows_of(installation, tenant.tenant_id)
    left = {
        (place, column, word) for place, column, word in holding(after, mine)
        if word != MARKS[GONE] or column not in KEPT.get(place.removeprefix("soriano_core."), {})
    }  # fmt: skip
    assert left == set(), sorted({one[:2] for one in left})
    neighbour = {*told[STAYS], MARKS[STAYS]}
    assert holding(after, neighbour) == holding(before, neighbour)  # nobody else lost a word


def test_a_policy_without_its_risk_is_read_as_any_other(told, run):
    """It is found by its number, with its sums, and says nothing of what was insured."""
    for at, line in enumerate(installed_lines()):
        shown = run("kernel_show_policy", policy=f"0903-{92550000 + 10 + 2 * at}")
        assert not [word for word in (*told[GONE], f"{MARKS[GONE]} {line.code}") if word in str(shown.model_dump())]
        assert shown.total_premium > 0
    with pytest.raises(NotFound):
        run("crm_show_customer", customer=GONE)
