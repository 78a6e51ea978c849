"""Single steps of the turn: who takes it, what is seen of the past, what is stopped and what is not."""

import asyncio
import time

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.errors import NodeTimeoutError
from psycopg import OperationalError

from graphs.nodes import act
from graphs.nodes.intake import question, trimmed
from graphs.past import in_order, sound
from graphs.payloads import Budget
from graphs.state import RESET, merge_by_key
from graphs.transient import is_transient
from tests.graphs.conftest import told, turns_of, types, web
from tests.graphs.scripted import Cast, call, calls, steps

GREETING = steps(AIMessage("Hola."))


@pytest.mark.parametrize(
    ("text", "executor"),
    [
        ("@cfo ¿cómo vamos?", "cfo"),
        ("@operaciones hola", "operations"),
        ("Busca los clientes que se llaman Ruiz", "sales"),
        ("Hola", "ceo"),
    ],
)
def test_the_executor_is_told_in_the_first_frames(desk, actor, ana, loop, text, executor):
    async def story():
        async with turns_of(desk, Cast(GREETING)) as turns:
            turn = await turns.start(actor("broker"), web(), text)
            return await turns.wait(actor("broker"), turn), await turns.read(actor("broker"), turn)

    result, frames = loop(story())
    assert types(frames)[:2] == ["turn.started", "route"]
    assert frames[1].payload["executor"] == result.executor
    if text.startswith("@") or text == "Hola":
        assert result.executor == executor


def test_a_write_that_has_begun_ends_although_the_turn_is_cancelled(desk, actor, ana, loop, monkeypatch):
    """The write's outcome is part of the cancelled turn's result."""
    really = act._act

    async def slow(state, ctx):
        await asyncio.sleep(0.4)
        return await really(state, ctx)

    monkeypatch.setattr(act, "_act", slow)
    script = steps(call("desk_send_notice", customer="Ana Ruiz Prado"), told)

    async def story():
        async with turns_of(desk, Cast(script)) as turns:
            turn = await turns.start(actor("broker"), web(), "Avisa a Ana Ruiz Prado")
            while turn not in turns._runners or not turns._runners[turn].ctx.acting:
                await asyncio.sleep(0.02)
            await turns.cancel(actor("broker"), turn)
            return await turns.wait(actor("broker"), turn)

    result = loop(story())
    assert result.outcome == "cancelled"
    assert [row["status"] for row in result.tool_calls] == ["done"]


def test_a_turn_may_be_cancelled_while_its_specialists_think(desk, actor, ana, loop):
    script = steps(call("desk_send_notice", customer="Ana Ruiz Prado"), told)

    async def story():
        async with turns_of(desk, Cast(script, lambda who: 30.0)) as turns:
            turn = await turns.start(actor("broker"), web(), "Avisa a Ana Ruiz Prado")
            async for frame in turns.follow(actor("broker"), turn):
                if frame.type == "consult":
                    break
            began = time.monotonic()
            await turns.cancel(actor("broker"), turn)
            return await turns.wait(actor("broker"), turn), time.monotonic() - began

    result, seconds = loop(story())
    assert result.outcome == "cancelled"
    assert result.approvals == []
    assert seconds < 5


def test_turns_of_one_conversation_wait_for_each_other(desk, actor, ana, loop):
    slow = steps(call("desk_wait_long", seconds=0.4), AIMessage("Ya."))

    async def story():
        async with turns_of(desk, Cast(slow)) as turns:
            first = await turns.start(actor("broker"), web(), "Espera un rato")
            thread = (await asyncio.to_thread(turns.store.own_turn, actor("broker"), first)).thread_id
            second = await turns.start(actor("broker"), web(), "Espera otro rato", thread)
            await turns.wait(actor("broker"), second)
            return await turns.turns(actor("broker"), thread), await turns.history(actor("broker"), thread)

    rows, frames = loop(story())
    assert [row.state for row in rows] == ["done", "done"]
    ended = next(f.at for f in frames if f.turn == str(rows[0].id) and f.last)
    assert min(f.at for f in frames if f.turn == str(rows[1].id) and f.type == "route") >= ended


def test_a_queued_turn_can_be_cancelled_before_it_begins(desk, actor, ana, loop):
    slow = steps(call("desk_wait_long", seconds=0.6), AIMessage("Ya."))

    async def story():
        async with turns_of(desk, Cast(slow)) as turns:
            first = await turns.start(actor("broker"), web(), "Espera un rato")
            thread = (await asyncio.to_thread(turns.store.own_turn, actor("broker"), first)).thread_id
            second = await turns.start(actor("broker"), web(), "Espera otro rato", thread)
            await turns.cancel(actor("broker"), second)
            return await turns.wait(actor("broker"), second), await turns.wait(actor("broker"), first)

    second, first = loop(story())
    assert second.outcome == "cancelled"
    assert first.outcome == "done"


def test_calls_beyond_the_budget_are_refused_and_the_turn_ends_with_what_it_has(desk, actor, ana, loop):
    many = calls(*[("crm_search_customers", {"query": f"Ruiz{n}"}) for n in range(6)])

    async def story():
        async with turns_of(desk, Cast(steps(many, AIMessage("Nada."))), Budget(tool_calls=4)) as turns:
            return await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), "Busca Ruiz"))

    result = loop(story())
    assert [row["status"] for row in result.tool_calls] == ["done"] * 4 + ["error"] * 2
    assert result.tool_calls[-1]["error"]["code"] == "ait.over_budget"
    assert "He parado" in result.answer


def test_a_turn_out_of_time_says_so(desk, actor, ana, loop):
    slow = steps(AIMessage(" ".join(["palabra"] * 500)))

    async def story():
        async with turns_of(desk, Cast(slow, delay=0.02), Budget(seconds=0.8)) as turns:
            return await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), "Cuenta"))

    result = loop(story())
    assert result.outcome == "done"
    assert "tiempo" in result.answer


def test_eight_parallel_reads_answer_in_the_models_order(desk, actor, ana, loop):
    many = calls(*[("desk_wait_long", {"seconds": 0.3 - n / 20}) for n in range(4)])
    order = []

    def script(messages):
        order[:] = [m.tool_call_id for m in messages if isinstance(m, ToolMessage)]
        return steps(many, AIMessage("Ya."))(messages)

    async def story():
        async with turns_of(desk, Cast(script)) as turns:
            return await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), "Espera un rato"))

    result = loop(story())
    assert order == [c["id"] for c in many.tool_calls] == [row["id"] for row in result.tool_calls]


class TestHistory:
    def past(self, turns):
        messages = []
        for n in range(turns):
            made = {"name": "x_y", "args": {}, "id": f"c{n}", "type": "tool_call"}
            messages += [
                HumanMessage(f"pregunta {n}"),
                AIMessage("", tool_calls=[made]),
                ToolMessage("{}", tool_call_id=f"c{n}"),
                HumanMessage("<consejo>{}</consejo>"),
                AIMessage(f"respuesta {n}"),
            ]
        return messages

    def test_older_turns_keep_only_what_was_said(self):
        kept = trimmed(self.past(4))
        assert [type(m).__name__ for m in kept[:4]] == ["HumanMessage", "AIMessage"] * 2
        assert sum(isinstance(m, ToolMessage) for m in kept) == 2

    def test_no_result_is_kept_without_its_call(self):
        kept = trimmed([*self.past(3), HumanMessage("x" * 30_000), AIMessage("y" * 8_000)])
        calls = {c["id"] for m in kept if isinstance(m, AIMessage) for c in m.tool_calls}
        assert {m.tool_call_id for m in kept if isinstance(m, ToolMessage)} <= calls
        assert not kept or isinstance(kept[0], HumanMessage)


def test_the_question_bears_records_and_date():
    text = question("¿Y Ana?", [{"kind": "customer", "id": "1", "label": "Ana", "words": "Ana"}], "2026-11-22")
    assert text.startswith("¿Y Ana?\n\n<registros>[{")
    assert text.endswith("<hoy>2026-11-22</hoy>")


def test_branches_may_write_in_any_order_and_a_reset_empties():
    one, two = {"a": 1}, {"b": 2}
    assert merge_by_key(merge_by_key({}, one), two) == merge_by_key(merge_by_key({}, two), one)
    assert merge_by_key(one, {RESET: True}) == {}


class Refused(Exception):
    status_code = 401


class Overloaded(Exception):
    status_code = 529


class APIConnectionError(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (Overloaded(), True),
        (APIConnectionError(), True),
        (OperationalError(), True),
        (ConnectionResetError(), True),
        (Refused(), False),
        (ValueError(), False),
        (asyncio.CancelledError(), False),
        (NodeTimeoutError("specialist", 1.0, kind="run", run_timeout=1.0), False),
    ],
)
def test_only_passing_failures_are_tried_again(error, worth):
    assert is_transient(error) is worth


def test_one_message_may_propose_a_read_a_draft_and_two_writes(desk, actor, ana, loop):
    many = calls(
        ("crm_search_customers", {"query": "Ruiz"}),
        ("desk_send_notice", {"customer": "Ana Ruiz Prado"}),
        ("desk_offer_cover", {"customer": "Ana Ruiz Prado"}),
        ("crm_update_contact", {"customer": "Ana Ruiz Prado", "phone": "600111222"}),
    )

    async def story():
        async with turns_of(desk, Cast(steps(many, told))) as turns:
            turn = await turns.start(
                actor("broker"), web(), "Avisa a Ana Ruiz Prado, ofértale y cambia su teléfono al 600111222"
            )
            return await turns.wait(actor("broker"), turn), await turns.read(actor("broker"), turn)

    result, frames = loop(story())
    assert {row["name"]: row["status"] for row in result.tool_calls} == {
        "crm_search_customers": "done",
        "desk_offer_cover": "done",
        "desk_send_notice": "done",
        "crm_update_contact": "done",
    }
    assert [len(f.payload["steps"]) for f in frames if f.type == "plan"] == [4]
    assert set(result.advice) == {many.tool_calls[1]["id"], many.tool_calls[3]["id"]}


def made(*ids):
    return AIMessage("", tool_calls=[{"name": "x_y", "args": {}, "id": id, "type": "tool_call"} for id in ids])


def test_results_follow_the_message_that_asked_for_them_although_advice_came_between():
    one, two = ToolMessage("1", tool_call_id="a"), ToolMessage("2", tool_call_id="b")
    asked, advice = made("a", "b"), HumanMessage("<consejo>{}</consejo>")
    assert in_order([HumanMessage("x"), asked, two, advice, one])[1:] == [asked, one, two, advice]


def test_calls_without_results_are_no_part_of_the_past():
    kept = made("a")
    done = ToolMessage("1", tool_call_id="a")
    lost = ToolMessage("2", tool_call_id="b")
    assert sound([kept, done, made("b", "c"), lost]) == [kept, done]
