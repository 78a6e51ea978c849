"""Where a postcode lies, how far two places are, and what an activity's code means."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field

from engines.contract import Caution, Computed, Labels, Part, Positive, operation
from engines.data.contents import texts_of
from engines.data.recognition import compact
from engines.data.registers import Activities, Provinces, register
from engines.errors import N_, InvalidInput

MEAN_RADIUS: Final = 6371.0088
"""km, arithmetic mean radius of the earth (IUGG)."""
LATITUDE: Final = 90.0
LONGITUDE: Final = 180.0
UNTITLED: Final = N_("De la CNAE-{version} solo se conocen los títulos de las secciones, no los de las divisiones.")
UNKNOWN_CODES: Final = N_("{n} códigos no existen en la CNAE-{version}.")
Place = Annotated[tuple[float, float], Field()]


class PostcodeProvinces(Computed):
    """The province of each postcode, by INE code and official name, and its autonomous community; None if unknown."""

    province_codes: list[str | None]
    province_names: list[str | None]
    regions: list[str | None]
    as_of: date
    source: str


class Distance(Computed):
    """The distance between two places, and the bearings out and back in degrees clockwise from north."""

    km: float
    m: float
    azimuth: float | None
    back_azimuth: float | None


class Activity(Part):
    """What a code means: section and division by letter and number; a title is None where the table lacks it."""

    code: str
    section: str | None
    section_name: str | None
    division: str | None
    division_name: str | None


class ActivityCodes(Computed):
    """The activities of the codes, or the divisions whose titles hold the words that were searched."""

    activities: list[Activity]
    version: Literal["2009", "2025"]
    source: str


@operation(
    "Provincia de un código postal",
    examples=(
        "¿De qué provincia son los códigos postales 28013, 07001 y 51001?",
        "Province of these Spanish postcodes",
    ),
)
def postcode_province(postcodes: Labels) -> PostcodeProvinces:
    """Say in which province and autonomous community Spanish postcodes lie.

    Args:
        postcodes: five figures each, as text.

    Raises:
        InvalidInput: no postcodes, or no texts.
        LimitExceeded: more than 200,000.

    Source: INE, Relación de provincias y comunidades autónomas con sus códigos; Correos (first two figures).
    """
    given = texts_of(postcodes, "postcodes")
    known = register(Provinces)
    found = [known.of_postcode(text.strip()) for text in given]
    return PostcodeProvinces(
        n=len(given),
        province_codes=[t.strip()[:2] if p else None for t, p in zip(given, found, strict=True)],
        province_names=[p.name if p else None for p in found],
        regions=[known.regions[p.region] if p else None for p in found],
        as_of=known.since, source=known.source,
    )  # fmt: skip


@operation(
    "Distancia entre dos puntos",
    examples=(
        "¿A cuántos kilómetros está Madrid (40,4168, -3,7038) de Sevilla (37,3891, -5,9845) en línea recta?",
        "Great circle or ellipsoidal distance between two coordinates",
    ),
)
def geo_distance(
    from_: Annotated[Place, Field(alias="from")],
    to: Place,
    method: Literal["haversine", "ellipsoidal"] = "ellipsoidal",
    radius_km: Annotated[Positive, Field(le=10_000)] = MEAN_RADIUS,
) -> Distance:
    """Measure the straight way over the earth between two places.

    Args:
        from_: latitude and longitude in degrees, north and east positive.
        to: the other place.
        method: ellipsoidal (geodesic on WGS 84, exact to nanometres) or haversine (on a sphere, within 0.5 %).
        radius_km: of the sphere, for haversine.

    Raises:
        InvalidInput: a latitude beyond 90 degrees or a longitude beyond 180.

    Source: Karney, "Algorithms for geodesics", Journal of Geodesy 87 (2013); Sinnott, "Virtues of the Haversine",
    Sky and Telescope 68 (1984).
    """
    import math

    for argument, (latitude, longitude) in (("from", from_), ("to", to)):
        if not (abs(latitude) <= LATITUDE and abs(longitude) <= LONGITUDE):
            raise InvalidInput(argument, N_("debe ser latitud entre -90 y 90 y longitud entre -180 y 180"))
    if method == "ellipsoidal":
        from pyproj import Geod

        out, back, metres = Geod(ellps="WGS84").inv(from_[1], from_[0], to[1], to[0])
        apart = metres > 0
        return Distance(
            method="WGS 84", library="pyproj", km=metres / 1000, m=metres,
            azimuth=out % 360 if apart else None, back_azimuth=back % 360 if apart else None,
        )  # fmt: skip
    (a, b), (c, d) = (tuple(math.radians(x) for x in place) for place in (from_, to))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    km = 2 * radius_km * math.asin(math.sqrt(min(1.0, half)))
    return Distance(
        method=f"haversine, radius {radius_km} km", km=km, m=km * 1000,
        azimuth=_bearing(a, b, c, d) if km else None, back_azimuth=_bearing(c, d, a, b) if km else None,
    )  # fmt: skip


@operation(
    "Consultar un código CNAE",
    examples=(
        "¿Qué actividad es el CNAE 6622, sección y división?",
        "Look up this CNAE activity code, or the divisions about insurance",
    ),
)
def cnae_lookup(
    codes: Labels | None = None,
    words: Annotated[str, Field(min_length=3, max_length=100)] | None = None,
    version: Literal["2009", "2025"] = "2025",
) -> ActivityCodes:
    """Say which section and division an activity's code belongs to, or find divisions by words of their titles.

    The table goes down to divisions (two figures); of the version of 2025 it has sections alone by title.

    Args:
        codes: two to five figures (01 or 66.22), or a section's letter; or
        words: words that a title holds.
        version: 2025 (in force since 1 January 2025) or 2009.

    Raises:
        InvalidInput: neither or both of codes and words, or a code that is no such thing.

    Source: Real Decreto 10/2025 (CNAE-2025, NACE Rev. 2.1); Real Decreto 475/2007 (CNAE-2009, NACE Rev. 2).
    """
    from engines.data.enrichment.contacts import fold

    if (codes is None) == (words is None):
        raise InvalidInput("codes", N_("indique códigos o palabras, una de las dos cosas"))
    held = register(Activities).versions[version]
    of_division = {division: letter for letter, section in held.sections.items() for division in section.divisions}

    def activity(code: str, letter: str | None, division: str | None) -> Activity:
        return Activity(
            code=code, section=letter, section_name=held.sections[letter].name if letter else None,
            division=division, division_name=held.divisions.get(division) if division else None,
        )  # fmt: skip

    said: tuple[Caution, ...] = () if held.divisions else (Caution(text=UNTITLED, values={"version": version}),)
    if words is not None:
        wanted = fold(words).split()
        found = [activity(d, of_division[d], d) for d, name in held.divisions.items()
                 if all(word in fold(name) for word in wanted)]  # fmt: skip
        found += [activity(letter, letter, None) for letter, section in held.sections.items()
                  if all(word in fold(section.name) for word in wanted)]  # fmt: skip
        return ActivityCodes(n=len(found), activities=found, version=version, source=held.source, warnings=said)
    given = [compact(code) for code in texts_of(codes or [], "codes")]
    if any(not (c.isascii() and (c.isdigit() and 2 <= len(c) <= 5 or len(c) == 1 and c.isalpha())) for c in given):
        raise InvalidInput("codes", N_("debe tener de dos a cinco cifras, o ser la letra de una sección"))
    found = []
    for code in given:
        letter = (code if code in held.sections else None) if code.isalpha() else of_division.get(code[:2])
        found.append(activity(code, letter, code[:2] if code.isdigit() and letter else None))
    unknown = sum(a.section is None for a in found)
    if unknown:
        said += (Caution(text=UNKNOWN_CODES, values={"n": unknown, "version": version}),)
    return ActivityCodes(n=len(found), activities=found, version=version, source=held.source, warnings=said)


def _bearing(a: float, b: float, c: float, d: float) -> float:
    import math

    east = math.sin(d - b) * math.cos(c)
    north = math.cos(a) * math.sin(c) - math.sin(a) * math.cos(c) * math.cos(d - b)
    return math.degrees(math.atan2(east, north)) % 360
