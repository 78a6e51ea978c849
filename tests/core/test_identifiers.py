"""Identifiers: one canonical form, and check digits that are checked."""

import pytest

from core.identifiers import TAPE, IdTape, id_type, new_id, parse_iban, parse_id_number, parse_phone, parse_plate


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("77.769.927-g", "77769927G", "NIF"),
        ("１２３４５６７８z", "12345678Z", "NIF"),
        ("X1234567L", "X1234567L", "NIE"),
        ("A58818501", "A58818501", "CIF"),
        ("  b-80665680 ", "B80665680", "CIF"),
    ],
)
def test_an_identity_number_has_one_form(text: str, number: str, kind: str) -> None:
    assert parse_id_number(text) == number
    assert id_type(number) == kind


@pytest.mark.parametrize("wrong", ["", "12345678A", "X1234567A", "A58818502", "12345678Z'--", "ñ"])
def test_a_wrong_identity_number_is_refused_in_a_sentence(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"NIF|acento"):
        parse_id_number(wrong)


def test_an_iban_is_checked() -> None:
    assert parse_iban("ES91 2100 0418 4502 0005 1332") == "ES9121000418450200051332"
    with pytest.raises(ValueError, match="IBAN"):
        parse_iban("ES92 2100 0418 4502 0005 1332")


@pytest.mark.parametrize(("text", "plate"), [("1234 klm", "1234KLM"), ("M-1234-AB", "M1234AB")])
def test_a_plate_has_one_form(text: str, plate: str) -> None:
    assert parse_plate(text) == plate


@pytest.mark.parametrize("wrong", ["1234 AEI", "12345", "1234-BCDF"])
def test_a_wrong_plate_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="matrícula"):
        parse_plate(wrong)


@pytest.mark.parametrize(("text", "phone"), [("600 017 175", "+34600017175"), ("+44 20 7946 0958", "+442079460958")])
def test_a_phone_is_e164(text: str, phone: str) -> None:
    assert parse_phone(text) == phone


def test_ids_sort_by_time_and_a_tape_draws_them_again() -> None:
    assert new_id() < new_id() or new_id().version == 7
    tape = IdTape()
    reset = TAPE.set(tape)
    first = [new_id(), new_id()]
    TAPE.reset(reset)
    again = IdTape(list(tape.ids))
    reset = TAPE.set(again)
    assert [new_id(), new_id()] == first
    assert new_id() not in first
    TAPE.reset(reset)
