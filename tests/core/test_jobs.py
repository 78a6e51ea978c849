"""A job is a row: it runs once, after the commit, and outlives Valkey and its worker."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from rq.callbacks import Callback

from core import jobs as jobs_module
from core.errors import Conflict, OutsideUnavailable
from core.jobs import MOST_ATTEMPTS, Jobs, work


@pytest.fixture
def jobs(house, servers, valkey):
    made = Jobs(house.database, servers.valkey)
    yield made
    made.close()


def submit(house, jobs, **given):
    with house.database.transaction(house.actor.tenant_id) as session:
        return jobs.submit(session, house.actor, "encashment_send_reminder", {"receipt": "R-1"}, **given)


def burst(jobs, run):
    work(jobs, run, threading.Event(), burst=True)


def test_a_job_runs_once_as_its_actor(house, jobs):
    id, seen = submit(house, jobs), []
    assert jobs.sweep() == 1
    burst(jobs, seen.append)
    burst(jobs, seen.append)
    (job,) = seen
    assert (job.tool, job.args, job.idempotency_key) == ("encashment_send_reminder", {"receipt": "R-1"}, f"job:{id}")
    assert (job.actor["user"], job.tenant_id) == ("carmen", house.actor.tenant_id)
    assert jobs.show(house.actor.tenant_id, id).state == "done"
    assert jobs.sweep() == 0


def test_a_job_of_a_rolled_back_transaction_never_was(house, jobs):
    with house.database.transaction(house.actor.tenant_id) as session:
        jobs.submit(session, house.actor, "x", {})
        session.rollback()
    assert jobs.sweep() == 0


def test_a_job_survives_that_valkey_forgets_it(house, jobs, valkey):
    submit(house, jobs)
    jobs.sweep()
    valkey.flushall()
    seen = []
    burst(jobs, seen.append)
    assert seen == []
    assert jobs.sweep(everything=True) == 1
    burst(jobs, seen.append)
    assert len(seen) == 1


def test_a_place_in_the_queue_is_believed_in_for_a_while_only(house, jobs, monkeypatch):
    submit(house, jobs)
    assert (jobs.sweep(), jobs.sweep()) == (1, 0)
    monkeypatch.setattr(jobs_module, "PLACE_SECONDS", -1)
    assert jobs.sweep(everything=True) == 1
    assert jobs.sweep() == 1
    seen = []
    burst(jobs, seen.append)
    assert len(seen) == 1  # three places, one run


def test_a_job_whose_worker_died_is_run_again(house, jobs, monkeypatch):
    id = submit(house, jobs)
    monkeypatch.setattr(jobs_module, "LEASE_SECONDS", -1)

    class Killed(BaseException):
        """Not even an error handler runs."""

    def die(job):
        raise Killed

    with pytest.raises(Killed):
        jobs.perform(house.actor.tenant_id, id, die)
    assert jobs.show(house.actor.tenant_id, id).state == "running"
    assert jobs.sweep() == 1
    seen = []
    burst(jobs, seen.append)
    assert [job.attempts for job in seen] == [2]


def test_a_refusal_ends_a_job_with_its_reason(house, jobs):
    id = submit(house, jobs)

    def refuse(job):
        raise Conflict(reason="ya cobrado")

    assert jobs.perform(house.actor.tenant_id, id, refuse)
    job = jobs.show(house.actor.tenant_id, id)
    assert job.state == "failed"
    assert "ya cobrado" in job.error


def test_what_was_unavailable_is_tried_again_later_but_not_for_ever(house, jobs):
    id = submit(house, jobs)

    def fail(job):
        raise OutsideUnavailable(what="el banco")

    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert jobs.perform(house.actor.tenant_id, id, fail)
        assert not jobs.perform(house.actor.tenant_id, id, fail)  # not before its time
        assert jobs.show(house.actor.tenant_id, id).attempts == attempt
        with house.superuser() as db:
            db.execute("UPDATE soriano_platform.job SET run_at = now() - interval '1 s'")
    assert jobs.show(house.actor.tenant_id, id).state == "failed"


def test_a_fault_does_not_leave_a_job_running(house, jobs):
    id = submit(house, jobs)
    jobs.perform(house.actor.tenant_id, id, lambda job: 1 / 0)
    assert (jobs.show(house.actor.tenant_id, id).state, jobs.show(house.actor.tenant_id, id).error) == (
        "failed",
        "ZeroDivisionError",
    )


def test_a_job_waits_for_its_hour(house, jobs):
    id = submit(house, jobs, run_at=datetime.now(UTC) + timedelta(hours=1))
    assert jobs.sweep() == 0
    assert not jobs.perform(house.actor.tenant_id, id, lambda job: None)


def test_one_key_is_one_job(house, jobs):
    assert submit(house, jobs, idempotency_key="reminder:R-1") == submit(house, jobs, idempotency_key="reminder:R-1")
    assert len(jobs.recent(house.actor.tenant_id)) == 1


def test_another_tenant_has_no_such_job(house, jobs):
    id = submit(house, jobs)
    assert jobs.show(house.other.tenant_id, id) is None
    assert not jobs.perform(house.other.tenant_id, id, lambda job: None)


def test_nothing_in_valkey_can_be_made_to_run_code(house, jobs, tmp_path):
    jobs.queue.enqueue_call("os.mkdir", args=[str(tmp_path / "first")])
    jobs.queue.enqueue_call("core.jobs.perform", args=["a", "b"], on_failure=Callback("os.mkdir"))
    submit(house, jobs)
    jobs.sweep()
    seen = []
    burst(jobs, seen.append)
    assert not (tmp_path / "first").exists()
    assert len(seen) == 1


def test_a_worker_in_a_thread_works_until_it_is_stopped(house, jobs):
    stop, ran = threading.Event(), threading.Event()
    thread = threading.Thread(target=work, args=[jobs, lambda job: ran.set(), stop])
    thread.start()
    submit(house, jobs)
    jobs.sweep()
    assert ran.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
