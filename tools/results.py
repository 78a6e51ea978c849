"""Shapes that results share: what can be told, listed, reviewed or recognised.

A result is a typed value. One that has a better sentence than "here are the fields" says
it itself by `told`; the offline model, the CLI and the web page all use that sentence.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.i18n import Locale


class Result(BaseModel):
    """Base of what tools return: a frozen value that can tell itself to a person."""

    model_config = ConfigDict(frozen=True)

    def told(self, locale: Locale) -> str:
        """One to three sentences in `locale` that answer the person who asked; "" if none."""
        return ""


class Finding(BaseModel):
    """One thing that a reviewer noticed about a record or a proposed act.

    `severity`: `support` speaks for the act, `note` is neutral, `warn` asks for care,
    `block` speaks against it. `text` is said in the actor's language; `ref` is what it
    rests on (a record, a rule or an article).
    """

    model_config = ConfigDict(frozen=True)

    severity: Literal["support", "note", "warn", "block"]
    text: str
    ref: str


class Review(Result):
    """The findings of one read-only check; specialists build their advice on these."""

    subject: str
    findings: tuple[Finding, ...]

    def told(self, locale: Locale) -> str:
        """The findings, one sentence each."""
        return " ".join(finding.text for finding in self.findings)


class Mention(BaseModel):
    """A record named in a text: `kind` (customer, policy, …), its id, and the words used."""

    model_config = ConfigDict(frozen=True)

    kind: str
    id: str
    label: str
    words: str


class Mentions(Result):
    """The records that a text names. Tools that return this are asked before a turn."""

    mentions: tuple[Mention, ...]
