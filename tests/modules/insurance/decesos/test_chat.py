"""Funeral insurance by conversation in Spanish, on the offline model."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from modules.installation import Installation
from tests.modules.insurance.claims.test_chat import Talk


@pytest.fixture
def talk(installation: Installation, actor: Any, running: Any) -> Iterator[Talk]:
    """A broker who talks, and an executive who decides."""
    with asyncio.Runner() as runner:
        yield Talk(installation, actor("broker"), actor("executive"), runner)


def test_a_comparison_a_quote_and_its_path(talk: Talk) -> None:
    """The trap first, then the quote of the policyholder alone, and the path that he signs."""
    answer = talk.say("Compara decesos natural y nivelada para 58 años y un servicio de 4200 €")
    assert "decesos_compare_modalities" in talk.calls
    assert "185,09 €" in answer
    asked = talk.say("Cotiza un seguro de decesos a prima nivelada de 4200 € para Álvaro Ramos")
    assert asked == "¿Con qué aseguradora?"
    answer = talk.say("Meridiano")
    assert "decesos_quote_policy" in talk.calls
    assert "prima nivelada" in answer


def test_a_spouse_joins_and_a_death_is_registered(talk: Talk) -> None:
    answer = talk.say(
        "Añade a su mujer a la póliza de decesos 0903-92550202, Eva Ficticia, nacida el 3 de mayo de 1970"
    )
    assert "decesos_add_insured" in talk.calls
    assert "Suplemento" in answer
    answer = talk.say("Registra el fallecimiento del asegurado de la póliza de decesos 0903-92550202, falleció hoy")
    assert "decesos_register_death" in talk.calls
    assert "certificado" in answer
