"""The data of a page: records picked by CSS selectors, each value read as its type, the whole held to a schema."""

import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import ConfigDict, Field

from engines.contract import Caution, Computed, Part, Quoted, operation
from engines.data.multi_scraper.values import Decimals, Kind, Unreadable, Value, read, tidy
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

LARGEST: Final = 2 * 1024 * 1024  # characters of a page
DEEPEST: Final = 10_000  # the parser's time grows with the square of the depth
MOST_RECORDS: Final = 10_000
MOST_MANY: Final = 500  # values of one field that may be many
TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)")
# Tags that hold nothing, or that the next of their kind ends (HTML, 13.1.2.4): they do not nest.
FLAT: Final = frozenset(
    ("area base br col embed hr img input link meta source track wbr p li dt dd option optgroup tr td th thead tbody"
     " tfoot rb rt rtc rp html head body").split()
)  # fmt: skip
UNSEEN: Final = ["script", "style", "template", "noscript", "svg", "iframe", "object"]
Taken = Quoted | float | int | None
"""A value as it stands in a result: a text is the page's."""
NAME: Final = r"^[a-z][a-z0-9_]{0,59}$"

SHORTER: Final = N_("léala por partes")
MISSING: Final = N_("falta en la página")
SEVERAL: Final = N_("aparece varias veces; el selector debe dar con uno solo")
NO_RECORDS: Final = N_("La página no tiene ningún registro como los que se buscan: quizá ha cambiado.")
REJECTED: Final = N_("No cumplen el esquema {count} de {n} registros: no se dan por buenos.")


class Wanted(Part):
    """A field of a record (*campo*): where it stands in the page and what it must be.

    Args:
        selector: CSS selector below the record's node; "" is the node itself.
        kind: how its text is read; an amount comes out as an exact decimal text, a date in ISO 8601.
        attribute: read this attribute instead of the text (`href`, `datetime`).
        required: a record without it is rejected.
        many: all that the selector finds, as a list; else it must find one.
        decimals: whether numbers are written 1.234,56 (es) or 1,234.56 (en).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)

    selector: Annotated[str, Field(max_length=500)]
    kind: Kind = "text"
    attribute: Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z_][\w:.-]*$|^$")] = ""
    required: bool = True
    many: bool = False
    decimals: Decimals = "es"


class Flaw(Part):
    """Why a field is not as the schema says; `record` counts from 0 in the page, `text` is what stood there."""

    record: int
    field: str
    problem: str
    text: Quoted


class Extraction(Computed):
    """The records that keep the schema, the number of those that do not, and every flaw found."""

    records: list[dict[str, Taken | list[Taken]]]
    rejected: int
    flaws: list[Flaw]


class Links(Computed):
    """The addresses that a page links to, whole, without fragment, each once, in order."""

    urls: list[Quoted]


@operation(
    "Extraer datos de una página",
    examples=(
        "Extrae de este HTML la tabla de tarifas con los selectores CSS: nombre, prima y fecha",
        "Extract the products with name and price from this HTML by CSS selectors",
    ),
    heavy=True,
)
def extract(
    html: str,
    fields: Annotated[dict[Annotated[str, Field(pattern=NAME)], Wanted], Field(min_length=1, max_length=100)],
    each: Annotated[str, Field(max_length=500)] = "",
    base: Annotated[str, Field(max_length=8_000)] = "",
) -> Extraction:
    """Pick records out of a page by CSS selectors, read each value as its type, and check them against the schema.

    Args:
        html: the page.
        fields: name of each field, where it stands and what it must be.
        each: CSS selector of the nodes that are one record each; "" takes the page as one record.
        base: the page's address, against which links are resolved; a `<base>` of the page itself goes before it.

    Raises:
        InvalidInput: a selector that is none.
        LimitExceeded: a page of more than 2 MiB, deeper than 10,000 elements, or of more than 10,000 records.

    Source: W3C Selectors Level 4; WHATWG HTML, 13.2 (parsing); numbers and dates in Spanish
    form by RAE, Ortografía de la lengua española (2010), chapter VIII.
    """
    page = parsed(html)
    base = _based(page, base)
    nodes = _all(page, each, "each") if each else [page.root]
    if len(nodes) > MOST_RECORDS:
        raise LimitExceeded("html", MOST_RECORDS, len(nodes), SHORTER)
    flaws: list[Flaw] = []
    records: list[dict[str, Value | list[Value]]] = []
    for place, node in enumerate(nodes):
        if node is None:
            continue
        known = len(flaws)
        found = {name: _value(node, place, name, wanted, base, flaws) for name, wanted in fields.items()}
        if len(flaws) == known:
            records.append(found)
    rejected = len(nodes) - len(records)
    cautions = [] if nodes else [Caution(text=NO_RECORDS)]
    if rejected:
        cautions.append(Caution(text=REJECTED, values={"count": rejected, "n": len(nodes)}))
    return Extraction(
        library="selectolax", n=len(nodes), records=records, rejected=rejected, flaws=flaws, warnings=tuple(cautions)
    )


@operation(
    "Enlaces de una página",
    examples=("¿A qué direcciones enlaza este HTML?", "List the links of this HTML page"),
    heavy=True,
)
def links(html: str, base: Annotated[str, Field(min_length=1, max_length=8_000)], within: str = "") -> Links:
    """List the addresses that a page links to; those marked `nofollow` are left out, and so is a page that says so.

    Args:
        html: the page.
        base: the page's address; a `<base>` of the page itself goes before it.
        within: CSS selector of the part of the page to look in; "" is all of it.

    Raises:
        InvalidInput: a selector that is none.
        LimitExceeded: a page of more than 2 MiB, or deeper than 10,000 elements.

    Source: WHATWG HTML, 4.6 (links), 4.2.3 (base) and 4.6.7.13 (nofollow); RFC 3986, section 5.
    """
    page = parsed(html)
    if _tells_not_to_follow(page):
        return Links(library="selectolax", n=0, urls=[])
    start = _based(page, base)
    roots = _all(page, within, "within") if within else [page.root]
    found = [_linked(link, start) for root in roots if root is not None for link in root.css("a[href], area[href]")]
    urls = list(dict.fromkeys(url for url in found if url))
    return Links(library="selectolax", n=len(urls), urls=urls)


def parsed(html: str) -> "LexborHTMLParser":
    """The page without scripts and what else no reader sees.

    Raises:
        LimitExceeded: it is too long or too deep.
    """
    from selectolax.lexbor import LexborHTMLParser

    if len(html) > LARGEST:
        raise LimitExceeded("html", LARGEST, len(html), SHORTER)
    opened: Counter[str] = Counter()
    deep = deepest = 0
    for found in TAG.finditer(html):
        name = found[2].lower()
        if name not in FLAT and (not found[1] or opened[name]):
            step = -1 if found[1] else 1
            opened[name] += step
            deep += step
            deepest = max(deepest, deep)
    if deepest > DEEPEST:
        raise LimitExceeded("html", DEEPEST, deepest, N_("la página anida demasiados elementos"))
    page = LexborHTMLParser(html)
    page.strip_tags(UNSEEN)
    return page


def _all(scope: Any, selector: str, argument: str) -> "list[LexborNode]":
    from selectolax.lexbor import SelectolaxError

    try:
        return list(scope.css(selector))
    except SelectolaxError as error:
        raise InvalidInput(argument, N_("tiene un selector CSS que no se entiende")) from error


def _value(
    node: "LexborNode", place: int, name: str, wanted: Wanted, base: str, flaws: list[Flaw]
) -> Value | list[Value]:
    """The field of one record; what is wrong with it joins `flaws`."""
    found = _all(node, wanted.selector, "fields") if wanted.selector else [node]
    texts = [text for text in (_text(one, wanted.attribute) for one in found) if text]
    if not texts or (len(texts) > 1 and not wanted.many) or len(texts) > MOST_MANY:
        if texts or wanted.required:
            problem = SEVERAL if texts else MISSING
            flaws.append(Flaw(record=place, field=name, problem=problem, text=" | ".join(texts)[:200]))
        return [] if wanted.many else None
    values: list[Value] = []
    for text in texts:
        try:
            values.append(read(text, wanted.kind, wanted.decimals, base))
        except Unreadable as error:
            flaws.append(Flaw(record=place, field=name, problem=error.problem, text=text[:200]))
    if wanted.many:
        return values
    return values[0] if values else None


def _text(node: "LexborNode", attribute: str) -> str:
    return tidy((node.attributes.get(attribute) or "") if attribute else node.text(deep=True, separator=" "))


def _based(page: "LexborHTMLParser", base: str) -> str:
    """What the page's links are resolved against: its own `<base>`, if it has one."""
    own = page.css_first("base[href]")
    return _linked(own, base) or base if own is not None else base


def _linked(link: "LexborNode", base: str) -> str | None:
    if "nofollow" in (link.attributes.get("rel") or "").lower().split():
        return None
    try:
        found = read(link.attributes.get("href") or "", "url", "es", base)
    except Unreadable:
        return None
    return str(found).partition("#")[0]


def _tells_not_to_follow(page: "LexborHTMLParser") -> bool:
    told = [meta.attributes.get("content") or "" for meta in page.css('meta[name="robots" i]')]
    return any(word in ("nofollow", "none") for said in told for word in re.split(r"[\s,]+", said.lower()))
