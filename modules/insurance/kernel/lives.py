"""Insured lives through the terms of a policy (*altas y bajas*), for lines whose persons come and go; pure.

A life keeps its number and its own start date for as long as it is insured. Who is new
begins with the term that brings him; nobody takes the number of somebody who left.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm import Customer
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.line import Entering

Person = Mapping[str, Any]
HOLDER: Final = "titular"  # the policyholder among the insured
OWN = ("position", "insured_since")
OF_ONE_POLICY = ("position", "insured_since", "added", "layers", "left_group_on")


def entered(risk: dict[str, Any], entering: Entering, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """`risk` with the number and the own start date of each life, and what else of it is kept (`also`)."""
    before = entering.history[-1].get("insureds", ()) if entering.history else ()
    ever = [one.get("position") or 0 for term in entering.history for one in term.get("insureds", ())]
    start = entering.on if entering.history else entering.started_on
    last, free, people = max(ever, default=0), list(before), []
    told = {one["position"] for one in risk["insureds"] if one.get("position")}
    for one in risk["insureds"]:
        same = match(one, free)
        if same is not None:
            free.remove(same)
            kept = {name: same[name] for name in (*OWN, *also) if same.get(name)}
        else:
            last = max([last, *told]) + 1
            kept = {"position": last, "insured_since": start.isoformat()}
        people.append({**kept, **{name: value for name, value in one.items() if value is not None}})
    return {**risk, "insureds": people}


def match(one: Person, others: Sequence[Person]) -> Person | None:
    """Who of `others` is the same life: by number, by name and birth, or, unnamed, by kinship and age."""
    for key in (_number, _name, _sort):
        wanted = key(one)
        if wanted is not None:
            return next((other for other in others if key(other) == wanted), None)
    return None


def _number(one: Person) -> Any:
    return one.get("position")


def _name(one: Person) -> Any:
    name = one.get("full_name")
    return (str(name).casefold(), str(one.get("born_on"))) if name else None


def _sort(one: Person) -> Any:
    return (one.get("kinship"), one.get("age"))


def afresh(people: Iterable[Person], on: date) -> list[dict[str, Any]]:
    """The same lives for a new contract on `on`: ages of that day, no number, no own start yet."""
    return [
        {
            **{name: value for name, value in one.items() if name not in OF_ONE_POLICY},
            "age": _age(one, on),
        }
        for one in people
    ]


def _age(one: Person, on: date) -> int:
    born = one.get("born_on")
    return completed_years(date.fromisoformat(str(born)), on) if born else int(one["age"])


def joined(risk: Mapping[str, Any], newcomer: Person) -> dict[str, Any]:
    """The change that makes `newcomer` one of the lives of `risk`."""
    return {"insureds": [*risk["insureds"], {name: value for name, value in newcomer.items() if value is not None}]}


def parted(risk: Mapping[str, Any], position: int) -> dict[str, Any]:
    """The change that takes the life with number `position` out of `risk`.

    Raises:
        BadArguments: nobody would be left.
    """
    stay = [one for one in risk["insureds"] if one.get("position") != position]
    if not stay:
        raise BadArguments(N_("No queda ningún asegurado («{field}»): anule la póliza."), field="insured")
    return {"insureds": stay}


def one_holder(risk: Any) -> None:
    """Refuse two insured who both are the policyholder."""
    if sum(person.kinship == HOLDER for person in risk.insureds) > 1:
        raise BadArguments(N_("Revise «{field}»: solo puede haber un titular."), field="insureds.kinship")


def nobody_twice(risk: Any) -> None:
    """Refuse the same name and birth date, or the same number in the policy, twice."""
    named = [(p.full_name.casefold(), p.born_on) for p in risk.insureds if p.full_name]
    placed = [person.position for person in risk.insureds if person.position is not None]
    if len(set(named)) < len(named) or len(set(placed)) < len(placed):
        raise BadArguments(N_("Revise «{field}»: hay una persona repetida."), field="insureds")


def known(customer: Customer, on: date) -> dict[str, Any]:
    """The policyholder alone, if a person whose birth date is on file."""
    if customer.birth_date is None:
        return {}
    age = completed_years(customer.birth_date, on)
    holder = {"age": age, "kinship": HOLDER, "full_name": customer.name, "born_on": customer.birth_date.isoformat()}
    return {"insureds": [holder]}
