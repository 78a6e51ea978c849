"""Whole turns over the wire: the same flow with Anthropic's and OpenAI's protocols, streamed."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from agents.models import Models
from graphs.payloads import Budget
from graphs.turns import Turns
from tests.graphs.conftest import web
from tests.wire import (
    ANTHROPIC,
    anthropic_error,
    anthropic_message,
    anthropic_stream,
    openai_message,
    openai_stream,
    wire,
)

ASKED = "Oferta un seguro a Ana Ruiz Prado y emítelo"
LOCAL = "http://localhost:9/v1"


def advice(body: dict[str, Any]) -> str:
    """What a fake specialist says: it supports, citing the first evidence that it was shown."""
    text = json.dumps(body["messages"], ensure_ascii=False)
    schema = json.dumps(body)
    if "position" not in schema:
        route = {"executor": "sales", "specialists": [], "intent": "action", "stakes": "write", "language": "es"}
        return json.dumps({**route, "confidence": 0.9, "why": "pide emitir"})
    who = re.search(r"specialist/([a-z]+)", schema)
    ref = re.search(r'\\*"ref\\*":\s*\\*"([^"\\]+)', text)
    assert who is not None
    said = {"specialist": who[1], "position": "support", "reasons": "Correcto.", "confidence": 0.8, "risks": []}
    return json.dumps({**said, "citations": [{"kind": "rule", "ref": ref[1] if ref else "x"}]})


def executor(body: dict[str, Any]) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    """What a fake executor does: offer, issue what was offered, then answer in words."""
    text = json.dumps(body["messages"], ensure_ascii=False)
    if "approval_id" in text or '\\"approval\\"' in text:
        return ["La póliza ", "espera ", "aprobación."], []
    quote = re.search(r'quote\\*":\s*\\*"([0-9a-f-]{36})', text)
    if quote:
        return [], [("desk_issue_cover", {"quote": quote[1]})]
    return [], [("desk_offer_cover", {"customer": "Ana Ruiz Prado"})]


class Provider:
    """A fake provider that answers as above, after failing as often as it is told."""

    def __init__(self, protocol: str, failures: list[int] | None = None) -> None:
        self.protocol, self.failures, self.asked = protocol, failures or [], 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.failures:
            return anthropic_error(self.failures.pop(0), **{"retry-after": "0"})
        body = json.loads(request.content)
        if "tools" not in body or "tool_choice" in body:
            said = advice(body)
            whole = anthropic_message if self.protocol == "anthropic" else openai_message
            parts = anthropic_stream if self.protocol == "anthropic" else openai_stream
            return parts([said]) if body.get("stream") else whole(said)
        words, calls = executor(body)
        stream = anthropic_stream if self.protocol == "anthropic" else openai_stream
        return stream(words, calls)


@pytest.fixture
def ask(desk, actor, ana, loop) -> Callable[..., Any]:
    """One turn with these settings and this provider; gives the result and the frames."""

    def run(provider: Provider, url: str, **settings: Any) -> Any:
        given = desk.settings.model_copy(update=settings)

        async def story() -> Any:
            turns = Turns(desk, models=Models(given), budget=Budget(seconds=60))
            await turns.open()
            try:
                turn = await turns.start(actor("broker"), web(), ASKED)
                result = await turns.wait(actor("broker"), turn)
                return result, await turns.read(actor("broker"), turn)
            finally:
                await turns.close()

        with wire() as router:
            router.post(url).mock(side_effect=provider)
            return loop(story())

    return run


@pytest.mark.parametrize(
    ("protocol", "url", "settings"),
    [
        ("anthropic", ANTHROPIC, {"model": "anthropic/claude-test", "anthropic_api_key": SecretStr("k")}),
        ("openai", f"{LOCAL}/chat/completions",
         {"model": "openai/local", "openai_base_url": LOCAL, "openai_api_key": SecretStr("k")}),
    ],
)  # fmt: skip
def test_a_real_protocol_drives_the_same_flow(ask, protocol: str, url: str, settings: dict[str, Any]) -> None:
    result, frames = ask(Provider(protocol), url, **settings)
    assert [c["name"] for c in result.tool_calls] == ["desk_offer_cover", "desk_issue_cover"]
    assert len(result.approvals) == 1
    assert {r["status"] for r in result.recommendations} == {"ok"}
    deltas = [f.payload["text"] for f in frames if f.type == "text.delta"]
    assert "".join(deltas).strip().startswith("La póliza espera aprobación.")
    assert not [f for f in frames if f.type == "note"]


def test_an_overloaded_model_is_retried_unseen(ask) -> None:
    provider = Provider("anthropic", [529, 429])
    result, frames = ask(provider, ANTHROPIC, model="anthropic/claude-test", anthropic_api_key=SecretStr("k"))
    assert len(result.approvals) == 1
    assert not [f for f in frames if f.type == "note"]


def test_a_model_that_stays_away_is_replaced_in_sight_down_to_the_offline_one(ask) -> None:
    provider = Provider("anthropic", [529] * 500)
    result, frames = ask(
        provider, ANTHROPIC, model="anthropic/claude-test", fallback_model="anthropic/claude-other",
        anthropic_api_key=SecretStr("k"),
    )  # fmt: skip
    notes = " ".join(f.payload["text"] for f in frames if f.type == "note")
    assert "claude-other" in notes
    assert "offline" in notes
    assert result.outcome in ("done", "interrupted")
    assert "offline" in result.usage.models
