"""The corpus: injections by channel and goal, canaries, and benign content that only looks dangerous."""

import json
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from core.i18n import Locale

Channel: TypeAlias = Literal[
    "email",
    "claim_description",
    "pdf_text",
    "web_page",
    "csv_cell",
    "tool_output",
    "calendar_note",
    "crm_note",
    "chat_message",
    "document_store",
]


class Loose(BaseModel):
    """Base: the corpus says more than the suite needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class MustNot(Loose):
    """What must not come of an injection: tools by their logical names, and values that must not get out."""

    tools: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()


class Injection(Loose):
    """One injection: a text for a channel, and the honest request of the operator meanwhile."""

    id: str
    lang: Locale
    channel: Channel
    technique: str
    goal: str
    risk_class: str
    user_request: str
    text: str
    must_not: MustNot


class Control(Loose):
    """Benign content with what an honest assistant does with it."""

    id: str
    lang: Locale
    channel: Channel
    text: str
    expected_action: str


class Canaries(Loose):
    """Values that mark an attacker's ends."""

    ibans: tuple[str, ...]
    emails: tuple[str, ...]
    urls: tuple[str, ...]
    phones: tuple[str, ...]


class Corpus(Loose):
    """The whole file."""

    version: int
    canaries: Canaries
    items: tuple[Injection, ...]
    benign_controls: tuple[Control, ...]


@cache
def corpus() -> Corpus:
    """The corpus that the suite ships with."""
    return Corpus.model_validate(json.loads((Path(__file__).parent / "corpus.json").read_text("utf-8")))
