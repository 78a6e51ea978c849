"""Deciding, as every face does it: grant, run for whoever asked, and let the conversation go on."""

import asyncio
from uuid import UUID

from core.context import Actor, Origin
from core.errors import AitError
from server.house import House
from tools.approvals import ApprovalView
from tools.gate.hold import Stale


async def approve_and_run(
    house: House, actor: Actor, id: UUID, preview_hash: str, comment: str, origin: Origin
) -> ApprovalView:
    """Grant exactly `preview_hash` and run the call; the approval as it stands afterwards.

    Raises:
        Stale: something changed meanwhile; `approval_id` in its detail is the new decision.
        AitError: not this person's to decide, or decided already.
    """
    approvals = house.installation.approvals
    await asyncio.to_thread(approvals.approve, actor, id, preview_hash, comment, origin)
    try:
        await asyncio.to_thread(approvals.execute, actor, id, origin)
    except Stale:
        await house.turns.decided(actor, id)
        raise
    except AitError:
        # The tool refused: the approval says so itself, with the reason, and is shown as failed.
        await house.turns.decided(actor, id)
        return await asyncio.to_thread(approvals.show, actor, id)
    await house.turns.decided(actor, id)
    return await asyncio.to_thread(approvals.show, actor, id)
