"""What comes next in a claim (*próximos pasos*), by its state and the law's deadlines; pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from core.dates import add_months
from core.i18n import N_
from modules.insurance.kernel.claim_types import Basis, ClaimType
from modules.insurance.kernel.claims.file import ANSWERED, DECLARE, File, Side
from modules.insurance.kernel.states import ClaimState

LIST_OF_LOSSES: Final = timedelta(days=5)  # LCS art. 38
LEAST_PAYMENT: Final = timedelta(days=40)  # LCS art. 18
DEFAULT_MONTHS: Final = 3  # LCS art. 20.3
REASONED_OFFER_MONTHS: Final = 3  # TRLRCSCVM art. 7.2
OFFER_PAID: Final = timedelta(days=5)  # once accepted, TRLRCSCVM art. 7.2
CONTEST: Final = timedelta(days=180)  # of the experts' finding by the insured, LCS art. 38
UNPAID: Final = frozenset(ClaimState) - {
    ClaimState.PAID, ClaimState.REJECTED, ClaimState.CLOSED, ClaimState.NOTIFIED,
}  # fmt: skip
THINGS: Final = (Basis.AVERAGE, Basis.FIRST_LOSS)


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
TO_LIST: Final = N_("Enviar a la compañía la relación de objetos y la estimación de los daños.")
TO_PAY: Final = N_("La compañía debe pagar el importe mínimo de lo que pueda deber.")
IN_DEFAULT: Final = N_("Sin pago, la compañía incurre en mora con intereses.")
TO_OFFER: Final = N_("La compañía debe dar al perjudicado una oferta o respuesta motivada.")
TO_PAY_OFFER: Final = N_("La compañía debe pagar la oferta motivada que se aceptó.")
TO_NAME: Final = N_("La parte requerida debe nombrar perito o quedará vinculada por el de la otra.")
TO_CONTEST: Final = N_("El asegurado puede impugnar el dictamen de los peritos.")
BARRED: Final = N_("La acción para reclamar prescribe.")
CONSORCIO: Final = N_("Presentar la solicitud al Consorcio de Compensación de Seguros.")


def next_steps(file: File, kind: ClaimType | None = None) -> tuple[Step, ...]:
    """The steps that are open in a file, those with a deadline first, soonest first."""
    claim = file.claim
    dated = [*_declaring(file, kind), *_paying(file), *_to_the_victim(file, kind), *_experts(file)]
    if claim.state in (ClaimState.REJECTED, ClaimState.DISPUTED):
        dated.append(Step(BARRED, file.barred_on, "LCS art. 23"))
    dated.sort(key=lambda step: step.due or date.max)
    text = BY_STATE.get(claim.state)
    return (*dated, Step(text)) if text else tuple(dated)


def _declaring(file: File, kind: ClaimType | None) -> list[Step]:
    claim = file.claim
    if claim.state == ClaimState.CLOSED:
        return []
    if claim.consorcio and claim.state != ClaimState.PAID:
        return [Step(CONSORCIO, claim.known_on + DECLARE, "RD 300/2004 art. 8")]
    if claim.notified_on is None:
        return [Step(TO_DECLARE, claim.known_on + DECLARE, "LCS art. 16")]
    early = claim.state in (ClaimState.REGISTERED, ClaimState.COVERAGE_CHECK, ClaimState.OPEN)
    things = kind is not None and kind.basis in THINGS and not kind.at_fault and not file.persons
    return [Step(TO_LIST, claim.notified_on + LIST_OF_LOSSES, "LCS art. 38")] if early and things else []


def _paying(file: File) -> list[Step]:
    claim = file.claim
    if claim.state not in UNPAID or claim.paid_amount != 0 or claim.consorcio:
        return []
    steps = [Step(IN_DEFAULT, add_months(claim.occurred_on, DEFAULT_MONTHS), "LCS art. 20.3")]
    if claim.notified_on is not None:
        steps.append(Step(TO_PAY, claim.notified_on + LEAST_PAYMENT, "LCS art. 18"))
    return steps


def _to_the_victim(file: File, kind: ClaimType | None) -> list[Step]:
    """The duties to the victim of a motor accident."""
    claim, offer = file.claim, file.offer
    if kind is None or not kind.reasoned_offer:
        return []
    if claim.state == ClaimState.ACCEPTED and offer is not None and offer.answered_on is not None:
        return [Step(TO_PAY_OFFER, offer.answered_on + OFFER_PAID, "TRLRCSCVM art. 7.2")]
    if claim.claimed_on is None or offer is not None or claim.state not in UNPAID:
        return []
    return [Step(TO_OFFER, add_months(claim.claimed_on, REASONED_OFFER_MONTHS), "TRLRCSCVM art. 7.2")]


def _experts(file: File) -> list[Step]:
    if file.claim.state not in UNPAID:
        return []
    asked = [e for e in file.experts if e.requested_on is not None and e.appointed_on is None and e.name is None]
    steps = [Step(TO_NAME, e.requested_on + ANSWERED, "LCS art. 38") for e in asked if e.requested_on]
    if file.claim.state == ClaimState.EXPERTS:
        reports = [e.reported_on for e in file.experts if e.reported_on is not None and e.side != Side.INSURER]
        steps += [Step(TO_CONTEST, max(reports) + CONTEST, "LCS art. 38")] if reports else []
    return steps
