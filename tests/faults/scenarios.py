"""What a process is doing when it dies, how work goes on after it, and what must hold then.

`prepare` and `recover` run in a process that lives; `act` in the one that dies, which tells
what it was given an answer for (`ack`), as a client would remember it. `recover` does what
production does after a crash (the client repeats its request by the same key, the relay
passes, unfinished turns are taken up) and gives what is wrong: nothing, if all holds.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import UUID

from core.audit.search import Found, Wanted
from core.context import Origin
from core.effects.desk import EffectDesk
from core.errors import AitError, ApprovalRequired
from core.identifiers import new_id
from graphs.context import no_passages
from graphs.turns import Turns
from tests.faults.house import Arrived, House
from tests.graphs.conftest import ASKED, OFFER_AND_ISSUE
from tests.graphs.scripted import Cast
from tools.gate.records import ApprovalState

PATIENCE: Final = 30.0
ROWS: Final = "SELECT id, kind, type, state, entry_id, provider_ref FROM soriano_platform.outbox WHERE key = %s"
COUNT: Final = "SELECT count(*) FROM soriano_platform.approval WHERE"
Task = dict[str, Any]
Acks = Mapping[str, Any]
Ack = Callable[..., None]


class Scenario(Protocol):
    """One story."""

    name: str

    def prepare(self, bench: "Bench", token: str) -> Task:
        """Whatever has to be there before; `token` is this story's own."""

    def act(self, house: House, task: Task, ack: Ack) -> None:
        """What the process does that may die at any point."""

    def recover(self, bench: "Bench", task: Task, acks: Acks) -> Iterator[str]:
        """Go on after it, and give whatever is wrong."""


@dataclass
class Bench:
    """The process that lives: it prepares, recovers and looks."""

    house: House
    loop: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        """Open what it works with."""
        self.open = ExitStack()
        self.relay = self.open.enter_context(self.house.relay())
        self.consumer = self.open.enter_context(self.house.consumer())
        self.admin = self.open.enter_context(self.house.superuser())
        self.turns = turns_of(self.house)
        self.loop.run(self.turns.open())

    def close(self) -> None:
        self.loop.run(self.turns.close())
        self.loop.close()
        self.open.close()

    def one(self, query: str, *values: object) -> Any:
        row = self.admin.execute(query, values).fetchone()
        return row[0] if row else None

    def rows(self, about: str) -> list[dict[str, Any]]:
        """The outbox rows about one record."""
        cursor = self.admin.execute(ROWS, (UUID(about),))
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def entries(self, record: str, tool: str, kind: str = "call.allowed") -> list[Found]:
        audit = self.house.installation.audit
        return audit.search(self.house.broker, Wanted(record=record, tool=tool, kind=kind))

    def drain(self, about: str) -> None:
        """Let the relay and the consumer work until nothing about this record is on its way."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.relay.run_once()
            self.consumer.run_once()
            if all(row["state"] in ("sent", "failed", "unknown") for row in self.rows(about)):
                return
            time.sleep(0.02)

    def heard(self, token: str) -> int:
        return int(self.one("SELECT count(*) FROM soriano_platform.faults_heard WHERE token = %s", token))

    def noted(self, token: str) -> list[str]:
        found = self.admin.execute("SELECT id::text FROM soriano_crm.interaction WHERE summary = %s", (token,))
        return [row[0] for row in found]


def turns_of(house: House) -> Turns:
    """Turns that look nothing up: the knowledge base has threads of its own, which no fork survives."""
    return Turns(house.installation, models=Cast(OFFER_AND_ISSUE), passages=no_passages)


def expect(what: str, found: object, wanted: object) -> Iterator[str]:
    """A complaint unless they are equal."""
    if found != wanted:
        yield f"{what}: {found!r}, not {wanted!r}"


def once_outside(bench: Bench, token: str, row: Mapping[str, Any]) -> Iterator[str]:
    """One e-mail, under the name that its row keeps."""
    yield from expect("e-mails", bench.house.arrived(token).mails, [row["provider_ref"]])


class Write:
    """(a) A write with an idempotency key, an event and an e-mail."""

    name = "write"

    def prepare(self, bench: Bench, token: str) -> Task:
        return {"token": token}

    def _call(self, house: House, task: Task) -> Any:
        args = {"customer": house.customer, "token": task["token"]}
        return house.call("faults_note_dealing", args, key=task["token"])

    def act(self, house: House, task: Task, ack: Ack) -> None:
        outcome = self._call(house, task)
        ack(entry=str(outcome.entry_id), value=outcome.json)
        self._call(house, task)  # a client that did not hear the answer

    def recover(self, bench: Bench, task: Task, acks: Acks) -> Iterator[str]:
        token, outcome = task["token"], self._call(bench.house, task)
        if acks:
            yield from expect("acknowledged entry", str(outcome.entry_id), acks["entry"])
            yield from expect("acknowledged value", outcome.json, acks["value"])
            yield from expect("replayed", outcome.replayed, True)
        yield from expect("rows", bench.noted(token), [outcome.json])
        entries = bench.entries(outcome.json, "faults_note_dealing")
        yield from expect("audit entries", [e.id for e in entries], [outcome.entry_id])
        rows = bench.rows(outcome.json)
        yield from expect("outbox", sorted(r["type"] for r in rows), ["email", "interaction.noted"])
        yield from expect("outbox's entry", {r["entry_id"] for r in rows}, {outcome.entry_id})
        kept = bench.admin.execute(
            "SELECT entry_id, result FROM soriano_platform.idempotency WHERE key = %s", (token,)
        ).fetchall()
        yield from expect("idempotency", kept, [(outcome.entry_id, outcome.json)])
        bench.drain(outcome.json)
        rows = bench.rows(outcome.json)
        yield from expect("states", {r["state"] for r in rows}, {"sent"})
        for row in rows:
            if row["kind"] == "effect":
                yield from once_outside(bench, token, row)
        yield from expect("heard", bench.heard(token), 1)


class Approved:
    """(b) A call that is held, the decision, and its execution."""

    name = "approval"

    def prepare(self, bench: Bench, token: str) -> Task:
        args = {"customer": bench.house.customer, "token": token}
        return {"token": token, "offer": bench.house.call("faults_make_offer", args).json}

    def _ask(self, house: House, task: Task) -> UUID:
        args = {"offer": task["offer"], "token": task["token"]}
        try:
            house.call("faults_bind_offer", args, key=task["token"])
        except ApprovalRequired as held:
            return UUID(str(held.detail["approval_id"]))
        raise AssertionError("it was not held")

    def act(self, house: House, task: Task, ack: Ack) -> None:
        approvals = house.installation.approvals
        id = self._ask(house, task)
        ack(held=str(id))
        view = approvals.show(house.executive, id)
        approvals.approve(house.executive, id, view.preview_hash)
        ack(approved=True)
        ack(entry=str(approvals.execute(house.executive, id).entry_id))

    def recover(self, bench: Bench, task: Task, acks: Acks) -> Iterator[str]:
        house, offer = bench.house, task["offer"]
        approvals, known = house.installation.approvals, acks.get("held")
        if "entry" not in acks:
            try:
                asked = str(self._ask(house, task))
            except AitError as error:  # it was executed, so that there is nothing left to ask for
                asked = str(
                    bench.one("SELECT id FROM soriano_platform.approval WHERE idempotency_key = %s", task["token"])
                )
                yield from expect("bound already", "ya está formalizada" in str(error), True)
            yield from expect("the same decision", asked, known or asked)
            known = asked
        id = UUID(str(known))
        yield from expect("approvals", bench.one(f"{COUNT} idempotency_key = %s", task["token"]), 1)
        view = approvals.show(house.executive, id)
        if "approved" in acks:
            yield from expect("still approved", view.state in (ApprovalState.APPROVED, ApprovalState.EXECUTED), True)
        if view.state is ApprovalState.PENDING:
            approvals.approve(house.executive, id, view.preview_hash)
        entry = approvals.execute(house.executive, id).entry_id
        again = approvals.execute(house.executive, id)
        yield from expect("executed again", (again.entry_id, again.replayed), (entry, True))
        yield from expect("acknowledged entry", str(entry), acks.get("entry", str(entry)))
        yield from bound_once(bench, offer, "faults_bind_offer", id)
        yield from expect("outbox", sorted(r["type"] for r in bench.rows(offer)), ["email", "interaction.bound"])
        bench.drain(offer)
        for row in bench.rows(offer):
            yield from expect("state", row["state"], "sent")
            if row["kind"] == "effect":
                yield from once_outside(bench, task["token"], row)
        yield from expect("heard", bench.heard(task["token"]), 1)


def bound_once(bench: Bench, offer: str, tool: str, approval: UUID) -> Iterator[str]:
    """The offer was bound by one executed approval, with one entry and one new version."""
    row = bench.admin.execute("SELECT topic, version FROM soriano_crm.interaction WHERE id = %s", (offer,)).fetchone()
    yield from expect("offer", row, ("policy", 2))
    entries = bench.entries(offer, tool)
    yield from expect("allowed entries", len(entries), 1)
    kept = bench.admin.execute(
        "SELECT state::text, entry_id FROM soriano_platform.approval WHERE id = %s", (approval,)
    ).fetchone()
    yield from expect("approval", kept, ("EXECUTED", entries[0].id if entries else None))


class Relayed:
    """(c) The relay and a consumer at work: an event, an e-mail, a webhook, a file and a wire."""

    name = "relay"

    def prepare(self, bench: Bench, token: str) -> Task:
        args = {"customer": bench.house.customer, "token": token, "hooks": bench.house.http_url}
        return {"token": token, "about": bench.house.call("faults_tell_everybody", args).json}

    def act(self, house: House, task: Task, ack: Ack) -> None:
        with house.relay() as relay, house.consumer() as consumer:
            relay.run_once()
            consumer.run_once()

    def recover(self, bench: Bench, task: Task, acks: Acks) -> Iterator[str]:
        token, about = task["token"], task["about"]
        bench.drain(about)
        rows = {r["type"]: r for r in bench.rows(about)}
        seen = bench.house.arrived(token)
        yield from expect("wires at most once", seen.wires in (0, 1), True)
        wire = rows["wire"]
        if wire["state"] == "unknown":  # a person asks the bank, and says what it said
            desk = EffectDesk(bench.house.installation.database, bench.house.installation.audit)
            ref = "said by the bank" if seen.wires else None
            desk.settle(bench.house.executive, Origin("cli", new_id()), wire["id"], ref)
            bench.drain(about)
        seen, rows = bench.house.arrived(token), {r["type"]: r for r in bench.rows(about)}
        yield from self._left(bench, token, rows, seen)
        yield from expect("heard", bench.heard(token), 1)

    def _left(self, bench: Bench, token: str, rows: Mapping[str, Any], seen: Arrived) -> Iterator[str]:
        yield from expect("states", {name: row["state"] for name, row in rows.items()}, dict.fromkeys(rows, "sent"))
        yield from expect("wires", seen.wires, 1)
        # Asked for twice at most, under one name: the other side shows and does it once.
        yield from expect("e-mails", set(seen.mails), {rows["email"]["provider_ref"]})
        yield from expect("e-mails' times", len(seen.mails) in (1, 2), True)
        yield from expect("webhooks", seen.done, [str(rows["webhook"]["id"])])
        yield from expect("webhooks' times", len(seen.hooks) in (1, 2), True)
        folder = bench.house.outgoing
        files = [path.read_text() for path in folder.glob(f"{token}*") if path.is_file()]
        yield from expect("files", files, [f"body of {token}"])
        yield from expect("staged files", list((folder / ".staging").glob(f"{token}*")), [])


class Resumed:
    """(d1) The action thread of an approval that a chat asked for, once it is decided."""

    name = "resume"

    def prepare(self, bench: Bench, token: str) -> Task:
        house = bench.house

        async def story() -> tuple[str, str]:
            turn = await bench.turns.start(house.broker, Origin("web", new_id()), f"{ASKED} ({token})")
            result = await bench.turns.wait(house.broker, turn)
            offer = next(c for c in result.tool_calls if c["name"] == "desk_offer_cover")["result"]["quote"]
            return result.approvals[0]["id"], offer

        approval, offer = bench.loop.run(story())
        view = house.installation.approvals.show(house.executive, UUID(approval))
        house.installation.approvals.approve(house.executive, view.id, view.preview_hash)
        return {"token": token, "approval": approval, "offer": offer}

    def act(self, house: House, task: Task, ack: Ack) -> None:
        async def story() -> None:
            turns = turns_of(house)
            await turns.open()
            turn = await turns.decided(house.executive, UUID(task["approval"]))
            ack(turn=str(turn))
            await turns.wait(house.broker, turn)
            ack(done=True)
            await turns.close()

        asyncio.run(story())

    def recover(self, bench: Bench, task: Task, acks: Acks) -> Iterator[str]:
        approval, house = UUID(task["approval"]), bench.house
        follow = bench.turns.store.continuing

        def ended() -> bool:
            id = follow(house.broker.tenant_id, approval)
            row = id and bench.turns.store.turn(house.broker.tenant_id, id)
            return bool(row) and row.state != "running"

        bench.loop.run(resumed(bench, ended))
        turn = follow(house.broker.tenant_id, approval)
        yield from expect("the turn that tells", turn is not None, True)
        if turn is None:
            return
        yield from expect("acknowledged turn", str(turn), acks.get("turn", str(turn)))
        link = bench.turns.store.linked(house.broker.tenant_id, approval)
        yield from expect("reported", link is not None and link.reported, True)
        tell = bench.one("SELECT count(*) FROM soriano_platform.turn WHERE approval_id = %s", approval)
        yield from expect("turns that tell", tell, 1)
        yield from bound_once(bench, task["offer"], "desk_issue_cover", approval)
        yield from told_once(bench, turn, "done")


class Cut:
    """(d2) A turn that is cut anywhere between its question and its proposal."""

    name = "turn"

    def prepare(self, bench: Bench, token: str) -> Task:
        return {"token": token}

    def act(self, house: House, task: Task, ack: Ack) -> None:
        async def story() -> None:
            turns = turns_of(house)
            await turns.open()
            turn = await turns.start(house.broker, Origin("web", new_id()), f"{ASKED} ({task['token']})")
            ack(turn=str(turn))
            await turns.wait(house.broker, turn)
            ack(done=True)
            await turns.close()

        asyncio.run(story())

    def recover(self, bench: Bench, task: Task, acks: Acks) -> Iterator[str]:
        text = f"{ASKED} ({task['token']})"
        found = bench.admin.execute(
            "SELECT id, tenant_id FROM soriano_platform.turn WHERE text = %s", (text,)
        ).fetchall()
        if not found and "turn" not in acks:
            return  # it died before the turn was written: nothing was promised, and nothing done
        yield from expect(
            "turns", [str(row[0]) for row in found], [acks.get("turn", str(found[0][0]) if found else "")]
        )
        if not found:
            return
        turn, tenant = found[0]

        def ended() -> bool:
            row = bench.turns.store.turn(tenant, turn)
            return row is not None and row.state != "running"

        bench.loop.run(resumed(bench, ended))
        yield from told_once(bench, turn, "interrupted")
        drafts = bench.house.installation.audit.search(
            bench.house.broker, Wanted(turn=turn, tool="desk_offer_cover", kind="call.allowed")
        )
        yield from expect("drafts", len(drafts), 1)
        yield from expect("approvals", bench.one(f"{COUNT} turn_id = %s", turn), 1)


async def resumed(bench: Bench, ended: Callable[[], bool]) -> None:
    """Take up what is unfinished until the story has ended, as a server's watcher does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        await bench.turns.resume_unfinished()
        for task in list(bench.turns._tasks.values()):
            await asyncio.wait([task], timeout=PATIENCE)
        if await asyncio.to_thread(ended):
            break
        await asyncio.sleep(0.05)
    if bench.turns._cleaning:
        await asyncio.wait(bench.turns._cleaning)


def told_once(bench: Bench, turn: UUID, outcome: str) -> Iterator[str]:
    """The turn has ended, and its frames are whole: numbered without gaps, with one end."""
    frames = bench.admin.execute(
        "SELECT seq, type FROM soriano_platform.turn_event WHERE turn_id = %s ORDER BY seq", (turn,)
    ).fetchall()
    yield from expect("frames", [seq for seq, _ in frames], list(range(1, len(frames) + 1)))
    ends = [type for _, type in frames if type.startswith("turn.f")]
    yield from expect("ends", ends, ["turn.finished"])
    yield from expect("outcome", bench.one("SELECT state FROM soriano_platform.turn WHERE id = %s", turn), outcome)
    yield from expect(
        "work left", bench.one("SELECT count(*) FROM soriano_platform.graph_work WHERE key = %s", f"turn:{turn}"), 0
    )


SCENARIOS: Final[tuple[Scenario, ...]] = (Write(), Approved(), Relayed(), Resumed(), Cut())
