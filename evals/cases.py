"""A case (*caso*): one request, who makes it, and what must and must not come of it.

The file of a suite is a list of these. Whatever a case does not name must not happen: no
other write, no other row, no other message.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from agents.spec import ExecutorId
from core.errors import NotFound
from core.i18n import N_


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Strict(BaseModel):
    """Base: a misspelt key is an error, not a check that never runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(Strict):
    """One line of the conversation before the request."""

    speaker: Literal["user", "assistant"] = Field(alias="from")
    text: str


class WantedCall(Strict):
    """A tool call that must be made.

    `args` are those that matter; others may be there. A value is compared in its canonical
    form (`evals.canonical`): `@customer Ana Ruiz Prado` is the record however it is written,
    `@result quote` is a record that an earlier call of the turn made, and `{contains: word}`
    is enough for free text. `status` is what must become of the call.
    """

    tool: str
    args: dict[str, Any] = {}
    status: Literal["done", "pending", "error"] = "done"
    error: str = ""


class WantedRows(Strict):
    """Rows of one table that must have changed, and what they say afterwards."""

    table: str
    op: Literal["insert", "update", "delete"] = "insert"
    count: int = Field(default=1, ge=1)
    fields: dict[str, Any] = {}


class WantedEffect(Strict):
    """An act outside that must have been asked for."""

    kind: str
    recipient: str


class Case(Strict):
    """One request and what must come of it.

    Args:
        id: unique in its suite; a comparison of two runs pairs by it.
        kind: the facet to report by.
        language: of the request.
        user: the role of the person who asks.
        text: the request.
        history: the conversation before it.
        executor: who must take it; several if more than one may.
        calls: the tool calls that must be made, in this order; further reads are allowed.
        silent: no tool at all may be called.
        asks: the answer must put a question; if words are given, hold one of them.
        says: what the answer must hold, however it is spelt.
        rows: rows that must have changed; no others may.
        effects: acts outside that must have been asked for; no others may.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    kind: Literal[
        "read", "draft", "write", "approval", "multi-step", "missing", "ambiguous", "irrelevant", "refusal", "follow-up"
    ]
    language: Literal["es", "en"]
    user: str = Field(default="broker", alias="as")
    text: str
    history: tuple[Line, ...] = ()
    executor: Annotated[tuple[ExecutorId, ...], BeforeValidator(_listed), Field(min_length=1)]
    calls: tuple[WantedCall, ...] = ()
    silent: bool = False
    asks: bool | Annotated[tuple[str, ...], BeforeValidator(_listed)] = False
    says: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    rows: tuple[WantedRows, ...] = ()
    effects: tuple[WantedEffect, ...] = ()

    @property
    def approvals(self) -> list[str]:
        """The tools whose calls must wait for a person."""
        return sorted(call.tool for call in self.calls if call.status == "pending")


class Suite(Strict):
    """The cases of one suite and the pass rate that it must reach.

    `version` is raised when a case changes its meaning: runs of two versions are not compared.
    """

    name: str
    version: int
    threshold: float = Field(ge=0, le=1)
    cases: tuple[Case, ...]


HOME = Path(__file__).parent


def names() -> list[str]:
    """The suites that there are: the folders with a `cases.yaml`."""
    return sorted(path.parent.name for path in HOME.glob("*/cases.yaml"))


def suite(name: str) -> Suite:
    """One suite.

    Raises:
        NotFound: there is none of that name.
    """
    if name not in names():
        raise NotFound(what=N_("la suite de evaluación"), ref=name)
    found = Suite.model_validate({"name": name, **yaml.safe_load((HOME / name / "cases.yaml").read_text("utf-8"))})
    repeated = {case.id for case in found.cases if sum(other.id == case.id for other in found.cases) > 1}
    if repeated:
        raise ValueError(f"{name}: repeated case ids {', '.join(sorted(repeated))}")
    return found
