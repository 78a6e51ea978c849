"""Expected present values of what is paid at a death or while a life lasts."""

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from engines.errors import N_, InvalidInput
from engines.insurance.actuarial.mortality import Life

if TYPE_CHECKING:
    from engines.arrays import Floats

Cover: TypeAlias = Literal["whole_life", "term", "endowment", "pure_endowment", "deferred_annuity"]
Frequency: TypeAlias = Literal[1, 2, 3, 4, 6, 12, 52]
NO_TERM: Final = N_("hace falta para esa prestación")


def discounted(years: int, interest: float) -> "Floats":
    """Present value of 1 paid after 0, 1, … `years` years."""
    import numpy as np

    return np.asarray((1 + interest) ** -np.arange(years + 1, dtype=np.float64))


def insurance(lived: Life, interest: float, term: int | None = None) -> float:
    """Present value of 1 at the end of the year of death, within `term` if given."""
    deaths = lived.deaths[:term]
    return float(deaths @ discounted(len(deaths), interest)[1:])


def annuity(lived: Life, interest: float, term: int | None = None, first: int = 0) -> float:
    """Present value of 1 at the start of each year of life, from year `first` to `term` (not included)."""
    paid = lived.survival[:term]
    return float((paid * discounted(len(paid) - 1, interest))[first:].sum())


def endowed(lived: Life, interest: float, term: int) -> float:
    """Present value of 1 after `term` years if alive."""
    return float(lived.alive(term) * (1 + interest) ** -term)


def fractional(lived: Life, interest: float, m: int, term: int | None = None) -> float:
    """Present value of 1 a year, paid 1/m at the start of each m-th while alive.

    Source: Woolhouse's formula with three terms, Dickson, Hardy & Waters, AMLCR, section 5.11.3.
    """
    import math

    delta = math.log1p(interest)
    end = 0.0 if term is None else endowed(lived, interest, term)
    last = 0.0 if term is None else delta + lived.force(term)
    corrected = (m - 1) / (2 * m) * (1 - end) + (m * m - 1) / (12 * m * m) * (delta + lived.force(0) - end * last)
    return annuity(lived, interest, term) - corrected


def benefit_value(lived: Life, interest: float, cover: Cover, term: int | None) -> float:
    """Present value of a cover of 1.

    Raises:
        InvalidInput: the cover needs a term.
    """
    if cover == "whole_life":
        return insurance(lived, interest)
    if term is None:
        raise InvalidInput("term", NO_TERM)
    return {
        "term": lambda: insurance(lived, interest, term),
        "endowment": lambda: insurance(lived, interest, term) + endowed(lived, interest, term),
        "pure_endowment": lambda: endowed(lived, interest, term),
        "deferred_annuity": lambda: annuity(lived, interest, None, term),
    }[cover]()


def paying_years(cover: Cover, term: int | None, premium_term: int | None) -> int | None:
    """For how many years premiums are due: the premium term, else that of the cover, None for life.

    Raises:
        InvalidInput: premiums would outlast the cover.
    """
    if cover != "whole_life" and premium_term is not None and term is not None and premium_term > term:
        raise InvalidInput("premium_term", N_("no puede ser más larga que el seguro"))
    return premium_term if premium_term is not None else term if cover != "whole_life" else None
