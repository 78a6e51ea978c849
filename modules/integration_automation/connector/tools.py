"""The connector's tools: keep the list of servers, read pages and answers, ask an insurer."""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context, Fetched
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_
from core.places import NotAllowed, Place, Unreadable, is_literal, is_public, read_url
from core.text import clean_foreign
from modules.insurance.kernel.lookup import InsurerRef, PolicyRef, resolve_insurer, resolve_policy
from modules.insurance.kernel.records import Insurer
from modules.integration_automation.connector.answers import Values, read_json
from modules.integration_automation.connector.page import decode, read_html, read_plain
from modules.integration_automation.connector.records import AllowedHost, HostClass
from modules.integration_automation.connector.views import (
    Data,
    HostForbidden,
    HostList,
    HostRow,
    HostSaved,
    InsurerStatus,
    Page,
    data_of,
)
from tools import Risk, Slot, tool
from tools.marks import Guard

NUMBER: Final = "{policy_number}"
HTML: Final = ("text/html", "application/xhtml+xml")
PLAIN: Final = ("text/plain", "text/markdown", "")
WHAT: Final = N_("el servidor permitido")
NOT_TEXT: Final = N_("no envía una página de texto")
MOST_SAID: Final = 2_000  # characters of an insurer's answer that is no JSON

Url = Annotated[
    str,
    Field(min_length=8, max_length=2_000),
    Slot(pattern=r"https?://[^\s<>\"'«»]+[^\s<>\"'«».,;:!?)\]]", ask=N_("¿Qué dirección web leo? Péguela completa.")),
    Guard.DESTINATION,
]
Host = Annotated[
    str,
    Field(min_length=1, max_length=300),
    Slot(pattern=r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?", ask=N_("¿Qué servidor?")),
    Guard.DESTINATION,
]


class NoService(Conflict):
    """The insurer has no status service on the list."""

    text = N_("{insurer} no tiene dado de alta un servicio de consulta; puede añadirlo quien administra.")


class NewHost(BaseModel):
    """A server that may be read, and for what."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    host: Host
    purpose: Annotated[str, Field(min_length=3, max_length=300), Slot(ask=N_("¿Para qué se lee?"))]
    classes: Annotated[list[HostClass], Field(max_length=len(HostClass))] = []
    inside: bool = False
    insurer: InsurerRef | None = None
    status_path: Annotated[str, Field(max_length=500)] | None = None


@tool(
    Risk.ADMINISTRATION,
    permission="web:administer",
    title=N_("Permitir un servidor externo"),
    examples=(
        "Permite leer el servidor www.dgsfp.example",
        "Añade api.aseguradora.example a los servidores externos permitidos",
        "Allow reading the external server api.insurer.example",
    ),
)
def allow_host(ctx: Context, new: NewHost) -> HostSaved:
    """Put a server on the list of those that may be read: `name`, or `scheme://name:port`.

    `classes` say which agents may read it (people may in any case); `status_path` is where an
    insurer answers about a policy, with `{policy_number}` in it. A server of the inside
    network, or one without TLS, has to be named by the installation too.
    """
    place = _place(new.host)
    _check(place, new)
    insurer = resolve_insurer(ctx, new.insurer) if new.insurer else None
    found = _listed(ctx, place)
    created = found is None or found.deleted_at is not None
    host = found or AllowedHost(scheme=place.scheme, host=place.host, port=place.port, purpose=new.purpose)
    host.deleted_at = None
    host.purpose, host.inside, host.status_path = new.purpose, new.inside, new.status_path
    host.classes = sorted({kind.value for kind in new.classes})
    host.insurer_id = insurer.id if insurer else None
    ctx.session.add(host)
    ctx.emit("host.allowed", host.id, address=str(place), classes=host.classes)
    row = HostRow.of(host, insurer.name if insurer else None, ctx.actor.locale)
    return HostSaved(**row.model_dump(), created=created)


@tool(
    Risk.ADMINISTRATION,
    permission="web:administer",
    title=N_("Retirar un servidor externo"),
    examples=(
        "Retira www.dgsfp.example de los servidores externos permitidos",
        "Stop allowing the external server api.insurer.example",
    ),
)
def forbid_host(ctx: Context, host: Host) -> HostForbidden:
    """Take a server off the list: from now on nobody reads it."""
    place = _place(host)
    found = _listed(ctx, place)
    if found is None or found.deleted_at is not None:
        raise NotFound(what=WHAT, ref=str(place))
    found.deleted_at = ctx.now
    ctx.session.add(found)
    ctx.emit("host.forbidden", found.id, address=str(place))
    return HostForbidden(address=str(place))


@tool(
    Risk.READ,
    permission="web:read",
    title=N_("Servidores externos permitidos"),
    examples=(
        "¿Qué servidores externos se pueden leer?",
        "Lista de sitios web permitidos",
        "Which external servers may be read?",
        "List the allowed websites",
    ),
)
def list_hosts(ctx: Context) -> HostList:
    """The servers that may be read, with their kind and purpose, by name."""
    names = {insurer.id: insurer.name for insurer in ctx.session.exec(select(Insurer)).all()}
    hosts = _alive(ctx)
    return HostList(
        hosts=tuple(HostRow.of(h, names.get(h.insurer_id) if h.insurer_id else None, ctx.actor.locale) for h in hosts)
    )


@tool(
    Risk.NETWORK,
    permission="web:read",
    title=N_("Leer una página web"),
    examples=(
        "Consulta esta página web y dime qué cambia para nuestros clientes: https://www.dgsfp.example/novedades",
        "Lee la web https://www.aseguradora.example/condiciones y resúmela",
        "Look at this web page and tell me what changes for our clients: https://www.insurer.example/news",
        "Read the website https://www.insurer.example/terms",
    ),
)
def read_page(ctx: Context, url: Url) -> Page:
    """The title, text and links of a page on an allowed server; links are not followed.

    What a reader of the page would not see (comments, labels for screen readers, text set off
    the screen) comes apart, as `hidden`. All of it is somebody else's word.
    """
    fetched = ctx.doors.fetch(url)
    target = read_url(fetched.url)
    kind = _media_type(fetched)
    if kind in HTML:
        reading = read_html(fetched.content, fetched.media_type, fetched.url)
    elif kind in PLAIN:
        reading = read_plain(fetched.content, fetched.media_type)
    else:
        raise Unreadable(what=target.place.host, reason=NOT_TEXT)
    return Page.of(target.place, fetched.url, fetched.status, reading)


@tool(
    Risk.NETWORK,
    permission="web:read",
    title=N_("Leer datos de un servicio"),
    examples=(
        "Lee los datos JSON de https://api.aseguradora.example/v1/estado",
        "Consulta el servicio https://estado.banco.example/api",
        "Read the JSON data of the service https://api.insurer.example/v1/status",
    ),
)
def read_data(ctx: Context, url: Url) -> Data:
    """The values of a JSON answer of an allowed server, as text, each with its name; at most 300."""
    fetched = ctx.doors.fetch(url)
    host = read_url(fetched.url).place.host
    # An error need not be told in JSON, and is the answer all the same.
    found = Values((), cut=False) if fetched.status >= 400 else read_json(fetched, host)
    return Data(host=host, url=fetched.url, status=fetched.status, values=data_of(found), cut=found.cut)


@tool(
    Risk.NETWORK,
    permission="web:read",
    title=N_("Preguntar a la aseguradora por una póliza"),
    examples=(
        "Pregunta a la aseguradora cómo está la póliza HOG-2026-00412",
        "¿Qué dice la compañía del estado de la póliza HOG-2026-00412?",
        "Ask the insurer about the status of policy HOG-2026-00412",
    ),
)
def ask_insurer_status(ctx: Context, policy: PolicyRef) -> InsurerStatus:
    """A policy as our file has it, beside what its insurer's own service answers about it.

    The insurer's answer is told as its word; it changes nothing in our file.
    """
    ours = resolve_policy(ctx, policy)
    insurer = ctx.get(Insurer, ours.insurer_id)
    service = next((host for host in _alive(ctx) if host.insurer_id == insurer.id and host.status_path), None)
    if service is None or not service.status_path:
        raise NoService(insurer=insurer.name)
    path = service.status_path.replace(NUMBER, quote(ours.policy_number, safe=""))
    fetched = ctx.doors.fetch(f"{service.place}{path}")
    found, text = _answer(fetched, service.host)
    return InsurerStatus(
        policy=ours.policy_number,
        line=ours.line,
        state=ours.state,
        effective_on=ours.effective_on,
        expires_on=ours.expires_on,
        insurer=insurer.name,
        host=service.host,
        status=fetched.status,
        values=data_of(found),
        text=text,
        cut=found.cut,
    )


def _answer(fetched: Fetched, host: str) -> tuple[Values, str]:
    """The values of a JSON answer, or else its text: some services answer in words."""
    try:
        return read_json(fetched, host), ""
    except Unreadable:
        text = clean_foreign(decode(fetched.content[: 4 * MOST_SAID], fetched.media_type)).strip()
        return Values((), cut=len(text) > MOST_SAID), text[:MOST_SAID]


def _place(host: str) -> Place:
    """The server that `host` names; https if it does not say."""
    try:
        target = read_url(host if "://" in host else f"https://{host}")
    except NotAllowed as error:
        raise BadArguments(field="host", problem=str(error.detail["reason"])) from error
    if target.path != "/":
        raise BadArguments(field="host", problem=N_("indique solo el servidor, sin la página"))
    return target.place


def _check(place: Place, new: NewHost) -> None:
    """Refuse what could never be read, or asked.

    Raises:
        BadArguments: naming the field.
    """
    if not new.inside and place.scheme != "https":
        raise BadArguments(field="inside", problem=N_("sin https solo se lee lo que se declara interno"))
    if not new.inside and is_literal(place.host) and not is_public(place.host):
        raise BadArguments(field="inside", problem=N_("esa dirección es de la red interna: declárela interna"))
    if bool(new.status_path) != bool(new.insurer):
        raise BadArguments(field="status_path", problem=N_("la consulta y la aseguradora van juntas"))
    if new.insurer and HostClass.INSURER not in new.classes:
        raise BadArguments(field="classes", problem=N_("falta la clase «aseguradora»"))
    if new.status_path and not _fits(place, new.status_path):
        raise BadArguments(field="status_path", problem=N_("debe ser como /polizas/{policy_number}"))


def _fits(place: Place, path: str) -> bool:
    """Whether `path` stays on `place` with any number in it."""
    if not path.startswith("/") or path.count(NUMBER) != 1 or "#" in path:
        return False
    try:
        return read_url(f"{place}{path.replace(NUMBER, '0')}").place.origin == place.origin
    except NotAllowed:
        return False


def _listed(ctx: Context, place: Place) -> AllowedHost | None:
    same = (AllowedHost.scheme == place.scheme, AllowedHost.host == place.host, AllowedHost.port == place.port)
    return ctx.session.exec(select(AllowedHost).where(*same)).one_or_none()


def _alive(ctx: Context) -> Sequence[AllowedHost]:
    by_name = select(AllowedHost).where(col(AllowedHost.deleted_at).is_(None)).order_by(AllowedHost.host)
    return ctx.session.exec(by_name).all()


def _media_type(fetched: Fetched) -> str:
    return fetched.media_type.partition(";")[0].strip().lower()
