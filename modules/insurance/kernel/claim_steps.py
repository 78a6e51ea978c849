"""What comes next in a claim (*próximos pasos*), by its state and the law's deadlines; pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from core.dates import add_months
from core.i18n import N_
from modules.insurance.kernel.records import Claim
from modules.insurance.kernel.states import ClaimState

DECLARE: Final = timedelta(days=7)  # LCS art. 16
LEAST_PAYMENT: Final = timedelta(days=40)  # LCS art. 18
DEFAULT_MONTHS: Final = 3  # LCS art. 20.3
PERSONS: Final = frozenset(("vida", "salud", "decesos", "ahorro", "pensiones", "unit-linked"))
LIMITATION: Final = {True: 5 * 12, False: 2 * 12}  # months: of persons, of damage; LCS art. 23
UNPAID: Final = frozenset(ClaimState) - {
    ClaimState.PAID, ClaimState.REJECTED, ClaimState.CLOSED, ClaimState.NOTIFIED,
}  # fmt: skip


class Step(NamedTuple):
    """One thing to do; `due` is the last day for it, `law` where that stands."""

    text: str
    due: date | None = None
    law: str = ""


BY_STATE: Final[Mapping[str, str]] = {
    ClaimState.NOTIFIED: N_("Registrar el siniestro y abrir su expediente."),
    ClaimState.REGISTERED: N_("Comprobar la cobertura: garantías, franquicia y recibos al corriente."),
    ClaimState.COVERAGE_CHECK: N_("Comprobar la cobertura: garantías, franquicia y recibos al corriente."),
    ClaimState.OPEN: N_("Pedir a la compañía perito y número de expediente."),
    ClaimState.REOPENED: N_("Pedir a la compañía perito y número de expediente."),
    ClaimState.ADJUSTING: N_("Pedir el informe del perito y reunir facturas y presupuestos."),
    ClaimState.OFFERED: N_("Explicar la oferta al asegurado y recoger por escrito si la acepta."),
    ClaimState.ACCEPTED: N_("Comprobar que la compañía paga lo acordado."),
    ClaimState.DISPUTED: N_("Valorar un perito de parte o una reclamación ante la compañía."),
    ClaimState.EXPERTS: N_("Seguir el dictamen de los peritos de parte."),
    ClaimState.MEDIATION: N_("Seguir la mediación."),
    ClaimState.COURT: N_("Seguir el procedimiento judicial."),
    ClaimState.REJECTED: N_("Explicar el rechazo por escrito y las vías de reclamación."),
    ClaimState.PAID: N_("Confirmar el cobro con el asegurado y cerrar el expediente."),
}
TO_DECLARE: Final = N_("Declarar el siniestro a la compañía.")
TO_PAY: Final = N_("La compañía debe pagar el importe mínimo de lo que pueda deber.")
IN_DEFAULT: Final = N_("Sin pago, la compañía incurre en mora con intereses.")
BARRED: Final = N_("La acción para reclamar prescribe.")


def next_steps(claim: Claim, line: str) -> tuple[Step, ...]:
    """The steps that are open in `claim`, those with a deadline first, soonest first."""
    dated = []
    if claim.notified_on is None and claim.state != ClaimState.CLOSED:
        dated.append(Step(TO_DECLARE, claim.known_on + DECLARE, "LCS art. 16"))
    if claim.state in UNPAID and claim.paid_amount == 0:
        if claim.notified_on is not None:
            dated.append(Step(TO_PAY, claim.notified_on + LEAST_PAYMENT, "LCS art. 18"))
        dated.append(Step(IN_DEFAULT, add_months(claim.occurred_on, DEFAULT_MONTHS), "LCS art. 20.3"))
    if claim.state in (ClaimState.REJECTED, ClaimState.DISPUTED):
        barred = add_months(claim.occurred_on, LIMITATION[line in PERSONS])
        dated.append(Step(BARRED, barred, "LCS art. 23"))
    dated.sort(key=lambda step: step.due or date.max)
    text = BY_STATE.get(claim.state)
    return (*dated, Step(text)) if text else tuple(dated)
