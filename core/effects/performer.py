"""What every performer of effects (*efectos*) is, and the three ways in which one can end.

It did it, and gives the reference. It did not (`Refused`, `NotSent`), and knows so. Or it
cannot tell, because the line broke after the request may have left: that is every other
exception, and the row then says `unknown`. What follows from not knowing depends on the
kind: one whose other side tells a repetition by its name is simply asked again; any other
is never repeated blindly, but looked up, or settled by a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, Protocol, TypeAlias
from uuid import UUID

from core.errors import AitError
from core.i18n import N_

TIMEOUT_SECONDS: Final = 20.0
Standing: TypeAlias = Literal["sent", "absent", "unknown"]


class Refused(AitError):
    """The other side refused for good; a person has to look."""

    code = "ait.effect_refused"
    text = N_("El destinatario o el servidor lo rechaza: {reason}")


class NotSent(AitError):
    """It certainly did not leave, and trying again may help; not before `retry_after` seconds, if given."""

    code = "ait.effect_not_sent"
    text = N_("No ha salido: {reason}")

    def __init__(self, *, reason: object, retry_after: float | None = None, counts: bool = True) -> None:
        """Say why; `counts` is False if it was not even tried, as when a host is given a rest."""
        super().__init__(reason=str(reason))
        self.retry_after, self.counts = retry_after, counts


@dataclass(frozen=True)
class Order:
    """One effect as its performer gets it; `id` is the outbox row's, and names the act for ever."""

    id: UUID
    recipient: str
    subject: str
    body: str
    extra: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, id: UUID, payload: Mapping[str, Any]) -> "Order":
        """The order in an outbox row."""
        return cls(
            id,
            str(payload.get("recipient") or ""),
            str(payload.get("subject") or ""),
            str(payload.get("body") or ""),
            payload.get("extra") or {},
        )


class Performer(Protocol):
    """Performs the effects of one kind."""

    idempotent: ClassVar[bool]
    """Whether the other side does it once, however often it is asked under the same name."""

    @property
    def missing(self) -> str | None:
        """What is not configured yet, said in Spanish; None if it is ready. Rows wait meanwhile."""

    def reference(self, order: Order) -> str:
        """The name by which the other side will know it; kept before the act, so that it can be looked up."""

    def perform(self, order: Order) -> str:
        """Do it, and give the reference by which the other side knows it.

        Raises:
            Refused: it will never work.
            NotSent: it did not leave.
            Exception: any other leaves the outcome unknown.
        """

    def look_up(self, order: Order) -> Standing:
        """Whether it arrived, if the other side can be asked; an exception counts as unknown."""
