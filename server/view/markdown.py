"""Model text as safe HTML: CommonMark with tables, then an allow-list of plain tags.

Nothing that a model writes is markup of ours: no images (they would carry data out), no
raw HTML, links only inside the house or to https and mail, with the host shown.
"""

from typing import Final
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS: Final = {
    "p",
    "strong",
    "em",
    "ul",
    "ol",
    "li",
    "code",
    "pre",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "a",
    "blockquote",
    "h3",
    "h4",
    "br",
    "hr",
    "sup",
}
HEADINGS: Final = {"h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4"}
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


def to_html(text: str, hosts: frozenset[str] = frozenset()) -> Markup:
    """`text` as sanitised HTML; links to hosts outside `hosts` become plain text."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        token.tag = HEADINGS.get(token.tag, token.tag)
        if token.children:
            token.children = _plain_links(token.children, hosts)
    rendered = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Markup(
        nh3.clean(
            rendered,
            tags=TAGS,
            attributes={"a": {"href"}},
            url_schemes={"https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def _plain_links(children: list, hosts: frozenset[str]) -> list:  # type: ignore[type-arg]
    """Drop links that lead outside, and every image; their words stay."""
    kept, open_links = [], []
    for token in children:
        if token.type == "link_open":
            open_links.append(_allowed(str(token.attrGet("href") or ""), hosts))
            if not open_links[-1]:
                continue
        elif token.type == "link_close":
            if not open_links.pop():
                continue
        elif token.type == "image":
            token.type, token.tag, token.nesting = "text", "", 0
        kept.append(token)
    return kept


def _allowed(href: str, hosts: frozenset[str]) -> bool:
    parts = urlsplit(href)
    if not parts.scheme and not parts.netloc:
        return href.startswith("/") and not href.startswith("//") and "\\" not in href
    return parts.scheme == "https" and parts.hostname in hosts
