"""Shops and offices (*multirriesgo de comercio y oficina*): one place, its contents, its till and its days lost."""

from core.i18n import N_
from modules.insurance.multirriesgo.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-multirriesgo",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_multirriesgo",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Comercios y oficinas: daños, robo, dinero en caja, paralización y responsabilidad civil"),
)

__all__ = ["LINE", "MODULE"]
