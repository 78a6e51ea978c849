"""The risk of engineering insurance (*riesgo de ingeniería*): a work, a machine, equipment, or a finished building."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from core.identifiers import compact
from modules.insurance.kernel import Quote
from modules.insurance.kernel.business import EUROS
from modules.insurance.kernel.fields import Amount, CommercialDiscount, ReadWhole, Whole, Words
from modules.insurance.kernel.line import Details, Duration, InsuredRisk
from modules.insurance.kernel.property import Address, CadastralRef, EquipmentSum, LiabilityLimit, MachinerySum
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    OBRA = "todo_riesgo_construccion"
    MAQUINARIA = "averia_maquinaria"
    EQUIPOS = "equipos_electronicos"
    DECENAL = "decenal"


class WorkType(StrEnum):
    """What kind of work it is."""

    EDIFICACION = "edificacion"
    REFORMA = "reforma"
    OBRA_CIVIL = "obra_civil"
    MONTAJE = "montaje_industrial"


class Ground(StrEnum):
    """On what ground the work stands."""

    LLANO = "llano"
    PENDIENTE = "pendiente"
    RIO_O_COSTA = "rio_o_costa"


class MachineType(StrEnum):
    """What kind of machine it is."""

    FIJA = "fija"
    MOVIL_OBRA = "movil_obra"
    GRUA = "grua"
    FRIGORIFICA = "frigorifica"


class Premises(StrEnum):
    """Where equipment stands; it decides the Consorcio's rate."""

    OFICINA = "oficina"
    OTROS = "otros"


class ControlReport(StrEnum):
    """What the technical control body (*OCT*) reported."""

    FAVORABLE = "favorable"
    CON_RESERVAS = "con_reservas"
    DESFAVORABLE = "desfavorable"


class Structure(StrEnum):
    """What carries the building."""

    HORMIGON = "hormigon"
    METALICA = "metalica"
    MADERA = "madera"


PRODUCTS: Final[Mapping[str, str]] = {
    "todo_riesgo_construccion": N_("todo riesgo construcción"),
    "averia_maquinaria": N_("avería de maquinaria"),
    "equipos_electronicos": N_("equipos electrónicos"),
    "decenal": N_("decenal de daños a la edificación"),
}
SUMS: Final = (
    "contract_value",
    "machinery_sum",
    "equipment_sum",
    "data_recovery_sum",
    "building_definitive_value",
)
DECENNIAL: Final = 120  # months from the reception of the building: LOE art. 19.1 c)
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: todo riesgo construcción, avería de maquinaria, equipos electrónicos o decenal?"),
        cues=("modalidad", "product"),
        words={
            "todo_riesgo_construccion": ("todo riesgo construcción", "obra", "contractors all risks"),
            "averia_maquinaria": ("avería de maquinaria", "machinery breakdown"),
            "equipos_electronicos": ("equipos electrónicos", "electronic equipment"),
            "decenal": ("decenal", "decennial"),
        },
    ),
]
WorkStarted: TypeAlias = Annotated[
    bool,
    Field(description=N_("La obra ya ha empezado")),
    Slot(
        ask=N_("¿Ha empezado ya la obra?"),
        words={
            "true": ("obra empezada", "ya ha empezado", "already started"),
            "false": ("obra sin empezar", "no ha empezado", "not started"),
        },
    ),
]
Deductible: TypeAlias = Annotated[
    Literal[600, 1500, 3000, 6000],
    ReadWhole,
    Field(description=N_("Franquicia, EUR: 600, 1500, 3000 o 6000")),
    Slot(ask=N_("¿Qué franquicia: 600, 1.500, 3.000 o 6.000 euros?"), cues=("franquicia", "deductible")),
]
ContractValue: TypeAlias = Annotated[
    Amount,
    Field(le=10**9, description=N_("Valor de la obra, EUR")),
    Slot(
        ask=N_("¿Cuál es el valor de la obra, en euros?"), units=EUROS, cues=("presupuesto", "valor de la obra", "work")
    ),
]
WorkChoice: TypeAlias = Annotated[
    WorkType,
    Field(description=N_("Tipo de obra")),
    Slot(
        ask=N_("¿Qué tipo de obra: edificación, reforma, obra civil o montaje industrial?"),
        words={
            "edificacion": ("edificación", "edificio nuevo", "new building"),
            "reforma": ("reforma", "rehabilitación", "refurbishment"),
            "obra_civil": ("obra civil", "carretera", "civil works"),
            "montaje_industrial": ("montaje", "instalación industrial", "erection"),
        },
    ),
]
DurationMonths: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=120, description=N_("Duración de la obra, meses")),
    Slot(ask=N_("¿Cuántos meses dura la obra?"), units=("meses", "months"), cues=("dura", "plazo", "lasts")),
]
GroundChoice: TypeAlias = Annotated[
    Ground,
    Field(description=N_("Terreno")),
    Slot(
        ask=N_("¿Cómo es el terreno: llano, en pendiente, o junto a río o costa?"),
        words={
            "llano": ("terreno llano", "llano", "flat ground"),
            "pendiente": ("en pendiente", "ladera", "slope"),
            "rio_o_costa": ("junto al río", "costa", "ribera", "river", "coast"),
        },
    ),
]
MaintenanceMonths: TypeAlias = Annotated[
    Literal[6, 12, 24],
    ReadWhole,
    Field(description=N_("Meses de mantenimiento: 6, 12 o 24")),
    Slot(ask=N_("¿Cuántos meses de mantenimiento: 6, 12 o 24?"), cues=("mantenimiento", "maintenance")),
]
MachineChoice: TypeAlias = Annotated[
    MachineType,
    Field(description=N_("Tipo de máquina")),
    Slot(
        ask=N_("¿Qué máquina: fija, móvil de obra, grúa o frigorífica?"),
        words={
            "fija": ("máquina fija", "fixed machine"),
            "movil_obra": ("excavadora", "máquina de obra", "mobile plant"),
            "grua": ("grúa", "crane"),
            "frigorifica": ("frigorífica", "cámara frigorífica", "refrigeration"),
        },
    ),
]
MachineAge: TypeAlias = Annotated[
    Whole,
    Field(le=100, description=N_("Antigüedad de la máquina, años")),
    Slot(ask=N_("¿Cuántos años tiene la máquina?"), units=("años", "years"), cues=("antigüedad", "age")),
]
DataSum: TypeAlias = Annotated[
    Amount,
    Field(le=10**8, description=N_("Recuperación de datos, EUR")),
    Slot(
        ask=N_("¿Por cuánto se asegura la recuperación de datos (euros)?"),
        cues=("recuperación de datos", "data recovery"),
        units=EUROS,
    ),
]
Portable: TypeAlias = Annotated[
    bool,
    Field(description=N_("Equipos portátiles")),
    Slot(
        ask=N_("¿Son equipos portátiles?"),
        words={"true": ("portátiles", "portable"), "false": ("fijos", "sin portátiles", "not portable")},
    ),
]
PremisesChoice: TypeAlias = Annotated[
    Premises,
    Field(description=N_("Dónde están los equipos")),
    Slot(
        ask=N_("¿Dónde están los equipos: en oficina o en otro sitio?"),
        words={"oficina": ("en oficina", "in an office"), "otros": ("en taller", "en nave", "elsewhere")},
    ),
]
DefinitiveValue: TypeAlias = Annotated[
    Amount,
    Field(le=10**9, description=N_("Valor definitivo de la edificación, EUR")),
    Slot(
        ask=N_("¿Cuál es el valor definitivo de la edificación, en euros?"),
        cues=("valor definitivo", "definitive value"),
        units=EUROS,
    ),
]
ReportChoice: TypeAlias = Annotated[
    ControlReport,
    Field(description=N_("Informe del organismo de control técnico (OCT)")),
    Slot(
        ask=N_("¿Qué dice el informe del organismo de control: favorable, con reservas o desfavorable?"),
        words={
            "favorable": ("informe favorable", "favourable report"),
            "con_reservas": ("con reservas", "with reservations"),
            "desfavorable": ("informe desfavorable", "unfavourable report"),
        },
    ),
]
StructureChoice: TypeAlias = Annotated[
    Structure,
    Field(description=N_("Estructura")),
    Slot(
        ask=N_("¿De qué es la estructura: hormigón, metálica o madera?"),
        words={
            "hormigon": ("hormigón", "concrete"),
            "metalica": ("metálica", "acero", "steel"),
            "madera": ("madera", "timber"),
        },
    ),
]
WithLiability: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con responsabilidad civil de la obra")),
    Slot(words={"true": ("con responsabilidad civil", "with liability"), "false": ("sin responsabilidad civil",)}),
]
WithMaintenance: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con período de mantenimiento")),
    Slot(words={"true": ("con mantenimiento", "with maintenance"), "false": ("sin mantenimiento",)}),
]
WithWaterproofing: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con impermeabilización")),
    Slot(words={"true": ("con impermeabilización", "with waterproofing"), "false": ("sin impermeabilización",)}),
]


class IngenieriaRisk(InsuredRisk):
    """One work, machine, set of equipment or finished building to be priced."""

    product: ProductChoice
    work_started: WorkStarted
    deductible: Deductible | None = None
    contract_value: ContractValue | None = None
    work_type: WorkChoice | None = None
    duration_months: DurationMonths | None = None
    ground: GroundChoice | None = None
    with_liability: WithLiability | None = None
    liability_limit: LiabilityLimit | None = None
    with_maintenance: WithMaintenance | None = None
    maintenance_months: MaintenanceMonths | None = None
    machinery_sum: MachinerySum | None = None
    machine_type: MachineChoice | None = None
    machine_age: MachineAge | None = None
    equipment_sum: EquipmentSum | None = None
    data_recovery_sum: DataSum | None = None
    portable: Portable | None = None
    premises: PremisesChoice | None = None
    building_definitive_value: DefinitiveValue | None = None
    oct_report: ReportChoice | None = None
    structure: StructureChoice | None = None
    with_waterproofing: WithWaterproofing | None = None
    commercial_discount_pct: CommercialDiscount | None = None


class IngenieriaDetails(Details):
    """What the policy names besides: the place, who builds for whom, and the milestones of the work."""

    address: Address | None = None
    cadastral_ref: CadastralRef | None = None
    principal: (
        Annotated[
            Words,
            Field(min_length=2, description=N_("Promotor o propietario de la obra")),
            Slot(ask=N_("¿Quién es el promotor?"), cues=("promotor", "principal")),
        ]
        | None
    ) = None
    contractor: (
        Annotated[
            Words,
            Field(min_length=2, description=N_("Constructor")),
            Slot(ask=N_("¿Quién es el constructor?"), cues=("constructor", "contratista", "contractor")),
        ]
        | None
    ) = None
    subcontractors: (
        Annotated[list[Words], Field(max_length=100, description=N_("Subcontratistas asegurados"))] | None
    ) = None
    technical_control: (
        Annotated[
            Words,
            Field(min_length=2, description=N_("Organismo de control técnico (OCT)")),
            Slot(ask=N_("¿Qué organismo de control técnico intervino?"), cues=("oct", "control técnico")),
        ]
        | None
    ) = None
    received_on: (
        Annotated[
            date,
            Field(description=N_("Fecha de recepción de la obra")),
            Slot(ask=N_("¿Cuándo se recibió la obra?"), cues=("recepción", "recibida", "received")),
        ]
        | None
    ) = None
    serial_no: (
        Annotated[str, Field(pattern=r"^[A-Za-z0-9./-]{3,40}$", description=N_("Número de serie de la máquina"))] | None
    ) = None


def duration(risk: IngenieriaRisk) -> Duration:
    """Works end with the work, buildings after ten years, both for good; machines and equipment go on by the year."""
    match risk.product:
        case Product.OBRA:
            return Duration(months=risk.duration_months or 1, renewable=False)
        case Product.DECENAL:
            return Duration(months=DECENNIAL, renewable=False)
        case _:
            return Duration()


PARTIES: Final[Mapping[str, tuple[str, ...]]] = {  # what a policy of a product must name
    Product.OBRA: ("principal", "contractor"),
    Product.DECENAL: ("principal", "technical_control", "received_on"),
}


def parties_are_named(quote: Quote) -> None:
    """Refuse to issue a work without its parties, or a decennial cover without its milestones (LOE art. 19)."""
    for name in PARTIES.get(quote.product, ()):
        if not quote.details.get(name):
            raise BadArguments(N_("Falta «{field}» para emitir esta modalidad."), field=name)


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """What is insured as a policy names it."""
    named = {"todo_riesgo_construccion": "Obra", "averia_maquinaria": "Máquina", "equipos_electronicos": "Equipos",
             "decenal": "Edificio"}[str(risk["product"])]  # fmt: skip
    kind = str(risk.get("work_type") or risk.get("machine_type") or "").replace("_", " ")
    return ", ".join(filter(None, (" ".join(filter(None, (named, kind))), details.get("address"))))


def object_ref(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str | None:
    """What identifies it: a serial number or a cadastral reference."""
    found: str | None = details.get("serial_no") or details.get("cadastral_ref")
    return compact(found) if found else None
