"""Health insurance by conversation in Spanish, on the offline model."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from modules.installation import Installation
from tests.modules.insurance.claims.test_chat import Talk


@pytest.fixture
def talk(installation: Installation, actor: Any, running: Any) -> Iterator[Talk]:
    """A broker who talks, and an executive who decides."""
    with asyncio.Runner() as runner:
        yield Talk(installation, actor("broker"), actor("executive"), runner)


def test_a_quote_asks_for_what_is_missing(talk: Talk) -> None:
    """The policyholder alone is insured, at the age of the file."""
    asked = talk.say("Cotiza un seguro de salud con copago para Álvaro Ramos")
    assert "zona" in asked
    assert talk.say("zona B") == "¿Con qué aseguradora?"
    answer = talk.say("Meridiano")
    assert "cuadro médico con copago" in answer
    assert "salud_quote_policy" in talk.calls


def test_waiting_periods_and_an_authorisation(talk: Talk, running: Callable[..., Any]) -> None:
    answer = talk.say("¿Qué carencias tiene la póliza de salud 0903-92550102?")
    assert "intervención quirúrgica: desde el" in answer
    answer = talk.say("Pide autorización para una resonancia en la póliza de salud 0903-92550102")
    assert "salud_request_authorisation" in talk.calls
    assert "Tiene carencia hasta el" in answer
    (listed,) = running("salud_list_authorisations", policy="PO00102").authorisations
    assert (listed.state, listed.act) == ("requested", "pruebas_diagnosticas_complejas")
