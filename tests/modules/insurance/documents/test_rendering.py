"""Setting in type: the same bytes again, nobody's words as markup, nothing that cannot be read."""

import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from modules.insurance.kernel.documents.content import Letterhead, Made, Points, Prose, Section, Sheet
from modules.insurance.kernel.documents.rendering import TEMPLATES, render, template_version
from tests.modules.insurance.documents.stages import read, squeezed


def sheet(said: str = "Hola", **changed) -> Sheet:
    house = Letterhead(name="Correduría", registration="Clave J-0000", contact="", **changed.pop("house", {}))
    whole = {
        "title": "Prueba", "reference": "Q-1", "language": "es", "made_on": Made.on(date(2026, 11, 22)),
        "page": "Página {page} de {pages}", "house": house,
        "sections": (Section(heading="Una", blocks=(Prose(paragraphs=(said,)), Points(items=(said,)))),),
    }  # fmt: skip
    return Sheet(**(whole | changed))


def test_the_same_content_is_the_same_bytes():
    assert render(sheet(), "sheet") == render(sheet(), "sheet")
    assert render(sheet(), "sheet") != render(sheet("Adiós"), "sheet")


def test_it_is_an_accessible_pdf_with_title_language_and_day():
    reader = PdfReader(io.BytesIO(render(sheet(), "sheet")))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "es"
    assert reader.metadata is not None
    assert reader.metadata.title == "Prueba"
    assert reader.metadata.creation_date.date() == date(2026, 11, 22)
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(max_codepoint=0x24F, exclude_categories=("C", "Z")), min_size=1, max_size=200))
def test_words_are_never_markup(said):
    text, _ = read(render(sheet(f"«{said}»"), "sheet"))
    assert squeezed(f"«{said}»") in text


def test_what_no_font_has_is_said_by_its_number():
    text, _ = read(render(sheet("Ana 😀 日本"), "sheet"))
    assert "Ana[U+1F600][U+65E5][U+672C]" in text


def test_invisible_marks_do_not_turn_a_name_round():
    text, _ = read(render(sheet("Ana \u202egpj.exe\u202c\u200b Gil"), "sheet"))
    assert "Anagpj.exeGil" in text


def test_a_very_long_word_stays_on_the_page():
    long = "Ñ" * 3000
    reader = PdfReader(io.BytesIO(render(sheet(long), "sheet")))
    seen: list[float] = []
    for page in reader.pages:
        page.extract_text(visitor_text=lambda text, cm, tm, font, size: seen.append(tm[4]) if text.strip() else None)
    assert max(seen) < 595
    assert squeezed("".join(page.extract_text() for page in reader.pages)).count("Ñ") == 6000


def test_pages_are_numbered_and_a_demonstration_says_so():
    marks = {"fictional": "Todo es inventado.", "stamp": "DEMOSTRACIÓN"}
    text, pages = read(render(sheet("Hola " * 3000, house=marks), "sheet"))
    assert pages > 2
    assert f"Página{pages}de{pages}" in text
    assert text.count("Todoesinventado.") == pages
    assert "DEMOSTRACIÓN" in text
    assert "Todoesinventado." not in read(render(sheet(), "sheet"))[0]


@pytest.mark.parametrize("template", sorted(path.stem for path in TEMPLATES.glob("*.typ") if path.stem != "layout"))
def test_a_template_has_a_version_of_its_own(template):
    assert len(template_version(template)) == 12
