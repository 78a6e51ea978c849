"""What can happen to an insured life (*siniestros de vida*): the sum is paid, whole (LCS arts. 83-88)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from core.i18n import N_
from modules.insurance.kernel.claim_types import DIED, Basis, ClaimType, Waiting

DEATH: Final = (
    N_("Certificado literal de defunción"),
    N_("Certificado de últimas voluntades y copia del testamento, o declaración de herederos"),
    N_("Certificado del registro de contratos de seguros de vida (Ley 20/2005)"),
    N_("Documento de identidad de los beneficiarios"),
    N_("Impuesto de sucesiones: modelo 650 presentado, o pago a cuenta"),
)
CAUSE: Final = N_("Informe médico de la causa, solo si se discute el cuestionario en su primer año (LCS art. 89)")


def _sum(field: str) -> Callable[[Mapping[str, Any]], Decimal]:
    """The whole sum as first reserve."""
    return lambda risk: Decimal(str(risk.get(field) or 0))


CLAIMS: Final = (
    ClaimType(
        code="fallecimiento", label=N_("Fallecimiento"), coverages=("fallecimiento",), reserve=_sum("sum_insured"),
        basis=Basis.SUM, sums=("sum_insured",), documents=(*DEATH, CAUSE),
        words=DIED,
    ),
    ClaimType(
        code="suicidio", label=N_("Fallecimiento por suicidio"), coverages=("fallecimiento",),
        reserve=_sum("sum_insured"), basis=Basis.SUM, sums=("sum_insured",), waiting=Waiting(months=12),
        documents=DEATH, words=("suicidio", "se ha suicidado", "se ha quitado la vida", "suicide"),
    ),
    ClaimType(
        code="fallecimiento_accidente", label=N_("Capital adicional por accidente mortal"),
        coverages=("fallecimiento_accidente",), reserve=_sum("sum_insured"), basis=Basis.SUM, sums=("sum_insured",),
        documents=(*DEATH, N_("Atestado o diligencias judiciales del accidente")),
        words=("accidente mortal", "ha muerto en un accidente", "murió en un accidente", "ha fallecido en un accidente",
               "falleció en un accidente", "fatal accident", "died in an accident"),
    ),
    ClaimType(
        code="ipa", label=N_("Invalidez absoluta y permanente"), coverages=("invalidez_absoluta",),
        reserve=_sum("sum_insured"), basis=Basis.SUM, sums=("sum_insured",),
        documents=(N_("Resolución del INSS sobre la incapacidad"), N_("Informe médico de las secuelas")),
        words=("invalidez", "incapacidad", "incapacidad absoluta", "incapacidad permanente",
               "no puede volver a trabajar", "disability", "disabled"),
    ),
    ClaimType(
        code="enfermedad_grave", label=N_("Enfermedad grave"), coverages=("enfermedad_grave",),
        reserve=_sum("critical_illness_sum"), basis=Basis.SUM, sums=("critical_illness_sum",),
        documents=(N_("Diagnóstico y pruebas de la enfermedad"),),
        words=("enfermedad grave", "cáncer", "infarto", "ictus", "critical illness", "cancer", "heart attack",
               "stroke"),
    ),
    ClaimType(
        code="anticipo_terminal", label=N_("Anticipo por enfermedad terminal"), coverages=("fallecimiento",),
        reserve=_sum("sum_insured"), basis=Basis.SUM, sums=("sum_insured",),
        documents=(N_("Informe médico con el pronóstico"),),
        words=("enfermedad terminal", "en fase terminal", "le quedan meses de vida", "terminal illness"),
    ),
)  # fmt: skip
