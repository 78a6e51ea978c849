"""`ait effects`: the list, and what a person may do about one, each audited."""

import pytest

from core import outbox
from core.context import Effect
from core.outbox import of_effect
from tests.cli.test_cli import ait

__all__ = ["ait"]


@pytest.fixture
def waiting(installation, tenant):
    row = of_effect(Effect("email", "ana@example.com", "Recibo", "Buenos días"))
    with installation.database.transaction(tenant.tenant_id) as session:
        outbox.write(session.connection(), tenant.tenant_id, [row])
    return row.id


def test_an_effect_is_listed_held_released_and_shown(ait, tenant, waiting):
    code, rows = ait("effects", "list", "--as", tenant.user)
    assert (code, [r["state"] for r in rows if r["id"] == str(waiting)]) == (0, ["pending"])
    assert "body" not in rows[0]
    assert ait("effects", "hold", str(waiting), "--reason", "mal importe", "--as", tenant.user)[1]["state"] == "held"
    assert ait("effects", "list", "--state", "held", "--as", tenant.user)[1][0]["error"] == "mal importe"
    assert ait("effects", "release", str(waiting), "--as", tenant.user)[1]["state"] == "pending"
    assert ait("effects", "show", str(waiting), "--as", tenant.user)[1]["payload"]["body"] == "Buenos días"
    kinds = [e["kind"] for e in ait("audit", "search", "--record", str(waiting), "--as", tenant.user)[1]]
    assert kinds == ["admin.effect_released", "admin.effect_held"]


def test_only_what_is_unknown_can_be_settled(ait, installation, tenant, waiting):
    assert ait("effects", "settle", str(waiting), "--sent", "R-1", "--as", tenant.user)[0] == 1
    assert ait("effects", "settle", str(waiting), "--as", tenant.user)[0] == 2
    with installation.database.transaction(tenant.tenant_id) as session:
        session.connection().exec_driver_sql(
            "UPDATE soriano_platform.outbox SET state = 'unknown' WHERE id = %s", (waiting,)
        )
    code, settled = ait("effects", "settle", str(waiting), "--sent", "R-1", "--as", tenant.user)
    assert (code, settled["state"], settled["reference"]) == (0, "sent", "R-1")


def test_a_broker_may_look_but_not_touch(ait, actor, waiting):
    assert ait("effects", "list", "--as", actor("broker").user)[0] == 0
    code, _ = ait("effects", "retry", str(waiting), "--as", actor("broker").user)
    assert code == 4
