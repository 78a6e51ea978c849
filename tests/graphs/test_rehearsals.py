"""Rehearsals: the same turn, seen whole, and nothing left of it."""

import json

import pytest
from sqlmodel import func, select

from core.errors import BadArguments
from graphs.records import Thread, Turn
from graphs.rehearsals import Memory, Rehearsals
from modules.core_business.crm.records import Interaction
from tests.graphs.conftest import ASKED, OFFER_AND_ISSUE, told
from tests.graphs.scripted import Cast, call, steps
from tools.gate.records import Approval
from tools.gate.rehearsal import rehearse


def counts(desk, actor):
    with desk.database.transaction(actor("broker").tenant_id) as session:
        kinds = (Interaction, Approval, Turn, Thread)
        return [session.exec(select(func.count()).select_from(kind)).one() for kind in kinds]


def test_a_draft_can_be_issued_in_a_rehearsal_and_neither_remains(desk, actor, ana, loop):
    before, memory = counts(desk, actor), Memory()
    result = loop(Rehearsals(desk, models=Cast(OFFER_AND_ISSUE)).turn(actor("broker"), ASKED, memory=memory))
    assert [row["status"] for row in result.tool_calls] == ["done", "pending"]
    assert result.outcome == "interrupted"
    assert len(result.recommendations) >= 3
    assert memory.frames[-1].type == "turn.finished"
    assert counts(desk, actor) == before


def test_whoever_opens_a_rehearsal_sees_what_the_turn_did(desk, actor, ana, loop):
    with rehearse(desk.database) as rehearsal:
        result = loop(Rehearsals(desk, models=Cast(OFFER_AND_ISSUE)).turn(actor("broker"), ASKED, rehearsal=rehearsal))
        waiting = desk.approvals.list(actor("executive"), rehearsal=rehearsal)
        assert [str(v.id) for v in waiting][-1] == result.approvals[0]["id"]


def test_a_rehearsal_is_given_its_past(desk, actor, ana, loop):
    heard = []

    def script(messages):
        heard[:] = [str(m.content) for m in messages]
        return told([])

    history = [{"from": "user", "text": "Hola"}, {"from": "assistant", "text": "Buenos días"}]
    loop(Rehearsals(desk, models=Cast(script)).turn(actor("broker"), "¿Y?", history))
    assert heard[1:3] == ["Hola", "Buenos días"]
    with pytest.raises(BadArguments):
        loop(Rehearsals(desk, models=Cast(script)).turn(actor("broker"), "¿Y?", [{"from": "system", "text": "x"}]))


def test_committed_its_writes_stay(desk, actor, ana, loop):
    script = steps(call("desk_offer_cover", customer="Ana Ruiz Prado"), told)
    before = counts(desk, actor)
    result = loop(Rehearsals(desk, models=Cast(script)).commit(actor("broker"), "Oferta un seguro a Ana"))
    assert result.outcome == "done"
    assert counts(desk, actor)[0] == before[0] + 1
    assert json.loads(result.model_dump_json())["tool_calls"][0]["result"]["total"] == "371.20"
