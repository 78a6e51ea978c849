"""Numbers, dates, identifiers and names as people write them."""

from datetime import date
from decimal import Decimal

import pytest

from agents.language.codes import codes, naming
from agents.language.dates import dates
from agents.language.names import proper_names, split_name
from agents.language.numbers import numbers

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56 €", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1234,5", "1234.5"),
        ("0,125", "0.125"),
        ("-3", "-3"),
        ("\N{MINUS SIGN}3,50", "-3.50"),
        ("1 234 567,8", "1234567.8"),
        ("1.234.567", "1234567"),
        ("18 mil", "18000"),
        ("18k", "18000"),
        ("2 millones", "2000000"),
        ("mil", "1000"),
        ("mil doscientos", "1200"),
        ("treinta y cinco", "35"),
        ("veintiún", "21"),
        ("dieciséis", "16"),
        ("un millón", "1000000"),
        ("ciento veintitrés mil cuatrocientos", "123400"),
        ("dos mil quinientas", "2500"),
        ("twenty-five", "25"),
        ("two hundred and five", "205"),
        ("three thousand", "3000"),
        ("110 CV", "110"),
        ("110CV", "110"),
        ("300€", "300"),
        ("3,5 %", "3.5"),
        ("cero", "0"),
        ("5 years", "5"),
        ("€18,500.50", "18500.50"),
    ],
)
def test_a_number_has_one_value(text: str, value: str) -> None:
    assert [n.value for n in numbers(text)] == [Decimal(value)]


@pytest.mark.parametrize(("text", "thousands", "decimal"), [("1.000", "1000", "1.000"), ("1,234", "1234", "1.234")])
def test_one_separator_before_three_digits_can_be_read_in_two_ways(text: str, thousands: str, decimal: str) -> None:
    (number,) = numbers(text)
    assert (number.value, number.other) == (Decimal(thousands), Decimal(decimal))


@pytest.mark.parametrize(
    "text", ["un coche", "una póliza", "0903-92550447", "RE000123", "12/01/2026", "1234-KLM", "un 4x4"]
)
def test_articles_codes_dates_and_plates_are_no_numbers(text: str) -> None:
    assert numbers(text) == []


def test_numbers_know_their_place() -> None:
    text = "coche de 4 años y treinta y dos mil euros"
    assert [text[n.start : n.end] for n in numbers(text)] == ["4", "treinta y dos mil"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("hoy", "2026-11-22"),
        ("mañana", "2026-11-23"),
        ("pasado mañana", "2026-11-24"),
        ("ayer", "2026-11-21"),
        ("anteayer", "2026-11-20"),
        ("tomorrow", "2026-11-23"),
        ("the day after tomorrow", "2026-11-24"),
        ("yesterday", "2026-11-21"),
        ("2026-12-01", "2026-12-01"),
        ("01/12/2026", "2026-12-01"),
        ("1-12-26", "2026-12-01"),
        ("1.12.2026", "2026-12-01"),
        ("5/12", "2026-12-05"),
        ("el 1 de diciembre", "2026-12-01"),
        ("1 de diciembre de 2027", "2027-12-01"),
        ("1 diciembre", "2026-12-01"),
        ("1º de enero", "2027-01-01"),
        ("December 1st, 2026", "2026-12-01"),
        ("1 December 2026", "2026-12-01"),
        ("the 3rd of May 2027", "2027-05-03"),
        ("next Monday", "2026-11-23"),
        ("el próximo lunes", "2026-11-23"),
        ("el viernes que viene", "2026-11-27"),
        ("el viernes pasado", "2026-11-20"),
        ("last Friday", "2026-11-20"),
        ("hace tres días", "2026-11-19"),
        ("3 days ago", "2026-11-19"),
        ("dentro de dos semanas", "2026-12-06"),
        ("in 10 days", "2026-12-02"),
        ("en un mes", "2026-12-22"),
        ("a fin de mes", "2026-11-30"),
        ("a finales de mes", "2026-11-30"),
        ("el 1 del mes que viene", "2026-12-01"),
        ("first of next month", "2026-12-01"),
        ("el día 15", "2026-12-15"),
        ("15 de noviembre", "2026-11-15"),
    ],
)
def test_a_date_is_read_relative_to_today(text: str, day: str) -> None:
    assert [found.value.isoformat() for found in dates(text, TODAY)] == [day]


def test_a_date_without_a_year_has_a_past_and_a_future() -> None:
    (monday,) = dates("cobrado el lunes", TODAY)
    assert (monday.towards("past"), monday.towards("future")) == (date(2026, 11, 16), date(2026, 11, 23))
    (june,) = dates("1 de junio", TODAY)
    assert (june.towards("past"), june.towards("future")) == (date(2026, 6, 1), date(2027, 6, 1))


@pytest.mark.parametrize("text", ["31 de febrero", "32/01/2026", "por la mañana", "marzo", "0903-92550447"])
def test_days_that_no_calendar_has_are_no_dates(text: str) -> None:
    assert dates(text, TODAY) == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("NIF 12.345.678-Z", "id_number", "12345678Z"),
        ("x1234567l", "id_number", "X1234567L"),
        ("B-80665680", "id_number", "B80665680"),
        ("1234 KLM", "plate", "1234KLM"),
        ("la póliza 0903-92550447", "policy", "0903-92550447"),
        ("PO00170", "policy", "PO00170"),
        ("RE000123", "receipt", "RE000123"),
        ("0904713133909", "receipt", "0904713133909"),
        ("Q-2026-000012", "quote", "Q-2026-000012"),
        ("SI2026-0001", "claim", "SI2026-0001"),
        ("CL00001", "customer_ref", "CL00001"),
        ("ana.ruiz+x@correo.example.es", "email", "ana.ruiz+x@correo.example.es"),
        ("ES44 9993 8065 5195 6421 2324", "iban", "ES4499938065519564212324"),
        ("600 111 222", "phone", "600 111 222"),
        ("+34 600 111 222", "phone", "+34 600 111 222"),
        ("01900000-0000-7000-8000-00000000000a", "id", "01900000-0000-7000-8000-00000000000a"),
    ],
)
def test_an_identifier_is_known_by_its_form(text: str, kind: str, value: str) -> None:
    assert [(c.kind, c.value) for c in codes(text)] == [(kind, value)]


def test_the_best_form_names_a_record() -> None:
    found = codes("12345678Z, ana@example.com")
    assert [c.value for c in naming("customer", found)] == ["12345678Z"]
    assert [c.value for c in naming("customer", found[1:])] == ["ana@example.com"]
    assert naming("policy", found) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Da de alta a Marta Soler Vidal con NIF 12345678Z", ["Marta Soler Vidal"]),
        ("Recibos de Ana Belén Ruiz", ["Ana Belén Ruiz"]),
        ("¿Qué clientes tenemos en Bilbao?", ["Bilbao"]),
        ("Ana Ruiz debe algo", ["Ana Ruiz"]),
        ("María del Carmen Ruiz de la Torre llamó", ["María del Carmen Ruiz de la Torre"]),
        ("Alta de Talleres Ebro, S.L. hoy", ["Talleres Ebro, S.L."]),
        ("Resume la cartera", []),
        ("Póliza del coche", []),
    ],
)
def test_proper_names_are_more_than_a_capital_letter(text: str, names: list[str]) -> None:
    assert [n.text for n in proper_names(text)] == names


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Ana Belén Ruiz Gil", "Ana Belén", "Ruiz Gil"),
        ("Marta Soler Vidal", "Marta", "Soler Vidal"),
        ("María del Carmen Ruiz de la Torre", "María del Carmen", "Ruiz de la Torre"),
        ("Nuria", "Nuria", ""),
        ("John Smith", "John", "Smith"),
    ],
)
def test_a_name_has_a_given_and_a_family_part(name: str, given: str, family: str) -> None:
    assert split_name(name) == (given, family)
