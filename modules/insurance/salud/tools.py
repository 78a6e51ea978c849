"""The tools of health insurance: price, quote, the tariff by age, the insured, what each may use and when."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core.context import Context
from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.views import day
from modules.insurance.salud.acts import ACTS, ActChoice
from modules.insurance.salud.line import LINE
from modules.insurance.salud.lookup import InsuredName, Life, life_of, lives_of
from modules.insurance.salud.risk import KINSHIPS, PRODUCTS, Product, ProductChoice, SaludRisk, Zone, ZoneChoice
from modules.insurance.salud.waiting import GROUNDS, Wait, wait_of, waits_of
from tools import Risk, Slot, tool
from tools.marks import Needs
from tools.results import Result

OLDEST = 74  # SAL-D1: nobody older enters


class SaludRequest(QuoteRequest, line=LINE):
    """What a person says of the lives to be insured."""


@tool(
    Risk.READ,
    permission="salud:read",
    title=N_("Tarificar un riesgo de salud"),
    examples=(
        "Tarifica un seguro médico sin copago en zona B para una persona de 37 años, sin cliente",
        "Calcula la prima de salud de una familia de cuatro con copago y dental",
        "Rate a health insurance for a couple of 58 and 54 with reimbursement",
    ),
)
def rate(ctx: Context, risk: SaludRisk) -> Rating:
    """The premium of the insured lives, one price a person, with taxes and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half up
    to the cent. The premium tax falls on travel assistance alone.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="salud:quote",
    title=N_("Cotizar un seguro de salud"),
    examples=(
        "Cotiza un seguro de salud con copago para Raquel Gómez",
        "Presupuesto de seguro médico sin copago para Álvaro Ramos",
        "Quiero un seguro médico de reembolso",
        "Quote health insurance with copay for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: SaludRequest) -> QuoteView:
    """Price a customer's family and keep the quote for 30 days; it binds nobody.

    Without `insureds` the policyholder alone is insured. What is not said comes from the
    policy that runs, and the answer says so; what is missing is asked for. A referred quote
    is indicative, a declined one has no price.
    """
    return quoted(ctx, request)


class AgeBand(BaseModel):
    """The standard yearly price of one age band, before taxes and family discount."""

    model_config = ConfigDict(frozen=True)

    from_age: int
    to_age: int
    zones: dict[str, Money]


class StandardRates(Result):
    """The standard tariff by age of one product: what is disclosed before the sale."""

    product: str
    product_label: str
    tariff_version: str
    status: str
    zone: str | None
    bands: tuple[AgeBand, ...]
    family: dict[str, str]  # from how many insured on: the factor

    def told(self, locale: Locale) -> str:
        """The bands, with the price of the zone asked for or the span of all."""
        said = [self._band(band, locale) for band in self.bands]
        head = N_("Tarifas estándar de {product} por edad y año, sin impuestos ({version}): {bands}. Desde tres "
                  "asegurados, descuento familiar.")  # fmt: skip
        return translate(
            head, locale, product=translate(self.product_label, locale), version=self.tariff_version,
            bands="; ".join(said),
        )  # fmt: skip

    def _band(self, band: AgeBand, locale: Locale) -> str:
        prices = [band.zones[self.zone]] if self.zone else sorted(band.zones.values())
        span = " – ".join(format_money(price, locale) for price in dict.fromkeys((prices[0], prices[-1])))
        return f"{band.from_age}–{band.to_age}: {span}"


@tool(
    Risk.READ,
    permission="salud:read",
    title=N_("Tarifas de salud por edad"),
    examples=(
        "Tarifas estándar de salud por tramos de edad",
        "¿Cuánto cuesta el seguro médico con copago según la edad?",
        "Standard health rates by age band",
    ),
)
def show_standard_rates(ctx: Context, product: ProductChoice, zone: ZoneChoice | None = None) -> StandardRates:
    """The standard price of each age band and zone, which is disclosed before the sale (ROSSEAR art. 126.2).

    EUR a year for one insured, net of taxes and before the family discount. From 65 on the
    insurer has to accept each person; above 74 nobody enters.
    """
    tariff = LINE.tariff
    steps = [step["from"] for step in tariff.data["coverages"]["asistencia_sanitaria"]["base"]["steps"]]
    ends = [*(start - 1 for start in steps[1:]), OLDEST]
    bands = tuple(
        AgeBand(from_age=first, to_age=last, zones={one.value: _standard(product, one, first) for one in Zone})
        for first, last in zip(steps, ends, strict=True)
    )
    family = {str(step["from"]): step["value"] for step in tariff.data["factors"]["family_size"]["steps"]}
    return StandardRates(
        product=product, product_label=PRODUCTS[product], tariff_version=tariff.version,
        status=str(tariff.data["status"]), zone=zone, bands=bands, family=family,
    )  # fmt: skip


def _standard(product: Product | str, zone: Zone, age: int) -> Decimal:
    """The price of one insured of `age` alone."""
    inputs = {"product": product, "zone": zone, "payment_frequency": "annual", "insureds": [{"age": age}]}
    return (LINE.rate(SaludRisk.model_validate(inputs)).coverage_premiums or {})["asistencia_sanitaria#1"]


class InsuredRow(Result):
    """One insured life of a policy."""

    position: int
    full_name: str | None
    kinship: str | None
    age: int
    insured_since: date
    net_premium: Money | None
    previous_insurer: str | None
    previous_proved: bool | None
    health_loading_pct: Annotated[Decimal, Needs("salud:health")] | None
    exclusions: Annotated[tuple[str, ...], Needs("salud:health")] | None

    def told(self, locale: Locale) -> str:
        """Number, name, kinship, age, own start."""
        text = N_("{no}. {name} ({kinship}, {age} años), desde el {since}")
        return translate(
            text, locale, no=self.position, name=self.full_name or "—",
            kinship=translate(KINSHIPS.get(self.kinship or "", "—"), locale), age=self.age,
            since=day(self.insured_since),
        )  # fmt: skip


class InsuredList(Result):
    """The insured lives of a policy, and the family discount that their number gives."""

    policy: Annotated[str, Slot(ref="policy")]
    product: str
    insureds: tuple[InsuredRow, ...]
    family_factor: Decimal

    def told(self, locale: Locale) -> str:
        """Everybody, and the discount."""
        people = "; ".join(row.told(locale) for row in self.insureds)
        off = f"{(1 - self.family_factor) * 100:.0f}"
        return translate(
            N_("Asegurados de la póliza {policy}: {people}. Descuento familiar: {off} %."), locale,
            policy=self.policy, people=people, off=off,
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="salud:read",
    title=N_("Asegurados de una póliza de salud"),
    examples=(
        "¿Quiénes están asegurados en la póliza de salud 0905-81354133?",
        "Asegurados de la póliza de salud y su fecha de alta",
        "Who is insured under this health policy?",
    ),
)
def show_insureds(ctx: Context, policy: PolicyRef) -> InsuredList:
    """The insured lives with their own start dates and prices, as the reference tariff has them today.

    Loadings and agreed exclusions tell of health: only who may read it sees them.
    """
    lives = lives_of(ctx, policy)
    risk, number = lives[0].risk, lives[0].policy.policy_number
    premiums = LINE.rate(risk, ctx.today).coverage_premiums or {}
    rows = tuple(_insured_row(life, at, premiums) for at, life in enumerate(lives, 1))
    factor = LINE.tariff.factors["family_size"]({"insured_count": len(lives)})
    return InsuredList(policy=number, product=str(risk.product), insureds=rows, family_factor=factor)


def _insured_row(life: Life, at: int, premiums: dict[str, Any]) -> InsuredRow:
    person = life.person
    own = [amount for id, amount in premiums.items() if id.endswith(f"#{at}")]
    return InsuredRow(
        position=life.row.position, full_name=person.full_name, kinship=person.kinship, age=person.age,
        insured_since=life.since, net_premium=sum(own, Decimal(0)) if own else None,
        previous_insurer=person.previous_insurer, previous_proved=person.previous_proved,
        health_loading_pct=person.health_loading_pct, exclusions=tuple(person.exclusions),
    )  # fmt: skip


class WaitRow(BaseModel):
    """From when one insured may use one act."""

    model_config = ConfigDict(frozen=True)

    insured: str
    act: str
    act_label: str
    months: int
    usable_from: date | None
    usable: bool
    ground: str
    ground_label: str

    def told(self, locale: Locale) -> str:
        """The act, and from when or why not."""
        act, ground = translate(self.act_label, locale), translate(self.ground_label, locale)
        if self.usable_from is None or self.usable:
            return f"{act}: {ground}"
        return translate(N_("{act}: desde el {on}"), locale, act=act, on=day(self.usable_from))


class WaitingPeriods(Result):
    """What insured lives may use on a date, and from when the rest."""

    policy: Annotated[str, Slot(ref="policy")]
    on: date
    rows: tuple[WaitRow, ...]

    def told(self, locale: Locale) -> str:
        """By insured: what still waits, or that nothing does."""
        parts = []
        for name in dict.fromkeys(row.insured for row in self.rows):
            own = [row for row in self.rows if row.insured == name]
            closed = [row.told(locale) for row in own if not row.usable]
            if not closed:
                said = translate(N_("puede usar todo lo contratado"), locale)
            elif len(own) == 1:
                said = own[0].told(locale)
            else:
                said = translate(N_("puede usar todo menos {acts}"), locale, acts="; ".join(closed))
            parts.append(f"{name}: {said}.")
        head = translate(N_("Póliza {policy}, a {on}."), locale, policy=self.policy, on=day(self.on))
        return " ".join((head, *parts))


@tool(
    Risk.READ,
    permission="salud:read",
    title=N_("Carencias de salud"),
    examples=(
        "¿Qué carencias tiene la póliza de salud 0905-81354133?",
        "¿Desde cuándo puede usar el parto esta asegurada?",
        "Carencias pendientes del seguro médico",
        "Which waiting periods still run on this health policy?",
    ),
)
def show_waiting_periods(
    ctx: Context,
    policy: PolicyRef,
    insured: InsuredName | None = None,
    act: ActChoice | None = None,
    urgent: Annotated[
        bool,
        Field(description=N_("Accidente o urgencia vital")),
        Slot(words={"true": ("accidente", "urgencia vital", "accident", "emergency")}),
    ] = False,
    on: Annotated[date, Field(description=N_("A qué fecha"))] | None = None,
) -> WaitingPeriods:
    """What each insured may use on a date (today by default), and from when what still waits.

    Months count from each one's own start, or from the day a cover was added. No wait: accident
    and life-threatening emergency; twelve months proved in an equivalent policy without a gap;
    the new-born of a covered birth included within 30 days; who left a group and asked in time.
    """
    lives = [life_of(ctx, policy, insured)] if insured else lives_of(ctx, policy)
    wanted = on or ctx.today
    rows = []
    for life in lives:
        begun = (life.risk, life.person, life.policy.started_on)
        waits = [wait_of(*begun, act, urgent=urgent)] if act else [
            wait_of(*begun, wait.act, urgent=urgent) for wait in waits_of(*begun)
        ]  # fmt: skip
        rows += [_wait_row(life, wait, wanted) for wait in waits]
    return WaitingPeriods(policy=lives[0].policy.policy_number, on=wanted, rows=tuple(rows))


def _wait_row(life: Life, wait: Wait, on: date) -> WaitRow:
    return WaitRow(
        insured=life.name, act=wait.act, act_label=ACTS[wait.act], months=wait.months, usable_from=wait.usable_from,
        usable=wait.usable(on), ground=wait.ground, ground_label=GROUNDS[wait.ground],
    )  # fmt: skip
