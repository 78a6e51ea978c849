"""XML of unknown origin: no entities, no document type, no network."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from engines.contract import operation
from engines.data.contents import ONE_OF, Base64, DateFormat, Text, bytes_of
from engines.data.etl.cells import DecimalMark, Named, style_of
from engines.data.etl.separated import ReadFile, table_of
from engines.data.tables import MOST_ROWS, SMALLER
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from lxml import etree

NOT_XML: Final = N_("no es XML bien formado")
DECLARES: Final = N_("declara un tipo de documento o entidades, que no se admiten")
NO_ROWS: Final = N_("no hay ningún elemento en ese lugar")
PATH: Final = re.compile(r"@?[\w.-]+(?:/@?[\w.-]+)*")
BAD_PATH: Final = N_("debe ser un camino de nombres de elementos, como Recibos/Recibo, con @ ante un atributo")
DEEPEST: Final = 100
Path = Annotated[str, Field(min_length=1, max_length=300)]


@operation(
    "Leer un XML",
    examples=(
        "Lee los recibos de este fichero XML EIAC de la aseguradora, un elemento Recibo por fila",
        "Read this XML file as a table, one row for each element of a path",
    ),
)
def read_xml(
    row: Path,
    text: Text | None = None,
    content_base64: Base64 | None = None,
    fields: dict[Named, Path] = {},  # noqa: B006 (never written to)
    decimal: DecimalMark | None = None,
    date_format: DateFormat | None = None,
) -> ReadFile:
    """Read the elements of an XML file as rows of a table; names are compared without their namespace.

    Args:
        row: where the rows are: names of elements from below the root (or from it), as Recibos/Recibo.
        text: the content, or
        content_base64: the file itself, up to 20 MB.
        fields: column name and the place of its value below the row, as {"nif": "Tomador/NIF", "id": "@id"}; by
            default all attributes and leaves, a nested leaf as Tomador/NIF. The first of several is taken.
        decimal: mark of decimals, if numbers are to be read as such.
        date_format: how dates are written, if they are to be read as such; ISO dates need none.

    Raises:
        InvalidInput: not well formed, with a document type or entities, no such rows, or no path.
        LimitExceeded: more than 20 MB, 200,000 rows or 100 levels.

    Source: W3C, Extensible Markup Language 1.0 (fifth edition); OWASP, "XML External Entity Prevention".
    """
    if (text is None) == (content_base64 is None):
        raise InvalidInput("text", ONE_OF)
    argument = "text" if text is not None else "content_base64"
    for name, path in (("row", row), *(("fields", path) for path in fields.values())):
        if not PATH.fullmatch(path):
            raise InvalidInput(name, BAD_PATH)
    given = text.encode("utf-8", "replace") if text is not None else bytes_of(content_base64 or "")
    # A text is letters already: the encoding that its first line declares was that of the file.
    root = _parsed(given, argument, "utf-8" if text is not None else None)
    found = [root]
    steps = row.split("/")
    if len(steps) > 1 and steps[0] == _local(root.tag) and not any(_local(c.tag) == steps[0] for c in _children(root)):
        steps = steps[1:]  # whoever writes the whole path begins with the root
    for step in steps:
        found = [child for element in found for child in _children(element) if _local(child.tag) == step]
    if not found:
        raise InvalidInput("row", NO_ROWS)
    if len(found) > MOST_ROWS:
        raise LimitExceeded(argument, MOST_ROWS, len(found), SMALLER)
    held = [_leaves(element) for element in found]
    places = fields or {name: name for name in dict.fromkeys(name for leaves in held for name in leaves)}
    if not places:
        raise InvalidInput("row", NO_ROWS)
    records = [[leaves.get(path, "") for path in places.values()] for leaves in held]
    style = style_of(decimal, "", date_format)
    return table_of(list(places), records, style, {}, argument, converting=True)


def _parsed(raw: bytes, argument: str, encoding: str | None) -> "etree._Element":
    from lxml import etree

    safe = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, dtd_validation=False,
        remove_comments=True, remove_pis=True, encoding=encoding,
    )  # fmt: skip
    sound = _undeclared(raw, argument)
    try:
        root = etree.fromstring(sound, safe)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidInput(argument, NOT_XML) from error
    if root.getroottree().docinfo.doctype:
        raise InvalidInput(argument, DECLARES)
    return root


def _undeclared(raw: bytes, argument: str) -> bytes:
    """`raw`, unless it declares a document type: that is seen before any parser works on it."""
    if b"<!doctype" in raw.lower() or b"<!entity" in raw.lower():
        raise InvalidInput(argument, DECLARES)
    return raw.strip()


def _leaves(element: "etree._Element") -> dict[str, str]:
    """The values below an element by their place: attributes and elements without children."""
    found: dict[str, str] = {}
    for place, value in _walk(element, "", 0):
        found.setdefault(place, value.strip())
    return found


def _walk(element: "etree._Element", place: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        raise LimitExceeded("row", DEEPEST, depth, SMALLER)
    before = f"{place}/" if place else ""
    for name, value in element.attrib.items():
        yield f"{before}@{_local(name)}", str(value)
    children = list(_children(element))
    if not children:
        yield place or _local(element.tag), element.text or ""
    for child in children:
        yield from _walk(child, f"{before}{_local(child.tag)}", depth + 1)


def _children(element: Any) -> Iterator[Any]:
    return (child for child in element if isinstance(child.tag, str))


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]
