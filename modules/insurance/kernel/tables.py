"""What revisions of lines share: the table of an insured thing and that of insured persons; frozen once released."""

from typing import Any

import sqlalchemy as sa

from core.migrations.operations import create_record_table, index, references, unique

EUROS = sa.Numeric(18, 2)


def create_risk_table(schema: str, name: str, *columns: Any) -> None:
    """Create the table of a line's `RiskRecord`."""
    create_record_table(schema, name, *_shared(), sa.Column("product", sa.String(), nullable=False), *columns,
                        unique("policy_id"), *_references())  # fmt: skip
    index(schema, name, "customer_id")


def create_person_table(schema: str, name: str, *columns: Any) -> None:
    """Create the table of a line's `PersonRecord`."""
    create_record_table(schema, name, *_shared(), sa.Column("position", sa.Integer(), nullable=False), *columns,
                        unique("policy_id", "position"), *_references())  # fmt: skip
    index(schema, name, "customer_id")


def create_entry_table(schema: str, name: str, *columns: Any) -> None:
    """Create the table of a line's `PolicyEntry`."""
    create_record_table(schema, name, *_shared(), *columns, *_references())
    index(schema, name, "policy_id")
    index(schema, name, "customer_id")


def create_movement_table(schema: str, name: str, *columns: Any) -> None:
    """Create the table of a line's `Movement`."""
    create_entry_table(
        schema, name, sa.Column("kind", sa.String(), nullable=False), sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False), sa.Column("lot_on", sa.Date(), nullable=False),
        sa.Column("fund", sa.String(), nullable=False), sa.Column("units", sa.Numeric(18, 6), nullable=False),
        sa.Column("cost", EUROS, nullable=False), sa.Column("amount", EUROS, nullable=False), *columns,
    )  # fmt: skip


def _shared() -> list[sa.Column[Any]]:
    return [sa.Column("policy_id", sa.Uuid(), nullable=False), sa.Column("customer_id", sa.Uuid(), nullable=False)]


def _references() -> list[sa.ForeignKeyConstraint]:
    return [references("policy_id", "soriano_core.policy"), references("customer_id", "soriano_crm.customer")]
