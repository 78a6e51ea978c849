"""Large industrial property (*multirriesgo industrial*): hazard, protection, probable maximum loss, recommendations."""

from core.i18n import N_
from modules.insurance.industrial.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-industrial",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_industrial",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Riesgos industriales: daños, avería, pérdida de beneficios, capacidad y recomendaciones"),
)

__all__ = ["LINE", "MODULE"]
