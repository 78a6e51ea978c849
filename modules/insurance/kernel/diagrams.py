"""Diagrams of states (*diagramas de estados*), written from the table of lawful moves: one page a kind of record."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from core.i18n import translate
from modules.insurance.kernel import states
from modules.insurance.kernel.states import FEMININE, LABELS, MOVES

OF_A_FEMININE: Final = frozenset(("QuoteState", "PolicyState", "RenewalState"))
NOTE: Final = "Written by `ait docs states` from `modules/insurance/kernel/states.py`; do not edit."


def pages() -> Mapping[str, str]:
    """The page of each kind of state that the kernel declares, by the name of its file."""
    kinds = [kind for kind in MOVES if kind.__module__ == states.__name__]
    return {f"{file_name(kind)}.md": page(kind) for kind in sorted(kinds, key=lambda kind: kind.__name__)}


def file_name(kind: type[StrEnum]) -> str:
    """`ReceiptState` → `receipt`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__.removesuffix("State")).lower()


def page(kind: type[StrEnum]) -> str:
    """One page: what it is, the diagram, the words in both languages."""
    title = " ".join((kind.__doc__ or kind.__name__).split())
    rows = "\n".join(f"| `{state}` | {word(kind, state, 'es')} | {word(kind, state, 'en')} |" for state in kind)
    diagram = "\n".join(f"    {line}" for line in arrows(kind))
    return (
        f"# {title}\n\n{NOTE}\n\n```mermaid\nstateDiagram-v2\n{diagram}\n```\n\n"
        f"| state | español | English |\n| --- | --- | --- |\n{rows}\n"
    )


def arrows(kind: type[StrEnum]) -> Iterator[str]:
    """The lawful moves, in the order of the states; an arrow in where nothing leads to, out where nothing leads on."""
    moves = MOVES[kind]
    reached = {to for targets in moves.values() for to in targets}
    for state in kind:
        if state not in reached or state is next(iter(kind)):
            yield f"[*] --> {state}"
        targets = moves.get(state, frozenset())
        for to in (to for to in kind if to in targets):
            yield f"{state} --> {to}"
        if not targets:
            yield f"{state} --> [*]"


def word(kind: type[StrEnum], state: StrEnum, locale: str) -> str:
    """What people call a state of that kind."""
    words = {**LABELS, **FEMININE} if kind.__name__ in OF_A_FEMININE else LABELS
    return translate(words.get(state, state), locale)
