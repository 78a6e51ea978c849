"""A text read once (*lectura*): the records, codes, dates, numbers and names in it, none counted twice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from agents.language.codes import Code, codes
from agents.language.dates import FoundDate, dates
from agents.language.names import proper_names
from agents.language.numbers import Number, numbers
from knowledge.words import fold, level


@dataclass(frozen=True)
class Mention:
    """A record that a text names."""

    kind: str
    id: str
    label: str
    words: str


@dataclass(frozen=True)
class Scene:
    """What a clause is read against.

    Args:
        today: the date where the person is.
        mentions: records named in the person's message.
        near: records named in other clauses of the message, by kind, the nearest first.
        made: records named by results of this turn, by kind, the newest first.
        earlier: records that the conversation was about before, by kind, the newest first.
        follows: whether the clause comes after another, or continues an earlier turn.
    """

    today: date
    mentions: tuple[Mention, ...] = ()
    near: Mapping[str, Sequence[str]] = field(default_factory=dict)
    made: Mapping[str, Sequence[str]] = field(default_factory=dict)
    earlier: Mapping[str, Sequence[str]] = field(default_factory=dict)
    follows: bool = False


class Reader:
    """One text read once: its codes, dates, numbers and names, none counted twice."""

    def __init__(self, text: str, scene: Scene) -> None:
        """Read `text`."""
        self.text, self.scene, self.flat = text, scene, level(text)
        self.codes: list[Code] = codes(text)
        self.taken: list[tuple[int, int]] = []
        self.mentions = [m for m in scene.mentions if fold(m.words) in fold(text)]
        self.dates: list[FoundDate] = [d for d in dates(text, scene.today) if not self._in_code(d.start, d.end)]
        self.numbers: list[Number] = [
            n
            for n in numbers(text)
            if not self._in_code(n.start, n.end) and not any(n.start < d.end and d.start < n.end for d in self.dates)
        ]

    def _in_code(self, start: int, end: int) -> bool:
        return any(start < c.end and c.start < end for c in self.codes)

    def take(self, start: int, end: int) -> None:
        """Note that an argument was filled from this part: it says nothing about any other."""
        self.taken.append((start, end))

    def is_free(self, start: int, end: int) -> bool:
        """Whether no argument was filled from this part yet."""
        return not any(start < t_end and t_start < end for t_start, t_end in self.taken)

    def cuts_code(self, start: int, end: int) -> bool:
        """Whether this part is only a piece of a longer code («RE00» of «RE000170»)."""
        return any(start < c.end and c.start < end and not (start <= c.start and c.end <= end) for c in self.codes)

    def free_names(self) -> list[str]:
        """Proper names that no record answers to."""
        known = [
            (m.start(), m.end())
            for mention in self.mentions
            for m in re.finditer(re.escape(level(mention.words)), self.flat)
        ]
        known += [(c.start, c.end) for c in self.codes]
        return [
            name.text
            for name in proper_names(self.text)
            if not any(name.start < end and start < name.end for start, end in known)
        ]
