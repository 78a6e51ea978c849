"""What a motor policy names besides the tariff's inputs (LCS art. 8): the plate, the model, the driver's dates."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from core.i18n import N_
from core.identifiers import Plate
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.line import Details
from tools import Slot

PlateChoice = Annotated[
    Plate,
    Field(description=N_("Matrícula")),
    Slot(
        ask=N_("¿Qué matrícula tiene el vehículo?"),
        cues=("matrícula", "plate"),
        pattern=r"\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}",
    ),
]
MakeModel = Annotated[Words, Field(description=N_("Marca y modelo"))]
RegisteredOn = Annotated[
    date,
    Field(description=N_("Fecha de primera matriculación")),
    Slot(cues=("matriculado", "matriculación", "registered")),
]
BornOn = Annotated[
    date,
    Field(description=N_("Fecha de nacimiento del conductor")),
    Slot(
        ask=N_("¿Qué fecha de nacimiento tiene el conductor habitual?"), cues=("nacido", "nacida", "nacimiento", "born")
    ),
]
LicensedOn = Annotated[
    date,
    Field(description=N_("Fecha del carné")),
    Slot(cues=("carné desde", "carné del", "carné", "carnet", "permiso", "licence since", "licence")),
]


class AutosDetails(Details):
    """Vehicle and driver as a policy names them."""

    plate: PlateChoice | None = None
    make_model: MakeModel | None = None
    first_registered_on: RegisteredOn | None = None
    driver_born_on: BornOn | None = None
    licensed_on: LicensedOn | None = None


def plate_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str | None:
    """What identifies the vehicle."""
    plate: str | None = details.get("plate")
    return plate


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The vehicle as a policy names it."""
    kind = str(risk["vehicle_class"]).capitalize()
    model, plate = details.get("make_model"), details.get("plate")
    return f"{kind} {model}, matrícula {plate}" if model else f"{kind}, matrícula {plate}"
