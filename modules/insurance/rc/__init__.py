"""General liability (*responsabilidad civil*): exploitation, employers, products, professional, directors."""

from core.i18n import N_
from modules.insurance.rc.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-rc",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_rc",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Responsabilidad civil: explotación, profesional, y administradores y directivos"),
)

__all__ = ["LINE", "MODULE"]
