"""What only transport insurance has: the goods or the boat, certificates and monthly declarations."""

from datetime import date
from decimal import Decimal
from typing import Final

from core.records import unique
from modules.insurance.kernel.declarations import DeclarationEntry
from modules.insurance.kernel.entries import PolicyEntry, entry_of_policy
from modules.insurance.kernel.records import RiskRecord, euros, of_policy

SCHEMA: Final = "soriano_insurance_transporte"


class TransportRisk(RiskRecord, table=True):
    """Insured goods or a boat (*mercancía o embarcación asegurada*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    scope: str
    goods_class: str | None = None
    mode: str | None = None
    clause: str | None = None
    shipment_value: Decimal | None = euros(None)
    annual_transported_value: Decimal | None = euros(None)
    max_per_conveyance: Decimal | None = euros(None)
    origin: str | None = None
    destination: str | None = None
    hull_value: Decimal | None = euros(None)
    registration: str | None = None


class TransportCertificate(PolicyEntry, table=True):
    """The certificate of one shipment under a floating policy (*certificado de seguro*)."""

    __table_args__ = entry_of_policy(SCHEMA, unique("certificate_number"))

    certificate_number: str
    departs_on: date
    origin: str
    origin_country: str
    destination: str
    destination_country: str
    goods: str
    cif_value: Decimal = euros()
    insured_value: Decimal = euros()  # CIF and the uplift


class ShipmentDeclaration(DeclarationEntry, table=True):
    """What was shipped in a month (*declaración de alimento*)."""

    __table_args__ = entry_of_policy(SCHEMA, unique("policy_id", "month"))

    value: Decimal = euros()
