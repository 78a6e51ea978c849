"""The package for firms (*multirriesgo pyme*): property, profits, liability and equipment."""

from core.i18n import N_
from modules.insurance.empresas.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-empresas",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_empresas",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Empresas: daños, robo, pérdida de beneficios, responsabilidad civil y equipos de una pyme"),
)

__all__ = ["LINE", "MODULE"]
