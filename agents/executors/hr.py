"""HR (*recursos humanos*): staff, contracts, training, leave."""

from agents.spec import Executor
from core.i18n import N_
from tools.risk import Risk

HR = Executor(
    id="hr",
    title=N_("Recursos humanos"),
    summary=N_("Plantilla, contratos, formación obligatoria en distribución, vacaciones y colaboradores."),
    prompt="hr.md",
    specialists=("legal", "finance", "security"),
    toolsets=("ai-hr", "ait-document-service", "ait-notification-service"),
    authority=(Risk.READ, Risk.DRAFT, Risk.WRITE, Risk.BANK_DETAILS, Risk.MESSAGE, Risk.IRREVERSIBLE),
    keywords=(
        "empleado",
        "plantilla",
        "nómina",
        "vacaciones",
        "baja médica",
        "contrato laboral",
        "formación obligatoria",
        "horas de formación",
        "selección de personal",
        "candidato",
        "permiso retribuido",
        "jornada",
        "despido",
        "employee",
        "staff",
        "payroll",
        "holidays",
        "leave",
        "hiring",
        "training hours",
        "employment contract",
        "convenio colectivo",
        "evaluación del desempeño",
    ),
    handles=("hr_*",),
)
