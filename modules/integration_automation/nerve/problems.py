"""What an engine or its place says, as errors of the house: who must act, and the status on the web."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from core.errors import AitError, BadArguments, Conflict
from core.i18n import N_, translate
from engines.errors import EngineError, LimitExceeded, NotConverged

INSTALL: Final = "make setup PROFILE=run"
APART: Final[Mapping[str, str]] = {  # what no profile brings
    "distributed": "pip install -r requirements/cluster.in",
    "inspect_ai": "pip install -r requirements/evals.in",
    "playwright": "pip install -r requirements/browser.in",
}


class EngineRefused(BadArguments):
    """The method is not defined for these arguments, or they are too few."""

    code = "ait.engine_refused"

    def __init__(self, error: EngineError) -> None:
        """Say what the engine said."""
        self.error = error
        super().__init__(field=error.argument, problem=str(error))

    def reason(self, locale: str) -> str:
        """The engine's own sentence in `locale`, without the argument."""
        values = {k: translate(v, locale) if isinstance(v, str) else v for k, v in self.error.detail.items()}
        return translate(self.error.text, locale, **values)

    def told(self, locale: str) -> str:
        """The message, with the engine's own sentence in `locale`."""
        return translate(self.text, locale, field=self.error.argument, problem=self.reason(locale))


class DidNotConverge(EngineRefused):
    """The search for a solution ended without one."""

    code, status = "ait.not_converged", 409


class TooLarge(EngineRefused):
    """More than one call may take."""

    code, status = "ait.limit_exceeded", 413


class MissingExtra(AitError):
    """A library is not installed in this profile; `install` says how to get it."""

    code, status = "ait.missing_extra", 424
    text = N_("Esto necesita «{library}», que no está en esta instalación. Se añade con: {install}")


class EngineTimeout(AitError):
    """The time of one call was over; nothing is computed any more."""

    code, status = "ait.engine_timeout", 504
    text = N_("El cálculo pasaba de {seconds} segundos y se ha detenido. Redúzcalo, o láncelo como trabajo.")


class EngineFailed(AitError):
    """The worker ended without an answer, also the second time."""

    code, status = "ait.engine_failed", 507
    text = N_("El cálculo ha agotado la memoria o ha fallado. Redúzcalo o láncelo sobre menos datos.")


class EngineStopped(Conflict):
    """Somebody stopped it."""

    code = "ait.engine_stopped"
    text = N_("El cálculo se ha detenido.")


KINDS: Final[Mapping[type[EngineError], type[EngineRefused]]] = {
    LimitExceeded: TooLarge,
    NotConverged: DidNotConverge,
}


def refusal(error: EngineError) -> EngineRefused:
    """`error` of an engine as one of the house."""
    return KINDS.get(type(error), EngineRefused)(error)


def missing(error: ModuleNotFoundError) -> MissingExtra:
    """The error of a library that is not installed; a fault of ours is raised as it is."""
    library = (error.name or "").partition(".")[0]
    if not library or find_spec(library) is not None:
        raise error
    return MissingExtra(library=library, install=APART.get(library, INSTALL))
