"""Frames: stored, followed from any number without gap or repeat, one tenant's own."""

import asyncio

import pytest
from langchain_core.messages import AIMessage

from core.errors import NotFound
from graphs.frames import as_sse
from graphs.narration import Narration
from graphs.payloads import Note
from graphs.store import ref_of
from tests.graphs.conftest import turns_of, types, web
from tests.graphs.scripted import Cast, call, steps

LONG = steps(call("crm_search_customers", query="Ruiz"), AIMessage(" ".join(f"palabra{n}" for n in "abcdefgh" * 8)))


def test_followers_that_come_at_any_time_see_the_same_frames(desk, actor, ana, loop):
    async def follow(turns, turn, after, pause):
        await asyncio.sleep(pause)
        return [f async for f in turns.follow(actor("broker"), turn, after)]

    async def story():
        async with turns_of(desk, Cast(LONG, delay=0.01)) as turns:
            turn = await turns.start(actor("broker"), web(), "¿Quién es Ruiz?")
            seen = await asyncio.gather(
                follow(turns, turn, 0, 0),
                follow(turns, turn, 3, 0.2),
                follow(turns, turn, 0, 0.5),
                follow(turns, turn, 5, 1.5),
            )
            return seen, await turns.read(actor("broker"), turn)

    (all_live, from_four, late, after_five), stored = loop(story())
    assert all_live == stored
    assert late == stored
    assert from_four == stored[3:]
    assert after_five == stored[5:]
    assert types(stored).count("turn.finished") == 1


def test_text_comes_in_at_most_twenty_pieces_a_second_and_whole_at_the_end(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(LONG, delay=0.01)) as turns:
            turn = await turns.start(actor("broker"), web(), "¿Quién es Ruiz?")
            result = await turns.wait(actor("broker"), turn)
            return result, await turns.read(actor("broker"), turn)

    result, frames = loop(story())
    pieces = [f for f in frames if f.type == "text.delta"]
    seconds = (pieces[-1].at - pieces[0].at).total_seconds()
    assert len(pieces) > 1
    assert len(pieces) <= 20 * seconds + 2
    assert "".join(p.payload["text"] for p in pieces).strip() == result.answer
    assert next(f for f in frames if f.type == "text.done").payload["text"] == result.answer


def test_frames_are_found_in_postgresql_when_the_stream_is_gone(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(LONG)) as turns:
            turn = await turns.start(actor("broker"), web(), "¿Quién es Ruiz?")
            await turns.wait(actor("broker"), turn)
            await turns.valkey.delete(f"turn:{turn}")
            return [f async for f in turns.follow(actor("broker"), turn)]

    assert loop(story())[-1].type == "turn.finished"


def test_another_tenant_sees_neither_turns_nor_frames(desk, actor, ana, installation, loop):
    stranger = installation.people.add_tenant(f"t{actor('broker').tenant_id.hex[-8:]}", "Otra")

    async def story():
        async with turns_of(desk, Cast(LONG)) as turns:
            turn = await turns.start(actor("broker"), web(), "¿Quién es Ruiz?")
            result = await turns.wait(actor("broker"), turn)
            for seen in (turns.read(stranger, turn), turns.wait(stranger, turn), turns.cancel(stranger, turn)):
                with pytest.raises(NotFound):
                    await seen
            with pytest.raises(NotFound):
                await turns.turns(stranger, result.thread_id)
            with pytest.raises(NotFound):
                await turns.start(stranger, web(), "Hola", result.thread_id)
            assert await turns.threads(stranger) == []
            ref = ref_of(turns.store.turn(actor("broker").tenant_id, turn))
            return turns.frames.read(type(ref)(stranger.tenant_id, ref.thread_id, ref.turn_id))

    assert loop(story()) == []


def test_a_narration_that_cannot_be_stored_says_so(loop):
    class Broken:
        async def append(self, frames):
            raise OSError("disk full")

    class Ref:
        thread_id = turn_id = tenant_id = "x"

    async def story():
        narration = Narration(Broken(), Ref())
        narration.say(Note(level="info", text="hola"))
        with pytest.raises(OSError, match="disk full"):
            await narration.flush()
        narration.say(Note(level="info", text="otra"))
        with pytest.raises(OSError, match="disk full"):
            await narration.flush()

    loop(story())


def test_a_frame_as_an_event_bears_its_number(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(LONG)) as turns:
            turn = await turns.start(actor("broker"), web(), "¿Quién es Ruiz?")
            return [f async for f in turns.follow(actor("broker"), turn)]

    text = as_sse(loop(story())[0])
    assert text.startswith("id: 1\nevent: turn.started\ndata: {")
    assert text.endswith("}\n\n")
