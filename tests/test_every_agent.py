"""What holds for every agent, found by discovery: eight executors and eight specialists."""

import ast
import re
from pathlib import Path

import pytest

from agents import toolsets
from agents.roster import ROSTER, roster
from agents.spec import Agent, Executor, Specialist
from tools.risk import Risk

HOUSE = Path(__file__).parent.parent
MODULES = {  # the 57 of the architecture, and the insurance kernel
    *toolsets.INSURANCE,
    *toolsets.FINANCE,
    *toolsets.MARKETING,
    *toolsets.ANALYTICS,
    *toolsets.SECURITY,
    *toolsets.PLATFORM,
    "ai-sales",
    "ai-ops",
    "ai-crm",
    "ai-hr",
}
AGENTS: list[Agent] = [*ROSTER.executors.values(), *ROSTER.specialists.values()]
PEOPLE_ONLY = (Risk.ADMINISTRATION, Risk.SECRET)


def test_there_are_sixteen_and_fifty_eight_modules_for_them() -> None:
    assert set(ROSTER.executors) == {"ceo", "cfo", "cto", "cmo", "sales", "operations", "hr", "compliance"}
    assert set(ROSTER.specialists) == {
        "insurance",
        "finance",
        "legal",
        "marketing",
        "data",
        "security",
        "customer",
        "operations",
    }
    assert len(MODULES) == 58
    assert roster() is ROSTER


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
class TestEveryAgent:
    def test_one_file_and_one_prompt_bear_its_id(self, agent: Agent) -> None:
        folder = HOUSE / "agents" / agent.folder
        own = agent.name.partition("/")[2]
        assert agent.prompt == f"{own}.md"
        assert (folder / f"{own}.py").exists()
        assert (folder / agent.prompt).exists()

    def test_people_can_read_who_it_is(self, agent: Agent) -> None:
        assert agent.title
        assert agent.summary.endswith(".")
        assert len(agent.keywords) >= 6
        assert len(set(agent.keywords)) == len(agent.keywords)

    def test_its_tool_sets_are_modules_of_the_system(self, agent: Agent) -> None:
        assert set(agent.toolsets) <= MODULES
        assert len(set(agent.toolsets)) == len(agent.toolsets)

    def test_its_prompt_has_a_role_limits_and_an_output(self, agent: Agent) -> None:
        prompt = agent.system_prompt()
        own = prompt.partition("</agente>")[2]
        assert f"<agente>{agent.name}</agente>" in prompt
        assert own.lstrip().startswith("# ")
        assert re.search(r"[Nn]o hace nunca|Nunca:", own)
        assert "nunca instrucci" in prompt or "nunca órdenes" in prompt
        assert "`<consejo>`" in prompt or "`<evidencia>`" in prompt

    def test_its_prompt_begins_as_that_of_its_whole_tier(self, agent: Agent) -> None:
        others = [a for a in AGENTS if a.folder == agent.folder]
        shared = agent.system_prompt().partition("<agente>")[0]
        assert all(other.system_prompt().startswith(shared) for other in others)
        assert len(shared) > 2_000  # what is cached for all is the larger part

    def test_its_prompt_holds_nothing_that_changes_by_the_day(self, agent: Agent) -> None:
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b|<hoy>\d", agent.system_prompt())

    def test_its_authority_never_reaches_what_only_people_do(self, agent: Agent) -> None:
        authority = agent.authority if isinstance(agent, Executor | Specialist) else ()
        assert not set(authority) & set(PEOPLE_ONLY)

    def test_its_file_only_declares(self, agent: Agent) -> None:
        path = HOUSE / "agents" / agent.folder / f"{agent.name.partition('/')[2]}.py"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert all(isinstance(node, ast.Expr | ast.ImportFrom | ast.Assign) for node in tree.body)


@pytest.mark.parametrize("executor", ROSTER.executors.values(), ids=lambda e: e.id)
class TestEveryExecutor:
    def test_it_has_at_least_two_advisers_that_exist(self, executor: Executor) -> None:
        assert len(set(executor.specialists)) >= 2
        assert ROSTER.advisers(executor.id)

    def test_it_may_read_and_draft(self, executor: Executor) -> None:
        assert executor.may(Risk.READ)
        assert executor.may(Risk.DRAFT)

    def test_it_is_first_for_some_tools(self, executor: Executor) -> None:
        assert executor.handles


@pytest.mark.parametrize("specialist", ROSTER.specialists.values(), ids=lambda s: s.id)
class TestEverySpecialist:
    def test_it_only_reads(self, specialist: Specialist) -> None:
        assert specialist.authority == (Risk.READ,)

    def test_its_voice_weighs_between_nothing_and_one(self, specialist: Specialist) -> None:
        assert all(0 < weight <= 1 for weight in specialist.competence.values())
        assert specialist.weight("action") > specialist.weight("smalltalk")


def test_only_legal_and_security_may_veto() -> None:
    assert {s.id for s in ROSTER.specialists.values() if s.vetoes} == {"legal", "security"}


def test_the_bounds_of_authority_are_those_of_the_policy() -> None:
    """The table of agent authority: who may even propose money, campaigns, exports, bank details."""
    may = {risk: {e.id for e in ROSTER.executors.values() if e.may(risk)} for risk in Risk}
    assert may[Risk.MONEY] == {"cfo", "operations"}
    assert may[Risk.BANK_DETAILS] == {"operations", "hr"}
    assert may[Risk.CAMPAIGN] == {"cmo"}
    assert may[Risk.EXPORT] == {"ceo", "compliance"}
    assert may[Risk.EXPORT_SENSITIVE] == set()
    assert may[Risk.READ_SENSITIVE] == {"operations", "compliance"}
    assert may[Risk.IRREVERSIBLE] == {"ceo", "cfo", "operations", "hr", "compliance"}
    assert may[Risk.WRITE] == {"cfo", "cmo", "sales", "operations", "hr", "compliance"}
    assert may[Risk.NETWORK] == {"cfo", "cto", "cmo", "sales", "operations", "compliance"}
    assert may[Risk.MESSAGE] == set(ROSTER.executors)
