"""Pet insurance (*seguro de mascotas*): the declaration of the line."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.kernel import Coverage, Information, Line
from modules.insurance.kernel.claim_types import Basis, ClaimType, Deductible, DeductibleKind, Waiting
from modules.insurance.kernel.findings import Findings
from modules.insurance.mascotas.records import Animal
from modules.insurance.mascotas.risk import (
    PRODUCTS,
    MascotasDetails,
    MascotasRisk,
    chip_of,
    describe,
    licence_is_of_a_dog,
)

VET: Final = (N_("Factura del veterinario"), N_("Historial clínico del animal"), N_("Microchip"))
# How people tell of each.
BITE: Final = ("mordido", "mordedura", "ha mordido", "daños a terceros", "ha tirado", "bitten", "bit", "bite")
HURT: Final = (
    "atropellado", "se ha caído", "pata rota", "roto una pata", "roto la pata", "cojea", "fractura", "herido",
    "tragado", "accidente", "run over", "broken leg", "injured",
)  # fmt: skip
ILL: Final = ("enfermo", "enferma", "enfermedad", "vomita", "fiebre", "infección", "ill", "sick", "infection")
SURGERY: Final = ("operar", "operado", "operación", "cirugía", "intervención", "surgery", "operation")
CHRONIC: Final = ("displasia", "leishmania", "leishmaniosis", "dysplasia")
DEAD: Final = ("ha muerto", "muerto", "fallecido", "died", "dead")
LOST: Final = ("perdido", "extraviado", "se ha escapado", "robado", "desaparecido", "lost", "stolen", "ran away")
PPP_LEAST: Final = 120_000  # EUR of liability: RD 287/2002 art. 3.1.d


def adequacy(findings: Findings, risk: MascotasRisk) -> None:
    """Whether the limit fits a dangerous breed."""
    if risk.dangerous_breed and risk.liability_limit <= PPP_LEAST:
        text = N_("El límite de responsabilidad civil es el mínimo legal de un perro potencialmente peligroso.")
        findings.add("note", text, "RD 287/2002 art. 3")
    elif risk.product == "rc_obligatoria":
        findings.add("note", N_("Los gastos veterinarios no quedan cubiertos."), "RDL 3/2020 art. 175")


def own_share(risk: Mapping[str, Any]) -> Deductible | None:
    """What of a vet's bill the insured bears: what is not reimbursed."""
    reimbursed = risk.get("reimbursement_pct")
    return Deductible(kind=DeductibleKind.PERCENT, percent=100 - Decimal(str(reimbursed))) if reimbursed else None


LINE = Line(
    id="seguros-mascotas",
    home=Path(__file__).parent,
    title=N_("Mascotas"),
    insurance_classes=(13, 16, 9),
    risk=MascotasRisk,
    details=MascotasDetails,
    needed={"completo": ("breed_risk", "animal_value", "vet_annual_limit", "reimbursement_pct")},
    needed_to_issue=("chip_no",),
    products=PRODUCTS,
    coverages=(
        Coverage(code="rc_animal", label=N_("Responsabilidad civil del animal"), mandatory=True),
        Coverage(code="gastos_veterinarios", label=N_("Gastos veterinarios")),
        Coverage(code="muerte_accidente", label=N_("Muerte por accidente")),
        Coverage(code="robo_extravio", label=N_("Robo o extravío")),
    ),
    claims=(
        ClaimType(
            code="rc", label=N_("Daños a terceros"), words=BITE, coverages=("rc_animal",), reserve=Decimal(260),
            sums=("liability_limit",), at_fault=True,
            documents=(N_("Reclamación del perjudicado"), N_("Parte médico o facturas de los daños")),
        ),
        ClaimType(
            code="accidente", label=N_("Accidente del animal"), words=HURT, coverages=("gastos_veterinarios",),
            reserve=Decimal(260), sums=("vet_annual_limit",), yearly=True, deductible=own_share, documents=VET,
        ),
        ClaimType(
            code="enfermedad", label=N_("Enfermedad del animal"), words=ILL, coverages=("gastos_veterinarios",),
            reserve=Decimal(260), sums=("vet_annual_limit",), yearly=True,
            deductible=own_share, waiting=Waiting(days=30), documents=VET,
        ),
        ClaimType(
            code="cirugia", label=N_("Cirugía"), words=SURGERY,
            coverages=("gastos_veterinarios",), reserve=Decimal(260),
            sums=("vet_annual_limit",), yearly=True, deductible=own_share, waiting=Waiting(days=60), documents=VET,
        ),
        ClaimType(
            code="displasia_leishmania", label=N_("Displasia o leishmania"), words=CHRONIC,
            coverages=("gastos_veterinarios",),
            reserve=Decimal(260), sums=("vet_annual_limit",), yearly=True,
            deductible=own_share, waiting=Waiting(days=180), documents=VET,
        ),
        ClaimType(
            code="muerte", label=N_("Muerte por accidente"), words=DEAD,
            coverages=("muerte_accidente",), reserve=Decimal(260),
            basis=Basis.SUM, sums=("animal_value",), documents=(N_("Certificado del veterinario"),),
        ),
        ClaimType(
            code="extravio", label=N_("Robo o extravío"), words=LOST,
            coverages=("robo_extravio",), reserve=Decimal(260),
            basis=Basis.FIRST_LOSS, sums=("animal_value",), documents=(N_("Denuncia"), N_("Baja en el registro")),
        ),
    ),
    ages=("pet_age",),
    sums=("animal_value",),
    record=Animal,
    information=Information(
        summary=N_("Seguro de responsabilidad civil y, en la modalidad completa, de gastos y pérdida del animal."),
        excluded=(N_("Enfermedades anteriores al seguro."), N_("Animales sin microchip.")),
        restrictions=(N_("Carencias: enfermedad 30 días, cirugía 60, displasia y leishmania 180; accidente ninguna."),),
        territory=N_("España y viajes de hasta 90 días por la Unión Europea."),
        obligations=(N_("Mantener al día las vacunas y, en su caso, la licencia de perro peligroso."),),
    ),
    contradictions=(licence_is_of_a_dog,),
    describe=describe,
    object_ref=chip_of,
    adequacy=adequacy,
)  # fmt: skip
