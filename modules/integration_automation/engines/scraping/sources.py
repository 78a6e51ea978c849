"""Sources (*fuentes*): what may be read is declared first, by a person who answers for it."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, NotFound
from core.i18n import N_, Locale, translate
from core.places import NotAllowed
from engines.data.multi_scraper.pages import NAME as FIELD_NAME
from engines.data.multi_scraper.pages import Wanted
from modules.integration_automation.engines.scraping.fetching import canonical, computed, place_of
from modules.integration_automation.engines.scraping.records import ScrapeSource
from modules.integration_automation.nerve.problems import EngineRefused
from tools import Risk, Slot, tool
from tools.marks import Guard
from tools.results import Result

NAME: Final = r"^[a-z][a-z0-9_]{1,59}$"
WHAT: Final = N_("la fuente")
CONTACT: Final = r"^(?:mailto:[!-'*-?A-Z^-z~]{1,60}@[A-Za-z0-9.-]{3,100}|https://[!-'*-Z^-z~]{3,190})$"
SourceName = Annotated[
    str,
    Field(pattern=NAME),
    Slot(pattern=r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b", ask=N_("¿Qué fuente registrada?")),
    Guard.SUBJECT,
]
Url = Annotated[str, Field(min_length=8, max_length=2_000), Guard.DESTINATION]


class LegalBasis(StrEnum):
    """Why the site may be read by a machine."""

    PERMISSION = "permission"  # its owner agreed in writing
    LICENCE = "licence"  # an open licence covers the content
    PUBLIC_SECTOR = "public_sector"  # Ley 37/2007, reuse of public sector information
    LEGITIMATE_INTEREST = "legitimate_interest"  # facts freely offered, no personal data, terms do not forbid it


LABELS: Final = {
    "permission": N_("permiso escrito del titular"),
    "licence": N_("licencia abierta"),
    "public_sector": N_("reutilización de información pública"),
    "legitimate_interest": N_("interés legítimo, sin datos personales"),
}


class NewSource(BaseModel):
    """A site that may be read, and how."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Annotated[str, Field(pattern=NAME)]
    start_urls: Annotated[list[Url], Field(min_length=1, max_length=50)]
    purpose: Annotated[str, Field(min_length=3, max_length=300)]
    legal_basis: LegalBasis
    terms_url: Annotated[str, Field(min_length=8, max_length=2_000)]
    terms_checked_on: date
    owner: Annotated[str, Field(min_length=3, max_length=200)]
    contact: Annotated[str, Field(pattern=CONTACT, max_length=200)]
    paths: Annotated[list[Annotated[str, Field(pattern="^/", max_length=500)]], Field(max_length=50)] = []
    each: Annotated[str, Field(max_length=500)] = ""
    fields: Annotated[dict[Annotated[str, Field(pattern=FIELD_NAME)], Wanted], Field(max_length=100)] = {}
    record_key: Annotated[list[str], Field(max_length=10)] = []
    interval: Annotated[float, Field(ge=0.1, le=3600)] = 1.0
    max_pages: Annotated[int, Field(ge=1, le=10_000)] = 100
    max_depth: Annotated[int, Field(ge=0, le=20)] = 1
    javascript: bool = False


class SourceView(Result):
    """A registered source."""

    name: Annotated[str, Slot(ref="scrape_source")]
    place: str
    start_urls: tuple[str, ...]
    paths: tuple[str, ...]
    purpose: str
    legal_basis: str
    terms_url: str
    terms_checked_on: date
    owner: str
    contact: str
    fields: tuple[str, ...]
    interval: float
    max_pages: int
    max_depth: int
    javascript: bool

    @classmethod
    def of(cls, source: ScrapeSource, locale: Locale) -> "SourceView":
        """The view of `source`."""
        plain = source.model_dump(include=set(cls.model_fields) - {"legal_basis", "fields"})
        return cls(**plain, legal_basis=translate(LABELS[source.legal_basis], locale), fields=tuple(source.fields))

    def told(self, locale: Locale) -> str:
        """Name, site, basis and who answers for it."""
        said = N_("{name}: {place} ({basis}; responde {owner}; condiciones revisadas el {on}).")
        return translate(
            said, locale, name=self.name, place=self.place, basis=self.legal_basis, owner=self.owner,
            on=self.terms_checked_on.strftime("%d/%m/%Y"),
        )  # fmt: skip


class SourceSaved(SourceView):
    """A source that has just been registered, or registered anew."""

    created: bool

    def told(self, locale: Locale) -> str:
        """That it may be read, once the connector allows its host."""
        said = N_("Fuente {name} registrada. Para leerla, el servidor {place} debe estar permitido en el conector.")
        return translate(said, locale, name=self.name, place=self.place)


class SourceList(Result):
    """All sources that may be read."""

    sources: tuple[SourceView, ...]

    def told(self, locale: Locale) -> str:
        """One line each."""
        if not self.sources:
            return translate(N_("No hay ninguna fuente registrada."), locale)
        return " ".join(source.told(locale) for source in self.sources)


@tool(
    Risk.ADMINISTRATION,
    permission="web:administer",
    title=N_("Registrar una fuente para leer"),
    engine="multi_scraper",
    examples=(
        "Registra como fuente las tarifas públicas de www.aseguradora.example, revisadas sus condiciones",
        "Register the site www.insurer.example as a source to read",
    ),
)
def register_source(ctx: Context, new: NewSource) -> SourceSaved:
    """Register a site that may be read: where it starts, on which legal basis, who answers for it, what to take out.

    The same name again replaces the declaration: so terms are confirmed anew. The host must be allowed in the
    connector too. `contact` (mailto: or https:) is told to the site with every request.
    """
    place, starts = _places(new)
    _check(ctx, new)
    found = ctx.session.exec(select(ScrapeSource).where(ScrapeSource.name == new.name)).first()
    created = found is None or found.deleted_at is not None
    told: dict[str, Any] = new.model_dump(mode="json") | {
        "terms_checked_on": new.terms_checked_on, "place": place, "start_urls": starts,
    }  # fmt: skip
    source = found or ScrapeSource(**told)
    for name, value in told.items():
        setattr(source, name, value)
    source.deleted_at = None
    ctx.session.add(source)
    ctx.emit("scrape_source.registered", source.id, name=source.name, place=place, legal_basis=source.legal_basis)
    return SourceSaved(**SourceView.of(source, ctx.actor.locale).model_dump(), created=created)


@tool(
    Risk.ADMINISTRATION,
    permission="web:administer",
    title=N_("Retirar una fuente"),
    engine="multi_scraper",
    examples=("Retira la fuente tarifas_publicas", "Retire the source public_rates"),
)
def retire_source(ctx: Context, source: SourceName) -> SourceView:
    """Read a source no more; what was read of it stays, with where it came from."""
    found = source_named(ctx, source)
    found.deleted_at = ctx.now
    ctx.session.add(found)
    ctx.emit("scrape_source.retired", found.id, name=found.name)
    return SourceView.of(found, ctx.actor.locale)


@tool(
    Risk.READ,
    permission="web:read",
    title=N_("Fuentes registradas para leer"),
    engine="multi_scraper",
    examples=(
        "¿Qué fuentes web hay registradas para leer sus datos?",
        "¿Con qué base legal leemos cada sitio?",
        "List the registered sources for scraping",
    ),
)
def list_sources(ctx: Context) -> SourceList:
    """The sites that may be read, with their legal basis and who answers for each, by name."""
    return SourceList(sources=tuple(SourceView.of(source, ctx.actor.locale) for source in sources(ctx)))


def sources(ctx: Context) -> Sequence[ScrapeSource]:
    """All registered sources, by name."""
    alive = select(ScrapeSource).where(col(ScrapeSource.deleted_at).is_(None))
    return ctx.session.exec(alive.order_by(ScrapeSource.name)).all()


def source_named(ctx: Context, name: str) -> ScrapeSource:
    """The registered source of that name.

    Raises:
        NotFound: there is none.
    """
    found = ctx.session.exec(select(ScrapeSource).where(ScrapeSource.name == name)).first()
    if found is None or found.deleted_at is not None:
        raise NotFound(what=WHAT, ref=name)
    return found


def _places(new: NewSource) -> tuple[str, list[str]]:
    """The one host of the source, and its start addresses in their one form."""
    try:
        starts = [canonical(url) for url in new.start_urls]
        places = {place_of(url) for url in (*starts, *(place_of(url) for url in starts))}
        place_of(canonical(new.terms_url))
    except (EngineRefused, NotAllowed) as error:
        raise BadArguments(field="start_urls", problem=N_("no es una dirección web bien escrita")) from error
    if len(places) != 1:
        raise BadArguments(field="start_urls", problem=N_("una fuente es de un solo servidor; registre otra"))
    return places.pop(), list(dict.fromkeys(starts))


def _check(ctx: Context, new: NewSource) -> None:
    if new.terms_checked_on > ctx.today:
        raise BadArguments(field="terms_checked_on", problem=N_("no puede ser una fecha futura"))
    if new.fields:
        for selectors, each in ((new.fields, ""), (new.fields, new.each)):
            try:
                computed("extract", html="<p></p>", fields=selectors, each=each, base="")
            except EngineRefused as error:
                field = "each" if error.error.argument == "each" else "fields"
                raise BadArguments(field=field, problem=N_("tiene un selector CSS que no se entiende")) from error
    lacking = [name for name in new.record_key if name not in new.fields or not new.fields[name].required]
    if lacking:
        raise BadArguments(field="record_key", problem=N_("la clave se forma con campos obligatorios"))
