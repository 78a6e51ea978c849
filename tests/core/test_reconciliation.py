"""Rows and audit agree, or the reconciliation says where they do not."""

from contextlib import contextmanager

import psycopg
import pytest

from core.reconciliation import Reconciliation

CUSTOMER = "soriano_crm.customer"


@pytest.fixture
def books(installation, tenant):
    """This tenant's balance: other tests write behind the gate's back on purpose."""
    return lambda: Reconciliation(installation.database).run([tenant.tenant_id])


@contextmanager
def superuser(installation):
    with psycopg.connect(installation.database.admin_url, autocommit=True) as admin:
        yield admin


@pytest.fixture(scope="module")
def customer(run):
    person = {"first_name": "Ana", "last_name": "Ruiz Prado", "id_number": "12345678Z"}
    made = str(run("crm_create_person", **person).customer)
    run("crm_record_interaction", customer=made, channel="phone", summary="Llama")
    return made


def test_what_was_written_through_the_gate_balances(books, customer):
    found = books()
    assert (found.ok, found.unaudited, found.missing) == (True, {}, {})
    assert found.rows >= 2
    assert found.entries >= 2


def test_a_row_that_a_superuser_inserted_is_found(installation, tenant, books, customer):
    with superuser(installation) as admin:
        columns = [
            row[0]
            for row in admin.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'soriano_crm'"
                " AND table_name = 'interaction' AND column_name <> 'id'"
            )
        ]
        names = ", ".join(columns)
        admin.execute(
            f"INSERT INTO soriano_crm.interaction (id, {names}) SELECT gen_random_uuid(), {names}"
            " FROM soriano_crm.interaction WHERE tenant_id = %s LIMIT 1",
            (tenant.tenant_id,),
        )
        try:
            found = books()
        finally:
            admin.execute("DELETE FROM soriano_crm.interaction WHERE id::text NOT LIKE '________-____-7%'")
    assert found.unaudited == {"soriano_crm.interaction": 1}
    assert "soriano_crm.interaction" in found.told("es")
    assert books().ok


def test_a_row_that_a_superuser_stamped_anew_is_found(installation, books, customer):
    with superuser(installation) as admin:
        admin.execute(f"UPDATE {CUSTOMER} SET updated_at = updated_at + interval '1 h' WHERE id = %s", (customer,))
        try:
            found = books()
        finally:
            admin.execute(f"UPDATE {CUSTOMER} SET updated_at = updated_at - interval '1 h' WHERE id = %s", (customer,))
    assert found.unaudited == {CUSTOMER: 1}


def test_a_row_that_a_superuser_deleted_is_missed(installation, books, run):
    made = str(run("crm_create_person", first_name="Eva", last_name="Fugaz", id_number="00000000T").customer)
    with superuser(installation) as admin:
        admin.execute("CREATE TEMP TABLE kept AS SELECT * FROM soriano_crm.customer WHERE id = %s", (made,))
        admin.execute(f"DELETE FROM {CUSTOMER} WHERE id = %s", (made,))
        try:
            found = books()
        finally:
            admin.execute(f"INSERT INTO {CUSTOMER} SELECT * FROM kept")
    assert found.missing == {CUSTOMER: 1}
    assert made in found.told("es")
