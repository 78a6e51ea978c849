"""A claim of every line by chat in Spanish, on the demonstration's book: told, opened, offered, paid and closed."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from sqlmodel import col, select

from core.context import Origin
from core.identifiers import new_id
from core.settings import Settings
from modules.core_business.crm.records import Customer
from modules.demo import load
from modules.installation import Installation
from modules.insurance.kernel.claims.recognition import recognised
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.records import Claim, ClaimMovement, Policy
from tests.modules.insurance.claims.conftest import YESTERDAY
from tests.modules.insurance.claims.talk import Talk
from tests.modules.insurance.test_every_line import LINES
from tools.gate import Call

TOLD: Final[Mapping[str, tuple[str, str]]] = {  # by line: the kind of claim, and how a broker tells of it
    "agrario": ("ganado", "Al cliente {name}, póliza {policy}, ayer se le murieron dos vacas"),
    "ahorro": ("vencimiento", "Declara un siniestro del cliente {name}, póliza {policy}, ayer llegó a su vencimiento"),
    "autos": ("rc_material", "Al cliente {name}, póliza {policy}, ayer le dieron un golpe con el coche"),
    "caucion": ("ejecucion", "Al cliente {name}, póliza {policy}, ayer el ayuntamiento le ha ejecutado el aval"),
    "ciber": ("ransomware", "Al cliente {name}, póliza {policy}, ayer le han cifrado los datos y piden un rescate"),
    "comunidades": ("agua_comunitaria", "Al cliente {name}, póliza {policy}, ayer reventó la bajante de la comunidad"),
    "credito": ("insolvencia", "Al cliente {name}, póliza {policy}, un deudor entró ayer en concurso de acreedores"),
    "decesos": ("fallecimiento", "Al cliente {name}, póliza {policy}, ayer se le ha muerto la madre"),
    "empresas": ("incendio", "Al cliente {name}, póliza {policy}, ayer hubo un incendio en el taller"),
    "hogar": ("agua", "Al cliente {name}, póliza {policy}, ayer se rompió una tubería en casa"),
    "industrial": ("incendio", "Al cliente {name}, póliza {policy}, ayer hubo un incendio en la fábrica"),
    "ingenieria": (
        "averia_maquinaria",
        "Al cliente {name}, póliza {policy}, ayer se ha averiado la máquina en la obra",
    ),
    "mascotas": ("rc", "Al cliente {name}, póliza {policy}, ayer su perro ha mordido a un niño"),
    "multirriesgo": ("agua", "Al cliente {name}, póliza {policy}, ayer hubo una fuga de agua en la tienda"),
    "pensiones": ("jubilacion", "El cliente {name}, póliza {policy}, se ha jubilado ayer"),
    "rc": ("reclamacion", "Al cliente {name}, póliza {policy}, ayer le llegó una carta de reclamación de un tercero"),
    "salud": (
        "medicina_general",
        "Declara un siniestro del cliente {name}, póliza {policy}, ayer fue al médico de cabecera",
    ),
    "transporte": ("dano_mercancia", "Al cliente {name}, póliza {policy}, ayer la mercancía le ha llegado mojada"),
    "unit-linked": (
        "rescate",
        "Declara un siniestro del cliente {name}, póliza {policy}, ayer pidió rescatar su dinero",
    ),
    "vida": ("fallecimiento", "Declara un siniestro del cliente {name}, póliza {policy}, ha fallecido ayer"),
}
PAID: Final = Decimal("25.00")
WHOLE: Final = [
    "kernel_notify_claim", "kernel_open_claim", "kernel_make_offer", "kernel_accept_offer", "kernel_settle_claim",
    "kernel_close_claim",
]  # fmt: skip


@pytest.fixture(scope="module")
def house() -> Iterator[Installation]:
    """The demonstration in an installation of its own."""
    with TemporaryDirectory(prefix="ait-demo-") as folder:
        opened = Installation.open(Settings(data_dir=Path(folder), model="offline", port=3995))
        load(opened)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture
def talk(house: Installation, runner: asyncio.Runner) -> Talk:
    return Talk(house, house.people.actor("broker"), house.people.actor("executive"), runner)


@pytest.fixture(scope="module")
def rows(house: Installation) -> Callable[..., Any]:
    """All records of a kind that fulfil conditions."""
    owner = house.people.owner()

    def found(kind: Any, *where: Any) -> Any:
        with house.database.transaction(owner.tenant_id) as session:
            return session.exec(select(kind).where(*where).order_by(col(kind.id))).all()

    return found


def covering(house: Installation, rows: Callable[..., Any], line: str, kind: str) -> Policy:
    """The first policy in force of a line that covered a kind of loss yesterday."""
    broker, origin = house.people.actor("broker"), Origin("cli", new_id())
    told = {"description": "ayer", "occurred_on": YESTERDAY.isoformat(), "kind": kind}
    for policy in rows(Policy, Policy.line == line, Policy.state == "in_force"):
        asked = told | {"policy": policy.policy_number}
        if house.gate.call(Call("kernel_check_coverage", asked, broker, origin)).value.covered == "yes":
            return policy
    raise AssertionError(f"no policy of {line} covers {kind}")


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.code)
def test_a_claim_is_told_and_settled(line: Line, house: Installation, rows: Callable[..., Any], talk: Talk) -> None:
    kind, words = TOLD[line.code]
    policy = covering(house, rows, line.code, kind)
    (customer,) = rows(Customer, Customer.id == policy.policyholder_id)
    before = {claim.id for claim in rows(Claim)}

    said = talk.say(words.format(name=customer.name, policy=policy.policy_number))
    new = [claim for claim in rows(Claim) if claim.id not in before]
    assert len(new) == 1, said
    (claim,) = new
    assert (claim.policy_id, claim.kind, claim.occurred_on, claim.state) == (policy.id, kind, YESTERDAY, "notified")
    assert policy.policy_number in said
    assert claim.claim_number in said

    number = claim.claim_number
    talk.say(f"Abre el siniestro {number}")
    assert "25,00 €" in talk.say(f"Haz una oferta de 25 euros en el siniestro {number}")
    talk.say(f"Acepta la oferta del siniestro {number}")
    assert "25,00 €" in talk.say(f"Liquida el siniestro {number}")
    assert "cerrado" in talk.say(f"Cierra el siniestro {number}")
    assert talk.calls == WHOLE

    (closed,) = rows(Claim, Claim.id == claim.id)
    assert (closed.state, closed.paid_amount, closed.reserve) == ("closed", PAID, Decimal(0))
    movements = rows(ClaimMovement, ClaimMovement.claim_id == claim.id)
    sums = {name: sum((m.amount for m in movements if m.kind == name), Decimal(0)) for name in ("payment", "reserve")}
    assert sums == {"payment": PAID, "reserve": Decimal(0)}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.code)
def test_every_way_of_telling_says_one_kind(line: Line) -> None:
    for kind in line.claims:
        assert kind.words, kind.code
        for way in kind.words:
            assert recognised(line.claims, way) == [kind], way


def test_every_line_is_told_of() -> None:
    assert set(TOLD) == {line.code for line in LINES}
    for line in LINES:
        assert line.claim_types[TOLD[line.code][0]].waiting is None
