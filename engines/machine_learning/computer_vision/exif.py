"""What the camera wrote into a photograph, against what the claim says."""

import base64
from datetime import date, datetime, timedelta
from io import BytesIO
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.contract import Caution, Computed, NonNegative, operation
from engines.errors import N_, InvalidInput
from engines.machine_learning.computer_vision.images import opened

if TYPE_CHECKING:
    from PIL.Image import Image

Finding = Literal[
    "no_exif", "no_date", "taken_before_event", "taken_after_report", "dates_disagree", "edited", "no_place",
    "far_from_place",
]  # fmt: skip

EARTH_KM: Final = 6371.0088  # mean radius, IUGG
DATE_TIME, SOFTWARE, MAKE, MODEL = 0x0132, 0x0131, 0x010F, 0x0110
EXIF, GPS = 0x8769, 0x8825
TAKEN, DIGITISED = 0x9003, 0x9004
EDITORS: Final = (
    "photoshop", "gimp", "lightroom", "snapseed", "picsart", "pixelmator", "affinity", "facetune", "canva",
    "paint.net", "photopea", "vsco",
)  # fmt: skip
FORGEABLE: Final = N_("Estos datos los escribe la cámara y cualquiera puede cambiarlos: son un indicio, no una prueba.")
NONE_THERE: Final = N_("La foto no trae datos de la cámara; las mensajerías los quitan, no indica fraude por sí solo.")
ZONE: Final = N_("La hora es la del reloj de la cámara, sin zona horaria.")
Degrees = Annotated[float, Field(allow_inf_nan=False, ge=-180, le=180)]
Latitude = Annotated[float, Field(allow_inf_nan=False, ge=-90, le=90)]


class ExifCheck(Computed):
    """What the photograph says of itself, and where that disagrees with the claim.

    `taken_at` is the local time of the camera's clock, ISO 8601; `distance_km` from the place of the
    claim; `stripped` the picture without any such data, in base64, if it was asked for.
    """

    has_exif: bool
    taken_at: str | None
    camera: str | None
    software: str | None
    latitude: float | None
    longitude: float | None
    distance_km: float | None
    findings: list[Finding]
    stripped: str | None


@operation(
    "Datos de la cámara frente al siniestro",
    examples=(
        "Comprueba con los datos EXIF si esta foto se hizo antes del siniestro o lejos del lugar",
        "Check the EXIF date and GPS of this photo against the claim",
    ),
    heavy=True,
)
def exif_check(
    image: str,
    occurred_on: date,
    reported_on: date | None = None,
    latitude: Latitude | None = None,
    longitude: Degrees | None = None,
    most_km: NonNegative = 5.0,
    strip: bool = False,
) -> ExifCheck:
    """Compare date, place and software that the camera wrote with what the claim says.

    Args:
        image: PNG or JPEG in base64, up to 25 million points.
        occurred_on: day of the loss; a photograph taken the day before or earlier is noted.
        reported_on: last day on which it can have been taken; a later one is noted (a day of grace for time zones).
        latitude: of the place of the loss, degrees north, WGS 84; with `longitude`.
        longitude: of the place of the loss, degrees east, WGS 84.
        most_km: distance from that place that is noted if exceeded.
        strip: whether to give back the picture turned upright and without those data (JPEG at quality 95).

    Raises:
        InvalidInput: no picture; only one of the coordinates; reported before it occurred.
        LimitExceeded: a picture that is too large.

    Source: CIPA DC-008 / JEITA CP-3451, Exif 2.32 (2019), sections 4.6.4 to 4.6.6; distance by the haversine
    formula, Sinnott, Sky & Telescope 68 (1984).
    """
    if (latitude is None) != (longitude is None):
        raise InvalidInput("longitude" if longitude is None else "latitude", N_("indique las dos coordenadas"))
    if reported_on is not None and reported_on < occurred_on:
        raise InvalidInput("reported_on", N_("es anterior al siniestro"))
    photo = opened(image, "image")
    tags = photo.getexif()
    inner, place = tags.get_ifd(EXIF), _place(tags.get_ifd(GPS))
    taken, digitised = _moment(inner.get(TAKEN)), _moment(inner.get(DIGITISED))
    changed, software = _moment(tags.get(DATE_TIME)), _text(tags.get(SOFTWARE))
    taken = taken or digitised
    distance = None
    if place is not None and latitude is not None and longitude is not None:
        distance = _km(place, (latitude, longitude))
    day = timedelta(days=1)
    checks: dict[Finding, bool] = {
        "no_exif": not tags,
        "no_date": taken is None,
        "taken_before_event": taken is not None and taken.date() < occurred_on,
        "taken_after_report": taken is not None and reported_on is not None and taken.date() > reported_on + day,
        "dates_disagree": taken is not None and changed is not None and abs(changed - taken) > day,
        "edited": software is not None and any(editor in software.lower() for editor in EDITORS),
        "no_place": latitude is not None and place is None,
        "far_from_place": distance is not None and distance > most_km,
    }
    cautions = [Caution(text=FORGEABLE) if tags else Caution(text=NONE_THERE)]
    if taken is not None:
        cautions.append(Caution(text=ZONE))
    camera = " ".join(filter(None, (_text(tags.get(MAKE)), _text(tags.get(MODEL)))))
    return ExifCheck(
        method="Exif 2.32; haversine",
        library="pillow",
        has_exif=bool(tags),
        taken_at=taken.isoformat() if taken else None,
        camera=camera or None,
        software=software,
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
        distance_km=distance,
        findings=[finding for finding, found in checks.items() if found],
        stripped=_stripped(photo) if strip else None,
        warnings=tuple(cautions),
    )


def _text(value: Any) -> str | None:
    """A tag's text without what no one can read; at most 200 characters, for anyone may have written it."""
    said = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(said, str):
        return None
    return "".join(c for c in said if c.isprintable()).strip()[:200] or None


def _moment(value: Any) -> datetime | None:
    said = (_text(value) or "")[:19]  # some append their time zone
    try:
        return datetime.strptime(said[:10].replace("-", ":") + said[10:], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _place(tags: Any) -> tuple[float, float] | None:
    """Latitude and longitude in degrees; None if they are missing, or no place on Earth.

    Zero and zero, in the gulf of Guinea, is what cameras write that had no fix.
    """
    try:
        north, east = (
            sum(float(part) / 60**i for i, part in enumerate(tags[key]))
            * (-1 if str(tags[key - 1]) in ("S", "W") else 1)
            for key in (2, 4)
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 and (north or east) else None


def _km(here: tuple[float, float], there: tuple[float, float]) -> float:
    (a, b), (c, d) = ([radians(v) for v in point] for point in (here, there))
    half = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def _stripped(photo: "Image") -> str:
    from PIL import Image, ImageOps

    kind = "JPEG" if photo.format == "MPO" else photo.format or "PNG"  # a JPEG with a second picture behind it
    upright = ImageOps.exif_transpose(photo)
    bare = Image.new(upright.mode, upright.size)
    if upright.mode == "P":
        bare.putpalette(upright.getpalette() or [])
    bare.paste(upright)
    held = BytesIO()
    bare.save(held, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return base64.b64encode(held.getvalue()).decode("ascii")
