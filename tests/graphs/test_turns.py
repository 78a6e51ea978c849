"""Turns on a real database: reading, proposing, waiting for a person, going on."""

import asyncio
from uuid import UUID

import pytest
from langchain_core.messages import AIMessage

from core.errors import BadArguments, Conflict, NotFound
from graphs.payloads import Budget
from tests.graphs.conftest import ASKED, OFFER_AND_ISSUE, approve, told, touch, turns_of, types, unfinished, web
from tests.graphs.scripted import Cast, call, opposing, results, steps, supporting

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


def test_drafts_run_after_the_plan_and_their_references_are_piped_on(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as turns:
            turn = await turns.start(actor("broker"), web(), ASKED)
            result = await turns.wait(actor("broker"), turn)
            return result, await turns.read(actor("broker"), turn)

    result, frames = loop(story())
    assert result.outcome == "interrupted"
    assert [row["status"] for row in result.tool_calls] == ["done", "pending"]
    assert len(result.specialists) >= 3
    assert {a["specialist"] for a in result.recommendations} == set(result.specialists)
    seen = types(frames)
    assert seen.index("plan") < seen.index("tool.call")
    assert seen.index("consult") < seen.index("recommendation") < seen.index("approval")
    assert frames[-1].payload["outcome"] == "interrupted"
    waiting = desk.approvals.show(actor("executive"), UUID(result.approvals[0]["id"]))
    assert waiting.advice["verdict"] == "support"
    assert waiting.thread_id == result.thread_id


def test_an_approved_call_runs_and_the_conversation_goes_on(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as turns:
            first = await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), ASKED))
            approve(desk, actor("executive"), first)
            after = await turns.decided(actor("executive"), UUID(first.approvals[0]["id"]))
            again = await turns.decided(actor("executive"), UUID(first.approvals[0]["id"]))
            result = await turns.wait(actor("broker"), after)
            return first, after, again, result, await turns.read(actor("broker"), after), await unfinished(turns, actor)

    first, after, again, result, frames, left = loop(story())
    assert after == again != first.turn_id
    assert result.thread_id == first.thread_id
    assert "emitida" in result.answer
    assert [(row["name"], row["status"]) for row in result.tool_calls] == [("desk_issue_cover", "done")]
    assert types(frames)[:4] == ["turn.started", "approval.decided", "tool.call", "tool.result"]
    assert frames[0].payload["continues"] == str(first.turn_id)
    assert not {f"act:{first.approvals[0]['id']}", f"turn:{after}", f"turn:{first.turn_id}"} & {w.key for w in left}


def test_a_rejection_is_told_with_its_reason_and_changes_nothing(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as turns:
            first = await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), ASKED))
            id = UUID(first.approvals[0]["id"])
            desk.approvals.reject(actor("executive"), id, "Falta el DNI")
            return await turns.wait(actor("broker"), await turns.decided(actor("executive"), id))

    result = loop(story())
    assert result.tool_calls[0]["status"] == "rejected"
    assert "Falta el DNI" in result.tool_calls[0]["error"]["message"]
    assert result.approvals == []


def test_an_edit_waits_again_and_the_model_learns_that_a_person_changed_the_call(desk, actor, ana, loop):
    heard = []

    def script(messages):
        heard[:] = [str(m.content) for m in results(messages)]
        return OFFER_AND_ISSUE(messages)

    async def story():
        async with turns_of(desk, Cast(script)) as turns:
            first = await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), ASKED))
            id = UUID(first.approvals[0]["id"])
            args = {**first.approvals[0]["args"], "note": "con franquicia"}
            fresh = desk.approvals.edit(actor("executive"), id, args)
            told = await turns.wait(actor("broker"), await turns.decided(actor("executive"), id))
            desk.approvals.approve(actor("executive"), fresh.id, fresh.preview_hash)
            return fresh, told, await turns.wait(actor("broker"), await turns.decided(actor("executive"), fresh.id))

    fresh, told, result = loop(story())
    assert told.outcome == "interrupted"
    assert [a["id"] for a in told.approvals] == [str(fresh.id)]
    assert result.tool_calls[0]["args"]["note"] == "con franquicia"
    assert "con franquicia" in heard[-1]
    assert '"_edited"' in heard[-1]


def test_rows_that_changed_meanwhile_make_the_approval_stale_and_it_is_asked_again(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as turns:
            first = await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), ASKED))
            touch(desk, actor("broker"), first.tool_calls[0]["result"]["quote"])
            approve(desk, actor("executive"), first)
            id = UUID(first.approvals[0]["id"])
            told = await turns.wait(actor("broker"), await turns.decided(actor("executive"), id))
            approve(desk, actor("executive"), told)
            fresh = UUID(told.approvals[0]["id"])
            return told, await turns.wait(actor("broker"), await turns.decided(actor("executive"), fresh))

    told, result = loop(story())
    assert told.outcome == "interrupted"
    assert "los datos cambiaron" in told.answer
    assert result.tool_calls[0]["status"] == "done"


def test_two_decisions_of_one_approval_at_once_run_it_once(desk, actor, ana, loop):
    async def story():
        async with turns_of(desk, Cast(OFFER_AND_ISSUE)) as one, turns_of(desk, Cast(OFFER_AND_ISSUE)) as other:
            first = await one.wait(actor("broker"), await one.start(actor("broker"), web(), ASKED))
            approve(desk, actor("executive"), first)
            id = UUID(first.approvals[0]["id"])
            ended = await asyncio.gather(
                *(turns.decided(actor("executive"), id) for turns in (one, other, one, other)), return_exceptions=True
            )
            after = await one.decided(actor("executive"), id)
            await one.wait(actor("broker"), after)
            return ended, after, await one.turns(actor("broker"), first.thread_id)

    ended, after, turns = loop(story())
    assert all(e in (None, after) or isinstance(e, Conflict) for e in ended)
    assert len(turns) == 2


def test_a_proposal_without_its_specialists_waits_for_a_person(desk, actor, ana, loop):
    def silent(who):
        raise ValueError("no model")

    script = steps(call("desk_send_notice", customer="Ana Ruiz Prado"), told)

    async def story(advise):
        async with turns_of(desk, Cast(script, advise)) as turns:
            turn = await turns.start(actor("broker"), web(), "Avisa a Ana Ruiz Prado")
            return await turns.wait(actor("broker"), turn)

    alone, supported = loop(story(silent)), loop(story(supporting))
    assert {a["status"] for a in alone.recommendations} == {"error"}
    assert alone.outcome == "interrupted"
    assert supported.outcome == "done"
    assert supported.tool_calls[0]["status"] == "done"


def test_a_veto_sends_the_proposal_to_a_person(desk, actor, ana, loop):
    script = steps(call("desk_send_notice", customer="Ana Ruiz Prado"), told)

    def advise(who):
        return opposing(who) if who.id == "legal" else supporting(who)

    async def story():
        async with turns_of(desk, Cast(script, advise)) as turns:
            turn = await turns.start(actor("broker"), web(), "Avisa a Ana Ruiz Prado")
            return await turns.wait(actor("broker"), turn)

    result = loop(story())
    waiting = desk.approvals.show(actor("executive"), UUID(result.approvals[0]["id"]))
    assert waiting.rule == "advised"
    assert "se opone" in waiting.why
    assert waiting.advice["vetoes"] == ["legal"]


def test_one_failing_and_one_slow_specialist_are_named_and_the_turn_goes_on(desk, actor, ana, loop):
    script = steps(call("desk_send_notice", customer="Ana Ruiz Prado"), told)

    def advise(who):
        if who.id == "insurance":
            raise ValueError("no model")
        return 9.0 if who.id == "customer" else supporting(who)

    async def story():
        async with turns_of(desk, Cast(script, advise), Budget(seconds=2.5)) as turns:
            turn = await turns.start(actor("broker"), web(), "Avisa a Ana Ruiz Prado")
            return await turns.wait(actor("broker"), turn), await turns.read(actor("broker"), turn)

    result, frames = loop(story())
    assert {a["specialist"]: a["status"] for a in result.recommendations} == {
        "customer": "timeout",
        "insurance": "error",
        "legal": "ok",
        "operations": "ok",
    }
    states = {f.payload["specialist"]: f.payload["state"] for f in frames if f.type == "consult"}
    assert states["customer"] == "timeout"
    assert sum(f.type == "recommendation" for f in frames) == 2


def test_a_proposal_that_could_not_run_is_refused_without_asking_anybody(desk, actor, ana, loop):
    script = steps(call("desk_issue_cover", quote=str(UUID(int=7))), told)

    async def story():
        async with turns_of(desk, Cast(script)) as turns:
            turn = await turns.start(actor("broker"), web(), "Emite la oferta")
            return await turns.wait(actor("broker"), turn)

    result = loop(story())
    assert result.tool_calls[0]["error"]["code"] == "ait.not_found"
    assert result.specialists == []
    assert "No existe" in result.answer


def test_a_cancelled_turn_says_so_and_keeps_what_was_said(desk, actor, ana, loop):
    slow = steps(AIMessage(" ".join(["palabra"] * 200)))

    async def story():
        async with turns_of(desk, Cast(slow, delay=0.02)) as turns:
            turn = await turns.start(actor("broker"), web(), "Cuéntame algo")
            await asyncio.sleep(0.6)
            await turns.cancel(actor("broker"), turn)
            with pytest.raises(Conflict):
                await turns.cancel(actor("broker"), turn)
            return await turns.wait(actor("broker"), turn), await turns.read(actor("broker"), turn)

    result, frames = loop(story())
    assert result.outcome == "cancelled"
    assert result.answer.startswith("palabra")
    assert frames[-1].payload["outcome"] == "cancelled"


def test_a_looping_model_is_stopped_by_its_budget(desk, actor, ana, loop):
    def script(messages):
        return call("crm_search_customers", query="Ruiz")

    async def story():
        async with turns_of(desk, Cast(script), Budget(model_calls=4)) as turns:
            turn = await turns.start(actor("broker"), web(), "Busca")
            return await turns.wait(actor("broker"), turn)

    result = loop(story())
    assert result.usage.model_calls == 4
    assert "He parado" in result.answer


def test_a_broken_model_fails_the_turn_with_a_reference_and_no_trace(desk, actor, ana, loop):
    def script(messages):
        raise RuntimeError("secreto")

    async def story():
        async with turns_of(desk, Cast(script)) as turns:
            turn = await turns.start(actor("broker"), web(), "Busca")
            return turn, await turns.wait(actor("broker"), turn), await turns.read(actor("broker"), turn)

    turn, result, frames = loop(story())
    assert result.outcome == "failed"
    assert frames[-1].type == "turn.failed"
    assert frames[-1].payload["reference"] == str(turn)
    assert "secreto" not in str(frames[-1].payload)


def test_a_later_turn_remembers_the_earlier_one(desk, actor, ana, loop):
    heard = []

    def script(messages):
        heard[:] = [str(m.content) for m in messages]
        return SEARCH(messages)

    async def story():
        async with turns_of(desk, Cast(script)) as turns:
            first = await turns.wait(actor("broker"), await turns.start(actor("broker"), web(), "¿Quién es Ruiz?"))
            turn = await turns.start(actor("broker"), web(), "¿Y qué más?", first.thread_id)
            await turns.wait(actor("broker"), turn)
            return await turns.turns(actor("broker"), first.thread_id), await turns.threads(actor("broker"))

    rows, threads = loop(story())
    assert [row.text for row in rows] == ["¿Quién es Ruiz?", "¿Y qué más?"]
    assert threads[0].title == "¿Quién es Ruiz?"
    assert any("¿Quién es Ruiz?" in text for text in heard)
    assert any(text == "Hay 1 cliente: Ana Ruiz Prado." for text in heard)
