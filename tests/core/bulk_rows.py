"""A policy's row and what it refers to, for tests of copying rows in."""

from datetime import date
from typing import Any

from sqlmodel import Session

from core.identifiers import new_id
from modules.core_business.crm.records import Customer
from modules.insurance.kernel.records import Insurer


def refer(session: Session) -> dict[str, Any]:
    """A customer and an insurer; their ids as a policy bears them."""
    customer = Customer(
        id=new_id(), kind="person", id_type="NIF", id_number="77769927G", name="Álvaro Ramos",
        search_name="alvaro ramos", customer_since=date(2020, 1, 1),
    )  # fmt: skip
    insurer = Insurer(id=new_id(), code="X1", name="Meridiano Ficticia", id_number="A76084805")
    session.add_all((customer, insurer))
    session.flush()
    return {"policyholder_id": customer.id, "insured_id": customer.id, "insurer_id": insurer.id}


def policy_row(ids: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """All that a policy must say."""
    return {
        "policy_number": f"X-{new_id().hex[-8:]}", "line": "autos", "state": "in_force", **ids,
        "started_on": date(2026, 1, 1), "effective_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1),
        "payment_frequency": "annual", "collected_by": "broker", **changed,
    }  # fmt: skip
