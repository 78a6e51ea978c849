"""How a contract begins, ends and may be left (*duración y desistimiento*), as every document says it."""

from collections.abc import Mapping
from typing import Any

from core.i18n import N_
from modules.insurance.kernel.documents.voice import Voice
from modules.insurance.kernel.line import LIFE_WITHDRAWAL_DAYS, Line


def withdrawal_said(voice: Voice, line: Line) -> str:
    """Whether and for how long the client may withdraw without a reason."""
    if not line.withdrawal_days:
        return voice.say(N_("Este seguro no tiene derecho de desistimiento."))
    if line.withdrawal_days >= LIFE_WITHDRAWAL_DAYS:
        text = N_(
            "Puede resolver el contrato sin indicar motivos en los {days} días siguientes a recibir la póliza "
            "(LCS art. 83 a)."
        )
    else:
        text = N_(
            "Si contrata a distancia como consumidor, puede desistir sin indicar motivos en {days} días (Ley "
            "22/2007 art. 10)."
        )
    return voice.say(text, days=line.withdrawal_days)


def renewable(line: Line, risk: Mapping[str, Any]) -> bool:
    """Whether a contract on `risk` goes on by itself."""
    return line.duration(line.risk.model_validate(risk)).renewable


def opposition_said(voice: Voice, line: Line, *, renewable: bool = True) -> tuple[str, ...]:
    """How the renewal is opposed (LCS art. 22); nothing where there is none."""
    if not renewable:
        return ()
    own = voice.say(
        N_("Puede oponerse a la prórroga por escrito con un mes de antelación al vencimiento (LCS art. 22).")
    )
    if not line.insurer_may_oppose:
        return own, voice.say(N_("La aseguradora no puede oponerse a la prórroga de este seguro."))
    return own, voice.say(
        N_(
            "La aseguradora puede oponerse con dos meses de antelación, y debe avisarle con ese mismo plazo de "
            "cualquier cambio."
        )
    )


def unpaid_said(voice: Voice, line: Line) -> str:
    """What happens if a premium is not paid (LCS arts. 15 and 95)."""
    if not line.unpaid_suspends:
        return voice.say(N_("El impago de la prima no suspende la garantía frente al beneficiario."))
    return voice.say(
        N_(
            "Sin pagar la primera prima no hay cobertura, salvo pacto. Si no paga las siguientes, la cobertura "
            "se suspende un mes después del vencimiento (LCS art. 15)."
        )
    )
