"""What people in a situation usually need to insure (*necesidades de cobertura*), as values.

The law asks for advice on the client's demands and needs (RDL 3/2020 arts. 172 and 175); a
need names the facts that raise it, what answers it, and why. What the house earns is no fact.
A line may bring needs of its own (`Line.needs`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from core.i18n import N_

PERSON: Final = "person"  # kinds of customers are facts too
COMPANY: Final = "company"
COMMUNITY: Final = "community"
SUITED: Final = "RDL 3/2020 art. 175"


@dataclass(frozen=True, kw_only=True)
class Need:
    """One reason to insure: if all facts of `when` hold and no policy of `answered_by` runs, `why` is said."""

    when: frozenset[str]
    answered_by: frozenset[str]  # lines; any of them will do
    why: str
    article: str = SUITED
    severity: Literal["note", "warn"] = "note"


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Two lines that may insure the same interest of one customer."""

    lines: frozenset[str]
    why: str
    article: str


def need(*when: str, by: tuple[str, ...], why: str, article: str = SUITED, duty: bool = False) -> Need:
    """A need; one that is a duty of the law warns."""
    return Need(when=frozenset(when), answered_by=frozenset(by), why=why, article=article,
                severity="warn" if duty else "note")  # fmt: skip


# What may be known of a customer, and how it is asked.
FACTS: Final[Mapping[str, str]] = {
    "owns_home": N_("¿Tiene una vivienda en propiedad?"),
    "rents_home": N_("¿Vive de alquiler?"),
    "drives": N_("¿Tiene un vehículo a motor?"),
    "has_family": N_("¿Hay personas que dependen de sus ingresos?"),
    "has_mortgage": N_("¿Tiene un préstamo hipotecario?"),
    "self_employed": N_("¿Trabaja por cuenta propia?"),
    "has_dog": N_("¿Tiene un perro?"),
    "premises": N_("¿Tiene un local o una nave?"),
    "uses_data": N_("¿Trata datos de clientes por medios informáticos?"),
    "sells_on_credit": N_("¿Vende a crédito a otras empresas?"),
}
ASKED_OF: Final[Mapping[str, frozenset[str]]] = {
    PERSON: frozenset(
        ("owns_home", "rents_home", "drives", "has_family", "has_mortgage", "self_employed", "has_dog")
    ),
    COMPANY: frozenset(("drives", "premises", "uses_data", "sells_on_credit")),
    COMMUNITY: frozenset(),
}  # fmt: skip
IMPLIED: Final[Mapping[str, str]] = {"autos": "drives", "mascotas": "has_dog"}  # what a running policy tells

NEEDS: Final = (
    need("drives", by=("autos",), article="RDLeg 8/2004 art. 2", duty=True,
         why=N_("Todo vehículo a motor necesita el seguro obligatorio.")),
    need("owns_home", PERSON, by=("hogar",),
         why=N_("La vivienda en propiedad no está asegurada: ni el continente ni la responsabilidad civil familiar.")),
    need("rents_home", PERSON, by=("hogar",),
         why=N_("El inquilino responde de los daños a la vivienda y a los vecinos, y su contenido no está asegurado.")),
    need("has_family", PERSON, by=("vida",),
         why=N_("Dependen de sus ingresos otras personas y no hay seguro de vida.")),
    need("has_mortgage", PERSON, by=("vida",), article="Ley 5/2019 art. 17",
         why=N_("Hay una hipoteca y ningún seguro de vida; puede elegir aseguradora libremente.")),
    need("has_mortgage", PERSON, by=("hogar",), article="Ley 5/2019 art. 17.3",
         why=N_("El banco puede exigir un seguro de daños del inmueble hipotecado, con quien el cliente elija.")),
    need("self_employed", PERSON, by=("salud",),
         why=N_("Trabaja por cuenta propia: una enfermedad le deja sin ingresos y no tiene seguro de salud.")),
    need("self_employed", PERSON, by=("rc", "empresas", "multirriesgo"), article="CC art. 1902",
         why=N_("Trabaja por cuenta propia y responde con su patrimonio de los daños de su actividad.")),
    need("self_employed", PERSON, by=("pensiones", "ahorro", "unit-linked"),
         why=N_("La pensión pública de quien cotiza por cuenta propia suele ser baja: no hay ahorro previsión.")),
    need("has_dog", PERSON, by=("mascotas", "hogar"), article="Ley 7/2023 art. 30", duty=True,
         why=N_("Quien tiene un perro debe asegurar su responsabilidad civil.")),
    need(PERSON, "has_family", by=("decesos", "vida"),
         why=N_("La familia pagaría el sepelio y sus gestiones: no hay seguro de decesos ni de vida.")),
    need(COMPANY, by=("rc", "empresas", "multirriesgo", "industrial"), article="CC arts. 1902-1903",
         why=N_("La empresa responde de los daños que cause ella o su personal, y no tiene responsabilidad civil.")),
    need(COMPANY, "premises", by=("multirriesgo", "empresas", "industrial"),
         why=N_("El local o la nave y lo que contiene no están asegurados.")),
    need(COMPANY, "uses_data", by=("ciber",), article="RGPD arts. 32-34 y 82",
         why=N_("Trata datos de clientes: un ataque para la actividad y obliga a avisar e indemnizar.")),
    need(COMPANY, "sells_on_credit", by=("credito",),
         why=N_("Vende a crédito y el impago de un cliente no está asegurado.")),
    need(COMMUNITY, by=("comunidades",), article="LPH art. 9.1 f)",
         why=N_("El edificio de la comunidad no está asegurado; varias comunidades autónomas lo exigen.")),
)  # fmt: skip

OVERLAPS: Final = (
    Overlap(lines=frozenset(("hogar", "comunidades")), article="LCS art. 32",
            why=N_("La póliza de la comunidad puede cubrir ya el continente de la vivienda.")),
    Overlap(lines=frozenset(("empresas", "multirriesgo")), article="LCS art. 32",
            why=N_("Las dos pólizas pueden cubrir el mismo local y su contenido.")),
    Overlap(lines=frozenset(("empresas", "industrial")), article="LCS art. 32",
            why=N_("Las dos pólizas pueden cubrir la misma nave y su contenido.")),
    Overlap(lines=frozenset(("rc", "empresas")), article="LCS art. 32",
            why=N_("La póliza de empresa puede llevar ya la responsabilidad civil de explotación.")),
    Overlap(lines=frozenset(("mascotas", "hogar")), article="LCS art. 32",
            why=N_("La responsabilidad civil del hogar puede cubrir ya al perro.")),
)  # fmt: skip
