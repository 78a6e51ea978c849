"""Groups of module ids that several agents use: the lines of business, and what all read.

Ids of modules that are not installed are harmless: the catalogue gives the tools it has.
"""

from typing import Final

LINES: Final = (
    "seguros-vida",
    "seguros-salud",
    "seguros-hogar",
    "seguros-autos",
    "seguros-empresas",
    "seguros-rc",
    "seguros-multirriesgo",
    "seguros-decesos",
    "seguros-ahorro",
    "seguros-pensiones",
    "seguros-unit-linked",
    "seguros-ciber",
    "seguros-transporte",
    "seguros-mascotas",
    "seguros-comunidades",
    "seguros-agrario",
    "seguros-credito",
    "seguros-caucion",
    "seguros-ingenieria",
    "seguros-industrial",
)
"""The 20 lines of business (*ramos*)."""

INSURANCE: Final = ("seguros-kernel", *LINES)
"""Policies, quotes, receipts and claims of every line."""

CLIENT: Final = ("ai-crm", "seguros-kernel", "ai-encashment")
"""Who the client is, what is insured, what is owed: every executor's work needs it."""

FINANCE: Final = ("ai-accountant", "ai-treasury", "ai-pgc-engine", "ai-encashment")

MARKETING: Final = (
    "ai-marketing",
    "ai-lead-generation",
    "ai-customer-journey",
    "ai-campaign-manager",
    "ai-conversion-optimizer",
    "ai-brand-manager",
    "ai-influencer-manager",
    "ai-loyalty-programs",
    "ai-referral-engine",
    "ai-pricing-optimizer",
)

ENGINES: Final = ("ait-engines",)
"""Computations, on the numbers of a request or on the book."""

ANALYTICS: Final = (
    *ENGINES,
    "ai-data-analyst",
    "ai-business-intelligence",
    "ai-predictive-analytics",
    "ai-risk-analytics",
    "ai-customer-analytics",
    "ai-operational-analytics",
)

SECURITY: Final = ("ai-defender", "ai-compliance", "ai-fraud-detection", "ai-audit-trail")

OUTSIDE: Final = ("ait-connector",)
"""Pages and services outside, as far as each agent's office goes (the connector says which)."""

PLATFORM: Final = (
    "ait-authenticator",
    "ait-datahub",
    "ait-api-gateway",
    "ait-notification-service",
    "ait-document-service",
    "ait-connector",
    "ait-engines",
    "ait-nerve",
    "ait-event-bus",
)
