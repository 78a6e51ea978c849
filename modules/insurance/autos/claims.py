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


def value_of(risk: Mapping[str, Any]) -> Decimal:
    """The whole value of the vehicle: the first reserve of a theft."""
    return Decimal(str(risk["vehicle_value"]))


CLAIMS: Final = (
    ClaimType(
        code="rc_material", label=N_("Daños materiales a terceros"), coverages=("soa", "rc_voluntaria"),
        reserve=Decimal(1350), documents=(DAA, REPAIR), at_fault=True,
    ),
    ClaimType(
        code="rc_corporal", label=N_("Lesiones a terceros"), coverages=("soa", "rc_voluntaria"), reserve=Decimal(3500),
        documents=(DAA, POLICE, MEDICAL), at_fault=True,
    ),
    ClaimType(code="lunas", label=N_("Rotura de lunas"), coverages=("lunas",), reserve=Decimal(420),
              documents=(REPAIR,)),
    ClaimType(
        code="robo", label=N_("Robo del vehículo"), coverages=("robo",), reserve=value_of, sums=("vehicle_value",),
        documents=(THEFT, N_("Llaves y documentación del vehículo")),
    ),
    ClaimType(
        code="incendio", label=N_("Incendio del vehículo"), coverages=("incendio",), reserve=Decimal(1350),
        sums=("vehicle_value",), documents=(REPAIR, POLICE),
    ),
    ClaimType(
        code="danos_propios", label=N_("Daños propios"), coverages=("danos_propios",), reserve=Decimal(1350),
        sums=("vehicle_value",), deductible="deductible", documents=(DAA, REPAIR),
    ),
    ClaimType(
        code="fenomenos_atmosfericos", label=N_("Fenómenos atmosféricos"), coverages=("danos_propios",),
        reserve=Decimal(1350), sums=("vehicle_value",), deductible="deductible", documents=(REPAIR,), consorcio=True,
    ),
    ClaimType(
        code="accidente_conductor", label=N_("Accidente del conductor"), coverages=("accidente_conductor",),
        reserve=Decimal(3500), basis=Basis.FIRST_LOSS, sums=("driver_accident_sum",), documents=(POLICE, MEDICAL),
    ),
    ClaimType(code="asistencia", label=N_("Asistencia en viaje"), coverages=("asistencia",), reserve=Decimal(150),
              basis=Basis.SERVICE),
    ClaimType(
        code="defensa", label=N_("Defensa jurídica"), coverages=("defensa_juridica",), reserve=Decimal(600),
        documents=(N_("Minuta del abogado"), POLICE),
    ),
)  # fmt: skip
