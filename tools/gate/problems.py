"""What is wrong with an argument, in a sentence: pydantic's findings said in Spanish."""

from typing import Final

from pydantic import ValidationError

from core.errors import BadArguments
from core.i18n import N_, translate

NUMBER: Final = N_("debe ser un número")
SAID: Final = {
    "missing": N_("falta; es obligatorio"),
    "extra_forbidden": N_("no existe; revise el nombre"),
    "int_parsing": N_("debe ser un número entero"),
    "int_type": N_("debe ser un número entero"),
    "int_from_float": N_("debe ser un número entero"),
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "decimal_parsing": N_("debe ser un importe, como 1234.56"),
    "decimal_type": N_("debe ser un importe, como 1234.56"),
    "decimal_max_places": N_("admite dos decimales como máximo"),
    "decimal_max_digits": N_("tiene demasiadas cifras"),
    "decimal_whole_digits": N_("tiene demasiadas cifras"),
    "finite_number": N_("debe ser un número finito"),
    "bool_parsing": N_("debe ser sí o no (true o false)"),
    "bool_type": N_("debe ser sí o no (true o false)"),
    "string_type": N_("debe ser texto"),
    "uuid_parsing": N_("debe ser un identificador de registro"),
    "uuid_type": N_("debe ser un identificador de registro"),
    "list_type": N_("debe ser una lista"),
    "model_type": N_("debe ser un objeto con sus campos"),
    "dict_type": N_("debe ser un objeto con sus campos"),
}
BRANCHES: Final = frozenset({"function-after", "bool", "int", "float", "str", "constrained-str"})  # of a union
DATES: Final = N_("debe ser una fecha, como 2026-12-01")
WITH_VALUES: Final = {
    "greater_than": N_("debe ser mayor que {gt}"),
    "greater_than_equal": N_("debe ser {ge} o más"),
    "less_than": N_("debe ser menor que {lt}"),
    "less_than_equal": N_("debe ser {le} o menos"),
    "string_too_long": N_("admite {max_length} caracteres como máximo"),
    "string_too_short": N_("necesita {min_length} caracteres como mínimo"),
    "too_long": N_("admite {max_length} elementos como máximo"),
    "too_short": N_("necesita {min_length} elementos como mínimo"),
    "enum": N_("debe ser uno de: {expected}"),
    "literal_error": N_("debe ser uno de: {expected}"),
}
OTHER: Final = N_("no es válido")


class Problem(BadArguments):
    """A BadArguments whose problem has values of its own to fill in."""

    def told(self, locale: str) -> str:
        """The message with its problem translated first."""
        values = self.detail.get("values") or {}
        assert isinstance(values, dict)
        problem = translate(str(self.detail["problem"]), locale, **values)
        return translate(self.text, locale, field=self.detail["field"], problem=problem)


def problem_of(error: ValidationError) -> Problem:
    """The first finding of `error` as a message that names the field."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"] if part not in BRANCHES) or "(cuerpo)"
    kind, context = first["type"], first.get("ctx", {})
    if kind in WITH_VALUES:
        return Problem(field=field, problem=WITH_VALUES[kind], values=dict(context))
    if kind == "value_error":
        # A validator of ours raised it: its sentence is catalogued already.
        return Problem(field=field, problem=str(context["error"]))
    said = DATES if kind.startswith("date") else SAID.get(kind, OTHER)
    return Problem(field=field, problem=said)
