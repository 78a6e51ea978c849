"""Connections (*conector*): which servers outside may be read, and reading their pages and answers.

What is read is somebody else's word: it comes back marked, is never stored, and decides nothing.
"""

from core.i18n import N_
from modules.integration_automation.connector.records import AllowedHost, places
from modules.manifest import Module

MODULE = Module(
    id="ait-connector",
    category="integration_automation",
    version="1.0.0",
    schema="soriano_platform",
    depends=("seguros-kernel",),
    summary=N_("Conexiones: servidores externos permitidos, lectura de páginas y consultas a aseguradoras"),
)

__all__ = ["MODULE", "AllowedHost", "places"]
