"""Acts of health care (*actos médicos*): how long each waits, what copay it bears, how often a year it is covered.

Waiting months are the tariff's; the rest is in `data/acts.json`, illustrative as the tariff is.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.i18n import N_
from core.money import Money
from modules.insurance.kernel.tariff import load_tariff
from tools import Slot

HOME: Final = Path(__file__).parent


class Act(StrEnum):
    """What care it is."""

    MEDICINA_GENERAL = "medicina_general"
    URGENCIAS = "urgencias"
    ESPECIALISTA = "especialista"
    PRUEBAS_BASICAS = "pruebas_basicas"
    PRUEBAS_COMPLEJAS = "pruebas_diagnosticas_complejas"
    CIRUGIA = "intervencion_quirurgica"
    HOSPITALIZACION = "hospitalizacion"
    PARTO = "parto"
    PROTESIS = "protesis"
    TRASPLANTES = "trasplantes"
    REPRODUCCION = "reproduccion_asistida"
    PSICOTERAPIA = "psicoterapia"
    REHABILITACION = "rehabilitacion"
    ONCOLOGIA = "oncologia"
    SEGUNDA_OPINION = "segunda_opinion"
    ODONTOLOGIA = "odontologia"


ACTS: Final[Mapping[str, str]] = {
    "medicina_general": N_("medicina general"),
    "urgencias": N_("urgencias"),
    "especialista": N_("especialistas"),
    "pruebas_basicas": N_("pruebas básicas"),
    "pruebas_diagnosticas_complejas": N_("pruebas diagnósticas complejas"),
    "intervencion_quirurgica": N_("intervención quirúrgica"),
    "hospitalizacion": N_("hospitalización"),
    "parto": N_("parto"),
    "protesis": N_("prótesis"),
    "trasplantes": N_("trasplantes"),
    "reproduccion_asistida": N_("reproducción asistida"),
    "psicoterapia": N_("psicoterapia"),
    "rehabilitacion": N_("rehabilitación"),
    "oncologia": N_("oncología"),
    "segunda_opinion": N_("segunda opinión médica"),
    "odontologia": N_("odontología"),
}
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "medicina_general": ("medicina general", "médico de cabecera", "médico de familia", "general practitioner"),
    "urgencias": ("urgencias", "urgencia", "ambulancia", "emergency room", "ambulance"),
    "especialista": ("especialista", "consulta", "dermatólogo", "traumatólogo", "ginecólogo", "oculista", "specialist"),
    "pruebas_basicas": ("análisis", "analítica", "radiografía", "ecografía", "blood test", "x-ray"),
    "pruebas_diagnosticas_complejas": (
        "resonancia",
        "tac",
        "prueba compleja",
        "pruebas complejas",
        "mri",
        "ct scan",
    ),
    "intervencion_quirurgica": (
        "operación",
        "operar",
        "operado",
        "operada",
        "cirugía",
        "intervención",
        "quirófano",
        "surgery",
        "operation",
    ),  # fmt: skip
    "hospitalizacion": ("hospitalización", "ingreso", "ingresado", "ingresada", "hospitalizado", "hospital stay"),
    "parto": ("parto", "dado a luz", "cesárea", "birth", "delivery"),
    "protesis": ("prótesis", "prosthesis"),
    "trasplantes": ("trasplante", "transplant"),
    "reproduccion_asistida": ("reproducción asistida", "fecundación in vitro", "assisted reproduction", "ivf"),
    "psicoterapia": ("psicoterapia", "psicólogo", "psicología", "psychotherapy"),
    "rehabilitacion": ("rehabilitación", "fisioterapia", "fisioterapeuta", "rehabilitation", "physiotherapy"),
    "oncologia": ("oncología", "quimioterapia", "radioterapia", "cáncer", "oncology", "cancer"),
    "segunda_opinion": ("segunda opinión", "second opinion"),
    "odontologia": ("dentista", "odontología", "empaste", "muela", "dental", "dentist"),
}
ActChoice: TypeAlias = Annotated[
    Act,
    Field(description=N_("Acto médico")),
    Slot(
        ask=N_("¿Qué acto médico: consulta, prueba, operación, parto…?"),
        words=WORDS,
    ),
]


class ActTerms(BaseModel):
    """The terms of one act.

    Args:
        waits_as: the act of the tariff whose waiting period it has.
        copay: EUR an act, where the product has copay.
        sessions: how many a year; None: no limit.
        visit: whether the limit a visit applies when it is reimbursed.
        needs: flag of the risk without which it is not covered.
        reserve: the first reserve, EUR.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    waits_as: str
    copay: Money
    sessions: int | None = None
    visit: bool = False
    needs: str | None = None
    reserve: Money = Decimal("85.00")


class Reimbursing(BaseModel):
    """How much of a bill comes back (*reembolso*): share by country, limit a visit, house target in days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: Mapping[str, Decimal]
    visit_most: Money
    target_days: int


class HealthTerms(BaseModel):
    """The terms of the house's illustrative health product, as `data/acts.json` has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    status: str
    acts: Mapping[Act, ActTerms]
    copay_cap_year: Money
    newborn_days: int
    proved_months: int
    group_days: int
    large_case: Money
    reimbursement: Reimbursing


@cache
def health_terms() -> HealthTerms:
    """The terms, read once."""
    return HealthTerms.model_validate_json((HOME / "data" / "acts.json").read_text(encoding="utf-8"))


@cache
def waiting_months() -> Mapping[Act, int]:
    """How many months each act waits."""
    months: Mapping[str, int] = load_tariff(HOME / "data" / "tariff.json").data["waiting_periods_months"]
    return {act: months[terms.waits_as] for act, terms in health_terms().acts.items()}
