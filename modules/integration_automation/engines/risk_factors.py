"""The risks that a line's policies insured, as rows for a model: their plain fields in levels with claims enough."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from core.context import Context
from core.dates import add_months
from core.errors import Conflict
from core.i18n import N_
from modules.insurance.kernel.line import InsuredRisk
from modules.insurance.kernel.lines import line_label, line_of
from modules.integration_automation.engines.extracts import Window
from modules.integration_automation.engines.extracts.premiums import insured_terms

if TYPE_CHECKING:
    import pandas as pd

YEARS: Final = 5  # of experience looked back at
YEAR_DAYS: Final = 365.25
LEAST_CLAIMS: Final = 12  # with a cost; below that nothing is fitted
LEAST_OF_LEVEL: Final = 4  # claims of a level, or it is put together with others
MOST_BANDS: Final = 4
PRICED: Final = frozenset({"commercial_discount_pct", "multi_policy"})  # what the seller gives, no trait of the risk
OTHERS: Final = N_("otros")
YES: Final = N_("sí")
NO: Final = N_("no")


class TooFewClaims(Conflict):
    """The line has too few claims for a model."""

    text = N_("{line} tiene {claims} siniestros con coste en la cartera; hacen falta al menos {least} para un modelo.")


class NothingTellsApart(Conflict):
    """No field of the risk has two levels with claims enough."""

    text = N_("Ningún dato del riesgo de {line} tiene dos niveles con al menos {least} siniestros cada uno.")


@dataclass(frozen=True)
class Portfolio:
    """The line's risks as rows for a model: factors in levels that all have claims."""

    line: str
    window: Window
    rows: "pd.DataFrame"
    candidates: tuple[str, ...]

    @property
    def claims(self) -> int:
        """Claims with a cost."""
        return int(self.rows["claims"].sum())


def portfolio(ctx: Context, line: str) -> Portfolio:
    """What the line's policies insured over five years, ready for a model.

    Raises:
        TooFewClaims: fewer than twelve claims with a cost.
        NothingTellsApart: no field has two levels with claims enough.
    """
    window = Window(add_months(ctx.today, -12 * YEARS), ctx.today, line)
    rows = insured_terms(ctx, window)
    title = line_label(line, ctx.actor.locale)
    claims = int(rows["claims"].sum()) if len(rows) else 0
    if claims < LEAST_CLAIMS:
        raise TooFewClaims(line=title, claims=claims, least=LEAST_CLAIMS)
    ready = rows.assign(exposure=rows["days"] / YEAR_DAYS)
    names = [n for n in line_of(line).risk.model_fields if n not in InsuredRisk.model_fields and n not in PRICED]
    for name in names:
        if f"risk.{name}" in rows and (levels := levelled(rows[f"risk.{name}"], rows["claims"])) is not None:
            ready[name] = levels
    found = tuple(name for name in names if name in ready)
    if not found:
        raise NothingTellsApart(line=title, least=LEAST_OF_LEVEL)
    return Portfolio(line, window, ready, found)


def levelled(values: "pd.Series[Any]", claims: "pd.Series[Any]") -> "pd.Series[Any] | None":
    """`values` in levels with claims enough each: numbers in bands, words as they are; None if that leaves one."""
    import pandas as pd

    present = values.dropna()
    numeric = bool(len(present)) and present.map(lambda v: _number(v) is not None).all()
    if numeric and not present.map(lambda v: isinstance(v, bool)).any():
        bands = _bands(values.map(_number), claims)
        return _more_than_one(bands)
    words = values.map(lambda v: "—" if pd.isna(v) else _word(v))
    seen = claims.groupby(words).sum()
    thin = [level for level in seen.index if seen[level] < LEAST_OF_LEVEL]
    if thin and seen[thin].sum() < LEAST_OF_LEVEL and len(thin) < len(seen):
        thin.append(seen.drop(thin).idxmin())  # the rest alone has too few: the thinnest of the others joins it
    return _more_than_one(words.where(~words.isin(thin), OTHERS) if len(thin) > 1 else words)


def _number(value: Any) -> float | None:
    """A plain number; amounts are kept as texts."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return str(value)


def _bands(numbers: "pd.Series[Any]", claims: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers in bands of like many risks, neighbours put together until each has claims enough."""
    import pandas as pd

    known = numbers.dropna()
    edges = sorted({float(q) for q in known.quantile([i / MOST_BANDS for i in range(MOST_BANDS + 1)])})
    while len(edges) > 2:
        cut = pd.cut(numbers, edges, include_lowest=True)
        seen = claims.groupby(cut, observed=False).sum()
        if seen.min() >= LEAST_OF_LEVEL:
            break
        place = int(seen.to_numpy().argmin())
        # It joins the neighbour with fewer claims: the edge between them goes.
        left = place > 0 and (place == len(seen) - 1 or seen.iloc[place - 1] <= seen.iloc[place + 1])
        edges.pop(place if left else place + 1)
    if len(edges) < 2:
        return pd.Series(OTHERS, index=numbers.index)
    names = [f"{low:g}–{high:g}" for low, high in zip(edges, edges[1:], strict=False)]
    cut = pd.cut(numbers, edges, include_lowest=True, labels=names)
    return cut.astype(object).where(numbers.notna(), "—")


def _more_than_one(levels: "pd.Series[Any]") -> "pd.Series[Any] | None":
    return levels if levels.nunique() > 1 else None
