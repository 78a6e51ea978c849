"""What a request leaves open: all of it is asked for at once; an insurer answers to one word of its own."""

import pytest

from core.errors import BadArguments


def test_all_that_is_missing_is_asked_for_in_one_question(garage):
    """One message with every question; `fields` names them all."""
    with pytest.raises(BadArguments) as raised:
        garage("autos_quote_policy", customer="Javier Rubio", power_cv=90, zone="A", product="todo_riesgo")
    assert raised.value.detail["field"] == "insurer"
    fields = raised.value.detail["fields"]
    assert {"insurer", "vehicle_class", "vehicle_value", "deductible"} <= set(fields)
    assert not {"power_cv", "zone", "product", "driver_age"} & set(fields)
    said = raised.value.told("es")
    assert said.count("\n- ") == len(fields)
    assert "¿Con qué aseguradora?" in said
    assert raised.value.told("en") != said


def test_an_insurer_answers_to_a_first_word_that_no_other_has(book):
    """«con Cantábrica», capitalised; «mutua» alone says nothing."""

    def named(text):
        return [m.words for m in book("kernel_find_mentions", text=text).mentions]

    assert named("Cotiza con Mutua Levante") == ["Mutua Levante"]
    assert named("una mutua cualquiera") == []
    assert named("Ponlo con Cantábrica, por favor") == ["Cantábrica"]
