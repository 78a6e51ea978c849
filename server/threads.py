"""Conversations as pages need them: a person's own thread, its turns folded, a turn's thread."""

import asyncio
from uuid import UUID

from core.context import Actor
from core.errors import NotFound
from core.i18n import N_
from graphs.payloads import Frame
from graphs.records import Thread
from server.house import House
from server.view.turn import TurnView


async def own_thread(house: House, actor: Actor, thread_id: UUID) -> Thread:
    """One thread of the person's own.

    Raises:
        NotFound: there is none; another person's does not exist either.
    """

    def look() -> Thread:
        with house.installation.database.transaction(actor.tenant_id) as session:
            found = session.get(Thread, (actor.tenant_id, thread_id))
            if found is None or found.user_id != actor.user_id:
                raise NotFound(what=N_("la conversación"), ref=thread_id)
            return found

    return await asyncio.to_thread(look)


async def thread_of(house: House, actor: Actor, turn_id: UUID) -> UUID:
    """The thread of the person's own turn.

    Raises:
        NotFound: there is no such turn.
    """
    return (await asyncio.to_thread(house.turns.store.own_turn, actor, turn_id)).thread_id


async def views(house: House, actor: Actor, thread_id: UUID) -> list[TurnView]:
    """All turns of the person's thread, folded as far as they have come.

    Raises:
        NotFound: the person has no such thread.
    """
    rows = await house.turns.turns(actor, thread_id)
    frames: dict[str, list[Frame]] = {}
    for frame in await house.turns.history(actor, thread_id):
        frames.setdefault(frame.turn, []).append(frame)
    return [view_of(house, actor, row.id, row.text).fold(frames.get(str(row.id), [])) for row in rows]


def view_of(house: House, actor: Actor, turn_id: UUID, text: str = "") -> TurnView:
    """A turn to fold frames into, which knows the tools that are loaded now."""
    return TurnView(str(turn_id), text, actor.locale, house.installation.catalogue.tools.get)
