"""Trying a tool with calls drawn from its own schema, each in a trial that leaves nothing behind."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from core.errors import AitError
from modules.loader import Modules
from tests.tools.arguments import calls
from tests.tools.books import Book, Desk
from tools.gate import Work
from tools.tool import Tool

LONG: Final = os.environ.get("HYPOTHESIS_PROFILE") == "long"
NO_FIT: Final = (403, 404, 409, 422)  # a drawn call may ask for what cannot be
Check = Callable[[Desk, Work, Any], None]  # what is tried, its dry run, other arguments


def every_tool() -> list[Tool]:
    """All tools that load, as the tests that are one a tool find them."""
    modules = Modules(Path("/nonexistent"))
    modules.load()
    return list(modules.catalogue().tools.values())


def try_calls(book: Book, name: str, check: Check, *, most: int) -> None:
    """Draw up to `most` calls that fit (many more by `HYPOTHESIS_PROFILE=long`) and check each.

    Raises:
        AssertionError: none fits, or a refusal changed something.
    """
    strategy = calls(book.house.catalogue.get(name), book)
    fitting: list[Any] = []
    refusals: list[Any] = []
    profile = settings(
        max_examples=40 if LONG else most,
        derandomize=not LONG,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if LONG else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )

    @profile
    @given(st.data())
    def one(data: st.DataObject) -> None:
        args = data.draw(strategy)
        with book.trial() as desk:
            before = desk.state()
            work = tried(desk, name, args, refusals)
            assert desk.state() == before, "the dry run changed something"
            assume(work is not None)
            fitting.append(args)
            assert work is not None
            check(desk, work, data.draw(strategy))

    with suppress(Unsatisfiable):
        one()
    assert fitting, f"no valid call of {name} could be drawn, so give it a hint in `arguments`: {refusals[:5]}"


def tried(desk: Desk, name: str, args: Any, refusals: list[Any]) -> Work | None:
    """The dry run of a drawn call, or None if it asks for what cannot be."""
    try:
        return desk.preview(desk.wish(name, args))
    except AitError as error:
        if error.status not in NO_FIT:
            raise
        refusals.append((args, error.told("es")))
        return None
