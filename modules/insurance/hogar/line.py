"""Home insurance (*seguro de hogar*): the declaration of the line."""

from pathlib import Path

from core.i18n import N_
from modules.insurance.hogar.claims import CLAIMS
from modules.insurance.hogar.details import (
    HogarDetails,
    cadastral_ref_of,
    check_issue,
    derived,
    describe,
    mortgagee_of,
)
from modules.insurance.hogar.records import Dwelling
from modules.insurance.hogar.review import adequacy, offered, renewal_review, renewed
from modules.insurance.hogar.risk import CONTRADICTIONS, NEEDED, PRODUCTS, HogarRisk
from modules.insurance.kernel import Coverage, Information, Line

LINE = Line(
    id="seguros-hogar",
    home=Path(__file__).parent,
    title=N_("Hogar"),
    insurance_classes=(8, 9, 13, 16, 17, 18),
    risk=HogarRisk,
    details=HogarDetails,
    needed=NEEDED,
    needed_to_issue=("address", "postal_code"),
    products=PRODUCTS,
    coverages=(
        Coverage(code="continente", label=N_("Continente")),
        Coverage(code="contenido", label=N_("Contenido")),
        Coverage(code="robo", label=N_("Robo")),
        Coverage(code="danos_agua", label=N_("Daños por agua")),
        Coverage(code="rc_familiar", label=N_("Responsabilidad civil familiar")),
        Coverage(code="asistencia_hogar", label=N_("Asistencia en el hogar")),
        Coverage(code="defensa_juridica", label=N_("Defensa jurídica")),
        Coverage(code="joyas", label=N_("Joyas")),
        Coverage(code="estetica", label=N_("Daños estéticos")),
        Coverage(code="danos_electricos", label=N_("Daños eléctricos")),
        Coverage(code="perdida_alquileres", label=N_("Pérdida de alquileres")),
        Coverage(code="impago_alquiler", label=N_("Impago de alquileres")),
    ),
    claims=CLAIMS,
    ages=("building_age",),
    sums=("building_sum", "contents_sum"),
    record=Dwelling,
    information=Information(
        summary=N_("Seguro multirriesgo de la vivienda: daños al continente y al contenido, robo, agua y "
                   "responsabilidad civil."),
        excluded=(
            N_("Falta de mantenimiento, vicio propio y desgaste."),
            N_("Lo que paga el Consorcio: inundación, terremoto, viento de más de 120 km/h, terrorismo."),
            N_("Robo con la puerta abierta o sin fuerza, salvo lo pactado como hurto."),
        ),
        restrictions=(
            N_("Regla proporcional si el capital es inferior al valor; se renuncia a ella hasta un 10 %."),
            N_("A primer riesgo: joyas, dinero (600 €), atraco (1.000 €), daños estéticos (3.000 €), búsqueda de fugas "
               "(1.500 €), daños eléctricos (6.000 €) y alimentos (300 €)."),
            N_("Impago de alquileres: hasta 12 meses, con uno o dos de franquicia."),
            N_("Atmosféricos: viento desde unos 75 km/h y lluvia de más de 40 l/m² en una hora."),
        ),
        territory=N_("La vivienda descrita; la responsabilidad civil familiar, en España."),
        obligations=(
            N_("Declarar el capital de reconstrucción a valor de nuevo, sin el suelo."),
            N_("Comunicar que la vivienda se alquila, se deshabita o cambia su protección."),
            N_("Denunciar el robo en 48 horas y aportar la relación de lo robado en cinco días (LCS art. 38)."),
        ),
        notes=(
            N_("Si hay hipoteca, la anulación no perjudica al acreedor hasta un mes tras avisarle (LCS art. 41)."),
            N_("Quien hipoteca su vivienda elige libremente la aseguradora."),
        ),
    ),
    contradictions=CONTRADICTIONS,
    derived=derived,
    describe=describe,
    object_ref=cadastral_ref_of,
    to_be_told=mortgagee_of,
    renew=renewed,
    offered=offered,
    renewal_review=renewal_review,
    adequacy=adequacy,
    check_issue=check_issue,
)  # fmt: skip
