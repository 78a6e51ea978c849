"""A web page as text (*página*): what a reader sees, and apart from it what only a machine does.

Instructions to a model hide where no reader looks: comments, labels for screen readers, text
set off the screen. They are data like the rest, and shown as what they are. Layout that costs
more than it says is left out: a table cell of a megabyte would be padded to gigabytes.
"""

import codecs
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin

from core.text import clean_foreign

LARGEST: Final = 2 * 1024 * 1024  # bytes of a page that are read
LONGEST_TAG: Final = 32 * 1024  # characters
MOST_TEXT: Final = 20_000
MOST_HIDDEN: Final = 5_000
MOST_TITLE: Final = 300
MOST_LINKS: Final = 50

HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0*)?(?![\d.])"
    r"|font-size\s*:\s*0(?![\d.]*[1-9])|(?:left|right|top|bottom|text-indent|margin-\w{3,6})\s*:\s*-\d{3}"
    r"|clip(?:-path)?\s*:|color\s*:\s*transparent|transform\s*:\s*(?:scale|translate)\w?\(\s*-?(?:0\W|\d{4})",
    re.IGNORECASE,
)
SPOKEN: Final = ("aria-label", "aria-description", "alt", "title", "placeholder", "summary", "value")
CODE: Final = ("script", "style", "svg", "math", "object", "embed", "iframe", "canvas", "audio", "video")
UNSHOWN: Final = ("template", "noscript", "dialog", "datalist")
CELLS: Final = ("td", "th")
BLOCKS: Final = ("ul", "ol", "table", "tr", "section", "form", "dl", "dt", "dd")
FLAT: Final = ("table", "tr", "td", "th", "ul", "ol", "li", "a")  # tags that get no layout of their own
CHARSETS: Final = frozenset({"utf-8", "iso8859-15", "cp1252", "utf-16", "utf-16-le", "utf-16-be"})
AS_WINDOWS: Final = frozenset({"ascii", "iso8859-1"})
DECLARED: Final = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([\w-]{1,40})", re.IGNORECASE)
BLANKS: Final = re.compile(r"[^\S\n]+")
GAPS: Final = re.compile(r"\n{3,}")


class Reading(NamedTuple):
    """What a page says; `cut` if there was more."""

    title: str
    text: str
    hidden: str
    links: tuple[str, ...]
    cut: bool


def read_html(content: bytes, media_type: str, url: str) -> Reading:
    """The HTML page `content` that came from `url`, in cleaned text."""
    # lxml and inscriptis cost 0.1 s to import, which a command that reads no page never pays.
    import lxml.html
    from lxml import etree

    source = "<".join(_without_long_tag(part) for part in decode(content[:LARGEST], media_type).split("<"))
    # The HTML parser stops nesting at 255, so that no page exhausts the stack below.
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(source.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # there is nothing in it
        return Reading("", "", "", (), cut=False)
    title = " ".join(clean_foreign(tree.findtext(".//title") or "").split())
    hidden = list(_take_hidden(tree))
    links = tuple(dict.fromkeys(_links(tree, url)))
    text = _text(tree)
    unseen = "\n".join(dict.fromkeys(said for part in hidden if (said := " ".join(part.split()))))
    lost = len(content) > LARGEST or any("depth" in entry.message for entry in parser.error_log)
    cut = lost or len(text) > MOST_TEXT or len(unseen) > MOST_HIDDEN or len(links) > MOST_LINKS
    return Reading(
        title[:MOST_TITLE],
        text[:MOST_TEXT],
        clean_foreign(unseen)[:MOST_HIDDEN],
        links[:MOST_LINKS],
        cut,
    )


def read_plain(content: bytes, media_type: str) -> Reading:
    """A page of plain text."""
    text = clean_foreign(decode(content[:LARGEST], media_type)).strip()
    return Reading("", text[:MOST_TEXT], "", (), cut=len(content) > LARGEST or len(text) > MOST_TEXT)


def decode(content: bytes, media_type: str) -> str:
    """`content` as text: by its byte order mark, its header, as UTF-8, by what it declares, as Windows-1252."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    said = DECLARED.search(media_type.encode("ascii", "replace"))
    declared = DECLARED.search(content[:2048])
    for name, errors in (
        (_charset(said), "replace"),
        ("utf-8-sig", "strict"),
        (_charset(declared), "replace"),
    ):
        try:
            if name:
                return content.decode(name, errors).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", "replace")


def _without_long_tag(part: str) -> str:
    """What follows a `<`, without a tag of more attributes than any page has: comparing them takes their square."""
    end = part.find(">")
    return part[end:] if end > LONGEST_TAG and not part.startswith("!--") else part


def _charset(found: re.Match[bytes] | None) -> str:
    """A charset that pages are really written in; "" for the rest, such as UTF-7, which hides markup.

    Who says ISO-8859-1 or ASCII writes Windows-1252, with € at 0x80 (WHATWG Encoding, section 4.2).
    """
    try:
        name = codecs.lookup(found.group(1).decode("ascii")).name if found else ""
    except (LookupError, UnicodeDecodeError):
        return ""
    return "cp1252" if name in AS_WINDOWS else name if name in CHARSETS else ""


def _take_hidden(tree: Any) -> Iterator[str]:
    """Give what no reader sees, and take it out of the tree."""
    by_style = _hidden_by_sheets(tree)
    taken = []
    for node in tree.iter():
        if not isinstance(node.tag, str):  # a comment
            yield node.text or ""
            taken.append(node)
        else:
            yield from _spoken(node)
            if node.tag in CODE:
                taken.append(node)
            elif node.tag in UNSHOWN or _is_hidden(node, by_style):
                yield _words(node)
                taken.append(node)
    for node in reversed(taken):  # the inner ones first
        if node.getparent() is not None:
            node.drop_tree()


def _spoken(node: Any) -> Iterator[str]:
    if node.tag == "meta":
        yield node.get("content", "") if node.get("name") or node.get("property") else ""
    yield from (node.get(name, "") for name in SPOKEN)


def _words(node: Any) -> str:
    return " ".join(part for part in node.itertext() if part.strip())


def _is_hidden(node: Any, by_style: frozenset[str]) -> bool:
    if node.get("hidden") is not None or node.get("aria-hidden", "").lower() == "true":
        return True
    if HIDING.search(node.get("style", "")[:1_000]):
        return True
    names = {f".{name}" for name in node.get("class", "").split()} | {f"#{node.get('id', '')}"}
    return bool(names & by_style)


def _hidden_by_sheets(tree: Any) -> frozenset[str]:
    """The classes and ids that the page's own style sheets hide; only plain selectors are understood."""
    found: set[str] = set()
    for sheet in tree.iter("style"):
        for rule in (sheet.text or "").split("}"):
            selectors, _, body = rule.rpartition("{")
            if HIDING.search(body[:1_000]):
                found.update(selector.strip() for selector in selectors.rpartition("{")[2].split(","))
    return frozenset(name for name in found if name.startswith((".", "#")) and len(name) > 1)


def _links(tree: Any, url: str) -> Iterator[str]:
    """The links as plain text, `words — address`; only those of the web."""
    for node in tree.iter("a"):
        try:
            address = urljoin(url, node.get("href", "").strip())
        except ValueError:
            continue
        if node.get("href") and address.startswith(("https://", "http://")):
            said = " ".join(_words(node).split())[:100]
            yield clean_foreign(f"{said} — {address[:300]}" if said else address[:300])


def _text(tree: Any) -> str:
    """The visible text, a line a block; cells of a row stand beside each other."""
    for node in tree.iter():
        if isinstance(node.tag, str):
            if node.tag in CELLS and node.getnext() is not None:
                node.tail = " | "
            node.attrib.clear()  # a style could ask for a million blanks
    from inscriptis.html_engine import Inscriptis

    text = clean_foreign(Inscriptis(tree, _layout()).get_text())
    return GAPS.sub("\n\n", "\n".join(BLANKS.sub(" ", line).strip() for line in text.split("\n"))).strip()


@cache
def _layout() -> Any:
    """Every block on lines of its own, and no more: neither tables nor margins are drawn."""
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.html_properties import Display
    from inscriptis.model.config import ParserConfig
    from inscriptis.model.html_element import HtmlElement
    from inscriptis.model.tag import CustomHtmlTagHandlerMapping

    blocks = {name: HtmlElement(display=Display.block) for name in BLOCKS}
    item = HtmlElement(display=Display.block, prefix="- ")
    none: Any = dict.fromkeys(FLAT)
    return ParserConfig(
        css=CSS_PROFILES["strict"] | blocks | {"li": item},
        custom_html_tag_handler_mapping=CustomHtmlTagHandlerMapping(start_tag_mapping=none, end_tag_mapping=none),
    )
