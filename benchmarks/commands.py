"""What a person waits for at the terminal: help, and a server that is ready."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.house import folder
from benchmarks.measure import Finding, Sample, timed

AIT = (sys.executable, "-c", "from server.cli import main; main()")
HOME = Path(__file__).parent.parent
ROUNDS = 9
READY_WITHIN = 60.0


def cli_help() -> Finding:
    """`ait --help`, against an interpreter that does nothing."""
    help_ = Sample([timed(lambda: run("--help")) for _ in range(ROUNDS)])
    bare = Sample([timed(lambda: _quiet((sys.executable, "-c", ""))) for _ in range(ROUNDS)])
    return Finding(
        "cli_help",
        "`ait --help`",
        help_.median,
        "s",
        0.5,
        spread=help_.quartiles,
        details={"bare_interpreter_s": round(bare.median, 3)},
    )


def serve_ready() -> Finding:
    """From `ait serve` to `/readyz`, the second time in a data directory."""
    with folder() as data_dir:
        with server(data_dir) as first:
            pass
        starts = []
        for _ in range(3):
            with server(data_dir) as again:
                starts.append(again.seconds)
    sample = Sample(starts)
    return Finding(
        "serve_ready",
        "second start of `ait serve` to /readyz",
        sample.median,
        "s",
        8.0,
        spread=sample.quartiles,
        details={"first_start_s": round(first.seconds, 2)},
    )


def run(*words: str, data_dir: Path | None = None) -> str:
    """What `ait WORDS` prints."""
    return _quiet((*AIT, *words), data_dir)


def _quiet(command: tuple[str, ...], data_dir: Path | None = None) -> str:
    done = subprocess.run(
        command, env=environment(data_dir), cwd=HOME, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return done.stdout.decode()


def environment(data_dir: Path | None) -> dict[str, str]:
    """The environment of a measured process: our data directory, the offline model, no key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIT_", "ANTHROPIC", "OPENAI"))}
    own = {"AIT_MODEL": "offline", "AIT_LOG_LEVEL": "error"}
    return {**kept, **own, **({"AIT_DATA_DIR": str(data_dir)} if data_dir else {})}


class Server:
    """A running `ait serve`: where it answers, and how long it took to be ready."""

    def __init__(self, port: int, seconds: float) -> None:
        self.port, self.seconds = port, seconds


@contextmanager
def server(data_dir: Path) -> Iterator[Server]:
    """`ait serve` in a process of its own, ready; ended as a person would end it."""
    port, began = _free_port(), time.monotonic()
    process = subprocess.Popen(
        (*AIT, "serve", "--port", str(port)),
        env=environment(data_dir),
        cwd=HOME,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(port, process)
        yield Server(port, time.monotonic() - began)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"ait serve ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError(f"ait serve is not ready after {READY_WITHIN:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
