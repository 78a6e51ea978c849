"""Motor insurance (*seguro de autos*): the declaration of the line."""

from pathlib import Path

from core.i18n import N_
from modules.insurance.autos.details import AutosDetails, describe, plate_of
from modules.insurance.autos.review import adequacy
from modules.insurance.autos.risk import PRODUCTS, AutosRisk, licence_fits_age
from modules.insurance.autos.vehicles import keep_vehicle
from modules.insurance.kernel import Coverage, Line

LINE = Line(
    id="seguros-autos",
    title=N_("Autos"),
    insurance_classes=(10, 3, 1, 17, 18, 16),
    home=Path(__file__).parent,
    risk=AutosRisk,
    details=AutosDetails,
    needed_to_issue=("plate", "driver_born_on"),
    products=PRODUCTS,
    coverages=(
        Coverage(code="soa", label=N_("Responsabilidad civil obligatoria"), mandatory=True),
        Coverage(code="rc_voluntaria", label=N_("Responsabilidad civil voluntaria")),
        Coverage(code="defensa_juridica", label=N_("Defensa jurídica")),
        Coverage(code="asistencia", label=N_("Asistencia en viaje")),
        Coverage(code="accidente_conductor", label=N_("Accidentes del conductor")),
        Coverage(code="lunas", label=N_("Lunas")),
        Coverage(code="robo", label=N_("Robo")),
        Coverage(code="incendio", label=N_("Incendio")),
        Coverage(code="danos_propios", label=N_("Daños propios")),
    ),
    knowledge=("autos/coverage.md", "autos/claims.md"),
    contradictions=(licence_fits_age,),
    ages=("driver_age", "licence_years", "vehicle_age"),
    sums=("vehicle_value",),
    describe=describe,
    object_ref=plate_of,
    adequacy=adequacy,
    keep=keep_vehicle,
    withdrawal_days=0,  # compulsory insurance: Ley 22/2007 art. 10.2
)
