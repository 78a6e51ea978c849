"""What survives: a process that dies while an approval waits, or in the middle of a turn."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.errors import UnknownInterruptError
from langgraph.types import Command
from psycopg import AsyncConnection, errors
from sqlmodel import select

from core.errors import Conflict
from graphs.action import STRICT
from graphs.checkpoints import connection_options
from graphs.context import ToolBroken
from graphs.locks import Locks
from graphs.past import saved
from modules.core_business.crm.records import Interaction
from tests.graphs.conftest import ASKED, OFFER_AND_ISSUE, approve, turns_of, types, unfinished, web
from tests.graphs.scripted import Cast, call, calls, steps

HOUSE = Path(__file__).parent.parent.parent


def issued(desk, actor):
    """Offers that were issued, in the tenant."""
    with desk.database.transaction(actor("broker").tenant_id) as session:
        found = session.exec(select(Interaction).where(Interaction.topic == "policy"))
        return [row.id for row in found]


def die_in_a_child(desk, actor, kill_at):
    """Run the turn in a process of its own that kills itself at `kill_at`; gives the turn's id."""
    data_dir = str(desk.settings.data_dir)
    environment = {**os.environ, "AIT_DATA_DIR": data_dir, "AIT_MODEL": "offline", "PYTHONPATH": str(HOUSE)}
    child = subprocess.run(
        [sys.executable, "-m", "tests.graphs.doomed", actor("broker").user, kill_at],
        cwd=HOUSE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    return next(UUID(line[5:]) for line in child.stdout.splitlines() if line.startswith("turn "))


def test_an_approval_outlives_the_process_that_asked_for_it(desk, actor, ana, loop):
    turn = die_in_a_child(desk, actor, "waiting")
    before = issued(desk, actor)

    async def story():
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as turns:
            first = await turns.wait(actor("broker"), turn)
            approve(desk, actor("executive"), first)
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as turns:  # decided while nobody listened
            await turns.resume_unfinished()
            return first, await turns.wait(
                actor("broker"), turns.store.continuing(actor("broker").tenant_id, UUID(first.approvals[0]["id"]))
            )

    first, result = loop(story())
    assert first.outcome == "interrupted"
    assert "emitida" in result.answer
    assert len(issued(desk, actor)) == len(before) + 1


@pytest.mark.parametrize("moment", ["reading", "planned", "acted"])
def test_a_turn_that_a_dead_process_left_is_finished_once(desk, actor, ana, loop, moment):
    before = issued(desk, actor)
    turn = die_in_a_child(desk, actor, moment)

    async def story():
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as turns:
            assert await turns.resume_unfinished() >= 1
            result = await turns.wait(actor("broker"), turn)
            return result, await turns.read(actor("broker"), turn), await unfinished(turns, actor)

    result, frames, left = loop(story())
    assert result.outcome == "interrupted"
    assert [row["status"] for row in result.tool_calls] == ["done", "pending"]
    assert types(frames).count("turn.finished") == 1
    assert [f.seq for f in frames] == list(range(1, len(frames) + 1))
    assert f"turn:{turn}" not in {work.key for work in left}
    waiting = [v for v in desk.approvals.list(actor("executive")) if v.turn_id == turn]
    assert len(waiting) == 1
    assert issued(desk, actor) == before


def test_closing_leaves_a_running_turn_for_the_next_start(desk, actor, ana, loop):
    slow = steps(calls(("desk_wait_long", {"seconds": 1.0})), AIMessage("Ya está."))

    async def story():
        async with turns_of(desk, Cast(slow)) as turns:
            turn = await turns.start(actor("broker"), web(), "Espera un rato")
            await asyncio.sleep(0.5)
            turns._watcher = asyncio.create_task(asyncio.sleep(60))  # a server, which does not wait for turns
        assert turns.store.turn(actor("broker").tenant_id, turn).state == "running"
        async with turns_of(desk, Cast(slow)) as turns:
            await turns.resume_unfinished()
            return await turns.wait(actor("broker"), turn)

    assert loop(story()).answer == "Ya está."


def test_a_lock_is_held_once_in_this_process_and_in_others(desk, loop):
    async def story():
        one, other = Locks(desk.database.graph_url), Locks(desk.database.graph_url)
        async with one.hold("act:x"):
            for locks in (one, other):
                with pytest.raises(Conflict, match="ya se está reanudando"):
                    async with locks.hold("act:x"):
                        pass
            async with other.hold("act:y"):
                pass
        async with other.hold("act:x"):
            pass
        await one.close()
        await other.close()

    loop(story())


def test_a_lock_survives_a_broken_connection(desk, loop):
    async def story():
        locks, other = Locks(desk.database.graph_url), Locks(desk.database.graph_url)
        async with locks.hold("act:kept"):
            await locks._connection.close()
            async with locks.hold("act:more"):
                pass
            with pytest.raises(Conflict):
                async with other.hold("act:kept"):
                    pass
        await locks.close()
        await other.close()

    loop(story())


def test_a_late_answer_to_an_interrupt_is_refused(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as turns:
            first = await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), ASKED))
            id = UUID(first.approvals[0]["id"])
            link = turns.store.linked(actor("broker").tenant_id, id)
            approve(desk, actor("executive"), first)
            await turns.wait(actor("broker"), await turns.decided(actor("executive"), id))
            graph, config = turns.actions._graph(id)
            assert config["configurable"][STRICT] is True
            with pytest.raises(UnknownInterruptError):
                await graph.ainvoke(Command(resume={link.interrupt_id: {"type": "reject"}}), config, version="v2")

    loop(story())


def test_the_graphs_role_sees_its_own_tables_alone(desk, loop):
    async def story():
        connection = await AsyncConnection.connect(desk.database.graph_url, **connection_options())
        async with connection:
            await connection.execute("SELECT 1 FROM checkpoints")
            for table in ("soriano_crm.customer", "soriano_platform.turn", "soriano_platform.approval"):
                with pytest.raises(errors.InsufficientPrivilege):
                    await connection.execute(f"SELECT 1 FROM {table}")

    loop(story())


def test_what_the_state_holds_comes_back_from_a_checkpoint_as_it_was(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as turns:
            turn = await turns.start(actor("broker"), web(), ASKED)
            await turns.wait(actor("broker"), turn)
            return turns.store.turn(actor("broker").tenant_id, turn)

    row = loop(story())
    strict = JsonPlusSerializer(allowed_msgpack_modules=None)
    messages = saved(row)
    assert {type(m) for m in messages} == {HumanMessage, AIMessage, ToolMessage}
    for value in (messages, row.result, row.result["tool_calls"], row.result["advice"], row.result["mentions"]):
        assert strict.loads_typed(strict.dumps_typed(value)) == value


def test_a_fault_in_a_tool_is_told_by_its_reference(desk, actor, ana, loop):
    script = steps(call("desk_issue_cover", quote="no es un número"), AIMessage("No se pudo."))

    async def story():
        async with turns_of(desk, Cast(script)) as turns:
            return await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), "Emite"))

    result = loop(story())
    assert result.tool_calls[0]["error"]["code"] == ToolBroken.code
    assert result.outcome == "done"
