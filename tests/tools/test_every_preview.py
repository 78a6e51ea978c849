"""The exact preview, tried on every tool that writes: what is shown is what happens, to the row and the letter.

Calls are drawn from each tool's own schema (`arguments`), in a filled brokerage (`books`).
More of them: `HYPOTHESIS_PROFILE=long`.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import DateTime, inspect

from core.context import Actor
from core.errors import AitError, BadArguments, Conflict, Denied, NotFound
from tests.tools.books import BOOKKEEPING, MIRRORED, STANDING, Book, Desk, Key, State, kinds, timeless
from tests.tools.trying import every_tool, try_calls
from tools.approvals import ApprovalView
from tools.gate import Work
from tools.gate.hold import Stale
from tools.preview import INSTANT, Preview

WRITING = [tool.name for tool in every_tool() if not tool.risk.reads_only]


@pytest.mark.parametrize("name", WRITING)
def test_what_is_previewed_is_what_happens(book: Book, name: str) -> None:
    def check(desk: Desk, work: Work, other: Any) -> None:
        args, ids = work.call.args, tuple(work.ids)
        assert work.preview is not None
        again = desk.preview(desk.wish(name, work.args, ids=ids))
        assert again.args == work.args, "arguments that were kept as JSON are others when they are read again"
        assert again.preview is not None
        assert again.preview.hash == work.preview.hash, "two previews of one call differ"
        if work.decision.verdict == "allow":
            allowed(desk, name, args, ids, work.preview)
        id = desk.asked(desk.wish(name, args))
        edited(desk, id, name, (other, args))
        stale(desk, id)
        granted(desk, id)

    try_calls(book, name, check, most=3)


def test_fields_that_hold_an_instant_are_called_so() -> None:
    """A preview's hash leaves them out by their name; an `until` is a date that somebody has chosen."""
    for table, kind in kinds().items():
        for column in inspect(kind).columns:
            chosen = column.key.endswith("until")
            assert chosen or isinstance(column.type, DateTime) == bool(INSTANT.search(column.key)), (table, column.key)


def allowed(desk: Desk, name: str, args: Any, ids: tuple[UUID, ...], preview: Preview) -> None:
    """A call that nobody has to decide does what its preview says."""
    with desk.apart():
        before = Before.of(desk, preview)
        desk.gate.call(desk.wish(name, args, ids=ids))
        before.expect(desk, preview)


def edited(desk: Desk, id: UUID, name: str, wanted: Sequence[Any]) -> None:
    """An edited act is decided anew, by its own preview, and the first one is no more."""
    with desk.apart():
        old, person, before = desk.show(id), desk.decider(id), desk.state()
        other, new = edit(desk, id, person, wanted)
        assert only_bookkeeping(before, desk.state())
        assert new.args == desk.preview(desk.wish(name, other)).args
        assert (new.preview_hash == old.preview_hash) <= (new.args == old.args)
        assert desk.show(id).state == "superseded"
        with pytest.raises(AitError):
            desk.approvals.approve(person, id, old.preview_hash)
        assert desk.granted(new.id).state == "approved"
        with desk.apart():
            before_run = Before.of(desk, new.preview)
            desk.execute(new.id)
            before_run.expect(desk, new.preview)


def edit(desk: Desk, id: UUID, person: Actor, wanted: Sequence[Any]) -> tuple[Any, ApprovalView]:
    """Edit it to the first of the `wanted` arguments that fit: those of the call itself do, at last."""
    for other in wanted[:-1]:
        with suppress(BadArguments, Conflict, Denied, NotFound):
            return other, desk.approvals.edit(person, id, other)
    return wanted[-1], desk.approvals.edit(person, id, wanted[-1])


def stale(desk: Desk, id: UUID) -> None:
    """A row that was changed by somebody else since makes the approval worth nothing."""
    for row in desk.show(id).preview.rows:
        if row.op == "insert":
            continue
        with desk.apart():
            assert desk.granted(id).state == "approved"
            desk.touch(row.table, str(row.id))
            before = desk.state()
            with pytest.raises(Stale):
                desk.execute(id)
            assert only_bookkeeping(before, desk.state())
            assert desk.show(id).state == "stale"
        return


def granted(desk: Desk, id: UUID) -> None:
    """What enough persons have granted is done, and nothing else; and once."""
    view: ApprovalView = desk.granted(id)
    assert view.state == "approved"
    before = Before.of(desk, view.preview)
    desk.execute(id)
    before.expect(desk, view.preview)
    after = desk.state()
    assert desk.execute(id).replayed
    assert desk.state() == after


def only_bookkeeping(before: State, after: State) -> bool:
    """Whether nothing happened but decisions."""
    sent = {type for id, (_, type, _, _) in after.sent.items() if id not in before.sent}
    changed = {table for table, _ in before.changed(after)}
    return changed <= BOOKKEEPING and all(type.startswith("approval.") for type in sent)


class Before:
    """The tenant before a run, with the rows that its preview names."""

    def __init__(self, desk: Desk, preview: Preview) -> None:
        """Take it down."""
        self.keys: set[Key] = {(row.table, str(row.id)) for row in preview.rows}
        self.state, self.rows = desk.state(), desk.rows(self.keys)

    @classmethod
    def of(cls, desk: Desk, preview: Preview) -> "Before":
        """As it is now."""
        return cls(desk, preview)

    def expect(self, desk: Desk, preview: Preview) -> None:
        """Demand that exactly what `preview` says has happened since."""
        after = desk.state()
        changed = {key for key in self.state.changed(after) if key[0] not in BOOKKEEPING}
        mirrored = not MIRRORED.isdisjoint(table for table, _ in self.keys)
        assert {key for key in changed if not (mirrored and key[0] == STANDING)} == self.keys
        self._expect_rows(desk, preview)
        sent = [said for id, said in after.sent.items() if id not in self.state.sent]
        effects = [(type, p["recipient"], p["subject"], p["body"]) for kind, type, _, p in sent if kind == "effect"]
        events = [(type, key) for kind, type, key, _ in sent if kind == "event"]
        assert effects == [(e.kind, e.recipient, e.subject, e.body) for e in preview.effects]
        assert events == [(e.type, e.key) for e in preview.events]
        assert self.state.sent.items() <= after.sent.items()

    def _expect_rows(self, desk: Desk, preview: Preview) -> None:
        now = desk.rows(self.keys)
        for row in preview.rows:
            key = row.table, str(row.id)
            was, is_ = self.rows.get(key), now.get(key)
            shown = timeless(row.table, row.before), timeless(row.table, row.after)
            if row.op == "insert":
                assert is_ is not None
                assert was is None or was.deleted
                assert shown == ({}, timeless(row.table, is_.told))
            elif row.op == "delete":
                assert was is not None
                assert is_ is None or is_.deleted
                assert shown == (timeless(row.table, was.told), {})
            else:
                assert was is not None
                assert is_ is not None
                names = {name for name, value in is_.fields.items() if value != was.fields[name]}
                lasting = timeless(row.table, dict.fromkeys(names))
                assert shown[0] == {name: was.fields[name] for name in lasting}
                assert shown[1] == {name: is_.fields[name] for name in lasting}
