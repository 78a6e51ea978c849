"""The contract of all tools, by discovery."""

import inspect
import re
from dataclasses import replace

import pytest

from modules.installation import Installation
from tools import Risk, Tool
from tools.commands import VERBS
from tools.policy import Policy

pytestmark = pytest.mark.usefixtures("installation")
VERB_OBJECT = re.compile(r"^[a-z]+(_[a-z0-9]+)*$")
ENGLISH = re.compile(
    r"\b(the|of|which|what|who|how|show|list|is|are|for|has|have|to|my|with|any|by|find|issue|quote|mark|send|rate|"
    r"close|record|reject|renew|reopen|value)\b",
    re.I,
)
SPANISH = re.compile(r"[¿áéíóúñ]|\b(el|la|los|las|de|del|un|una|qué|cliente|póliza|recibo)\b", re.IGNORECASE)


def all_tools(installation: Installation) -> list[Tool]:
    return list(installation.catalogue.tools.values())


def test_there_are_tools(installation: Installation) -> None:
    assert len(all_tools(installation)) >= 25


def test_every_tool_tells_the_model_what_it_does(installation: Installation) -> None:
    for tool in all_tools(installation):
        assert tool.summary.endswith("."), tool.name
        assert not tool.summary.startswith(("This tool", "Gets", "Get ")), tool.name


def test_every_tool_is_a_plain_synchronous_function_of_a_context(installation: Installation) -> None:
    for tool in all_tools(installation):
        parameters = list(inspect.signature(tool.function).parameters)
        assert parameters[0] == "ctx", tool.name
        assert VERB_OBJECT.match(tool.function.__name__), tool.name


def test_every_tool_has_a_permission_and_examples_in_both_languages(installation: Installation) -> None:
    for tool in all_tools(installation):
        assert re.fullmatch(r"[a-z_]+:[a-z]+", tool.permission), tool.name
        if tool.module.startswith(("ai-", "seguros-")) and tool.risk is not Risk.ADMINISTRATION:
            assert len(tool.examples) >= 2, tool.name
            assert any(SPANISH.search(e) for e in tool.examples), tool.name
            assert any(ENGLISH.search(e) for e in tool.examples), f"{tool.name} has no English example"


def test_every_tool_has_a_schema_of_arguments_and_result(installation: Installation) -> None:
    for tool in all_tools(installation):
        assert tool.schema["type"] == "object", tool.name
        assert tool.result_schema, tool.name
        assert tool.arguments.model_config.get("extra") == "forbid", f"{tool.name} takes unknown arguments"


def test_every_act_can_be_ordered_in_words(installation: Installation) -> None:
    """A verb that `tools.commands` does not know is never a person's own order: each such act would wait."""
    acting = [tool for tool in all_tools(installation) if not tool.risk.reads_only]
    assert not [tool.name for tool in acting if tool.verb not in VERBS]


def test_no_agent_administers(installation: Installation, actor) -> None:
    policy = Policy.load()
    agent = replace(actor("owner"), agent="executor/ceo")
    for tool in all_tools(installation):
        if tool.risk is Risk.ADMINISTRATION:
            assert policy.decide(agent, tool).verdict == "deny", tool.name


def test_every_example_finds_its_tool(installation: Installation) -> None:
    """A tool's own examples must lead to it among the first three, or no model will find it."""
    lost = []
    for tool in all_tools(installation):
        for example in tool.examples:
            names = [t.name for t, _ in installation.catalogue.search(example, limit=3)]
            if tool.name not in names:
                lost.append((tool.name, example, names))
    assert not lost
