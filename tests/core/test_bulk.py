"""Rows that are copied in at once bear what a flush would have given them, and are vouched for together."""

import hashlib
from decimal import Decimal

import pytest
from sqlmodel import select

from core.bulk import copy_in
from core.context import Origin
from core.identifiers import new_id
from core.records import AUDIT_FIELDS
from core.stamping import checksum
from modules.insurance.kernel.records import CommissionLine, Insurer
from tools.gate.transact import Transactions


@pytest.fixture
def session(installation, tenant):
    """A tool's session."""
    with Transactions(installation.database).open(tenant, Origin("cli", new_id())) as opened:
        yield opened
        opened.rollback()


def rows(count):
    return [
        {"code": f"B{at}", "name": f"Aseguradora «{at}» \\ tab\t ñ", "id_number": "A76084805", "import_ref": f"B{at}"}
        for at in range(count)
    ]


def test_a_copied_row_is_as_a_flushed_one(session):
    """Same stamps, same checksum, all of it; only the fields that differ differ."""
    flushed = Insurer(**(rows(1)[0] | {"code": "F", "import_ref": None}))
    session.add(flushed)
    copied = copy_in(session, Insurer, rows(3), new_id())
    found = {one.id: one for one in session.exec(select(Insurer))}
    assert [found[id].name for id in copied.ids] == [row["name"] for row in rows(3)]
    for id in copied.ids:
        one = found[id]
        assert one.checksum == checksum(one)
        assert one.settlement_terms == ""
        for name in AUDIT_FIELDS - {"id", "checksum"}:
            assert getattr(one, name) == getattr(flushed, name), name


def test_numbers_and_empty_later_fields_are_sealed_alike(session):
    """A rate with fewer places than its column has the checksum that it is read back with."""
    from tests.core.bulk_rows import policy_row, refer

    ids = refer(session)
    from modules.insurance.kernel.records import Policy

    copied = copy_in(session, Policy, [policy_row(ids, commission_rate=Decimal("0.11"))], new_id())
    found = session.exec(select(Policy).where(Policy.id == copied.ids[0])).one()
    assert found.checksum == checksum(found)
    assert found.commission_rate == Decimal("0.110000")


def test_the_preview_tells_their_number_and_a_digest_of_each(session):
    """One change for all of them, that binds ids and checksums in their order."""
    batch = new_id()
    copied = copy_in(session, Insurer, rows(2), batch)
    change = session.changes[-1]
    assert (change.table, change.id, change.op) == ("soriano_core.insurer", batch, "insert")
    found = {one.id: one for one in session.exec(select(Insurer))}
    whole = "".join(f"{id} {found[id].checksum}\n" for id in copied.ids)
    assert change.after == {"rows": 2, "digest": hashlib.sha256(whole.encode()).hexdigest()}


def test_a_missing_field_copies_nothing(session):
    """A field without a default must be given."""
    with pytest.raises(KeyError):
        copy_in(session, CommissionLine, [{"kind": "earned"}], new_id())
