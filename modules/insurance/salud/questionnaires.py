"""Health questionnaires (*cuestionarios de salud*, LCS art. 10): one a person, frozen at signature, read by few.

What an insured answers on health is a special category of data (GDPR art. 9). It lies in a
table of its own; its tools are for people alone, so that no model ever reads it, and need
`salud:health`. What was not asked need not be declared.
"""

import hashlib
import json
from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.lookup import PolicyRef, alive
from modules.insurance.kernel.views import day
from modules.insurance.salud.line import LINE
from modules.insurance.salud.lookup import InsuredName, Life, life_of
from modules.insurance.salud.records import HealthQuestionnaire
from tools import Risk, tool
from tools.marks import External
from tools.results import Result

FORM: Final = "salud-2026.1"
QUESTIONS: Final = {
    "treatment": N_("¿Sigue algún tratamiento o toma medicación a diario?"),
    "hospital": N_("¿Ha estado ingresado o le han operado en los últimos cinco años?"),
    "pending": N_("¿Tiene pendiente alguna prueba, ingreso u operación?"),
    "chronic": N_("¿Padece o ha padecido alguna enfermedad crónica o grave?"),
    "disability": N_("¿Tiene reconocida alguna discapacidad o incapacidad?"),
    "leave": N_("¿Ha estado de baja más de treinta días en los últimos dos años?"),
}
OF_AGE: Final = 18


class Answer(BaseModel):
    """The answer to one question; `detail` is asked for after a yes."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    question: Annotated[str, Field(max_length=20)]
    yes: bool
    detail: Annotated[str, Field(max_length=500)] = ""


class NoQuestionnaire(NotFound):
    """The insured never answered."""

    text = N_("No consta ningún cuestionario de salud de {insured}.")


class AnswerView(BaseModel):
    """A question with its answer."""

    model_config = ConfigDict(frozen=True)

    question: str
    yes: bool
    detail: External


class QuestionnaireView(Result):
    """A signed questionnaire."""

    insured: str
    edition: int
    form: str
    signed_on: date
    signed_by: str
    digest: str
    answers: tuple[AnswerView, ...]

    def told(self, locale: Locale) -> str:
        """Who signed when, and how many questions were answered; the answers are shown apart."""
        text = N_(
            "Cuestionario de salud de {insured}, edición {edition}, firmado por {signer} el {on}: {count} preguntas."
        )
        return translate(
            text, locale, insured=self.insured, edition=self.edition, signer=self.signed_by, on=day(self.signed_on),
            count=len(self.answers),
        )  # fmt: skip


@tool(
    Risk.ADMINISTRATION,
    permission="salud:health",
    title=N_("Guardar un cuestionario de salud firmado"),
    examples=("Guarda el cuestionario de salud firmado de un asegurado", "Record a signed health questionnaire"),
)
def record_questionnaire(
    ctx: Context,
    policy: PolicyRef,
    answers: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=20)],
    signed_on: date,
    signed_by: Annotated[Words, Field(min_length=3, description=N_("Quién firma"))],
    insured: InsuredName | None = None,
) -> QuestionnaireView:
    """Keep what one insured answered and signed; a later one is a new edition, none is ever changed.

    Raises:
        BadArguments: a question is missing or unknown, a yes lacks its detail, a minor signs
            alone, or the day lies ahead.
    """
    life = life_of(ctx, policy, insured)
    _check(life, answers, signed_on, signed_by, ctx.today)
    ctx.weigh(line=LINE.code, special=True, subjects=1)
    said = {one.question: {"yes": one.yes, "detail": one.detail} for one in answers}
    last = _latest(ctx, life)
    kept = HealthQuestionnaire(
        id=new_id(), policy_id=life.policy.id, customer_id=life.policy.policyholder_id, insured_id=life.row.id,
        edition=last.edition + 1 if last else 1, form=FORM, answers=said, signed_on=signed_on, signed_by=signed_by,
        digest=_digest(said, signed_on, signed_by),
    )  # fmt: skip
    ctx.session.add(kept)
    ctx.emit("questionnaire.signed", kept.id, policy=str(life.policy.id), edition=kept.edition)
    return _view(kept, life, ctx.actor.locale)


@tool(
    Risk.ADMINISTRATION,
    permission="salud:health",
    title=N_("Leer un cuestionario de salud"),
    examples=("Enséñame el cuestionario de salud de un asegurado", "Show a signed health questionnaire"),
)
def show_questionnaire(ctx: Context, policy: PolicyRef, insured: InsuredName | None = None) -> QuestionnaireView:
    """The latest questionnaire of one insured, for people who may read on health; the reading is audited."""
    life = life_of(ctx, policy, insured)
    kept = _latest(ctx, life)
    if kept is None:
        raise NoQuestionnaire(insured=life.name)
    ctx.weigh(line=LINE.code, special=True, subjects=1)
    return _view(kept, life, ctx.actor.locale)


def _check(life: Life, answers: tuple[Answer, ...], signed_on: date, signed_by: str, today: date) -> None:
    asked = [one.question for one in answers]
    if sorted(asked) != sorted(QUESTIONS):
        text = N_("Revise «{field}»: hay que contestar una vez cada pregunta ({questions}).")
        raise BadArguments(text, field="answers", questions=", ".join(QUESTIONS))
    if any(one.yes and not one.detail for one in answers):
        raise BadArguments(N_("Revise «{field}»: un sí necesita su explicación."), field="answers")
    if signed_on > today:
        raise BadArguments(N_("La fecha («{field}») no puede ser futura."), field="signed_on")
    born, name = life.person.born_on, life.person.full_name
    minor = completed_years(born, signed_on) < OF_AGE if born else life.person.age < OF_AGE
    if minor and name and signed_by.casefold() == name.casefold():
        text = N_("Revise «{field}»: por un menor firma quien ejerce la patria potestad.")
        raise BadArguments(text, field="signed_by")


def _latest(ctx: Context, life: Life) -> HealthQuestionnaire | None:
    query = select(HealthQuestionnaire).where(HealthQuestionnaire.insured_id == life.row.id, alive(HealthQuestionnaire))
    return ctx.session.exec(query.order_by(col(HealthQuestionnaire.edition).desc()).limit(1)).first()


def _digest(said: dict[str, dict[str, object]], signed_on: date, signed_by: str) -> str:
    whole = {"form": FORM, "answers": said, "signed_on": signed_on.isoformat(), "signed_by": signed_by}
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _view(kept: HealthQuestionnaire, life: Life, locale: Locale) -> QuestionnaireView:
    answers = tuple(
        AnswerView(question=translate(QUESTIONS[code], locale), **answer)
        for code, answer in sorted(kept.answers.items())
    )
    own = kept.model_dump(include={"edition", "form", "signed_on", "signed_by", "digest"})
    return QuestionnaireView(**own, insured=life.name, answers=answers)
