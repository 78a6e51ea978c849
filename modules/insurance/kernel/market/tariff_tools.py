"""Loading, listing, comparing and retiring the tariffs of insurers."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import AitError, BadArguments, Conflict, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import ZERO, Money, format_money
from modules.insurance.kernel.imports import MOST, Tally, once
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lines import line_label, line_of
from modules.insurance.kernel.lookup import InsurerRef, alive, resolve_insurer
from modules.insurance.kernel.market_records import TariffVersion
from modules.insurance.kernel.records import Insurer, Policy, Term
from modules.insurance.kernel.rows import ImportRow, Key, LineName
from modules.insurance.kernel.states import PolicyState
from modules.insurance.kernel.tariff import Tariff
from modules.insurance.kernel.tariff_versions import checked, compiled, differences, scaled
from modules.insurance.kernel.tools import LineCode
from modules.insurance.kernel.views import ImportReport, day
from tools import Risk, Slot, tool
from tools.results import Result

TRIED: Final = 500  # policies on which two tariffs are compared
SHOWN: Final = 100  # differences
Version = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$"),
    Slot(ask=N_("¿Qué versión de la tarifa?"), cues=("versión", "version")),
]  # fmt: skip


class TariffNotFound(NotFound):
    """The insurer has no such version."""

    text = N_("No encuentro la tarifa «{ref}».")


class TariffOverlap(Conflict):
    """Two versions would hold on one date."""

    text = N_("La tarifa {version} ya rige desde el {on}: retírela o cambie la fecha.")


class TariffImport(ImportRow):
    """One tariff: its whole file (`book`), or how the insurer's bases differ from the reference (`scale`)."""

    insurer_code: Key
    line: LineName
    version: Version
    starts_on: date
    book: dict[str, Any] | None = None
    scale: dict[str, Annotated[Decimal, Field(gt=0, le=10)]] | None = None


class TariffRow(Result):
    """A tariff version in one line."""

    insurer: str
    line: str
    version: str
    starts_on: date
    ends_on: date | None

    def told(self, locale: Locale) -> str:
        """Whose, which, from when, until when."""
        until = translate(N_(" hasta el {on}"), locale, on=day(self.ends_on)) if self.ends_on else ""
        text = N_("{insurer}, {line}: {version}, desde el {on}{until}.")
        return translate(
            text, locale, insurer=self.insurer, line=line_label(self.line, locale), version=self.version,
            on=day(self.starts_on), until=until,
        )  # fmt: skip


class TariffList(Result):
    """Tariffs by insurer and line, the latest first."""

    tariffs: tuple[TariffRow, ...]

    def told(self, locale: Locale) -> str:
        """Each of them."""
        if not self.tariffs:
            return translate(N_("Ninguna aseguradora tiene tarifa propia: se usa la de referencia."), locale)
        return " ".join(row.told(locale) for row in self.tariffs)


class Difference(BaseModel):
    """One value that two tariffs do not share."""

    model_config = ConfigDict(frozen=True)

    path: str
    before: str
    after: str


class TariffComparison(Result):
    """What changes between two tariffs, and what that does to the policies in force."""

    insurer: str
    line: str
    before: str
    after: str
    differences: tuple[Difference, ...]
    more: int
    policies: int  # on which both were tried
    unpriced: int  # that one of them does not price
    premium_before: Money
    premium_after: Money

    def told(self, locale: Locale) -> str:
        """How many values differ, and the premium in sum."""
        text = N_("{before} → {after} ({insurer}): {count} valores distintos. En {policies} pólizas, prima de {old} a "
                  "{new}; sin precio en una de las dos: {unpriced}.")  # fmt: skip
        return translate(
            text, locale, before=self.before, after=self.after, insurer=self.insurer,
            count=len(self.differences) + self.more, policies=self.policies,
            old=format_money(self.premium_before, locale), new=format_money(self.premium_after, locale),
            unpriced=self.unpriced,
        )  # fmt: skip


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Cargar tarifas de aseguradoras"),
    examples=("Carga las tarifas de las aseguradoras", "Load the insurers' tariffs"),
)
def import_tariffs(ctx: Context, rows: Annotated[list[TariffImport], Field(max_length=MOST)]) -> ImportReport:
    """Load tariffs of insurers, each from a date on; the one before ends on that day. All or none.

    A tariff with a gap or an overlap in its bands is refused with the table named. The same
    rows again change nothing.
    """
    once(rows, lambda row: f"{row.insurer_code}/{row.line}/{row.version}", "version")
    tally = Tally()
    for row in rows:
        _load(ctx, row, tally)
    ctx.emit("tariffs.loaded", None, created=tally.created, updated=tally.updated)
    return tally.report()


def _load(ctx: Context, row: TariffImport, tally: Tally) -> None:
    line, insurer = line_of(row.line), resolve_insurer(ctx, row.insurer_code)
    if (row.book is None) == (row.scale is None):
        raise BadArguments(N_("Indique en «{field}» la tarifa entera o la escala, una de las dos."), field="book")
    book = row.book if row.book is not None else scaled(line.tariff.data, row.scale or {})
    kept = checked(line, book, row.version)
    versions = _versions(ctx, insurer, line.code)
    held = next((found for found in versions if found.name == row.version), None)
    if held is not None:
        if held.book == kept and held.starts_on == row.starts_on:
            tally.unchanged += 1
            return
        # What was quoted with it must stay explainable: a change is a new version.
        text = N_("La tarifa {version} ya está cargada y no se cambia: dé a la nueva otro nombre de versión.")
        raise Conflict(text, version=row.version)
    later = next((found for found in versions if found.starts_on >= row.starts_on), None)
    if later is not None:
        raise TariffOverlap(version=later.name, on=day(later.starts_on))
    for found in versions:
        if found.ends_on is None or found.ends_on > row.starts_on:
            found.ends_on = row.starts_on
            ctx.session.add(found)
    ctx.session.add(
        TariffVersion(id=new_id(), insurer_id=insurer.id, line=line.code, name=row.version,
                      starts_on=row.starts_on, book=kept)
    )  # fmt: skip
    ctx.session.flush()
    tally.created += 1


def _versions(ctx: Context, insurer: Insurer, line: str) -> Sequence[TariffVersion]:
    mine = (TariffVersion.insurer_id == insurer.id, TariffVersion.line == line, alive(TariffVersion))
    return ctx.session.exec(select(TariffVersion).where(*mine).order_by(col(TariffVersion.starts_on))).all()


def _version(ctx: Context, insurer: Insurer, line: str, version: str) -> TariffVersion:
    found = next((one for one in _versions(ctx, insurer, line) if one.name == version), None)
    if found is None:
        raise TariffNotFound(ref=f"{insurer.name} {line} {version}")
    return found


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Tarifas cargadas"),
    examples=("Qué tarifas tenemos cargadas", "Tarifas de autos de Mutua Levante", "List the tariffs loaded"),
)
def list_tariffs(ctx: Context, insurer: InsurerRef | None = None, line: LineCode | None = None) -> TariffList:
    """The tariffs of insurers by line, with the dates from and to which they hold."""
    where = [alive(TariffVersion), col(Insurer.id) == col(TariffVersion.insurer_id)]
    if insurer:
        where.append(col(TariffVersion.insurer_id) == resolve_insurer(ctx, insurer).id)
    if line:
        where.append(col(TariffVersion.line) == line)
    query = select(TariffVersion, Insurer.name).where(*where)
    found = ctx.session.exec(query.order_by(Insurer.name, TariffVersion.line, col(TariffVersion.starts_on).desc()))
    rows = (
        TariffRow(insurer=name, line=one.line, version=one.name, starts_on=one.starts_on, ends_on=one.ends_on)
        for one, name in found
    )
    return TariffList(tariffs=tuple(rows))


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Comparar dos tarifas"),
    examples=(
        "Compara las tarifas 2026 y 2027 de autos de Mutua Levante",
        "Qué cambia entre la tarifa de referencia y la de Meridiano en hogar",
        "Compare the 2026 and 2027 motor tariffs of Mutua Levante",
    ),
)
def compare_tariffs(
    ctx: Context, insurer: InsurerRef, line: LineCode, after: Version, before: Version | None = None
) -> TariffComparison:
    """What changes between two tariffs of an insurer, value by value, and over its policies in force.

    `before` is the reference tariff if it is not given. Premiums are yearly totals.
    """
    declared, found = line_of(line), resolve_insurer(ctx, insurer)
    new = _version(ctx, found, line, after)
    old = _version(ctx, found, line, before) if before else None
    old_tariff = compiled(old) if old else declared.tariff
    changed = [Difference(path=p, before=b, after=a) for p, b, a in differences(old_tariff.data, new.book)]
    tried = _tried(ctx, declared, found, old_tariff, compiled(new), new.starts_on)
    return TariffComparison(
        insurer=found.name, line=line, before=old_tariff.version, after=after, differences=tuple(changed[:SHOWN]),
        more=max(len(changed) - SHOWN, 0), **tried,
    )  # fmt: skip


def _tried(ctx: Context, line: Line, insurer: Insurer, before: Tariff, after: Tariff, on: date) -> dict[str, Any]:
    """Both tariffs on the latest terms of the insurer's policies in force."""
    mine = (
        Policy.line == line.code, Policy.insurer_id == insurer.id, Policy.state == PolicyState.IN_FORCE, alive(Policy),
        col(Term.policy_id) == col(Policy.id),
    )  # fmt: skip
    newest = select(Term).where(*mine).order_by(col(Policy.id), col(Term.number).desc()).limit(TRIED * 3)
    latest: dict[Any, Term] = {}
    for term in ctx.session.exec(newest):
        latest.setdefault(term.policy_id, term)
    totals, unpriced = (ZERO, ZERO), 0
    for term in list(latest.values())[:TRIED]:
        try:
            old, new = (line.rate_again(term.risk, on, tariff).total or ZERO for tariff in (before, after))
        except AitError:
            unpriced += 1
            continue
        totals = (totals[0] + old, totals[1] + new)
    return {"policies": len(latest), "unpriced": unpriced, "premium_before": totals[0], "premium_after": totals[1]}


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Retirar una tarifa"),
    examples=("Retira la tarifa 2026 de autos de Mutua Levante", "Retire the 2026 motor tariff of Mutua Levante"),
)
def retire_tariff(
    ctx: Context, insurer: InsurerRef, line: LineCode, version: Version,
    ends_on: Annotated[date, Slot(ask=N_("¿Desde qué día deja de valer?"), cues=("desde", "el", "from"))],
) -> TariffRow:  # fmt: skip
    """End a tariff on a day (the first on which it no longer holds); quotes made with it stay as they are."""
    found = resolve_insurer(ctx, insurer)
    kept = _version(ctx, found, line, version)
    if ends_on <= kept.starts_on:
        raise BadArguments(N_("«{field}» debe ser posterior al inicio de la tarifa."), field="ends_on")
    kept.ends_on = ends_on
    ctx.session.add(kept)
    ctx.emit("tariff.retired", kept.id, ends_on=ends_on.isoformat())
    return TariffRow(insurer=found.name, line=line, version=version, starts_on=kept.starts_on, ends_on=ends_on)
