"""The zygote: it has imported everything, and forks a process for each death.

It keeps no thread and no connection itself, so that a fork is clean and costs milliseconds.
A second process lives on, prepares each story and looks at what is left of it.
"""

import json
import math
import os
import random
import select
import signal
import statistics
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Final

from tests.faults.house import House, house
from tests.faults.killing import WAYS, Tracer, Way
from tests.faults.scenarios import SCENARIOS, Bench, Scenario

LONGEST: Final = 60.0  # a process that neither ends nor dies is itself a fault
DRY_RUNS: Final = 1
# How often each story is told: what writes most often, most.
SHARES: Final = {"write": 8, "approval": 5, "relay": 5, "resume": 1, "turn": 1}
WAYS_SHARES: Final = {"instruction": 5, "line": 3, "instant": 2}


@dataclass
class Death:
    """How one process ended."""

    killed: bool
    place: str = ""
    acks: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    lines: list[int] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""


@dataclass
class Summary:
    """What came of a run."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    places: dict[str, Counter[str]] = field(default_factory=dict)
    acknowledged: Counter[str] = field(default_factory=Counter)
    outlived: int = 0
    recoveries: list[float] = field(default_factory=list)
    violations: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    audit: str = ""

    def as_json(self) -> dict[str, Any]:
        places = {name: dict(found.most_common()) for name, found in self.places.items()}
        return {
            "seed": self.seed,
            "kills": sum(self.kills.values()),
            "by_scenario": dict(self.kills),
            "by_way": dict(self.ways),
            "acknowledged_before_the_kill": dict(self.acknowledged),
            "outlived": self.outlived,
            "recovery_s": {
                "median": round(statistics.median(self.recoveries or [0.0]), 3),
                "most": round(max(self.recoveries, default=0.0), 3),
            },
            "places": {name: len(found) for name, found in places.items()},
            "modules": {name: _modules(found) for name, found in self.places.items()},
            "violations": self.violations,
            "audit": self.audit,
            "seconds": round(self.seconds, 1),
        }


def _modules(places: Counter[str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for place, times in places.items():
        found[place.partition(":")[0]] += times
    return dict(found.most_common())


class Living:
    """The process that prepares and recovers, spoken to by a pipe."""

    def __init__(self, built: House) -> None:
        self.pipe, theirs = Pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self.pipe.close()
            _live(built, theirs)
        theirs.close()

    def ask(self, what: str, *values: Any) -> Any:
        self.pipe.send((what, *values))
        well, found = self.pipe.recv()
        if not well:
            raise RuntimeError(found)
        return found

    def close(self) -> None:
        self.pipe.close()
        os.waitpid(self.pid, 0)


def _live(built: House, pipe: Connection) -> None:
    """Serve until the pipe ends."""
    stories = {story.name: story for story in SCENARIOS}
    try:
        bench = Bench(built)
        while True:
            what, *values = pipe.recv()
            try:
                pipe.send((True, _served(bench, stories, what, values)))
            except Exception:  # noqa: BLE001 — whoever asked is told the whole trace
                pipe.send((False, traceback.format_exc()))
    except EOFError:
        bench.close()
    finally:
        os._exit(0)


def _served(bench: Bench, stories: dict[str, Scenario], what: str, values: list[Any]) -> Any:
    if what == "prepare":
        return stories[values[0]].prepare(bench, values[1])
    if what == "recover":
        return list(stories[values[0]].recover(bench, values[1], values[2]))
    found = bench.house.installation.audit.verify()
    return (found.ok, found.told("es"))


class Zygote:
    """Runs stories in children and kills them."""

    def __init__(self, built: House, seed: int) -> None:
        self.house, self.random, self.summary = built, random.Random(seed), Summary(seed)
        self.living = Living(built)
        self.lengths: dict[tuple[str, Way], float] = {}
        self.lines: dict[str, list[int]] = {}
        self._told = 0

    def close(self) -> None:
        self.living.close()

    def run(
        self,
        kills: int,
        *,
        only: str | None = None,
        seconds: float = math.inf,
        report: Callable[[str], None] = lambda _: None,
    ) -> Summary:
        """Kill so many processes, for so long at most; give what was found."""
        began = time.monotonic()
        stories = {story.name: story for story in SCENARIOS if only in (None, story.name)}
        for name, story in stories.items():
            self._measure(story)
            self.summary.places[name] = Counter()
        plan = self.random.choices(list(stories), [SHARES[name] for name in stories], k=kills * 3)
        for name in plan:
            if sum(self.summary.kills.values()) >= kills or time.monotonic() - began > seconds:
                break
            self._one(stories[name])
            done = sum(self.summary.kills.values())
            if done % 100 == 0:
                report(f"{done} kills, {len(self.summary.violations)} violations, {time.monotonic() - began:.0f} s")
        ok, said = self.living.ask("verify")
        self.summary.audit = said
        if not ok:
            self.summary.violations.append({"scenario": "all", "problems": [said]})
        self.summary.seconds = time.monotonic() - began
        return self.summary

    def _token(self, name: str) -> str:
        self._told += 1
        return f"{name[0]}{self.summary.seed}x{self._told}q"

    def _measure(self, story: Scenario) -> None:
        """How long the story is, in each way's own measure; it must also hold when nobody dies."""
        for way in WAYS:
            found = []
            for _ in range(DRY_RUNS):
                task = self.living.ask("prepare", story.name, self._token(story.name))
                ended = self._child(story, task, way, 0)
                if ended.killed or ended.error:
                    raise RuntimeError(f"{story.name} fails by itself: {ended}")
                problems = self.living.ask("recover", story.name, task, ended.acks)
                if problems:
                    raise RuntimeError(f"{story.name} does not hold even without a kill: {problems}")
                self.lines[story.name] = ended.lines or self.lines.get(story.name, [])
                found.append(ended.seconds if way == "instant" else ended.count)
            self.lengths[story.name, way] = statistics.median(found)

    def _one(self, story: Scenario) -> None:
        way: Way = self.random.choices(list(WAYS_SHARES), list(WAYS_SHARES.values()))[0]  # type: ignore[assignment]
        at = self._when(story, way)
        task = self.living.ask("prepare", story.name, self._token(story.name))
        death = self._child(story, task, way, at)
        began = time.monotonic()
        try:
            problems = self.living.ask("recover", story.name, task, death.acks)
        except RuntimeError as error:
            problems = [f"recovery failed: {error}"]
        if death.error:
            problems.append(f"it failed before it was killed: {death.error}")
        if problems:
            facts = {"scenario": story.name, "way": way, "at": at, "place": death.place, "acks": death.acks}
            self.summary.violations.append({**facts, "token": task["token"], "problems": problems})
        if not death.killed:
            self.summary.outlived += 1
            return
        self.summary.recoveries.append(time.monotonic() - began)
        self.summary.kills[story.name] += 1
        self.summary.ways[way] += 1
        self.summary.places[story.name][death.place or "an instant"] += 1
        self.summary.acknowledged[story.name] += bool(death.acks)

    def _when(self, story: Scenario, way: Way) -> float:
        """Any moment of the story; half of the instructions by line, lest long loops take them all."""
        length = self.lengths[story.name, way]
        if way == "instant":
            return self.random.uniform(0, length)
        if way == "instruction" and self.random.random() < 0.5:
            return self.random.choice(self.lines[story.name])
        return self.random.randint(1, max(1, int(length)))

    def _child(self, story: Scenario, task: dict[str, Any], way: Way, at: float) -> Death:
        """One process that runs the story and dies where it is told to; `at` 0 lets it live."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _doomed(self.house, story, task, way, 0 if way == "instant" else int(at), writer)
        os.close(writer)
        try:
            return self._wait(pid, reader, at if way == "instant" and at else None)
        finally:
            os.close(reader)

    def _wait(self, pid: int, reader: int, instant: float | None) -> Death:
        death, text, began, ready = Death(False), b"", time.monotonic(), None
        while True:
            left = LONGEST - (time.monotonic() - began)
            if ready is not None and instant is not None:
                left = min(left, max(0.0, ready + instant - time.monotonic()))
            if not select.select([reader], [], [], left)[0]:
                os.kill(pid, signal.SIGKILL)  # its instant has come, or it hangs
                if instant is None:
                    death.error = "it hung"
                instant, ready = None, None
                continue
            piece = os.read(reader, 65536)
            if not piece:
                break
            text += piece
            if ready is None and b"\n" in text:
                ready = time.monotonic()
        _, status = os.waitpid(pid, 0)
        for line in text.splitlines():
            said = json.loads(line)
            death.place = said.get("place", death.place)
            death.lines = said.get("lines", death.lines)
            death.count, death.seconds = said.get("count", death.count), said.get("seconds", death.seconds)
            death.error = said.get("error", death.error)
            death.acks |= said.get("ack", {})
        death.killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        return death


def _doomed(built: House, story: Scenario, task: dict[str, Any], way: Way, at: int, writer: int) -> None:
    def tell(**said: Any) -> None:
        os.write(writer, json.dumps(said, default=str).encode() + b"\n")

    tracer = Tracer(way, at, lambda place: tell(place=place))
    try:
        tell(ready=True)
        began = time.monotonic()
        if way != "instant":
            tracer.start()
        story.act(built, task, lambda **facts: tell(ack=facts))
        tracer.stop()
        tell(count=tracer.count, lines=sorted(tracer.lines.values()), seconds=time.monotonic() - began)
    except BaseException:  # noqa: BLE001 — the parent reports it
        tracer.stop()
        tell(error=traceback.format_exc())
    finally:
        os._exit(0)


def warm(built: House) -> None:
    """Tell every story once, here, so that kills fall on the work and not on first-time preparations."""
    bench = Bench(built)
    for story in SCENARIOS:
        task, acks = story.prepare(bench, f"{story.name[0]}warmq"), {}
        story.act(built, task, lambda **facts: acks.update(facts))  # noqa: B023 — called before the next turn
        problems = list(story.recover(bench, task, acks))
        if problems:
            raise RuntimeError(f"{story.name} does not hold even without a kill: {problems}")
    bench.close()
    built.leave()
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if left:
        raise RuntimeError(f"a fork would inherit {left}")


@contextmanager
def zygote(seed: int) -> Iterator[Zygote]:
    """A zygote over a house of its own."""
    with house() as built:
        warm(built)
        made = Zygote(built, seed)
        try:
            yield made
        finally:
            made.close()
