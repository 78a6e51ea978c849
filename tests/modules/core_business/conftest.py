"""Fixtures of the business stories."""

from collections.abc import Iterator

import pytest

from tests.modules.core_business.granting import Desk, clock_at, working_hour


@pytest.fixture(scope="module")
def desk(installation, actor, call) -> Iterator[Desk]:
    """The approvers' desk, on a working day at eleven."""
    with clock_at(installation, working_hour()):
        yield Desk(installation, actor, call, working_hour())
