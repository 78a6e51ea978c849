"""Erasing a customer: the rows are buried, and what the log says of the person can be read by nobody."""

import json
from dataclasses import replace

import pytest

from core.audit.eraser import Eraser
from core.audit.search import Wanted
from core.context import Origin
from core.effects.performer import Order, Refused
from core.errors import ApprovalRequired
from core.identifiers import new_id
from tools.gate import Call

VALUES = ("Casilda", "Montalbán", "53214786P", "casilda@montalban.example")


@pytest.fixture(scope="module")
def customer(run) -> str:
    person = run(
        "crm_create_person",
        "owner",
        first_name="Casilda",
        last_name="Montalbán",
        id_number="53214786P",
        email=VALUES[3],
    )
    run("crm_add_note", "owner", customer=person.customer, note="Prefiere que la llamen Casilda Montalbán")
    return str(person.customer)


def said(installation, actor) -> str:
    found = installation.audit.search(actor("owner"), Wanted(limit=200))
    return json.dumps([dict(entry.said) for entry in found], ensure_ascii=False, default=str)


def order(tenant, subject: str) -> Order:
    return Order(new_id(), subject, "RGPD art. 17", "lo pide", {"tenant": str(tenant.tenant_id), "user": tenant.user})


def test_what_was_written_about_a_person_is_sealed_under_her_own_key(installation, actor, customer) -> None:
    assert all(value in said(installation, actor) for value in VALUES)
    with pytest.raises(ApprovalRequired):  # erasing waits for two people, and its preview tells the key's end
        installation.gate.call(
            Call("crm_erase_customer", {"customer": customer, "reason": "lo pide la interesada"}, actor("compliance"),
                 Origin("web", new_id()))
        )  # fmt: skip
    pending = installation.approvals.list(actor("executive"))[0]
    assert [(effect.kind, effect.recipient) for effect in pending.preview.effects] == [("erasure", customer)]
    assert pending.needed == 2


def test_a_hold_stops_the_erasure_and_lifting_it_lets_it_happen(installation, actor, tenant, customer) -> None:
    eraser = Eraser(installation.audit, installation.people.actor)
    hold = installation.audit.hold(tenant, Origin("cli", new_id()), customer, "litigio")
    with pytest.raises(Refused):
        eraser.perform(order(tenant, customer))
    assert "Montalbán" in said(installation, actor)
    installation.audit.release(tenant, Origin("cli", new_id()), hold)
    eraser.perform(order(tenant, customer))
    assert eraser.perform(order(tenant, customer))  # again: as good
    left = said(installation, actor)
    assert not [value for value in (VALUES[0], VALUES[2], VALUES[3]) if value in left.replace(customer, "")]
    assert installation.audit.verify().ok


def test_an_erasure_whose_orderer_is_gone_does_not_pass_for_done(installation, tenant, customer) -> None:
    gone = replace(order(tenant, customer), extra={"tenant": str(tenant.tenant_id), "user": "nadie"})
    with pytest.raises(Refused):
        Eraser(installation.audit, installation.people.actor).perform(gone)
