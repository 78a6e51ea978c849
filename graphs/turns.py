"""Turns (*turnos*): start, follow, cancel, resume; the one door to the graphs.

A turn runs as a task of this process and writes frames; readers only read, so a closed tab
stops nothing. What a dead process left unfinished is taken up by `resume_unfinished`.
"""

import asyncio
import contextvars
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import structlog
from langgraph.runtime import RunControl
from redis.asyncio import Redis
from sqlalchemy.exc import IntegrityError

from agents.models import Models as InstalledModels
from agents.models.prices import price_table
from agents.routing import route
from core.context import Actor, Origin
from core.errors import AitError, BadArguments, Conflict
from core.i18n import N_
from core.identifiers import new_id
from graphs import turn as turn_graph
from graphs.actions import Actions
from graphs.checkpoints import Checkpoints, Work
from graphs.context import House, Models, Passages, TurnContext, spoken
from graphs.frames import Frames, TurnRef, frame
from graphs.locks import Locks
from graphs.messages import Post
from graphs.narration import Narration
from graphs.nodes.act import unbroken
from graphs.passages import passages_of
from graphs.past import opening
from graphs.payloads import Budget, Frame, TurnStarted
from graphs.records import Thread, Turn
from graphs.result import TurnResult
from graphs.runner import Ending, Graph, Runner, ShuttingDown
from graphs.state import TurnState
from graphs.store import Store, new_turn, origin_of, ref_of
from modules.installation import Installation

LONGEST_TEXT: Final = 20_000
LONGEST_KEY: Final = 200
AT_ONCE: Final = 16  # turns that this process runs at the same time; others wait their turn
GATE_THREADS: Final = 24
DRAIN_SECONDS: Final = 10.0
FRESH_SECONDS: Final = 5.0
ABANDONED_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 15.0
WATCH_SECONDS: Final = 3.0
log = structlog.get_logger("turns")


class Turns:
    """All turns of an installation, as one process runs them.

    Args:
        installation: the opened core, modules and gate.
        models: which model speaks for an agent; chosen by the settings if absent.
        passages: where specialists look things up; the knowledge base if absent.
        budget: what one turn may use.
    """

    def __init__(
        self,
        installation: Installation,
        *,
        models: Models | None = None,
        passages: Passages | None = None,
        budget: Budget | None = None,
    ) -> None:
        """Prepare; `open` connects."""
        self.installation = installation
        self.models: Models = models or InstalledModels(installation.settings)
        self.budget = budget or Budget()
        self.store = Store(installation.database)
        self.checkpoints = Checkpoints(installation.database.graph_url)
        self.locks = Locks(installation.database.graph_url)
        self.actions = Actions(self)
        self.house = House(
            gate=installation.gate,
            catalogue=lambda: installation.catalogue,
            models=self.models,
            approval=installation.approvals.show,
            passages=passages or passages_of(installation.knowledge),
            ask=self.actions.ask,
            prices=price_table(installation.settings.data_dir),
            permits=lambda actor, permission: installation.policy.permits(actor, permission),
            post=Post(installation.gate.transactions, installation.audit).send,
            workers=ThreadPoolExecutor(GATE_THREADS, "gate"),
        )
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._runners: dict[UUID, Runner] = {}
        self._queues: dict[UUID, asyncio.Lock] = {}
        self._cleaning: set[asyncio.Task[None]] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._stopping = False

    async def open(self, *, watch: bool = False) -> None:
        """Connect, inside the loop that runs the turns; `watch` also resumes whatever lies unfinished."""
        self.valkey = Redis.from_url(self.installation.valkey_url)
        self.frames = Frames(self.installation.database, self.valkey)
        self._room = asyncio.Semaphore(AT_ONCE)
        await self.checkpoints.open()
        self._light: Graph = turn_graph.compiled(None)
        self._durable: list[Graph] = [turn_graph.compiled(saver) for saver in self.checkpoints.savers]
        self.actions.open(self.checkpoints.savers)
        if watch:
            await asyncio.to_thread(self._warm)
            await self.resume_unfinished()
            self._watcher = asyncio.create_task(self._watch())

    def _warm(self) -> None:
        """Build the indexes now, so that the first person of the day does not wait for them."""
        catalogue = self.installation.catalogue
        route("hola", tuple(catalogue.tools.values()))
        catalogue.search("hola")
        self.installation.knowledge.search("hola", self.installation.people.owner().tenant_id)

    async def close(self) -> None:
        """Stop running turns at their next step; they go on at the next start.

        A process that does not watch over unfinished turns, such as a command, ends its own first.
        """
        if self._watcher is None and self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self.budget.seconds)
        self._stopping = True
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait([self._watcher])
        for runner in self._runners.values():
            runner.control.request_drain("shutdown")
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        if self._cleaning:
            await asyncio.wait(self._cleaning)
        if self.house.workers is not None:
            await asyncio.to_thread(self.house.workers.shutdown)
        await self.locks.close()
        await self.checkpoints.close()
        await self.valkey.aclose()

    async def start(
        self, actor: Actor, origin: Origin, text: str, thread_id: UUID | None = None, *, key: str | None = None
    ) -> UUID:
        """Begin a turn and give its id at once; it goes on whether or not anybody follows it.

        The same text under the same `key` again is the turn that there is already.

        Raises:
            BadArguments: there is no text, or too much; or the key was used for another question.
            NotFound: the user has no such thread.
        """
        text = text.strip()
        if not text:
            raise BadArguments(field="text", problem=N_("falta; es obligatorio"))
        if len(text) > LONGEST_TEXT or "\0" in text:
            raise BadArguments(field="text", problem=N_("admite 20.000 caracteres de texto como máximo"))
        if key is not None and (earlier := await self._asked(actor, key, text, thread_id)) is not None:
            return earlier
        row = new_turn(actor, origin, text, thread_id or new_id())
        row.idempotency_key = key
        ref = ref_of(row)
        first = frame(ref, 1, self.started(row, actor))
        await self.checkpoints.begin(work_of(ref))
        try:
            await asyncio.to_thread(self.store.begin, row, first, new_thread=thread_id is None)
        except AitError:
            await self.checkpoints.end(work_of(ref))
            raise
        except IntegrityError:
            await self.checkpoints.end(work_of(ref))
            if key is None or (earlier := await self._asked(actor, key, text, thread_id)) is None:
                raise
            return earlier  # its twin was quicker
        await self.frames.publish([first])
        self.spawn(row, actor, fresh=True)
        return ref.turn_id

    async def _asked(self, actor: Actor, key: str, text: str, thread_id: UUID | None) -> UUID | None:
        """The turn that this key began, if it asked the same."""
        if not key or len(key) > LONGEST_KEY:
            raise BadArguments(field="Idempotency-Key", problem=N_("admite de 1 a 200 caracteres"))
        found = await asyncio.to_thread(self.store.asked, actor, key)
        if found is None:
            return None
        if found.text != text or thread_id not in (None, found.thread_id):
            raise BadArguments(field="Idempotency-Key", problem=N_("ya se usó con otros argumentos"))
        return found.id

    def started(self, row: Turn, actor: Actor) -> TurnStarted:
        """The first frame of a turn."""
        return TurnStarted(
            turn=str(row.id),
            actor=actor.user,
            model=self.models.label,
            budget=self.budget,
            text=row.text,
            continues=str(row.continues) if row.continues else None,
        )

    def spawn(self, row: Turn, actor: Actor, *, fresh: bool) -> None:
        """Run the turn as a task of its own; `fresh` tells that it cannot have checkpoints yet."""
        if row.id in self._tasks or self._stopping:
            return
        # A context of its own: begun inside a graph's node, the run would be taken for a subgraph.
        task = asyncio.get_running_loop().create_task(
            self._run(row, actor, fresh), context=contextvars.Context(), name=f"turn:{row.id}"
        )
        self._tasks[row.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(row.id, None))

    async def _run(self, row: Turn, actor: Actor, fresh: bool) -> None:
        ref, began = ref_of(row), time.monotonic()
        queue = self._queues.setdefault(ref.thread_id, asyncio.Lock())
        try:
            async with queue, self._room, self.locks.hold(work_of(ref).key):
                # Who waited long may have been taken for dead by another process meanwhile.
                fresh = fresh and time.monotonic() - began < FRESH_SECONDS
                if await self._run_alone(row, actor, fresh):
                    self._clean(work_of(ref))
        except ShuttingDown:
            log.info("turn.left_for_next_start", turn=str(ref.turn_id))
        except Conflict:
            log.info("turn.runs_elsewhere", turn=str(ref.turn_id))
        except asyncio.CancelledError:
            if not self._stopping:
                await self._never_began(row, actor)
        finally:
            if not queue.locked():
                self._queues.pop(ref.thread_id, None)

    async def _run_alone(self, row: Turn, actor: Actor, fresh: bool) -> bool:
        """Run it; whether it has ended."""
        ref, after = ref_of(row), 1
        if not fresh:
            again = await asyncio.to_thread(self.store.turn, ref.tenant_id, ref.turn_id)
            if again is None or again.state != "running":
                return True
            after = await asyncio.to_thread(self.store.last_seq, ref)
        runner = self._runners[ref.turn_id] = self._runner(row, actor, after)
        try:
            ending = await runner.run(await self._opening(row, runner, fresh))
            await unbroken(self._close(runner.ctx.narration, ref, ending))
        except ShuttingDown:
            await runner.ctx.narration.flush()  # whoever goes on counts from what is stored
            raise
        finally:
            self._runners.pop(ref.turn_id, None)
        return True

    def _runner(self, row: Turn, actor: Actor, after: int) -> Runner:
        ref = ref_of(row)
        narration = Narration(self.frames.of(ref), ref, after)
        ctx = TurnContext(self.house, spoken(actor, row.text), origin_of(row), ref, narration, self.budget)
        key = work_of(ref).key
        return Runner(self._light, self._durable[self.checkpoints.slot(key)], key, ctx, RunControl())

    async def _never_began(self, row: Turn, actor: Actor) -> None:
        """Close a turn that was cancelled while it waited for its turn."""
        runner = self._runner(row, actor, await asyncio.to_thread(self.store.last_seq, ref_of(row)))
        runner.ctx.durable = False
        await self._close(runner.ctx.narration, ref_of(row), await runner.cancelled())
        self._clean(work_of(ref_of(row)))

    async def _opening(self, row: Turn, runner: Runner, fresh: bool) -> TurnState | None:
        """What the turn begins with; None if checkpoints say where it stands."""
        if not fresh and (await runner.durable.aget_state(runner.config)).values:
            return None
        if row.continues is not None:
            return await self.actions.opening(row)
        return opening(row.text, await asyncio.to_thread(self.store.recent, ref_of(row)))

    async def _close(self, narration: Narration, ref: TurnRef, ending: Ending) -> None:
        """Store the last frame and the row's end together, then publish."""
        await narration.flush()
        last = frame(ref, narration.seq + 1, ending.payload)
        if await asyncio.to_thread(self.store.finish, ref, last, ending.values):
            await self.frames.publish([last])

    def _clean(self, work: Work) -> None:
        """Forget the turn's checkpoints, off the path of whoever waits for the answer."""
        task = asyncio.create_task(self.checkpoints.end(work))
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)

    async def wait(self, actor: Actor, turn_id: UUID) -> TurnResult:
        """The result of the user's turn, once it has ended."""
        row = await asyncio.to_thread(self.store.own_turn, actor, turn_id)
        task = self._tasks.get(turn_id)
        if task is not None:
            await asyncio.shield(task)
        else:
            async for _ in self.frames.follow(ref_of(row)):
                continue
        row = await asyncio.to_thread(self.store.own_turn, actor, turn_id)
        return TurnResult.model_validate(row.result)

    async def read(self, actor: Actor, turn_id: UUID, after: int = 0) -> list[Frame]:
        """The stored frames of the user's turn above number `after`."""
        row = await asyncio.to_thread(self.store.own_turn, actor, turn_id)
        return await asyncio.to_thread(self.frames.read, ref_of(row), after)

    async def follow(self, actor: Actor, turn_id: UUID, after: int = 0) -> AsyncIterator[Frame]:
        """All frames of the user's turn above `after`, as they come, until its last."""
        row = await asyncio.to_thread(self.store.own_turn, actor, turn_id)
        async for item in self.frames.follow(ref_of(row), after):
            yield item

    async def threads(self, actor: Actor, limit: int = 50) -> list[Thread]:
        """The user's conversations, the latest first."""
        return await asyncio.to_thread(self.store.threads, actor, limit)

    async def turns(self, actor: Actor, thread_id: UUID) -> list[Turn]:
        """The turns of the user's conversation, oldest first."""
        return await asyncio.to_thread(self.store.turns, actor, thread_id)

    async def history(self, actor: Actor, thread_id: UUID) -> list[Frame]:
        """All frames of the user's conversation, in order."""
        return await asyncio.to_thread(self.store.events, actor, thread_id)

    async def cancel(self, actor: Actor, turn_id: UUID) -> None:
        """Stop the user's turn; a write that has begun ends first.

        Raises:
            Conflict: it has ended already, or another process runs it.
        """
        row = await asyncio.to_thread(self.store.own_turn, actor, turn_id)
        task = self._tasks.get(turn_id)
        if row.state != "running":
            raise Conflict(reason=N_("el turno ya ha terminado"))
        if task is None:
            raise Conflict(reason=N_("el turno lo ejecuta otro proceso"))
        runner = self._runners.get(turn_id)
        if runner is not None:
            runner.cancel(task)
        else:
            task.cancel()
        await asyncio.wait([task])

    async def decided(self, actor: Actor, approval_id: UUID) -> UUID | None:
        """Carry out a decision that was just taken; the turn that tells of it, if a chat asked.

        Call it after approve, edit or reject. Safe to call twice, by anybody, at any time:
        the approval's row says what holds.

        Raises:
            Conflict: another process is resuming it, and has been for long.
        """
        try:
            return await self.actions.resume(actor.tenant_id, approval_id, actor)
        except Conflict:
            # Somebody else carries out the same decision: what he makes of it is the answer.
            return await self.actions.reported(actor.tenant_id, approval_id, PATIENCE_SECONDS)

    async def resume_unfinished(self, older_than: float = 0.0) -> int:
        """Take up what a dead process left, and what was decided while nobody listened; how many.

        Args:
            older_than: leave alone what began less than these seconds ago.
        """
        taken = 0
        works = [w for w in await self.checkpoints.unfinished() if w.age_seconds >= older_than]
        decided = await self.actions.decided_among([w for w in works if w.kind == "act"])
        for work in [w for w in works if w.kind == "turn"] + decided:
            try:
                taken += await self._take_up(work)
            except Conflict:
                continue  # another process is at it
            except Exception as error:
                log.exception("turns.not_resumed", work=work.key, error=type(error).__name__)
        return taken

    async def _take_up(self, work: Work) -> bool:
        if work.kind == "act":
            return await self.actions.resume(work.tenant_id, work.id) is not None
        if work.id in self._tasks:
            return False
        row = await asyncio.to_thread(self.store.turn, work.tenant_id, work.id)
        if row is None and work.age_seconds < ABANDONED_SECONDS:
            return False  # about to be inserted
        if row is None or row.state != "running":
            await self.checkpoints.end(work)
            return False
        async with self.locks.hold(work.key):
            pass  # nobody holds it: whoever ran the turn is gone
        self.spawn(row, await self.actor_of(row), fresh=False)
        return True

    async def actor_of(self, row: Turn) -> Actor:
        """The person of a turn, with the rights of now."""
        actor = await asyncio.to_thread(self.installation.people.actor, row.username, row.tenant_id)
        return replace(actor, agent=None)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self.resume_unfinished(FRESH_SECONDS * 2)
            except Exception as error:  # noqa: BLE001 — the watch outlives a database that is away
                log.warning("turns.not_watched", error=str(error))

    async def settled(self, turn_id: UUID) -> None:
        """Wait until a turn that this process runs has ended."""
        task = self._tasks.get(turn_id)
        if task is not None:
            await asyncio.wait([task])

    def background(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Run `work` in a context of its own; a graph begun in a node would be taken for its subgraph."""
        return asyncio.get_running_loop().create_task(work, context=contextvars.Context())


def work_of(ref: TurnRef) -> Work:
    """The entry of the work list for a turn."""
    return Work(f"turn:{ref.turn_id}", ref.tenant_id)


__all__ = ["TurnResult", "Turns"]
