"""Step-up (*reautenticación*): some acts want a person who has just shown who he is (RFC 9470)."""

from datetime import datetime

from core.context import Actor
from core.errors import StepUpRequired


def require_fresh(actor: Actor, seconds: int | None, now: datetime) -> None:
    """Go on only if the person showed who is there at most `seconds` ago.

    Raises:
        StepUpRequired: it was longer ago, or is not known (an access token has no factor).
    """
    if seconds is None:
        return
    if actor.factor_at is None or (now - actor.factor_at).total_seconds() > seconds:
        raise StepUpRequired(minutes=seconds // 60, seconds=seconds)
