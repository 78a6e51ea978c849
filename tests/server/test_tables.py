"""Results as a person reads them: what is drawn is not listed again, sentences stand apart."""

from server.view.tables import facts_of

RESULT = {
    "as_of": "2026-11-22",
    "score": 98.4,
    "cautions": ["Son reglas de forma: un dato bien escrito puede no ser verdad.", "Se han mirado los primeros 10."],
    "lines": ["autos", "hogar"],
    "charts": [{"kind": "bar", "title": "Puntuación", "unit": "%"}],
    "findings": [{"kind": "policy", "code": "expired", "dimension": "freshness", "failed": 2}],
}


def test_charts_are_drawn_and_not_listed() -> None:
    found = facts_of(RESULT, "es")
    assert [table.caption for table in found.tables] == ["Hallazgos"]


def test_sentences_stand_apart_and_short_words_in_a_row() -> None:
    said = {fact.label: fact.said for fact in facts_of(RESULT, "es").pairs}
    assert said["Cautelas"] == tuple(RESULT["cautions"])
    assert ("autos, hogar",) in said.values()


def test_closed_words_are_said_and_codes_left_alone() -> None:
    [row] = facts_of(RESULT, "es").tables[0].rows
    assert {"póliza", "actualidad", "expired"} <= {cell.said for cell in row}
