"""A life quoted, asked about its health by people, issued and designated, by conversation in Spanish."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from modules.insurance.vida.questionnaire import QUESTIONS
from tests.modules.insurance.claims.test_chat import Talk

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()


@pytest.fixture
def talk(installation, actor, book):
    with asyncio.Runner() as runner:
        yield Talk(installation, actor("broker"), actor("executive"), runner)


def test_a_life_is_quoted_and_issued(talk, book):
    """Height and weight are asked for; the questionnaire is for people; then the policy is issued."""
    asked = talk.say(
        "Cotiza un seguro de vida anual renovable de 120.000 € para Raquel Gómez con Mutua Levante, no fumadora, "
        "profesión de clase 1, sin deporte de riesgo"
    )
    assert asked == "¿Cuánto mide y cuánto pesa el asegurado?"
    quoted = talk.say("Mide 168 cm y pesa 62 kg")
    assert "vida temporal anual renovable con Mutua Levante Ficticia" in quoted
    quote = quoted.split()[1]
    age = book("kernel_show_quote", quote=quote).risk["age"]
    assert f"falta el cuestionario de salud firmado de {quote}" in talk.say(f"Emite la cotización {quote}")
    assert "baja laboral" in talk.say("Qué preguntas tiene el cuestionario de salud de vida")
    answers = [{"question": code, "yes": False} for code in QUESTIONS]
    book("vida_record_questionnaire", quote=quote, answers=answers, signed_on=TODAY.isoformat(), evidence="carpeta 7")
    policy = quote.replace("Q-", "P-")
    assert f"Póliza {policy} de Raquel Gómez Gil" in talk.say(f"Emite la cotización {quote}")
    path = talk.say(f"Cómo sube la prima de vida de la cotización {quote} hasta los 65 años")
    assert f"a los {age} años" in path
    assert "la renovable es la más cara" in path
    assert "patrimonio del tomador" in talk.say(f"Quiénes son los beneficiarios de la póliza de vida {policy}")
    assert talk.calls == [
        "vida_quote_policy", "vida_list_health_questions", "kernel_issue_policy", "vida_show_premium_path",
        "vida_show_beneficiaries",
    ]  # fmt: skip


def test_the_grid_is_told(talk):
    """No customer is needed."""
    said = talk.say("Qué pruebas médicas piden para un capital de vida de 350.000 € a los 45 años")
    assert "reconocimiento médico, analítica" in said
    assert talk.calls == ["vida_show_medical_tests"]
