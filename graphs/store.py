"""Threads and turns in PostgreSQL: short transactions, each in its tenant."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col, func, select

from core.clock import utc_now
from core.context import Actor, Origin
from core.database import Database
from core.errors import NotFound
from core.i18n import N_
from core.identifiers import new_id
from graphs.frames import TurnRef, frame_of, row_of
from graphs.payloads import Frame
from graphs.records import Thread, Turn, TurnApproval, TurnEvent
from tools.gate.records import Approval, ApprovalState

TITLE: int = 80
RECENT: int = 12  # earlier turns that a new one may look back on


@dataclass(frozen=True)
class Store:
    """The turns of all tenants; every method names the tenant it works in."""

    database: Database

    @contextmanager
    def _open(self, tenant_id: UUID) -> Iterator[Session]:
        with self.database.transaction(tenant_id) as session:
            yield session

    def begin(self, turn: Turn, first: Frame, *, new_thread: bool) -> None:
        """Insert the turn with its first frame, and its thread if that is new.

        Raises:
            NotFound: the user has no such thread.
        """
        with self._open(turn.tenant_id) as session:
            if new_thread:
                session.add(
                    Thread(
                        tenant_id=turn.tenant_id,
                        id=turn.thread_id,
                        user_id=turn.user_id,
                        title=turn.text[:TITLE],
                        created_at=turn.started_at,
                        updated_at=turn.started_at,
                    )
                )
            else:
                thread = session.get(Thread, (turn.tenant_id, turn.thread_id))
                if thread is None or thread.user_id != turn.user_id:
                    raise NotFound(what=N_("la conversación"), ref=turn.thread_id)
                thread.updated_at = turn.started_at
                session.add(thread)
            session.flush()
            session.add(turn)
            session.flush()
            session.connection().execute(insert(TurnEvent), [row_of(ref_of(turn), first)])

    def asked(self, actor: Actor, key: str) -> Turn | None:
        """The user's turn that was begun under this idempotency key."""
        with self._open(actor.tenant_id) as session:
            return session.exec(
                select(Turn).where(
                    Turn.tenant_id == actor.tenant_id, Turn.user_id == actor.user_id, Turn.idempotency_key == key
                )
            ).one_or_none()

    def continue_once(self, turn: Turn, frames: Sequence[Frame]) -> UUID:
        """Insert the turn that follows a decision, once; gives the id of the one there is."""
        with self._open(turn.tenant_id) as session:
            values = turn.model_dump()
            statement = upsert(Turn).values(**values).on_conflict_do_nothing(constraint=UNIQUE_APPROVAL)
            inserted = session.connection().execute(statement.returning(col(Turn.id))).scalar_one_or_none()
            if inserted is None:
                found = session.exec(
                    select(Turn.id).where(Turn.tenant_id == turn.tenant_id, Turn.approval_id == turn.approval_id)
                )
                return found.one()
            thread = session.get(Thread, (turn.tenant_id, turn.thread_id))
            assert thread is not None
            thread.updated_at = turn.started_at
            session.add(thread)
            session.flush()
            session.connection().execute(insert(TurnEvent), [row_of(ref_of(turn), item) for item in frames])
            return turn.id

    def finish(self, ref: TurnRef, last: Frame, values: dict[str, Any]) -> bool:
        """Close a running turn with its last frame; False if it was closed already."""
        with self._open(ref.tenant_id) as session:
            turn = session.exec(
                select(Turn).where(Turn.tenant_id == ref.tenant_id, Turn.id == ref.turn_id).with_for_update()
            ).one()
            if turn.state != "running":
                return False
            for name, value in values.items():
                setattr(turn, name, value)
            turn.finished_at = last.at
            session.add(turn)
            session.flush()
            session.connection().execute(insert(TurnEvent), [row_of(ref, last)])
            return True

    def turn(self, tenant_id: UUID, turn_id: UUID) -> Turn | None:
        """One turn."""
        with self._open(tenant_id) as session:
            return session.get(Turn, (tenant_id, turn_id))

    def own_turn(self, actor: Actor, turn_id: UUID) -> Turn:
        """One turn of `actor`'s.

        Raises:
            NotFound: none such, or another person's.
        """
        found = self.turn(actor.tenant_id, turn_id)
        if found is None or found.user_id != actor.user_id:
            raise NotFound(what=N_("el turno"), ref=turn_id)
        return found

    def last_seq(self, ref: TurnRef) -> int:
        """The number of the turn's last stored frame; 0 if there is none."""
        with self._open(ref.tenant_id) as session:
            found = session.exec(
                select(func.max(TurnEvent.seq)).where(
                    TurnEvent.tenant_id == ref.tenant_id, TurnEvent.turn_id == ref.turn_id
                )
            )
            return found.one() or 0

    def recent(self, ref: TurnRef) -> list[Turn]:
        """The thread's finished turns before this one, oldest first."""
        with self._open(ref.tenant_id) as session:
            found = session.exec(
                select(Turn)
                .where(
                    Turn.tenant_id == ref.tenant_id,
                    Turn.thread_id == ref.thread_id,
                    Turn.state != "running",
                    Turn.id < ref.turn_id,
                )
                .order_by(col(Turn.id).desc())
                .limit(RECENT)
            )
            return list(found)[::-1]

    def threads(self, actor: Actor, limit: int = 50) -> list[Thread]:
        """The user's conversations, the latest first."""
        with self._open(actor.tenant_id) as session:
            found = session.exec(
                select(Thread)
                .where(Thread.tenant_id == actor.tenant_id, Thread.user_id == actor.user_id)
                .order_by(col(Thread.updated_at).desc())
                .limit(limit)
            )
            return list(found)

    def turns(self, actor: Actor, thread_id: UUID) -> list[Turn]:
        """All turns of the user's conversation, oldest first.

        Raises:
            NotFound: the user has no such conversation.
        """
        with self._open(actor.tenant_id) as session:
            thread = session.get(Thread, (actor.tenant_id, thread_id))
            if thread is None or thread.user_id != actor.user_id:
                raise NotFound(what=N_("la conversación"), ref=thread_id)
            found = session.exec(
                select(Turn)
                .where(Turn.tenant_id == actor.tenant_id, Turn.thread_id == thread_id)
                .order_by(col(Turn.id))
            )
            return list(found)

    def events(self, actor: Actor, thread_id: UUID) -> list[Frame]:
        """All frames of the user's conversation, in order."""
        turns = self.turns(actor, thread_id)
        with self._open(actor.tenant_id) as session:
            found = session.exec(
                select(TurnEvent)
                .where(TurnEvent.tenant_id == actor.tenant_id, col(TurnEvent.turn_id).in_([t.id for t in turns]))
                .order_by(col(TurnEvent.turn_id), col(TurnEvent.seq))
            )
            return [frame_of(row) for row in found]

    def link(self, approval: TurnApproval) -> None:
        """Say which call waits for which approval; once."""
        with self._open(approval.tenant_id) as session:
            values = approval.model_dump()
            session.connection().execute(upsert(TurnApproval).values(**values).on_conflict_do_nothing())

    def linked(self, tenant_id: UUID, approval_id: UUID) -> TurnApproval | None:
        """The call that waits for this approval, if a turn asked for it."""
        with self._open(tenant_id) as session:
            return session.get(TurnApproval, (tenant_id, approval_id))

    def links(self, tenant_id: UUID, turn_id: UUID) -> list[TurnApproval]:
        """All approvals that one turn asked for."""
        with self._open(tenant_id) as session:
            found = session.exec(
                select(TurnApproval).where(TurnApproval.tenant_id == tenant_id, TurnApproval.turn_id == turn_id)
            )
            return list(found)

    def continuing(self, tenant_id: UUID, approval_id: UUID) -> UUID | None:
        """The turn that followed the decision of this approval."""
        with self._open(tenant_id) as session:
            found = session.exec(select(Turn.id).where(Turn.tenant_id == tenant_id, Turn.approval_id == approval_id))
            return found.one_or_none()

    def pending(self, tenant_id: UUID, approval_ids: Sequence[UUID]) -> set[UUID]:
        """Those approvals among `approval_ids` that still wait."""
        with self._open(tenant_id) as session:
            found = session.exec(
                select(Approval.id).where(
                    Approval.tenant_id == tenant_id,
                    col(Approval.id).in_(approval_ids),
                    Approval.state == ApprovalState.PENDING,
                )
            )
            return set(found)

    def mark(self, tenant_id: UUID, approval_id: UUID, **values: object) -> None:
        """Change the link of an approval."""
        with self._open(tenant_id) as session:
            link = session.get(TurnApproval, (tenant_id, approval_id))
            if link is not None:
                for name, value in values.items():
                    setattr(link, name, value)
                session.add(link)


UNIQUE_APPROVAL = "uq_turn_tenant_id_approval_id"


def new_turn(
    actor: Actor,
    origin: Origin,
    text: str,
    thread_id: UUID,
    *,
    continues: UUID | None = None,
    approval_id: UUID | None = None,
) -> Turn:
    """A turn that begins now."""
    return Turn(
        tenant_id=actor.tenant_id,
        id=new_id(),
        thread_id=thread_id,
        user_id=actor.user_id,
        username=actor.user,
        origin={k: None if v is None else str(v) for k, v in asdict(origin).items()},
        text=text,
        continues=continues,
        approval_id=approval_id,
        state="running",
        result={},
        messages=[],
        started_at=utc_now(),
    )


def ref_of(turn: Turn) -> TurnRef:
    """Where the turn's frames are."""
    return TurnRef(turn.tenant_id, turn.thread_id, turn.id)


def origin_of(turn: Turn) -> Origin:
    """Where the turn's request came from."""
    kept = dict(turn.origin)
    session_id = kept.pop("session_id", None)
    request_id = UUID(kept.pop("request_id"))
    return Origin(request_id=request_id, session_id=UUID(session_id) if session_id else None, **kept)
