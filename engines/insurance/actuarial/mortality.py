"""Mortality: a law or a table, and the survival of a life that begins at some age."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.arrays import vector
from engines.contract import Caution, Part
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    from engines.arrays import Floats

Age: TypeAlias = Annotated[int, Field(ge=0, le=130)]
Years: TypeAlias = Annotated[int, Field(ge=1, le=130)]
Interest: TypeAlias = Annotated[float, Field(gt=-0.2, le=1, allow_inf_nan=False)]
Force: TypeAlias = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Growth: TypeAlias = Annotated[float, Field(gt=1, le=10, allow_inf_nan=False)]
Chance: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

GONE: Final = 1e-18  # survivors of one, under which a law's life is over
MOST_YEARS: Final = 1_000
OUT_OF_TABLE: Final = N_("queda fuera de las edades de la mortalidad")
IMMORTAL: Final = N_("no se extingue en 1.000 años; revise sus parámetros")
CONSECUTIVE: Final = N_("debe tener edades consecutivas, una probabilidad por edad")
UNDATED: Final = N_("una tabla generacional necesita factores de mejora por edad, año base y año de cálculo")
CLOSED: Final = N_("La tabla acaba a los {age} años con supervivientes: se cierra ahí con probabilidad 1")


class _Mortality(Part):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Makeham(_Mortality):
    """Makeham's law: force of mortality A + B·c^x."""

    law: Literal["makeham"]
    A: Force
    B: Annotated[float, Field(gt=0, le=10)]
    c: Growth


class Gompertz(_Mortality):
    """Gompertz's law: force of mortality B·c^x."""

    law: Literal["gompertz"]
    B: Annotated[float, Field(gt=0, le=10)]
    c: Growth


class DeMoivre(_Mortality):
    """De Moivre's law: lives die evenly up to the age omega."""

    law: Literal["de_moivre"]
    omega: Annotated[float, Field(gt=0, le=200)]


class LifeTable(_Mortality):
    """A table of annual probabilities of death by whole age.

    With `lambda` (improvement by age), `base_year` and `year` it is generational, as PER 2020: in the year t the
    probability is q·exp(-lambda·(t - base_year)), and a life is one year older in each year after `year`.
    """

    age: tuple[Annotated[int, Field(ge=0, le=200)], ...]
    q: tuple[Chance, ...]
    improvement: tuple[Annotated[float, Field(ge=-0.5, le=0.5, allow_inf_nan=False)], ...] = Field((), alias="lambda")
    base_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None


Mortality: TypeAlias = Makeham | Gompertz | DeMoivre | LifeTable


@dataclass(frozen=True)
class Life:
    """A life from its age on.

    Args:
        survival: (n + 1,) probability of being alive after 0, 1, … n years; the last is 0.
        force_at: (n + 1,) force of mortality then (for a table, half the hazard of the two years around).
        cautions: what the table made necessary.
    """

    survival: "Floats"
    force_at: "Floats"
    cautions: tuple[Caution, ...] = ()

    @property
    def deaths(self) -> "Floats":
        """(n,) probability of dying in each year."""
        return self.survival[:-1] - self.survival[1:]

    def alive(self, years: int) -> float:
        """Probability of surviving `years`."""
        return float(self.survival[years]) if years < len(self.survival) else 0.0

    def force(self, years: int) -> float:
        """Force of mortality after `years`; 0 once nobody is left to die."""
        return float(self.force_at[years]) if years < len(self.force_at) else 0.0


def life(mortality: Mortality, age: int, argument: str = "mortality", age_argument: str = "age") -> Life:
    """The survival of a life aged `age`.

    Raises:
        InvalidInput: the age lies outside the table or the law, the table is not one, or the law never ends.
    """
    import numpy as np

    match mortality:
        case LifeTable():
            return _tabulated(mortality, age, argument, age_argument)
        case DeMoivre(omega=omega):
            if age >= omega:
                raise InvalidInput(age_argument, OUT_OF_TABLE)
            left = omega - age
            rest = np.maximum(left - np.arange(int(np.ceil(left)) + 1), 0.0)
            return Life(rest / left, np.divide(1.0, rest, out=np.zeros_like(rest), where=rest > 0))
        case Makeham(B=b, c=c) | Gompertz(B=b, c=c):
            a = mortality.A if isinstance(mortality, Makeham) else 0.0
            t = np.arange(MOST_YEARS + 1, dtype=np.float64)
            # Past e^700 the hazard is infinite for all purposes; the clip only keeps it a number.
            grown = b / np.log(c) * np.exp(np.minimum((age + t) * np.log(c), 700.0))
            survival = np.exp(-np.minimum(a * t + (grown - grown[0]), 745.0))
            over = np.flatnonzero(survival < GONE)
            if not over.size:
                raise InvalidInput(argument, IMMORTAL)
            end = int(over[0])
            survival = np.append(survival[:end], 0.0)
            force = a + b * np.exp(np.minimum((age + t[: end + 1]) * np.log(c), 700.0))
            return Life(survival, force)


def _tabulated(table: LifeTable, age: int, argument: str, age_argument: str) -> Life:
    import numpy as np

    ages = np.array(table.age)
    if not ages.size or ages.size != len(table.q) or (np.diff(ages) != 1).any():
        raise InvalidInput(argument, CONSECUTIVE)
    if not ages[0] <= age <= ages[-1]:
        raise InvalidInput(age_argument, OUT_OF_TABLE)
    start = age - int(ages[0])
    q = vector(list(table.q[start:]), argument, low=0.0, high=1.0)
    if table.improvement or table.base_year is not None or table.year is not None:
        if len(table.improvement) != ages.size or table.base_year is None or table.year is None:
            raise InvalidInput(argument, UNDATED)
        later = table.year - table.base_year + np.arange(q.size)
        # An age that closes the table stays closed: nobody improves on certain death.
        q = np.where(q >= 1, 1.0, np.minimum(q * np.exp(-np.array(table.improvement[start:]) * later), 1.0))
    cautions: tuple[Caution, ...] = ()
    if q[-1] < 1:
        cautions = (Caution(text=CLOSED, values={"age": int(ages[-1])}),)
        q = np.append(q[:-1], 1.0)
    end = int(np.flatnonzero(q >= 1)[0]) + 1
    p = 1 - q[:end]
    survival = np.concatenate([[1.0], np.cumprod(p)])
    before = -np.log(1 - min(table.q[start - 1], 0.999)) if start else -np.log(max(p[0], 1e-3))
    hazard = np.concatenate([[before], -np.log(np.maximum(p, 1e-3))])
    return Life(survival, np.append((hazard[:-1] + hazard[1:]) / 2, 0.0), cautions)
