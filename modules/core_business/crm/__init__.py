"""Customers (*CRM*): the file of persons, companies and communities, and dealings with them.

Other modules name a customer by `CustomerRef` and find the record with `resolve_customer`.
"""

from core.i18n import N_
from modules.core_business.crm.lookup import CustomerNotFound, CustomerRef, resolve_customer
from modules.core_business.crm.records import Consent, Customer, Interaction
from modules.manifest import Module

MODULE = Module(
    id="ai-crm",
    category="core_business",
    version="1.0.0",
    schema="soriano_crm",
    summary=N_("Clientes: personas, empresas y comunidades, sus consentimientos y contactos"),
)

__all__ = [
    "MODULE",
    "Consent",
    "Customer",
    "CustomerNotFound",
    "CustomerRef",
    "Interaction",
    "resolve_customer",
]
