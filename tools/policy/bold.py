"""What no house may loosen (*lo que no se negocia*): calls of which every policy must say at least this."""

from dataclasses import dataclass, replace
from typing import Final

from core.i18n import N_
from tools.policy.facts import Facts

NEVER: Final = 99  # no number of approvals is enough
EVERY_RIGHT: Final = Facts(
    "bold", frozenset({"owner", "executive", "cfo", "compliance", "operations"}), "", "", "", "x:y"
)


@dataclass(frozen=True)
class Demand:
    """A call, how many persons must decide on it at least, and the sentence for whoever drafts less."""

    facts: Facts
    needed: int
    why: str


def _call(cls: str, **more: object) -> Facts:
    return replace(EVERY_RIGHT, cls=cls, **more)  # type: ignore[arg-type]


BOLD: Final = (
    Demand(
        _call("A1", agent="executor/cfo"), NEVER, N_("un agente no puede administrar en ninguna versión de la política")
    ),
    Demand(
        _call("S1", agent="executor/cto"),
        NEVER,
        N_("un agente no puede usar secretos en ninguna versión de la política"),
    ),
    Demand(_call("W1", agent="executor/stranger"), NEVER, N_("un agente desconocido no puede actuar")),
    Demand(_call("W1", agent="specialist/legal"), NEVER, N_("los especialistas solo leen")),
    Demand(
        _call("M1", outward=True, registered=False, amount_cents=1),
        NEVER,
        N_("un pago solo puede ir a un beneficiario verificado del registro"),
    ),
    Demand(_call("M2"), 2, N_("un cambio de datos bancarios lo aprueban al menos dos personas")),
    Demand(_call("B1", subjects=101), 2, N_("una exportación de datos personales la aprueban al menos dos personas")),
    Demand(
        _call("B2", subjects=1, special=True), 2, N_("una exportación de datos especiales la aprueban dos personas")
    ),
    Demand(_call("I1"), 2, N_("un acto irreversible lo deciden al menos dos personas")),
    Demand(_call("W2", stopped=True), NEVER, N_("lo que está detenido no puede actuar")),
    Demand(
        _call("A1", permission="governance:publish"),
        1,
        N_("una versión de la política la publica siempre otra persona más"),
    ),
)
