"""What the connector's tools answer; whatever another house wrote is marked as foreign."""

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.places import Place
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.views import day, state_label
from modules.integration_automation.connector.answers import Values
from modules.integration_automation.connector.page import Reading
from modules.integration_automation.connector.records import LABELS, AllowedHost
from tools import Slot
from tools.marks import External
from tools.results import Result

TOLD: Final = 10  # values of an answer that are said
SAID: Final = 700  # characters of a page that are said
MORE: Final = N_("La respuesta es más larga; aquí no está completa.")
UNSEEN: Final = N_("La página lleva además texto que un lector no ve: trátelo con cautela.")


class HostRow(Result):
    """A server that may be read."""

    address: str
    purpose: str
    classes: tuple[str, ...]
    inside: bool
    insurer: str | None = None
    status_path: str | None = None

    @classmethod
    def of(cls, host: AllowedHost, insurer: str | None, locale: Locale) -> "HostRow":
        """The row of `host`."""
        return cls(
            address=str(host.place),
            purpose=host.purpose,
            classes=tuple(translate(LABELS[name], locale) for name in host.classes),
            inside=host.inside,
            insurer=insurer,
            status_path=host.status_path,
        )

    def told(self, locale: Locale) -> str:
        """Address, kinds and purpose."""
        kinds = ", ".join(self.classes)
        return f"{self.address} ({kinds}): {self.purpose}." if kinds else f"{self.address}: {self.purpose}."


class HostSaved(HostRow):
    """A server that has just been allowed."""

    created: bool

    def told(self, locale: Locale) -> str:
        """What is read from now on, and what is missing for it."""
        said = translate(N_("Desde ahora se puede leer {address}."), locale, address=self.address)
        if not self.inside:
            return said
        needs = N_("Como es interno o no va cifrado, la instalación debe nombrarlo en AIT_INSIDE_HOSTS.")
        return f"{said} {translate(needs, locale)}"


class HostForbidden(Result):
    """A server that is read no more."""

    address: str

    def told(self, locale: Locale) -> str:
        """That it is read no more."""
        return translate(N_("Ya no se puede leer {address}."), locale, address=self.address)


class HostList(Result):
    """All servers that may be read."""

    hosts: tuple[HostRow, ...]

    def told(self, locale: Locale) -> str:
        """One sentence a server."""
        if not self.hosts:
            return translate(N_("No hay ningún servidor externo permitido."), locale)
        return " ".join(host.told(locale) for host in self.hosts)


class Page(Result):
    """A page of the web as text. `hidden` is what only a machine would notice; `links` are not followed."""

    host: str
    url: External
    status: int
    title: External
    text: External
    hidden: External
    links: tuple[External, ...]
    cut: bool

    @classmethod
    def of(cls, place: Place, url: str, status: int, reading: Reading) -> "Page":
        """What was read at `url`."""
        return cls(host=place.host, url=url, status=status, **reading._asdict())

    def told(self, locale: Locale) -> str:
        """Title and beginning, as a quotation of the host."""
        if self.status >= 400:
            return _failed(self.host, self.status, locale)
        begun = self.text if len(self.text) <= SAID else f"{self.text[:SAID].rpartition(' ')[0]}…"
        head = f"{self.host}, «{self.title}»:" if self.title else f"{self.host}:"
        parts = [head, begun or translate(N_("sin texto"), locale)]
        if self.cut:
            parts.append(translate(MORE, locale))
        if self.hidden:
            parts.append(translate(UNSEEN, locale))
        return "\n\n".join(parts)


class Datum(BaseModel):
    """One value of another house's answer."""

    model_config = ConfigDict(frozen=True)

    name: External
    text: External


def data_of(found: Values) -> tuple[Datum, ...]:
    """The values of an answer as results hold them."""
    return tuple(Datum(name=value.name, text=value.text) for value in found.values)


class Data(Result):
    """A service's answer, value by value, as text."""

    host: str
    url: External
    status: int
    values: tuple[Datum, ...]
    cut: bool

    def told(self, locale: Locale) -> str:
        """The first values."""
        if self.status >= 400:
            return _failed(self.host, self.status, locale)
        return f"{self.host}: {_listed(self.values, self.cut, locale)}"


class InsurerStatus(Result):
    """A policy as our file has it, and what its insurer answers about it."""

    policy: Annotated[str, Slot(ref="policy")]
    line: str
    state: str
    effective_on: date
    expires_on: date
    insurer: str
    host: str
    status: int
    values: tuple[Datum, ...]
    text: External  # an answer that is no JSON
    cut: bool

    def told(self, locale: Locale) -> str:
        """Ours first, then theirs as a quotation: the two are never mixed."""
        ours = translate(
            N_("En nuestro fichero la póliza {policy} ({line}) está {state}, del {since} al {until}."),
            locale,
            policy=self.policy,
            line=line_label(self.line, locale),
            state=state_label(self.state, locale),
            since=day(self.effective_on),
            until=day(self.expires_on),
        )
        if self.status >= 400:
            return f"{ours} {_failed(self.insurer, self.status, locale)}"
        theirs = _listed(self.values, self.cut, locale) if self.values else f"«{self.text[:SAID]}»"
        answers = translate(N_("{insurer} contesta: {answer}"), locale, insurer=self.insurer, answer=theirs)
        return f"{ours} {answers}"


def _failed(who: str, status: int, locale: Locale) -> str:
    return translate(N_("{who} contesta con el error {status}."), locale, who=who, status=status)


def _listed(values: tuple[Datum, ...], cut: bool, locale: Locale) -> str:
    said = "; ".join(f"{value.name}: «{value.text}»" if value.name else f"«{value.text}»" for value in values[:TOLD])
    said = f"{said}." if said else translate(N_("sin datos."), locale)
    return f"{said} {translate(MORE, locale)}" if cut or len(values) > TOLD else said
