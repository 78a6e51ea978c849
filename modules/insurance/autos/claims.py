"""What can happen to a vehicle (*siniestros de autos*): kinds, first reserves, papers.

First reserves are illustrative averages by kind. Material damage between two vehicles goes
through the insurers' direct settlement (CIDE/ASCIDE): the own insurer pays its insured.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from core.i18n import N_
from modules.insurance.kernel.claim_types import Basis, ClaimType

DAA: Final = N_("Declaración amistosa de accidente")
POLICE: Final = N_("Atestado policial")
REPAIR: Final = N_("Presupuesto de reparación y fotografías")
THEFT: Final = N_("Denuncia por robo")
MEDICAL: Final = N_("Informes médicos")

# How people tell of each.
CRASH: Final = (
    "golpe", "accidente", "choque", "chocado", "colisión", "alcance", "por detrás", "he dado un golpe",
    "atropellado un coche",
    "crash", "collision", "bumped", "hit another car",
)  # fmt: skip
INJURY: Final = (
    "atropello", "atropellado", "atropellado a una persona", "heridos", "lesiones", "herido", "run over",
    "injured", "injuries",
)  # fmt: skip
GLASS: Final = ("luna", "lunas", "parabrisas", "ventanilla", "cristal", "windscreen", "windshield", "window")
THEFT_SAID: Final = ("robado", "robaron", "robo", "ha desaparecido el coche", "stolen", "theft")
FIRE: Final = ("incendio", "incendiado", "quemado", "se ha quemado", "ardido", "fuego", "fire", "burnt")
OWN: Final = (
    "daños propios", "contra una columna", "contra un muro", "contra un bolardo", "aparcando", "rayado", "arañazo",
    "abollado", "vandalismo", "scratched", "dented", "into a pillar", "into a wall",
)  # fmt: skip
WEATHER: Final = (
    "granizo", "pedrisco", "inundación", "inundado", "riada", "viento", "rama", "hail", "flood", "flooded",
)  # fmt: skip
DRIVER: Final = ("conductor herido", "me he lesionado conduciendo", "accidente del conductor", "driver injured")
BREAKDOWN: Final = ("avería", "averiado", "grúa", "no arranca", "batería", "pinchazo", "breakdown", "tow truck")
LAWYER: Final = ("abogado", "defensa jurídica", "multa", "reclamar al contrario", "lawyer", "legal defence")


def value_of(risk: Mapping[str, Any]) -> Decimal:
    """The whole value of the vehicle: the first reserve of a theft."""
    return Decimal(str(risk["vehicle_value"]))


CLAIMS: Final = (
    ClaimType(
        code="rc_material", label=N_("Daños materiales a terceros"), words=CRASH, reasoned_offer=True,
        coverages=("soa", "rc_voluntaria"),
        reserve=Decimal(1350), documents=(DAA, REPAIR), at_fault=True,
    ),
    ClaimType(
        code="rc_corporal", label=N_("Lesiones a terceros"), words=INJURY, reasoned_offer=True,
        coverages=("soa", "rc_voluntaria"), reserve=Decimal(3500),
        documents=(DAA, POLICE, MEDICAL), at_fault=True,
    ),
    ClaimType(code="lunas", label=N_("Rotura de lunas"), words=GLASS, coverages=("lunas",), reserve=Decimal(420),
              documents=(REPAIR,)),
    ClaimType(
        code="robo", label=N_("Robo del vehículo"), words=THEFT_SAID,
        coverages=("robo",), reserve=value_of, sums=("vehicle_value",),
        documents=(THEFT, N_("Llaves y documentación del vehículo")),
    ),
    ClaimType(
        code="incendio", label=N_("Incendio del vehículo"), words=FIRE, coverages=("incendio",), reserve=Decimal(1350),
        sums=("vehicle_value",), documents=(REPAIR, POLICE),
    ),
    ClaimType(
        code="danos_propios", label=N_("Daños propios"), words=OWN, coverages=("danos_propios",), reserve=Decimal(1350),
        sums=("vehicle_value",), deductible="deductible", documents=(DAA, REPAIR),
    ),
    ClaimType(
        code="fenomenos_atmosfericos", label=N_("Fenómenos atmosféricos"), words=WEATHER, coverages=("danos_propios",),
        reserve=Decimal(1350), sums=("vehicle_value",), deductible="deductible", documents=(REPAIR,), consorcio=True,
    ),
    ClaimType(
        code="accidente_conductor", label=N_("Accidente del conductor"), words=DRIVER,
        coverages=("accidente_conductor",),
        reserve=Decimal(3500), basis=Basis.FIRST_LOSS, sums=("driver_accident_sum",), documents=(POLICE, MEDICAL),
    ),
    ClaimType(code="asistencia", label=N_("Asistencia en viaje"), words=BREAKDOWN,
        coverages=("asistencia",), reserve=Decimal(150),
              basis=Basis.SERVICE),
    ClaimType(
        code="defensa", label=N_("Defensa jurídica"), words=LAWYER,
        coverages=("defensa_juridica",), reserve=Decimal(600),
        documents=(N_("Minuta del abogado"), POLICE),
    ),
)  # fmt: skip
