"""The deadlines of the law that the kernel can tell (*plazos legales*): what starts each, how long it is, what follows.

Figures are data (`data/deadlines.json`), dated, with their articles; months are counted by
the calendar, back from the expiry too. The words for people stand here. Pure.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.dates import add_months
from core.i18n import N_
from modules.insurance.kernel.dated import read_table
from modules.insurance.kernel.line import DISTANCE_WITHDRAWAL_DAYS, LIFE_WITHDRAWAL_DAYS, Line

TABLE: Final = Path(__file__).parent / "data" / "deadlines.json"


class Rule(BaseModel):
    """One deadline, as the law has it from a date on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int  # of the reference's table
    code: str
    since: Annotated[date, Field(alias="from")]
    article: str
    trigger: str
    months: int = 0
    days: int = 0
    until: str = ""  # what it lasts to instead, if no time is set
    warn_days: int
    kind: Literal["duty", "right"]
    who: Literal["policyholder", "insurer"]
    status: str
    applies: str = "all"

    def last_day(self, trigger: date) -> date:
        """The last day."""
        return add_months(trigger, self.months) + timedelta(self.days)

    @property
    def title(self) -> str:
        """What it is for; catalogued."""
        return TITLES[self.code]

    @property
    def consequence(self) -> str:
        """What follows; catalogued."""
        return CONSEQUENCES[self.code]


TITLES: Final[Mapping[str, str]] = {
    "divergence": N_("reclamar diferencias entre la póliza y la proposición"),
    "misstatement_rescission": N_("rescindir por inexactitud al declarar el riesgo"),
    "aggravation_proposal": N_("proponer un cambio por agravación del riesgo"),
    "aggravation_rescission": N_("rescindir por agravación del riesgo"),
    "aggravation_answer": N_("responder a la propuesta de modificación"),
    "aggravation_last_answer": N_("responder tras la advertencia"),
    "aggravation_final": N_("comunicar la rescisión por falta de respuesta"),
    "reduction": N_("rebajar la prima por disminución del riesgo"),
    "first_premium": N_("pagar la primera prima"),
    "grace": N_("pagar la prima vencida"),
    "extinction": N_("reclamar la prima impagada"),
    "claim_notice": N_("declarar el siniestro"),
    "claim_list": N_("entregar la lista de objetos y su valor"),
    "least_payment": N_("pagar el importe mínimo de lo que pueda deber"),
    "claim_default": N_("indemnizar"),
    "transfer_notice": N_("comunicar la transmisión del objeto"),
    "transfer_rescission": N_("rescindir por la transmisión del objeto"),
    "oppose_insurer": N_("oponerse a la prórroga o comunicar cambios"),
    "oppose_policyholder": N_("oponerse a la prórroga"),
    "limitation_damage": N_("reclamar el siniestro (daños)"),
    "limitation_persons": N_("reclamar el siniestro (personas)"),
    "free_look_life": N_("resolver el seguro de vida"),
    "withdrawal": N_("desistir del contrato a distancia"),
    "withdrawal_refund": N_("devolver la prima del desistimiento"),
    "incontestable": N_("impugnar por inexactitud el seguro de vida"),
    "suicide": N_("excluir el suicidio del asegurado"),
}
CONSEQUENCES: Final[Mapping[str, str]] = {
    "divergence": N_("Después prevalece el texto de la póliza."),
    "misstatement_rescission": N_("Después ya no puede rescindir; un siniestro se reduce en proporción."),
    "aggravation_proposal": N_("Después el contrato sigue como estaba."),
    "aggravation_rescission": N_("Después ya no puede rescindir directamente."),
    "aggravation_answer": N_("Sin respuesta, la aseguradora puede advertirle y darle otros quince días."),
    "aggravation_last_answer": N_("Sin respuesta, la aseguradora puede rescindir en los ocho días siguientes."),
    "aggravation_final": N_("Después el contrato sigue como estaba."),
    "reduction": N_("Si no rebaja la prima, el tomador puede resolver y recuperar la diferencia."),
    "first_premium": N_("Sin pago no hay cobertura, salvo pacto, y la aseguradora puede resolver el contrato."),
    "grace": N_("Después la cobertura queda suspendida hasta 24 horas del día del pago."),
    "extinction": N_("Si la aseguradora no reclama el pago, el contrato queda extinguido."),
    "claim_notice": N_("El retraso obliga a indemnizar los daños que cause; no se pierde el derecho."),
    "claim_list": N_("Sin la lista, al asegurado le toca probar lo que había."),
    "least_payment": N_("Sin pago, cuenta para los intereses de demora."),
    "claim_default": N_("Sin pago, la aseguradora incurre en mora con intereses."),
    "transfer_notice": N_("Sin aviso, responde de los perjuicios."),
    "transfer_rescission": N_("Después ya no puede rescindir; si lo hace, cubre un mes más y devuelve la prima."),
    "oppose_insurer": N_(
        "Después la póliza se prorroga en los mismos términos, salvo que el tomador quiera otra cosa."
    ),
    "oppose_policyholder": N_("Después la póliza se prorroga un año."),
    "limitation_damage": N_("Después la acción prescribe."),
    "limitation_persons": N_("Después la acción prescribe."),
    "free_look_life": N_("Después ya no puede resolver sin causa."),
    "withdrawal": N_("Después ya no puede desistir."),
    "withdrawal_refund": N_("Después la aseguradora está en mora."),
    "incontestable": N_("Después solo puede impugnar por dolo."),
    "suicide": N_("Después el suicidio queda cubierto, salvo pacto."),
}

APPLIES: Final[Mapping[str, Callable[[Line, bool], bool]]] = {
    "all": lambda line, renewable: True,
    "damage": lambda line, renewable: not line.persons,
    "persons": lambda line, renewable: line.persons,
    "renewable": lambda line, renewable: renewable,
    "renewable_opposable": lambda line, renewable: renewable and line.insurer_may_oppose,
    "withdrawal_14": lambda line, renewable: line.withdrawal_days == DISTANCE_WITHDRAWAL_DAYS,
    "withdrawal_30": lambda line, renewable: line.withdrawal_days == LIFE_WITHDRAWAL_DAYS,
}


@cache
def rules() -> tuple[Rule, ...]:
    """All rows, in the reference's order."""
    return tuple(Rule.model_validate(row) for row in read_table(TABLE)["deadlines"])


def rule(code: str) -> Rule:
    """The latest row of a code."""
    return next(row for row in reversed(rules()) if row.code == code)


def rules_for(line: Line, *, renewable: bool, on: date) -> tuple[Rule, ...]:
    """The rows in force on a date that hold for a policy of `line`."""
    return tuple(row for row in rules() if row.since <= on and APPLIES[row.applies](line, renewable))
