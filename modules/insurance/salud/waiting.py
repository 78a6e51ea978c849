"""Waiting periods (*carencias*): from which day each insured may use each act; pure.

The months count from the insured's own start, or from the day a cover was added. They fall
away for who proves twelve months or more in an equivalent policy without a gap, for who
leaves a group and asks in time, and for the new-born of a covered birth. Accidents and
emergencies that threaten life never wait.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from core.dates import add_months
from core.i18n import N_
from modules.insurance.salud.acts import Act, health_terms, waiting_months
from modules.insurance.salud.risk import InsuredPerson, SaludRisk

NO_GAP: Final = timedelta(days=1)  # a last day and the first day after it are no gap


class Ground(StrEnum):
    """Why an act waits, or does not."""

    NO_WAIT = "no_wait"
    WAITS = "waits"
    URGENT = "urgent"
    NEWBORN = "newborn"
    PROVED = "proved"
    LEFT_GROUP = "left_group"
    EXCLUDED = "excluded"
    NOT_BOUGHT = "not_bought"


GROUNDS: Final = {
    "no_wait": N_("sin carencia"),
    "waits": N_("con carencia"),
    "urgent": N_("accidente o urgencia vital: sin carencia"),
    "newborn": N_("recién nacido incluido a tiempo: sin carencia"),
    "proved": N_("sin carencia por la póliza anterior acreditada"),
    "left_group": N_("sin carencia por venir de un colectivo"),
    "excluded": N_("excluido por pacto"),
    "not_bought": N_("no contratado"),
}


class Wait(NamedTuple):
    """From when one act may be used; `usable_from` is None if it is not covered at all."""

    act: Act
    months: int
    usable_from: date | None
    ground: Ground

    def usable(self, on: date) -> bool:
        """Whether the act may be used on a date."""
        return self.usable_from is not None and self.usable_from <= on


def start_of(person: InsuredPerson, started_on: date) -> date:
    """The insured's own start; who was there from the first day began with the policy."""
    return person.insured_since or started_on


def wait_of(risk: SaludRisk, person: InsuredPerson, started_on: date, act: Act, *, urgent: bool = False) -> Wait:
    """From when `person` of `risk` may use `act`.

    Args:
        risk: all insured lives of the policy.
        person: one of them.
        started_on: the policy's first day.
        act: which care.
        urgent: whether it follows an accident, or life is in danger.
    """
    terms, since = health_terms(), start_of(person, started_on)
    needs = terms.acts[act].needs
    added = max((one.added_on for one in person.added if one.act == act), default=since)
    if act in person.exclusions:
        return Wait(act, 0, None, Ground.EXCLUDED)
    if needs and not getattr(risk, needs):
        return Wait(act, 0, None, Ground.NOT_BOUGHT)
    months, begins = waiting_months()[act], max(since, added)
    if months == 0:
        return Wait(act, 0, begins, Ground.NO_WAIT)
    if urgent:
        return Wait(act, 0, begins, Ground.URGENT)
    waived = None if begins > since else waiver(risk, person, started_on)
    if waived is not None:
        return Wait(act, 0, since, waived)
    return Wait(act, months, add_months(begins, months), Ground.WAITS)


def waiver(risk: SaludRisk, person: InsuredPerson, started_on: date) -> Ground | None:
    """Why nothing waits for `person`, if it is so."""
    terms, since = health_terms(), start_of(person, started_on)
    if born_into(risk.insureds, person, started_on, timedelta(days=terms.newborn_days)):
        return Ground.NEWBORN
    first, last = person.previous_since, person.previous_until
    if person.previous_proved and first and last and last + NO_GAP >= since:
        if add_months(first, terms.proved_months) <= min(last + NO_GAP, since):
            return Ground.PROVED
    left = person.left_group_on
    if left is not None and timedelta() <= since - left <= timedelta(days=terms.group_days):
        return Ground.LEFT_GROUP
    return None


def born_into(people: Sequence[InsuredPerson], person: InsuredPerson, started_on: date, within: timedelta) -> bool:
    """Whether `person` was born while another was insured here, and was included in time."""
    if person.born_on is None or not timedelta() <= start_of(person, started_on) - person.born_on <= within:
        return False
    others = (one for one in people if one is not person)
    return any(start_of(other, started_on) <= person.born_on for other in others)


def waits_of(risk: SaludRisk, person: InsuredPerson, started_on: date) -> tuple[Wait, ...]:
    """All acts of `person`, those that wait longest last."""
    found = [wait_of(risk, person, started_on, act) for act in Act]
    return tuple(sorted(found, key=lambda wait: (wait.usable_from or date.max, wait.act)))
