"""Erasing from the log (*supresión*): a data subject's key is destroyed after the erasure was committed."""

from collections.abc import Callable
from typing import ClassVar
from uuid import UUID

from core.audit.erasure import OnHold
from core.audit.log import AuditLog
from core.context import Actor, Origin
from core.effects.performer import Order, Refused, Standing
from core.errors import NotFound
from core.identifiers import new_id


class Eraser:
    """Performs effects of kind `erasure`: the recipient is the subject, `extra` says who ordered it."""

    idempotent: ClassVar[bool] = True
    missing: ClassVar[str | None] = None

    def __init__(self, audit: AuditLog, actor_of: Callable[[str, UUID], Actor]) -> None:
        """Erase from `audit`, as the person that `actor_of` finds by name and tenant."""
        self.audit, self.actor_of = audit, actor_of

    def reference(self, order: Order) -> str:
        """The effect's own id: there is no other side."""
        return str(order.id)

    def perform(self, order: Order) -> str:
        """Destroy the key; one that was never made, or is destroyed already, is as good.

        Raises:
            Refused: a legal hold stands, or whoever ordered it is gone.
        """
        try:
            actor = self.actor_of(order.extra["user"], UUID(order.extra["tenant"]))
        except NotFound as error:
            # Nobody is left in whose name it could be done: a person has to look, lest it seem done.
            raise Refused(reason=error.told("es")) from error
        try:
            self.audit.erase(actor, Origin("job", new_id()), order.recipient, order.subject)
        except OnHold as error:
            raise Refused(reason=error.told("es")) from error
        except NotFound:
            pass  # the key was never made, or is destroyed already
        return self.reference(order)

    def look_up(self, order: Order) -> Standing:
        """Asking again does no harm, so nobody needs to know."""
        return "unknown"
