"""Compliance (*cumplimiento*): consents, data protection, distribution duties, the audit log."""

from agents.spec import Executor
from agents.toolsets import CLIENT, INSURANCE, SECURITY
from core.i18n import N_
from tools.risk import Risk

COMPLIANCE = Executor(
    id="compliance",
    title=N_("Cumplimiento"),
    summary=N_("Consentimientos, protección de datos, blanqueo, reclamaciones, deberes de distribución y auditoría."),
    prompt="compliance.md",
    specialists=("legal", "security", "data"),
    toolsets=tuple(dict.fromkeys((*SECURITY, *CLIENT, *INSURANCE))),
    authority=(Risk.READ, Risk.READ_SENSITIVE, Risk.DRAFT, Risk.WRITE, Risk.MESSAGE, Risk.EXPORT,
               Risk.IRREVERSIBLE, Risk.NETWORK),
    keywords=(
        "consentimiento", "registrar el consentimiento", "retirar el consentimiento", "acepta publicidad",
        "consentimiento comercial", "protección de datos", "RGPD", "derecho de acceso", "derecho de supresión",
        "auditoría", "registro de auditoría", "quién cambió", "quién ha visto", "cumplimiento", "blanqueo", "PEP",
        "queja", "reclamación al servicio de atención", "DGSFP", "supervisor", "fraude", "brecha de seguridad",
        "consent", "withdraw consent", "marketing consent", "GDPR", "data subject request", "audit log", "audit trail",
        "who changed", "compliance", "money laundering", "complaint", "regulator", "fraud", "data breach",
    ),
    handles=("crm_record_consent", "compliance_*", "audit_trail_*", "fraud_detection_*", "defender_*"),
)
