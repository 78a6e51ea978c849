"""Templates: Jinja2 with autoescape on, the reader's language, and static files by digest."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context as Scope
from markupsafe import Markup, escape

from agents.language.tongue import tongue
from core.i18n import Locale, translate
from server.view import formats, labels
from server.view.charts import charts_of, drawn, figures_of
from server.view.decisions import approvers, foreign_said, headline, in_bulk, rows_of, source_said, untrusted
from server.view.diff import diff_of, marked
from server.view.tables import facts_of, table_of
from server.view.turn import Change, Part, TurnView
from tools.tool import Tool

HERE: Final = Path(__file__).parent.parent
STATIC: Final = HERE / "static"
SPRITE: Final = "vendor/lucide-1.62.0.svg"


@cache
def static_url(path: str) -> str:
    """`/static/app.css?v=…`: the digest changes with the file, so it may be cached for ever."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


def icon(name: str, classes: str = "") -> Markup:
    """An icon of the sprite, hidden from readers: the words beside it say the same."""
    found = f"{static_url(SPRITE)}#{escape(name)}"
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="{}"></use></svg>').format(classes, Markup(found))


def _locale(scope: Scope) -> Locale:
    return "en" if scope.get("locale") == "en" else "es"


def _by_locale(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give the template's language to a function that takes `locale`."""

    @pass_context
    def call(scope: Scope, *args: Any, **values: Any) -> Any:
        return function(*args, locale=_locale(scope), **values)

    return call


@pass_context
def _translate(scope: Scope, text: str, **values: Any) -> str:
    return translate(text, _locale(scope), **values)


@pass_context
def _instant(scope: Scope, value: Any) -> str:
    return formats.format_instant(value, scope.get("zone") or "Europe/Madrid") if value else formats.MISSING


@pass_context
def _say(scope: Scope, name: str, value: Any) -> str:
    return formats.say(name, value, _locale(scope), scope.get("zone") or "Europe/Madrid")


@cache
def environment() -> Environment:
    """The one template environment; undefined names are errors, not blanks."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals |= {
        "_": _translate,
        "icon": icon,
        "static": static_url,
        "instant": _instant,
        "share": _by_locale(formats.format_share),
        "milliseconds": _by_locale(formats.format_milliseconds),
        "number": _by_locale(formats.format_number),
        "facts_of": _by_locale(facts_of),
        "table_of": _by_locale(table_of),
        "charts_of": charts_of,
        "drawn": _by_locale(drawn),
        "figures_of": _by_locale(figures_of),
        "diff_of": _by_locale(diff_of),
        "marked": marked,
        "rows_of": rows_of,
        "headline": _by_locale(headline),
        "approvers": _by_locale(approvers),
        "source_said": _by_locale(source_said),
        "foreign_said": _by_locale(foreign_said),
        "untrusted": untrusted,
        "in_bulk": in_bulk,
        "say": _say,
        "field_label": _by_locale(labels.field_label),
        "state_label": _by_locale(labels.state_label),
        "risk_label": _by_locale(labels.risk_label),
        "kind_label": _by_locale(labels.kind_label),
        "example_of": _by_locale(example_of),
        "role_label": _by_locale(labels.role_label),
        "pretty": pretty,
        "citation_title": formats.citation_title,
    }
    return env


def example_of(tool: Tool, locale: Locale) -> str:
    """How one asks for the tool, in the reader's language: the docstring is for models and developers."""
    return next((e for e in tool.examples if tongue(e) == locale), tool.summary)


def pretty(value: Any) -> str:
    """JSON for developers, indented."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def page(name: str, **values: Any) -> str:
    """A whole page or fragment from the template `name`."""
    return environment().get_template(name).render(**values)


def part_html(part: Part, **values: Any) -> str:
    """One part of a turn, as it stands in the page."""
    return page("part.html", part=part, **values)


def turn_html(turn: TurnView, **values: Any) -> str:
    """A whole turn as it stands in the page."""
    return page("turn.html", turn=turn, **values)


def partials(turn: TurnView, changes: list[Change], values: Mapping[str, Any]) -> str:
    """What `changes` do to the page, as htmx partials: append, replace by id, or add text."""
    draw = partial(part_html, turn=turn, **values)
    return "".join(_partial(turn, change, draw) for change in changes)


def _partial(turn: TurnView, change: Change, draw: Callable[[Part], str]) -> str:
    key = change.part.key
    if change.opened:
        return f'<hx-partial hx-target="#body-{turn.turn}" hx-swap="beforeend">{draw(change.part)}</hx-partial>'
    if change.text is not None:
        said = escape(change.text)
        return f'<hx-partial hx-target="#{key}-live" hx-swap="beforeend"><span>{said}</span></hx-partial>'
    return f'<hx-partial hx-target="#{key}" hx-swap="outerMorph">{draw(change.part)}</hx-partial>'
