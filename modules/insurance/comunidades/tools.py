"""The tools of owners' communities: price, quote, an administrator's book, inspections due, claim frequency."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.context import Context
from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.comunidades.administrators import claims_of, inspections, named, of_administrator, total
from modules.insurance.comunidades.line import LINE
from modules.insurance.comunidades.records import Building
from modules.insurance.comunidades.risk import ComunidadesRisk, per_ten_units
from modules.insurance.kernel.insured import insured
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.views import PolicyNumber, day, listed
from tools import Risk, Slot, tool
from tools.marks import External
from tools.results import Result


class ComunidadesRequest(QuoteRequest, line=LINE):
    """What a person says of the building to be insured."""


@tool(
    Risk.READ,
    permission="comunidades:read",
    title=N_("Tarificar un riesgo de comunidades"),
    examples=(
        "Tarifica una comunidad de 24 viviendas con 3.200.000 € de continente, sin cliente",
        "Calcula la prima de un edificio de 6 plantas con ascensor",
        "Rate an owners' community of 24 dwellings",
    ),
)
def rate(ctx: Context, risk: ComunidadesRisk) -> Rating:
    """The premium of a building with coverages, taxes, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="comunidades:quote",
    title=N_("Cotizar un seguro de comunidades"),
    examples=(
        "Cotiza el seguro de la comunidad de propietarios Rubio Sierra",
        "Presupuesto completo para una comunidad de 24 viviendas",
        "Quote the owners' community of Calle Mayor 3",
    ),
)
def quote_policy(ctx: Context, request: ComunidadesRequest) -> QuoteView:
    """Price a community's building and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs, and the answer says so; what is missing
    is asked for. A referred quote is indicative, a declined one has no price.
    """
    return quoted(ctx, request)


class BuildingRow(BaseModel):
    """One building of a list."""

    model_config = ConfigDict(frozen=True)

    policy: PolicyNumber
    description: External
    units: int
    expires_on: date
    total_premium: Money
    ite_result: str | None
    ite_next_on: date | None

    def told(self, locale: Locale) -> str:
        """Policy, expiry, price, and the next inspection."""
        text = N_("{policy} ({what}): vence el {expires}, {total} al año.")
        said = translate(
            text, locale, policy=self.policy, what=self.description, expires=day(self.expires_on),
            total=format_money(self.total_premium, locale),
        )  # fmt: skip
        if self.ite_next_on is None:
            return said
        inspection = translate(N_("Próxima ITE: {on}."), locale, on=day(self.ite_next_on))
        return f"{said} {inspection}"


def _row(policy: Policy, building: Building) -> BuildingRow:
    return BuildingRow(
        policy=policy.policy_number, description=policy.risk_description, units=building.units_count,
        expires_on=policy.expires_on, total_premium=policy.total_premium, ite_result=building.ite_result,
        ite_next_on=building.ite_next_on,
    )  # fmt: skip


class AdministratorBook(Result):
    """The communities of one administrator."""

    administrator: str
    count: int
    units: int
    total_premium: Money
    buildings: tuple[BuildingRow, ...]

    def told(self, locale: Locale) -> str:
        """How many and how much, then the first few."""
        text = N_("{administrator}: {count} pólizas de comunidades, {units} viviendas y locales, {total} al año.")
        said = translate(
            text, locale, administrator=self.administrator, count=self.count, units=self.units,
            total=format_money(self.total_premium, locale),
        )  # fmt: skip
        return f"{said} {listed([row.told(locale) for row in self.buildings], self.count, locale)}".strip()


@tool(
    Risk.READ,
    permission="comunidades:read",
    title=N_("Cartera de un administrador de fincas"),
    examples=(
        "¿Qué comunidades lleva el administrador Fincas Levante?",
        "Cartera de comunidades del administrador de fincas",
        "Which communities does the administrator Fincas Levante look after?",
    ),
)
def list_by_administrator(
    ctx: Context,
    administrator: Annotated[
        str,
        Field(min_length=1, max_length=80, description=N_("Administrador de fincas")),
        Slot(ask=N_("¿De qué administrador de fincas?"), cues=("administrador", "administrator")),
    ],
) -> AdministratorBook:
    """All living policies whose building one administrator looks after, by expiry, with their premiums."""
    name = named(ctx, administrator)
    found = of_administrator(ctx, name)
    return AdministratorBook(
        administrator=name, count=len(found), units=sum(building.units_count for _, building in found),
        total_premium=total(found), buildings=tuple(_row(*pair) for pair in found),
    )  # fmt: skip


class Inspections(Result):
    """Buildings whose inspection is due or failed."""

    until: date
    count: int
    buildings: tuple[BuildingRow, ...]

    def told(self, locale: Locale) -> str:
        """How many, then the first few."""
        text = N_("Inspecciones técnicas desfavorables o que vencen hasta el {until}: {count}.")
        said = translate(text, locale, until=day(self.until), count=self.count)
        return f"{said} {listed([row.told(locale) for row in self.buildings], self.count, locale)}".strip()


@tool(
    Risk.READ,
    permission="comunidades:read",
    title=N_("Inspecciones técnicas de edificios que vencen"),
    examples=(
        "¿Qué comunidades tienen la ITE pendiente este semestre?",
        "Inspecciones técnicas que vencen en 90 días",
        "Which buildings have their technical inspection due?",
    ),
)
def list_inspections(
    ctx: Context,
    days: Annotated[int, Field(ge=1, le=730, description=N_("Días hacia delante")), Slot(units=("días", "days"))] = 180,
) -> Inspections:
    """Buildings with an unfavourable technical inspection (ITE), or whose next one falls due in so many days."""
    until = ctx.today + timedelta(days=days)
    found = inspections(ctx, until)
    return Inspections(until=until, count=len(found), buildings=tuple(_row(*pair) for pair in found))


class ClaimFrequencyView(Result):
    """Claims for every ten units in three years, and what the price rests on now."""

    policy: PolicyNumber
    claims: int
    units: int
    per_10_units: Decimal
    declared: Decimal

    def told(self, locale: Locale) -> str:
        """The figure beside the declared one."""
        text = N_(
            "Póliza {policy}: {claims} siniestros en tres años, {found} por diez viviendas (declarado: {declared})."
        )
        return translate(
            text, locale, policy=self.policy, claims=self.claims, found=f"{self.per_10_units:f}",
            declared=f"{self.declared:f}",
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="comunidades:read",
    title=N_("Siniestros por diez viviendas de una comunidad"),
    examples=(
        "¿Cuántos siniestros por diez viviendas tiene la comunidad de la póliza 0903-69685071?",
        "Frecuencia de siniestros de la comunidad",
        "Claims per ten units of the community",
    ),
)
def measure_claims(ctx: Context, policy: PolicyRef) -> ClaimFrequencyView:
    """The claim frequency that the tariff loads by: claims of the last three years for every ten units."""
    found, term = insured(ctx, policy, LINE)
    claims, units = claims_of(ctx, found, ctx.today), int(term.risk["units_count"])
    return ClaimFrequencyView(
        policy=found.policy_number, claims=claims, units=units, per_10_units=per_ten_units(claims, units),
        declared=Decimal(str(term.risk["claims_per_10_units_3y"])),
    )  # fmt: skip
