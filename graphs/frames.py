"""Frames on their way: PostgreSQL holds them all, Valkey carries them live.

A frame is committed first and published afterwards, and its number in Valkey's stream is
its `seq`; so a reader takes what is stored, then follows the stream from that number on,
and misses or repeats nothing. Should Valkey be away, readers ask PostgreSQL again.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import insert
from sqlmodel import col, select

from core.clock import utc_now
from core.database import Database
from graphs.payloads import Frame, Payload
from graphs.records import TurnEvent

STREAM_LENGTH: Final = 5000
STREAM_SECONDS: Final = 3600
WAIT_MS: Final = 3000  # a reader's wait before it looks into PostgreSQL again; the client itself gives up after 5 s
POLL_SECONDS: Final = 0.5  # the same without Valkey
log = structlog.get_logger()


@dataclass(frozen=True)
class TurnRef:
    """Which turn of which tenant; what reading its frames needs."""

    tenant_id: UUID
    thread_id: UUID
    turn_id: UUID


class Journal(Protocol):
    """Where a turn's frames go. The stored one is `Frames`; evals keep them in memory."""

    async def append(self, frames: Sequence[Frame]) -> None:
        """Keep `frames`, all or none, in their order."""


def frame(ref: TurnRef, seq: int, payload: Payload) -> Frame:
    """The `seq`th frame of turn `ref`."""
    return Frame(
        thread=str(ref.thread_id),
        turn=str(ref.turn_id),
        seq=seq,
        type=payload.type,
        payload=payload.model_dump(mode="json"),
        at=utc_now(),
    )


def row_of(ref: TurnRef, item: Frame) -> dict[str, object]:
    """The frame as `turn_event` holds it."""
    return {
        "tenant_id": ref.tenant_id,
        "turn_id": ref.turn_id,
        "thread_id": ref.thread_id,
        "seq": item.seq,
        "type": item.type,
        "payload": item.payload,
        "at": item.at,
    }


@dataclass(frozen=True)
class Frames:
    """The frames of all turns, over one database and one Valkey."""

    database: Database
    valkey: "Redis"

    def of(self, ref: TurnRef) -> "StoredJournal":
        """The journal of one turn."""
        return StoredJournal(self, ref)

    def store(self, ref: TurnRef, frames: Sequence[Frame]) -> None:
        """Write frames in one short transaction; a number that is taken is an error."""
        with self.database.transaction(ref.tenant_id) as session:
            session.connection().execute(insert(TurnEvent), [row_of(ref, item) for item in frames])

    async def publish(self, frames: Sequence[Frame]) -> None:
        """Put stored frames into the live stream; without Valkey readers fall back to asking."""
        key = f"turn:{frames[0].turn}"
        try:
            async with self.valkey.pipeline(transaction=False) as pipe:
                for item in frames:
                    pipe.xadd(
                        key,
                        {"frame": item.model_dump_json()},
                        id=f"{item.seq}-0",
                        maxlen=STREAM_LENGTH,
                        approximate=True,
                    )
                pipe.expire(key, STREAM_SECONDS)
                await pipe.execute()
        except RedisError as error:
            log.warning("frames.not_published", turn=frames[0].turn, error=str(error))

    def read(self, ref: TurnRef, after: int = 0) -> list[Frame]:
        """The stored frames of a turn with a number above `after`."""
        wanted = (
            select(TurnEvent)
            .where(TurnEvent.tenant_id == ref.tenant_id, TurnEvent.turn_id == ref.turn_id, TurnEvent.seq > after)
            .order_by(col(TurnEvent.seq))
        )
        with self.database.transaction(ref.tenant_id) as session:
            return [frame_of(row) for row in session.exec(wanted)]

    async def follow(self, ref: TurnRef, after: int = 0) -> AsyncIterator[Frame]:
        """All frames above `after`, then each new one as it comes, until the turn's last."""
        while True:
            for item in await asyncio.to_thread(self.read, ref, after):
                after = item.seq
                yield item
                if item.last:
                    return
            async for item in self._live(ref, after):
                after = item.seq
                yield item
                if item.last:
                    return

    async def _live(self, ref: TurnRef, after: int) -> AsyncIterator[Frame]:
        """Frames from the stream until it has been silent for a while, or has a gap."""
        key = f"turn:{ref.turn_id}"
        while True:
            try:
                found = await self.valkey.xread({key: f"{after}-0"}, count=200, block=WAIT_MS)
            except RedisError as error:
                log.warning("frames.stream_unavailable", turn=str(ref.turn_id), error=str(error))
                await asyncio.sleep(POLL_SECONDS)
                return
            if not found:
                return
            entries: Any = found
            for _, fields in entries[0][1]:
                item = Frame.model_validate_json(fields[b"frame"])
                if item.seq != after + 1:
                    return  # trimmed away meanwhile: PostgreSQL still has it
                after = item.seq
                yield item


@dataclass(frozen=True)
class StoredJournal:
    """The journal of one turn in PostgreSQL and Valkey."""

    frames: Frames
    ref: TurnRef

    async def append(self, frames: Sequence[Frame]) -> None:
        """Commit the frames, then publish them."""
        await asyncio.to_thread(self.frames.store, self.ref, frames)
        await self.frames.publish(frames)


def frame_of(row: TurnEvent) -> Frame:
    """The frame that a stored row holds."""
    return Frame.model_validate(
        {
            "thread": str(row.thread_id),
            "turn": str(row.turn_id),
            "seq": row.seq,
            "type": row.type,
            "payload": row.payload,
            "at": row.at,
        }
    )


def as_sse(item: Frame) -> str:
    """The frame as one server-sent event; its id is what `Last-Event-ID` gives back."""
    body = json.dumps(item.payload, ensure_ascii=False, separators=(",", ":"))
    return f"id: {item.seq}\nevent: {item.type}\ndata: {body}\n\n"
