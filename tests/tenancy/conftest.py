"""The two brokerages, made once a run, and what one of them could be asked for."""

from uuid import uuid4

import pytest
from psycopg import sql

from modules.installation import Installation
from tests.server.conftest import live  # noqa: F401 — a fixture
from tests.tenancy.twins import ONLY_MINE, Brokerage, Twins, fill, name_of, superuser, tenant_tables


@pytest.fixture(scope="package")
def twins(installation: Installation) -> Twins:
    made = []
    for marker in ("Aldonza", "Basilio"):
        slug = f"{marker.lower()}{uuid4().hex[:8]}"
        owner = installation.people.add_tenant(slug, f"Correduría {marker}")
        made.append(Brokerage(owner, marker, installation))
    for one in made:
        fill(one)
    made[0].call("crm_create_person", ONLY_MINE)
    return Twins(made[0], made[1], installation)


@pytest.fixture(scope="package")
def references(twins: Twins) -> dict[str, list[str]]:
    """What mine could be asked for: values of its rows, by table and by column."""
    found: dict[str, list[str]] = {}
    with superuser(twins.house) as connection:
        for schema, table in tenant_tables(connection):
            if not schema.startswith("soriano_") or schema == "soriano_audit":
                continue
            query = sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE tenant_id = %s LIMIT 4")
            for (row,) in connection.execute(query.format(name_of((schema, table))), (twins.mine.owner.tenant_id,)):
                for column, value in row.items():
                    if isinstance(value, str) and value and column != "tenant_id" and len(value) < 120:
                        for key in (table, column):
                            values = found.setdefault(key, [])
                            if value not in values:
                                values.append(value)
    return found
