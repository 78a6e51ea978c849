"""The risk of life insurance (*riesgo de vida*): one insured life. The fields are the inputs of the tariff.

Ages are completed years on the effect date. Sex is never asked (Directive 2004/113/EC; CJEU
C-236/09). What the insured answers about health is no input: it lies apart (`questionnaire`).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.fields import Amount, CommercialDiscount, Exact, Percent, Whole, one_of
from modules.insurance.kernel.line import InsuredRisk
from tools import Slot

EUROS: Final = ("€", "euros", "eur")
OLDEST_IPA: Final = 65  # the advance for disability ends then


class Product(StrEnum):
    """How the premium runs."""

    RENOVABLE = "temporal_anual_renovable"
    NIVELADA = "temporal_nivelada"


PRODUCTS: Final[Mapping[str, str]] = {
    "temporal_anual_renovable": N_("vida temporal anual renovable"),
    "temporal_nivelada": N_("vida temporal nivelada"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: temporal anual renovable (sube con la edad) o nivelada (prima constante)?"),
        cues=("modalidad", "product"),
        words={
            "temporal_anual_renovable": ("anual renovable", "temporal anual", "renovable", "tar", "renewable term"),
            "temporal_nivelada": ("nivelada", "prima nivelada", "prima constante", "level term", "level premium"),
        },
    ),
]
Age: TypeAlias = Annotated[
    Whole,
    Field(le=110, description=N_("Edad del asegurado al efecto, años cumplidos")),
    Slot(ask=N_("¿Qué fecha de nacimiento tiene el asegurado?"), units=("años", "years"), cues=("edad", "age", "aged")),
]
SumInsured: TypeAlias = Annotated[
    Amount,
    Field(ge=1_000, le=10_000_000, description=N_("Capital asegurado de fallecimiento, EUR")),
    Slot(
        ask=N_("¿Qué capital de fallecimiento, en euros?"), units=EUROS,
        cues=("capital", "capital de", "suma asegurada", "sum insured", "cover of"),
    ),
]  # fmt: skip
Smoker: TypeAlias = Annotated[
    bool,
    Field(description=N_("Ha fumado en los últimos 12 meses")),
    Slot(
        ask=N_("¿Ha fumado el asegurado en los últimos 12 meses?"),
        words={
            "true": ("fumador", "fumadora", "fuma", "smoker", "smokes"),
            "false": ("no fumador", "no fumadora", "no fuma", "non-smoker", "does not smoke"),
        },
    ),
]
OccupationClass: TypeAlias = Annotated[
    Whole,
    one_of(1, 2, 3, 4),
    Field(description=N_("Clase de profesión, de 1 (oficina) a 4 (peligrosa)")),
    Slot(
        ask=N_("¿Qué clase de profesión, de 1 (oficina) a 4 (peligrosa)?"),
        cues=("clase de profesión", "profesión de clase", "clase", "occupation class", "class"),
    ),
]
Bmi: TypeAlias = Annotated[
    Exact,
    Field(ge=5, le=150, decimal_places=4, description=N_("Índice de masa corporal, kg/m²")),
    Slot(ask=N_("¿Cuánto mide y cuánto pesa el asegurado?"), cues=("imc", "índice de masa corporal", "bmi")),
]
HazardousSport: TypeAlias = Annotated[
    bool,
    Field(description=N_("Practica un deporte de riesgo")),
    Slot(
        ask=N_("¿Practica un deporte de riesgo (escalada, buceo, motor, vuelo…)?"),
        words={
            "true": ("deporte de riesgo", "escalada", "buceo", "paracaidismo", "hazardous sport"),
            "false": ("sin deporte de riesgo", "sin deportes de riesgo", "no hazardous sport"),
        },
    ),
]
WithIpa: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con anticipo por invalidez absoluta y permanente")),
    Slot(words={"true": ("con invalidez", "con ipa", "with disability"), "false": ("sin invalidez", "no disability")}),
]
WithAccidentDouble: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con capital doble por accidente")),
    Slot(words={"true": ("doble capital por accidente", "con doble por accidente", "accidental death double"),
                "false": ("sin doble por accidente",)}),
]  # fmt: skip
WithCriticalIllness: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con enfermedades graves")),
    Slot(words={"true": ("con enfermedades graves", "con enfermedad grave", "with critical illness"),
                "false": ("sin enfermedades graves", "no critical illness")}),
]  # fmt: skip
CriticalIllnessSum: TypeAlias = Annotated[
    Amount,
    Field(le=60_000, description=N_("Capital de enfermedades graves, EUR (hasta 60.000)")),
    Slot(
        ask=N_("¿Qué capital de enfermedades graves, hasta 60.000 euros?"), units=EUROS,
        cues=("enfermedades graves", "enfermedad grave", "critical illness"),
    ),
]  # fmt: skip
ExtraMortality: TypeAlias = Annotated[
    Percent,
    Field(description=N_("Sobremortalidad, % (solo la fija la aseguradora)")),
    Slot(cues=("sobremortalidad", "extraprima", "extra mortality")),
]
TermYears: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=57, description=N_("Duración de la prima nivelada, años")),
    Slot(
        ask=N_("¿Cuántos años dura la prima nivelada?"),
        units=("años de duración", "años de plazo", "year term"), cues=("duración", "plazo", "durante", "term"),
    ),
]  # fmt: skip
EndAge: TypeAlias = Annotated[
    Whole,
    Field(ge=19, le=110, description=N_("Edad a la que termina el seguro")),
    Slot(ask=N_("¿Hasta qué edad?"), cues=("hasta los", "hasta la edad de", "until age", "to age")),
]
Indexation: TypeAlias = Annotated[
    bool,
    Field(description=N_("Acepta la revalorización anual del capital")),
    Slot(words={"true": ("con revalorización", "capital revalorizable", "index-linked"),
                "false": ("sin revalorización", "not index-linked")}),
]  # fmt: skip


class VidaRisk(InsuredRisk):
    """One life to be priced."""

    product: ProductChoice
    age: Age
    sum_insured: SumInsured
    smoker: Smoker
    occupation_class: OccupationClass
    bmi: Bmi
    hazardous_sport: HazardousSport
    with_ipa: WithIpa | None = None
    with_accident_double: WithAccidentDouble | None = None
    with_critical_illness: WithCriticalIllness | None = None
    critical_illness_sum: CriticalIllnessSum | None = None
    extra_mortality_pct: ExtraMortality | None = None
    term_years: TermYears | None = None
    end_age: EndAge | None = None
    indexation: Indexation | None = None
    elapsed_years: Annotated[Whole, Field(le=60, description=N_("Años ya transcurridos del seguro"))] | None = None
    commercial_discount_pct: CommercialDiscount | None = None


NEEDED: Final[Mapping[str, tuple[str, ...]]] = {"temporal_nivelada": ("term_years",)}


def illness_has_a_sum(risk: VidaRisk) -> None:
    """Refuse critical illness without a sum, or with more than half of the death sum."""
    if not risk.with_critical_illness:
        return
    if not risk.critical_illness_sum:
        raise BadArguments(N_("Falta el capital de enfermedades graves («{field}»)."), field="critical_illness_sum")
    if risk.critical_illness_sum * 2 > risk.sum_insured:
        text = N_("Revise «{field}»: no puede pasar de la mitad del capital de fallecimiento.")
        raise BadArguments(text, field="critical_illness_sum")


def disability_ends(risk: VidaRisk) -> None:
    """Refuse the advance for disability of whoever is older than it lasts."""
    if risk.with_ipa and risk.age > OLDEST_IPA:
        raise BadArguments(
            N_("Revise «{field}»: la invalidez absoluta se asegura hasta los 65 años."), field="with_ipa"
        )


def ends_fit(risk: VidaRisk) -> None:
    """Refuse an end that lies before the start, or that does not fit the term."""
    if risk.end_age is None:
        return
    if risk.end_age <= risk.age:
        raise BadArguments(N_("Revise «{field}»: la edad final debe ser mayor que la del asegurado."), field="end_age")
    if risk.product == Product.NIVELADA and risk.term_years and risk.age + risk.term_years != risk.end_age:
        text = N_("Revise «{field}»: {age} años más {years} de duración son {end}.")
        raise BadArguments(
            text, field="end_age", age=risk.age, years=risk.term_years, end=risk.age + risk.term_years
        )  # fmt: skip


CONTRADICTIONS: Final[tuple[Callable[[Any], None], ...]] = (illness_has_a_sum, disability_ends, ends_fit)
