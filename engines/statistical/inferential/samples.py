"""Groups of measurements: lists that need not be equally long."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from engines.arrays import CONSTANT, vector
from engines.contract import Real, Vector
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from engines.arrays import Floats

    Groups: TypeAlias = Sequence[Vector]
else:
    Groups = list[list[Real]]

Alternative: TypeAlias = Literal["two-sided", "less", "greater"]
MOST_GROUPS: Final = 1_000
SMALL: Final = 5  # expected counts, below which the chi-square distribution is a poor stand-in
NEEDED: Final = N_("hace falta para esta prueba")


def samples(groups: Groups, least: int, of: int = 2) -> list["Floats"]:
    """At least `of` groups of at least `least` finite numbers each, not all of them equal.

    Raises:
        InsufficientData: too few groups, or too few numbers in one.
        InvalidInput: no finite numbers, or all the same.
        LimitExceeded: more than a thousand groups.
    """
    if len(groups) < of:
        raise InsufficientData("groups", of, len(groups))
    if len(groups) > MOST_GROUPS:
        raise LimitExceeded("groups", MOST_GROUPS, len(groups), N_("una los grupos pequeños"))
    found = [vector(group, f"groups.{i}", least=least) for i, group in enumerate(groups)]
    if min(g.min() for g in found) == max(g.max() for g in found):
        raise InvalidInput("groups", CONSTANT)
    return found


def near_zero(found: list["Floats"]) -> list["Floats"]:
    """The groups less one of their values: sums of squares lose no digits to a common offset.

    Not for ranks: a subtraction that rounds may make or break ties.
    """
    origin = found[0][0]
    return [group - origin for group in found]
