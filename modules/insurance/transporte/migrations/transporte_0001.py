"""Goods and boats, certificates and declarations."""

import sqlalchemy as sa

from core.migrations.operations import unique
from modules.insurance.kernel.tables import EUROS, create_entry_table, create_risk_table

revision = "transporte_0001"
down_revision = None
branch_labels = ("transporte",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")
SCHEMA = "soriano_insurance_transporte"


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "transport_risk",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("goods_class", sa.String()),
        sa.Column("mode", sa.String()),
        sa.Column("clause", sa.String()),
        sa.Column("shipment_value", EUROS),
        sa.Column("annual_transported_value", EUROS),
        sa.Column("max_per_conveyance", EUROS),
        sa.Column("origin", sa.String()),
        sa.Column("destination", sa.String()),
        sa.Column("hull_value", EUROS),
        sa.Column("registration", sa.String()),
    )
    create_entry_table(
        SCHEMA,
        "transport_certificate",
        sa.Column("certificate_number", sa.String(), nullable=False),
        sa.Column("departs_on", sa.Date(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("origin_country", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("destination_country", sa.String(), nullable=False),
        sa.Column("goods", sa.String(), nullable=False),
        sa.Column("cif_value", EUROS, nullable=False),
        sa.Column("insured_value", EUROS, nullable=False),
        unique("certificate_number"),
    )
    create_entry_table(
        SCHEMA,
        "shipment_declaration",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("value", EUROS, nullable=False),
        unique("policy_id", "month"),
    )
