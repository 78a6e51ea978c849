"""Insured firms and their controls."""

import sqlalchemy as sa

from modules.insurance.kernel.tables import EUROS, create_risk_table

revision = "ciber_0001"
down_revision = None
branch_labels = ("ciber",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")


def upgrade() -> None:
    """Create the table."""
    create_risk_table(
        "soriano_insurance_ciber",
        "digital_firm",
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("annual_turnover", EUROS, nullable=False),
        sa.Column("personal_records", sa.Integer(), nullable=False),
        sa.Column("card_data", sa.Boolean()),
        sa.Column("ot_systems", sa.Boolean()),
        sa.Column("control_score", sa.Integer(), nullable=False),
        sa.Column("mfa_remote", sa.Boolean(), nullable=False),
        sa.Column("mfa_remote_access", sa.Boolean()),
        sa.Column("mfa_email", sa.Boolean()),
        sa.Column("edr_endpoints", sa.Boolean()),
        sa.Column("backup_tested", sa.Boolean()),
        sa.Column("patching_15_days", sa.Boolean()),
        sa.Column("phishing_training", sa.Boolean()),
        sa.Column("privileged_access", sa.Boolean()),
        sa.Column("response_plan_tested", sa.Boolean()),
        sa.Column("email_dmarc", sa.Boolean()),
        sa.Column("no_unsupported_systems", sa.Boolean()),
        sa.Column("aggregate_limit", sa.Integer(), nullable=False),
        sa.Column("waiting_hours", sa.Integer()),
        sa.Column("funds_transfer_sublimit", EUROS),
        sa.Column("incidents_3y", sa.Integer(), nullable=False),
        sa.Column("retroactive_on", sa.Date()),
        sa.Column("security_contact", sa.String()),
        sa.Column("cnae", sa.String()),
    )
