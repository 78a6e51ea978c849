"""Life insurance, risk products (*seguro de vida riesgo*): the declaration of the line."""

from pathlib import Path

from core.i18n import N_
from modules.insurance.kernel import Coverage, Information, Line
from modules.insurance.kernel.line import LIFE_WITHDRAWAL_DAYS, ProductDocument
from modules.insurance.vida.claims import CLAIMS
from modules.insurance.vida.details import (
    VidaDetails,
    check_issue,
    derived,
    describe,
    duration,
    entered,
    known,
    lender_of,
    offered,
    renewed,
)
from modules.insurance.vida.questionnaire import bind_questionnaire
from modules.insurance.vida.records import InsuredLife
from modules.insurance.vida.review import adequacy, renewal_review
from modules.insurance.vida.risk import CONTRADICTIONS, NEEDED, PRODUCTS, Product, VidaRisk

LINE = Line(
    id="seguros-vida",
    home=Path(__file__).parent,
    title=N_("Vida"),
    insurance_classes=("vida",),
    risk=VidaRisk,
    details=VidaDetails,
    needed=NEEDED,
    products=PRODUCTS,
    coverages=(
        Coverage(code="fallecimiento", label=N_("Fallecimiento"), mandatory=True),
        Coverage(code="invalidez_absoluta", label=N_("Invalidez absoluta y permanente")),
        Coverage(code="fallecimiento_accidente", label=N_("Fallecimiento por accidente")),
        Coverage(code="enfermedad_grave", label=N_("Enfermedades graves")),
    ),
    claims=CLAIMS,
    ages=("age",),
    sums=("sum_insured",),
    record=InsuredLife,
    information=Information(
        document=ProductDocument.NONE,
        summary=N_("Seguro de vida riesgo: paga un capital si el asegurado fallece antes de la edad final."),
        excluded=(
            N_("Suicidio en el primer año (LCS art. 93)."),
            N_("Enfermedades anteriores por las que se preguntó y no se declararon, dentro del primer año."),
            N_("Guerra y energía nuclear, si la póliza lo dice (LCS art. 91)."),
        ),
        restrictions=(
            N_("Invalidez absoluta: anticipo del capital, hasta los 65 años."),
            N_("Enfermedades graves: hasta la mitad del capital, con un máximo de 60.000 €."),
            N_("Sin rescate ni reducción, salvo que la póliza los conceda (LCS art. 98)."),
        ),
        territory=N_("Todo el mundo."),
        obligations=(
            N_("Contestar con verdad el cuestionario de salud; lo que no se pregunta no se declara (LCS art. 10)."),
            N_("Si el asegurado no es el tomador, consiente por escrito (LCS art. 83)."),
        ),
        notes=(
            N_("Puede resolver el contrato en 30 días desde la entrega de la póliza (LCS art. 83 a)."),
            N_("Pasado un año, la aseguradora no puede impugnar la póliza salvo dolo (LCS art. 89)."),
            N_("La anual renovable sube con la edad; la nivelada es constante y crea una provisión matemática."),
            N_("No lleva impuesto sobre primas; el capital tributa en el impuesto de sucesiones."),
            N_("Si respalda un préstamo, puede elegir otra aseguradora con las mismas garantías (Ley 5/2019 art. 17)."),
        ),
    ),
    contradictions=CONTRADICTIONS,
    known=known,
    derived=derived,
    entered=entered,
    offered=offered,
    describe=describe,
    to_be_told=lender_of,
    duration=duration,
    renew=renewed,
    renewal_review=renewal_review,
    adequacy=adequacy,
    keep=bind_questionnaire,
    check_issue=check_issue,
    persons=True,
    health=("extra_mortality_pct", "bmi", "height_cm", "weight_kg"),
    health_readers="vida:health",
    insurer_may_oppose=False,  # it took the risk until the final age
    unpaid_reduces=lambda risk: bool(risk.product == Product.NIVELADA),
    withdrawal_days=LIFE_WITHDRAWAL_DAYS,
)  # fmt: skip
