"""What people read: all of it goes through the catalogue, and all of it is said in English too."""

import ast
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from core.i18n import CATALOGUES, catalogue

ROOT = Path(__file__).parent.parent
SOURCES = ("core", "tools", "engines", "modules", "knowledge", "agents", "graphs", "server", "evals", "demo")
TEMPLATES = sorted((ROOT / "server" / "templates").rglob("*.html"))
PLACEHOLDER = re.compile(r"\{\w*\}")
WORD = re.compile(r"[^\W\d_]{3,}")
# Blocks that stand inside a tag, and the attributes that a macro keeps in a variable.
INSIDE_A_TAG = re.compile(r"{% block (?:shell|main|live) %}.*?{% endblock %}|{% set described %}.*?{% endset %}", re.S)
# The same in every language.
NAMES = {"AIT", "CORE", "Soriano", "Ctrl", "API", "openapi", "json", "Español", "English"}
SHOWN_ATTRIBUTES = {"alt", "aria-description", "aria-label", "aria-roledescription", "placeholder", "title"}
NOT_PROSE = {"code", "kbd", "pre", "script", "style"}


@pytest.fixture(scope="module")
def texts() -> set[str]:
    """All Spanish texts that `make texts` gathers."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, keywords={**DEFAULT_KEYWORDS, "N_": None, "operation": None})
    return {str(message) for _, _, message, _, _ in found}


def english() -> Catalog:
    with (CATALOGUES / "en" / "LC_MESSAGES" / "ait.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_text_is_said_in_english(texts: set[str]) -> None:
    said = catalogue("en")
    missing = sorted(text for text in texts if not said.get(text, "").strip())
    assert len(texts) > 1000
    assert missing == [], "run `make texts` and translate these"


def test_both_sides_have_the_same_placeholders() -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(text))

    wrong = {es: en for es, en in catalogue("en").items() if placeholders(es) != placeholders(en)}
    assert wrong == {}


def test_texts_that_are_joined_to_others_keep_their_edges() -> None:
    def edges(text: str) -> tuple[str, str]:
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    wrong = {es: en for es, en in catalogue("en").items() if edges(es) != edges(en)}
    assert wrong == {}


def test_the_english_is_typeset_as_english() -> None:
    wrong = {es: en for es, en in catalogue("en").items() if set("«»¿¡!") & set(en)}
    assert wrong == {}


def test_no_entry_is_fuzzy_or_obsolete(texts: set[str]) -> None:
    read = english()
    assert list(read.obsolete) == []
    assert [m.id for m in read if m.id and m.fuzzy] == []
    assert sorted({str(m.id) for m in read if m.id} - texts) == [], "run `make texts`"


# Sources


def calls(tree: ast.AST, function: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node.args
        and (getattr(node.func, "id", None) == function or getattr(node.func, "attr", None) == function)
    ]


def test_every_marked_text_can_be_gathered(texts: set[str]) -> None:
    """Babel sees literals only, and none inside an f-string."""
    lost = []
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "N_(" not in source and "translate(" not in source:
                continue
            tree = ast.parse(source)
            marked = [call.args[0] for call in calls(tree, "N_")]
            lost += [
                f"{path.relative_to(ROOT)}:{text.lineno} {ast.unparse(text)}"
                for text in marked
                if not isinstance(text, ast.Constant) or text.value not in texts
            ]
            lost += [
                f"{path.relative_to(ROOT)}:{call.lineno} translates a text that N_ does not mark"
                for call in calls(tree, "translate")
                if isinstance(call.args[0], ast.Constant | ast.JoinedStr)
            ]
    assert lost == []


# Templates


class Prose(HTMLParser):
    """The words that a template itself says."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]
        if tag in NOT_PROSE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            self.open.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self.open:
            self.said.append(data)


@cache
def environment() -> Environment:
    return Environment(autoescape=True)


def markup(source: str) -> str:
    """The template with its expressions as `x1`, so that tags and attributes stay whole, and without its statements."""
    kept: list[str] = []
    for _, token, value in environment().lex(INSIDE_A_TAG.sub("", source)):
        if token == "data":
            kept.append(value)
        elif token == "variable_begin":
            kept.append("x1")
    return "".join(kept)


def texts_behind_an_expression(tree: nodes.Template) -> list[str]:
    """Texts that reach `_` through a dictionary or a condition, where Babel does not see them."""
    found: list[str] = []
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name != "_" or isinstance(call.args[0], nodes.Const):
            continue
        keys = {id(item.arg) for item in call.args[0].find_all(nodes.Getitem)}
        keys |= {id(item.key) for item in call.args[0].find_all(nodes.Pair)}
        texts: list[Any] = [c.value for c in call.args[0].find_all(nodes.Const) if id(c) not in keys]
        found += [str(text) for text in texts if isinstance(text, str)]
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_says_nothing_by_itself(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    reader = Prose()
    reader.feed(markup(source))
    reader.close()
    assert [said.strip() for said in reader.said if set(WORD.findall(said)) - NAMES] == []
    assert texts_behind_an_expression(environment().parse(source)) == []
