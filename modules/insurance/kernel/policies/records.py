"""What is watched of a policy by date (*plazos*)."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Field

from core.records import Record, index, reference, table, unique
from modules.insurance.kernel.records import SCHEMA

POLICY: Final = f"{SCHEMA}.policy"


class Deadline(Record, table=True):
    """A deadline of the law that somebody must keep (*plazo legal*), and what came of it.

    `code` is that of `policies.law`; `subject` tells apart several of one policy: a receipt,
    a claim, a date. `due_on` is the last day.
    """

    __table_args__ = table(
        SCHEMA, unique("policy_id", "code", "subject"), reference("policy_id", POLICY), index("state", "due_on")
    )

    policy_id: UUID
    code: str
    subject: str = ""
    state: str
    began_on: date
    due_on: date
    warned_on: date | None = None
    closed_on: date | None = Field(default=None)
