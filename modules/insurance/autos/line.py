"""Motor insurance (*seguro de autos*): the declaration of the line."""

from core.i18n import N_
from modules.insurance.autos.risk import AutosRisk, licence_fits_age
from modules.insurance.kernel import Coverage, Line

LINE = Line(
    id="seguros-autos",
    title=N_("Autos"),
    insurance_classes=(10, 3, 1, 17, 18, 16),
    risk=AutosRisk,
    products={
        "terceros_basico": N_("terceros básico"),
        "terceros_ampliado": N_("terceros ampliado"),
        "todo_riesgo": N_("todo riesgo"),
    },
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
)
