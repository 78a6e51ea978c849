"""Turns on a real database: reading, proposing, waiting for a person, going on."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from core.errors import BadArguments, NotFound
from tests.graphs.conftest import turns_of, types, web
from tests.graphs.scripted import Cast, call, calls, steps


def told(done: list[Any]) -> AIMessage:
    return AIMessage(" ".join(json.loads(m.content).get("_told", "") for m in done))


SEARCH = steps(call("crm_search_customers", query="Ruiz"), AIMessage("Hay 1 cliente: Ana Ruiz Prado."))


def test_a_question_is_answered_from_reads_alone(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(SEARCH)) as turns:
            turn = await turns.start(actor("broker"), web(), "¿Qué clientes se apellidan Ruiz?")
            result = await turns.wait(actor("broker"), turn)
            return result, await turns.read(actor("broker"), turn), await turns.checkpoints.unfinished()

    result, frames, unfinished = loop(story())
    assert result.answer == "Hay 1 cliente: Ana Ruiz Prado."
    assert [c["name"] for c in result.tool_calls] == ["crm_search_customers"]
    assert result.specialists == []
    assert types(frames)[0] == "turn.started"
    assert types(frames)[-1] == "turn.finished"
    assert types(frames).count("turn.finished") == 1
    assert {"route", "tool.call", "tool.result", "text.delta", "text.done"} <= set(types(frames))
    assert [f.seq for f in frames] == list(range(1, len(frames) + 1))
    assert not [w for w in unfinished if w.tenant_id == actor("broker").tenant_id]


def test_text_must_be_there_and_the_thread_ones_own(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(SEARCH)) as turns:
            with pytest.raises(BadArguments):
                await turns.start(actor("broker"), web(), "  ")
            turn = await turns.start(actor("broker"), web(), "Hola")
            result = await turns.wait(actor("broker"), turn)
            with pytest.raises(NotFound):
                await turns.start(actor("executive"), web(), "Hola", result.thread_id)
            with pytest.raises(NotFound):
                await turns.read(actor("executive"), turn)

    loop(story())
