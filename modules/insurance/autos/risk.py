"""The risk of motor insurance (*riesgo de autos*): one vehicle, its use and its drivers.

The fields are the inputs of the tariff. Ages are completed years on the effect date. The
sex of the driver is never asked (Directive 2004/113/EC; CJEU C-236/09).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.fields import Amount, CommercialDiscount, MultiPolicy, Whole
from modules.insurance.kernel.line import InsuredRisk
from tools import Slot

YOUNGEST_LICENCE: Final = 15  # class AM, for mopeds


class Product(StrEnum):
    """What is bought."""

    TERCEROS_BASICO = "terceros_basico"
    TERCEROS_AMPLIADO = "terceros_ampliado"
    TODO_RIESGO = "todo_riesgo"


class VehicleClass(StrEnum):
    """What kind of vehicle it is."""

    TURISMO = "turismo"
    FURGONETA = "furgoneta"
    MOTOCICLETA = "motocicleta"
    CICLOMOTOR = "ciclomotor"
    CAMION = "camion"


class Use(StrEnum):
    """What the vehicle is used for."""

    PARTICULAR = "particular"
    COMERCIAL = "comercial"
    TAXI_VTC = "taxi_vtc"
    ALQUILER = "alquiler_sin_conductor"


class Parking(StrEnum):
    """Where the vehicle sleeps."""

    GARAJE_PRIVADO = "garaje_privado"
    GARAJE_COMUNITARIO = "garaje_comunitario"
    CALLE = "calle"


class Zone(StrEnum):
    """The tariff's zone of the usual garage."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


PRODUCTS: Final[Mapping[str, str]] = {
    "terceros_basico": N_("terceros básico"),
    "terceros_ampliado": N_("terceros ampliado"),
    "todo_riesgo": N_("todo riesgo"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: terceros básico, terceros ampliado o todo riesgo?"),
        cues=("modalidad", "product"),
        words={
            "terceros_basico": (
                "terceros básico",
                "terceros basico",
                "a terceros",
                "terceros",
                "third party only",
                "third party",
                "third-party",
            ),
            "terceros_ampliado": (
                "terceros ampliado",
                "terceros con lunas",
                "terceros completo",
                "ampliado",
                "extended third party",
                "third party extended",
                "third party, fire and theft",
                "third party fire and theft",
            ),
            "todo_riesgo": ("todo riesgo", "a todo riesgo", "comprehensive", "fully comprehensive", "all risk"),
        },
    ),
]
VehicleClassChoice: TypeAlias = Annotated[
    VehicleClass,
    Field(description=N_("Clase de vehículo")),
    Slot(
        ask=N_("¿Qué vehículo es: turismo, furgoneta, motocicleta, ciclomotor o camión?"),
        words={
            "turismo": ("turismo", "coche", "car", "passenger car"),
            "furgoneta": ("furgoneta", "furgón", "van"),
            "motocicleta": ("motocicleta", "moto", "motorcycle", "motorbike"),
            "ciclomotor": ("ciclomotor", "moped"),
            "camion": ("camión", "lorry", "truck"),
        },
    ),
]
UseChoice: TypeAlias = Annotated[
    Use,
    Field(description=N_("Uso del vehículo")),
    Slot(
        ask=N_("¿Qué uso tiene: particular, comercial, taxi o VTC, o alquiler sin conductor?"),
        cues=("uso", "use"),
        words={
            "particular": ("particular", "uso particular", "private", "private use"),
            "comercial": ("comercial", "uso comercial", "reparto", "commercial"),
            "taxi_vtc": ("taxi", "vtc", "uber", "cabify"),
            "alquiler_sin_conductor": ("alquiler sin conductor", "alquiler", "rental", "self-drive hire"),
        },
    ),
]
ParkingChoice: TypeAlias = Annotated[
    Parking,
    Field(description=N_("Dónde duerme el vehículo")),
    Slot(
        ask=N_("¿Dónde duerme el vehículo: garaje privado, garaje comunitario o calle?"),
        cues=("duerme", "aparca", "parked"),
        words={
            "garaje_privado": ("garaje privado", "garaje propio", "private garage"),
            "garaje_comunitario": ("garaje comunitario", "garaje", "parking", "shared garage", "garage"),
            "calle": ("en la calle", "calle", "on the street", "street"),
        },
    ),
]
ZoneChoice: TypeAlias = Annotated[
    Zone,
    Field(description=N_("Zona de la tarifa")),
    Slot(ask=N_("¿Qué zona de la tarifa: A, B, C o D?"), cues=("zona", "zone"), pattern=r"\b[A-D]\b"),
]
VehicleValue: TypeAlias = Annotated[
    Amount,
    Field(gt=0, le=5_000_000, description=N_("Valor a nuevo con accesorios, EUR")),
    Slot(
        ask=N_("¿Cuál es el valor a nuevo del vehículo, con accesorios (euros)?"),
        units=("€", "euros", "eur"),
        cues=("valor", "vale", "value", "worth"),
    ),
]
PowerCv: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=2000, description=N_("Potencia, CV")),
    Slot(
        ask=N_("¿Qué potencia tiene, en CV?"),
        units=("cv", "caballos", "hp", "bhp"),
        cues=("potencia", "power"),
    ),
]
VehicleAge: TypeAlias = Annotated[
    Whole,
    Field(le=100, description=N_("Antigüedad del vehículo, años")),
    Slot(
        ask=N_("¿Cuántos años tiene el vehículo?"),
        units=("años", "years"),
        cues=("antigüedad", "coche de", "vehículo de", "vehicle age", "car is"),
    ),
]
DriverAge: TypeAlias = Annotated[
    Whole,
    Field(le=110, description=N_("Edad del conductor, años cumplidos")),
    Slot(
        ask=N_("¿Qué edad tiene el conductor habitual?"),
        units=("años", "years old"),
        cues=("edad", "conductor de", "driver age", "aged"),
    ),
]
LicenceYears: TypeAlias = Annotated[
    Whole,
    Field(le=95, description=N_("Años de carné")),
    Slot(
        ask=N_("¿Cuántos años de carné tiene el conductor?"),
        units=("años", "years"),
        cues=("carné", "carnet", "permiso", "licence", "license"),
    ),
]
BmLevel: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=18, description=N_("Nivel de bonus-malus, 1 (mejor) a 18")),
    Slot(
        ask=N_("¿Qué nivel de bonus-malus tiene, de 1 (mejor) a 18?"),
        cues=("bonus", "bonus-malus", "nivel", "bm", "level"),
    ),
]
AtFaultClaims: TypeAlias = Annotated[
    Whole,
    Field(le=50, description=N_("Siniestros con culpa en cinco años")),
    Slot(
        ask=N_("¿Cuántos siniestros con culpa ha tenido en los últimos cinco años?"),
        units=("siniestros", "partes", "claims", "accidents"),
        cues=("siniestros con culpa", "at-fault"),
    ),
]
YoungSecondDriver: TypeAlias = Annotated[
    bool,
    Field(description=N_("Conduce alguien menor de 26 años")),
    Slot(
        ask=N_("¿Lo conducirá alguien menor de 26 años?"),
        words={
            "true": ("conductor joven", "segundo conductor joven", "su hijo también conduce", "young second driver"),
            "false": ("sin conductor joven", "ningún conductor joven", "no young driver"),
        },
    ),
]
DriverAccidentSum: TypeAlias = Annotated[
    Amount,
    Field(le=1_000_000, description=N_("Capital de accidente del conductor, EUR")),
    Slot(
        ask=N_("¿Qué capital de accidente del conductor, en euros?"),
        cues=("accidente del conductor", "capital de accidente", "driver accident"),
    ),
]
Deductible: TypeAlias = Annotated[
    Whole,
    Field(description=N_("Franquicia de daños propios, EUR: 0, 150, 300, 600 o 1000")),
    Slot(
        ask=N_("¿Qué franquicia: 0, 150, 300, 600 o 1.000 euros?"),
        cues=("franquicia", "franquicia de", "deductible", "excess"),
    ),
]


class AutosRisk(InsuredRisk):
    """One vehicle to be priced."""

    product: ProductChoice
    vehicle_class: VehicleClassChoice
    vehicle_value: VehicleValue
    vehicle_age: VehicleAge
    power_cv: PowerCv
    use: UseChoice
    zone: ZoneChoice
    parking: ParkingChoice
    driver_age: DriverAge
    licence_years: LicenceYears
    bm_level: BmLevel
    at_fault_claims_5y: AtFaultClaims
    driver_accident_sum: DriverAccidentSum
    young_second_driver: YoungSecondDriver | None = None
    multi_policy: MultiPolicy | None = None
    commercial_discount_pct: CommercialDiscount | None = None
    deductible: Deductible | None = None


def licence_fits_age(risk: AutosRisk) -> None:
    """Refuse a licence older than anybody of that age can hold."""
    if risk.licence_years > max(risk.driver_age - YOUNGEST_LICENCE, 0):
        raise BadArguments(
            N_("Revise «{field}»: con {age} años de edad no se pueden tener {years} años de carné."),
            field="licence_years",
            age=risk.driver_age,
            years=risk.licence_years,
        )
