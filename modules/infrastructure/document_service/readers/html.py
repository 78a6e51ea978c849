"""HTML: all of its text, also what a browser would hide."""

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers.detect import decoded
from modules.infrastructure.document_service.readers.found import Found, Refused, flowing


def read(content: bytes) -> Found:
    """The text, laid out as a page shows it; text that a style hides is text too."""
    return Found(list(flowing(text_of(decoded(content)))))


def text_of(html: str) -> str:
    """The text of `html` without its markup, scripts and styles.

    Raises:
        Refused: it is nested more deeply than any page is.
    """
    from inscriptis.html_engine import Inscriptis
    from lxml import etree
    from lxml import html as lxml_html

    try:
        tree = lxml_html.document_fromstring(
            html.encode("utf-8"), parser=lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
        )
        for element in tree.iter(etree.Element):
            for hiding in ("style", "hidden"):
                element.attrib.pop(hiding, None)
        text: str = Inscriptis(tree).get_text()
    except (etree.ParserError, RecursionError) as error:
        raise Refused(Problem.DAMAGED) from error
    return text
