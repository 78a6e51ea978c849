"""The tools of cyber insurance: price, quote, score the controls, and the first hour of an incident."""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from modules.insurance.ciber.controls import BEST, QUESTIONS, missing, score
from modules.insurance.ciber.first_hour import Incident, steps
from modules.insurance.ciber.line import LINE
from modules.insurance.ciber.risk import CiberRisk, Controls
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from tools import Risk, Slot, tool
from tools.results import Result

MADRID = ZoneInfo("Europe/Madrid")
IncidentChoice: TypeAlias = Annotated[
    Incident,
    Field(description=N_("Qué ha ocurrido")),
    Slot(
        ask=N_("¿Qué ha ocurrido: secuestro de datos, brecha de datos, fraude por transferencia o indisponibilidad?"),
        words={
            "ransomware": ("ransomware", "secuestro de datos", "cifrado los ficheros", "encrypted"),
            "brecha_datos": ("brecha", "fuga de datos", "robo de datos", "data breach"),
            "fraude": ("fraude", "transferencia falsa", "fraud"),
            "indisponibilidad": ("indisponibilidad", "sistemas caídos", "parada", "outage"),
        },
    ),
]


class CiberRequest(QuoteRequest, line=LINE):
    """What a person says of the firm to be insured."""


@tool(
    Risk.READ,
    permission="ciber:read",
    title=N_("Tarificar un ciberriesgo"),
    examples=(
        "Tarifica un ciberriesgo de una asesoría con 1.400.000 € de facturación y 9.000 registros, sin cliente",
        "Calcula la prima de un seguro ciber para una clínica",
        "Rate a cyber risk of a shop with 480,000 euros of turnover",
    ),
)
def rate(ctx: Context, risk: CiberRisk) -> Rating:
    """The premium of a cyber risk with coverages, taxes and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. `control_score` is what `ciber_score_controls` answers.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="ciber:quote",
    title=N_("Cotizar un seguro de ciberriesgo"),
    examples=(
        "Cotiza un ciberseguro para Raquel Gómez",
        "Presupuesto de seguro ciber de 500.000 € para Álvaro Ramos",
        "Quiero asegurar la empresa contra ciberataques",
        "Quote cyber insurance for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: CiberRequest) -> QuoteView:
    """Price a customer's cyber risk and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs, and the answer says so; what is missing
    is asked for. A referred quote is indicative, a declined one has no price.
    """
    return quoted(ctx, request)


class ControlScore(Result):
    """How many of the ten controls are in place, and which are not."""

    control_score: int
    mfa_remote: bool | None
    answered: int
    missing: tuple[str, ...]
    missing_labels: tuple[str, ...]

    def told(self, locale: Locale) -> str:
        """The score, and what would raise it."""
        said = translate(N_("Puntuación de controles: {score} de {best}."), locale, score=self.control_score, best=BEST)
        if not self.missing:
            return said
        left = translate(N_("Faltan: {labels}."), locale, labels="; ".join(self.missing_labels))
        return f"{said} {left}"


@tool(
    Risk.READ,
    permission="ciber:read",
    title=N_("Puntuar los controles de ciberseguridad"),
    examples=(
        "Puntúa los controles de ciberseguridad de un cliente",
        "¿Qué puntuación ciber tiene una empresa con doble factor, EDR y copias probadas?",
        "Score the cyber security controls of a firm",
    ),
)
def score_controls(ctx: Context, answers: Controls) -> ControlScore:
    """The control score that the tariff and the rules use, from the ten yes/no questions; one point each.

    What is not answered gives no point. Below two the risk is declined.
    """
    given = answers.model_dump(exclude_none=True)
    left, locale = missing(given), ctx.actor.locale
    return ControlScore(
        control_score=score(given), mfa_remote=given.get("mfa_remote_access"), answered=len(given), missing=left,
        missing_labels=tuple(translate(QUESTIONS[name], locale) for name in left),
    )  # fmt: skip


class StepRow(BaseModel):
    """One thing to do; `due_at` is the latest moment for it (UTC)."""

    model_config = ConfigDict(frozen=True)

    text: str
    due_at: datetime | None
    law: str

    def told(self) -> str:
        """The step with its deadline in the time of Madrid."""
        due = f" ({self.due_at.astimezone(MADRID):%d/%m/%Y %H:%M}, {self.law})" if self.due_at else ""
        return f"{self.text.removesuffix('.')}{due}."


class FirstHour(Result):
    """What to do now, in order."""

    incident: str
    known_at: datetime
    steps: tuple[StepRow, ...]

    def told(self, locale: Locale) -> str:
        """The steps, numbered."""
        return "\n".join(f"{at}. {step.told()}" for at, step in enumerate(self.steps, 1))


@tool(
    Risk.READ,
    permission="ciber:read",
    title=N_("Guía de la primera hora de un incidente"),
    examples=(
        "¿Qué hacemos en la primera hora de un ransomware?",
        "Un cliente ha sufrido una fuga de datos: dame los pasos y plazos",
        "What must be done in the first hour of a data breach?",
    ),
)
def guide_first_hour(
    ctx: Context,
    incident: IncidentChoice,
    known_at: Annotated[AwareDatetime | None, Field(description=N_("Cuándo se supo, con su zona horaria"))] = None,
) -> FirstHour:
    """The steps of the first hour in order, with the deadlines of the law: 72 hours to the AEPD (RGPD art. 33).

    `known_at` is when the firm knew; it defaults to now and cannot lie ahead.
    """
    known = (known_at or ctx.now).astimezone(UTC)
    if known > ctx.now:
        raise BadArguments(N_("Revise «{field}»: no puede ser una hora futura."), field="known_at")
    locale = ctx.actor.locale
    rows = (StepRow(text=translate(s.text, locale), due_at=s.due_at, law=s.law) for s in steps(incident, known))
    return FirstHour(incident=str(incident), known_at=known, steps=tuple(rows))
