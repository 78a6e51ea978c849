"""Operations (*dirección de operaciones*): policies, claims, renewals and client data."""

from agents.spec import Executor
from agents.toolsets import CLIENT, INSURANCE
from core.i18n import N_
from tools.risk import Risk

OPERATIONS = Executor(
    id="operations",
    title=N_("Dirección de operaciones"),
    summary=N_("Pólizas, suplementos, renovaciones, siniestros y datos de clientes: la tramitación de cada día."),
    prompt="operations.md",
    specialists=("insurance", "operations", "customer", "legal"),
    toolsets=tuple(dict.fromkeys(("ai-ops", *INSURANCE, *CLIENT, "ait-document-service",
                                  "ait-notification-service"))),
    authority=(Risk.READ, Risk.READ_SENSITIVE, Risk.DRAFT, Risk.WRITE, Risk.MONEY, Risk.BANK_DETAILS,
               Risk.MESSAGE, Risk.IRREVERSIBLE, Risk.NETWORK),
    keywords=(
        "póliza", "pólizas del cliente", "suplemento", "renovación", "vencimientos de pólizas", "anular la póliza",
        "siniestro", "parte", "peritaje", "perito", "ficha del cliente", "datos del cliente", "busca al cliente",
        "dar de alta un cliente", "alta de empresa", "cambiar el teléfono", "cambiar la dirección",
        "correo electrónico",
        "visión 360", "historial de contactos", "llamada del cliente", "anota una llamada", "interacción",
        "policy", "policies", "endorsement", "renewals", "claim", "claims", "loss adjuster", "customer record",
        "find a customer", "register a new client", "change the phone number", "change address", "contact details",
        "client file", "log a call", "certificado de seguro", "carta verde",
    ),
    handles=("kernel_*_polic*", "kernel_*claims", "kernel_list_renewals", "kernel_review_book", "kernel_show_*",
             "crm_*search*", "crm_show_*", "crm_create_*", "crm_update_*", "crm_*interaction*", "crm_review_*",
             "ops_*", "*_endorse_policy", "*_cancel_policy", "*_renew_policy", "*_register_claim",
             "document_service_*", "notification_service_*"),
)
