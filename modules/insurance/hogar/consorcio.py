"""Who pays for a damage by its cause (*riesgos extraordinarios*): the insurer, the Consorcio, or nobody.

The Consorcio de Compensación de Seguros pays what nature and violence do beyond the
ordinary, to whoever has a policy of the dwelling and paid its surcharge (RDLeg 7/2004
arts. 6-8, RD 300/2004). Its deductible of 7 % does not apply to dwellings. The figures are
dated, in `data/extraordinary.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.i18n import N_

DATA: Final = Path(__file__).parent / "data" / "extraordinary.json"


class Cause(StrEnum):
    """What did the damage."""

    INUNDACION = "inundacion"
    EMBATE_DE_MAR = "embate_de_mar"
    TERREMOTO = "terremoto"
    VOLCAN = "volcan"
    TORNADO = "tornado"
    METEORITO = "meteorito"
    TERRORISMO = "terrorismo"
    TUMULTO = "tumulto"
    FUERZAS_ARMADAS = "fuerzas_armadas"
    VIENTO = "viento"
    LLUVIA = "lluvia"
    GRANIZO_NIEVE = "granizo_nieve"
    GOTERAS = "goteras"
    TUBERIA = "tuberia"
    ALCANTARILLADO = "alcantarillado"
    INCENDIO = "incendio"
    ROBO = "robo"
    ELECTRICO = "electrico"
    GUERRA = "guerra"
    DEFECTO = "defecto"


class Payer(StrEnum):
    """Who pays."""

    CONSORCIO = "consorcio"
    INSURER = "insurer"
    NOBODY = "nobody"


PAYERS: Final[Mapping[str, str]] = {
    "consorcio": N_("Lo paga el Consorcio de Compensación de Seguros."),
    "insurer": N_("Lo paga la aseguradora de la póliza, si la garantía está contratada."),
    "nobody": N_("No está cubierto."),
}
EXTRAORDINARY: Final[Mapping[Cause, str]] = {
    Cause.INUNDACION: N_(
        "La inundación por desbordamiento, deshielo o lluvia que corre por el suelo es extraordinaria."
    ),
    Cause.EMBATE_DE_MAR: N_("El embate de mar en la costa se trata como inundación extraordinaria."),
    Cause.TERREMOTO: N_("El terremoto y el maremoto son riesgos extraordinarios."),
    Cause.VOLCAN: N_("La erupción volcánica es un riesgo extraordinario."),
    Cause.TORNADO: N_("El tornado es una tempestad ciclónica atípica, cualquiera que sea su viento."),
    Cause.METEORITO: N_("La caída de aerolitos y cuerpos siderales es un riesgo extraordinario."),
    Cause.TERRORISMO: N_("El terrorismo, la rebelión y la sedición son riesgos extraordinarios."),
    Cause.TUMULTO: N_("El motín y el tumulto popular son riesgos extraordinarios; una manifestación legal, no."),
    Cause.FUERZAS_ARMADAS: N_("Los hechos de las Fuerzas Armadas en tiempo de paz son riesgos extraordinarios."),
}
ORDINARY: Final[Mapping[Cause, str]] = {
    Cause.GRANIZO_NIEVE: N_("El granizo y el peso de la nieve son atmosféricos ordinarios."),
    Cause.GOTERAS: N_("El agua que cae sobre el tejado y entra por él no es inundación: filtraciones."),
    Cause.TUBERIA: N_("La rotura de tuberías son daños por agua: averigüe si la tubería es privativa o común."),
    Cause.ALCANTARILLADO: N_("El atasco de desagües, sin inundación, no es extraordinario."),
    Cause.INCENDIO: N_("El incendio y la explosión son ordinarios, si no los causó un hecho extraordinario."),
    Cause.ROBO: N_("El robo y el hurto son ordinarios, también tras un hecho extraordinario."),
    Cause.ELECTRICO: N_("La sobretensión y el rayo son ordinarios."),
}
UNCOVERED: Final[Mapping[Cause, str]] = {
    Cause.GUERRA: N_("Los conflictos armados, aunque no haya declaración de guerra, no los cubre nadie."),
    Cause.DEFECTO: N_("El vicio propio y la falta de mantenimiento no los cubre nadie."),
}


@dataclass(frozen=True)
class Route:
    """Who pays for a cause, and why; `text` is catalogued, with its `values`."""

    payer: Payer
    text: str
    ref: str
    values: Mapping[str, str]
    notice_days: int  # to declare it, since it was known
    waiting_days: int = 0  # since the policy was issued


def routed(
    cause: Cause, on: date, wind_kmh: int | None = None, rain_l_m2_h: int | None = None, mean_kmh: int | None = None
) -> Route:
    """Who pays for a damage of `cause` on a date.

    Wind and rain decide by their strength: gusts, litres in an hour, and the mean wind of ten
    minutes, which together with such rain makes an atypical cyclonic storm too.
    """
    rule = _rule(on)
    if cause in (Cause.VIENTO, Cause.LLUVIA) and _wild(rule, mean_kmh, rain_l_m2_h):
        values = {"kmh": str(mean_kmh), "litres": str(rain_l_m2_h)}
        text = N_("Viento medio de {kmh} km/h con {litres} l/m² en una hora: tempestad ciclónica atípica.")
        return Route(
            Payer.CONSORCIO, text, rule["law"], values, int(rule["notice_days"]), int(rule["waiting_days"])
        )  # fmt: skip
    notice = int(rule["notice_days"])
    if cause in EXTRAORDINARY:
        return Route(Payer.CONSORCIO, EXTRAORDINARY[cause], rule["law"], {}, notice, int(rule["waiting_days"]))
    if cause in UNCOVERED:
        return Route(Payer.NOBODY, UNCOVERED[cause], rule["law"], {}, notice)
    if cause is Cause.VIENTO:
        return _wind(rule, wind_kmh, notice)
    if cause is Cause.LLUVIA:
        return _rain(rule, rain_l_m2_h, notice)
    return Route(Payer.INSURER, ORDINARY[cause], "LCS art. 16", {}, notice)


def _wild(rule: Mapping[str, Any], mean_kmh: int | None, litres: int | None) -> bool:
    """Whether mean wind and rain both pass their limits."""
    return (
        mean_kmh is not None and litres is not None and mean_kmh > int(rule["mean_wind_kmh"])
        and litres > int(rule["mean_wind_rain_l_m2_h"])
    )  # fmt: skip


def _wind(rule: Mapping[str, Any], kmh: int | None, notice: int) -> Route:
    most, least = int(rule["wind_kmh"]), int(rule["policy_wind_kmh"])
    values = {"most": str(most), "least": str(least), "kmh": str(kmh)}
    if kmh is None:
        text = N_("Con rachas de más de {most} km/h paga el Consorcio; por debajo, la póliza desde unos {least} km/h.")
        return Route(Payer.INSURER, text, rule["law"], values, notice)
    if Decimal(kmh) > most:
        text = N_("Rachas de {kmh} km/h: tempestad ciclónica atípica, de más de {most} km/h.")
        return Route(Payer.CONSORCIO, text, rule["law"], values, notice, int(rule["waiting_days"]))
    if kmh >= least:
        return Route(Payer.INSURER, N_("Rachas de {kmh} km/h: no pasan de {most} km/h."), rule["law"], values, notice)
    text = N_("Rachas de {kmh} km/h: las pólizas suelen cubrir el viento desde unos {least} km/h; véase la suya.")
    return Route(Payer.NOBODY, text, rule["law"], values, notice)


def _rain(rule: Mapping[str, Any], litres: int | None, notice: int) -> Route:
    least = int(rule["policy_rain_l_m2_h"])
    values = {"least": str(least), "litres": str(litres)}
    if litres is None or litres > least:
        text = N_("La lluvia que entra desde arriba la cubre la póliza si pasa de unos {least} l/m² en una hora.")
        return Route(Payer.INSURER, text, "LCS art. 16", values, notice)
    text = N_("Lluvia de {litres} l/m² en una hora: las pólizas suelen exigir más de {least}; véase la suya.")
    return Route(Payer.NOBODY, text, "LCS art. 16", values, notice)


@cache
def _rules() -> tuple[Mapping[str, Any], ...]:
    return tuple(json.loads(DATA.read_text(encoding="utf-8"))["rules"])


def _rule(on: date) -> Mapping[str, Any]:
    begun = [rule for rule in _rules() if date.fromisoformat(rule["from"]) <= on]
    return begun[-1] if begun else _rules()[0]
