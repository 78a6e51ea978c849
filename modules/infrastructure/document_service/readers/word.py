"""Word files: body, tables, headers, footers, notes and comments."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers.found import Found, Page, Refused, flowing


def read(content: bytes) -> Found:
    """Body first, in its order; then headers and footers, and comments, each under its title.

    Raises:
        Refused: the file is damaged.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml import etree

    try:
        document = docx.Document(BytesIO(content))
        pages: list[Page] = list(flowing("\n".join(_blocks(document))))
        pages += flowing("\n".join(_margins(document)), "encabezado y pie")
        pages += flowing("\n".join(f"{c.author}: {c.text}" for c in document.comments), "comentarios")
    except (KeyError, ValueError, AttributeError, BadZipFile, PackageNotFoundError, etree.XMLSyntaxError) as error:
        raise Refused(Problem.DAMAGED) from error
    return Found(pages)


def _blocks(container: Any) -> Iterator[str]:
    """Paragraphs and rows of tables as they follow each other."""
    for block in container.iter_inner_content():
        if hasattr(block, "rows"):
            yield from _rows(block)
        else:
            yield block.text


def _rows(table: Any) -> Iterator[str]:
    for row in table.rows:
        merged = {id(cell._tc): cell for cell in row.cells}  # a merged cell comes once for each that it covers
        yield "\t".join(" ".join(_blocks(cell)).strip() for cell in merged.values())


def _margins(document: Any) -> Iterator[str]:
    for section in document.sections:
        for part in (section.header, section.first_page_header, section.footer, section.first_page_footer):
            if not part.is_linked_to_previous:
                yield from _blocks(part)
