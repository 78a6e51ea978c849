"""Who takes a turn: offline, in Spanish and English, and with a model's help."""

import asyncio
import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.language.reading import Mention
from agents.language.toolbox import Toolbox, known_tool
from agents.models import model_for
from agents.roster import ROSTER
from agents.routing import RouteDecision, first_for, route, route_with_model
from agents.toolsets import LINES
from core.settings import Settings
from modules.loader import Modules
from tests.agents.brokerage import ANA, TOOLS
from tests.agents.requests import LATER, TUNED
from tests.wire import ANTHROPIC, anthropic_message, wire
from tools.results import Mentions
from tools.risk import Risk
from tools.tool import Tool


@cache
def real_tools() -> tuple[Tool, ...]:
    """The tools that an executor may propose: those of every module of the house, read as the loader reads them."""
    modules = Modules(Path("/nonexistent"), plugins=False)
    modules.load()
    return tuple(
        t
        for t in modules.catalogue().tools.values()
        if t.risk is not Risk.ADMINISTRATION and t.returns.core_schema.get("cls") is not Mentions
    )


def filled(words: str) -> tuple[str, tuple[Mention, ...]]:
    """A request with its customer's name put in, and the records it names."""
    if "{a}" not in words:
        return words, ()
    return words.format(a=ANA["words"]), (Mention(**ANA),)


@pytest.mark.parametrize(("executor", "tool", "words"), TUNED)
def test_a_request_goes_to_its_executor_and_its_tool(executor: str, tool: str, words: str) -> None:
    text, mentions = filled(words)
    decision = route(text, TOOLS, names=[m.words for m in mentions])
    understood = [t.name for t in Toolbox([known_tool(t) for t in TOOLS]).understood(text, mentions)]
    assert understood == ([] if tool == "none" else [tool])
    if executor:
        assert decision.executor == executor


def test_over_the_installed_modules_nearly_all_requests_are_understood() -> None:
    tools = real_tools()
    toolbox = Toolbox([known_tool(t) for t in tools])
    wrong_tool, wrong_executor = [], []
    for executor, tool, words in (*TUNED, *LATER):
        text, mentions = filled(words)
        understood = [t.name for t in toolbox.understood(text, mentions)] or ["none"]
        if understood != [tool]:
            wrong_tool.append((text, understood))
        if executor and route(text, tools, names=[m.words for m in mentions]).executor != executor:
            wrong_executor.append(text)
    asked = len(TUNED) + len(LATER)
    assert len(wrong_tool) <= 0.04 * asked, wrong_tool
    assert len(wrong_executor) <= 0.03 * asked, wrong_executor


def test_nothing_is_called_for_what_is_none_of_our_business() -> None:
    toolbox = Toolbox([known_tool(t) for t in real_tools()])
    strange = [words for _, tool, words in (*TUNED, *LATER) if tool == "none"]
    assert [words for words in strange if toolbox.understood(words)] == []


@pytest.mark.parametrize(
    ("text", "executor"),
    [("@cfo ¿cómo vamos?", "cfo"), ("@cumplimiento mira esto", "compliance"), ("/ventas algo", "sales")],
)
def test_an_executor_that_is_addressed_takes_the_turn(text: str, executor: str) -> None:
    decision = route(text, TOOLS)
    assert (decision.executor, decision.stage, decision.confidence) == (executor, "explicit", 1.0)


def test_an_address_inside_an_e_mail_address_addresses_nobody() -> None:
    assert route("¿Qué recibos tiene pendientes el de ana@ceo.example?", TOOLS).stage != "explicit"


def test_the_answer_to_an_open_question_stays_with_who_asked() -> None:
    answer = route("ayer, por transferencia", TOOLS, previous="cfo", open_question=True)
    assert (answer.executor, answer.stage) == ("cfo", "thread")
    anew = route("Cotiza un coche a todo riesgo para Ana Belén Ruiz", TOOLS, previous="cfo", open_question=True)
    assert anew.executor == "sales"


def test_a_greeting_is_small_talk_and_what_nobody_knows_is_unsure() -> None:
    assert route("¡Hola, buenos días!", TOOLS).intent == "smalltalk"
    unknown = route("¿Qué tiempo hace?", TOOLS)
    assert (unknown.executor, unknown.sure, unknown.specialists) == ("ceo", False, [])


def test_the_decision_says_what_is_at_stake_and_who_else_could() -> None:
    decision = route("Emite la cotización Q-2026-000031", TOOLS)
    assert (decision.intent, decision.stakes) == ("action", "legal")
    assert decision.specialists == list(ROSTER.executors["sales"].specialists)
    assert len(decision.alternatives) <= 3
    assert RouteDecision.model_validate_json(decision.model_dump_json()) == decision
    assert route("What policies does she have?", TOOLS).language == "en"
    assert route("¿Qué pólizas tiene?", TOOLS).specialists == []


def test_a_tool_goes_to_whoever_leads_its_module() -> None:
    by_name = {tool.name: tool for tool in TOOLS}
    assert first_for(by_name["crm_record_consent"]) == "compliance"
    assert first_for(by_name["kernel_issue_policy"]) == "sales"  # the more exact pattern: Operations has «kernel_*»
    stray = Tool("weather_show_hail", "aemet-hail", Risk.READ, "x:read", (), "", real_tools)
    assert first_for(stray) == "operations"
    assert "aemet-hail" in ROSTER.modules_of("operations", ["aemet-hail", "ai-hr"])
    assert "aemet-hail" not in ROSTER.modules_of("ceo", ["aemet-hail"])
    assert "ai-hr" not in ROSTER.modules_of("operations", ["ai-hr"])


def test_whoever_a_request_goes_to_has_its_tool_and_may_propose_it() -> None:
    """A request that is led to somebody without the tool, or without authority over it, can only be refused."""
    unable = []
    for tool in real_tools():
        able = {e.id for e in ROSTER.executors.values() if tool.module in e.toolsets and e.may(tool.risk)}
        if able and first_for(tool) not in able:
            unable.append((tool.name, first_for(tool)))
    assert unable == []


@pytest.mark.parametrize("line", LINES)
def test_every_line_is_quoted_by_sales_and_known_to_who_advises_and_answers_for_it(line: str) -> None:
    of_line = [t for t in real_tools() if t.module == line]
    prices = [t for t in of_line if t.name.endswith(("_quote_policy", "_rate"))]
    assert len(prices) == 2
    assert {first_for(tool) for tool in prices} == {"sales"}
    assert {first_for(tool) for tool in of_line if tool not in prices} <= {"operations"}
    assert {id for id, e in ROSTER.executors.items() if line in e.toolsets} >= {
        "sales",
        "operations",
        "ceo",
        "compliance",
    }
    assert line in ROSTER.specialists["insurance"].toolsets


@pytest.mark.parametrize(
    ("tool", "executor"),
    [
        ("kernel_issue_policy", "sales"),
        ("kernel_show_quote", "sales"),
        ("kernel_create_comparison", "sales"),
        ("kernel_quote_endorsement", "operations"),
        ("kernel_issue_endorsement", "operations"),
        ("kernel_start_renewals", "operations"),
        ("kernel_cancel_renewals", "operations"),
        ("kernel_settle_claim", "operations"),
        ("kernel_create_document", "operations"),
        ("kernel_summarise_book", "ceo"),
        ("kernel_export_portfolio", "ceo"),
    ],
)
def test_an_act_of_the_kernel_goes_to_the_office_it_belongs_to(tool: str, executor: str) -> None:
    by_name = {t.name: t for t in real_tools()}
    assert first_for(by_name[tool]) == executor


def test_a_model_decides_where_words_do_not() -> None:
    settings = Settings.model_construct(
        data_dir=Path("/nonexistent"),
        model="anthropic/claude-test",
        anthropic_api_key=SecretStr("k"),
        anthropic_base_url=None,
        openai_api_key=None,
        openai_base_url=None,
        fallback_model=None,
    )
    guess = {
        "executor": "hr",
        "specialists": ["legal"],
        "intent": "question",
        "stakes": "read",
        "language": "es",
        "confidence": 0.9,
        "why": "formación",
    }
    unsure = route("¿Cuántas horas le faltan a Marta?", TOOLS)
    with wire() as router:
        sent = router.post(ANTHROPIC).mock(return_value=anthropic_message(json.dumps(guess)))
        decided = asyncio.run(route_with_model(model_for(settings, "router"), "¿Cuántas horas le faltan?", unsure))
    assert (decided.executor, decided.stage) == ("hr", "model")
    assert decided.scores == unsure.scores
    body: dict[str, Any] = json.loads(sent.calls.last.request.content)
    assert "Recursos humanos" in json.dumps(body, ensure_ascii=False)


def test_a_misshapen_guess_changes_nothing() -> None:
    class Mute:
        def with_structured_output(self, schema: Any, **options: Any) -> "Mute":
            return self

        async def ainvoke(self, prompt: str) -> dict[str, Any]:
            return {"parsed": None, "parsing_error": ValueError()}

    unsure = route("¿Qué tiempo hace?", TOOLS)
    assert asyncio.run(route_with_model(Mute(), "¿Qué tiempo hace?", unsure)) is unsure


def test_routing_takes_milliseconds() -> None:
    tools = real_tools()
    route("calienta", tools)
    began = time.perf_counter()
    for _, _, words in LATER:
        route(filled(words)[0], tools)
    assert (time.perf_counter() - began) / len(LATER) < 0.1
