"""A home quoted, advised and issued by conversation in Spanish, on the offline model."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.modules.insurance.claims.test_chat import Talk

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()
ALL = (
    "Cotiza un seguro de hogar de propietario para Raquel Gómez con Mutua Levante: piso alto de 92 m² en el código "
    "postal 06001, vivienda principal, continente 120.000 €, contenido 30.000 €, puerta blindada, sin perro, "
    "franquicia de 0 €, responsabilidad civil de 300.000 €, 0 meses deshabitada, construido en 1990, "
    "dirección Calle Nueva 77"
)


@pytest.fixture
def talk(installation, actor, book):
    with asyncio.Runner() as runner:
        yield Talk(installation, actor("broker"), actor("executive"), runner)


def test_a_home_is_quoted_issued_and_put_in_force(talk, book):
    """One sentence says nearly all; what it leaves out is asked for; people decide and sign."""
    assert talk.say(ALL) == "¿Cuántos siniestros de hogar ha tenido en los últimos tres años?"
    quoted = talk.say("0 siniestros")
    assert "hogar propietario con Mutua Levante Ficticia, 241,83 € al año" in quoted
    number = quoted.split()[1]
    issued = talk.say(f"Emite la cotización {number}")
    policy = number.replace("Q-", "P-")
    assert f"Póliza {policy} de Raquel Gómez Gil" in issued
    assert "Piso alto de 92 m², Calle Nueva 77 06001" in issued
    talk.say(f"Cobra el recibo {policy}-01 por transferencia hoy")
    book("kernel_record_signature", policy=policy, signed_on=TODAY.isoformat(), evidence="carpeta 7")
    assert book("kernel_show_policy", policy=policy).state == "in_force"
    told = talk.say(f"Cuánto pagaría la póliza {policy} por unos daños por agua de 2.400 €")
    assert "De 2.400,00 € de daños se pagarían 2.400,00 €" in told
    assert "sobreseguro" in talk.say(f"Revisa la póliza de hogar {policy}")
    assert talk.calls == [
        "hogar_quote_policy", "kernel_issue_policy", "encashment_collect_receipt", "hogar_estimate_indemnity",
        "hogar_review_policy",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said", "tool"),
    [("Qué capital de continente recomiendas para un piso alto de 92 m² en el código postal 46005",
      "continente 103.000,00 €", "hogar_advise_sums"),
     ("¿Paga el Consorcio una inundación en la vivienda?", "Lo paga el Consorcio", "hogar_route_damage"),
     ("Quién paga los daños por viento de 80 km/h en casa", "Lo paga la aseguradora", "hogar_route_damage")],
)  # fmt: skip
def test_a_question_is_answered_at_once(talk, text, said, tool):
    """No customer, no policy: advice."""
    assert said in talk.say(text)
    assert talk.calls == [tool]
