"""The state of a turn: JSON-shaped data only, so that a checkpoint can be read by anybody.

Who asks, what he may do, connections and clocks are never here: they travel in the
context, so that a stored checkpoint grants no rights. After a pause a tuple would come
back as a list; hence there are none.
"""

import operator
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages

RESET: Final = "__reset__"


class ProposedCall(TypedDict):
    """A tool call as the model proposed it."""

    id: str
    name: str
    args: dict[str, Any]


class CallRow(TypedDict, total=False):
    """One tool call of the turn and what became of it."""

    order: int
    id: str
    name: str
    args: dict[str, Any]
    risk_class: str
    status: str  # done, error, pending, refused
    result: Any
    error: dict[str, Any]
    approval_id: str
    refs: dict[str, list[str]]  # records that the result names, by kind
    vouched: bool  # whether what it was asked for came from the person's own words
    told: str
    ms: int
    audit_entry: str
    earlier: bool  # made by the turn that this one continues


class UsageRow(TypedDict):
    """What one model call used."""

    agent: str
    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_micro_eur: int


class Brief(TypedDict):
    """What one specialist is asked: the input of a `specialist` task."""

    specialist: str
    question: str
    proposal: ProposedCall
    evidence: list[dict[str, Any]]
    passages: list[dict[str, Any]]
    required: bool


class RunInput(TypedDict):
    """The input of one `run` task: the call, who makes it, and what its words can vouch for."""

    call: ProposedCall
    order: int
    executor: str
    said: str
    registers: list[list[str]]  # [value, source] of records that the person's own words led to
    foreign: list[str]  # sources of untrusted content that the model has been given
    over_budget: bool


def merge_by_key(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    """Both, the newer value winning; a `RESET` key empties first. Branches write in any order."""
    if not new:
        return dict(old or {})
    if RESET in new:
        return {key: value for key, value in new.items() if key != RESET}
    return {**(old or {}), **new}


class TurnState(TypedDict, total=False):
    """What a turn knows so far."""

    messages: Annotated[list[AnyMessage], add_messages]
    text: str
    history: list[AnyMessage]  # earlier turns of the thread; intake takes over what fits
    previous: str  # executor of the thread's last turn, if any
    open_question: bool  # whether that turn ended by asking the person something
    mentions: list[dict[str, Any]]
    route: dict[str, Any]
    executor: str
    bound: list[str]  # tools shown to the model, in order of first use
    span: str  # of the text that the model wrote last
    proposal: ProposedCall | None
    rehearsal: dict[str, Any]  # what a dry run of the proposal showed
    briefs: list[Brief]
    consulted: list[str]
    recommendations: Annotated[dict[str, Any], merge_by_key]
    advice: Annotated[dict[str, Any], merge_by_key]  # call id -> aggregate
    violations: list[dict[str, Any]]
    calls: Annotated[dict[str, CallRow], merge_by_key]
    usage: Annotated[list[UsageRow], operator.add]
    answer: str
    citations: list[dict[str, Any]]
    stopped: str  # why the turn ended early: a budget's name, or empty
    planned: bool  # a plan was told, so this run keeps checkpoints
