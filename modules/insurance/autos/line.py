"""Motor insurance (*seguro de autos*): the declaration of the line."""

from pathlib import Path

from core.i18n import N_
from modules.insurance.autos.bonus_malus import renewed
from modules.insurance.autos.claims import CLAIMS
from modules.insurance.autos.details import AutosDetails, describe, plate_of
from modules.insurance.autos.review import adequacy
from modules.insurance.autos.risk import PRODUCTS, AutosRisk, licence_fits_age
from modules.insurance.autos.vehicles import keep_vehicle
from modules.insurance.kernel import Coverage, Information, Line

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
    claims=CLAIMS,
    renew=renewed,
    information=Information(
        summary=N_("Seguro obligatorio y voluntario de responsabilidad civil del automóvil, y daños al vehículo."),
        excluded=(
            N_("Daños causados con dolo o bajo los efectos del alcohol: la aseguradora paga y repite."),
            N_("Daños del propio conductor y de sus bienes, salvo sus garantías propias."),
            N_("Carreras y pruebas deportivas sin seguro especial."),
        ),
        restrictions=(
            N_("Franquicia de daños propios, según la póliza."),
            N_("El valor del vehículo baja con su antigüedad a partir del segundo año."),
        ),
        territory=N_("España, la Unión Europea y los países de la carta verde."),
        obligations=(N_("Declarar quién conduce habitualmente y dónde duerme el vehículo."),),
        notes=(
            N_("Al asegurado se le entrega el certificado de sus siniestros de cinco años en 15 días hábiles."),
            N_("Si vende el vehículo, el comprador no queda asegurado sin el acuerdo de la aseguradora."),
        ),
    ),
    ages=("driver_age", "licence_years", "vehicle_age"),
    sums=("vehicle_value",),
    describe=describe,
    object_ref=plate_of,
    adequacy=adequacy,
    keep=keep_vehicle,
    withdrawal_days=0,  # compulsory insurance: Ley 22/2007 art. 10.2
)
