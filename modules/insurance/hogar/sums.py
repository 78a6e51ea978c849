"""How much to insure (*capitales recomendados*): building by m² and province, contents by m².

The building is worth what it costs to rebuild it as new, without the land and without what
the market pays (LCS arts. 26-28). Below 90 % of it the insurer may pay in proportion
(*regla proporcional*, LCS art. 30).
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from core.i18n import N_
from core.money import ZERO
from modules.insurance.hogar.places import costs_on
from modules.insurance.kernel.findings import Findings

LEAST: Final = Decimal("0.90")  # of the advised sum, below which average threatens
MOST: Final = Decimal("1.30")  # above which premium is paid for nothing (LCS art. 31)
HUNDREDS: Final = Decimal(100)


@dataclass(frozen=True)
class Advised:
    """What to insure of one dwelling, and what the figures rest on."""

    building: Decimal
    contents: Decimal
    eur_m2: Decimal
    contents_eur_m2: Decimal
    since: date
    source: str


def advised_sums(province: str, surface_m2: int, dwelling_type: str, on: date) -> Advised:
    """Building ≈ m² × €/m² of the province × kind of dwelling, contents ≈ m² × €/m²; to the hundred euros."""
    costs = costs_on(on)
    eur_m2 = costs.building[province] * costs.by_dwelling[dwelling_type]
    return Advised(
        _hundreds(eur_m2 * surface_m2), _hundreds(costs.contents * surface_m2), eur_m2, costs.contents, costs.since,
        costs.source,
    )  # fmt: skip


def _hundreds(amount: Decimal) -> Decimal:
    return (amount / HUNDREDS).quantize(Decimal(1), ROUND_HALF_UP) * HUNDREDS


def short(declared: Decimal | None, advised: Decimal) -> bool:
    """Whether average threatens: something is insured, for less than 90 % of what is advised."""
    return declared is not None and declared > ZERO and declared < advised * LEAST


def compare(findings: Findings, declared: Decimal | None, advised: Decimal, *, building: bool) -> None:
    """Note whether a declared sum fits the advised one."""
    if not declared:
        return
    values = {
        "declared": findings.money(declared), "advised": findings.money(advised),
        "percent": f"{declared / advised * 100:.0f}",
    }  # fmt: skip
    if short(declared, advised):
        text = (
            N_("El continente declarado ({declared}) es el {percent} % del orientativo ({advised}): infraseguro.")
            if building
            else N_("El contenido declarado ({declared}) es el {percent} % del orientativo ({advised}): compruébelo.")
        )
        findings.add("warn" if building else "note", text, "LCS art. 30", **values)
    elif declared > advised * MOST and building:
        text = N_("El continente declarado ({declared}) supera en mucho el orientativo ({advised}): sobreseguro.")
        findings.add("note", text, "LCS art. 31", **values)
    elif building:
        text = N_(
            "El continente declarado ({declared}) es adecuado al valor orientativo de reconstrucción ({advised})."
        )
        findings.add("support", text, "LCS art. 30", **values)
