"""Asking for what is missing (*datos que faltan*): each field by its own question, all in one breath."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from core.errors import BadArguments
from core.i18n import N_, translate
from modules.insurance.kernel.line import InsuredRisk
from tools import Slot
from tools.gate.problems import problem_of

RiskT = TypeVar("RiskT", bound=InsuredRisk)


class DataMissing(BadArguments):
    """Several things are not known: each is asked for by its own question, all at once."""

    text = N_("Para cotizar faltan estos datos:")

    def told(self, locale: str) -> str:
        """The questions as a list."""
        questions = cast("Sequence[str]", self.detail["questions"])
        return "\n".join((translate(self.text, locale), *(f"- {translate(ask, locale)}" for ask in questions)))


def asked(names: Sequence[str], *models: type[BaseModel]) -> BadArguments:
    """The error that asks for the fields `names` of `models`, each by the question of its slot or by its label."""
    questions = [question(name, *models) for name in names]
    if len(names) == 1:
        return BadArguments(questions[0], field=names[0], fields=tuple(names))
    return DataMissing(field=names[0], fields=tuple(names), questions=questions)


def question(name: str, *models: type[BaseModel]) -> str:
    """How to ask for a field: its slot's question, or else its label."""
    asks = (str(part.ask) for part in annotations(name, *models) if isinstance(part, Slot) and part.ask)
    return next(asks, label(name, *models))


def label(name: str, *models: type[BaseModel]) -> str:
    """What people call a field, as its declaration says; the name itself if that says nothing."""
    said = (part.description for part in annotations(name, *models) if isinstance(part, FieldInfo) and part.description)
    return next(said, name)


def annotations(name: str, *models: type[BaseModel]) -> Sequence[Any]:
    """What annotates a field of the first of `models` that has it, also inside an optional one."""
    field = next((model.model_fields[name] for model in models if name in model.model_fields), None)
    if field is None:
        return ()
    options = getattr(field.annotation, "__args__", ())
    return (field, *field.metadata, *(part for option in options for part in getattr(option, "__metadata__", ())))


def complete(
    risk: type[RiskT], values: Mapping[str, Any], missing: Sequence[str], *models: type[BaseModel],
    also: Sequence[str] = (),
) -> RiskT:  # fmt: skip
    """The typed risk of `values`.

    Args:
        risk: the line's type.
        values: what is known.
        missing: fields beside the risk that are missing too, to be asked for in the same breath.
        models: where those fields are declared.
        also: fields that the tariff can do without and the house asks for, if nobody gave them.

    Raises:
        BadArguments: fields are missing (their own questions ask for them) or out of range.
    """
    needed = [name for name, field in risk.model_fields.items() if field.is_required() and values.get(name) is None]
    unknown = [*missing, *needed, *(name for name in also if values.get(name) is None)]
    if unknown:
        raise asked(unknown, risk, *models)
    try:
        return risk.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise problem_of(error) from error
