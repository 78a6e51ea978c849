"""Property insured for sums (*seguros de daños*): how sums are told, what can happen to them, what proves it.

Shared by the lines that insure buildings, contents, stock and machinery against average
(LCS art. 30): each states its own coverages, reserves and limits.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias

from pydantic import AfterValidator, Field
from stdnum.es import referenciacatastral
from stdnum.exceptions import ValidationError

from core.i18n import N_
from core.money import to_cents
from modules.insurance.kernel.business import EUROS
from modules.insurance.kernel.claim_types import Basis, ClaimType, DeductibleOf
from modules.insurance.kernel.fields import Amount, ReadWhole, Whole, Words
from tools import Slot


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
Address: TypeAlias = Annotated[
    Words,
    Field(min_length=3, description=N_("Dirección del riesgo")),
    Slot(ask=N_("¿Cuál es la dirección de lo asegurado?"), cues=("dirección", "situado en", "address")),
]
BuildingSum: TypeAlias = Annotated[
    Amount,
    Field(le=10**9, description=N_("Continente, valor de reconstrucción, EUR")),
    Slot(
        ask=N_("¿Por cuánto se asegura el continente (valor de reconstrucción, euros)?"),
        units=EUROS,
        cues=("continente", "edificio", "building"),
    ),
]
ContentsSum: TypeAlias = Annotated[
    Amount,
    Field(le=10**9, description=N_("Contenido, EUR")),
    Slot(
        ask=N_("¿Por cuánto se asegura el contenido (euros)?"),
        units=EUROS,
        cues=("contenido", "mobiliario", "contents"),
    ),
]
StockSum: TypeAlias = Annotated[
    Amount,
    Field(le=10**9, description=N_("Existencias, EUR")),
    Slot(
        ask=N_("¿Por cuánto se aseguran las existencias (euros)?"),
        units=EUROS,
        cues=("existencias", "mercancías", "stock"),
    ),
]
MachinerySum: TypeAlias = Annotated[
    Amount,
    Field(le=10**9, description=N_("Maquinaria, EUR")),
    Slot(
        ask=N_("¿Por cuánto se asegura la maquinaria (euros)?"),
        units=EUROS,
        cues=("maquinaria", "máquinas", "machinery"),
    ),
]
EquipmentSum: TypeAlias = Annotated[
    Amount,
    Field(le=10**9, description=N_("Equipos, EUR")),
    Slot(
        ask=N_("¿Por cuánto se aseguran los equipos (euros)?"),
        units=EUROS,
        cues=("equipos", "ordenadores", "equipment"),
    ),
]
LiabilityLimit: TypeAlias = Annotated[
    Literal[300_000, 600_000, 1_200_000],
    ReadWhole,
    Field(description=N_("Límite de responsabilidad civil, EUR: 300000, 600000 o 1200000")),
    Slot(
        ask=N_("¿Qué límite de responsabilidad civil: 300.000, 600.000 o 1.200.000 euros?"),
        cues=("responsabilidad civil", "límite", "liability limit"),
        units=EUROS,
    ),
]
ClaimsBefore: TypeAlias = Annotated[
    Whole,
    Field(le=100, description=N_("Siniestros en los últimos tres años")),
    Slot(
        ask=N_("¿Cuántos siniestros ha tenido en los últimos tres años?"),
        units=("siniestros", "claims"),
        cues=("siniestros", "claims"),
        words={"0": ("sin siniestros", "no claims")},
    ),
]

PHOTOS: Final = N_("Fotografías de los daños")
INVOICE: Final = N_("Factura o presupuesto de la reparación")
INVENTORY: Final = N_("Inventario y contabilidad de las existencias")
STOLEN: Final = N_("Relación de los objetos robados, con prueba de su preexistencia (LCS art. 38)")
POLICE: Final = N_("Denuncia")
PLUMBER: Final = N_("Parte del fontanero: si la tubería es privativa o de la comunidad")
LETTER: Final = N_("Reclamación del perjudicado")
HARM: Final = N_("Parte médico o facturas de los daños")


class _Damage(NamedTuple):
    label: str
    documents: tuple[str, ...]
    words: tuple[str, ...]
    consorcio: bool = False


DAMAGES: Final[Mapping[str, _Damage]] = {
    "incendio": _Damage(
        N_("Incendio, humo, explosión o rayo"),
        (PHOTOS, INVOICE, N_("Informe de los bomberos"), INVENTORY),
        ("incendio", "fuego", "se ha quemado", "se han quemado", "ha ardido", "quemado", "humo",
         "ha explotado", "explosión", "rayo", "fire", "explosion", "smoke"),
    ),
    "atmosferico": _Damage(
        N_("Fenómenos atmosféricos o inundación"),
        (PHOTOS, INVOICE, N_("Certificado meteorológico: viento y lluvia del día")),
        ("viento", "vendaval", "temporal", "tormenta", "granizo", "nieve", "inundación", "inundado", "riada",
         "lluvia", "lluvias", "ha llovido", "storm", "flood", "hail", "snow"),
        consorcio=True,
    ),
    "agua": _Damage(
        N_("Daños por agua"),
        (PHOTOS, INVOICE, PLUMBER),
        ("fuga de agua", "fuga", "daños por agua", "humedad", "humedades", "gotera", "goteras", "tubería",
         "cañería", "escape de agua", "reventado una tubería", "roto una tubería", "atasco", "water leak",
         "water damage", "burst pipe"),
    ),
    "robo": _Damage(
        N_("Robo con fuerza o atraco"),
        (POLICE, STOLEN, PHOTOS),
        ("robo", "han robado", "robado", "entrado a robar", "han forzado la puerta", "ladrones", "burglary",
         "theft", "broken into", "stolen"),
    ),
    "cristales": _Damage(
        N_("Rotura de lunas y cristales"),
        (PHOTOS, INVOICE),
        ("cristal roto", "cristales rotos", "roto un cristal", "roto el cristal", "roto la luna",
         "luna rota", "luna", "escaparate", "ventana rota", "broken glass", "broken window"),
    ),
    "electrico": _Damage(
        N_("Daños eléctricos"),
        (N_("Informe del técnico sobre la sobretensión"), INVOICE),
        ("sobretensión", "subida de tensión", "subida de la luz", "daños eléctricos", "cortocircuito",
         "power surge", "electrical damage", "short circuit"),
    ),
    "averia": _Damage(
        N_("Avería de máquinas o equipos"),
        (N_("Informe del técnico sobre la avería"), INVOICE),
        ("avería", "se ha averiado", "averiado", "averiada", "máquina averiada", "ha dejado de funcionar",
         "se ha parado la máquina", "roto la máquina", "breakdown", "broken down"),
    ),
}  # fmt: skip


def damage(
    code: str, *, coverages: tuple[str, ...], reserve: int, sums: tuple[str, ...],
    deductible: str | DeductibleOf | None = None,
    basis: Basis = Basis.AVERAGE, margin: Decimal = Decimal(0), label: str | None = None, like: str | None = None,
    words: tuple[str, ...] = (),
) -> ClaimType:  # fmt: skip
    """The claim type of a damage that all property knows; `like` is its kind where a line has more than one."""
    kind = DAMAGES[like or code]
    return ClaimType(
        code=code, label=label or kind.label, coverages=coverages, reserve=Decimal(reserve), basis=basis, sums=sums,
        deductible=deductible, documents=kind.documents, consorcio=kind.consorcio, margin=margin,
        words=words or kind.words,
    )  # fmt: skip


def liability(code: str, *, coverages: tuple[str, ...], reserve: int, label: str) -> ClaimType:
    """The claim type of harm to third parties, up to `liability_limit`."""
    return ClaimType(
        code=code, label=label, coverages=coverages, reserve=Decimal(reserve), sums=("liability_limit",),
        documents=(LETTER, HARM), at_fault=True,
        words=("daños a terceros", "daños a un tercero", "un cliente se ha caído", "se ha caído un cliente",
               "una persona se ha caído", "se ha caído un vecino", "daños al vecino", "nos reclaman", "le reclaman",
               "perjudicado", "third party", "liability"),
    )  # fmt: skip


def indexed(risk: Mapping[str, Any], sums: Iterable[str], index: Decimal) -> dict[str, Any]:
    """The sums of `risk` that follow prices (*revalorización automática*), to the cent; the others stay."""
    grown = {name: to_cents(Decimal(str(risk[name])) * (1 + index)) for name in sums if risk.get(name) is not None}
    return {name: f"{amount:.2f}" for name, amount in grown.items()} if index else {}


def place_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str | None:
    """What identifies a building: its cadastral reference."""
    found: str | None = details.get("cadastral_ref")
    return found
