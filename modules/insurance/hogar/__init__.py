"""Home insurance (*seguro de hogar*): building and contents, theft, water, liability, rents."""

from core.i18n import N_
from modules.insurance.hogar.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-hogar",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_hogar",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Hogar: continente, contenido, agua, robo, responsabilidad civil y alquileres"),
)

__all__ = ["LINE", "MODULE"]
