"""Engineering (*ingeniería*): works, machinery, electronics, and ten years of the structure of a building."""

from core.i18n import N_
from modules.insurance.ingenieria.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-ingenieria",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_ingenieria",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Ingeniería: obras, maquinaria, equipos electrónicos y decenal de edificación"),
)

__all__ = ["LINE", "MODULE"]
