"""Engineering (*ingeniería*): the declaration of the line; its period hangs on the product."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.i18n import N_
from modules.insurance.ingenieria.records import EngineeringRisk
from modules.insurance.ingenieria.risk import (
    PRODUCTS,
    SUMS,
    IngenieriaDetails,
    IngenieriaRisk,
    Product,
    describe,
    duration,
    object_ref,
    parties_are_named,
)
from modules.insurance.kernel import Coverage, Information, Line, Renewing
from modules.insurance.kernel.claim_types import Basis, ClaimType
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.property import HARM, INVOICE, LETTER, PHOTOS, POLICE, indexed

RESERVE: Final = Decimal(14_000)
DIARY: Final = N_("Libro de órdenes y diario de la obra")
PLANS: Final = N_("Planos y presupuesto de la partida dañada")
TECHNICIAN: Final = N_("Informe del técnico sobre la avería")
RUNNING: Final = ("machinery_sum", "equipment_sum")  # what is renewed by the year


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """Machines and equipment follow prices; works and buildings are never renewed."""
    return risk | indexed(risk, RUNNING, renewing.index)


def adequacy(findings: Findings, risk: IngenieriaRisk) -> None:
    """What the period and the sums ask of the client."""
    match risk.product:
        case Product.OBRA:
            text = N_("Termina a los {months} meses: si la obra se alarga, pida la prórroga antes.")
            findings.add("note", text, "duration_months", months=risk.duration_months or 0)
            if not risk.with_liability:
                findings.add("warn", N_("La responsabilidad civil de la obra no queda cubierta."),
                             "RDL 3/2020 art. 175")  # fmt: skip
        case Product.DECENAL:
            text = N_("Prima única por diez años; es obligatorio en edificios destinados a vivienda.")
            findings.add("note", text, "LOE art. 19")
        case _:
            text = N_("Asegure el valor de reposición a nuevo: si no llega, se paga en proporción.")
            findings.add("note", text, "LCS art. 30")


LINE = Line(
    id="seguros-ingenieria",
    home=Path(__file__).parent,
    title=N_("Ingeniería"),
    insurance_classes=(9, 8, 13, 16),
    risk=IngenieriaRisk,
    details=IngenieriaDetails,
    needed={
        "todo_riesgo_construccion": ("contract_value", "work_type", "duration_months", "ground", "deductible"),
        "averia_maquinaria": ("machinery_sum", "machine_type", "machine_age", "deductible"),
        "equipos_electronicos": ("equipment_sum", "data_recovery_sum", "portable", "premises", "deductible"),
        "decenal": ("building_definitive_value", "oct_report", "structure"),
    },
    needed_to_issue=("address",),
    products=PRODUCTS,
    coverages=(
        Coverage(code="danos_obra", label=N_("Daños a la obra"), mandatory=True),
        Coverage(code="rc_obra", label=N_("Responsabilidad civil de la obra")),
        Coverage(code="mantenimiento", label=N_("Período de mantenimiento")),
        Coverage(code="maquinaria", label=N_("Avería de maquinaria"), mandatory=True),
        Coverage(code="equipos", label=N_("Equipos electrónicos"), mandatory=True),
        Coverage(code="datos", label=N_("Recuperación de datos")),
        Coverage(code="decenal_estructura", label=N_("Daños de la estructura, diez años"), mandatory=True),
        Coverage(code="decenal_impermeabilizacion", label=N_("Impermeabilización")),
    ),
    claims=(
        ClaimType(
            code="danos_obra", label=N_("Daños a la obra"), coverages=("danos_obra",), reserve=RESERVE,
            basis=Basis.AVERAGE, sums=("contract_value",), deductible="deductible", documents=(DIARY, PLANS, PHOTOS),
            words=("daños en la obra", "daños a la obra", "derrumbe", "se ha derrumbado", "hundimiento",
                   "se ha hundido", "se ha caído el encofrado", "se ha caído un muro", "se ha inundado la obra",
                   "damage to the works", "collapsed"),
        ),
        ClaimType(
            code="robo_obra", label=N_("Robo en la obra"), coverages=("danos_obra",), reserve=Decimal(4000),
            basis=Basis.AVERAGE, sums=("contract_value",), deductible="deductible",
            documents=(POLICE, N_("Albaranes de los materiales robados")),
            words=("robo en la obra", "robado en la obra", "robado materiales", "robado material", "robado cobre",
                   "theft on site", "stolen materials"),
        ),
        ClaimType(
            code="rc_obra", label=N_("Daños a terceros por la obra"), coverages=("rc_obra",), reserve=RESERVE,
            sums=("liability_limit",), deductible="deductible", documents=(LETTER, HARM, DIARY), at_fault=True,
            words=("daños a terceros", "daños al vecino", "edificio vecino", "edificio colindante",
                   "cortado una tubería", "nos reclaman", "le reclaman", "third party"),
        ),
        ClaimType(
            code="mantenimiento", label=N_("Daños en el período de mantenimiento"), coverages=("mantenimiento",),
            reserve=RESERVE, basis=Basis.AVERAGE, sums=("contract_value",), deductible="deductible",
            documents=(N_("Acta de recepción"), PLANS, PHOTOS),
            words=("mantenimiento", "después de la recepción", "maintenance"),
        ),
        ClaimType(
            code="averia_maquinaria", label=N_("Avería de una máquina"), coverages=("maquinaria",), reserve=RESERVE,
            basis=Basis.AVERAGE, sums=("machinery_sum",), deductible="deductible", documents=(TECHNICIAN, INVOICE),
            consorcio=True,
            words=("avería de la máquina", "avería en la máquina", "avería de la grúa", "grúa averiada",
                   "se ha averiado", "máquina averiada", "excavadora", "máquina rota", "roto la máquina",
                   "ha volcado la máquina", "machinery breakdown", "broken down"),
        ),
        ClaimType(
            code="averia_equipo", label=N_("Avería de un equipo electrónico"), coverages=("equipos",),
            reserve=Decimal(2500), basis=Basis.AVERAGE, sums=("equipment_sum",), deductible="deductible",
            documents=(TECHNICIAN, INVOICE), consorcio=True,
            words=("ordenador averiado", "ordenadores averiados", "equipo averiado", "averiado el servidor",
                   "averiado un equipo", "averiado el equipo", "equipo electrónico", "electronic equipment"),
        ),
        ClaimType(
            code="datos", label=N_("Pérdida de datos"), coverages=("datos",), reserve=Decimal(2500),
            basis=Basis.FIRST_LOSS, sums=("data_recovery_sum",), documents=(TECHNICIAN, INVOICE),
            words=("pérdida de datos", "datos perdidos", "perdido los datos", "recuperar los datos", "lost data"),
        ),
        ClaimType(
            code="estructura", label=N_("Vicio de la estructura"), coverages=("decenal_estructura",), reserve=RESERVE,
            basis=Basis.AVERAGE, sums=("building_definitive_value",),
            documents=(N_("Informe pericial de la estructura"), N_("Informes del organismo de control")),
            words=("grietas", "grieta", "estructura", "cimientos", "forjado", "viga", "vigas", "cracks", "structure"),
        ),
        ClaimType(
            code="impermeabilizacion", label=N_("Fallo de la impermeabilización"),
            coverages=("decenal_impermeabilizacion",), reserve=RESERVE, basis=Basis.AVERAGE,
            sums=("building_definitive_value",), documents=(PHOTOS, N_("Informes del organismo de control")),
            words=("impermeabilización", "filtraciones", "filtración", "entra agua por la cubierta", "waterproofing"),
        ),
    ),
    ages=("machine_age",),
    sums=SUMS,
    record=EngineeringRisk,
    information=Information(
        summary=N_("Seguro de una obra, una máquina, unos equipos o un edificio terminado."),
        excluded=(
            N_("Desgaste, falta de mantenimiento y defectos conocidos."),
            N_("Obras empezadas antes de contratar."),
            N_("En obras y montajes el Consorcio no cubre los riesgos extraordinarios."),
        ),
        restrictions=(
            N_("Franquicia en cada siniestro."),
            N_("Regla proporcional si el valor declarado no llega al real."),
        ),
        territory=N_("La obra o situación descrita; la maquinaria móvil, en España."),
        obligations=(
            N_("Comunicar las paradas, los cambios de proyecto y los retrasos."),
            N_("Declarar el valor final de la obra para regularizar la prima."),
        ),
        notes=(
            N_("El seguro de obra termina con ella; el decenal dura diez años desde la recepción, con prima única."),
        ),
    ),
    describe=describe,
    object_ref=object_ref,
    duration=duration,
    renew=renewed,
    adequacy=adequacy,
    check_issue=parties_are_named,
)  # fmt: skip
