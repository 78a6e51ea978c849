"""Names and numbers as people write them are recognised, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.es import cif, dni, nie

from core.identifiers import id_type, parse_id_number
from modules.core_business.crm.names import LONGEST_NAME, fold, id_numbers, in_speaking_order, runs, short_form

LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


@pytest.mark.parametrize(
    ("first", "last", "company", "short"),
    [
        ("Álvaro", "Ramos Soriano", "", "alvaro ramos"),
        ("María del Carmen", "de la Fuente Núñez", "", "maria del carmen de la fuente"),
        ("Íñigo", "San Juan", "", "inigo san juan"),
        ("John", "Smith", "", "john smith"),
        ("", "", "Talleres Ebro, S.L.", "talleres ebro"),
        ("", "", "Panadería Núñez SL", "panaderia nunez"),
        ("", "", "Caución Atlántica, S.A.U.", "caucion atlantica"),
        ("", "", "Col·lectiu l'Horta S. Coop.", "col lectiu l horta"),
        ("", "", "Salsa", "salsa"),
    ],
)
def test_short_forms(first, last, company, short):
    assert short_form(first, last, company) == short


@given(st.text(max_size=60))
def test_folding_is_idempotent_and_blind_to_case(text):
    assert fold(fold(text)) == fold(text)
    assert "  " not in fold(text)
    assert fold(text) == fold(text).strip()


@given(st.text(alphabet="aáeéñ .,·'-1", max_size=60))
def test_runs_point_at_their_own_words(text):
    for run in runs(text):
        assert 1 <= run.count <= LONGEST_NAME
        assert fold(text[run.start : run.end]) == run.folded


@pytest.mark.parametrize(
    ("written", "read"),
    [("Ramos Soriano, Álvaro", "Álvaro Ramos Soriano"), ("Talleres Ebro, S.L.", "Talleres Ebro, S.L."), ("Ana", "Ana")],
)
def test_surnames_first_is_read_as_spoken(written, read):
    assert in_speaking_order(written) == read


NUMBERS = [
    ("12345678Z", "NIF", True), ("12345678A", "NIF", False), ("00000000T", "NIF", True), ("1234567Z", "NIF", False),
    ("K1234567L", "NIF", None), ("X1234567L", "NIE", True), ("Y1234567X", "NIE", True), ("Z1234567R", "NIE", True),
    ("X1234567A", "NIE", False), ("A58818501", "CIF", True), ("B80665680", "CIF", True), ("B80665681", "CIF", False),
    ("H50883347", "CIF", True), ("Q2818002D", "CIF", True), ("Q28180020", "CIF", False), ("I1234567A", "CIF", False),
    ("", "", False), ("ÑANDÚ", "", False), ("１２３４５６７８Z", "NIF", True),
    ("12345678\N{ARABIC-INDIC DIGIT ONE}", "", False),
]  # fmt: skip


@pytest.mark.parametrize(("number", "kind", "valid"), [row for row in NUMBERS if row[2] is not None])
def test_identity_numbers_are_checked_by_their_control_character(number, kind, valid):
    if not valid:
        with pytest.raises(ValueError, match=r"."):
            parse_id_number(number)
        return
    canonical = parse_id_number(number)
    assert id_type(canonical) == kind
    for written in (f" {number.lower()} ", f"{number[0]}-{number[1:]}", ".".join((number[:4], number[4:]))):
        assert parse_id_number(written) == canonical


@given(st.integers(0, 99_999_999))
def test_one_letter_in_twenty_three_is_right_for_a_nif(number):
    right = LETTERS[number % 23]
    assert parse_id_number(f"{number:08}{right}") == f"{number:08}{right}"
    assert dni.is_valid(f"{number:08}{right}")
    wrong = LETTERS[(number + 1) % 23]
    with pytest.raises(ValueError, match=r"."):
        parse_id_number(f"{number:08}{wrong}")


@given(st.sampled_from("XYZ"), st.integers(0, 9_999_999))
def test_a_nie_counts_its_first_letter(letter, number):
    body = f"{letter}{number:07}"
    valid = [c for c in LETTERS if nie.is_valid(body + c)]
    assert len(valid) == 1
    assert parse_id_number(body + valid[0]) == body + valid[0]


@given(st.sampled_from("ABCDEFGHJ"), st.integers(0, 9_999_999))
def test_a_cif_in_a_sentence_is_found(letter, number):
    body = f"{letter}{number:07}"
    digit = next(c for c in "0123456789" if cif.is_valid(body + c))
    (found,) = id_numbers(f"La empresa con CIF {body}{digit}, de Lugo.")
    assert found.folded == body + digit
