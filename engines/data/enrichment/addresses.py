"""Spanish postal addresses, split into their parts and written in one form."""

import re
import unicodedata
from typing import Final

from engines.contract import Computed, Labels, Part, operation
from engines.data.contents import texts_of
from engines.data.enrichment.contacts import fold
from engines.data.registers import Provinces, register
from engines.errors import N_, InvalidInput

LONGEST: Final = 300
TYPES: Final = {
    "Calle": "c c/ cl cl. c. calle carrer kalea rua rúa",
    "Avenida": "av av. avda avda. avd avd. avenida avinguda avgda avgda. etorbidea",
    "Plaza": "pl pl. plz plz. pz pz. pza pza. plza plza. plaza plaça praza",
    "Paseo": "ps ps. pº p.º po. pso pso. paseo passeig pg. pasealekua",
    "Carretera": "ctra ctra. crta crta. cr carretera carretera. estrada errepidea",
    "Camino": "cm cº c.º cno cno. cmno cmno. camino camí camiño bidea",
    "Travesía": "tr tr. trv trv. trva trva. trav trav. travesía travesia",
    "Travessera": "travessera",
    "Ronda": "rda rda. ronda",
    "Rambla": "rbla rbla. rambla",
    "Glorieta": "gta gta. glta glta. glorieta",
    "Urbanización": "ur urb urb. urbanización urbanizacion",
    "Polígono": "pol pol. polg polg. polig polígono poligono políg.",
    "Callejón": "cjón callejón callejon",
    "Cuesta": "cuesta",
    "Pasaje": "pje pje. psje pasaje passatge",
    "Vía": "vía via",
    "Gran Vía": "gv g.v. granvia",
    "Barrio": "bº barrio bo.",
    "Alameda": "alameda alam.",
    "Bulevar": "bulevar blvr. blvr",
    "Parque": "parque pque pque.",
    "Cañada": "cañada",
    "Costanilla": "costanilla",
    "Lugar": "lugar lg",
}
"""Types of road by what people write for them; the official word of each language is kept as the Spanish one."""
OF_WORD: Final = {word: name for name, words in TYPES.items() for word in words.split()}
SMALL: Final = frozenset(
    {"de", "del", "la", "las", "los", "el", "y", "i", "d'", "dels", "les", "l'", "da", "do", "dos"}
)
WITHIN: Final = frozenset({"Urbanización", "Polígono", "Barrio", "Lugar"})
"""Places that have roads of their own."""
ROAD: Final = re.compile(
    r"[\s,-]+(?=(?:c/\s?|(?:calle|cl|avda?|avenida|ctra|carretera|plaza|pza|paseo|camino|ronda)\.?\s)\S)", re.I
)
PLOT: Final = re.compile(r"[\s,]+(nave|parcela|parc|local)\.?\s*$", re.I)
PLOTS: Final = {"nave": "nave", "parcela": "parcela", "parc": "parcela", "local": "local"}
ROMAN: Final = re.compile(r"[ivx]{2,}", re.I)
POSTCODE: Final = re.compile(r"(?<![\d/-])(\d{5})(?![\d/]|-\d)")
NO_NUMBER: Final = re.compile(r"(?<!\w)s\s*/\s*n\.?(?!\w)", re.I)
NUMBER: Final = re.compile(
    r"(?:(?<=[\s,])|^)(?:n\s*[.ºo°]+\s*|núm\.?\s*|num\.?\s*|número\s*|nº\s*)?(\d{1,4}(?:-\d{1,4}|\s-\s\d{1,4}(?=\s*,))?)(?:[\s-]*(bis|dup\.?))?([A-Za-z]?)(?![\w.ºª°])",
    re.I,
)
KILOMETRE: Final = re.compile(r"(?<!\w)km\.?\s*(\d{1,4}(?:[.,]\d{1,3})?)", re.I)
SIDE: Final = r"izquierda|izqd?a?\.?|iza?d?a?\.?|derecha|dcha?\.?|dch?\.?|dr\.?|drcha\.?|dreta|esquerra|centro|ctro\.?"
PARTS: Final = {
    "block": re.compile(r"(?<!\w)(?:bl(?:oque)?\.?|edif(?:icio)?\.?|portal|port\.)\s*([\w-]{1,20})", re.I),
    "stair": re.compile(r"(?<!\w)(?:esc(?:alera)?\.?)\s*([\w]{1,10})", re.I),
    "floor": re.compile(
        rf"(?<!\w)(?:(?:piso|planta|pl[.:]|p(?=\s*\d))\s*(\d{{1,2}})(?:\s*[.ºª°o]+)?"
        rf"|(\d{{1,2}})\s*(?:\.?\s*[ºª°]|[rntèé](?!\w))(?:\s*(?:planta|piso)(?!\w))?"
        rf"|(bajos?|baixos?|bjo?\.?|entlo\.?|entresuelo|entresòl|entresol|ppal\.?|pral\.?|"
        rf"principal|sobreático|sobreàtic|ático|atico|àtic|sótano|sotano)(?!\w))"
        rf"|^[\s,.-]*(\d{{1,2}})[\s-]*(?=(?:[a-z]|{SIDE})[\s.,]*$)",
        re.I,
    ),
    "door": re.compile(
        rf"(?<!\w)(?:(?:puerta|pta\.?|pt[.:])\s*([\w]{{1,6}})|({SIDE})(?!\w))", re.I
    ),
}  # fmt: skip
FLOORS: Final = {"bajo": "bajo", "bajos": "bajo", "bj": "bajo", "bjo": "bajo", "entlo": "entresuelo",
                 "baix": "bajo", "baixos": "bajo", "entresòl": "entresuelo", "entresol": "entresuelo", "àtic": "ático",
                 "sobreàtic": "sobreático",
                 "entresuelo": "entresuelo", "ppal": "principal", "pral": "principal", "principal": "principal",
                 "ático": "ático", "atico": "ático", "sótano": "sótano", "sotano": "sótano"}  # fmt: skip
DOORS: Final = {"izquierda": "izquierda", "izq": "izquierda", "iz": "izquierda", "dr": "derecha", "dc": "derecha",
                "dreta": "derecha", "esquerra": "izquierda", "izqda": "izquierda", "izqd": "izquierda",
                "izda": "izquierda", "izd": "izquierda", "derecha": "derecha", "dcha": "derecha", "dch": "derecha",
                "drcha": "derecha", "centro": "centro", "ctro": "centro"}  # fmt: skip


class Address(Part):
    """An address in its parts; what is not said is None, what could not be placed stays in `rest`.

    `line` is the address of the street in one form, `full` adds postcode and town; `key` is what two writings share.
    """

    street_type: str | None
    street: str | None
    number: str | None
    block: str | None
    stair: str | None
    floor: str | None
    door: str | None
    postcode: str | None
    town: str | None
    province_code: str | None
    province: str | None
    rest: str | None
    line: str
    full: str
    key: str
    sure: bool


class Addresses(Computed):
    """Each address in its parts, in order; `unsure` counts those without a street, a number or a place for all."""

    addresses: list[Address]
    unsure: int


@operation(
    "Normalizar direcciones",
    examples=(
        "Normaliza estas direcciones postales: «c/ mayor nº 12 3ºb 28013 madrid»",
        "Normalise these Spanish postal addresses into street, number, floor and postcode",
    ),
)
def normalise_address(values: Labels) -> Addresses:
    """Split Spanish addresses into type of road, street, number, floor, door, postcode and town, in one writing.

    The address is not looked up in any street register: that it is well written does not say that it exists.

    Args:
        values: addresses as they are written, one line each.

    Raises:
        InvalidInput: no values, no texts, or one that is longer than 300 characters or says nothing.
        LimitExceeded: more than 200,000.

    Source: Resolución de 17 de febrero de 2020 (INE y DGCAL), instrucciones técnicas del Padrón municipal, road types;
    UPU S42 (international address components).
    """
    given = texts_of(values, "values")
    if any(len(text) > LONGEST or not any(c.isalnum() for c in text) for text in given):
        raise InvalidInput("values", N_("contiene una dirección vacía o demasiado larga"))
    found = [address_of(text) for text in given]
    return Addresses(n=len(found), addresses=found, unsure=sum(not address.sure for address in found))


def address_of(text: str) -> Address:
    """`text` in its parts."""
    left = " ".join(unicodedata.normalize("NFC", text).replace(";", ",").split())
    postcode, town, left = _place(left)
    known = register(Provinces)
    province = known.of_postcode(postcode) if postcode else None
    parts: dict[str, str | None] = {}
    street_type, street, number, left = _street(left)
    for name, pattern in PARTS.items():
        match = pattern.search(left)
        parts[name] = next((g for g in match.groups() if g), None) if match else None
        if match:
            left = f"{left[: match.start()]} {left[match.end() :]}"
    if parts["door"] is None and parts["floor"] is not None:
        loose = re.search(r"(?<!\w)([A-Za-z]|\d{1,2})(?:a(?!\w)|[.ºª°])*(?!\w)", left)
        if loose:
            parts["door"] = loose[1]
            left = f"{left[: loose.start()]} {left[loose.end() :]}"
    floor, door = _floor(parts["floor"]), _door(parts["door"])
    rest = re.sub(r"[\s,.()-]+", " ", left).strip() or None
    where = f"{floor} {door}" if floor and door else floor or (f"puerta {door}" if door else None)
    block = f"bloque {parts['block']}" if parts["block"] else None
    stair = f"escalera {_door(parts['stair'])}" if parts["stair"] else None
    road = " ".join(p for p in (street_type, street) if p) or None
    line = ", ".join(p for p in (road, number, block, stair, where, rest) if p)
    place = " ".join(p for p in (postcode, town) if p)
    return Address(
        street_type=street_type, street=street, number=number, block=parts["block"], stair=parts["stair"], floor=floor,
        door=door, postcode=postcode, town=town, province_code=postcode[:2] if postcode and province else None,
        province=province.name if province else None, rest=rest, line=line,
        full=", ".join(p for p in (line, place) if p),
        key=" ".join(p for p in (fold(street or ""), fold(number or ""), postcode or "") if p),
        sure=bool(street and number) and rest is None and (postcode is None or province is not None),
    )  # fmt: skip


def _place(text: str) -> tuple[str | None, str | None, str]:
    """Postcode, town, and what stands before them."""
    found = list(POSTCODE.finditer(text))
    if not found:
        return None, None, text
    match = found[-1]
    after = re.sub(r"\(.*?\)", "", text[match.end() :]).strip(" ,.-")
    before = re.sub(r"(?i)\bc\.?\s*p\.?\s*:?\s*$", "", text[: match.start()]).strip(" ,.-")
    return match[1], _titled(after.partition(",")[0].strip()) or None, before


def _street(text: str) -> tuple[str | None, str | None, str | None, str]:
    """Type of road, street, number, and what comes after them."""
    first, _, after = text.partition(" ")
    glued = re.match(r"(?i)(c/|c\.|avda\.|av\.|pza\.|pl\.|ctra\.|pº|p\.º)(?=\S)", first)
    if glued and first.lower() not in OF_WORD:
        first, after = first[: glued.end()], f"{first[glued.end() :]} {after}"
    kind = OF_WORD.get(first.lower()) or OF_WORD.get(first.lower().rstrip("."))
    body = after.strip() if kind else text
    if kind in WITHIN and (road := ROAD.search(body)):
        # Polígono Malpica, calle A 4: the number is the road's, and the place stays to be told.
        inner = _street(body[road.end() :])
        return *inner[:3], f"{inner[3]}, {kind} {_titled(body[: road.start()].strip(' ,.-'))}"
    if kind == "Polígono" and (industrial := re.match(r"(?:ind|industrial)\b\.?\s*", body, re.I)):
        kind, body = "Polígono Industrial", body[industrial.end() :]
    unnumbered = NO_NUMBER.search(body)
    kilometre = KILOMETRE.search(body)
    match = unnumbered or kilometre
    number = "s/n" if unnumbered else f"km {kilometre[1].replace('.', ',')}" if kilometre else None
    if match is None:
        # The number comes after the street's name: "Calle 12 de Octubre, 5" has its own.
        found = [m for m in NUMBER.finditer(body) if m.start() > 0 and not re.match(r"\s+de\s", body[m.end() :], re.I)]
        match = found[0] if found else None
        if match:
            number = (
                match[1].lstrip("0").replace(" ", "")
                + (f" {match[2].lower().rstrip('.')}" if match[2] else "")
                + match[3].upper()
            )
    if match is None:
        street, rest = body.partition(",")[::2]
    else:
        street, rest = body[: match.start()], body[match.end() :]
    street = re.sub(r"(?i)[\s,]+(?:n[.º°o]*|núm\.?|num\.?|número)\s*$", "", street.strip(" ,.-")) if match else street
    if number and (plot := PLOT.search(street)):
        number, street = f"{PLOTS[plot[1].lower()]} {number}", street[: plot.start()]
    return kind, _titled(street.strip(" ,.-"), first=kind is None) or None, number or None, rest


def _titled(text: str, first: bool = True) -> str:
    """Words with a capital each, particles in small letters, the `first` word too if it may begin small."""
    if text != text.upper() and text != text.lower():
        return text
    words = []
    given = text.lower().split()
    for at, word in enumerate(given):
        # Juan Carlos I: at the end it joins nothing.
        numeral = ROMAN.fullmatch(word) or (word == "i" and 0 < at == len(given) - 1)
        small = (at or not first) and word in SMALL
        words.append(
            word.upper()
            if numeral
            else word
            if small
            else re.sub(r"[^\W\d_]+", lambda m: m[0][0].upper() + m[0][1:], word)
        )
    return " ".join(words)


def _floor(text: str | None) -> str | None:
    if text is None:
        return None
    return f"{int(text)}.º" if text.isdigit() else FLOORS.get(text.lower().rstrip("."), text.lower())


def _door(text: str | None) -> str | None:
    if text is None:
        return None
    return DOORS.get(text.lower().rstrip("."), text.upper())
