"""Floating policies (*pólizas flotantes*): what a certificate insures, which routes are refused, what is declared."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from core.errors import Conflict
from core.i18n import N_
from core.money import to_cents
from modules.insurance.kernel.dated import read_table, row_on

TERMS: Final = Path(__file__).parent / "data" / "terms.json"
HOME: Final = "ES"  # Canaries, Ceuta and Melilla too: their trips are taxed (premium-taxes)


class Sanctioned(Conflict):
    """Nothing may be insured on such a route."""

    text = N_("La ruta toca un país sancionado ({country}): no se puede asegurar.")


class WrongScope(Conflict):
    """The scope decides the premium tax, so that it must be the route's."""

    text = N_("El ámbito «{scope}» no es el de la ruta {origin}-{destination}: de él depende el impuesto.")


def declared_by_day() -> int:
    """The day of the following month by which a month is declared."""
    return int(read_table(TERMS)["declared_by_day"])


def insured_value(cif: Decimal) -> Decimal:
    """What a shipment is insured for: CIF and the uplift for lost profit (Incoterms CIP and CIF)."""
    return to_cents(cif * (1 + Decimal(read_table(TERMS)["uplift"])))


def check_route(*countries: str | None, on: date) -> None:
    """Refuse a country under sanctions.

    Raises:
        Sanctioned: one is.
    """
    row = row_on(read_table(TERMS)["sanctioned"]["rows"], on)
    for country in countries:
        if row is not None and country in row["countries"]:
            raise Sanctioned(country=country)


def scope_of(origin: str, destination: str) -> str:
    """The scope of a route; a trip within Spain is national whatever islands it joins."""
    return "nacional" if origin == destination == HOME else "internacional"


def check_scope(scope: str, origin: str | None, destination: str | None) -> None:
    """Refuse a scope that is not the route's, as far as the route is known.

    Raises:
        WrongScope: it is not.
    """
    if origin and destination and scope_of(origin, destination) != scope:
        raise WrongScope(scope=scope, origin=origin, destination=destination)
