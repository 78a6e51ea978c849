"""How answers end: a conversation too long is shortened, a cut answer goes on, a refusal is told as one."""

import asyncio
import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agents.models import model_for, switches_of
from agents.models.endings import shorter
from tests.agents.test_models_wire import MESSAGES, PENDING, bound, settings, streamed
from tests.wire import ANTHROPIC, anthropic_error, anthropic_message, anthropic_stream, wire

LONG = json.dumps({"rows": ["x" * 100] * 100, "_told": "Debe 120,00 €.", "_refs": {"receipt": ["RE000123"]}})


def history() -> list[BaseMessage]:
    """Three turns with long results."""
    said: list[BaseMessage] = [SystemMessage("Reglas")]
    for n in range(3):
        call = {"name": PENDING[0], "args": PENDING[1], "id": f"c{n}", "type": "tool_call"}
        said += [HumanMessage(f"Pregunta {n}"), AIMessage("", tool_calls=[call])]
        said.append(ToolMessage(LONG, tool_call_id=f"c{n}"))
    return said


def asked(route: Any) -> list[dict[str, Any]]:
    """The bodies of all requests."""
    return [json.loads(call.request.content) for call in route.calls]


def test_what_does_not_fit_loses_its_oldest_turn_and_the_bulk_of_old_results() -> None:
    kept = shorter(history())
    assert [m.content for m in kept if isinstance(m, HumanMessage)] == ["Pregunta 1", "Pregunta 2"]
    assert isinstance(kept[0], SystemMessage)
    results = [json.loads(str(m.content)) for m in kept if isinstance(m, ToolMessage)]
    assert all(r["_told"] == "Debe 120,00 €." and r["_refs"] and "rows" not in r for r in results)
    calls = {call["id"] for m in kept if isinstance(m, AIMessage) for call in m.tool_calls}
    assert calls == {m.tool_call_id for m in kept if isinstance(m, ToolMessage)}
    assert shorter(MESSAGES) == MESSAGES


@pytest.mark.parametrize("stream", [False, True])
def test_a_conversation_too_long_is_shortened_before_the_next_model_is_asked(stream: bool) -> None:
    def reply(request: Any) -> Any:
        if len(request.content) > 15_000:
            return anthropic_error(400, "prompt_is_too_long")
        return anthropic_stream(["Debe ", "120 €."]) if stream else anthropic_message("Debe 120 €.")

    with wire() as router:
        route = router.post(ANTHROPIC).mock(side_effect=reply)
        model = model_for(settings())
        if stream:

            async def whole() -> Any:
                found = None
                async for chunk in model.astream(history()):
                    found = chunk if found is None else found + chunk
                return found

            answer = asyncio.run(whole())
        else:
            answer = asyncio.run(model.ainvoke(history()))
    assert answer.text == "Debe 120 €."
    assert switches_of(answer) == []
    assert route.call_count == 2


def test_what_is_too_long_even_then_goes_to_the_next_model() -> None:
    with wire() as router:
        route = router.post(ANTHROPIC).mock(return_value=anthropic_error(400, "prompt_is_too_long"))
        answer = model_for(settings()).invoke(MESSAGES)
    assert [switch["reason"] for switch in switches_of(answer)] == ["too_long", "too_long"]
    assert route.call_count == 4


def test_a_cut_answer_goes_on_once() -> None:
    with wire() as router:
        route = router.post(ANTHROPIC).mock(
            side_effect=[
                anthropic_message("Primera parte", stop="max_tokens"),
                anthropic_message(" y segunda.", stop="max_tokens"),
            ]
        )
        answer = model_for(settings()).invoke(MESSAGES)
    assert answer.text == "Primera parte y segunda."
    assert "Primera parte" in json.dumps(asked(route)[1]["messages"][-2]["content"])
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] == 10  # both parts are paid for
    assert route.call_count == 2


def test_a_cut_call_is_never_run() -> None:
    with wire() as router:
        route = router.post(ANTHROPIC).mock(
            side_effect=[anthropic_message(calls=[PENDING], stop="max_tokens"), anthropic_message(calls=[PENDING])]
        )
        whole = bound(model_for(settings())).invoke(MESSAGES)
        route.mock(side_effect=[anthropic_message(calls=[PENDING], stop="max_tokens")] * 2)
        cut = bound(model_for(settings())).invoke(MESSAGES)
    assert whole.tool_calls
    assert not cut.tool_calls
    assert "cortado" in cut.text


def test_a_refusal_is_told_and_no_other_model_is_asked() -> None:
    with wire() as router:
        route = router.post(ANTHROPIC).mock(return_value=anthropic_message("No.", calls=[PENDING], stop="refusal"))
        answer = bound(model_for(settings())).invoke(MESSAGES)
    assert "rehusado" in answer.text
    assert not answer.tool_calls
    assert route.call_count == 1


def test_a_stream_that_is_cut_goes_on_and_one_that_is_refused_is_taken_back() -> None:
    def ended(response: Any, reason: str) -> Any:
        text = response.text.replace("end_turn", reason).replace('"tool_use", "stop_seq', f'"{reason}", "stop_seq')
        return type(response)(200, text=text, headers={"content-type": "text/event-stream"})

    with wire() as router:
        route = router.post(ANTHROPIC).mock(
            side_effect=[ended(anthropic_stream(["Uno, "]), "max_tokens"), anthropic_stream(["dos."])]
        )
        chunks, whole = asyncio.run(streamed(model_for(settings())))
        route.mock(side_effect=[ended(anthropic_stream(["Voy "]), "refusal")])
        _, refused = asyncio.run(streamed(model_for(settings())))
        cut = ended(anthropic_stream(calls=[PENDING]), "max_tokens")
        route.mock(side_effect=[cut, anthropic_stream(calls=[PENDING])])
        _, called = asyncio.run(streamed(bound(model_for(settings()))))
    assert whole.text == "Uno, dos."
    assert sum(chunk.chunk_position == "last" for chunk in chunks) == 1
    assert "rehusado" in refused.text
    assert "Voy" not in refused.text
    assert [call["args"] for call in called.tool_calls] == [PENDING[1]]
