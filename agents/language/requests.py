"""What the person wants now (*petición en curso*), possibly begun some turns ago.

An answer to our question completes the request that made us ask; «¿y los de Luis?» repeats
an answered one for somebody else. Words that ask for something by themselves begin anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from agents.language import answers
from agents.language.clauses import QUESTIONS, VERBS
from agents.language.codes import codes
from agents.language.dates import dates
from agents.language.dialogue import Dialogue, Turn
from agents.language.names import proper_names
from agents.language.numbers import numbers
from agents.language.reading import Mention
from agents.language.schemas import Argument
from agents.language.toolbox import KNOWN, BoundTool, Toolbox
from knowledge.words import words

STRONG: Final = 0.5  # likeness from which words after a question are a request of their own
STARTERS: Final = frozenset((*VERBS.split("|"), *QUESTIONS.split("|")))
QUESTION_WORDS: Final = frozenset(QUESTIONS.split("|"))
ANY_DAY: Final = date(2026, 1, 1)  # only whether there is a date matters here


@dataclass(frozen=True)
class Request:
    """One request: the turn whose words ask, and what was said to complete it.

    `replies` are newest first; `turns` are all turns whose calls count as its steps;
    `again` says that an answered request is meant once more for something else.
    """

    root: Turn
    replies: tuple[Turn, ...]
    turns: tuple[Turn, ...]
    before: tuple[Turn, ...]
    again: bool = False

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Records named in any part of it, the newest first."""
        return tuple(m for turn in (*self.replies, self.root) for m in turn.mentions)

    def answers_for(self, tool: BoundTool) -> list[tuple[Turn, Sequence[Argument]]]:
        """Each reply, the newest first, with the arguments of `tool` that it was asked for."""
        asked = [answers.asked_in(turn.answer, tool) for turn in self.turns[:-1]]
        pairs = list(zip(reversed(self.replies), asked or [[]] * len(self.replies), strict=False))
        return list(reversed(pairs))


def current_request(dialogue: Dialogue, toolbox: Toolbox) -> Request:
    """The request that the last turn makes or completes."""
    turns = dialogue.turns
    at = len(turns) - 1
    again = False
    while at > 0 and not _stands_alone(turns[at], turns[at - 1], toolbox):
        again = again or not asks(turns[at - 1])
        at -= 1
    replies = tuple(reversed(turns[at + 1 :]))
    if replies and not toolbox.understood(turns[at].said, turns[at].mentions):
        return Request(turns[-1], (), (turns[-1],), tuple(turns[:-1]))
    mine = (turns[-1],) if again else tuple(turns[at:])
    return Request(turns[at], replies, mine, tuple(turns[:at]), again)


def asks(turn: Turn) -> bool:
    """Whether `turn` ended with something for the person to answer: a question, or an error."""
    failed = bool(turn.steps) and turn.steps[-1].error is not None
    return failed or turn.answer.rstrip().endswith("?")


def _stands_alone(turn: Turn, before: Turn, toolbox: Toolbox) -> bool:
    """Whether the words of `turn` are a request of their own, understood or not."""
    ranked = toolbox.rank(turn.said, turn.mentions)
    likeness = ranked[0].score if ranked else 0.0
    if not asks(before):
        if likeness >= KNOWN or not gives_value(turn):
            return True
        # «¿Y los de Luis?» says nothing that the tool just used would not say of another.
        used = [step.tool for step in before.steps]
        return bool(toolbox.unknown_words(turn.said, turn.mentions, used))
    first = next(iter(words(turn.said)), "")
    if first in STARTERS and likeness >= STRONG:
        return True
    return first in QUESTION_WORDS and not gives_value(turn)


def gives_value(turn: Turn) -> bool:
    """Whether the words hold something that an argument could take."""
    said = turn.said
    return bool(turn.mentions or codes(said) or numbers(said) or dates(said, ANY_DAY) or proper_names(said))
