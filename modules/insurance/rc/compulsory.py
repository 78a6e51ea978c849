"""Whether a profession must insure its liability (*seguro obligatorio de responsabilidad civil*), and for how much."""

from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from modules.insurance.kernel.dated import read_table
from modules.insurance.rc.risk import Profession

TABLE: Final = Path(__file__).parent / "data" / "compulsory.json"


class Duty(StrEnum):
    """Who of a profession must be insured by law."""

    ALWAYS = "always"
    PROFESSIONAL_COMPANIES = "professional_companies"  # sociedades profesionales alone
    NONE = "none"


class Compulsory(BaseModel):
    """What the law asks of a profession; limits in EUR where it fixes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    duty: Duty
    law: str
    mark: str  # V verified, K general knowledge
    limit_per_claim: Decimal | None = None
    aggregate_limit: Decimal | None = None

    def falls_short(self, limit_per_claim: Decimal) -> bool:
        """Whether a limit is below the law's."""
        return self.limit_per_claim is not None and limit_per_claim < self.limit_per_claim


@cache
def duties() -> dict[str, Compulsory]:
    """The table of the law by profession."""
    table = read_table(TABLE)["professions"]
    return {profession: Compulsory.model_validate(row) for profession, row in table.items()}


def duty_of(profession: Profession | str) -> Compulsory:
    """What the law asks of `profession`."""
    return duties()[str(profession)]
