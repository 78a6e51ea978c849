"""ETL: what is written comes back, plans never run text as code, hostile files are refused."""

import base64
import csv
import io
import zipfile
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.data.etl.combining import join, pivot
from engines.data.etl.fixed import FixedField, read_fixed_width
from engines.data.etl.markup import read_xml
from engines.data.etl.plans import transform
from engines.data.etl.separated import parse_csv
from engines.data.etl.spreadsheets import read_xlsx
from engines.errors import InvalidInput, LimitExceeded
from engines.running import compute

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8)


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_a_csv_that_python_writes_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    assert parse_csv(out.getvalue(), dialect="rfc4180").rows == [list(row) for row in rows]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=20))
def test_spanish_amounts_are_read_as_they_were_written(amounts: list[Any]) -> None:
    written = [f"{a:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".") for a in amounts]
    found = parse_csv("importe\n" + "\n".join(written))
    assert found.table["importe"] == pytest.approx([float(a) for a in amounts])


def test_codes_stay_text_and_a_column_is_of_one_kind() -> None:
    found = parse_csv("cp;n\n08001;1\n28013;dos\n")
    assert found.table == {"cp": ["08001", "28013"], "n": ["1", "dos"]}
    assert parse_csv("a;b\n1;02/03/2026\n", kinds={"a": "text"}).table == {"a": ["1"], "b": ["2026-03-02"]}
    with pytest.raises(InvalidInput) as refused:
        parse_csv("a;b\n1;x\n", kinds={"b": "number"})
    assert refused.value.argument == "text.b"


def test_a_broken_csv_names_its_line() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_csv("a;b\n1;2\n1;2;3\n")
    assert refused.value.argument == "text.3"
    with pytest.raises(InvalidInput):
        parse_csv('a;b\n"1;2\n')


def test_windows_text_is_read_and_told() -> None:
    found = parse_csv(content_base64=base64.b64encode("nombre\nMuñoz\n".encode("cp1252")).decode())
    assert found.table == {"nombre": ["Muñoz"]}
    assert found.warnings


STATEMENT = [
    "11" + "2100" + "0418" + "0200051332" + "261001" + "261031" + "2" + "00000000100000" + "978" + "3",
    "22" + "    " + "0418" + "261005" + "261006" + "04" + "007" + "2" + "00000000025050",
    "33" + "2100" + "0418" + "0200051332" + "00000" + "0" * 14 + "00001" + "00000000025050" + "2" + "00000000125050",
    "88" + "9" * 18 + "000003",
]


def test_a_statement_that_balances_says_nothing_and_one_that_does_not_says_so() -> None:
    assert not read_fixed_width("\n".join(STATEMENT), known="norma43").warnings
    wrong = [STATEMENT[0], STATEMENT[1].replace("25050", "25051"), *STATEMENT[2:]]
    assert [c.values["found"] for c in read_fixed_width("\n".join(wrong), known="norma43").warnings] == [1250.51]
    short = [STATEMENT[0], STATEMENT[2].replace("125050", "100000"), STATEMENT[3]]
    assert [c.values["told"] for c in read_fixed_width("\n".join(short), known="norma43").warnings] == [3]


def packed(parts: Iterable[tuple[str, bytes]]) -> str:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts:
            made.writestr(name, content)
    return base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize(
    "content",
    [
        base64.b64encode(b"not a workbook").decode(),
        packed([("xl/workbook.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")]),
        packed([("[Content_Types].xml", b"<Types/>")]),
    ],
    ids=["no zip", "entities", "no workbook"],
)
def test_what_is_no_workbook_is_refused(content: str) -> None:
    with pytest.raises(InvalidInput):
        read_xlsx(content)


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(LimitExceeded):
        read_xlsx(packed([("xl/workbook.xml", b"0" * 60_000_000)]))


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r><b>&x;</b></r>",
        "<!DOCTYPE r [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><r><b>&b;</b></r>",
        "<r><b>&undeclared;</b></r>",
        "<r><b></r>",
    ],
)
def test_xml_with_entities_or_broken_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_xml("b", text=text)
    assert refused.value.argument == "text"


def test_a_document_type_in_another_encoding_is_refused_too() -> None:
    hidden = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY x "y">]><r><b>&x;</b></r>'.encode("utf-16")
    with pytest.raises(InvalidInput):
        read_xml("b", content_base64=base64.b64encode(hidden).decode())


TABLE = {"k": ["a", "b", "a", None], "v": [1.0, -2.0, 3.0, None], "n": [1, 2, 3, 4]}


@pytest.mark.parametrize(
    "hostile",
    ['v" FROM before; DROP TABLE before; --', "read_csv('/etc/passwd')", "(SELECT 1)", "1; ATTACH 'x'"],
)
def test_text_of_a_plan_is_never_sql(hostile: str) -> None:
    for plan in (
        [{"op": "select", "columns": [hostile]}],
        [{"op": "compute", "name": "x", "formula": hostile}],
        [{"op": "aggregate", "measures": [{"column": hostile, "how": "sum"}]}],
        [{"op": "filter", "column": hostile, "compare": "eq", "value": 1}],
    ):
        with pytest.raises(InvalidInput):
            compute("etl_transform", {"data": TABLE, "plan": plan})
    # As a value, or as a new name, it is a text like any other.
    renamed = compute("etl_transform", {"data": TABLE, "plan": [{"op": "rename", "names": {"v": hostile}}]})
    assert hostile in renamed.table  # type: ignore[attr-defined]
    plan = [{"op": "filter", "column": "k", "compare": "eq", "value": hostile}]
    assert compute("etl_transform", {"data": TABLE, "plan": plan}).n == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-1000, 1000)), min_size=1, max_size=30))
def test_groups_add_up_to_the_whole(rows: list[tuple[str, int]]) -> None:
    data = {"k": [k for k, _ in rows], "v": [v for _, v in rows]}
    plan = [{"op": "aggregate", "by": ["k"], "measures": [{"column": "v", "how": "sum", "name": "total"}]}]
    found: Any = compute("etl_transform", {"data": data, "plan": plan})
    assert sum(found.table["total"]) == sum(v for _, v in rows)
    wide: Any = pivot(data, ["k"], "v", "v", how="count", fill=0)
    assert sum(sum(column) for name, column in wide.table.items() if name != "k") == len(rows)


def done(*plan: dict[str, Any]) -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = compute("etl_transform", {"data": TABLE, "plan": list(plan)}).table  # type: ignore[attr-defined]
    return table


def test_steps_do_what_they_say() -> None:
    assert done({"op": "compute", "name": "x", "formula": "v / n"})["x"] == [1.0, -1.0, 1.0, None]
    assert done({"op": "compute", "name": "x", "formula": "log(v)"})["x"][1] is None
    assert done({"op": "compute", "name": "x", "formula": "n / (n - n)"})["x"] == [None] * 4
    assert done({"op": "compute", "name": "x", "formula": "1 / (n / (n - n))"})["x"] == [None] * 4
    assert done({"op": "distinct", "columns": ["k"]})["n"] == [1, 2, 4]
    assert done({"op": "sort", "by": ["v"], "descending": True})["v"] == [3.0, 1.0, -2.0, None]
    assert done({"op": "fill", "column": "k", "value": "z"})["k"] == ["a", "b", "a", "z"]
    assert done({"op": "filter", "column": "k", "compare": "not_in", "values": ["a"]})["k"] == ["b"]
    assert done({"op": "filter", "column": "k", "compare": "empty"})["n"] == [4]
    assert done({"op": "cast", "column": "n", "to": "text"})["n"] == ["1", "2", "3", "4"]
    assert done({"op": "replace", "column": "k", "values": {"a": "x"}})["k"] == ["x", "b", "x", None]
    assert list(done({"op": "drop", "columns": ["k"]})) == ["v", "n"]
    assert done({"op": "limit", "rows": 2})["n"] == [1, 2]


def test_a_step_that_does_not_fit_is_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        done({"op": "limit", "rows": 3}, {"op": "cast", "column": "k", "to": "number"})
    assert refused.value.argument == "plan.1"
    assert done({"op": "cast", "column": "k", "to": "number", "lenient": True})["k"] == [None] * 4


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=12), st.lists(st.integers(1, 6), min_size=1, max_size=12))
def test_joins_count_their_rows(left: list[int], right: list[int]) -> None:
    one, two = {"id": left, "a": left}, {"id": right, "b": right}
    inner = join(one, two, ["id"])
    assert inner.n == sum(right.count(i) for i in left)
    assert join(one, two, ["id"], how="semi").n == inner.matched_left
    assert join(one, two, ["id"], how="anti").n == inner.unmatched_left
    assert join(one, two, ["id"], how="left").n == inner.n + inner.unmatched_left
    assert join(one, two, ["id"], how="full").n == inner.n + inner.unmatched_left + inner.unmatched_right


def test_gaps_meet_only_when_asked() -> None:
    one, two = {"id": [1, None], "a": [1, 2]}, {"id": [None, 3], "b": [5, 6]}
    assert join(one, two, ["id"]).n == 0
    assert join(one, two, ["id"], null_equal=True).table == {"id": [None], "a": [2], "b": [5]}
    with pytest.raises(InvalidInput):
        join(one, {"id": ["1"], "b": [1]}, ["id"])


def test_a_plan_may_start_from_a_frame() -> None:
    import pandas as pd

    frame = pd.DataFrame({"on": pd.to_datetime(["2026-01-05", None]), "v": [1.5, float("nan")]})
    found = compute("etl_transform", {"data": {"v": [1.5]}, "plan": [{"op": "limit", "rows": 1}]})
    assert found.n == 1
    from engines.data.etl.steps import Sort

    assert transform(frame, [Sort(op="sort", by=["on"])]).table == {"on": ["2026-01-05", None], "v": [1.5, None]}


def test_a_csv_as_spreadsheets_export_it_is_read() -> None:
    text = "\ufeffsep=;\nPóliza;Prima;Efecto;\nP1;1.234,50-;01/02/2024;\nP2;12,00 €;00/00/0000;\nP3;;  /  /    \n;;;\n"
    found = parse_csv(text)
    assert found.table == {
        "Póliza": ["P1", "P2", "P3"], "Prima": [-1234.5, 12.0, None], "Efecto": ["2024-02-01", None, None],
    }  # fmt: skip
    assert not found.warnings
    assert parse_csv("a;;b\n1;2;3\n").columns == ["a", "column_2", "b"]
    unicode_text = base64.b64encode("Nombre\tC.P.\nMuñoz\t08001\n".encode("utf-16")).decode()
    assert parse_csv(content_base64=unicode_text, delimiter="\t").table == {"Nombre": ["Muñoz"], "C.P.": ["08001"]}


def test_what_keeps_a_column_from_being_numbers_or_dates_is_told() -> None:
    lines = [f"{i},50;{i % 28 + 1:02d}/03/2024;280{i % 50:02d}" for i in range(40)]
    lines[7], lines[9], lines[11] = "pendiente;31/02/2024;08001", "10,00;01/03/2024;28001", "1,00;01/03/2024;612 34"
    found = parse_csv("prima;efecto;cp\n" + "\n".join(lines))
    assert [(c.values["column"], c.values["n"], c.values["row"]) for c in found.warnings] == [
        ("prima", 1, 8), ("efecto", 1, 8),
    ]  # fmt: skip
    assert [c.values["column"] for c in parse_csv("prima;x\n1234.56;1\n99.10;2\n").warnings] == ["prima"]
    assert parse_csv("póliza,prima\nP1,2\n").warnings


def test_months_by_name_are_spanish_too() -> None:
    found = parse_csv("a\n15 ene 2024\n3 Sept. 2023\n1 Aug 2020\n", date_format="%d %b %Y")
    assert found.table == {"a": ["2024-01-15", "2023-09-03", "2020-08-01"]}


def test_an_encoding_that_cannot_be_guessed_is_asked_for() -> None:
    with pytest.raises(InvalidInput, match="indique su codificación"):
        parse_csv(content_base64=base64.b64encode("a\nÜltimo ü ì\n".encode("cp850")).decode())


def test_xml_given_as_text_keeps_its_letters_whatever_it_declares() -> None:
    text = "<?xml version='1.0' encoding='ISO-8859-1'?><EIAC><Recibos><R><T>José Ñ</T></R></Recibos></EIAC>"
    for path in ("Recibos/R", "EIAC/Recibos/R"):
        assert read_xml(path, text=text).table == {"T": ["José Ñ"]}
    assert read_xml("Recibos/R", content_base64=base64.b64encode(text.encode("latin-1")).decode()).table["T"] == [
        "José Ñ"
    ]


def workbook(*rows: list[object]) -> str:
    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return base64.b64encode(out.getvalue()).decode()


def test_failed_formulas_and_blank_cells_of_a_workbook_are_gaps() -> None:
    found = read_xlsx(workbook(["Prima", " ", "NIF"], [10, 1, "1Z"], ["#N/A", 2, "2Z"], ["  ", 3, "3Z"]))
    assert found.table == {"Prima": [10, None, None], "column_2": [1, 2, 3], "NIF": ["1Z", "2Z", "3Z"]}
    assert [(c.values["column"], c.values["n"]) for c in found.warnings] == [("Prima", 1)]


def test_a_header_below_the_first_row_is_suspected() -> None:
    titled = workbook(["Listado", None, None], ["NIF", "Nombre", "Alta"], ["1Z", "Ana", "ayer"])
    assert [c.values for c in read_xlsx(titled).warnings] == [{"row": 1}]
    assert not read_xlsx(titled, header_row=2).warnings


def test_a_statement_that_is_cut_off_is_told() -> None:
    assert read_fixed_width("\n".join(STATEMENT[:2]), known="norma43").warnings


def test_columns_that_differ_by_capitals_are_joined_and_pivoted_apart() -> None:
    left = {"nif": ["1", "2"], "Nombre": ["Ana", "Luis"], "nombre": ["x", "y"]}
    found = join(left, {"nif": ["2"], "NOMBRE": ["z"]}, ["nif"])
    assert found.table == {"nif": ["2"], "Nombre": ["Luis"], "nombre": ["y"], "NOMBRE": ["z"]}
    assert join(left, {"nif": ["2"]}, ["nif"], how="anti").table == {"nif": ["1"], "Nombre": ["Ana"], "nombre": ["x"]}
    wide = pivot(left | {"v": [1, 2]}, ["nombre"], "Nombre", "v")
    assert wide.table == {"nombre": ["x", "y"], "Ana": [1, None], "Luis": [None, 2]}


def test_a_blank_class_becomes_a_column_too() -> None:
    found = pivot({"cía": ["A", "A", "A"], "ramo": ["", "Autos", None], "p": [1, 2, 3]}, ["cía"], "ramo", "p")
    assert found.table == {"cía": ["A"], "Autos": [2], "(vacío)": [4]}


def test_spanish_texts_are_turned_into_what_they_say() -> None:
    data = {"prima": ["1.234,56", "12", " ", None], "activa": ["S", "no", "Sí", ""], "n": ["1", "", "2", "3"]}
    plan: list[Any] = [
        {"op": "cast", "column": "prima", "to": "number", "decimal": ","},
        {"op": "cast", "column": "activa", "to": "boolean"},
        {"op": "cast", "column": "n", "to": "integer"},
    ]
    found: Any = compute("etl_transform", {"data": data, "plan": plan})
    assert found.table == {
        "prima": [1234.56, 12.0, None, None], "activa": [True, False, True, None], "n": [1, None, 2, 3],
    }  # fmt: skip
    with pytest.raises(InvalidInput):
        compute("etl_transform", {"data": {"prima": ["1.5"]}, "plan": plan[:1]})


def test_what_a_lenient_cast_loses_is_told() -> None:
    step = {"op": "cast", "column": "neta", "to": "number", "lenient": True}
    found = compute("etl_transform", {"data": {"neta": ["1.234,56", "2", "", None]}, "plan": [step]})
    assert [c.values for c in found.warnings] == [{"step": 1, "n": 1, "column": "neta"}]


def test_names_are_ordered_as_a_spaniard_looks_for_them() -> None:
    names = ["Zamora", "Ñíguez", "Ávila", "nube", "álava", "\u00a0Bilbao  centro "]
    plan = [{"op": "clean", "column": "a", "how": "trim"}, {"op": "sort", "by": ["a"]}]
    found: Any = compute("etl_transform", {"data": {"a": names}, "plan": plan})
    assert found.table == {"a": ["álava", "Ávila", "Bilbao centro", "nube", "Ñíguez", "Zamora"]}


def test_the_sum_of_cents_does_not_depend_on_the_order_of_rows() -> None:
    cents = [0.1] * 10 + [1e9, -1e9]
    plan = [{"op": "aggregate", "measures": [{"column": "a", "how": "sum"}]}]
    for order in (cents, cents[::-1]):
        found: Any = compute("etl_transform", {"data": {"a": order}, "plan": plan})
        assert found.table == {"a_sum": [1.0]}


def test_columns_of_one_name_are_told_apart() -> None:
    found = parse_csv("Nombre;Teléfono;Teléfono;Teléfono_2;Teléfono\nAna;1;2;3;4\n")
    assert found.table == {"Nombre": ["Ana"], "Teléfono": [1], "Teléfono_3": [2], "Teléfono_2": [3], "Teléfono_4": [4]}
    assert [c.values for c in found.warnings] == [{"column": "Teléfono"}]
    book = read_xlsx(workbook(["NIF", "NIF "], ["1Z", "2Z"]))
    assert (book.table, len(book.warnings)) == ({"NIF": ["1Z"], "NIF_2": ["2Z"]}, 1)


def test_a_line_may_end_before_blank_fields_but_not_within_a_figure() -> None:
    layout = [FixedField(name="n", start=1, length=4), FixedField(name="d", start=5, length=8, kind="date")]
    whole = "Luis20240202"
    assert read_fixed_width(f"Ana\n{whole}", layout=layout).table == {"n": ["Ana", "Luis"], "d": [None, "2024-02-02"]}
    for text, line in ((f"Ana 2024\n{whole}", 1), (f"{whole}\nAna", 2)):
        with pytest.raises(InvalidInput) as refused:
            read_fixed_width(text, layout=layout)
        assert refused.value.argument == f"text.{line}"
