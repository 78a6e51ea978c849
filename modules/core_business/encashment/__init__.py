"""Encashment (*cobros*): what customers owe on their receipts, and what came of asking for it.

The receipt itself is the kernel's. This module keeps the events around it (collections,
bank returns, reminders) and moves its state by the kernel's own rule.
"""

from core.i18n import N_
from modules.core_business.encashment.records import Collection, Reminder, ReturnNotice
from modules.manifest import Module

MODULE = Module(
    id="ai-encashment",
    category="core_business",
    version="1.0.0",
    schema="soriano_encashment",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Cobros: recibos pendientes y vencidos, cobros, devoluciones bancarias y recordatorios"),
)

__all__ = ["MODULE", "Collection", "Reminder", "ReturnNotice"]
