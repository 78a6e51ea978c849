"""What an agent is: a frozen value and a prompt file; there is no class per agent.

Executors (*ejecutivos*) take a turn and act through tools; specialists (*especialistas*)
advise and only read. The gate enforces the authority again: what stands here is the upper
bound of what an agent may even propose.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import ClassVar, Final, Literal, TypeAlias

from tools.risk import Risk

FOLDER: Final = Path(__file__).parent

ExecutorId: TypeAlias = Literal["ceo", "cfo", "cto", "cmo", "sales", "operations", "hr", "compliance"]
SpecialistId: TypeAlias = Literal[
    "insurance", "finance", "legal", "marketing", "data", "security", "customer", "operations"
]
Intent: TypeAlias = Literal["question", "analysis", "action", "smalltalk"]


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


@dataclass(frozen=True, kw_only=True)
class Agent:
    """What both tiers share.

    `title` and `summary` are Spanish, for people; `toolsets` are module ids, also of modules
    that are not installed (the catalogue resolves those that are); `keywords` are words
    people use, Spanish and English.
    """

    tier: ClassVar[str]
    folder: ClassVar[str]

    title: str
    summary: str
    prompt: str
    toolsets: tuple[str, ...]
    keywords: tuple[str, ...]

    @property
    def name(self) -> str:
        """How the audit and messages call the agent: `executor/cfo`."""
        return f"{self.tier}/{getattr(self, 'id')}"  # noqa: B009 — `id` is typed by each tier

    def system_prompt(self) -> str:
        """The whole prompt: shared rules first (cached by models for all agents), then its own."""
        common = _read(FOLDER / self.folder / "common.md")
        own = _read(FOLDER / self.folder / self.prompt)
        return f"{common}\n\n<agente>{self.name}</agente>\n\n{own}"


@dataclass(frozen=True, kw_only=True)
class Executor(Agent):
    """An agent that decides and acts, within `authority` and the rights of its person.

    `handles` are patterns of the tool names it is the first address for (`*_issue_policy`);
    requests are routed by them, and of several executors' patterns the most exact one counts.
    `toolsets` is wider: what it may use while it works.
    """

    tier: ClassVar[str] = "executor"
    folder: ClassVar[str] = "executors"

    id: ExecutorId
    specialists: tuple[SpecialistId, ...]
    authority: tuple[Risk, ...]
    handles: tuple[str, ...] = ()

    def may(self, risk: Risk) -> bool:
        """Whether a call of class `risk` lies within the agent's upper bound."""
        return risk in self.authority

    def claim(self, tool: str) -> int:
        """How exactly its patterns name `tool`: the letters of the best one that fits; 0 if none does."""
        return max((len(p.replace("*", "")) for p in self.handles if fnmatchcase(tool, p)), default=0)


@dataclass(frozen=True, kw_only=True)
class Specialist(Agent):
    """An agent that advises, read-only.

    `competence` weighs its voice by the intent of the turn, 0…1 (1 if absent); `vetoes`
    says whether its verified opposition sends an action to a person whatever the others say.
    """

    tier: ClassVar[str] = "specialist"
    folder: ClassVar[str] = "specialists"

    id: SpecialistId
    competence: dict[Intent, float] = field(default_factory=dict)
    vetoes: bool = False
    authority: tuple[Risk, ...] = (Risk.READ,)
    timeout_seconds: float = 20.0

    def weight(self, intent: Intent) -> float:
        """How much its voice counts in a turn of `intent`."""
        return self.competence.get(intent, 1.0)
