"""The health questionnaire (*cuestionario de salud*): asked, answered, signed, and frozen (LCS art. 10).

What is not asked need not be declared. So each question is kept as it was asked with its
answer and who typed it, under a digest; nothing is changed after the signature, a new
questionnaire is a new row. No agent writes or reads the answers: what a model is told
leaves the house. Cancer whose radical treatment ended five years ago without relapse is not
asked about (LCS art. 10 and additional provision 5, Real Decreto-ley 5/2023); nor are HIV
(Ley 4/2018) and genes.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, Conflict, Denied, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from modules.core_business.crm.duties import ERASURE
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.lookup import QuoteRef, alive, resolve_quote
from modules.insurance.kernel.quotes import policy_of
from modules.insurance.kernel.records import Policy, Quote
from modules.insurance.kernel.states import PolicyState
from modules.insurance.kernel.views import PolicyNumber, QuoteNumber, day
from modules.insurance.vida.records import Beneficiary, HealthAnswers, HealthQuestionnaire
from tools import Needs, Risk, Slot, tool
from tools.marks import External
from tools.panels import Panel, panel
from tools.results import Result

EDITION: Final = "2026.1"
QUESTIONS: Final[Mapping[str, str]] = {
    "baja": N_("¿Está de baja laboral o lo ha estado más de 30 días seguidos en los últimos cinco años?"),
    "tratamiento": N_("¿Sigue algún tratamiento médico o toma medicación de forma continuada?"),
    "hospital": N_("¿Ha estado hospitalizado o le han operado en los últimos diez años?"),
    "corazon": N_("¿Padece o ha padecido una enfermedad del corazón, de la circulación o hipertensión?"),
    "respiratorio": N_("¿Padece o ha padecido una enfermedad respiratoria crónica?"),
    "digestivo": N_("¿Padece o ha padecido una enfermedad del aparato digestivo, del hígado o de los riñones?"),
    "diabetes": N_("¿Padece diabetes o una enfermedad del metabolismo o de la sangre?"),
    "nervioso": N_("¿Padece o ha padecido una enfermedad neurológica o un trastorno psíquico tratado?"),
    "tumor": N_("¿Padece un cáncer o terminó su tratamiento hace menos de cinco años?"),
    "huesos": N_("¿Padece una enfermedad de los huesos, de la columna o de las articulaciones que le limite?"),
    "pruebas": N_("¿Está pendiente de una prueba médica, un diagnóstico o una operación?"),
    "invalidez": N_("¿Tiene reconocida o en trámite una incapacidad o una discapacidad?"),
    "consumo": N_("¿Consume alcohol a diario o ha consumido drogas en los últimos diez años?"),
    "rechazo": N_("¿Le han rehusado o recargado antes un seguro de vida o de salud?"),
}
READERS: Final = "vida:health"


class Answer(BaseModel):
    """The answer to one question; a yes is explained."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    question: Annotated[str, Field(description=N_("Código de la pregunta"))]
    yes: Annotated[bool, Field(description=N_("Respuesta"))]
    detail: Annotated[str, Field(max_length=500, description=N_("Detalle, si la respuesta es sí"))] = ""


@dataclass(frozen=True)
class Signed:
    """What a questionnaire's digest is taken of."""

    edition: str
    typed_by: str
    signed_on: date
    evidence: str
    answers: Sequence[Mapping[str, Any]]  # question, text, yes, detail

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, in one form only."""
        said = [self.edition, self.typed_by, self.signed_on.isoformat(), self.evidence, list(self.answers)]
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class QuestionnaireMissing(Conflict):
    """The insurer takes no life without its declaration."""

    text = N_("Para emitir falta el cuestionario de salud firmado de {quote} (LCS art. 10).")


class NotAsked(NotFound):
    """Nobody has signed a questionnaire for the quote."""

    text = N_("No hay ningún cuestionario de salud firmado de {quote}.")


class QuoteOver(Conflict):
    """What is issued is not asked about again."""

    text = N_("La cotización {quote} ya se emitió: su cuestionario no se cambia.")


class Question(BaseModel):
    """One question as it is asked today."""

    model_config = ConfigDict(frozen=True)

    question: str
    text: str


class Questionnaire(Result):
    """The questions of the edition in use."""

    edition: str
    questions: tuple[Question, ...]

    def told(self, locale: Locale) -> str:
        """The questions as a list."""
        head = translate(N_("Cuestionario de salud, edición {edition}:"), locale, edition=self.edition)
        return "\n".join((head, *(f"- {one.text}" for one in self.questions)))


class GivenAnswer(BaseModel):
    """A question as it was asked, and its answer."""

    model_config = ConfigDict(frozen=True)

    question: str
    text: str
    yes: bool
    detail: str


class QuestionnaireView(Result):
    """A signed questionnaire; its answers are for whoever may read health data, and for no agent."""

    quote: QuoteNumber
    policy: PolicyNumber | None
    edition: str
    question_count: int
    digest: str
    intact: bool
    typed_by: str
    signed_on: date
    evidence: External
    answers: Annotated[tuple[GivenAnswer, ...], Needs(READERS)] | None

    def told(self, locale: Locale) -> str:
        """When it was signed, who typed it, and whether it is as it was; never what it says."""
        text = (
            N_("Cuestionario de salud de {quote} firmado el {on}: {count} preguntas, edición {edition}, lo tecleó "
               "{who}. Huella {digest}, íntegra.")
            if self.intact
            else N_("Cuestionario de salud de {quote} firmado el {on}: {count} preguntas, edición {edition}, lo tecleó "
                    "{who}. Huella {digest}: ALTERADO.")
        )  # fmt: skip
        return translate(
            text, locale, quote=self.quote, on=day(self.signed_on), count=self.question_count, edition=self.edition,
            who=self.typed_by, digest=self.digest[:12],
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="vida:read",
    title=N_("Preguntas del cuestionario de salud"),
    examples=(
        "Qué preguntas tiene el cuestionario de salud de vida",
        "Enséñame las preguntas del cuestionario de salud",
        "List the questions of the life health questionnaire",
    ),
)
def list_health_questions(ctx: Context) -> Questionnaire:
    """The questions of the health questionnaire in use, to be asked one by one; no answers."""
    locale = ctx.actor.locale
    questions = tuple(Question(question=code, text=translate(text, locale)) for code, text in QUESTIONS.items())
    return Questionnaire(edition=EDITION, questions=questions)


@tool(
    Risk.WRITE,
    permission="vida:quote",
    title=N_("Registrar el cuestionario de salud firmado"),
    examples=(
        "Registra el cuestionario de salud firmado de la cotización Q-2026-000123",
        "Record the signed health questionnaire of quote Q-2026-000123",
    ),
)
def record_questionnaire(
    ctx: Context,
    quote: QuoteRef,
    answers: Annotated[list[Answer], Field(max_length=len(QUESTIONS))],
    signed_on: Annotated[date, Slot(ask=N_("¿Qué día lo firmó?"), cues=("firmado el", "signed on"))],
    evidence: Annotated[Words, Field(min_length=3), Slot(ask=N_("¿Dónde está el documento firmado?"))],
) -> QuestionnaireView:
    """Keep a signed health questionnaire, frozen: every question with its answer, who typed it, and the digest of all.

    Every question of the edition in use is answered once; a yes is explained. Only people
    type it: the answers never pass through a model. Afterwards they are shown to whoever
    may read health data alone.
    """
    if ctx.actor.agent is not None:
        raise Denied(rule="health-by-people", reason=N_("los datos de salud los escribe una persona, no un agente"))
    found = _life_quote(ctx, quote)
    if policy_of(ctx, found) is not None:
        raise QuoteOver(quote=found.quote_number)
    if signed_on > ctx.today:
        raise BadArguments(field="signed_on", problem=N_("no puede ser una fecha futura"))
    said = complete(answers)
    signed = Signed(EDITION, ctx.actor.user, signed_on, evidence, said)
    kept = HealthAnswers(id=new_id(), customer_id=found.customer_id, answers={"answers": said})
    ctx.session.add(kept)
    ctx.session.flush()  # the questionnaire refers to it
    made = HealthQuestionnaire(
        id=new_id(), quote_id=found.id, customer_id=found.customer_id, answers_id=kept.id, edition=EDITION,
        question_count=len(said), digest=signed.digest, typed_by=signed.typed_by, signed_on=signed_on,
        evidence=evidence,
    )  # fmt: skip
    ctx.session.add(made)
    ctx.emit("application.questionnaire_completed", made.id, quote=str(found.id), digest=made.digest)
    return _view(ctx, made, found, None, ())


def complete(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Questions and answers in the order of the edition, each question as it was asked.

    Raises:
        BadArguments: a question is not answered, twice, or unknown, or a yes is not explained.
    """
    given = {answer.question: answer for answer in answers}
    unknown = [answer.question for answer in answers if answer.question not in QUESTIONS]
    if unknown:
        raise _wrong(N_("Revise «{field}»: la pregunta «{question}» no es de este cuestionario."), unknown[0])
    if len(given) < len(answers):
        twice = next(a.question for a in answers if sum(b.question == a.question for b in answers) > 1)
        raise _wrong(N_("Revise «{field}»: la pregunta «{question}» se contesta dos veces."), twice)
    missing = [code for code in QUESTIONS if code not in given]
    if missing:
        raise _wrong(N_("Revise «{field}»: falta contestar la pregunta «{question}»."), missing[0])
    unexplained = [code for code, answer in given.items() if answer.yes and not answer.detail]
    if unexplained:
        raise _wrong(N_("Revise «{field}»: explique el sí a la pregunta «{question}»."), unexplained[0])
    return [
        {"question": code, "text": text, "yes": given[code].yes, "detail": given[code].detail}
        for code, text in QUESTIONS.items()
    ]


def _wrong(text: str, question: str) -> BadArguments:
    return BadArguments(text, field="answers", question=question[:60])


@tool(
    Risk.READ_SENSITIVE,
    permission="vida:read",
    title=N_("Ver el cuestionario de salud"),
    examples=(
        "Enséñame el cuestionario de salud de la cotización Q-2026-000123",
        "¿Está firmado el cuestionario de salud de Q-2026-000123?",
        "Show me the health questionnaire of quote Q-2026-000123",
    ),
)
def show_questionnaire(ctx: Context, quote: QuoteRef) -> QuestionnaireView:
    """The latest signed questionnaire of a quote: who typed it, when it was signed, and that it is as it was.

    The answers are there for people who may read health data; an agent never gets them.
    """
    found = _life_quote(ctx, quote)
    made = latest(ctx, found.id)
    if made is None:
        raise NotAsked(quote=found.quote_number)
    ctx.weigh(subjects=1)
    kept = ctx.get(HealthAnswers, made.answers_id)
    return _view(ctx, made, found, policy_of(ctx, found), kept.answers["answers"])


def latest(ctx: Context, quote_id: UUID) -> HealthQuestionnaire | None:
    """The questionnaire of a quote that was signed last."""
    query = select(HealthQuestionnaire).where(HealthQuestionnaire.quote_id == quote_id, alive(HealthQuestionnaire))
    return ctx.session.exec(query.order_by(col(HealthQuestionnaire.id).desc()).limit(1)).first()


def _life_quote(ctx: Context, text: str) -> Quote:
    found = resolve_quote(ctx, text)
    if found.line != "vida":
        raise BadArguments(field="quote", problem=N_("no es una cotización de vida"))
    return found


def _view(
    ctx: Context, made: HealthQuestionnaire, quote: Quote, policy: Policy | None, said: Sequence[Mapping[str, Any]]
) -> QuestionnaireView:
    """As shown; without answers to who has just typed them, and to any agent."""
    signed = Signed(made.edition, made.typed_by, made.signed_on, made.evidence, said)
    shown = said if ctx.actor.agent is None else ()
    return QuestionnaireView(
        quote=quote.quote_number, policy=policy.policy_number if policy else None, edition=made.edition,
        question_count=made.question_count, digest=made.digest, intact=not said or signed.digest == made.digest,
        typed_by=made.typed_by, signed_on=made.signed_on, evidence=made.evidence,
        answers=tuple(GivenAnswer(**one) for one in shown) or None,
    )  # fmt: skip


def bind_questionnaire(ctx: Context, policy: Policy, risk: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Tie the quote's signed questionnaire to the policy that is being issued from it.

    Raises:
        QuestionnaireMissing: none was signed.
    """
    if policy.quote_id is None or policy.state != PolicyState.PENDING_SIGNATURE:
        return
    made = latest(ctx, policy.quote_id)
    if made is None:
        raise QuestionnaireMissing(quote=ctx.get(Quote, policy.quote_id).quote_number)
    if made.policy_id is None:
        made.policy_id = policy.id
        ctx.session.add(made)


@panel(ERASURE)
def erase_of(ctx: Context, customer_id: UUID) -> Panel:
    """Erase the health answers, the questionnaires and the beneficiaries of a customer."""
    touched = []
    for kind in (HealthQuestionnaire, HealthAnswers, Beneficiary):
        for record in ctx.session.exec(select(kind).where(kind.customer_id == customer_id)).all():
            ctx.session.delete(record)
            touched.append((str(record.id),))
        ctx.session.flush()  # a questionnaire refers to its answers
    title = translate(N_("Cuestionarios de salud y beneficiarios"), ctx.actor.locale)
    return Panel(title=title, columns=(), rows=tuple(touched))
