"""Who joins and who leaves a health policy (*altas y bajas*): endorsements of the kernel, said by person."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.lives import joined, parted
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.policies.endorsement_tools import quote_endorsement
from modules.insurance.kernel.policies.endorsement_views import EndorsementView
from modules.insurance.salud.lookup import InsuredName, life_of, lives_of
from modules.insurance.salud.risk import Kinship, KinshipChoice
from tools import Risk, Slot, tool

EffectOn = Annotated[date, Field(description=N_("Fecha de efecto")), Slot(cues=("efecto", "desde el", "from"))]


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Incluir un asegurado en una póliza de salud"),
    examples=(
        "Añade un hijo al seguro de salud 0905-81354133, nacido el 3 de mayo de 2026",
        "Incluye al recién nacido en la póliza de salud",
        "Add a child to the health policy, born on 3 May 2026",
    ),
)
def add_insured(
    ctx: Context,
    policy: PolicyRef,
    full_name: Annotated[
        Words, Field(min_length=3, description=N_("Nombre del asegurado")), Slot(ask=N_("¿Cómo se llama?"))
    ],
    born_on: Annotated[
        date,
        Field(description=N_("Fecha de nacimiento")),
        Slot(ask=N_("¿Qué día nació?"), cues=("nacido el", "nacida el", "nació el", "born on")),
    ],
    kinship: KinshipChoice = Kinship.OTRO,
    effective_on: EffectOn | None = None,
    previous_insurer: Annotated[Words, Field(description=N_("Aseguradora de salud anterior"))] | None = None,
    previous_since: Annotated[date, Field(description=N_("Asegurado allí desde"))] | None = None,
    previous_until: Annotated[date, Field(description=N_("Asegurado allí hasta"))] | None = None,
    previous_proved: Annotated[bool, Field(description=N_("Certificado de la póliza anterior aportado"))] | None = None,
) -> EndorsementView:
    """Price the endorsement that includes one more insured; it binds nobody until it is issued.

    Waiting periods begin on the own start date; the family discount is worked out again.

    Raises:
        BadArguments: the birth lies after the effect, or the person is insured already.
    """
    risk = lives_of(ctx, policy)[0].risk.model_dump(mode="json", exclude_none=True)
    on = effective_on or ctx.today
    if born_on > on:
        raise BadArguments(N_("La fecha («{field}») no puede ser futura."), field="born_on")
    newcomer: dict[str, Any] = {
        "age": completed_years(born_on, on), "full_name": full_name, "born_on": born_on.isoformat(),
        "kinship": Kinship(kinship).value,
        "previous_insurer": previous_insurer, "previous_since": _iso(previous_since),
        "previous_until": _iso(previous_until), "previous_proved": previous_proved,
    }  # fmt: skip
    return quote_endorsement(ctx, policy, joined(risk, newcomer), effective_on)


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Dar de baja a un asegurado de una póliza de salud"),
    examples=(
        "Quita al asegurado 2 de la póliza de salud 0905-81354133",
        "Da de baja al hijo en el seguro de salud",
        "Remove an insured person from the health policy",
    ),
)
def remove_insured(
    ctx: Context, policy: PolicyRef, insured: InsuredName, effective_on: EffectOn | None = None
) -> EndorsementView:
    """Price the endorsement by which one insured leaves; the family discount is worked out again.

    Raises:
        BadArguments: nobody would be left.
    """
    life = life_of(ctx, policy, insured)
    risk = life.risk.model_dump(mode="json", exclude_none=True)
    return quote_endorsement(ctx, policy, parted(risk, life.row.position), effective_on)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
