"""The two brokerages, made once a run, and what one of them could be asked for."""

from uuid import uuid4

import pytest

from modules.installation import Installation
from tests.server.conftest import live  # noqa: F401 — a fixture
from tests.tenancy.twins import ONLY_MINE, Brokerage, Twins, fill, references_of


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
    return references_of(twins.house, twins.mine.owner.tenant_id)
