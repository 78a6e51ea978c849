"""Documents (*documentos*): files of the brokerage and of strangers, kept, read and searched.

A file is opened in a sandbox alone; what it says is foreign and stays so. Imports nothing
but the manifest: the sandbox's process passes by here.
"""

from core.i18n import N_
from modules.manifest import Module

MODULE = Module(
    id="ait-document-service",
    category="infrastructure",
    version="1.0.0",
    schema="soriano_documents",
    depends=("ai-crm", "seguros-kernel"),
    summary=N_("Documentos: subida, lectura, búsqueda, extracción de datos y versiones"),
)

__all__ = ["MODULE"]
