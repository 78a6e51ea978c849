"""Each new day is queued once for a real brokerage, and never for a demonstration."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from core.jobs import Jobs
from core.settings import Settings
from modules.installation import Installation
from server.background import begin_day


@pytest.fixture(scope="module")
def house():
    """An installation of its own: the day is that of its first tenant."""
    with TemporaryDirectory(prefix="ait-days-") as folder:
        opened = Installation.open(Settings(data_dir=Path(folder), model="offline", port=3994))
        yield opened
        opened.close()


def test_a_day_is_queued_once_and_a_demonstration_stands_still(house):
    owner, jobs = house.people.owner(), Jobs(house.database, house.valkey_url)
    begin_day(house)
    begin_day(house)
    (job,) = jobs.recent(owner.tenant_id)
    assert (job.tool, job.actor["user"]) == ("kernel_update_policies", owner.user)
    house.people.mark_fictional(owner, "Correduría Soriano Ficticia")
    begin_day(house)
    assert len(jobs.recent(owner.tenant_id)) == 1
    jobs.close()
