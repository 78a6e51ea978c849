"""The models over the wire: what leaves, what comes back, and what happens when it does not."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.tracers._streaming import _StreamingCallbackHandler
from pydantic import SecretStr

from agents.models import Models, cost_micro_eur, model_for, switches_of
from agents.models.choice import chain
from agents.models.fallback import WithFallback
from agents.models.offline import OfflineChat
from agents.protocol import Recommendation
from agents.roster import ROSTER
from core.errors import BadArguments
from core.settings import Settings
from tests.agents.brokerage import ANA, FUNCTIONS, TODAY
from tests.wire import (
    ANTHROPIC,
    OPENAI,
    anthropic_error,
    anthropic_message,
    anthropic_stream,
    openai_message,
    openai_stream,
    wire,
)

ASK = f"¿Qué recibos tiene pendientes Ana Belén Ruiz?\n\n<registros>{json.dumps([ANA])}</registros>\n<hoy>{TODAY}</hoy>"
MESSAGES: list[BaseMessage] = [SystemMessage(ROSTER.executors["cfo"].system_prompt()), HumanMessage(ASK)]
PENDING = ("encashment_list_pending", {"customer": ANA["id"]})


def settings(**values: Any) -> Settings:
    """Settings of a house with an Anthropic key, unless `values` say otherwise."""
    given = {
        "anthropic_api_key": SecretStr("test-key"),
        "openai_api_key": None,
        "openai_base_url": None,
        "anthropic_base_url": None,
        "model": None,
        "fallback_model": None,
        **values,
    }
    return Settings.model_construct(data_dir=Path("/nonexistent"), **given)


def bound(model: BaseChatModel) -> Any:
    """`model` with the brokerage's tools."""
    return model.bind_tools(FUNCTIONS)


async def streamed(model: Any) -> tuple[list[AIMessageChunk], AIMessageChunk]:
    """The chunks of a streamed answer, and what they add up to after the last restart."""
    chunks: list[AIMessageChunk] = []
    whole: AIMessageChunk | None = None
    async for chunk in model.astream(MESSAGES):
        chunks.append(chunk)
        if chunk.response_metadata.get("restart"):
            whole = None
            continue
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    return chunks, whole


def test_the_chain_ends_offline_and_needs_no_key() -> None:
    assert chain(settings(anthropic_api_key=None)) == ("offline",)
    assert chain(settings()) == ("anthropic/claude-sonnet-5-5", "anthropic/claude-haiku-5-5", "offline")
    assert chain(settings(model="openai/local", openai_base_url="http://models.test/v1")) == ("openai/local", "offline")
    assert isinstance(model_for(settings(anthropic_api_key=None)), OfflineChat)


def test_a_model_that_cannot_be_reached_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadArguments, match="openai/NOMBRE"):
        model_for(settings(anthropic_api_key=None, openai_base_url="http://models.test/v1"))
    with pytest.raises(BadArguments, match="clave"):
        model_for(settings(anthropic_api_key=None, model="anthropic/claude-sonnet-5-5"))
    with pytest.raises(BadArguments):
        model_for(settings(model="unheard-of"))


def test_a_request_to_anthropic_is_laid_out_for_the_cache() -> None:
    with wire() as router:
        route = router.post(ANTHROPIC).mock(side_effect=[anthropic_message(calls=[PENDING])] * 2)
        first = bound(model_for(settings())).invoke(MESSAGES)
        other = SystemMessage(f"{ROSTER.executors['cfo'].system_prompt()}\n\n<persona>Carmen; idioma: es</persona>")
        bound(model_for(settings())).invoke([other, HumanMessage("otra pregunta")])
    bodies = [json.loads(call.request.content) for call in route.calls]
    body = bodies[0]
    assert first.tool_calls[0]["name"] == PENDING[0]
    assert body["max_tokens"] == 8192
    assert "temperature" not in body
    assert "x-slot" not in json.dumps(body)
    assert body["tools"][-1]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert all("cache_control" not in tool for tool in body["tools"][:-1])
    assert body["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    # What is cached for an hour is byte-identical for everybody; the person's part comes after it.
    prefix = [json.dumps([b["tools"], b["system"][0]]) for b in bodies]
    assert prefix[0] == prefix[1]
    assert [block["cache_control"] for block in bodies[1]["system"]][1] == {"type": "ephemeral"}
    assert "Carmen" in bodies[1]["system"][1]["text"]


def test_cached_tokens_count_as_input_and_cost_less() -> None:
    with wire() as router:
        router.post(ANTHROPIC).mock(return_value=anthropic_message("Hola"))
        answer = model_for(settings()).invoke(MESSAGES)
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["input_tokens"] == 110


def test_an_overloaded_model_is_tried_again_before_the_next_is_asked() -> None:
    with wire() as router:
        route = router.post(ANTHROPIC).mock(
            side_effect=[
                anthropic_error(529, **{"retry-after": "0"}),
                anthropic_error(429, "rate_limit_error"),
                anthropic_message("Aquí estoy"),
            ]
        )
        answer = model_for(settings()).invoke(MESSAGES)
    assert answer.content == "Aquí estoy"
    assert switches_of(answer) == []
    assert route.call_count == 3


def test_then_the_fallback_answers_with_its_tools_bound_and_the_switch_in_sight() -> None:
    def reply(request: Any) -> Any:
        model = json.loads(request.content)["model"]
        return anthropic_message(calls=[PENDING]) if "haiku" in model else anthropic_error(529, **{"retry-after": "0"})

    with wire() as router:
        route = router.post(ANTHROPIC).mock(side_effect=reply)
        answer = asyncio.run(bound(model_for(settings())).ainvoke(MESSAGES))
    assert answer.tool_calls[0]["args"] == PENDING[1]
    assert switches_of(answer) == [
        {"from": "anthropic/claude-sonnet-5-5", "to": "anthropic/claude-haiku-5-5", "reason": "overloaded"}
    ]
    assert json.loads(route.calls.last.request.content)["tools"]


def test_and_at_last_the_offline_model_does_the_same_job() -> None:
    with wire() as router:
        router.post(ANTHROPIC).mock(return_value=anthropic_error(401, "authentication_error"))
        answer = asyncio.run(bound(model_for(settings())).ainvoke(MESSAGES))
    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [PENDING]
    assert [switch["reason"] for switch in switches_of(answer)] == ["unauthorised", "unauthorised"]
    assert switches_of(answer)[-1]["to"] == "offline"


def test_a_stream_keeps_text_and_calls_apart() -> None:
    with wire() as router:
        router.post(ANTHROPIC).mock(return_value=anthropic_stream(["Voy ", "a verlo."], [PENDING]))
        chunks, whole = asyncio.run(streamed(bound(model_for(settings()))))
    assert whole.text == "Voy a verlo."
    assert whole.tool_calls[0]["args"] == PENDING[1]
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] == 42
    assert sum(chunk.chunk_position == "last" for chunk in chunks) == 1


def test_a_stream_that_breaks_starts_anew_and_says_so() -> None:
    def reply(request: Any) -> Any:
        model = json.loads(request.content)["model"]
        return anthropic_stream(["Todo ", "bien."]) if "haiku" in model else anthropic_stream(["Esto se "], broken=True)

    with wire() as router:
        router.post(ANTHROPIC).mock(side_effect=reply)
        chunks, whole = asyncio.run(streamed(model_for(settings())))
    assert [chunk.text for chunk in chunks if chunk.text] == ["Esto se ", "Todo ", "bien."]
    assert whole.text == "Todo bien."
    restart = next(chunk for chunk in chunks if chunk.response_metadata.get("restart"))
    assert restart.response_metadata["switch"]["reason"] == "overloaded"
    assert [switch["to"] for switch in switches_of(whole)] == ["anthropic/claude-haiku-5-5"]


class Listener(AsyncCallbackHandler, _StreamingCallbackHandler):
    """Hears the tokens of a call, as a graph that streams does."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.restarts = 0

    async def on_llm_new_token(self, token: str, *, chunk: Any = None, **kwargs: Any) -> None:
        self.heard.append(token)
        self.restarts += bool(chunk.message.response_metadata.get("restart"))

    def tap_output_aiter(self, run_id: Any, output: Any) -> Any:
        return output

    def tap_output_iter(self, run_id: Any, output: Any) -> Any:
        return output


def test_a_call_under_a_streaming_run_is_heard_once_and_answers_with_the_last_attempt() -> None:
    def reply(request: Any) -> Any:
        model = json.loads(request.content)["model"]
        return anthropic_stream(["Todo ", "bien."]) if "haiku" in model else anthropic_stream(["Esto se "], broken=True)

    listener = Listener()
    with wire() as router:
        router.post(ANTHROPIC).mock(side_effect=reply)
        answer = asyncio.run(model_for(settings()).ainvoke(MESSAGES, {"callbacks": [listener]}))
    assert [word for word in listener.heard if word] == ["Esto se ", "Todo ", "bien."]
    assert listener.restarts == 1
    assert answer.text == "Todo bien."
    assert [switch["to"] for switch in switches_of(answer)] == ["anthropic/claude-haiku-5-5"]


def test_a_model_that_keeps_failing_is_left_alone() -> None:
    house = Models(settings())
    with wire() as router:
        route = router.post(ANTHROPIC).mock(return_value=anthropic_error(401, "authentication_error"))
        answers = [house.executor.invoke(MESSAGES) for _ in range(7)]
    assert route.call_count == 10  # five each of two models, then neither is asked
    assert [switch["reason"] for switch in switches_of(answers[-1])] == ["circuit_open", "circuit_open"]


def test_an_openai_compatible_endpoint_serves_the_same_calls() -> None:
    house = settings(anthropic_api_key=None, model="openai/local", openai_base_url="http://models.test/v1")
    with wire() as router:
        route = router.post(OPENAI).mock(return_value=openai_message(calls=[PENDING]))
        answer = bound(model_for(house)).invoke(MESSAGES)
        body = json.loads(route.calls.last.request.content)
        route.mock(return_value=openai_stream(["Hola, ", "buenas."]))
        _, whole = asyncio.run(streamed(model_for(house)))
    assert answer.tool_calls[0]["args"] == PENDING[1]
    assert body["max_tokens"] == 8192
    assert "temperature" not in body
    assert "x-slot" not in json.dumps(body)
    assert whole.text == "Hola, buenas."
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["input_tokens"] == 12


def brief() -> list[BaseMessage]:
    """What a specialist is asked."""
    evidence = [
        {
            "ref": "call_1",
            "tool": "encashment_review_customer",
            "result": {
                "subject": "Ana",
                "findings": [{"severity": "warn", "text": "Debe 120,00 € desde hace 40 días.", "ref": "RE000123"}],
            },
        }
    ]
    return [
        SystemMessage(ROSTER.specialists["finance"].system_prompt()),
        HumanMessage(
            f"¿Emitimos la póliza?<propuesta>{{}}</propuesta><evidencia>{json.dumps(evidence)}</evidencia>"
            "<pasajes>[]</pasajes>"
        ),
    ]


def test_structured_advice_that_does_not_fit_is_asked_again_once() -> None:
    good = {
        "specialist": "finance",
        "position": "conditional",
        "reasons": "Debe 120,00 €.",
        "confidence": 0.7,
        "actions": [],
        "risks": [],
        "citations": [{"kind": "tool", "ref": "call_1", "quote": "", "value": None}],
        "dissent": None,
        "missing_data": [],
        "valid_until": None,
    }
    bad = {**good, "confidence": 7}
    with wire() as router:
        route = router.post(ANTHROPIC).mock(
            side_effect=[anthropic_message(json.dumps(bad)), anthropic_message(json.dumps(good))]
        )
        model = model_for(settings(), "specialist").with_structured_output(
            Recommendation, method="json_schema", include_raw=True
        )
        answer = asyncio.run(model.ainvoke(brief()))
    assert answer["parsed"].position == "conditional"
    first, second = (json.loads(call.request.content) for call in route.calls)
    assert first["max_tokens"] == 2048
    assert first["output_config"]["format"]["type"] == "json_schema"
    assert "esquema" in json.dumps(second["messages"])


def test_structured_advice_comes_from_the_offline_model_when_nobody_answers() -> None:
    with wire() as router:
        router.post(ANTHROPIC).mock(return_value=anthropic_error(529, **{"retry-after": "0"}))
        model = model_for(settings(), "specialist").with_structured_output(Recommendation, include_raw=True)
        answer = asyncio.run(model.ainvoke(brief()))
    assert answer["parsed"].position == "conditional"
    assert answer["parsed"].citations[0].ref == "call_1"
    assert switches_of(answer["raw"])[-1]["to"] == "offline"


def test_a_bug_of_ours_is_not_taken_for_a_failing_model() -> None:
    class Broken(OfflineChat):
        def _generate(self, *args: Any, **kwargs: Any) -> Any:
            raise ZeroDivisionError

    from agents.models.fallback import Candidate

    chain_ = WithFallback(candidates=[Candidate("broken", Broken()), Candidate("offline", OfflineChat())])
    with pytest.raises(ZeroDivisionError):
        chain_.invoke(MESSAGES)


def test_cost_is_exact_and_unknown_prices_cost_nothing_known() -> None:
    from datetime import date

    usage = {"input_tokens": 1100, "output_tokens": 100, "input_token_details": {"cache_read": 1000}}
    day = date(2026, 11, 22)
    # (100 + 1000 × 0.1) × 3 + 100 × 15 = 2,100 micro-USD; at 1.15 USD per EUR: 1,826 micro-EUR.
    assert cost_micro_eur("claude-sonnet-4-6", usage, day) == 1826
    assert cost_micro_eur("offline", usage, day) == 0
    assert cost_micro_eur("gpt-unheard-of", usage, day) is None
    assert cost_micro_eur("claude-sonnet-4-6", None, day) is None


def test_a_houses_own_prices_go_before_the_shipped_ones(tmp_path: Path) -> None:
    from datetime import date

    from agents.models.prices import price_table

    usage, day = {"input_tokens": 1000, "output_tokens": 0}, date(2026, 11, 22)
    assert price_table(tmp_path / "none") == price_table()
    own = {
        "usd_per_eur": [{"from": "2026-01-01", "rate": "1"}],
        "models": [{"match": "claude-sonnet-4", "from": "2026-01-01", "input": "2", "output": "9"}],
    }
    (tmp_path / "prices.json").write_text(json.dumps(own))
    table = price_table(tmp_path)
    assert cost_micro_eur("claude-sonnet-4-6", usage, day, table) == 2000
    assert cost_micro_eur("claude-opus-5-5", usage, day, table) == 5000  # the rest stays, at the house's rate
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "prices.json").write_text('{"models": [{"match": "x"}]}')
    with pytest.raises(BadArguments, match="precios"):
        price_table(tmp_path / "broken")
