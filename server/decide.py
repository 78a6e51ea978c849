"""Deciding, as every face does it: grant, run for whoever asked, and let the conversation go on."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from core.context import Actor, Origin
from core.errors import AitError
from server.house import House
from tools.approvals import ApprovalView, Decided
from tools.approvals.service import Bulk
from tools.gate.hold import Stale
from tools.gate.records import ApprovalState


async def approve_and_run(
    house: House, actor: Actor, id: UUID, preview_hash: str, comment: str, origin: Origin
) -> ApprovalView:
    """Grant exactly `preview_hash` and, once enough persons have, run the call; how it stands afterwards.

    Raises:
        Stale: something changed meanwhile; `approval_id` in its detail is the new decision.
        StepUpRequired: the person must show once more who is there.
        AitError: not this person's to decide, or decided already.
    """
    view = await asyncio.to_thread(house.installation.approvals.approve, actor, id, preview_hash, comment, origin)
    return await _run(house, actor, view, origin)


async def decide_many_and_run(
    house: House, actor: Actor, seen: Sequence[tuple[UUID, str]], decision: Bulk, reason: str, origin: Origin
) -> list[Decided]:
    """Decide many that are alike and run what was granted, one after another; how each stands.

    Raises:
        AitError: they cannot be decided together; none was.
    """
    approvals = house.installation.approvals
    found = await asyncio.to_thread(approvals.decide_many, actor, seen, decision, reason, origin)
    return [await _settled(house, actor, one, origin) for one in found]


async def _settled(house: House, actor: Actor, one: Decided, origin: Origin) -> Decided:
    if one.view is None:
        return one
    try:
        return Decided(one.id, await _run(house, actor, one.view, origin))
    except AitError as error:
        return Decided(one.id, error=error)


async def _run(house: House, actor: Actor, view: ApprovalView, origin: Origin) -> ApprovalView:
    """Run what is granted, and let the conversation go on, whatever became of it."""
    approvals = house.installation.approvals
    if view.state is ApprovalState.PENDING:
        return view  # others have yet to grant it
    try:
        if view.state is ApprovalState.APPROVED:
            await asyncio.to_thread(approvals.execute, actor, view.id, origin)
    except Stale:
        await house.turns.decided(actor, view.id)
        raise
    except AitError:
        pass  # the tool refused: the approval says so itself, with the reason, and is shown as failed
    await house.turns.decided(actor, view.id)
    return await asyncio.to_thread(approvals.show, actor, view.id)
