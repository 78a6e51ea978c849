"""Forget: what approvers once saw of the rows that an erasure took (GDPR art. 17) is erased with them."""

from typing import Final

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlmodel import Session, col, select

from tools.gate.records import Approval
from tools.preview import Preview

ERASURE: Final = "erasure"  # kind of the effect that every erasure has
OVER_THESE: Final = text(
    "EXISTS (SELECT 1 FROM jsonb_array_elements(approval.preview -> 'rows') AS r WHERE r ->> 'id' = ANY(:ids))"
)


def forget_seen(session: Session, done: Preview) -> None:
    """Take out of every approval's preview what it showed of the rows of the erasure `done`; that it changed stays.

    The hash that was approved stays too, so that the log's proof of what was seen holds.
    """
    if all(effect.kind != ERASURE for effect in done.effects):
        return
    gone = {str(row.id) for row in done.rows}
    about = OVER_THESE.bindparams(bindparam("ids", sorted(gone), type_=ARRAY(Text)))
    for seen in session.exec(select(Approval).where(about).order_by(col(Approval.id))):
        rows = [row | {"before": {}, "after": {}} if row["id"] in gone else row for row in seen.preview["rows"]]
        seen.preview = {**seen.preview, "rows": rows}
        session.add(seen)
