"""The fold of frames: what streams, what is first shown and what a reload shows are one."""

import importlib.util
import re
from pathlib import Path

from lxml import html

from server.view.render import partials, turn_html
from server.view.turn import TurnView

_spec = importlib.util.spec_from_file_location("sample_frames", Path(__file__).parent / "sample_frames.py")
assert _spec is not None
assert _spec.loader is not None
sample_frames = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sample_frames)
FRAMES = sample_frames.sample()
DRAWN = {
    "locale": "es",
    "zone": "Europe/Madrid",
    "titles": {"operations": "Operaciones"},
    "known": {},
    "names": {},
    "tool_titles": {},
    "positions": {"support": "a favor", "oppose": "en contra", "conditional": "con condiciones"},
}


def folded(count=None):
    return TurnView("t1").fold(FRAMES[:count])


def shape(source):
    return re.sub(r"\s+", " ", source).replace("> <", "><").replace(" open>", ">")


def streamed(start):
    """The page's body after the stream from frame `start` on was swapped into it."""
    view = folded(start)
    page = html.fromstring(f"<main>{turn_html(view, **DRAWN)}</main>")
    for frame in FRAMES[start:]:
        for partial in html.fragments_fromstring(partials(view, view.apply(frame), DRAWN)):
            swap(page, partial)
    return shape(html.tostring(page.get_element_by_id("body-t1"), encoding="unicode"))


def swap(page, partial):
    """What htmx does with one partial."""
    target = page.get_element_by_id(partial.get("hx-target").removeprefix("#"))
    children = [child for child in partial if isinstance(child.tag, str)]
    if partial.get("hx-swap") == "beforeend":
        target.extend(children)
    else:
        target.getparent().replace(target, children[0])


def test_a_stream_cut_after_any_frame_ends_like_the_uncut_one():
    whole = shape(
        html.tostring(html.fromstring(turn_html(folded(), **DRAWN)).get_element_by_id("body-t1"), encoding="unicode")
    )
    for start in range(len(FRAMES) + 1):
        assert streamed(start) == whole, start


def test_a_frame_seen_twice_changes_nothing():
    view = folded()
    assert view.apply(FRAMES[5]) == []


def test_dissent_stands_above_the_answer():
    page = turn_html(folded(), **DRAWN)
    assert page.index("Discrepa") < page.index("ahorra <strong>")
    assert "pierde 8,70 €" in page


def test_who_is_missing_is_told_with_the_cause():
    assert "no respondió en 20 s" in turn_html(folded(), **DRAWN)


def test_figures_come_from_the_tool_and_are_formatted_here():
    page = html.fromstring(turn_html(folded(), **DRAWN))
    cells = [cell.text_content() for cell in page.xpath("//div[contains(@id, 'block')]//td")]
    assert "371,20\N{NO-BREAK SPACE}€" in cells
    assert page.xpath("//td[@data-plain='371.20']")


def test_provenance_is_told_in_words():
    page = turn_html(folded(), **DRAWN)
    assert "escrito por usted" in page
    assert "deducido por el agente" in page


def test_a_stopped_turn_closes_what_it_left_open():
    view = TurnView("t1").fold(FRAMES[:5])
    view.apply(FRAMES[-1].model_copy(update={"payload": FRAMES[-1].payload | {"outcome": "cancelled"}}))
    page = turn_html(view, **DRAWN)
    assert "detenida" in page
    assert "Detenido por usted" in page


def test_a_pending_turn_opens_its_stream_where_it_stands():
    assert "stream?after=7" in turn_html(folded(7), **DRAWN)
    assert "hx-sse" not in turn_html(folded(), **DRAWN)


def test_english_pages_say_the_same_with_their_own_separators():
    view = TurnView("t1", locale="en").fold(FRAMES)
    page = turn_html(view, **(DRAWN | {"locale": "en"}))
    assert "€371.20" in page
    assert "Dissents" in page
    assert "Tabla" not in page
