"""Which model speaks for a purpose (*elección de modelo*): the chain primary → fallback → offline.

Names are `anthropic/NAME`, `openai/NAME` or `offline`. Without any key the offline model
stands alone; with one, it stands last, so that a turn always gets an answer.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, TypeAlias

from langchain_core.language_models import BaseChatModel

from agents.models.breaker import Breaker
from agents.models.fallback import Candidate, WithFallback
from agents.models.offline import OFFLINE, OfflineChat
from agents.spec import Agent, Executor
from core.errors import BadArguments
from core.i18n import N_
from core.settings import Settings

Purpose: TypeAlias = Literal["executor", "specialist", "router"]

DEFAULT_MODEL: Final = "anthropic/claude-sonnet-5-5"  # where a key is set and no model named
DEFAULT_FALLBACK: Final = "anthropic/claude-haiku-5-5"
MAX_TOKENS: Final = {"executor": 8_192, "specialist": 2_048, "router": 512}
TIMEOUT_SECONDS: Final = {"executor": 90.0, "specialist": 20.0, "router": 10.0}


def chain(settings: Settings) -> tuple[str, ...]:
    """The models to try in order; the last is always `offline`.

    Raises:
        BadArguments: a model is named that cannot be reached with these settings.
    """
    first = settings.model or _by_keys(settings)
    names = [first]
    if first != OFFLINE and settings.fallback_model:
        names.append(settings.fallback_model)
    elif first == DEFAULT_MODEL:
        names.append(DEFAULT_FALLBACK)
    return tuple(dict.fromkeys((*names, OFFLINE)))


def _by_keys(settings: Settings) -> str:
    if settings.anthropic_api_key:
        return DEFAULT_MODEL
    if settings.openai_base_url or settings.openai_api_key:
        raise BadArguments(
            field="AIT_MODEL", problem=N_("indique openai/NOMBRE: ese servidor no tiene un modelo por defecto")
        )
    return OFFLINE


def _build(name: str, settings: Settings, purpose: Purpose) -> BaseChatModel:
    provider, _, model = name.partition("/")
    if name == OFFLINE:
        return OfflineChat()
    # Each SDK costs about a second to import; the offline house pays for neither.
    from agents.models import providers

    tokens, timeout = MAX_TOKENS[purpose], TIMEOUT_SECONDS[purpose]
    if provider == "anthropic" and model:
        if settings.anthropic_api_key is None:
            raise BadArguments(field="ANTHROPIC_API_KEY", problem=N_("falta la clave del modelo elegido"))
        return providers.anthropic(
            model, settings.anthropic_api_key, max_tokens=tokens, timeout=timeout, base_url=settings.anthropic_base_url
        )
    if provider == "openai" and model:
        if not (settings.openai_api_key or settings.openai_base_url):
            raise BadArguments(field="OPENAI_API_KEY", problem=N_("falta la clave del modelo elegido"))
        return providers.openai(
            model, settings.openai_api_key, max_tokens=tokens, timeout=timeout, base_url=settings.openai_base_url
        )
    raise BadArguments(field="AIT_MODEL", problem=N_("use anthropic/NOMBRE, openai/NOMBRE u offline"))


def model_for(
    settings: Settings, purpose: Purpose = "executor", *, breakers: dict[str, Breaker] | None = None
) -> BaseChatModel:
    """The model of `purpose` with its fallbacks; bind tools and ask for structure as with any.

    Args:
        settings: names the models and holds the keys.
        purpose: sets the limits of tokens and time.
        breakers: shared by all purposes of a process, by model name.

    Raises:
        BadArguments: a model is named that cannot be reached with these settings.
    """
    names = chain(settings)
    if names == (OFFLINE,):
        return OfflineChat()
    known = breakers if breakers is not None else {}
    candidates = [Candidate(name, _build(name, settings, purpose), known.setdefault(name, Breaker())) for name in names]
    return WithFallback(candidates=candidates)


@dataclass(frozen=True)
class Models:
    """All models of an installation: each purpose built once, breakers shared."""

    settings: Settings
    breakers: dict[str, Breaker] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How people are told which model answers."""
        return chain(self.settings)[0]

    @property
    def routes(self) -> bool:
        """Whether asking a model to route is worth it: only a real one knows more than stage 2."""
        return self.label != OFFLINE

    def for_agent(self, agent: Agent) -> BaseChatModel:
        """The model of `agent`, with the limits of its tier."""
        return self.executor if isinstance(agent, Executor) else self.specialist

    def router(self) -> BaseChatModel:
        """The model that decides who takes a turn when words do not."""
        return self._router

    @cached_property
    def executor(self) -> BaseChatModel:
        """The executors' model."""
        return model_for(self.settings, "executor", breakers=self.breakers)

    @cached_property
    def specialist(self) -> BaseChatModel:
        """The specialists' model."""
        return model_for(self.settings, "specialist", breakers=self.breakers)

    @cached_property
    def _router(self) -> BaseChatModel:
        return model_for(self.settings, "router", breakers=self.breakers)
