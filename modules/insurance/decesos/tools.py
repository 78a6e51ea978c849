"""The tools of funeral insurance: price, quote, layers, and the paths of premiums to 90."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core.context import Context
from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money
from modules.insurance.decesos.layers import UPDATE, premium_at
from modules.insurance.decesos.line import LINE
from modules.insurance.decesos.lookup import InsuredName, Life, life_of, lives_of
from modules.insurance.decesos.paths import (
    LAST,
    LEVELS_AT,
    MODALITIES,
    Modality,
    ModalityChoice,
    Year,
    dearer_from,
    path,
    rate_of,
    total,
)
from modules.insurance.decesos.risk import DecesosRisk, Product, ServiceValue, UpdatePct
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.views import day
from tools import Risk, Slot, tool
from tools.results import Result

Entry = Annotated[
    int,
    Field(ge=0, le=85, description=N_("Edad al contratar")),
    Slot(ask=N_("¿Qué edad tiene la persona?"), units=("años", "years", "years old"), cues=("edad", "age", "a los")),
]


class DecesosRequest(QuoteRequest, line=LINE):
    """What a person says of the lives to be insured."""


@tool(
    Risk.READ,
    permission="decesos:read",
    title=N_("Tarificar un riesgo de decesos"),
    examples=(
        "Tarifica decesos a prima nivelada para una persona de 45 años, servicio de 4.200 €, sin cliente",
        "Calcula la prima de decesos de una familia de cuatro",
        "Rate funeral insurance, natural premium, for a couple of 38 and 36",
    ),
)
def rate(ctx: Context, risk: DecesosRisk) -> Rating:
    """The premium of the insured lives with taxes, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half up
    to the cent. Layers given with a life keep their premiums; what they do not reach is
    priced at its age. The tariff has no mixed modality.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="decesos:quote",
    title=N_("Cotizar un seguro de decesos"),
    examples=(
        "Cotiza un seguro de decesos a prima nivelada para Raquel Gómez",
        "Presupuesto de decesos para Álvaro Ramos con servicio de 4.200 €",
        "Quiero un seguro de entierro",
        "Quote funeral insurance for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: DecesosRequest) -> QuoteView:
    """Price a customer's family and keep the quote for 30 days; it binds nobody.

    Without `insureds` the policyholder alone is insured. What is not said comes from the
    policy that runs, but for its layers: a new contract begins at today's ages. What is
    missing is asked for. A referred quote is indicative, a declined one has no price.
    """
    return quoted(ctx, request)


class YearRow(BaseModel):
    """One year of a path, net of taxes and family discount."""

    model_config = ConfigDict(frozen=True)

    age: int
    service_value: Money
    rate_per_thousand: Decimal
    premium: Money


class PremiumPathView(Result):
    """The premiums of one life to the age of 90, in rates per 1,000 € of the value at entry and in euros."""

    modality: str
    modality_label: str
    sold: bool
    entry_age: int
    service_value: Money
    update_pct: Decimal
    tariff_version: str
    status: str
    years: tuple[YearRow, ...]
    total: Money

    def told(self, locale: Locale) -> str:
        """What is paid at entry, at each decade, and in all."""
        ages = [self.entry_age, *(age for age in (60, 70, 80, LAST) if age > self.entry_age)]
        shown = {year.age: year for year in self.years}
        steps = "; ".join(
            translate(N_("a los {age}, {premium}"), locale, age=age, premium=format_money(shown[age].premium, locale))
            for age in ages
        )
        text = N_("Senda de {modality} desde los {entry} años con servicio de {value}: {steps}. Hasta los 90 suma "
                  "{total}, sin impuestos.")  # fmt: skip
        said = translate(
            text, locale, modality=translate(self.modality_label, locale), entry=self.entry_age,
            value=format_money(self.service_value, locale), steps=steps, total=format_money(self.total, locale),
        )  # fmt: skip
        if self.sold:
            return said
        unsold = N_("La tarifa de referencia no vende la modalidad mixta: es solo una comparación (natural hasta los "
                    "{last} años, nivelada desde los {first}).")  # fmt: skip
        return f"{said} {translate(unsold, locale, last=LEVELS_AT - 1, first=LEVELS_AT)}"


def rows_of(years: Sequence[Year]) -> tuple[YearRow, ...]:
    """The years of a path as rows."""
    return tuple(YearRow(age=y.age, service_value=y.value, rate_per_thousand=y.rate, premium=y.premium) for y in years)


def path_view(modality: Modality, value: Decimal, age: int, update: Decimal) -> PremiumPathView:
    """The path of one life by the reference tariff."""
    years, tariff = path(LINE.tariff, modality, value, age, update), LINE.tariff
    return PremiumPathView(
        modality=modality, modality_label=MODALITIES[modality], sold=modality in tariff.products, entry_age=age,
        service_value=value, update_pct=update, tariff_version=tariff.version, status=str(tariff.data["status"]),
        years=rows_of(years), total=total(years),
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="decesos:read",
    title=N_("Senda de primas de decesos hasta los 90 años"),
    examples=(
        "Senda de primas de decesos natural hasta los 90 para una persona de 58 años y 4.200 €",
        "¿Cómo sube la prima de decesos con la edad?",
        "Show the funeral premium path to age 90",
    ),
)
def show_premium_path(
    ctx: Context, modality: ModalityChoice, age: Entry, service_value: ServiceValue, update_pct: UpdatePct = Decimal(0)
) -> PremiumPathView:
    """The premiums of one life to the age of 90 by the reference tariff (ROSSEAR art. 125.d).

    In euros, and in rates per 1,000 € of the value at entry; net of taxes, minimum and family
    discount. `update_pct` lets the service value grow by so much a year. The mixed modality
    is for comparison alone: the tariff does not sell it.
    """
    return path_view(Modality(modality), service_value, age, update_pct)


class Comparison(Result):
    """Two paths of one life side by side."""

    age: int
    service_value: Money
    update_pct: Decimal
    natural: tuple[YearRow, ...]
    level: tuple[YearRow, ...]
    natural_total: Money
    level_total: Money
    natural_dearer_from: int | None

    def told(self, locale: Locale) -> str:
        """Both first premiums, when the natural one overtakes, and both sums."""
        text = N_("Con {age} años y servicio de {value}: natural {natural} el primer año, nivelada {level}. La natural "
                  "supera a la nivelada desde los {cross} años. Hasta los 90: natural {natural_sum}, nivelada "
                  "{level_sum}, sin impuestos.")  # fmt: skip
        return translate(
            text, locale, age=self.age, value=format_money(self.service_value, locale),
            natural=format_money(self.natural[0].premium, locale), level=format_money(self.level[0].premium, locale),
            cross=self.natural_dearer_from or "—", natural_sum=format_money(self.natural_total, locale),
            level_sum=format_money(self.level_total, locale),
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="decesos:read",
    title=N_("Comparar decesos natural y nivelada"),
    examples=(
        "Compara decesos natural y nivelada para 58 años y 4.200 €",
        "¿Qué conviene más en decesos, prima natural o nivelada, a los 45 años?",
        "Compare the natural and the level funeral premium at 58",
    ),
)
def compare_modalities(
    ctx: Context, age: Entry, service_value: ServiceValue, update_pct: UpdatePct = Decimal(0)
) -> Comparison:
    """The natural path against the level one of the same life, and from which age the natural one costs more.

    The first years deceive: natural is cheap young and steep old. Net of taxes and minimum.
    """
    natural = path(LINE.tariff, Modality.NATURAL, service_value, age, update_pct)
    level = path(LINE.tariff, Modality.NIVELADA, service_value, age, update_pct)
    return Comparison(
        age=age, service_value=service_value, update_pct=update_pct, natural=rows_of(natural), level=rows_of(level),
        natural_total=total(natural), level_total=total(level), natural_dearer_from=dearer_from(natural, level),
    )  # fmt: skip


class LayerRow(BaseModel):
    """One layer of a life."""

    model_config = ConfigDict(frozen=True)

    from_on: date
    value: Money
    age: int
    premium: Money


class LifeRow(Result):
    """One insured life with its layers; the premium is a year's, before the family discount."""

    position: int
    full_name: str | None
    age: int
    insured_since: date
    service_value: Money
    premium: Money
    layers: tuple[LayerRow, ...]

    def told(self, locale: Locale) -> str:
        """Name, age, value, premium, and how many layers make it up."""
        text = N_("{no}. {name}, {age} años, desde el {since}: {value} por {premium} al año")
        said = translate(
            text, locale, no=self.position, name=self.full_name or "—", age=self.age, since=day(self.insured_since),
            value=format_money(self.service_value, locale), premium=format_money(self.premium, locale),
        )  # fmt: skip
        if not self.layers:
            return said
        layers = translate(N_("(capas: {count})"), locale, count=len(self.layers))
        return f"{said} {layers}"


class LayerList(Result):
    """The insured lives of a policy with their layers."""

    policy: Annotated[str, Slot(ref="policy")]
    product: str
    product_label: str
    service_value: Money
    family_factor: Decimal
    lives: tuple[LifeRow, ...]
    funeral_premium: Money  # of all lives, after the family discount; net of taxes

    def told(self, locale: Locale) -> str:
        """Everybody, and the sum."""
        text = N_("Decesos {policy}, {product}: {people}. En total {total} al año, sin impuestos ni accesorios.")
        return translate(
            text, locale, policy=self.policy, product=translate(self.product_label, locale),
            people="; ".join(row.told(locale) for row in self.lives),
            total=format_money(self.funeral_premium, locale),
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="decesos:read",
    title=N_("Asegurados y capas de una póliza de decesos"),
    examples=(
        "Capas de capital de la póliza de decesos 0902-59297413",
        "¿Quiénes están asegurados en la póliza de decesos y por cuánto?",
        "Show the layers of this funeral policy",
    ),
)
def show_layers(ctx: Context, policy: PolicyRef) -> LayerList:
    """The insured lives, and in the level modality each part of the service value with its own premium.

    The layers' premiums add up to the life's; the family discount comes on top.
    """
    lives = lives_of(ctx, policy)
    risk = lives[0].risk
    count = len(lives)
    factor = next(find({"insured_count": count}) for find in LINE.tariff.discounts)
    premiums = LINE.rate_again(risk.model_dump(exclude_none=True), ctx.today).coverage_premiums or {}
    funeral = sum((amount for id, amount in premiums.items() if id.startswith("decesos#")), ZERO)
    return LayerList(
        policy=lives[0].policy.policy_number, product=str(risk.product), product_label=LINE.products[str(risk.product)],
        service_value=risk.service_value, family_factor=factor, lives=tuple(_life_row(life) for life in lives),
        funeral_premium=funeral,
    )  # fmt: skip


def yearly(life: Life) -> Decimal:
    """What a life costs a year, before the family discount."""
    if life.risk.product == Product.NIVELADA:
        return sum((layer.premium for layer in life.person.layers or ()), ZERO)
    return premium_at(LINE.tariff, str(life.risk.product), life.risk.service_value, life.person.age)


def _life_row(life: Life) -> LifeRow:
    layers = tuple(LayerRow(**layer.model_dump()) for layer in life.person.layers or ())
    return LifeRow(
        position=life.row.position, full_name=life.person.full_name, age=life.person.age, insured_since=life.since,
        service_value=life.risk.service_value, premium=yearly(life), layers=layers,
    )  # fmt: skip


class ReplacementRow(BaseModel):
    """One insured life: what the policy that runs costs to 90, and what a new one would."""

    model_config = ConfigDict(frozen=True)

    insured: str
    age: int
    current_premium: Money
    new_premium: Money
    current_path: tuple[YearRow, ...]
    new_path: tuple[YearRow, ...]
    current_total: Money
    new_total: Money


class Replacement(Result):
    """Whether to replace a funeral policy: both paths in writing, life by life."""

    policy: Annotated[str, Slot(ref="policy")]
    current: str
    wanted: str
    service_value: Money
    update_pct: Decimal
    lives: tuple[ReplacementRow, ...]
    current_total: Money
    new_total: Money
    destroys_reserve: bool
    advised: bool

    def told(self, locale: Locale) -> str:
        """Both sums to 90, and what a replacement would destroy."""
        text = N_("Póliza {policy}: seguir ({current}) cuesta {stays} hasta los 90; una nueva ({wanted}) a la edad de "
                  "hoy, {goes}, sin impuestos.")  # fmt: skip
        parts = [translate(
            text, locale, policy=self.policy, current=translate(MODALITIES[self.current], locale),
            wanted=translate(MODALITIES[self.wanted], locale), stays=format_money(self.current_total, locale),
            goes=format_money(self.new_total, locale),
        )]  # fmt: skip
        if self.destroys_reserve:
            parts.append(translate(N_("El cambio pierde lo ya ahorrado en las capas niveladas."), locale))
        advice = (
            N_("Solo se recomienda con este cuadro por escrito y firmado.") if self.advised
            else N_("No se recomienda el cambio.")
        )  # fmt: skip
        return " ".join((*parts, translate(advice, locale)))


@tool(
    Risk.READ,
    permission="decesos:read",
    title=N_("Comparar el reemplazo de una póliza de decesos"),
    examples=(
        "¿Conviene reemplazar la póliza de decesos 0902-59297413 por una nueva?",
        "Compara seguir con la póliza de decesos o cambiarla por una natural",
        "Should the client replace this funeral policy with a new one?",
    ),
)
def compare_replacement(
    ctx: Context,
    policy: PolicyRef,
    modality: ModalityChoice = Modality.NIVELADA,
    insured: InsuredName | None = None,
) -> Replacement:
    """What to go on costs to the age of 90, against a new contract of the same value at today's ages.

    Both with the policy's yearly update. Net of taxes, minimum and family discount. An old
    level policy holds a reserve that a replacement destroys.
    """
    lives = [life_of(ctx, policy, insured)] if insured else lives_of(ctx, policy)
    risk, wanted = lives[0].risk, Modality(modality)
    update = UPDATE if risk.service_update_pct is None else risk.service_update_pct
    rows = tuple(_replacing(life, wanted, update) for life in lives)
    stays, goes = sum((r.current_total for r in rows), ZERO), sum((r.new_total for r in rows), ZERO)
    return Replacement(
        policy=lives[0].policy.policy_number, current=str(risk.product), wanted=wanted.value,
        service_value=risk.service_value, update_pct=update, lives=rows, current_total=stays, new_total=goes,
        destroys_reserve=risk.product == Product.NIVELADA, advised=goes < stays,
    )  # fmt: skip


def _replacing(life: Life, wanted: Modality, update: Decimal) -> ReplacementRow:
    age, value = min(life.person.age, LAST), life.risk.service_value
    stays, goes = staying(life, age, update), path(LINE.tariff, wanted, value, age, update)
    return ReplacementRow(
        insured=life.name, age=life.person.age, current_premium=stays[0].premium, new_premium=goes[0].premium,
        current_path=rows_of(stays), new_path=rows_of(goes), current_total=total(stays), new_total=total(goes),
    )  # fmt: skip


def staying(life: Life, age: int, update: Decimal) -> list[Year]:
    """What the policy that runs goes on to cost one life to the age of 90.

    A single premium is paid. A level policy keeps the layers of former years; those to come
    cost the same as in a new policy.
    """
    product, value = str(life.risk.product), life.risk.service_value
    fresh = path(LINE.tariff, Modality(product), value, age, update)
    if product == Product.PRIMA_UNICA:
        return [year._replace(value=value, rate=ZERO, premium=ZERO) for year in fresh]
    saved = fresh[0].premium - yearly(life)
    return [year._replace(premium=year.premium - saved, rate=rate_of(year.premium - saved, value)) for year in fresh]


def whole_path(risk: DecesosRisk) -> list[dict[str, Any]]:
    """The path of every insured life of a quote, as it is kept and signed."""
    update = UPDATE if risk.service_update_pct is None else risk.service_update_pct
    found = []
    for at, person in enumerate(risk.insureds, 1):
        view = path_view(Modality(str(risk.product)), risk.service_value, min(person.age, LAST), update)
        years = [year.model_dump(mode="json") for year in view.years]
        found.append({"position": at, "name": person.full_name, "age": person.age, "years": years})
    return found
