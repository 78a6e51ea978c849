"""What to do in the first hour of an incident (*guía de la primera hora*), and by when the law wants notice.

Nothing here stops an attack. The order matters: evidence before repair, the hotline before
any contact with the attacker, sanctions before any ransom.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from core.i18n import N_
from modules.insurance.kernel.dated import read_table

TABLE: Final = Path(__file__).parent / "data" / "deadlines.json"


class Incident(StrEnum):
    """What happened; the codes are those of the claim types."""

    RANSOMWARE = "ransomware"
    DATA_BREACH = "brecha_datos"
    FRAUD = "fraude"
    OUTAGE = "indisponibilidad"


class Step(NamedTuple):
    """One thing to do: a catalogued text, since when at the latest, and its law."""

    text: str
    due_at: datetime | None = None
    law: str = ""


class Deadline(NamedTuple):
    """A time that the law gives."""

    hours: int
    law: str


DATA: Final = frozenset((Incident.RANSOMWARE, Incident.DATA_BREACH))  # persons' data may be out


def deadline(name: str) -> Deadline:
    """The row `name` of the table of the law."""
    row = read_table(TABLE)[name]
    return Deadline(row["hours"], row["law"])


def steps(incident: Incident, known_at: datetime) -> Sequence[Step]:
    """What to do, in order; deadlines count from when the incident was known."""
    found = [
        Step(N_("Llame al teléfono de incidentes de la aseguradora.")),
        Step(N_("Aísle los equipos afectados sin apagarlos y conserve los registros.")),
    ]
    if incident is Incident.FRAUD:
        found.append(Step(N_("Pida al banco que retenga o devuelva la transferencia.")))
    if incident is Incident.RANSOMWARE:
        found.append(Step(N_("No pague ni negocie: antes, consentimiento de la aseguradora y lista de sanciones.")))
    if incident is Incident.OUTAGE:
        found.append(Step(N_("Anote la hora exacta de la parada: la indemnización empieza tras las horas de espera.")))
    found.append(Step(N_("Denuncie los hechos y guarde copia.")))
    if incident in DATA:
        found.append(_by("aepd_notice", N_("Notifique la brecha a la AEPD si hay riesgo para las personas."), known_at))
        found.append(Step(N_("Si el riesgo es alto, avise también a los afectados."), law="RGPD art. 34"))
    found.append(_by("insurer_notice", N_("Declare el siniestro a la aseguradora."), known_at))
    return found


def _by(name: str, text: str, known_at: datetime) -> Step:
    limit = deadline(name)
    return Step(text, known_at + timedelta(hours=limit.hours), limit.law)
