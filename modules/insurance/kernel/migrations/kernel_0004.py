"""Claims from notice to closure: what was agreed about the loss, movements that stand, offers and experts."""

import sqlalchemy as sa
from alembic import op

from core.migrations.operations import create_record_table, index, references, unique

revision = "kernel_0004"
down_revision = "kernel_0003"
branch_labels = None
depends_on = None

SCHEMA = "soriano_core"
EUROS = sa.Numeric(18, 2)
ADDED = {
    "kind": sa.String(), "coverage": sa.String(), "place": sa.String(), "claimant": sa.String(),
    "claimed_on": sa.Date(), "sum_insured": EUROS, "value_at_loss": EUROS, "deductible": EUROS,
    "limit_amount": EUROS, "consorcio": sa.Boolean(), "interest_from": sa.Date(), "end_reason": sa.String(),
    "ended_on": sa.Date(),
}  # fmt: skip
STANDS = f"""
CREATE FUNCTION {SCHEMA}.claim_movement_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.tenant_id, OLD.id, OLD.claim_id, OLD.number, OLD.kind, OLD.head, OLD.amount, OLD."on",
      OLD.line, OLD.occurred_on) IS DISTINCT FROM (NEW.tenant_id, NEW.id, NEW.claim_id, NEW.number, NEW.kind,
      NEW.head, NEW.amount, NEW."on", NEW.line, NEW.occurred_on) THEN
    RAISE EXCEPTION 'a movement of a claim stands' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add the columns, create the tables, and let no movement's figures be changed or deleted."""
    for name, kind in ADDED.items():
        op.add_column("claim", sa.Column(name, kind), schema=SCHEMA)
    create_record_table(
        SCHEMA,
        "claim_movement",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("amount", EUROS, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("payee", sa.String()),
        sa.Column("reason", sa.String()),
        unique("claim_id", "number"),
        references("claim_id", f"{SCHEMA}.claim"),
    )
    index(SCHEMA, "claim_movement", "line", "occurred_on")
    op.execute(STANDS)
    op.execute(
        f"CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON {SCHEMA}.claim_movement "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.claim_movement_stands()"
    )
    create_record_table(
        SCHEMA,
        "claim_offer",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("amount", EUROS, nullable=False),
        sa.Column("offered_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date()),
        unique("claim_id", "number"),
        references("claim_id", f"{SCHEMA}.claim"),
    )
    create_record_table(
        SCHEMA,
        "claim_expert",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("requested_on", sa.Date()),
        sa.Column("appointed_on", sa.Date()),
        sa.Column("reported_on", sa.Date()),
        sa.Column("amount", EUROS),
        unique("claim_id", "side"),
        references("claim_id", f"{SCHEMA}.claim"),
    )
