"""The pure parts of documents: values out of text, faults in tables, kinds and names."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean_foreign
from modules.infrastructure.document_service.checks import FORMULA, Fault, check
from modules.infrastructure.document_service.fields import AMOUNT, FieldType, amount_of, total_of, values_in
from modules.infrastructure.document_service.kinds import LABELS, DocumentKind, shown_kind
from modules.infrastructure.document_service.lookup import ATTACHED, FILE_NAME
from modules.infrastructure.document_service.readers.found import FLOWING_PAGE, flowing
from modules.infrastructure.document_service.readers.sheet import cell_text
from tools.words import plain


def values(text: str, type: FieldType) -> list[str]:
    return [v.value for v in values_in([(1, text)]) if v.type is type]


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("Total 1.204,33", ["1204.33"]),
        ("capital 180.000 € y prima 96,00 €", ["180000.00", "96.00"]),
        ("EUR 14,990.00 and EUR 60,000", ["14990.00", "60000.00"]),
        ("−12,50 € y -3,00", ["-12.50", "-3.00"]),
        ("12,5 euros", ["12.50"]),
        ("expediente 1.000, página 93, IVA 21,00 %", []),
        ("versión 1.204.33.2 y 0,375", []),
        ("1 234,50 y 1\u00a0234,50", ["234.50", "1234.50"]),
    ],
)
def test_amounts_are_those_with_a_currency_or_two_decimals(text, amounts):
    assert values(text, FieldType.AMOUNT) == amounts


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("22/11/2026, 22-11-2026 y 22.11.2026", ["2026-11-22"]),
        ("2026-11-22 a las 10:00", ["2026-11-22"]),
        ("a 3 de noviembre de 2026", ["2026-11-03"]),
        ("3 March 2026", ["2026-03-03"]),
        ("30/02/2026 y 99/99/2026", []),
    ],
)
def test_dates_are_those_of_the_calendar(text, dates):
    assert values(text, FieldType.DATE) == dates


@pytest.mark.parametrize(
    ("text", "ibans"),
    [
        ("ES48 9993 8065 5195 6421 2324 NIF", ["ES4899938065519564212324"]),
        ("ES4899938065519564212324", ["ES4899938065519564212324"]),
        ("cuenta DE89 3704 0044 0532 0130 00.", ["DE89370400440532013000"]),
        ("ES3400000001561001111111", ["ES3400000001561001111111"]),
        ("ES48 9993", []),
    ],
)
def test_accounts_are_known_by_their_form_and_checked(text, ibans):
    found = [v for v in values_in([(1, text)]) if v.type is FieldType.IBAN]
    assert [v.value for v in found] == ibans
    assert all(v.preview == f"{v.value[:4]}…{v.value[-4:]}" for v in found)


def test_tax_numbers_are_masked_and_checked():
    found = values_in([(1, "NIF 12345678Z, CIF B-80665680 y 12345678A")])
    assert [(v.value, v.preview, v.fits) for v in found] == [
        ("12345678Z", "***4567**", True), ("B80665680", "***6656**", True), ("12345678A", "***4567**", False),
    ]  # fmt: skip


def test_numbers_of_the_house_are_known():
    text = "póliza P-2026-000123, recibo P-2026-000123-01 y 0904713133909, siniestro SI2026-00012"
    assert values(text, FieldType.POLICY_NUMBER) == ["P-2026-000123"]
    assert values(text, FieldType.RECEIPT_NUMBER) == ["P-2026-000123-01", "0904713133909"]
    assert values(text, FieldType.CLAIM_NUMBER) == ["SI2026-00012"]


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("Base 800,00 IVA 168,00 Total 968,00", "968.00"),
        ("Base 800,00 IVA 168,00 Total 968,00 ¹ el total a transferir es 9.680,00 €", "968.00"),
        ("Total 968,00\nTotal a pagar: 968,00 €", "968.00"),
        ("Total 968,00\nTotal a pagar: 986,00", None),
    ],
)
def test_the_total_is_the_one_that_base_and_tax_add_up_to(text, total):
    found = total_of([(1, "Factura"), (2, text)])
    assert found is not None
    assert (found.page, found.value) == (2, Decimal(total) if total else None)


def test_no_total_is_no_total():
    assert total_of([(1, "En total, nada.\n968,00")]) is None


@given(st.decimals(Decimal("-999999999.99"), Decimal("999999999.99"), places=2))
def test_an_amount_written_in_spanish_is_read_back(amount):
    written = f"{amount:,.2f}".translate({ord(","): ".", ord("."): ","})
    match = AMOUNT.fullmatch(written)
    assert match is not None
    assert amount_of(match) == amount


@given(st.text(alphabet="0123456789.,€ -ABESXZ/\n", max_size=200))
def test_values_of_any_text_are_well_formed(text):
    for value in values_in([(1, text)]):
        assert value.value.strip() == value.value
        assert "\0" not in value.value
        if value.type is FieldType.AMOUNT:
            assert Decimal(value.value).is_finite()


# Tables


def faults(*rows: list[str]) -> list[tuple[int, int, str]]:
    return [(f.row, f.column, f.fault.value) for f in check([*rows]).faults]


def test_a_sound_table_has_no_faults():
    sound = ["22222222J", "-12,50", "@lopez.abogados", "2026-11-22", "ES48 9993 8065 5195 6421 2324", "+34 600 111 222"]
    assert faults(["NIF", "Prima", "usuario", "Fecha_alta", "IBAN", "tel"], sound) == []


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((["a", "", "A"], ["1", "2", "3"]), [(1, 2, "no_title"), (1, 3, "same_title")]),
        ((["a", "b"], ["1"], ["1", "2", "3"], ["", " "]), [(2, 0, "too_few"), (3, 0, "too_many"), (4, 0, "empty_row")]),
        ((["a", "b"], ["x", "y"], ["x", "y"]), [(3, 0, "same_row")]),
        ((["a", "b"], ["x\u200b", "y\nz"]), [(2, 1, "hidden_signs"), (2, 2, "line_break")]),
        ((["a", "b"], ["A" * 1001, "y"]), [(2, 1, "too_long")]),
        ((["correo", "b"], ["a@b", "y"]), [(2, 1, "bad_email")]),
        ((["n", "b"], *[[str(n), "y"] for n in range(9)], ["nueve", "y"]), [(11, 1, "not_a_number")]),
    ],
)
def test_every_fault_says_where_it_is(rows, found):
    assert faults(*rows) == found


@pytest.mark.parametrize(
    ("cell", "runs"),
    [
        ("=1+1", True), ("＝A1", True), (" =HYPERLINK(1)", True), ("@SUM(A1)", True), ("+cmd|' /C calc'!A0", True),
        ("-12,50", False), ("+34600111222", False), ("@lopez.abogados", False), ("- nota (ver)", False),
    ],
)  # fmt: skip
def test_what_would_run_as_a_formula_is_told_from_text(cell, runs):
    assert bool(FORMULA.match(cell)) is runs


def test_only_the_first_faults_are_listed_and_all_counted():
    found = check([["importe"], *[[f"x{n}"] for n in range(500)]])
    assert (len(found.faults), found.fault_count) == (200, 500)
    assert {f.fault for f in found.faults} == {Fault.NOT_A_NUMBER}


@pytest.mark.parametrize(("value", "text"), [(0.1, "0.1"), (1e-7, "0.0000001"), (12, "12"), (True, "true"), (None, "")])
def test_cells_of_a_workbook_are_plain_text(value, text):
    assert cell_text(value) == text


# Kinds, names, pages


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("FACTURA n.º 93", "invoice"), ("CONDICIONES PARTICULARES", "policy"), ("Informe Médico", "medical"),
        ("Declaración amistosa de accidente", "claim_report"), ("Guía interna", "guide"), ("Hola", "other"),
    ],
)  # fmt: skip
def test_a_text_shows_its_kind(text, kind):
    assert shown_kind(text) == kind
    assert set(LABELS) == set(DocumentKind)


@pytest.mark.parametrize(
    "said",
    ["el adjunto", "este PDF", "El documento adjunto", "this file", "the attached invoice", "la factura adjunta"],
)
def test_words_that_point_to_an_upload(said):
    assert ATTACHED.search(plain(said))


@pytest.mark.parametrize(
    "said", ["el documento de la póliza", "un adjunto", "el siniestro", "the document of the claim", "factura.pdf"]
)
def test_words_that_point_to_no_upload(said):
    assert not ATTACHED.search(plain(said))


@pytest.mark.parametrize("pattern", [ATTACHED, FILE_NAME, AMOUNT, FORMULA])
@pytest.mark.parametrize("sign", ["a", "1", ".", "1.", "el documento ", "=", "@a"])
def test_patterns_take_long_texts(pattern, sign):
    assert len(pattern.findall(sign * 25_000)) <= 25_000


@given(st.text(max_size=9_000))
def test_flowing_pages_lose_nothing(text):
    clean = clean_foreign(text)
    pages = list(flowing(clean))
    assert all(len(page.text) <= FLOWING_PAGE for page in pages)
    assert "".join("".join(page.text for page in pages).split()) == "".join(clean.split())
