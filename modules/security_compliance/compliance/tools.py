"""What people ask of the rules: why, a new version, its publication, and the emergency stop."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field
from sqlalchemy import text
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_, Locale, translate
from tools import External, Guard, Risk, Slot, tool
from tools.gate.records import PolicyState, PolicyVersion, Switch
from tools.policy import DEFAULT, Policy
from tools.results import Result

ENFORCE: Final = text("SELECT soriano_platform.enforce(:id)")
STOP: Final = text("SELECT soriano_platform.stop(:kind, :name)")
RESUME: Final = text("SELECT soriano_platform.resume(:kind, :name)")
LONGEST: Final = 200_000
VERSION: Final = N_("la versión de la política")
Number = Annotated[
    int, Field(ge=1), Guard.SUBJECT, Slot(ask=N_("¿Qué versión de la política?"), cues=("versión", "version"))
]
Reason = Annotated[str, Field(min_length=3, max_length=500), Slot(ask=N_("¿Por qué motivo?"))]
Kind = Annotated[
    Literal["all", "agent", "tool"],
    Guard.SCOPE,
    Slot(
        ask=N_("¿Qué hay que detener: todo, un agente o una herramienta?"),
        words={
            "all": ("todo", "everything"),
            "agent": ("agente", "agent"),
            "tool": ("herramienta", "tool"),
        },
    ),
]
Name = Annotated[str, Field(max_length=120), Guard.SCOPE]


class VersionView(Result):
    """One version of the policy."""

    number: int
    state: str
    label: str
    summary: External  # an agent may have drafted it

    def told(self, locale: Locale) -> str:
        """What it is and where it stands."""
        said = {
            "draft": N_("La versión {number} de la política es un borrador: {summary}"),
            "published": N_("La versión {number} de la política está en vigor: {summary}"),
            "retired": N_("La versión {number} de la política está retirada: {summary}"),
        }[self.state]
        return translate(said, locale, number=self.number, summary=self.summary)


class Versions(Result):
    """All versions, newest first; none means that the house's own is in force."""

    versions: tuple[VersionView, ...]

    def told(self, locale: Locale) -> str:
        """One sentence a version."""
        if not self.versions:
            return translate(N_("Rige la política de la casa, sin versiones propias."), locale)
        return " ".join(version.told(locale) for version in self.versions)


class PolicyText(Result):
    """A version's two texts: the tables of who may do what, and the rules."""

    number: int
    label: str
    tables: str
    rules: str


class SwitchView(Result):
    """One emergency stop."""

    kind: str
    name: str
    reason: str
    stopped: bool

    def told(self, locale: Locale) -> str:
        """What is stopped, or runs again."""
        what = translate(N_("todo"), locale) if self.kind == "all" else self.name
        said = N_("Detenido: {what}. Solo se puede leer.") if self.stopped else N_("Vuelve a funcionar: {what}.")
        return translate(said, locale, what=what)


class Switches(Result):
    """What is stopped now."""

    stopped: tuple[SwitchView, ...]

    def told(self, locale: Locale) -> str:
        """One sentence each."""
        if not self.stopped:
            return translate(N_("No hay nada detenido."), locale)
        return " ".join(switch.told(locale) for switch in self.stopped)


@tool(
    Risk.READ,
    permission="policy:read",
    title=N_("Versiones de la política"),
    examples=("¿Qué versiones de la política hay?", "Which versions of the policy are there?"),
)
def list_policies(ctx: Context) -> Versions:
    """List the versions of the policy, newest first."""
    return Versions(versions=tuple(_view(version) for version in _versions(ctx)))


@tool(
    Risk.READ,
    permission="policy:read",
    title=N_("Texto de la política"),
    examples=("Enséñame el texto de la política en vigor", "Show me the policy that is in force"),
)
def show_policy(ctx: Context, number: Number | None = None) -> PolicyText:
    """Show the texts of a version, or of what is in force."""
    if number is None:
        published = [version for version in _versions(ctx) if version.state is PolicyState.PUBLISHED]
        if not published:
            tables, rules = _shipped()
            return PolicyText(number=0, label=Policy.load().version, tables=tables, rules=rules)
        version = published[0]
    else:
        version = _version(ctx, number)
    return PolicyText(number=version.number, label=version.label, tables=version.tables, rules=version.rules)


@tool(
    Risk.DRAFT,
    permission="governance:draft",
    title=N_("Redactar una versión de la política"),
    examples=("Guarda este borrador de la política", "Save this draft of the policy"),
)
def draft_policy(
    ctx: Context,
    summary: Annotated[str, Field(min_length=3, max_length=300)],
    rules: Annotated[str, Field(max_length=LONGEST)] | None = None,
    tables: Annotated[str, Field(max_length=LONGEST)] | None = None,
) -> VersionView:
    """Keep a draft of the policy; what is not given stays as it is in force.

    The draft is refused here if a rule does not fit the schema, so that what is published
    later can't fail.

    Raises:
        BadArguments: it does not parse, a rule names something unknown, or rules it may not drop are gone.
    """
    present = show_policy(ctx)
    tables, rules = tables or present.tables, rules or present.rules
    try:
        policy = Policy.parse(tables, rules)
    except BadArguments:
        raise
    except ValueError as error:
        raise BadArguments(field="tables", problem=str(error).partition("\n")[0]) from error
    policy.require_bold()
    number = max((version.number for version in _versions(ctx)), default=0) + 1
    version = PolicyVersion(number=number, tables=tables, rules=rules, label=policy.version, summary=summary)
    ctx.session.add(version)
    return _view(version)


@tool(
    Risk.ADMINISTRATION,
    permission="governance:publish",
    title=N_("Publicar una versión de la política"),
    examples=("Publica la versión 3 de la política", "Publish version 3 of the policy"),
)
def publish_policy(ctx: Context, number: Number) -> VersionView:
    """Put a version of the policy in force, from the next call on; another person has to approve it.

    Raises:
        Conflict: it is in force already.
    """
    version = _version(ctx, number)
    if version.state is PolicyState.PUBLISHED:
        raise Conflict(reason=N_("esa versión ya está en vigor"))
    Policy.parse(version.tables, version.rules).require_bold()
    for other in _versions(ctx):
        if other.state is PolicyState.PUBLISHED:
            other.state = PolicyState.RETIRED
            ctx.session.add(other)
    version.state, version.published_at = PolicyState.PUBLISHED, ctx.now
    ctx.session.add(version)
    ctx.session.connection().execute(ENFORCE, {"id": version.id})
    ctx.emit("policy.published", version.id, number=number, label=version.label)
    return _view(version)


@tool(
    Risk.ADMINISTRATION,
    permission="switch:administer",
    title=N_("Detener de emergencia"),
    examples=("Detén todo", "Detén el agente executor/cfo", "Stop everything now"),
)
def stop(ctx: Context, kind: Kind, reason: Reason, name: Name = "*") -> SwitchView:
    """Stop everything, one agent or one tool at once: only reading goes on.

    Raises:
        Conflict: it is stopped already.
        BadArguments: an agent or a tool without its name.
    """
    name = "*" if kind == "all" else name
    if kind != "all" and name == "*":
        raise BadArguments(field="name", problem=N_("diga qué agente o qué herramienta"))
    if _thrown(ctx, kind, name):
        raise Conflict(reason=N_("ya está detenido"))
    ctx.session.add(Switch(kind=kind, name=name, reason=reason))
    ctx.session.connection().execute(STOP, {"kind": kind, "name": name})
    ctx.emit("switch.thrown", None, kind=kind, name=name)
    return SwitchView(kind=kind, name=name, reason=reason, stopped=True)


@tool(
    Risk.ADMINISTRATION,
    permission="governance:resume",
    title=N_("Reanudar tras una parada"),
    examples=("Reanuda todo", "Let everything run again"),
)
def resume(ctx: Context, kind: Kind, reason: Reason, name: Name = "*") -> SwitchView:
    """Let what was stopped run again; another person has to approve it.

    Raises:
        Conflict: it is not stopped.
    """
    name = "*" if kind == "all" else name
    thrown = _thrown(ctx, kind, name)
    if not thrown:
        raise Conflict(reason=N_("no está detenido"))
    for switch in thrown:
        switch.lifted_at = ctx.now
        ctx.session.add(switch)
    ctx.session.connection().execute(RESUME, {"kind": kind, "name": name})
    ctx.emit("switch.lifted", None, kind=kind, name=name)
    return SwitchView(kind=kind, name=name, reason=reason, stopped=False)


@tool(
    Risk.READ,
    permission="switch:read",
    title=N_("Qué está detenido"),
    examples=("¿Hay algo detenido de emergencia?", "Is anything stopped?"),
)
def list_stopped(ctx: Context) -> Switches:
    """List what is stopped by an emergency switch."""
    found = ctx.session.exec(select(Switch).where(col(Switch.lifted_at).is_(None)).order_by(col(Switch.created_at)))
    return Switches(stopped=tuple(SwitchView(kind=s.kind, name=s.name, reason=s.reason, stopped=True) for s in found))


def _versions(ctx: Context) -> Sequence[PolicyVersion]:
    return ctx.session.exec(select(PolicyVersion).order_by(col(PolicyVersion.number).desc())).all()


def _version(ctx: Context, number: int) -> PolicyVersion:
    found = ctx.session.exec(select(PolicyVersion).where(PolicyVersion.number == number)).one_or_none()
    if found is None:
        raise NotFound(what=VERSION, ref=number)
    return found


def _view(version: PolicyVersion) -> VersionView:
    return VersionView(number=version.number, state=version.state.value, label=version.label, summary=version.summary)


def _thrown(ctx: Context, kind: str, name: str) -> Sequence[Switch]:
    return ctx.session.exec(
        select(Switch).where(Switch.kind == kind, Switch.name == name, col(Switch.lifted_at).is_(None))
    ).all()


def _shipped() -> tuple[str, str]:
    return DEFAULT.read_text(encoding="utf-8"), DEFAULT.with_suffix(".cedar").read_text(encoding="utf-8")
