"""Numbers in prose: each has a source in the turn, or says that it has none."""

import pytest

from graphs.figures import known_figures, mark_unsourced, said_figures

RESULT = {"total": "1371.20", "due_on": "2026-12-01", "rate": "0.08", "rows": [{}] * 37, "plate": "8084PZB"}


def marked(text):
    return mark_unsourced(text, known_figures([RESULT]), "sin fuente")


@pytest.mark.parametrize(
    "text",
    [
        "Son 1.371,20 € en total.",
        "It is €1,371.20 in all.",
        "Vence el 1 de diciembre de 2026 (01/12/2026).",
        "Un 8 % de impuesto, 37 recibos y 3 avisos.",
        "El coche 8084PZB y la cotización Q-2026-000001.",
    ],
)
def test_what_a_result_says_needs_no_mark(text):
    assert marked(text) == (text, [])


def test_an_invented_amount_is_marked_where_it_stands():
    assert marked("Son 1.399,99 € en total.") == ("Son 1.399,99 «sin fuente» € en total.", ["1.399,99"])


def test_an_amount_in_the_other_notation_is_not_confused_with_a_known_one():
    assert marked("Son 13.712 €")[1] == ["13.712"]


def test_quoted_examples_and_questions_of_the_house_claim_nothing():
    example = "Enséñame el recibo 0904713133909"
    said = f"No le he entendido. Puedo ayudar, por ejemplo, con: «{example}»; el recibo 555 no consta."
    assert mark_unsourced(said, set(), "sin fuente", [example])[1] == ["555"]
    assert mark_unsourced(said, set(), "sin fuente")[1] == ["0904713133909", "555"]


def test_a_persons_own_numbers_have_a_source_however_they_are_written():
    known = said_figures("Vale dieciocho mil euros, el teléfono es 600111222 y la potencia 110 CV")
    assert mark_unsourced("Vale 18.000 €, 110 CV, teléfono 600 111 222", known, "sin fuente")[1] == []
    assert mark_unsourced("Teléfono 600 111 223", known, "sin fuente")[1] != []
