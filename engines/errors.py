"""What an engine says when it cannot compute: one error, the argument it is about, and what to do.

EngineError
├── InvalidInput      a value outside what the method is defined for
├── InsufficientData  fewer values than the method needs
├── SingularMatrix    columns that say the same; `columns` names them
├── NotConverged      the optimiser stopped; its last iterate is never a result
├── LimitExceeded     larger than one call may be; `alternative` names the way to do it
└── MissingProgram    a program of the machine is not installed; `install` says how to get it

`text` is Spanish with `{placeholders}`, gathered into the catalogue; the tool that exposes an
engine says it in the caller's language. Engines know nothing of the rest of the house.
"""

from typing import ClassVar


def N_(text: str) -> str:
    """Mark `text` for the catalogue of translations."""
    return text


class EngineError(ValueError):
    """Base of all. `argument` is the name of the argument at fault; `detail` fills `text`."""

    text: ClassVar[str] = N_("{problem}")

    def __init__(self, argument: str, **detail: str | float | int) -> None:
        """Say what is wrong with `argument`."""
        self.argument = argument
        self.detail = detail
        super().__init__(f"{argument}: {self.text.format(**detail)}")

    def __reduce__(self) -> tuple[object, tuple[type["EngineError"], str, dict[str, str | float | int]]]:
        """So that the error comes back whole from a worker process."""
        return _again, (type(self), self.argument, self.detail)


def _again(kind: type[EngineError], argument: str, detail: dict[str, str | float | int]) -> EngineError:
    error = kind.__new__(kind)
    EngineError.__init__(error, argument, **detail)
    return error


class InvalidInput(EngineError):
    """The argument is outside what the method is defined for; `problem` says the rule."""

    def __init__(self, argument: str, problem: str) -> None:
        """Say which rule `argument` breaks."""
        super().__init__(argument, problem=problem)


class InsufficientData(EngineError):
    """There are fewer values than the method needs."""

    text = N_("hacen falta al menos {need} datos y hay {got}")

    def __init__(self, argument: str, need: int, got: int) -> None:
        """Say how many values `argument` needs and has."""
        super().__init__(argument, need=need, got=got)


class SingularMatrix(EngineError):
    """Columns of the design depend on each other, or are constant beside the intercept."""

    text = N_("las columnas {columns} repiten lo que dicen otras; quite alguna")

    def __init__(self, argument: str, columns: str) -> None:
        """Name the columns of `argument` that are one too many."""
        super().__init__(argument, columns=columns)


class NotConverged(EngineError):
    """The search for a solution stopped without one; `why` says how it ended."""

    text = N_("el cálculo no converge con estos datos ({why}); simplifique el modelo o revise los datos")

    def __init__(self, argument: str, why: str) -> None:
        """Say how the search over `argument` ended."""
        super().__init__(argument, why=why)


class LimitExceeded(EngineError):
    """More than one call may take."""

    text = N_("pasa del límite: {got}, y se admiten {limit}; {alternative}")

    def __init__(self, argument: str, limit: int, got: int, alternative: str) -> None:
        """Say how large `argument` may be, how large it is, and what to do instead."""
        super().__init__(argument, limit=limit, got=got, alternative=alternative)


class MissingProgram(EngineError):
    """A program that the operation calls, or a language of it, is not on this machine."""

    text = N_("falta el programa {program}; instálelo con: {install}")

    def __init__(self, argument: str, program: str, install: str) -> None:
        """Name the program that `argument` needs, and the command that installs it."""
        super().__init__(argument, program=program, install=install)
