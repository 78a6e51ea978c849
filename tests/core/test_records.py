"""Records: stamps, versions, checksums, and rows of one tenant only."""

import hashlib
import json
from datetime import date
from uuid import UUID

import psycopg
import pytest
from hail_notices import HailNotice
from sqlalchemy import inspect, text
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import select

from core.context import Origin
from core.identifiers import new_id
from core.protection import gaps
from core.stamping import UNSEALED, checksum, values_of
from modules.core_business.crm.records import Customer


@pytest.fixture
def notice(installation, tenant) -> UUID:
    with installation.people.writing(tenant) as session:
        record = HailNotice(province="25", day=date(2026, 6, 1))
        session.add(record)
    return record.id


def test_a_change_raises_the_version_and_renews_the_checksum(installation, tenant, notice: UUID) -> None:
    with installation.people.writing(tenant) as session:
        record = session.get(HailNotice, (tenant.tenant_id, notice))
        assert record is not None
        before = record.checksum
        record.province = "08"
        session.add(record)
    assert record.version == 2
    assert record.checksum != before
    with installation.database.transaction(tenant.tenant_id) as session:
        read = session.get(HailNotice, (tenant.tenant_id, notice))
        assert read is not None
        assert checksum(read) == read.checksum


def test_two_who_change_one_row_do_not_overwrite_each_other(installation, tenant, notice: UUID) -> None:
    def opened():
        return installation.gate.transactions.open(tenant, Origin("cli", new_id()))

    with opened() as first:
        mine = first.get(HailNotice, (tenant.tenant_id, notice))
        assert mine is not None
        with opened() as second:
            theirs = second.get(HailNotice, (tenant.tenant_id, notice))
            assert theirs is not None
            theirs.province = "50"
        mine.province = "22"
        with pytest.raises(StaleDataError):
            first.flush()
        first.rollback()


def test_a_soft_deletion_says_who_and_when(installation, tenant, notice: UUID) -> None:
    with installation.people.writing(tenant) as session:
        record = session.get(HailNotice, (tenant.tenant_id, notice))
        assert record is not None
        record.deleted_at = session.now
    assert record.deleted_by_user_id == tenant.user_id


FORGED = ["", "garbage", "|" * 200, "ñ" * 120, "0" * 36 + "|1|9999999999|" + "0" * 64, "x" * 150 + "|" + "f" * 64]


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_tenant_gives_no_rows(installation, tenant, notice: UUID, forged: str) -> None:
    with installation.database.transaction(None) as session:
        session.connection().execute(text("SELECT set_config('app.ctx', :t, true)"), {"t": forged})
        assert session.exec(select(HailNotice)).all() == []


def test_a_token_of_another_backend_gives_no_rows(installation, tenant, notice: UUID) -> None:
    with installation.database.transaction(None) as session:
        token = installation.database.token(tenant.tenant_id, 1)
        session.connection().execute(text("SELECT set_config('app.ctx', :t, true)"), {"t": token})
        assert session.exec(select(HailNotice)).all() == []


def test_a_token_that_was_tampered_with_or_is_over_gives_no_rows(
    installation, tenant, notice: UUID, monkeypatch
) -> None:
    other = installation.people.add_tenant(f"w{new_id().hex[-8:]}", "Otra")
    with installation.database.transaction(None) as session:
        raw = session.connection().connection.dbapi_connection
        good = installation.database.token(tenant.tenant_id, raw.info.backend_pid)
        monkeypatch.setattr("core.database.CONTEXT_SECONDS", -1)
        over = installation.database.token(tenant.tenant_id, raw.info.backend_pid)
        for token in (good.replace(str(tenant.tenant_id), str(other.tenant_id)), good[:-1] + "g", over):
            session.connection().execute(text("SELECT set_config('app.ctx', :t, true)"), {"t": token})
            assert session.exec(select(HailNotice)).all() == []
        session.connection().execute(text("SELECT set_config('app.ctx', :t, true)"), {"t": good})
        assert session.exec(select(HailNotice)).all()


def test_the_tenant_does_not_outlive_its_transaction(installation, tenant, notice: UUID) -> None:
    with installation.database.transaction(tenant.tenant_id) as session:
        assert session.exec(select(HailNotice)).all()
        session.rollback()
        assert session.exec(select(HailNotice)).all() == []


def test_a_row_can_not_be_written_for_another_tenant(installation, tenant) -> None:
    other = installation.people.add_tenant(f"z{new_id().hex[-8:]}", "Otra")
    with installation.database.transaction(tenant.tenant_id) as session, pytest.raises(Exception, match="row-level"):
        session.connection().execute(
            text(
                "INSERT INTO soriano_operations.hail_notice (tenant_id, id, created_at, updated_at, version, checksum,"
                " compliance_flags, gdpr_consent, tags, province, day, published) VALUES (:t, :i, now(), now(), 1, '',"
                " '{}', '{}', '{}', '25', now(), false)"
            ),
            {"t": other.tenant_id, "i": new_id()},
        )


def test_every_table_of_tenants_is_protected(installation) -> None:
    with installation.database.transaction(None) as session:
        assert gaps(session) == []


def test_a_table_without_row_security_is_found(installation) -> None:
    with psycopg.connect(installation.database.admin_url, autocommit=True) as admin:
        admin.execute("ALTER TABLE soriano_operations.hail_notice NO FORCE ROW LEVEL SECURITY")
        try:
            with installation.database.transaction(None) as session:
                assert gaps(session) == ["soriano_operations.hail_notice"]
        finally:
            admin.execute("ALTER TABLE soriano_operations.hail_notice FORCE ROW LEVEL SECURITY")


def test_a_field_that_a_later_migration_added_breaks_no_older_checksum() -> None:
    """A row from before the migration holds nothing there, and was sealed without it."""
    row = Customer(
        tenant_id=new_id(), kind="person", id_type="NIF", id_number="12345678Z", name="Ana",
        customer_since=date(2020, 1, 1),
    )  # fmt: skip
    later = {column.key for column in inspect(Customer).columns if column.info.get("later")}
    before = {name: value for name, value in values_of(row, UNSEALED).items() if name not in later}
    sealed = hashlib.sha256(json.dumps(before, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    assert "phone_since" in later
    assert checksum(row) == sealed
    row.phone_since = date(2026, 1, 1)
    assert checksum(row) != sealed
