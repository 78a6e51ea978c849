"""Validation: check digits, schemas that their own data meet, rules and references."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.data.validation.identifiers import (
    check_dates,
    check_identifier,
    check_money,
    check_plate,
    check_postcode,
)
from engines.data.validation.rules import Condition, Rule, check_reference, check_rules
from engines.data.validation.schemas import ColumnRule, check_schema, infer_schema
from engines.errors import InvalidInput

LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99_999_999))
def test_one_letter_alone_fits_a_number(number: int) -> None:
    valid = check_identifier("dni", [f"{number:08d}{letter}" for letter in LETTERS]).valid
    assert [LETTERS[i] for i, ok in enumerate(valid) if ok] == [LETTERS[number % 23]]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**10 - 1), st.integers(0, 9), st.integers(1, 9))
def test_a_changed_figure_breaks_an_iban(account: int, at: int, by: int) -> None:
    from stdnum.es import ccc

    digits = f"{account:010d}"
    number = ccc.to_iban("21000418" + ccc.calc_check_digits("21000418" + "00" + digits) + digits)
    wrong = number[: 14 + at] + str((int(number[14 + at]) + by) % 10) + number[15 + at :]
    assert check_identifier("iban", [number, wrong]).valid == [True, False]


def test_what_is_wrong_is_told() -> None:
    found = check_identifier("nif", ["12345678A", "", "123", "12345678ñ", "B64717838"])
    assert found.problems == ["check_digit", "empty", "length", "characters", None]
    assert found.invalid == 4
    with pytest.raises(InvalidInput):
        check_identifier("nif", [1.5])


def test_a_cif_is_no_nie() -> None:
    assert check_identifier("nie", ["12345678Z"]).valid == [False]
    assert check_identifier("cif", ["12345678Z"]).valid == [False]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 9999), st.text("BCDFGHJKLMNPRSTVWXYZ", min_size=3, max_size=3))
def test_every_plate_of_the_series_is_one(number: int, letters: str) -> None:
    assert check_plate([f"{number:04d} {letters}", f"{number:04d} {letters[:2]}A"]).valid == [True, False]


def test_postcodes_begin_with_a_province() -> None:
    valid = check_postcode([f"{code:02d}001" for code in range(100)]).valid
    assert [code for code, ok in enumerate(valid) if ok] == list(range(1, 53))


def test_amounts_are_exact() -> None:
    assert check_money(["0,1", "0,2"]).total == "0.30"
    assert check_money(["-1"], negative=False).problems == ["negative"]


CELL = st.one_of(st.integers(-50, 50), st.none())
TEXT = st.one_of(st.text("abc", max_size=3), st.none())


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(CELL, TEXT, st.booleans()), min_size=1, max_size=40))
def test_a_table_meets_the_schema_that_was_inferred_from_it(rows: list[tuple[Any, Any, bool]]) -> None:
    data = {"n": [r[0] for r in rows], "t": [r[1] for r in rows], "b": [r[2] for r in rows]}
    assert check_schema(data, infer_schema(data).columns, strict=True).failures == []


def test_meanings_are_found_and_checked() -> None:
    data = {"nif": ["12345678Z", "00000000T"], "cp": ["28013", "08001"], "mail": ["a@b.es", "c@d.com"]}
    assert [c.meaning for c in infer_schema(data).columns] == ["nif", "postcode", "email"]
    found = check_schema({"nif": ["12345678A"]}, [ColumnRule(name="nif", meaning="nif")])
    assert [(f.row, f.check, f.value) for f in found.failures] == [(0, "meaning:nif", "12345678A")]


def test_each_failure_is_told_once_with_its_row() -> None:
    data = {"id": [1, 1, None], "line": ["autos", "barcos", "hogar"], "on": ["2026-02-30", "2026-01-01", None]}
    rules = [
        ColumnRule(name="id", unique=True),
        ColumnRule(name="line", allowed=["autos", "hogar"]),
        ColumnRule(name="on", kind="date", nullable=True),
        ColumnRule(name="premium"),
    ]
    found = check_schema(data, rules)
    assert {(f.column, f.check, f.row) for f in found.failures} == {
        ("id", "unique", 0), ("id", "unique", 1), ("id", "required", 2), ("line", "allowed", 1),
        ("on", "kind:date", 0), ("premium", "missing_column", None),
    }  # fmt: skip
    assert found.failed == 6


def test_a_pattern_that_would_run_for_ever_does_not() -> None:
    rule = ColumnRule(name="t", pattern="(a+)+b")
    assert not check_schema({"t": ["a" * 5_000]}, [rule]).valid
    with pytest.raises(InvalidInput):
        check_schema({"t": ["a"]}, [ColumnRule(name="t", pattern=r"(a)\1")])


def test_cents_add_up_in_spite_of_binary_fractions() -> None:
    data = {"a": [0.1, 0.1], "b": [0.2, 0.2], "c": [0.3, 0.31]}
    found = check_rules(data, [Rule(name="sum", left="a + b", compare="eq", right="c")])
    assert (found.rules[0].passed, found.rules[0].rows) == (1, [1])


def test_rules_on_dates_gaps_and_conditions() -> None:
    data = {
        "from": ["2026-01-01", "2026-05-01", None],
        "to": ["2027-01-01", "2026-04-01", "2026-04-01"],
        "n": [1, 2, 3],
    }
    # `from` is a word of Python: a column must be called otherwise to stand in a formula.
    data = {"start": data["from"], "end": data["to"], "n": data["n"]}
    found = check_rules(data, [Rule(name="year", left="end - start", compare="eq", right="365")])
    assert (found.rules[0].passed, found.rules[0].failed, found.rules[0].skipped) == (1, 1, 1)
    only = Rule(
        name="first", left="end", compare="gt", right="start", when=Condition(left="n", compare="eq", right="1")
    )
    assert check_rules(data, [only]).valid
    with pytest.raises(InvalidInput):
        check_rules({"t": ["x"], "n": [1]}, [Rule(name="no", left="t", compare="eq", right="n")])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=20), st.lists(st.integers(1, 8), min_size=1, max_size=20))
def test_references_are_found_or_missing(mine: list[int], theirs: list[int]) -> None:
    found = check_reference({"a": mine}, ["a"], {"b": theirs}, ["b"])
    assert found.matched == sum(i in theirs for i in mine)
    assert found.matched + found.missing == len(mine)
    assert found.valid == (set(mine) <= set(theirs))


def test_a_european_chassis_number_is_not_called_wrong_without_a_word() -> None:
    found = check_identifier("vin", ["WVWZZZ1JZ3W386752", "1M8GDM9AXKP042788", "1M8GDM9AXKP042789"])
    assert (found.valid, [c.values for c in found.warnings]) == ([False, True, False], [{"n": 1}])


def test_an_iban_says_what_is_wrong_with_it() -> None:
    written = ["ES91 2100 0418 4502 0005 1332", "ES91 2100 0418 4502 0005 133", "2100 0418 45 0200051332"]
    found = check_identifier("iban", [*written, "ES91 2100 0418 4502 0005 1333", "ZZ91 2100 0418 4502 0005 1333"])
    assert found.problems == [None, "length", "format", "check_digit", "format"]


def test_tractors_and_trailers_of_before_2000_have_plates() -> None:
    assert check_plate(["V-12345-VE", "M 01234 R", "M-1234-R"]).kinds == ["special", "trailer", "provincial"]


def test_amounts_with_the_spaces_and_signs_of_print_are_read() -> None:
    found = check_money(["1\u202f234,56 €", "\u22125,00"], thousands=" ")
    assert (found.amounts, found.total) == (["1234.56", "-5.00"], "1229.56")


def test_dates_with_spanish_months_are_dates() -> None:
    assert check_dates(["15 de marzo de 2024", "31 de abril de 2024"], "%d de %B de %Y").dates == ["2024-03-15", None]


def test_a_blank_text_is_a_gap() -> None:
    data = {"nif": ["12345678Z", " ", ""], "ends": ["2024-01-02", "", "2024-01-01"], "n": [1, 2, 3]}
    report = check_schema(data, [ColumnRule(name="nif", unique=True), ColumnRule(name="ends", kind="date")])
    assert report.by_check == {"required": 3}
    assert [rule.nullable for rule in infer_schema(data).columns] == [True, True, False]
    held = check_reference(data, ["nif"], {"nif": ["12345678Z", "", ""]})
    assert (held.matched, held.missing, held.empty, held.repeated_keys) == (1, 0, 2, 0)
    later = Rule(name="later", left="ends", compare="ge", right="ends")
    assert [(r.passed, r.skipped) for r in check_rules(data, [later]).rules] == [(2, 1)]


def test_a_rule_that_cannot_be_checked_names_its_column() -> None:
    data = {"starts": ["01/02/2024"], "ends": ["2024-03-01"]}
    for formula, column in (("starts", "starts"), ("end", "end")):
        with pytest.raises(InvalidInput) as refused:
            check_rules(data, [Rule(name="r", left="ends", compare="gt", right=formula)])
        assert refused.value.argument == f"rules.0.{column}"
