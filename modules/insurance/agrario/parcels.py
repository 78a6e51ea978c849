"""Parcels (*parcelas*) and campaigns: SIGPAC references, the value of production, and when one may subscribe."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.money import CENT, ZERO, to_cents
from modules.insurance.kernel.dated import figure_on, read_table

CAMPAIGNS: Final = Path(__file__).parent / "data" / "campaigns.json"
PROVINCES: Final = 52
SIGPAC: Final = re.compile(
    r"(\d{1,2}):(\d{1,3}):(\d{1,3}):(\d{1,2}):(\d{1,3}):(\d{1,5}):(\d{1,5})", re.ASCII
)  # province, municipality, aggregate, zone, polygon, parcel, enclosure (recinto)


class OutOfSeason(Conflict):
    """The combined scheme is only subscribed within its campaign."""

    text = N_("El {crop} se contrata del {opens} al {closes}: el {on} está fuera de plazo.")


def parse_sigpac(text: str) -> str:
    """A SIGPAC reference in one form: `30:16:0:0:12:345:1`.

    Raises:
        ValueError: it is none.
    """
    found = SIGPAC.fullmatch(text.strip())
    if found is None:
        raise ValueError(N_("no es una referencia SIGPAC: provincia:municipio:agregado:zona:polígono:parcela:recinto"))
    parts = [int(part) for part in found.groups()]
    if not 1 <= parts[0] <= PROVINCES or not all((parts[1], parts[4], parts[5], parts[6])):
        raise ValueError(N_("no es una referencia SIGPAC: provincia:municipio:agregado:zona:polígono:parcela:recinto"))
    return ":".join(str(part) for part in parts)


def _plain(value: Decimal) -> str:
    return f"{value:f}"


Exact: TypeAlias = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]


class Parcel(BaseModel):
    """One parcel of a crop, with the yield and the price it is insured at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sigpac: Annotated[str, AfterValidator(parse_sigpac)]
    ha: Annotated[Exact, Field(gt=0, le=100_000, decimal_places=4)]
    yield_kg_ha: Annotated[int, Field(gt=0, le=1_000_000)]
    price_eur_kg: Annotated[Exact, Field(gt=0, le=1_000, decimal_places=6)]

    @property
    def value(self) -> Decimal:
        """What it is expected to yield, to the cent."""
        return to_cents(self.ha * self.yield_kg_ha * self.price_eur_kg)


def _apart(parcels: tuple[Parcel, ...]) -> tuple[Parcel, ...]:
    """Each enclosure once."""
    if len({one.sigpac for one in parcels}) != len(parcels):
        raise ValueError(N_("cada recinto debe estar una sola vez"))
    return parcels


Parcels: TypeAlias = Annotated[
    tuple[Parcel, ...],
    Field(min_length=1, max_length=500, description=N_("Parcelas: SIGPAC, hectáreas, kg/ha y EUR/kg")),
    AfterValidator(_apart),
]


def production_value(parcels: Iterable[Parcel]) -> Decimal:
    """What all parcels are expected to yield: hectares by kilos by price, each to the cent."""
    return sum((one.value for one in parcels), ZERO)


def campaign(crop: str, on: date) -> Mapping[str, Any]:
    """The window, yield and price limits of a crop.

    Raises:
        BadArguments: the scheme does not know the crop, or not so early.
    """
    windows = read_table(CAMPAIGNS)["windows"]
    if crop not in windows:
        raise BadArguments(N_("Revise el campo «{field}»: {problem}"), field="crop", problem=crop)
    return figure_on(windows[crop], on, "effective_on")


def is_open(crop: str, on: date) -> bool:
    """Whether a crop may be subscribed on a day."""
    row, day = campaign(crop, on), f"{on:%m-%d}"
    opens, closes = row["opens"], row["closes"]
    return bool(opens <= day <= closes) if opens <= closes else bool(day >= opens or day <= closes)


def check_open(crop: str, on: date) -> None:
    """Refuse a day outside the campaign.

    Raises:
        OutOfSeason: it is.
    """
    if not is_open(crop, on):
        row = campaign(crop, on)
        raise OutOfSeason(crop=crop, opens=said(row["opens"]), closes=said(row["closes"]), on=f"{on:%d/%m/%Y}")


def said(day: str) -> str:
    """`09-01` as people write a day of the year: 01/09."""
    month, _, number = day.partition("-")
    return f"{number}/{month}"


def check_limits(crop: str, parcels: Iterable[Parcel], on: date) -> None:
    """Refuse yields and prices above the plan's.

    Raises:
        BadArguments: one is; names `parcels`.
    """
    row = campaign(crop, on)
    for one in parcels:
        if one.yield_kg_ha > row["max_yield"] or one.price_eur_kg > Decimal(row["max_price"]):
            text = N_("La parcela {parcel} («{field}») pasa del rendimiento o del precio máximo del plan.")
            raise BadArguments(text, field="parcels", parcel=one.sigpac)


def agrees(value: Decimal, parcels: Iterable[Parcel]) -> bool:
    """Whether a value of production is that of the parcels."""
    return abs(value - production_value(parcels)) < CENT
