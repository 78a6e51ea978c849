"""A conversation in the terminal: streamed text, tool cards as one line, Ctrl C stops the turn."""

import asyncio
import sys
from typing import Any, Final
from uuid import UUID

from core.errors import AitError, Conflict
from core.i18n import N_, translate
from graphs.payloads import Frame
from graphs.turns import Turns
from server.cli.factor import shown
from server.cli.shell import House, report
from tools.gate.validate import parse

PROMPT: Final = "› "
WELCOME: Final = N_("Escriba su petición; Ctrl D para salir.")
STOPPED: Final = N_("Detenido. Ctrl C otra vez para salir.")
DECIDE: Final = N_("«{title}» espera decisión de {approvers}. [a]probar, [e]ditar, [r]echazar, otra tecla: luego ")
REASON: Final = N_("Motivo: ")
ARGUMENTS: Final = N_("Argumentos (JSON): ")
WAITS: Final = N_("«{title}» espera decisión de {approvers}: {id}")


class Progress:
    """What a turn's frames look like in a terminal: one line each, on stderr."""

    def __init__(self, locale: str, text: bool = False) -> None:
        """`text` streams the answer to stdout as it comes."""
        self.locale, self.text = locale, text
        self.approvals: list[dict[str, Any]] = []
        self.thread: UUID | None = None
        self._said = ""

    def show(self, frame: Frame) -> None:
        """Render one frame."""
        self.thread = UUID(frame.thread)
        show = getattr(self, "_" + frame.type.replace(".", "_"), None)
        if show is not None:
            show(frame.payload)

    def _line(self, mark: str, text: str) -> None:
        if self._said:
            print()
            self._said = ""
        print(f"{mark} {text}", file=sys.stderr, flush=True)

    def _route(self, payload: dict[str, Any]) -> None:
        self._line("→", f"{payload['title']} ({payload['score']:.2f}): {payload['why']}")

    def _recommendation(self, payload: dict[str, Any]) -> None:
        self._line("·", f"{payload['title']}: {payload['position']} — {payload['reasons']}")

    def _consult(self, payload: dict[str, Any]) -> None:
        if payload["cause"]:
            self._line("·", f"{payload['title']}: {payload['cause']}")

    def _tool_result(self, payload: dict[str, Any]) -> None:
        mark = "⧗" if payload["approval"] else "✓" if payload["ok"] else "✗"
        self._line(mark, f"{payload['tool']} ({payload['ms']} ms) {payload['told']}".rstrip())

    def _note(self, payload: dict[str, Any]) -> None:
        self._line("!", payload["text"])

    def _approval(self, payload: dict[str, Any]) -> None:
        self.approvals.append(payload)

    def _text_delta(self, payload: dict[str, Any]) -> None:
        if self.text:
            self._said += payload["text"]
            print(payload["text"], end="", flush=True)

    def _text_done(self, payload: dict[str, Any]) -> None:
        if not self.text or not payload["text"]:
            return
        if self._said.strip() != payload["text"].strip():
            print(f"\n{payload['text']}" if self._said else payload["text"])
        else:
            print()
        self._said = ""

    def _turn_failed(self, payload: dict[str, Any]) -> None:
        self._line("✗", f"{payload['said']} {payload['undone']}")


def talk(h: House, thread_id: UUID | None) -> int:
    """Talk until the person leaves."""
    print(translate(WELCOME, h.actor.locale), file=sys.stderr)
    with asyncio.Runner() as runner:
        turns = Turns(h.installation)
        runner.run(turns.open())
        try:
            while (text := _ask(PROMPT)) is not None:
                if text:
                    thread_id = _exchange(runner, h, turns, text, thread_id)
        finally:
            runner.run(turns.close())
    return 0


def _ask(prompt: str) -> str | None:
    """A line from the person; None to leave."""
    try:
        return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        print(file=sys.stderr)
        return None


def _exchange(runner: asyncio.Runner, h: House, turns: Turns, text: str, thread_id: UUID | None) -> UUID | None:
    """One request and what follows from it; the conversation it belongs to."""
    progress = Progress(h.actor.locale, text=True)
    try:
        runner.run(_one(h, turns, text, thread_id, progress))
        for asked in progress.approvals:
            runner.run(_follow_decision(h, turns, asked, _decide(h, asked)))
    except AitError as error:
        report(error, h.actor.locale)
    return progress.thread or thread_id


async def _one(h: House, turns: Turns, text: str, thread_id: UUID | None, progress: Progress) -> None:
    turn = await turns.start(h.actor, h.origin, text, thread_id)
    await _show(h, turns, turn, progress)


async def _show(h: House, turns: Turns, turn: UUID, progress: Progress) -> None:
    """Follow a turn to its end; the first Ctrl C stops it, not us."""
    try:
        async for frame in turns.follow(h.actor, turn):
            progress.show(frame)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        print(translate(STOPPED, h.actor.locale), file=sys.stderr)
        try:
            await turns.cancel(h.actor, turn)
        except Conflict:
            return  # it ended in the same moment


def _decide(h: House, asked: dict[str, Any]) -> bool:
    """Let the person decide here, if it is his to decide; whether he did."""
    approvals, id = h.installation.approvals, UUID(asked["id"])
    told = {"title": asked["title"], "approvers": asked["approvers"], "id": asked["id"]}
    seen = approvals.show(h.actor, id)
    if not seen.may_decide:
        print(translate(WAITS, h.actor.locale, **told), file=sys.stderr)
        return False
    key = (_ask(translate(DECIDE, h.actor.locale, **told)) or "").lower()
    if key == "a":
        actor = shown(h) if seen.step_up is not None else h.actor
        approvals.approve(actor, id, asked["preview_hash"], origin=h.origin)
    elif key == "r":
        approvals.reject(h.actor, id, _ask(translate(REASON, h.actor.locale)) or "", h.origin)
    elif key == "e":
        approvals.edit(h.actor, id, parse((_ask(translate(ARGUMENTS, h.actor.locale)) or "").encode()), h.origin)
    return key in ("a", "r", "e")


async def _follow_decision(h: House, turns: Turns, asked: dict[str, Any], decided: bool) -> None:
    if not decided:
        return
    turn = await turns.decided(h.actor, UUID(asked["id"]))
    if turn is not None:
        await _show(h, turns, turn, Progress(h.actor.locale, text=True))
