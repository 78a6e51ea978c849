"""Valkey is a cache of the outbox: killed, it takes nothing with it."""

import os
import signal
from pathlib import Path

import psutil
import pytest
import redis

from core.embedded import Embedded
from tests.faults.house import House, house


def kill_valkey(folder: Path) -> None:
    """Kill the one that this test started, and wait until it is dead."""
    process = psutil.Process(int((folder / "valkey" / "pid").read_text()))
    os.kill(process.pid, signal.SIGKILL)
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        pass


def note(built: House, token: str) -> None:
    built.call("faults_note_dealing", {"customer": built.customer, "token": token})


def test_what_a_killed_valkey_forgot_is_told_again_and_handled_once():
    with house() as built:
        folder = built.installation.settings.data_dir
        with built.relay() as relay, built.consumer() as consumer:
            relay.remember()
            note(built, "heard-before")
            relay.publish()
            assert consumer.run_once() == 1
            note(built, "forgotten")
            relay.publish()  # in the stream, and not read yet
            kill_valkey(folder)
            note(built, "meanwhile")  # the gate needs no Valkey
            with pytest.raises(redis.ConnectionError):
                relay.run_once()
            again = Embedded(folder)
            again.open()
            relay.run_once()
            consumer.run_once()
            with built.superuser() as admin:
                heard = admin.execute("SELECT token FROM soriano_platform.faults_heard ORDER BY token").fetchall()
            again.close()
    assert heard == [("forgotten",), ("heard-before",), ("meanwhile",)]
