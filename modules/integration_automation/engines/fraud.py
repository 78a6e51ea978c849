"""Signs of fraud in claims (*indicios de fraude*): what a person should look at again, and why.

Each sign is a plain fact about one claim that anybody can check. A forest of random cuts says beside them
how unlike the others a claim is, and flags nothing by itself. Nothing is decided here, and no claim is held
up by it (GDPR art. 22): a sign is no accusation.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from core.money import ZERO, format_money
from engines import operations
from engines.charts import Chart, Series
from engines.machine_learning.nlp.embeddings import Similarity
from engines.machine_learning.unsupervised.anomalies import Anomalies
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Claim, Endorsement, Policy, Receipt
from modules.insurance.kernel.states import EndorsementState
from modules.insurance.kernel.tools import LineCode
from modules.integration_automation.engines.saying import said_chart
from modules.integration_automation.nerve import NERVE
from tools import Risk, Slot, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

MONTHS: Final = 24  # of claims looked at
MOST: Final = 5_000
LEAST: Final = 2  # signs from which a claim is flagged
EARLY_DAYS: Final = 30
NOTICE_DAYS: Final = 7  # LCS art. 16
YEAR_DAYS: Final = 365
MANY: Final = 3  # claims of one policy within a year
FENCE: Final = 1.5  # Tukey's, on logarithms
LEAST_AMOUNTS: Final = 12  # of a line, to say that one is high
ROUND: Final = Decimal(100)
ROUND_FROM: Final = Decimal(500)
ALIKE: Final = 0.9  # cosine of two descriptions
TELLING: Final = 40  # letters of a description worth comparing
MOST_DESCRIPTIONS: Final = 100
LEAST_FOREST: Final = 30
LEAST_BENFORD: Final = 300
UNUSUAL: Final = 0.05  # share of claims that the forest names
Code: TypeAlias = Literal[
    "before_start", "soon_after_start", "soon_after_change", "paid_after_loss", "many_claims", "late_notice",
    "high_amount", "round_amount", "same_story",
]  # fmt: skip
SIGNS: Final[Mapping[Code, str]] = {
    "before_start": N_("El hecho es anterior al comienzo de la póliza, el {on}."),
    "soon_after_start": N_("Ocurrió {days} días después de empezar la póliza."),
    "soon_after_change": N_("Ocurrió {days} días después de un suplemento que aumenta la prima."),
    "paid_after_loss": N_("Un recibo vencido el {due} se pagó el {paid}, ocurrido ya el hecho y antes de declararlo."),
    "many_claims": N_("Es el siniestro n.º {count} de la póliza en un año."),
    "late_notice": N_("Se declaró {days} días después de ocurrir; la ley pide siete desde que se conoce."),
    "high_amount": N_("Su importe, {amount}, es alto para el ramo (mediana {median})."),
    "round_amount": N_("El importe pagado es redondo: {amount}."),
    "same_story": N_("Su descripción es casi la misma que la del siniestro {other}, de otra póliza ({alike} de 1)."),
}
TOLD: Final = N_(
    "De {claims} siniestros desde el {since}, {flagged} reúnen al menos {least} señales que conviene revisar{shown}."
    " Una señal no es una acusación: nada se ha decidido ni comunicado."
)
NO_ACCUSATION: Final = N_(
    "Una señal es un motivo para mirar el expediente, no una prueba: decide una persona, con el expediente delante y"
    " oyendo al asegurado (RGPD art. 22). No la comunique como sospecha sin investigarla."
)
UNTRIED: Final = N_(
    "Nadie ha comprobado cuántas de estas señales acaban en fraude en esta cartera: no hay casos confirmados con los"
    " que medirlo. Los umbrales son fijos y públicos."
)
NO_FOREST: Final = N_("Con {n} siniestros no se calcula la rareza estadística; hacen falta {least}.")
FOREST: Final = N_("La rareza estadística (bosque de aislamiento) solo acompaña: por sí sola no señala a nadie.")
NO_BENFORD: Final = N_("La ley de Benford no se mira: hay {n} importes y hacen falta {least}.")
BENFORD: Final = N_("Primeras cifras de {n} importes frente a la ley de Benford: p = {p}.")
NO_STORIES: Final = N_("Siniestros con descripción que comparar: {n}.")
MORE_STORIES: Final = N_("Se comparan las {n} descripciones más recientes.")


class NoClaims(Conflict):
    """There is no claim in the period."""

    text = N_("No hay siniestros desde el {since} que revisar.")


class Sign(Result):
    """One fact that a person may want to look at, in the reader's language."""

    code: Code
    text: str


class FlaggedClaim(Result):
    """A claim with its signs; EUR. `unusual` is its rank among the others, 0 to 1, None if they are too few."""

    claim: Annotated[str, Slot(ref="claim")]
    policy: Annotated[str, Slot(ref="policy")]
    line: str
    line_title: str
    occurred_on: date
    known_on: date
    amount: Decimal
    findings: tuple[Sign, ...]
    unusual: float | None
    stands_out: bool


class FraudSigns(Result):
    """The claims with signs enough, most signs first, and how often each sign is met."""

    since: date
    claims: int
    least_signs: int
    flagged: int
    flags: tuple[FlaggedClaim, ...]
    counts: dict[str, int]
    benford_p: float | None
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """How many there are, the first three with their signs, and that it is no verdict."""
        shown = "; ".join(f"{f.claim}: {' '.join(sign.text for sign in f.findings)}" for f in self.flags[:3])
        return translate(
            TOLD, locale, claims=self.claims, since=f"{self.since:%d/%m/%Y}", flagged=self.flagged,
            least=self.least_signs, shown=f" ({shown})" if shown else "",
        )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A claim with what its signs are read from."""

    claim: Claim
    policy: Policy
    changed_on: date | None  # the last endorsement before the loss that raised the premium
    paid_late: Receipt | None
    in_year: int  # claims of the policy in the year that ends with this one

    @property
    def amount(self) -> Decimal:
        """What it costs as known, EUR."""
        return self.claim.paid_amount + self.claim.reserve

    @property
    def since_start(self) -> int:
        """Days from the policy's first effect to the loss."""
        return (self.claim.occurred_on - self.policy.started_on).days

    @property
    def delay(self) -> int:
        """Days from the loss to its notice."""
        return max((self.claim.known_on - self.claim.occurred_on).days, 0)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Siniestros con señales de fraude"),
    engine="unsupervised",
    examples=(
        "¿Qué siniestros tienen señales de fraude?",
        "Señala los siniestros sospechosos de fraude de autos y por qué",
        "¿Hay indicios de fraude en los siniestros de este año?",
        "Which claims show signs of fraud?",
        "Flag suspicious motor claims",
    ),
)
def flag_claims(
    ctx: Context,
    line: LineCode | None = None,
    from_on: Annotated[date | None, Slot(cues=("desde", "since"))] = None,
    least_signs: Annotated[int, Field(ge=1, le=5), Slot(units=("señales", "indicios", "signs"))] = LEAST,
) -> FraudSigns:
    """Claims of the last two years that bear several plain signs which fraud often bears; each with its reasons.

    Signs: loss before or within 30 days of the start, or of an endorsement that raised the premium; a premium in
    arrears paid between loss and notice; three claims in a year; notice after more than seven days; an amount
    beyond Tukey's fence for the line; a round payment; a description nearly that of another policy's claim.
    Nothing is decided, stored or sent; an innocent claim may bear several.

    Source: signs as in ICEA's studies of insurance fraud in Spain; LCS art. 16; Tukey, Exploratory Data Analysis
    (1977); Liu, Ting & Zhou, Isolation Forest, ICDM (2008); GDPR art. 22.
    """
    locale = ctx.actor.locale
    since = from_on or add_months(ctx.today, -MONTHS)
    cases = read_cases(ctx, since, line)
    if not cases:
        raise NoClaims(since=f"{since:%d/%m/%Y}")
    signs: dict[UUID, list[Sign]] = {case.claim.id: _dated(case, locale) for case in cases}
    for case, sign in (*_high(cases, locale), *_alike(cases, locale)):
        signs[case.claim.id].append(sign)
    unusual, named = _forest(cases)
    flagged = [case for case in cases if len(signs[case.claim.id]) >= least_signs]
    flagged.sort(
        key=lambda case: (-len(signs[case.claim.id]), -unusual.get(case.claim.id, 0.0), case.claim.claim_number)
    )
    p = benford([float(case.amount) for case in cases if case.amount > 0])
    counts = Counter(sign.code for found in signs.values() for sign in found)
    return FraudSigns(
        since=since, claims=len(cases), least_signs=least_signs, flagged=len(flagged),
        flags=tuple(
            FlaggedClaim(
                claim=case.claim.claim_number, policy=case.policy.policy_number, line=case.policy.line,
                line_title=line_label(case.policy.line, locale), occurred_on=case.claim.occurred_on,
                known_on=case.claim.known_on, amount=case.amount, findings=tuple(signs[case.claim.id]),
                unusual=unusual.get(case.claim.id), stands_out=case.claim.id in named,
            )
            for case in flagged
        ),
        counts={code: counts[code] for code in SIGNS}, benford_p=p,
        cautions=_cautions(cases, bool(unusual), p, locale), charts=(said_chart(_chart(counts, locale), locale),),
    )  # fmt: skip


def read_cases(ctx: Context, since: date, line: str | None) -> list[Case]:
    """The claims that occurred from `since` on, newest first, with what their signs are read from."""
    wanted = (
        select(Claim, Policy)
        .join(Policy, col(Policy.id) == Claim.policy_id)
        .where(alive(Claim), Claim.occurred_on >= since, *([Policy.line == line] if line else []))
        .order_by(col(Claim.occurred_on).desc(), col(Claim.claim_number))
        .limit(MOST)
    )
    pairs = list(ctx.session.exec(wanted))
    ids = {policy.id for _, policy in pairs}
    raised, overdue, losses = defaultdict(list), defaultdict(list), defaultdict(list)
    done = (EndorsementState.ISSUED, EndorsementState.SIGNED)
    changes = select(Endorsement).where(
        col(Endorsement.policy_id).in_(ids), alive(Endorsement), col(Endorsement.state).in_(done),
        Endorsement.premium > ZERO,
    )  # fmt: skip
    for change in ctx.session.exec(changes):
        raised[change.policy_id].append(change.effective_on)
    paid = select(Receipt).where(
        col(Receipt.policy_id).in_(ids), alive(Receipt), col(Receipt.paid_on).is_not(None),
        col(Receipt.paid_on) > Receipt.due_on, Receipt.total > ZERO,
    )  # fmt: skip
    for receipt in ctx.session.exec(paid):
        overdue[receipt.policy_id].append(receipt)
    every = select(col(Claim.policy_id), col(Claim.occurred_on)).where(col(Claim.policy_id).in_(ids), alive(Claim))
    for policy_id, on in ctx.session.exec(every):
        losses[policy_id].append(on)
    return [_case(claim, policy, raised[policy.id], overdue[policy.id], losses[policy.id]) for claim, policy in pairs]


def _case(
    claim: Claim, policy: Policy, raised: Sequence[date], overdue: Sequence[Receipt], losses: Sequence[date]
) -> Case:
    on = claim.occurred_on
    late = (r for r in overdue if r.due_on < on and r.paid_on is not None and on <= r.paid_on <= claim.known_on)
    year = on - timedelta(days=YEAR_DAYS)
    return Case(
        claim=claim, policy=policy, changed_on=max((day for day in raised if day <= on), default=None),
        paid_late=next(late, None), in_year=sum(year < day <= on for day in losses),
    )  # fmt: skip


def sign_of(code: Code, locale: Locale, **values: Any) -> Sign:
    """A sign in the reader's language."""
    return Sign(code=code, text=translate(SIGNS[code], locale, **values))


def _dated(case: Case, locale: Locale) -> list[Sign]:
    """The signs that one claim bears by itself."""
    claim, found = case.claim, []
    if case.since_start < 0:
        found.append(sign_of("before_start", locale, on=f"{case.policy.started_on:%d/%m/%Y}"))
    elif case.since_start <= EARLY_DAYS:
        found.append(sign_of("soon_after_start", locale, days=case.since_start))
    if case.changed_on is not None and (days := (claim.occurred_on - case.changed_on).days) <= EARLY_DAYS:
        found.append(sign_of("soon_after_change", locale, days=days))
    if case.paid_late is not None and case.paid_late.paid_on is not None:
        receipt, paid = case.paid_late, case.paid_late.paid_on
        found.append(sign_of("paid_after_loss", locale, due=f"{receipt.due_on:%d/%m/%Y}", paid=f"{paid:%d/%m/%Y}"))
    if case.in_year >= MANY:
        found.append(sign_of("many_claims", locale, count=case.in_year))
    if case.delay > NOTICE_DAYS:
        found.append(sign_of("late_notice", locale, days=case.delay))
    if claim.paid_amount >= ROUND_FROM and claim.paid_amount % ROUND == ZERO:
        found.append(sign_of("round_amount", locale, amount=format_money(claim.paid_amount, locale)))
    return found


def _high(cases: Sequence[Case], locale: Locale) -> list[tuple[Case, Sign]]:
    """Amounts beyond Tukey's fence among those of their line, on logarithms for they are skewed."""
    import numpy as np

    by_line: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.amount > 0:
            by_line[case.policy.line].append(case)
    found = []
    for own in by_line.values():
        if len(own) < LEAST_AMOUNTS:
            continue
        amounts = np.array([float(case.amount) for case in own])
        low, high = np.quantile(np.log(amounts), [0.25, 0.75])
        median = format_money(Decimal(repr(float(np.median(amounts)))), locale)
        for case, size in zip(own, np.log(amounts), strict=True):
            if size > high + FENCE * (high - low):
                amount = format_money(case.amount, locale)
                found.append((case, sign_of("high_amount", locale, amount=amount, median=median)))
    return found


def _told_cases(cases: Sequence[Case]) -> list[Case]:
    """The newest cases whose description is long enough to be compared."""
    return [case for case in cases if len(case.claim.description.strip()) >= TELLING][:MOST_DESCRIPTIONS]


def _alike(cases: Sequence[Case], locale: Locale) -> list[tuple[Case, Sign]]:
    """Descriptions that say nearly the same as one of another policy."""
    told = _told_cases(cases)
    found = []
    for case in told:
        others = [other for other in told if other.policy.id != case.policy.id]
        if not others:
            continue
        likeness = NERVE.compute(
            operations()["nlp_similarity"],
            {"a": case.claim.description, "b": [other.claim.description for other in others]},
        )
        assert isinstance(likeness, Similarity)
        scores = likeness.similarity if isinstance(likeness.similarity, list) else [likeness.similarity]
        best = max(range(len(others)), key=scores.__getitem__)
        if scores[best] >= ALIKE:
            alike = f"{scores[best]:.2f}".replace(".", "," if locale == "es" else ".")
            sign = sign_of("same_story", locale, other=others[best].claim.claim_number, alike=alike)
            found.append((case, sign))
    return found


def features(cases: Sequence[Case]) -> "pd.DataFrame":
    """What the forest sees of each case: days, counts and amounts; nobody's traits."""
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(
        {
            "line": [case.policy.line for case in cases],
            "since_start": [max(case.since_start, 0) for case in cases],
            "since_change": [
                (case.claim.occurred_on - (case.changed_on or case.policy.started_on)).days for case in cases
            ],
            "delay": [case.delay for case in cases],
            "in_year": [case.in_year for case in cases],
            "amount": [float(case.amount) for case in cases],
        }
    )
    usual = table.groupby("line")["amount"].transform("median")
    table["amount"] = np.log1p(table["amount"]) - np.log1p(usual)
    return table.drop(columns="line")


def _forest(cases: Sequence[Case]) -> tuple[dict[UUID, float], set[UUID]]:
    """Each case's rank by how few cuts isolate it, 0 to 1, and those that stand out; nothing of too few."""
    import pandas as pd

    if len(cases) < LEAST_FOREST:
        return {}, set()
    table = features(cases)
    table = table.loc[:, table.nunique() > 1]
    if table.empty:
        return {}, set()
    found = NERVE.compute(operations()["unsupervised_anomaly"], {"data": table, "share": UNUSUAL, "seed": 0})
    assert isinstance(found, Anomalies)
    ranks = pd.Series(found.score).rank(pct=True)
    by_claim = {case.claim.id: round(float(rank), 4) for case, rank in zip(cases, ranks, strict=True)}
    return by_claim, {cases[place].claim.id for place in found.anomalies}


def benford(amounts: Sequence[float]) -> float | None:
    """How likely the first digits of `amounts` are under Benford's law; None if the amounts are too few.

    Source: Nigrini, Benford's Law (2012), ch. 1; chi-square on 8 degrees of freedom.
    """
    import numpy as np
    from scipy.stats import chisquare

    if len(amounts) < LEAST_BENFORD:
        return None
    first = [int(f"{amount:e}"[0]) for amount in amounts]
    seen = np.bincount(first, minlength=10)[1:]
    law = np.log10(1 + 1 / np.arange(1, 10))
    return round(float(chisquare(seen, law * len(first)).pvalue), 6)


def _cautions(cases: Sequence[Case], ranked: bool, p: float | None, locale: Locale) -> tuple[str, ...]:
    said = [translate(NO_ACCUSATION, locale), translate(UNTRIED, locale)]
    said.append(translate(FOREST, locale) if ranked else translate(NO_FOREST, locale, n=len(cases), least=LEAST_FOREST))
    amounts = sum(case.amount > 0 for case in cases)
    if p is None:
        said.append(translate(NO_BENFORD, locale, n=amounts, least=LEAST_BENFORD))
    else:
        said.append(translate(BENFORD, locale, n=amounts, p=f"{p:g}".replace(".", "," if locale == "es" else ".")))
    told = len(_told_cases(cases))
    if told < len(cases):
        said.append(translate(MORE_STORIES if told == MOST_DESCRIPTIONS else NO_STORIES, locale, n=told))
    return tuple(said)


LABELS: Final[Mapping[Code, str]] = {
    "before_start": N_("Antes de empezar"),
    "soon_after_start": N_("Recién contratada"),
    "soon_after_change": N_("Recién ampliada"),
    "paid_after_loss": N_("Pagada tras el hecho"),
    "many_claims": N_("Varios en un año"),
    "late_notice": N_("Declarado tarde"),
    "high_amount": N_("Importe alto"),
    "round_amount": N_("Importe redondo"),
    "same_story": N_("Descripción repetida"),
}


def _chart(counts: Mapping[Code, int], locale: Locale) -> Chart:
    return Chart(
        kind="bar",
        title=N_("Siniestros por señal"),
        series=(
            Series(name=N_("Siniestros"), x=tuple(translate(LABELS[code], locale) for code in SIGNS),
                   y=tuple(float(counts.get(code, 0)) for code in SIGNS)),
        ),
        x_label=N_("Señal"),
    )  # fmt: skip
