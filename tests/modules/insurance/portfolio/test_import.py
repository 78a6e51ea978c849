"""Taking a book over from a file: the reading, the cells in the way, all rows or none, and once."""

from base64 import b64encode
from datetime import date, datetime
from decimal import Decimal
from gzip import compress
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlmodel import select

from core.context import Origin
from core.errors import BadArguments, Conflict, Denied, NotFound
from core.identifiers import new_id
from core.stamping import checksum
from modules.insurance.kernel.portfolio import importing
from modules.insurance.kernel.records import Policy
from tests.modules.insurance.portfolio.files import HEADINGS, as_csv, as_xlsx, row
from tools.gate import Call
from tools.gate.transact import Transactions


def keep(run, content, target="policies", source="Programa Viejo"):
    return run("kernel_keep_portfolio_file", "admin", content=content, source=source, target=target)


def numbers(run, text):
    return sorted(found.policy for found in run("kernel_search_policies", text=text).policies)


def test_a_file_is_read_checked_and_imported(book):
    """Headings in Spanish, Spanish numbers and dates, Windows' letters: one policy as the file says."""
    reading = keep(book, as_csv([row("AB-1"), row("AB-2", Ramo="Automóviles", Riesgo="Turismo 1234 BCD")]))
    assert reading.missing == ()
    assert reading.columns["expiry_date"] == "F. Vto"
    assert reading.columns["original_start_date"] == "Fecha inicio"
    assert reading.columns["net_premium_annual"] == "Prima neta"
    assert reading.unread == ("Observaciones",)
    assert reading.decimal_mark == ","
    check = book("kernel_check_portfolio_file", "admin", file=reading.file)
    assert [(p.row, p.column, p.value) for p in check.problems] == [(3, "Ramo", "Automóviles")]
    assert (check.rows, check.good, check.wrong) == (2, 1, 1)
    good = keep(book, as_csv([row("AB-1"), row("AB-2", Ramo="AUTOS", Riesgo="Turismo 1234 BCD")]))
    report = book("kernel_import_portfolio", "admin", file=good.file)
    assert (report.created, report.updated, report.unchanged) == (2, 0, 0)
    shown = book("kernel_show_policy", policy="AB-1")
    assert (shown.net_premium, shown.ips, shown.surcharges, shown.total_premium) == (
        Decimal("1100.10"), Decimal("88.01"), Decimal("2.00"), Decimal("1190.11"))  # fmt: skip
    assert (shown.effective_on, shown.expires_on) == (date(2026, 2, 1), date(2027, 2, 1))
    assert (shown.state, shown.payment_frequency, shown.sum_insured) == ("in_force", "annual", Decimal(150000))
    assert book("kernel_show_policy", policy="1234 BCD").policy == "AB-2"


def test_a_second_import_changes_nothing(book):
    """The same rows are known again; a changed one is changed."""
    for expected, total in (((1, 0, 0), "1.190,11"), ((0, 0, 1), "1.190,11"), ((0, 1, 0), "1.190,12")):
        ips = "88,01" if total == "1.190,11" else "88,02"
        kept = keep(book, as_csv([row("AC-1", Prima_total=total, IPS=ips)]))
        report = book("kernel_import_portfolio", "admin", file=kept.file)
        assert (report.created, report.updated, report.unchanged) == expected


@pytest.mark.parametrize(
    ("heading", "value", "problem"),
    [
        ("F. Vto", "12/31/2026", "ese día no existe"),
        ("F. Vto", "31/12/26", "no es una fecha completa"),
        ("F. Vto", "30/02/2027", "ese día no existe"),
        ("F. Vto", "mañana", "no es una fecha completa"),
        ("Prima neta", "1100.10", "no están como en el resto"),
        ("Prima neta", "1,100.10", "no están como en el resto"),
        ("Prima neta", "mil", "no es un importe"),
        ("Prima neta", "1.100,105", "más de dos decimales"),
        ("Prima neta", "=1+1", "fórmula"),
        ("Riesgo", "=HYPERLINK(1)", "fórmula"),
        ("Riesgo", "@SUM(1)", "fórmula"),
        ("Prima neta", "1.100,11", "suma de sus partes"),
        ("Situación", "dormida", "no es un código conocido"),
        ("Compañía", "C0999", "no existe en la correduría"),
        ("Tomador", "CL99999", "no existe en la correduría"),
        ("Nº Póliza", "A B", ""),
    ],
)
def test_each_bad_cell_is_named_and_nothing_is_taken(book, heading, value, problem):
    """Row, column, value and what to do; a good row beside it stays outside too."""
    kept = keep(book, as_csv([row("AD-1"), row("AD-2") if heading != "Nº Póliza" else row(value)]
                             if heading == "Nº Póliza" else
                             [row("AD-1"), row("AD-2", **{heading.replace(" ", "_"): value})]))  # fmt: skip
    check = book("kernel_check_portfolio_file", "admin", file=kept.file)
    assert check.wrong == 1
    found = check.problems[0]
    assert found.row == 3
    assert problem in found.problem
    assert found.todo
    with pytest.raises(BadArguments) as refused:
        book("kernel_import_portfolio", "admin", file=kept.file)
    assert "Fila 3" in refused.value.told("es")
    assert numbers(book, "AD-") == []


def test_a_repeated_key_is_a_problem_of_its_cell(book):
    """Two rows of one policy: which one is meant?"""
    kept = keep(book, as_csv([row("AE-1"), row("AE-1")]))
    check = book("kernel_check_portfolio_file", "admin", file=kept.file)
    assert [(p.row, p.value) for p in check.problems] == [(3, "AE-1")]


def test_a_workbook_is_read_as_it_is_typed(book):
    """Numbers are numbers and dates dates; a formula is refused by its cell, never evaluated."""
    typed = row("AF-1", Prima_neta=1100.1, IPS=88.01, Recargos=2, Prima_total=1190.11, Capital=150000,
                Efecto=datetime(2026, 2, 1), **{"Comisión_%": 11})  # fmt: skip
    kept = keep(book, as_xlsx([typed]))
    assert book("kernel_import_portfolio", "admin", file=kept.file).created == 1
    assert book("kernel_show_policy", policy="AF-1").total_premium == Decimal("1190.11")
    kept = keep(book, as_xlsx([row("AF-2", Prima_total="=A1+B1")]))
    check = book("kernel_check_portfolio_file", "admin", file=kept.file)
    assert [(p.column, p.value) for p in check.problems] == [("Prima total", "=A1+B1")]


def test_files_that_are_no_table_are_refused(book):
    """Macros, entities, damage, doubled headings, no rows."""
    macros, entities = BytesIO(), BytesIO()
    for out, part, content in (
        (macros, "xl/vbaProject.bin", b"x"), (entities, "xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "b">]>'),
    ):  # fmt: skip
        with ZipFile(out, "w") as archive:
            archive.writestr(part, content)
    bad = [b64encode(found).decode() for found in (
        macros.getvalue(), entities.getvalue(), b"PK\x03\x04nada", b"una linea sin nada", b"a;a\n1;2\n", b"a;b\n",
        b"\0\0\0\0;\0", compress(b"a;b\n"),
    )]  # fmt: skip
    for content in [*bad, "no es base64"]:
        with pytest.raises(BadArguments):
            keep(book, content)


def test_a_compressed_file_is_read(book):
    """What is too long for a request comes gzipped."""
    content = compress("Código compañía;Nombre;CIF\nC0991;Nueva Ficticia;A76084805\n".encode())
    kept = keep(book, b64encode(content).decode(), "insurers")
    assert book("kernel_import_portfolio", "admin", file=kept.file).created == 1


def test_the_reading_is_remembered_for_the_source(book):
    """What a person says of a column holds for the source's next file, and for no other's."""
    headings = tuple("Campo7" if heading == "F. Vto" else heading for heading in HEADINGS)
    first = keep(book, as_csv([row("AG-1")], headings), source="Raro")
    assert (first.missing, first.remembered) == (("fecha de vencimiento",), False)
    with pytest.raises(Conflict):
        book("kernel_import_portfolio", "admin", file=first.file)
    for wrong in ({"expiry_date": "No Hay"}, {"no_hay": "Campo7"}):
        with pytest.raises(BadArguments):
            book("kernel_set_portfolio_columns", "admin", file=first.file, columns=wrong)
    said = book("kernel_set_portfolio_columns", "admin", file=first.file, columns={"expiry_date": "Campo7"})
    assert said.missing == ()
    assert book("kernel_import_portfolio", "admin", file=first.file).created == 1
    second = keep(book, as_csv([row("AG-2")], headings), source="Raro")
    assert (second.remembered, second.columns["expiry_date"]) == (True, "Campo7")
    assert keep(book, as_csv([row("AG-3")], headings), source="Otro").missing == ("fecha de vencimiento",)


def test_a_file_with_decimal_points_is_read_with_points(book):
    """Most amounts tell the mark; what is written with the other is refused by its cell."""
    points = row("AH-1", Prima_neta="1100.10", IPS="88.01", Recargos="2.00", Prima_total="1,190.11",
                 Capital="150000", **{"Comisión_%": "11.00"})  # fmt: skip
    kept = keep(book, as_csv([points]))
    assert kept.decimal_mark == "."
    assert book("kernel_import_portfolio", "admin", file=kept.file).created == 1
    mixed = keep(book, as_csv([points, row("AH-2"), row("AH-3")]))
    check = book("kernel_check_portfolio_file", "admin", file=mixed.file)
    assert mixed.decimal_mark == ","
    assert {p.row for p in check.problems} == {2}


def test_customers_receipts_claims_and_risks_come_the_same_way(book):
    """Each target takes its own rows; a risk is checked by its line's declaration, cell by cell."""
    people = as_csv(
        [("CL00050", "77769928M", "Eva", "Núñez", "03/04/1990", "28001", "600 111 222", "05/06/2020")],
        ("Id cliente", "NIF", "Nombre", "Apellidos", "Fecha de nacimiento", "CP", "Móvil", "Cliente desde"),
    )
    kept = keep(book, people, "customers")
    assert kept.missing == ()
    assert book("kernel_import_portfolio", "admin", file=kept.file).created == 1
    pets = (("PO00003", "completo", "anual", "N", "3", "perro", "600", "70 %"),)
    kept = keep(book, as_csv(pets, ("Id póliza", "product", "payment_frequency", "x", "y", "species", "z", "w")),
                "risks:mascotas")  # fmt: skip
    check = book("kernel_check_portfolio_file", "admin", file=kept.file) if not kept.missing else None
    assert check is None or check.wrong
    with pytest.raises(NotFound):
        keep(book, people, "risks:cohetes")
    with pytest.raises(NotFound):
        book("kernel_check_portfolio_file", "admin", file=str(new_id()))


def test_very_many_rows_are_told_by_a_digest(book, installation, tenant, actor, monkeypatch):
    """Beyond what anybody reads the rows go in at once: sealed as others, in one change of the preview."""
    monkeypatch.setattr(importing, "FEW", 2)
    kept = keep(book, as_csv([row(f"AI-{at}", Ramo="Hogar") for at in range(5)]))
    dry = installation.gate.call(
        Call("kernel_import_portfolio", {"file": kept.file}, actor("admin"), Origin("cli", new_id()), dry_run=True)
    )
    told = {view.table: view for view in dry.preview.rows}
    assert told["soriano_core.policy"].after["rows"] == 5
    assert numbers(book, "AI-") == []
    report = book("kernel_import_portfolio", "admin", file=kept.file)
    assert (report.created, report.unchanged) == (5, 0)
    assert len(numbers(book, "AI-")) == 5
    with Transactions(installation.database).open(tenant, Origin("cli", new_id())) as session:
        found = session.exec(select(Policy).where(Policy.policy_number == "AI-3")).one()
        assert found.checksum == checksum(found)
        assert found.created_by_user_id == actor("admin").user_id
    again = book("kernel_import_portfolio", "admin", file=kept.file)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 5)


def test_only_administrators_import(book):
    """A broker may not, and an agent never."""
    kept = keep(book, as_csv([row("AJ-1")]))
    with pytest.raises(Denied):
        book("kernel_import_portfolio", "broker", file=kept.file)
    with pytest.raises(Denied):
        book("kernel_keep_portfolio_file", "broker", content="aaaa", source="xx", target="policies")
