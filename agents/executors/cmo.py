"""The CMO (*dirección de marketing*): campaigns, segments, brand; only to whom consented."""

from agents.spec import Executor
from agents.toolsets import MARKETING, OUTSIDE
from core.i18n import N_
from tools.risk import Risk

CMO = Executor(
    id="cmo",
    title=N_("Dirección de marketing"),
    summary=N_("Campañas, captación, segmentos, fidelización y marca, siempre con consentimiento comercial."),
    prompt="cmo.md",
    specialists=("marketing", "customer", "legal", "data"),
    toolsets=tuple(
        dict.fromkeys((*MARKETING, "ai-customer-analytics", "ai-crm", *OUTSIDE, "ait-notification-service"))
    ),
    authority=(Risk.READ, Risk.DRAFT, Risk.WRITE, Risk.MESSAGE, Risk.CAMPAIGN, Risk.NETWORK),
    keywords=(
        "campaña",
        "envío comercial",
        "envío masivo",
        "plantillas de mensajes",
        "mailing",
        "marketing",
        "newsletter",
        "boletín",
        "captación",
        "leads",
        "segmento de clientes",
        "fidelización",
        "marca",
        "redes sociales",
        "publicidad",
        "promoción",
        "conversión",
        "embudo",
        "tasa de apertura",
        "referidos",
        "campaign",
        "audience",
        "segment",
        "brand",
        "loyalty",
        "advertising",
        "social media",
        "landing page",
        "email blast",
        "conversion rate",
    ),
    handles=(
        "marketing_*",
        "lead_generation_*",
        "customer_journey_*",
        "campaign_manager_*",
        "conversion_optimizer_*",
        "brand_manager_*",
        "influencer_manager_*",
        "loyalty_programs_*",
        "referral_engine_*",
        "pricing_optimizer_*",
        "notification_service_send_campaign",
        "notification_service_list_templates",
    ),
)
