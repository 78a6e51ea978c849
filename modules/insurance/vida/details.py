"""What a life policy names besides the tariff's inputs (LCS art. 8): the insured, the purpose, the loan."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field

from core.errors import BadArguments, Conflict
from core.i18n import N_
from modules.core_business.crm import Customer
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.fields import Amount, Whole, Words
from modules.insurance.kernel.line import Details, Duration, Entering, Renewing
from modules.insurance.kernel.records import Quote
from modules.insurance.kernel.views import day
from modules.insurance.vida.risk import OLDEST_IPA, Product, VidaRisk
from tools import Slot

LAST_AGE: Final = 75  # of the tariff's table: the last annuity begins at it
ANEW: Final = ("age", "elapsed_years", "end_age", "term_years", "extra_mortality_pct")  # what a contract begins with
PLACES: Final = Decimal("0.0001")
HUNDRED: Final = Decimal(100)


class Purpose(StrEnum):
    """What the insurance is for."""

    PROTECCION = "proteccion"
    HIPOTECA = "hipoteca"
    HOMBRE_CLAVE = "hombre_clave"
    CONVENIO = "convenio"


class VidaDetails(Details):
    """The insured life as a policy names it."""

    insured_name: (
        Annotated[Words, Field(description=N_("Asegurado, si no es el tomador")), Slot(cues=("asegurado", "insured"))]
        | None
    ) = None
    insured_birth_date: (
        Annotated[
            date, Field(description=N_("Fecha de nacimiento del asegurado")),
            Slot(cues=("nacido", "nacida", "nacimiento", "born")),
        ]
        | None
    ) = None  # fmt: skip
    insured_consent_signed: (
        Annotated[
            bool, Field(description=N_("Consentimiento escrito del asegurado (LCS art. 83)")),
            Slot(
                words={
                    "true": ("asegurado consiente por escrito", "consentimiento firmado", "consent signed"),
                    "false": ("sin consentimiento", "no consent"),
                }
            ),
        ]
        | None
    ) = None  # fmt: skip
    height_cm: (
        Annotated[
            Whole, Field(ge=50, le=250, description=N_("Estatura, cm")), Slot(units=("cm",), cues=("mide", "height"))
        ]
        | None
    ) = None
    weight_kg: (
        Annotated[
            Whole,
            Field(ge=10, le=400, description=N_("Peso, kg")),
            Slot(units=("kg", "kilos"), cues=("pesa", "weight")),
        ]
        | None
    ) = None
    occupation: Annotated[Words, Field(description=N_("Profesión")), Slot(cues=("profesión", "occupation"))] | None = (
        None
    )
    purpose: (
        Annotated[
            Purpose, Field(description=N_("Finalidad del seguro")),
            Slot(
                words={
                    "proteccion": ("protección familiar", "proteger a la familia", "family protection"),
                    "hipoteca": ("hipoteca", "vinculado al préstamo", "mortgage"),
                    "hombre_clave": ("hombre clave", "persona clave", "key man", "key person"),
                    "convenio": ("convenio colectivo", "convenio", "collective agreement"),
                }
            ),
        ]
        | None
    ) = None  # fmt: skip
    lender: Annotated[Words, Field(description=N_("Prestamista")), Slot(cues=("préstamo con", "lender"))] | None = None
    loan_id: Annotated[Words, Field(description=N_("Número del préstamo"))] | None = None
    loan_balance: Annotated[Amount, Field(le=10_000_000, description=N_("Saldo del préstamo, EUR"))] | None = None
    group_size: Annotated[Whole, Field(ge=1, le=100_000, description=N_("Personas del grupo"))] | None = None
    surrender_agreed: (
        Annotated[bool, Field(description=N_("La póliza concede rescate y reducción (LCS art. 98)"))] | None
    ) = None


class ConsentMissing(Conflict):
    """Nobody insures another's death without that person's written consent."""

    text = N_("Para emitir {quote} falta el consentimiento escrito del asegurado, que no es el tomador (LCS art. 83).")


def check_issue(quote: Quote) -> None:
    """Refuse to issue on another's life without the written consent."""
    details = quote.details
    if details.get("insured_name") and not details.get("insured_consent_signed"):
        raise ConsentMissing(quote=quote.quote_number)


def known(customer: Customer, on: date) -> dict[str, Any]:
    """The policyholder's age on the effect date."""
    return {"age": completed_years(customer.birth_date, on)} if customer.birth_date else {}


def derived(filed: Mapping[str, Any], told: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Age from the insured's birth date, body mass index from height and weight, and the level term's two ends.

    Raises:
        BadArguments: what was said differs from what follows.
    """
    both = {**filed, **told}
    found: dict[str, Any] = {}
    if "age" in filed or both.get("insured_birth_date"):
        found["age"] = age(filed, told, on)
    elif both.get("insured_name") and "age" not in told:
        raise BadArguments(N_("¿Qué fecha de nacimiento tiene el asegurado?"), field="insured_birth_date")
    if both.get("height_cm") and both.get("weight_kg"):
        found["bmi"] = bmi(both["height_cm"], both["weight_kg"], told.get("bmi"))
    if both.get("product") == Product.NIVELADA:
        found |= ends(found.get("age", told.get("age")), told)
    return found


def age(filed: Mapping[str, Any], told: Mapping[str, Any], on: date) -> int:
    """Completed years of the insured: of the birth date that was said, else of the policyholder's file."""
    born = told.get("insured_birth_date") or filed.get("insured_birth_date")
    other = told.get("insured_name") or filed.get("insured_name")
    if born:
        since = born if isinstance(born, date) else date.fromisoformat(str(born))
        years = completed_years(since, on)
        if years < 0:
            text = N_("La fecha de «{field}» ({since}) es posterior al efecto ({on}).")
            raise BadArguments(text, field="insured_birth_date", since=day(since), on=day(on))
    elif other:
        if "age" not in told:
            raise BadArguments(N_("¿Qué fecha de nacimiento tiene el asegurado?"), field="insured_birth_date")
        return int(told["age"])
    else:
        years = int(filed["age"])
    # A spoken age is of today; on the effect date one more year may be complete.
    if told.get("age", years) not in (years, years - 1):
        text = N_("Revise «{field}»: se indican {given} años, pero por la fecha de nacimiento son {years} al efecto.")
        raise BadArguments(text, field="age", given=int(told["age"]), years=years)
    return years


def bmi(height_cm: int, weight_kg: int, told: Decimal | None) -> Decimal:
    """Weight over height squared, kg/m², cut down to four places, which never reaches a whole number from below.

    Raises:
        BadArguments: an index was said that differs by more than half a point.
    """
    metres = Decimal(height_cm) / HUNDRED
    found = (Decimal(weight_kg) / (metres * metres)).quantize(PLACES, ROUND_DOWN)
    if told is not None and abs(told - found) > Decimal("0.5"):
        text = N_("Revise «{field}»: se indica {given}, pero por la estatura y el peso es {found}.")
        raise BadArguments(text, field="bmi", given=f"{told:f}", found=f"{found:.1f}")
    return found


def ends(age: int | None, told: Mapping[str, Any]) -> dict[str, int]:
    """The age at the end of a level term from its years, or the years from that age."""
    years, last = told.get("term_years"), told.get("end_age")
    if age is not None and years and not last:
        return {"end_age": age + int(years)}
    if age is not None and last and not years and int(last) > age:
        return {"term_years": int(last) - age}
    return {}


def entered(risk: dict[str, Any], entering: Entering) -> dict[str, Any]:
    """A level term keeps how many of its years are over."""
    if risk.get("product") != Product.NIVELADA:
        return risk
    return {**risk, "elapsed_years": max(completed_years(entering.started_on, entering.on), 0)}


def offered(risk: dict[str, Any], on: date) -> dict[str, Any]:
    """A new contract begins at today's age, and its insurer weighs the life itself."""
    return {name: value for name, value in risk.items() if name not in ANEW}


def duration(risk: VidaRisk) -> Duration:
    """A year, renewed by itself until the level term or the final age is reached (LCS art. 22 in fine)."""
    if risk.product == Product.NIVELADA:
        return Duration(renewable=(risk.elapsed_years or 0) + 1 < (risk.term_years or 0))
    return Duration(renewable=risk.age + 1 < (risk.end_age or LAST_AGE + 1))


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """The next annuity: a level premium keeps the entry age, disability ends at 65, an accepted index raises the sum.

    Nobody is underwritten again: the insurer took the risk until the end.
    """
    changed = dict(risk)
    if risk["product"] == Product.NIVELADA:
        changed["age"] = int(risk["age"]) - 1  # the kernel has made everybody a year older
        return changed
    if risk.get("with_ipa") and int(risk["age"]) > OLDEST_IPA:
        changed["with_ipa"] = False
    if risk.get("indexation") and renewing.index > 0:
        raised = Decimal(str(risk["sum_insured"])) * (1 + renewing.index)
        changed["sum_insured"] = f"{raised.quantize(Decimal('0.01')):f}"
    return changed


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The insurance as a policy names it."""
    level = "nivelada" if risk["product"] == Product.NIVELADA else "anual renovable"
    insured = details.get("insured_name")
    return f"Vida temporal {level} sobre {insured}" if insured else f"Vida temporal {level}"


def lender_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> tuple[str, ...]:
    """The bank whose loan the policy backs, which is told before it ends."""
    found = details.get("lender")
    return (str(found),) if found and details.get("purpose") == Purpose.HIPOTECA else ()
