"""Segments of the customer book (*segmentación*): who is like whom, and who may leave."""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from core.money import cents, format_money
from engines import operations
from engines.charts import Chart, Series
from engines.machine_learning.unsupervised.clusters import Clusters
from engines.machine_learning.unsupervised.segments import ChosenK, Profile, Profiles
from modules.integration_automation.engines.churn import (
    AtRisk,
    Basis,
    Top,
    at_risk,
    churn,
    risk_chart,
    said_number,
)
from modules.integration_automation.engines.saying import caution_text, said_chart
from modules.integration_automation.nerve import NERVE
from tools import Risk, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

LEAST_CUSTOMERS: Final = 30
GROUPS: Final = range(3, 7)
DISTINCT: Final = 0.5  # standard deviations from the mean of all, from which a trait gives a name
SMALL_BOOK: Final = 500
TELLING, APART = 0.25, 0.5  # silhouettes from which groups can be told apart, and are well apart
CAPS: Final = {"policies": 5, "claims": 3, "overdue": 3}
"""One customer with twelve policies would be a segment of his own."""

TRAITS: Final[dict[str, tuple[str, str]]] = {
    "overdue": (N_("con impagos"), N_("al corriente de pago")),
    "claims": (N_("con siniestros"), N_("sin siniestros")),
    "policies": (N_("con varias pólizas"), N_("con una póliza")),
    "premium": (N_("de prima alta"), N_("de prima baja")),
    "seniority": (N_("antiguos"), N_("recientes")),
}
"""How a segment is called that lies far above, or far below, the mean of all."""

AVERAGE: Final = N_("intermedios")
AND: Final = N_("{first} y {last}")
SEGMENT: Final = N_("«{name}» ({n} clientes, {premium} de prima media)")
TOLD: Final = N_(
    "La cartera de {customers} clientes se divide en {k} segmentos: {segments}. Los que más riesgo tienen de irse son"
    " {who}."
)
WEAK: Final = N_("La silueta es {value} (de −1 a 1): los segmentos se tocan, tómelos como una descripción.")
SMALL: Final = N_("Con {n} clientes, otra muestra daría otros segmentos.")
MEANING: Final = N_(
    "Un segmento describe; no justifica por sí solo ni un precio ni una negativa. Un envío comercial exige además"
    " consentimiento."
)


class TooFewCustomers(Conflict):
    """There are not enough customers to divide."""

    text = N_("Hacen falta al menos {need} clientes con pólizas en vigor para segmentar, y hay {n}.")


class Segment(Result):
    """Customers that are alike: means of its customers; premium in EUR a year.

    `high_risk` is how many of them have a high risk of leaving.
    """

    name: str
    customers: int
    share: float
    policies: float
    premium_mean: Decimal
    premium_total: Decimal
    seniority: float
    claims: float
    overdue: float
    high_risk: int


class Segmentation(Result):
    """The segments of the book, the largest first, and the customers most likely to leave."""

    customers: int
    k: int
    silhouette: float | None
    segments: tuple[Segment, ...]
    basis: Basis
    auc: float | None
    at_risk: tuple[AtRisk, ...]
    founded: str
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """The segments with their sizes, who may leave first, and what that is founded on."""
        segments = "; ".join(
            translate(SEGMENT, locale, name=s.name, n=s.customers, premium=format_money(s.premium_mean, locale))
            for s in self.segments
        )
        who = "; ".join(one.told(locale) for one in self.at_risk[:3])
        said = translate(TOLD, locale, customers=self.customers, k=self.k, segments=segments, who=who)
        return f"{said} {self.founded}"


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Segmentos de la cartera y riesgo de baja"),
    engine="unsupervised",
    examples=(
        "Segmenta la cartera y dime quién se va a ir",
        "Segmenta la cartera de clientes",
        "¿Qué segmentos de clientes tenemos?",
        "Segment the book and tell me who is likely to leave",
        "Segment our customers",
    ),
)
def segment_customers(ctx: Context, limit: Top = 10) -> Segmentation:
    """Divide the customers with policies in force into 3 to 6 segments, and name who is likely to leave.

    Segments are k-means groups over policies, premium (its logarithm), seniority, claims and arrears, as many
    as the silhouette prefers; they are named by what sets them apart.

    Raises:
        TooFewCustomers: fewer than 30.

    Source: Rousseeuw, Journal of Computational and Applied Mathematics 20 (1987) (silhouette); Everitt et
    al., Cluster Analysis (2011). The risk of leaving: see `supervised_predict_churn`.
    """
    locale = ctx.actor.locale
    leaving = churn(ctx)
    scored = leaving.customers
    if len(scored) < LEAST_CUSTOMERS:
        raise TooFewCustomers(need=LEAST_CUSTOMERS, n=len(scored))
    groups, k = _groups(scored)
    scored = scored.assign(segment=groups.labels)
    segments = _named(scored, locale)
    cautions = [caution_text(c, locale) for c in groups.warnings]
    if groups.silhouette is not None and TELLING <= groups.silhouette < APART:
        cautions.append(translate(WEAK, locale, value=said_number(groups.silhouette, locale)))
    if len(scored) < SMALL_BOOK:
        cautions.append(translate(SMALL, locale, n=len(scored)))
    cautions += [translate(MEANING, locale), *leaving.cautions]
    return Segmentation(
        customers=len(scored), k=k, silhouette=None if groups.silhouette is None else round(groups.silhouette, 4),
        segments=segments, basis=leaving.basis, auc=None if leaving.auc is None else round(leaving.auc.value, 4),
        at_risk=at_risk(ctx, scored, limit), founded=leaving.founded, cautions=tuple(dict.fromkeys(cautions)),
        charts=tuple(said_chart(chart, locale) for chart in (_chart(segments), risk_chart(scored))),
    )  # fmt: skip


def _groups(scored: "pd.DataFrame") -> tuple[Clusters, int]:
    """The k-means groups of the customers, as many within 3 to 6 as lie best apart."""
    import numpy as np

    table = scored[list(TRAITS)].astype(float)
    for name, most in CAPS.items():
        table[name] = table[name].clip(upper=most)
    table["premium"] = np.log1p(table["premium"])
    table = table[[name for name in table.columns if table[name].nunique() > 1]]
    different = len(table.drop_duplicates())
    if different <= GROUPS[-1]:
        raise TooFewCustomers(need=LEAST_CUSTOMERS, n=different)
    chosen = NERVE.compute(operations()["unsupervised_choose_k"], {"data": table, "k_max": GROUPS[-1]})
    assert isinstance(chosen, ChosenK)
    best = max(
        (c for c in chosen.candidates if c.k in GROUPS and c.silhouette is not None), key=lambda c: c.silhouette or 0.0
    )
    found = NERVE.compute(operations()["unsupervised_kmeans"], {"data": table, "k": best.k, "scale": True})
    assert isinstance(found, Clusters)
    return found, best.k


def _named(scored: "pd.DataFrame", locale: Locale) -> tuple[Segment, ...]:
    given = {"labels": [str(s) for s in scored["segment"]], "data": scored[list(TRAITS)].astype(float)}
    found = NERVE.compute(operations()["unsupervised_segment_profile"], given)
    assert isinstance(found, Profiles)
    names: list[str] = []
    segments = []
    for profile in found.segments:
        own = scored[scored["segment"].astype(str) == profile.segment]
        names.append(_name(profile, names, locale))
        here = {trait.column: trait.here for trait in profile.traits}
        segments.append(
            Segment(
                name=names[-1], customers=profile.size, share=round(profile.share, 4),
                policies=round(here["policies"], 2), premium_mean=cents(here["premium"]),
                premium_total=cents(float(own["premium"].sum())), seniority=round(here["seniority"], 1),
                claims=round(here["claims"], 2), overdue=round(here["overdue"], 2),
                high_risk=int((own["band"] == "high").sum()),
            )
        )  # fmt: skip
    return tuple(segments)


def _name(profile: Profile, taken: list[str], locale: Locale) -> str:
    """Words for the one or two traits that set a segment most apart; more, until nobody else bears the name."""
    words = [translate(TRAITS[t.column][t.distance < 0], locale) for t in profile.traits if t.column in TRAITS]
    distinct = sum(abs(t.distance) >= DISTINCT for t in profile.traits)
    for used in range(max(1, min(distinct, 2)), len(words) + 1):
        chosen = words[:used] if distinct else [translate(AVERAGE, locale), *words[: used - 1]]
        name = chosen[0] if used == 1 else translate(AND, locale, first=", ".join(chosen[:-1]), last=chosen[-1])
        if name not in taken:
            return name
    return f"{name} ({profile.segment})"


def _chart(segments: tuple[Segment, ...]) -> Chart:
    names = tuple(segment.name for segment in segments)
    return Chart(
        kind="bar",
        title=N_("Prima anual por segmento"),
        unit="EUR",
        series=(
            Series(name=N_("Prima anual"), x=names, y=tuple(float(segment.premium_total) for segment in segments)),
        ),
    )
