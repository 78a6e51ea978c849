"""Models that the house keeps (*modelos entrenados*): learnt from a stored data set, used again by name.

The bytes are a skops file, which holds no code, and lie in the object store; its SHA-256 is checked each
time it is opened. Columns that tell sex, origin, belief, union, health or disability are never learnt from.
"""

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_, Locale, translate
from engines import operations
from engines.charts import Chart
from engines.errors import EngineError
from engines.machine_learning import models
from engines.machine_learning.preparation import Classifier, Regressor
from engines.machine_learning.supervised.drift import Drifted
from modules.integration_automation.engines.churn import said_number
from modules.integration_automation.engines.data_sets import NAME
from modules.integration_automation.engines.records import DataSet, TrainedModel
from modules.integration_automation.engines.references import frame_of, stored
from modules.integration_automation.engines.saying import caution_text, said_chart
from modules.integration_automation.nerve import NERVE
from modules.integration_automation.nerve.problems import refusal
from tools import Risk, Slot, tool
from tools.marks import External
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

SHOWN: Final = 200  # predictions that an answer holds
LEAST_ROWS, MOST_ROWS = 50, 50_000
PROTECTED: Final = re.compile(
    r"(^|_)(sex|sexo|gender|genero|género|mujer|hombre|female|male|race|raza|etnia|ethnic\w*|origen_etnico|religion|"
    r"religión|creencia\w*|ideologia|ideología|sindicato|union_member|orientacion_sexual|embarazo|pregnan\w*|"
    r"maternidad|discapacidad|disability|salud|health\w*|enfermedad\w*|diagnos\w*)(_|$)",
    re.IGNORECASE,
)
"""Names of columns that tell what may not count: Directive 2004/113/EC, CJEU C-236/09, GDPR art. 9."""
IDENTIFIERS: Final = ("customer", "policy", "receipt", "claim", "insurer")
A_NAME: Final = r"(?!(?:que|de|con|para|on|that|entrenado|guardado|trained)\b)[a-z][a-z0-9_]{1,59}"
ModelName = Annotated[
    str,
    Field(pattern=NAME),
    Slot(ask=N_("¿Cómo se llama el modelo?"), pattern=rf"(?:(?<=modelo )|(?<=model )){A_NAME}"),
]
LearningSet = Annotated[
    str,
    Field(pattern=NAME),
    Slot(
        ask=N_("¿Cómo se llama el conjunto de datos?"), pattern=rf"(?:(?<=conjunto de datos )|(?<=data set )){A_NAME}"
    ),
]
ColumnName = Annotated[External, Field(min_length=1, max_length=120)]
Target = Annotated[
    str,
    Field(min_length=1, max_length=120),
    Slot(ask=N_("¿Qué columna debe predecir?"), pattern=r"(?:(?<=columna )|(?<=column ))\w+"),
]
Algorithm = Annotated[
    Classifier | Regressor,
    Slot(
        words={
            "logistic": ("regresión logística", "logística", "logistic regression"),
            "hist_gb": ("boosting", "árboles", "gradient boosting"),
            "rf": ("bosque aleatorio", "random forest"),
            "ridge": ("ridge",),
            "poisson": ("poisson",),
            "gamma": ("gamma",),
        }
    ),
]
KEPT_OUT: Final = N_(
    "Quedan fuera {columns}: el sexo y los demás datos protegidos no entran en ningún modelo (Directiva 2004/113/CE;"
    " TJUE C-236/09; RGPD art. 9)."
)
PROXIES: Final = N_(
    "Que falte la columna no impide que otras la sustituyan: compruebe el trato por grupos antes de usar el modelo"
    " sobre personas."
)
FEW: Final = N_("Con {n} filas las medidas son muy inciertas.")
TRAINED: Final = N_(
    "El modelo «{name}», versión {version}, predice {target} con {rows} filas y {columns} columnas; en el cuarto de"
    " filas que no había visto: {metrics}."
)
PREDICTED: Final = N_("El modelo «{name}», versión {version}, ha predicho {rows} filas: {summary}.")
DRIFTED: Final = N_(
    "Respecto a los datos con que se entrenó «{name}», de {columns} columnas han cambiado {drifted}; el índice de"
    " estabilidad más alto es {largest}."
)
NONE_DRIFTED: Final = N_(
    "Los datos no han cambiado respecto a los que entrenaron «{name}»: el índice de estabilidad más alto de {columns}"
    " columnas es {largest} (aviso desde 0,25)."
)
NAMES: Final = {
    "accuracy": N_("acierto"), "balanced_accuracy": N_("acierto equilibrado"), "r2": "R²",
    "mae": N_("error absoluto medio"), "mse": N_("error cuadrático medio"),
}  # fmt: skip


class ModelView(Result):
    """A trained model: what it predicts from what, on which data it learnt, and how good it was on rows not seen."""

    name: Annotated[str, Slot(ref="trained_model")]
    version: int
    algorithm: str
    target: External
    columns: tuple[External, ...]
    rows: int
    metrics: dict[str, float]
    data_set: str
    sha256: str
    cautions: tuple[External, ...] = ()

    def told(self, locale: Locale) -> str:
        """What it is, and how good."""
        measured = ", ".join(
            f"{translate(NAMES[name], locale)} {said_number(value, locale, 3)}" for name, value in self.metrics.items()
        )
        return translate(
            TRAINED, locale, name=self.name, version=self.version, target=self.target, rows=self.rows,
            columns=len(self.columns), metrics=measured,
        )  # fmt: skip


class ModelList(Result):
    """All models, newest first."""

    models: tuple[ModelView, ...]

    def told(self, locale: Locale) -> str:
        """Their names, versions and sizes."""
        if not self.models:
            return translate(N_("No hay ningún modelo entrenado."), locale)
        said = "; ".join(f"{m.name} v{m.version} ({m.target}, {m.algorithm})" for m in self.models)
        return translate(N_("Modelos entrenados: {models}."), locale, models=said)


class Summary(Result):
    """A class and how many rows it got, or a statistic of predicted numbers."""

    name: External
    value: float


class ModelPredictions(Result):
    """Predictions for the rows of a data set, in their order; at most the first 200, and a summary of all.

    `probabilities` are those of `classes`, row by row, where the model gives them.
    """

    name: Annotated[str, Slot(ref="trained_model")]
    version: int
    rows: int
    classes: tuple[External, ...]
    predictions: tuple[External | float, ...]
    probabilities: tuple[tuple[float, ...], ...]
    summary: tuple[Summary, ...]
    cautions: tuple[External, ...]

    def told(self, locale: Locale) -> str:
        """How many rows got what."""
        digits = 0 if self.classes else 2
        said = ", ".join(f"{one.name}: {said_number(one.value, locale, digits)}" for one in self.summary)
        return translate(PREDICTED, locale, name=self.name, version=self.version, rows=self.rows, summary=said)


class ColumnDrift(Result):
    """How far one column has moved: its stability index and state (stable, watch, drifted)."""

    column: External
    psi: float
    p_value: float
    state: str


class ModelDrift(Result):
    """Columns by how far they have moved from what the model learnt from, the most first."""

    name: Annotated[str, Slot(ref="trained_model")]
    version: int
    rows: int
    columns: tuple[ColumnDrift, ...]
    drifted: tuple[External, ...]
    largest: float
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """What has moved, and how far."""
        text = DRIFTED if self.drifted else NONE_DRIFTED
        return translate(
            text, locale, name=self.name, columns=len(self.columns), drifted=", ".join(self.drifted),
            largest=said_number(self.largest, locale),
        )  # fmt: skip


@tool(
    Risk.DRAFT,
    permission="engines:write",
    title=N_("Entrenar y guardar un modelo"),
    engine="supervised",
    examples=(
        "Entrena un modelo bajas con el conjunto de datos polizas que prediga la columna departed",
        "Guarda un modelo de regresión logística entrenado con el conjunto de datos clientes",
        "Train and keep a model on the data set policies that predicts the column departed",
    ),
)
def train_model(
    ctx: Context,
    name: ModelName,
    data_set: LearningSet,
    target: Target,
    algorithm: Algorithm = "hist_gb",
    columns: Annotated[tuple[ColumnName, ...], Field(max_length=100)] = (),
) -> ModelView:
    """Learn a column of a stored data set from the others, and keep the model; the same name again is a new version.

    A quarter of the rows is set apart to measure it. Ids are left out; columns of protected attributes are too,
    and refused where they are named.

    Raises:
        NotFound: there is no such data set.
        BadArguments: a protected attribute or an id is named, or the data do not allow it.
        Conflict: the data set has fewer than 50 rows.

    Source: Hastie, Tibshirani & Friedman, The Elements of Statistical Learning (2009), ch. 7; CJEU C-236/09.
    """
    locale = ctx.actor.locale
    kept = stored(ctx, data_set)
    table = frame_of(ctx, kept)
    if len(table) < LEAST_ROWS:
        reason = N_("el conjunto de datos tiene menos de 50 filas: no bastan para entrenar y medir un modelo")
        raise Conflict(reason=reason)
    if len(table) > MOST_ROWS:
        raise BadArguments(field="data_set", problem=N_("pasa de 50.000 filas: guarde una muestra y entrene con ella"))
    forbidden = [c for c in (target, *columns) if PROTECTED.search(c)]
    if forbidden:
        raise BadArguments(
            field="target" if target in forbidden else "columns",
            problem=N_("es un dato protegido (sexo, salud, origen…): no entra en ningún modelo (TJUE C-236/09)"),
        )
    out = [str(c) for c in table.columns if PROTECTED.search(str(c))]
    chosen = list(columns) or [
        str(c) for c in table.columns if c != target and str(c) not in (*out, *IDENTIFIERS) and not _is_date(table[c])
    ]
    try:
        fitted = models.fit(table[[c for c in table.columns if c in (target, *chosen)]], target, algorithm, chosen)
    except EngineError as error:
        raise refusal(error) from error
    cautions = [caution_text(c, locale) for c in fitted.cautions]
    cautions.append(translate(KEPT_OUT, locale, columns=", ".join(out)) if out else translate(PROXIES, locale))
    if fitted.n < 1000:
        cautions.append(translate(FEW, locale, n=fitted.n))
    newest = ctx.session.exec(select(func.max(TrainedModel.model_version)).where(TrainedModel.name == name)).one()
    found = TrainedModel(
        name=name, model_version=(newest or 0) + 1, kind=fitted.algorithm, target=target,
        address=ctx.files.put(fitted.model), sha256=fitted.sha256, rows=fitted.n,
        columns=[{"name": c.name, "categories": c.categories} for c in fitted.columns],
        metrics=[{"name": metric, "value": value} for metric, value in fitted.metrics.items()],
        source=f"{kept.name} {kept.sha256}",
    )  # fmt: skip
    ctx.session.add(found)
    ctx.emit("trained_model.kept", found.id, rows=found.rows, kind=found.kind)
    return _view(found, tuple(cautions))


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Modelos entrenados"),
    engine="supervised",
    examples=("¿Qué modelos entrenados hay guardados?", "List the trained models"),
)
def list_models(ctx: Context) -> ModelList:
    """All kept models with their measures, newest first."""
    found = ctx.session.exec(
        select(TrainedModel).where(col(TrainedModel.deleted_at).is_(None)).order_by(col(TrainedModel.id).desc())
    )
    return ModelList(models=tuple(_view(model) for model in found))


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Predecir con un modelo guardado"),
    engine="supervised",
    examples=(
        "Aplica el modelo bajas al conjunto de datos polizas_nuevas",
        "Predict with the trained model churn on the data set new_policies",
    ),
)
def predict_with_model(
    ctx: Context, model: ModelName, data_set: LearningSet, version: Annotated[int, Field(ge=1)] | None = None
) -> ModelPredictions:
    """Apply a kept model to the rows of a stored data set.

    Raises:
        NotFound: there is no such model, version or data set.
        BadArguments: the kept file is not the one that was stored, or columns are missing or of another kind.
    """
    locale = ctx.actor.locale
    found = _model(ctx, model, version)
    table = frame_of(ctx, stored(ctx, data_set))
    try:
        said = models.predict_with(ctx.files.get(found.address), table, found.sha256)
    except EngineError as error:
        raise refusal(error) from error
    return ModelPredictions(
        name=found.name, version=found.model_version, rows=len(table), classes=said.classes,
        predictions=said.predictions[:SHOWN], probabilities=said.probabilities[:SHOWN],
        summary=_summary(said, locale), cautions=tuple(caution_text(c, locale) for c in said.cautions),
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Deriva de un modelo guardado"),
    engine="supervised",
    examples=(
        "Comprueba la deriva del modelo bajas con el conjunto de datos polizas_nuevas",
        "¿Sigue valiendo el modelo bajas con el conjunto de datos polizas_nuevas?",
        "Check the drift of the trained model churn on the data set new_policies",
    ),
)
def check_drift(
    ctx: Context, model: ModelName, data_set: LearningSet, version: Annotated[int, Field(ge=1)] | None = None
) -> ModelDrift:
    """Compare a data set with the one that a kept model learnt from, column by column.

    Raises:
        NotFound: there is no such model, version or data set.
        Conflict: the data that it learnt from have been deleted.
        BadArguments: columns are missing, or fewer than 20 rows.

    Source: Siddiqi, Credit Risk Scorecards (2006), ch. 8 (population stability index).
    """
    locale = ctx.actor.locale
    found = _model(ctx, model, version)
    learnt = ctx.session.exec(
        select(DataSet).where(DataSet.sha256 == found.source.rpartition(" ")[2], col(DataSet.deleted_at).is_(None))
    ).first()
    if learnt is None:
        raise Conflict(reason=N_("se borraron los datos con que se entrenó el modelo: no hay con qué comparar"))
    names = [str(column["name"]) for column in found.columns]
    now = frame_of(ctx, stored(ctx, data_set))
    lacking = [name for name in names if name not in now.columns]
    if lacking:
        raise BadArguments(field="data_set", problem=N_("le faltan columnas con que se entrenó el modelo"))
    before = frame_of(ctx, learnt)[names]
    said = NERVE.compute(operations()["supervised_drift"], {"reference": before, "new": now[names]})
    assert isinstance(said, Drifted)
    return ModelDrift(
        name=found.name, version=found.model_version, rows=len(now),
        columns=tuple(
            ColumnDrift(column=c.column, psi=round(c.psi, 4), p_value=round(c.p_value, 6), state=c.state)
            for c in said.columns
        ),
        drifted=tuple(said.drifted), largest=round(said.largest, 4),
        cautions=tuple(caution_text(c, locale) for c in said.warnings),
        charts=tuple(said_chart(chart, locale) for chart in said.charts),
    )  # fmt: skip


def _is_date(values: "pd.Series[Any]") -> bool:
    import pandas as pd

    return bool(pd.api.types.is_datetime64_any_dtype(values))


def _model(ctx: Context, name: str, version: int | None) -> TrainedModel:
    found = ctx.session.exec(
        select(TrainedModel)
        .where(
            TrainedModel.name == name,
            col(TrainedModel.deleted_at).is_(None),
            *([TrainedModel.model_version == version] if version else []),
        )
        .order_by(col(TrainedModel.model_version).desc())
    ).first()
    if found is None:
        raise NotFound(what=N_("el modelo entrenado"), ref=f"{name} v{version}" if version else name)
    return found


def _summary(said: models.Predicted, locale: Locale) -> tuple[Summary, ...]:
    import pandas as pd

    if said.classes:
        counts = pd.Series(said.predictions).value_counts()
        return tuple(Summary(name=name, value=float(counts.get(name, 0))) for name in said.classes)
    described = pd.Series(said.predictions, dtype=float).describe()
    names = (("mean", N_("media")), ("min", N_("mínimo")), ("max", N_("máximo")))
    return tuple(Summary(name=translate(text, locale), value=float(described[key])) for key, text in names)


def _view(found: TrainedModel, cautions: tuple[str, ...] = ()) -> ModelView:
    return ModelView(
        name=found.name, version=found.model_version, algorithm=found.kind, target=found.target,
        columns=tuple(str(column["name"]) for column in found.columns), rows=found.rows,
        metrics={str(metric["name"]): float(metric["value"]) for metric in found.metrics},
        data_set=found.source.partition(" ")[0], sha256=found.sha256, cautions=cautions,
    )  # fmt: skip
