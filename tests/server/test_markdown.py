"""Model text: formatted, never markup; nothing leaves the page by it."""

import json
from pathlib import Path

import pytest
from lxml import html

from server.view.markdown import TAGS, to_html

BAD = json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text())
XSS = [item["input"] for item in BAD["items"] if item["category"] == "xss"]
ALLOWED = {"href", "rel"}


@pytest.mark.parametrize("text", XSS)
def test_hostile_text_becomes_harmless(text):
    for wrapped in (text, f"**{text}**", f"| a |\n|---|\n| {text} |", f"[{text}]({text})"):
        page = html.fromstring(f"<div>{to_html(wrapped)}</div>")
        for element in page.iter():
            assert element.tag == "div" or element.tag in TAGS
            assert set(element.attrib) <= ALLOWED
            assert not element.get("href", "/").lower().strip().startswith(("javascript", "data", "vbscript"))


def test_tables_emphasis_and_lists_stay():
    said = to_html("**41,66 €**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- uno\n- dos")
    assert "<strong>41,66 €</strong>" in said
    assert "<td>1</td>" in said
    assert "<li>uno</li>" in said


def test_images_and_links_outside_lose_their_address():
    said = to_html("![foto](https://evil.example/x.png) [aquí](https://evil.example/) [dentro](/approvals)")
    assert "evil.example" not in said
    assert "aquí" in said
    assert 'href="/approvals"' in said


def test_an_allowed_host_is_linked_without_a_referrer():
    said = to_html("[BOE](https://www.boe.es/)", frozenset({"www.boe.es"}))
    assert 'rel="noopener noreferrer nofollow"' in said


def test_raw_html_is_shown_not_obeyed():
    assert "<script" not in to_html("<script>alert(1)</script>")
    assert "&lt;script&gt;" in to_html("<script>alert(1)</script>")
