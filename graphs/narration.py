"""The narration of one turn: frames are numbered here, gathered, and written in order.

Nodes say what happens without waiting for it to be stored; one task writes whatever has
gathered in one transaction. Text comes in coalesced pieces, at most about 16 a second.
"""

import asyncio
from typing import Final

from graphs.frames import Journal, TurnRef, frame
from graphs.payloads import Frame, Payload, TextDelta

TEXT_SECONDS: Final = 0.06


class Narration:
    """What a turn tells its readers while it runs.

    A write that fails stops the narration: the next `flush` raises it, and so the turn
    cannot end as if it had been told.
    """

    def __init__(self, journal: Journal, ref: TurnRef, after: int = 0) -> None:
        """Start after frame `after`; a turn resumed by another process goes on counting."""
        self.journal, self.ref, self.seq = journal, ref, after
        self._waiting: list[Frame] = []
        self._pieces: list[str] = []
        self._span = ""
        self.spoken = ""  # what was said of the last span, should the turn be stopped there
        self._timer: asyncio.TimerHandle | None = None
        self._writer: asyncio.Task[None] | None = None

    def say(self, payload: Payload) -> None:
        """Tell `payload`, after any text that is still held back."""
        self._release()
        self._append(payload)

    def text(self, span: str, piece: str) -> None:
        """Tell a piece of text of `span`; held back a moment to gather more."""
        if span != self._span:
            self._release()
            self._span, self.spoken = span, ""
        self.spoken += piece
        self._pieces.append(piece)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TEXT_SECONDS, self._release)

    def _release(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            self._append(TextDelta(span=self._span, text=text))

    def _append(self, payload: Payload) -> None:
        self.seq += 1
        self._waiting.append(frame(self.ref, self.seq, payload))
        if self._writer is None or (self._writer.done() and not self._failed):
            self._writer = asyncio.get_running_loop().create_task(self._write())

    @property
    def _failed(self) -> bool:
        done = self._writer is not None and self._writer.done() and not self._writer.cancelled()
        return done and self._writer is not None and self._writer.exception() is not None

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self.journal.append(batch)

    async def flush(self) -> None:
        """Wait until everything said so far is stored; raises what prevented it."""
        self._release()
        while self._writer is not None and (self._waiting or not self._writer.done()):
            await asyncio.shield(self._writer)
        if self._failed and self._writer is not None:
            await self._writer
