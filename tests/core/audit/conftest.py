"""What tests of the audit share: entries, and a log with a past."""

from datetime import UTC, datetime

import pytest

from core.audit.entry import AuditEntry
from core.identifiers import new_id
from core.stamping import RowChange


@pytest.fixture
def written():
    """Write `count` entries of two tenants, a third of them the other's, about some `subjects`."""

    def write(house, count, batch=4, **given):
        entries = []
        for at in range(count):
            actor = house.other if at % 3 == 1 else house.actor
            change = RowChange("soriano_crm.customer", new_id(), "insert", 0, {}, {"n": at})
            one = AuditEntry(
                kind="call.allowed",
                at=datetime.now(UTC),
                actor=actor,
                tool="crm_create_person",
                args={"n": at},
                verdict="allow",
                changes=[change],
                **given,
            )
            with house.database.transaction(one.tenant) as session:
                house.audit.append(session, one)
            entries.append(one)
            if at % batch == batch - 1:
                house.audit.integrate()
        house.audit.integrate()
        return entries

    return write
