"""A claim handled by conversation in Spanish, from the client's words to closure, on the offline model."""

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from modules.installation import Installation
from tests.modules.insurance.claims.conftest import CAR, DOG
from tests.modules.insurance.claims.talk import Talk


@pytest.fixture
def talk(installation: Installation, actor: Any, insured: Any) -> Iterator[Talk]:
    with asyncio.Runner() as runner:
        yield Talk(installation, actor("broker"), actor("executive"), runner)


WHOLE = [
    "kernel_notify_claim", "kernel_open_claim", "kernel_set_reserve", "kernel_assess_claim", "kernel_make_offer",
    "kernel_accept_offer", "kernel_settle_claim", "kernel_close_claim",
]  # fmt: skip


def test_a_crash_with_the_car(talk: Talk, insured: Callable[..., Any]) -> None:
    """The client's own words start it; whose car it is, is asked for."""
    assert talk.say("He tenido un golpe con el coche ayer") == "¿De qué cliente o de qué póliza es el siniestro?"
    said = talk.say("Álvaro Ramos")
    assert CAR in said
    assert "Cubierto" in said
    assert "declaración amistosa" in said
    (row,) = insured("kernel_list_claims", policy=CAR).claims
    claim = row.claim
    assert insured("kernel_show_claim", claim=claim).description == "He tenido un golpe con el coche ayer"
    talk.say(f"Abre el siniestro {claim}")
    assert "900,00 €" in talk.say("Pon una reserva de 900 €")
    assert "850,00 €" in talk.say("Valora el siniestro con unos daños de 850 €")
    talk.say("Haz una oferta de 850 €")
    assert "aceptado" in talk.say("El cliente acepta la oferta")
    assert "850,00 €" in talk.say("Liquida el siniestro")
    assert "cerrado" in talk.say(f"Cierra el siniestro {claim}")
    assert talk.calls == WHOLE
    shown = insured("kernel_show_claim", claim=claim)
    assert (shown.state, shown.reserve, shown.paid_amount) == ("closed", Decimal(0), Decimal(850))


def test_a_dog_with_a_broken_leg(talk: Talk, insured: Callable[..., Any]) -> None:
    """The name says whose dog; the policy reimburses 80 %."""
    said = talk.say("El perro de Javier Rubio se ha roto una pata esta mañana")
    assert DOG in said
    assert "factura del veterinario" in said
    talk.say("Abre el expediente del siniestro")
    assert "400,00 €" in talk.say("Fija la reserva en 400 euros")
    assert "304,00 €" in talk.say("¿Cuánto corresponde pagar por unos daños de 380 euros?")
    talk.say("La compañía ofrece 304 euros por el siniestro")
    talk.say("Acepta la oferta")
    assert "304,00 €" in talk.say("Liquida el siniestro")
    assert "cerrado" in talk.say("Cierra el siniestro")
    assert talk.calls == WHOLE
    (row,) = insured("kernel_list_claims", policy=DOG).claims
    assert (row.state, row.paid_amount, row.reserve) == ("closed", Decimal(304), Decimal(0))
