"""Values as the office writes them, forms as it types them, diffs as it reads them."""

import pytest

from core.errors import BadArguments
from server.view.diff import diff_of, marked
from server.view.formats import delta_of, format_instant, say
from server.view.forms import form_of, read_form
from server.view.tables import table_of

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
CASES = [
    ("total", "1234.56", f"1.234,56{NBSP}€"),
    ("total", "-41.66", f"{MINUS}41,66{NBSP}€"),
    ("total", "0.00", f"0,00{NBSP}€"),
    ("due_on", "2026-11-22", "22/11/2026"),
    ("commission_rate", "0.095", f"9,5{NBSP}%"),
    ("granted", True, "Sí"),
    ("name", None, "—"),
    ("state", "pending", "pendiente"),
    ("count", 1284, "1.284"),
    ("name", "12345.67.89", "12345.67.89"),
    ("due_on", "2026-99-99", "2026-99-99"),
]


@pytest.mark.parametrize(("name", "value", "said"), CASES)
def test_values_are_said_as_the_office_writes_them(name, value, said):
    assert say(name, value) == said


def test_instants_are_shown_in_the_offices_zone():
    assert format_instant("2026-07-01T22:30:00+00:00") == "02/07/2026 00:30"


def test_a_difference_bears_its_sign():
    assert delta_of("total", "412.86", "371.20") == f"{MINUS}41,66{NBSP}€"
    assert delta_of("name", "a", "b") == ""


def test_ids_and_empty_columns_are_left_out_of_tables():
    rows = [{"receipt": "01a203cc-74c7-73bd-943b-6cd77843bdf1", "number": "R1", "total": "1.00", "gone": None}]
    table = table_of(rows, "es")
    assert [column.name for column in table.columns] == ["number", "total"]
    assert table.columns[1].figure


UPDATE = {
    "table": "soriano_core.policy",
    "id": "x",
    "op": "update",
    "version": 2,
    "before": {"policy_number": "PA-1", "insurer": "A", "total": "412.86"},
    "after": {"policy_number": "PA-1", "insurer": "B", "total": "371.20"},
}


def test_a_diff_shows_old_new_and_difference_field_by_field():
    row = diff_of([UPDATE], "es").rows[0]
    assert (row.table, row.name) == ("pólizas", "PA-1")
    assert [(c.old, c.new) for c in row.fields][0] == ("A", "B")
    assert row.fields[1].delta.startswith(MINUS)
    assert "antes" in row.fields[1].sentence
    assert "después" in row.fields[1].sentence


def test_an_insert_shows_only_the_new_and_a_deletion_only_the_old():
    one = {"table": "s.receipt", "id": "x"}
    insert = diff_of([one | {"op": "insert", "before": {}, "after": {"total": "1.00"}}], "es")
    delete = diff_of([one | {"op": "delete", "before": {"total": "1.00"}, "after": {}}], "es")
    assert insert.rows[0].fields[0].old is None
    assert delete.rows[0].fields[0].new is None


def test_many_rows_are_counted_by_table():
    row = {"table": "s.receipt", "id": "x", "op": "insert", "before": {}, "after": {"total": "1.00"}}
    found = diff_of([row] * 30, "es")
    assert found.count == 30
    assert len(found.rows) == 20
    assert len(found.rest) == 10
    assert found.groups[0].count == 30


def test_what_changed_since_the_former_preview_is_marked():
    newer = {**UPDATE, "after": {**UPDATE["after"], "total": "374.30"}}
    new = marked(diff_of([newer], "es"), diff_of([UPDATE], "es"))
    assert [c.changed for c in new.rows[0].fields] == [False, True]


SCHEMA = {
    "type": "object",
    "required": ["customer", "value"],
    "properties": {
        "customer": {"type": "string", "x-slot": {"ask": "¿De qué cliente?"}},
        "value": {"anyOf": [{"type": "number"}, {"type": "string"}], "description": "Valor, EUR"},
        "on": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "young": {"anyOf": [{"type": "boolean"}, {"type": "null"}], "default": None},
        "kind": {"$ref": "#/$defs/Kind"},
    },
    "$defs": {"Kind": {"enum": ["annual", "monthly"], "type": "string"}},
}


def test_a_form_is_made_of_the_schema_alone():
    fields = {field.name: field for field in form_of(SCHEMA, {"value": "12.50"}, "es", error=("customer", "falta"))}
    assert fields["customer"].required
    assert fields["customer"].error == "falta"
    assert fields["on"].kind == "date"
    assert fields["young"].options[0] == ("true", "Sí")
    assert fields["kind"].options == (("annual", "anual"), ("monthly", "mensual"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1.234,56", "1234.56"),
        ("1234,56", "1234.56"),
        ("18000", "18000"),
        ("12,5 €", "12.5"),
    ],
)
def test_figures_are_read_as_people_write_them(typed, meant):
    assert read_form(SCHEMA, {"customer": "Ana", "value": typed})["value"] == meant


def test_a_figure_that_could_mean_two_things_is_asked_again():
    with pytest.raises(BadArguments):
        read_form(SCHEMA, {"customer": "Ana", "value": "1.234"})


def test_empty_fields_are_left_out():
    given = {"customer": "Ana", "value": "1"}
    assert read_form(SCHEMA, given | {"on": "", "young": ""}) == given
