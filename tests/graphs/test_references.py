"""References in results: what one call makes, the next can name."""

from typing import Annotated

from pydantic import BaseModel

from agents.roster import ROSTER
from core.context import Context
from graphs.nodes.binding import choose
from graphs.references import argument_kinds, references
from graphs.results import content, shortened
from tools import Risk, Slot, tool
from tools.catalogue import Catalogue
from tools.tool import MARK, Tool


class Line(BaseModel):
    receipt: Annotated[str, Slot(ref="receipt")]


class Made(BaseModel):
    quote: Annotated[str, Slot(ref="quote")]
    by: Annotated[str | None, Slot(ref="customer")] = None
    lines: tuple[Line, ...] = ()


@tool(Risk.DRAFT, permission="x:write", examples=("Haz una oferta",))
def offer(ctx: Context, customer: Annotated[str, Slot(ref="customer")]) -> Made:
    """An offer."""
    raise NotImplementedError


@tool(Risk.WRITE, permission="x:bind", examples=("Formaliza",))
def issue(ctx: Context, quote: Annotated[str, Slot(ref="quote")]) -> list[Line]:
    """Issue it."""
    raise NotImplementedError


def made(function):
    d = getattr(function, MARK)
    return Tool(f"x_{function.__name__}", "seguros-autos", d.risk, d.permission, d.examples, d.title, function)


OFFER, ISSUE = made(offer), made(issue)
SHOWN = {"quote": "Q-1", "by": "c1", "lines": [{"receipt": "R1"}, {"receipt": "R2"}, {"receipt": "R1"}]}


def test_references_are_found_by_kind_in_order_and_once():
    assert references(SHOWN, OFFER.result_schema) == {"quote": ["Q-1"], "customer": ["c1"], "receipt": ["R1", "R2"]}


def test_lists_at_the_top_are_walked_too():
    assert references([{"receipt": "R9"}], ISSUE.result_schema) == {"receipt": ["R9"]}


def test_arguments_say_which_record_they_name():
    assert argument_kinds(ISSUE.schema) == {"quote": "quote"}


def test_a_tool_that_continues_a_draft_is_shown_with_it():
    catalogue = Catalogue.of([OFFER, ISSUE])
    names = [t.name for t in choose(catalogue, ROSTER.executors["sales"], "Haz una oferta a Ana", [])]
    assert names == ["x_offer", "x_issue"]


def test_a_long_result_is_cut_but_stays_json():
    rows = [{"n": n, "text": "x" * 100} for n in range(2000)]
    cut = shortened({"rows": rows})
    assert len(str(cut)) < 30_000
    assert cut["rows"][-1]["_left_out"] + len(cut["rows"]) - 1 == 2000
    assert content(OFFER, SHOWN, "Hecho.").startswith('{"quote"')
