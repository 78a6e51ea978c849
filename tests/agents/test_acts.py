"""Orders to change something: done by a tool that does it, or refused plainly; never answered by a reading."""

import pytest

from agents.language.acts import change_asked
from agents.language.clauses import clauses
from tests.agents.brokerage import ANA, LUIS, Conversation

QUOTED = {"_told": "Cotización Q-2026-000031: 352,10 €.", "_refs": {"quote": ["Q-2026-000031"]}}


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Cancela la póliza", "Cancela"),
        ("oye, mira a ver si puedes cancelar la póliza", "cancelar"),
        ("¿Podrías anularla?", "anularla"),
        ("quiero dar de baja el seguro", "dar de baja"),
        ("Please delete the customer", "delete"),
        ("hay que modificarle el correo", "modificarle"),
        ("¿me borras el recibo?", "borras"),
        ("¿Paga a tiempo Ana?", ""),
        ("Pólizas canceladas", ""),
        ("¿Qué recibos se pagan hoy?", ""),
        ("Enséñame la póliza", ""),
        ("El recibo se ha pagado", ""),
        ("", ""),
    ],
)
def test_a_clause_orders_a_change_by_the_verb_it_begins_with(text: str, verb: str) -> None:
    assert change_asked(text) == verb


@pytest.mark.parametrize(
    "text",
    [
        "Cancela la póliza 0903-92550447",
        "¿Puedes anular la póliza 0903-92550447, por favor?",
        "Borra a la clienta Ana Belén Ruiz",
        "Please cancel policy 0903-92550447",
        "Elimina el recibo RE000170",
        "necesito renovar la póliza 0903-92550447",
        "Delete receipt RE000170",
    ],
)
def test_what_no_tool_does_is_refused_plainly_and_nothing_is_read_instead(text: str) -> None:
    talk = Conversation()
    said = talk.say(text, ANA)
    assert talk.calls == []
    assert "No puedo" in said or "cannot" in said
    assert "«" in said


def test_what_a_tool_does_is_done() -> None:
    talk = Conversation()
    talk.say("Paga el recibo RE000123 hoy con tarjeta")
    assert [name for name, _ in talk.calls] == ["encashment_collect_receipt"]


def test_the_part_that_can_be_done_is_done_and_the_other_refused() -> None:
    talk = Conversation()
    said = talk.say("Enséñame la póliza 0903-92550447 y cancélala")
    assert [name for name, _ in talk.calls] == ["kernel_show_policy"]
    assert "No puedo hacer «cancélala»" in said


@pytest.mark.parametrize(
    "text",
    [
        "Cotiza y emite el seguro de coche a todo riesgo de Luis García desde mañana, vale 18.500 €, coche de 4 años y "
        "110 CV, conductor de 42 años con 20 de carné",
        "Hazle un presupuesto de coche a todo riesgo a Luis García desde mañana, vale 18.500 €, coche de 4 años y "
        "110 CV, conductor de 42 años con 20 de carné y contrátalo",
        "Quote and issue comprehensive motor insurance for Luis García from tomorrow, worth €18,500, the car is 4 "
        "years old, 110 hp, driver aged 42 with a licence for 20 years",
    ],
)
def test_two_verbs_with_one_object_are_two_tasks(text: str) -> None:
    talk = Conversation({"autos_quote_policy": QUOTED})
    talk.say(text, LUIS)
    assert [name for name, _ in talk.calls] == ["autos_quote_policy", "kernel_issue_policy"]
    assert talk.calls[1][1] == {"quote": "Q-2026-000031"}


def test_a_noun_behind_a_conjunction_is_no_verb() -> None:
    assert clauses("Revisa el contrato y firma del cliente") == ["Revisa el contrato y firma del cliente"]
    assert clauses("Enséñame la póliza y anúlala") == ["Enséñame la póliza", "anúlala"]
