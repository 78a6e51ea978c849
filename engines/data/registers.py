"""Dated registers (*tablas oficiales*) kept as data in `data/`, read when first used."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import ClassVar, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

DATA: Final = Path(__file__).parent / "data"


class Register(BaseModel):
    """A table with the day since which it holds, and where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    file: ClassVar[str]
    since: date
    source: str


class Province(BaseModel):
    """A province by its official name, its autonomous community, and other names people use."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    region: str
    also: tuple[str, ...]


class Provinces(Register):
    """The fifty provinces and two autonomous cities by INE code, which begins every postcode."""

    file = "provinces"
    regions: dict[str, str]
    provinces: dict[str, Province]

    def of_postcode(self, postcode: str) -> Province | None:
        """The province of a postcode of five figures; None if there is none such."""
        if len(postcode) != 5 or not postcode.isascii() or not postcode.isdigit():
            return None
        return self.provinces.get(postcode[:2])


class Plates(Register):
    """What Spanish number plates may hold: letters, prefixes of special series, provinces, official services."""

    file = "plates"
    letters: str
    special: dict[str, Literal["historic", "trailer", "special", "moped", "tourist", "temporary"]]
    provinces: tuple[str, ...]
    official: dict[str, str]
    diplomatic: tuple[str, ...]


class Section(BaseModel):
    """A section of the classification of activities, and its divisions."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    divisions: tuple[str, ...]


class Classification(BaseModel):
    """One version of the classification of economic activities; `divisions` may lack titles."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    since: date
    until: date | None
    source: str
    note: str
    sections: dict[str, Section]
    divisions: dict[str, str]


class Activities(BaseModel):
    """The versions of the CNAE by their year."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    file: ClassVar[str] = "cnae"
    versions: dict[Literal["2009", "2025"], Classification]


RegisterT = TypeVar("RegisterT", Provinces, Plates, Activities)


@cache
def register(kind: type[RegisterT]) -> RegisterT:
    """The register of that kind."""
    return kind.model_validate(json.loads((DATA / f"{kind.file}.json").read_text(encoding="utf-8")))
