"""Why a policy ends (*causas de extinción*): who may end it, until when, what is given back, by which article.

The table is data (`data/endings.json`), dated; the words for people stand here.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.dates import add_months
from core.i18n import N_
from modules.insurance.kernel.dated import read_table, row_on
from modules.insurance.kernel.states import PolicyState
from tools import Slot

TABLE: Final = Path(__file__).parent / "data" / "endings.json"


class EndReason(StrEnum):
    """Why a policy ends."""

    NON_RENEWAL_POLICYHOLDER = "non_renewal_policyholder"
    NON_RENEWAL_INSURER = "non_renewal_insurer"
    LATE_CHANGE = "late_change"
    WITHDRAWAL_14D = "withdrawal_14d"
    WITHDRAWAL_30D_LIFE = "withdrawal_30d_life"
    RISK_DISAPPEARED = "risk_disappeared"
    SALE_OF_OBJECT = "sale_of_object"
    SALE_OF_OBJECT_BUYER = "sale_of_object_buyer"
    AGGRAVATION_RESCISSION = "aggravation_rescission"
    RISK_REDUCTION = "risk_reduction"
    MISSTATEMENT_RESCISSION = "misstatement_rescission"
    FIRST_PREMIUM_UNPAID = "first_premium_unpaid"
    MUTUAL = "mutual"
    POLICYHOLDER_MIDTERM = "policyholder_midterm"
    TOTAL_LOSS = "total_loss"


class Void(StrEnum):
    """Why a contract is void from its beginning."""

    NO_RISK = "no_risk"
    NO_INTEREST = "no_interest"


REPLACED: Final = "replaced"
UNPAID: Final = "unpaid"
LABELS: Final[Mapping[str, str]] = {
    "non_renewal_policyholder": N_("oposición del tomador a la prórroga"),
    "non_renewal_insurer": N_("oposición de la aseguradora a la prórroga"),
    "late_change": N_("cambios comunicados con menos de dos meses"),
    "withdrawal_14d": N_("desistimiento de un contrato a distancia (14 días)"),
    "withdrawal_30d_life": N_("resolución de un seguro de vida (30 días)"),
    "risk_disappeared": N_("desaparición del riesgo"),
    "sale_of_object": N_("transmisión del objeto asegurado, por la aseguradora"),
    "sale_of_object_buyer": N_("transmisión del objeto asegurado, por el adquirente"),
    "aggravation_rescission": N_("rescisión por agravación del riesgo"),
    "risk_reduction": N_("disminución del riesgo sin rebaja de la prima"),
    "misstatement_rescission": N_("rescisión por reserva o inexactitud al declarar el riesgo"),
    "first_premium_unpaid": N_("impago de la primera prima"),
    "mutual": N_("acuerdo de las partes"),
    "policyholder_midterm": N_("baja pedida por el tomador antes del vencimiento"),
    "total_loss": N_("siniestro total"),
    "replaced": N_("reemplazo por otra póliza"),
    "no_risk": N_("inexistencia del riesgo al contratar"),
    "no_interest": N_("falta de interés asegurable"),
    "unpaid": N_("extinción por impago"),
}
ReasonChoice: TypeAlias = Annotated[
    EndReason,
    Slot(
        ask=N_("¿Por qué se anula: oposición a la prórroga, desistimiento, desaparición del riesgo, venta, acuerdo…?"),
        cues=("motivo", "causa", "reason"),
        words={
            "non_renewal_policyholder": ("no renovar", "no quiere renovar", "no prorrogar", "not renew", "non-renewal"),
            "non_renewal_insurer": ("la aseguradora se opone", "la compañía no renueva", "insurer opposes"),
            "withdrawal_14d": ("desistimiento", "desiste", "withdrawal"),
            "withdrawal_30d_life": ("resolución de vida", "30 días de vida", "free look"),
            "risk_disappeared": ("desaparición del riesgo", "baja definitiva", "desguace", "risk has disappeared"),
            "sale_of_object": ("venta del objeto", "transmisión"),
            "sale_of_object_buyer": ("el comprador no la quiere", "adquirente"),
            "aggravation_rescission": ("agravación", "aggravation"),
            "misstatement_rescission": ("inexactitud", "declaración falsa", "misstatement"),
            "mutual": ("acuerdo", "mutuo acuerdo", "by agreement", "mutual"),
            "total_loss": ("siniestro total", "total loss"),
        },
    ),
]


class Party(StrEnum):
    """Who may end it."""

    POLICYHOLDER = "policyholder"
    INSURER = "insurer"
    BOTH = "both"
    LAW = "law"


PARTIES: Final[Mapping[str, str]] = {
    "policyholder": N_("el tomador"), "insurer": N_("la aseguradora"), "both": N_("ambas partes"), "law": N_("la ley"),
}  # fmt: skip


class Refund(StrEnum):
    """What of the premium is given back."""

    NOTHING = "nothing"
    PRO_RATA = "pro_rata"
    ALL_BUT_COVER = "all_but_cover"
    SHORT_PERIOD = "short_period"
    ALL = "all"


REFUNDS: Final[Mapping[str, str]] = {
    "nothing": N_("no se devuelve prima: la del período en curso es indivisible"),
    "pro_rata": N_("se devuelve la prima no consumida, a prorrata de días"),
    "all_but_cover": N_("se devuelve todo menos la parte del tiempo cubierto"),
    "short_period": N_("se devuelve según la escala a corto plazo"),
    "all": N_("se devuelve todo lo pagado"),
}
RefundChoice: TypeAlias = Annotated[
    Refund, Field(description=N_("Devolución pactada, si es mejor que la de la ley")), Slot(cues=("devolución",))
]


class Takes(StrEnum):
    """When it ends."""

    EXPIRY = "expiry"
    NOTICE = "notice"
    CHOSEN = "chosen"
    MONTH_AFTER = "month_after"  # of the notice: LCS art. 35
    START = "start"  # as if it had never been


class Limit(BaseModel):
    """Until when it may be done: so many months and days from a trigger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trigger: str  # expiry, delivery, knowledge
    months: int = 0
    days: int = 0

    def last_day(self, trigger: date) -> date:
        """The last day; months by the calendar."""
        return add_months(trigger, self.months) + timedelta(self.days)


class Ending(BaseModel):
    """One way for a policy to end, as the law has it from a date on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    since: Annotated[date, Field(alias="from")]
    article: str
    by: Party
    refund: Refund
    effect: Takes
    limit: Limit | None = None
    state: PolicyState = PolicyState.CANCELLED
    withdrawal_days: int | None = None  # only lines with that free look
    consumer: bool = False  # only a natural person
    before_cover: bool = False  # only while the cover has not begun
    refund_days: int | None = None  # within which the refund must be paid
    claws_back: bool = True
    cancels_outstanding: bool = False

    @property
    def label(self) -> str:
        """What people call it; catalogued."""
        return LABELS[self.code]


@cache
def endings() -> Mapping[str, tuple[Ending, ...]]:
    """All endings by code, oldest first."""
    found: dict[str, list[Ending]] = {}
    for row in read_table(TABLE)["endings"]:
        found.setdefault(row["code"], []).append(Ending.model_validate(row))
    return {code: tuple(sorted(rows, key=lambda row: row.since)) for code, rows in found.items()}


def ending_on(code: str, on: date) -> Ending:
    """How a policy ends by `code` on a date; before the first row that we know, by that."""
    rows = endings()[code]
    return next((row for row in reversed(rows) if row.since <= on), rows[0])


def ccs_refundable(on: date) -> bool:
    """Whether the Consorcio's surcharge is given back with the premium."""
    row = row_on(read_table(TABLE)["ccs_refundable"], on)
    return bool(row["value"]) if row else True


def short_period_scale(on: date) -> Sequence[tuple[int, Decimal]]:
    """Months begun → the share of the annual premium that is kept."""
    row: Mapping[str, Any] = row_on(read_table(TABLE)["short_period_scale"], on) or {"kept": {}}
    return [(int(months), Decimal(kept)) for months, kept in row["kept"].items()]
