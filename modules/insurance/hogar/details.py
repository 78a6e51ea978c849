"""What a home policy names besides the tariff's inputs (LCS art. 8): where the dwelling is, of when, who lent on it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from stdnum.es import referenciacatastral
from stdnum.exceptions import ValidationError

from core.errors import BadArguments, Conflict
from core.i18n import N_
from modules.insurance.hogar.places import zone_of
from modules.insurance.hogar.risk import DWELLINGS
from modules.insurance.kernel.fields import Amount, Whole, Words
from modules.insurance.kernel.line import Details
from modules.insurance.kernel.records import Quote
from tools import Slot

POSTAL: Final = r"(?<![\d.,€-])(?:0[1-9]|[1-4]\d|5[0-2])\d{3}(?![\d.,]*\d)"


class Construction(StrEnum):
    """What the building is made of."""

    HORMIGON_LADRILLO = "hormigon_ladrillo"
    MIXTA = "mixta"
    MADERA = "madera"


def _reference(text: str) -> str:
    """A cadastral reference with the right control letters."""
    try:
        return str(referenciacatastral.validate(text))
    except ValidationError as error:
        raise ValueError(N_("no es una referencia catastral de 20 caracteres con sus letras de control")) from error


CadastralRef: TypeAlias = Annotated[
    str,
    AfterValidator(_reference),
    Field(max_length=30, description=N_("Referencia catastral")),
    Slot(
        cues=("referencia catastral", "catastro", "cadastral"), pattern=r"\b[0-9A-Z]{7} ?[0-9A-Z]{7} ?\d{4} ?[A-Z]{2}\b"
    ),
]
Year: TypeAlias = Annotated[Whole, Field(ge=1500, le=2100)]


class SpecialItem(BaseModel):
    """An object that is declared by itself (*objeto de valor especial*): art, instruments, collections."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    description: Annotated[Words, Field(min_length=2)]
    value: Amount


class HogarDetails(Details):
    """The dwelling as a policy names it."""

    address: (
        Annotated[
            Words, Field(description=N_("Dirección de la vivienda")),
            Slot(ask=N_("¿Cuál es la dirección de la vivienda?"), cues=("dirección", "calle", "address")),
        ]
        | None
    ) = None  # fmt: skip
    postal_code: (
        Annotated[
            str, Field(pattern=r"^(0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}$", description=N_("Código postal de la vivienda")),
            Slot(
                ask=N_("¿Qué código postal tiene la vivienda?"), cues=("código postal", "cp"), pattern=POSTAL
            ),
        ]
        | None
    ) = None  # fmt: skip
    cadastral_ref: CadastralRef | None = None
    construction_year: (
        Annotated[
            Year, Field(description=N_("Año de construcción")),
            Slot(cues=("construida en", "construido en", "del año", "año de construcción", "built in")),
        ]
        | None
    ) = None  # fmt: skip
    renovation_year_pipes: (
        Annotated[
            Year, Field(description=N_("Año de renovación de las tuberías")),
            Slot(cues=("tuberías renovadas en", "tuberías de", "tuberías del", "pipes renewed in")),
        ]
        | None
    ) = None  # fmt: skip
    construction: (
        Annotated[
            Construction, Field(description=N_("Construcción")),
            Slot(
                words={
                    "hormigon_ladrillo": ("hormigón", "ladrillo", "brick", "concrete"),
                    "mixta": ("construcción mixta", "mixed construction"),
                    "madera": ("madera", "timber", "wood"),
                }
            ),
        ]
        | None
    ) = None  # fmt: skip
    mortgagee: (
        Annotated[
            Words, Field(description=N_("Acreedor hipotecario")),
            Slot(cues=("hipoteca con", "acreedor hipotecario", "mortgagee")),
        ]
        | None
    ) = None  # fmt: skip
    mortgage_loan: Annotated[Words, Field(description=N_("Número del préstamo hipotecario"))] | None = None
    special_items: (
        Annotated[tuple[SpecialItem, ...], Field(max_length=50, description=N_("Objetos de valor especial"))] | None
    ) = None
    tenant_solvency_checked: (
        Annotated[
            bool, Field(description=N_("Solvencia del inquilino comprobada")),
            Slot(
                words={
                    "true": ("solvencia comprobada", "inquilino solvente", "solvency checked"),
                    "false": ("sin comprobar la solvencia", "solvency not checked"),
                }
            ),
        ]
        | None
    ) = None  # fmt: skip


class SolvencyUnknown(Conflict):
    """Rent default is insured only of a tenant whose solvency was studied."""

    text = N_("Para emitir {quote} con impago de alquileres hay que comprobar antes la solvencia del inquilino.")


def check_issue(quote: Quote) -> None:
    """Refuse to issue rent default before the tenant's solvency was checked."""
    if quote.risk.get("with_rent_default") and not quote.details.get("tenant_solvency_checked"):
        raise SolvencyUnknown(quote=quote.quote_number)


def derived(filed: Mapping[str, Any], told: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Province and zone from the postal code; the building's age on `on` from its years.

    Renewed pipes count as a younger building: water is what old buildings suffer from.

    Raises:
        BadArguments: a year lies ahead, or an age was said that differs from it.
    """
    known = {**filed, **told}
    found: dict[str, Any] = {}
    if "postal_code" in told or ("postal_code" in known and "zone" not in known):
        found["province"] = str(known["postal_code"])[:2]
        found["zone"] = told.get("zone") or zone_of(found["province"], on)
    if "province" in told:
        found["province"] = told["province"]
        found.setdefault("zone", told.get("zone") or zone_of(told["province"], on))
    years = [int(known[name]) for name in ("construction_year", "renovation_year_pipes") if known.get(name)]
    if years:
        found["building_age"] = building_age(max(years), told, on)
    return found


def building_age(year: int, told: Mapping[str, Any], on: date) -> int:
    """Years since `year`, unless an age that differs was said."""
    field = "renovation_year_pipes" if "renovation_year_pipes" in told else "construction_year"
    if year > on.year:
        raise BadArguments(N_("Revise «{field}»: el año {year} es posterior al efecto."), field=field, year=year)
    age = on.year - year
    if told.get("building_age", age) != age:
        text = N_("Revise «{field}»: se indican {given} años, pero por el año {year} son {age}.")
        raise BadArguments(text, field="building_age", given=int(told["building_age"]), year=year, age=age)
    return age


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The dwelling as a policy names it."""
    kind, address = DWELLINGS[str(risk["dwelling_type"])], details.get("address")
    place = " ".join(filter(None, (address, details.get("postal_code"))))
    return f"{kind} de {risk['surface_m2']} m², {place}" if place else f"{kind} de {risk['surface_m2']} m²"


def cadastral_ref_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str | None:
    """What identifies the dwelling."""
    found: str | None = details.get("cadastral_ref")
    return found


def mortgagee_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> tuple[str, ...]:
    """The bank that must be told before the cover ends: a month must pass for it to lose its right (LCS art. 41)."""
    found = details.get("mortgagee")
    return (str(found),) if found else ()
