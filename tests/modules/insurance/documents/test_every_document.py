"""Every document of every installed line: made, read back, and true to the cent."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core.money import format_money
from modules.insurance.kernel.documents.content import Table
from modules.insurance.kernel.documents.kinds import FORMS, DocumentKind
from modules.insurance.kernel.documents.rendering import render
from modules.insurance.kernel.line import Line, ProductDocument
from modules.insurance.kernel.lines import installed_lines
from modules.loader import Modules
from tests.modules.insurance.documents.stages import Stage, read, squeezed

CASES = json.loads((Path(__file__).parents[3] / "data" / "rating_cases.json").read_text(encoding="utf-8"))["cases"]
HOSTILE = "Ana #let *x* \\ $y$ @z `c` <a> {no} «Núñez» שלום مرحبا"
IPID = (
    "¿En qué consiste este tipo de seguro?", "¿Qué se asegura?", "¿Qué no está asegurado?",
    "¿Existen restricciones en lo que respecta a la cobertura?", "¿Dónde estoy cubierto?",
    "¿Cuáles son mis obligaciones?", "¿Cuándo y cómo tengo que efectuar los pagos?",
    "¿Cuándo comienza y finaliza la cobertura?", "¿Cómo puedo rescindir el contrato?",
)  # fmt: skip
KID = (
    "Finalidad", "¿Qué es este producto?", "¿Qué riesgos corro y qué podría obtener a cambio?", "no puede pagar?",
    "¿Cuáles son los costes?", "¿Cuánto tiempo debo mantener la inversión", "¿Cómo puedo reclamar?",
    "Otros datos de interés",
)  # fmt: skip


def lines() -> tuple[Line, ...]:
    """The lines of the house of which there are cases that have a price."""
    Modules(Path("/nonexistent"), plugins=False).load()
    return installed_lines()


def inputs_of(line: Line) -> dict[str, Any]:
    """A risk of the line that is accepted."""
    cases = [case for case in CASES if case["line"] == line.code]
    return next(case["inputs"] for case in cases if case["expected"]["decision"] == "accept")


@cache
def texts(code: str, name: str = HOSTILE, language: str = "es") -> dict[DocumentKind, tuple[str, int]]:
    """What every document of a line says, squeezed, and its pages."""
    line = next(line for line in LINES if line.code == code)
    papers = Stage(line, inputs_of(line), name, language).papers()
    return {kind: read(render(paper, FORMS[kind].template)) for kind, paper in papers.items()}


def holds(text: str, *said: str) -> None:
    for part in said:
        assert squeezed(part) in text, part


def in_order(text: str, headings: tuple[str, ...]) -> None:
    places = [text.index(squeezed(heading)) for heading in headings]
    assert places == sorted(places)


def tables(paper: Any) -> list[Table]:
    """The tables of a paper that end in a total."""
    blocks = [block for section in getattr(paper, "sections", ()) for block in section.blocks]
    return [block for block in blocks if isinstance(block, Table) and block.total]


def euros(said: str) -> Decimal:
    """An amount as a Spanish document says it."""
    return Decimal(said.removesuffix("€").strip().replace(".", "").replace(",", ".").replace("\N{MINUS SIGN}", "-"))


LINES = lines()
each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: line.code)


@each_line
class TestOfEveryLine:
    def test_amounts_are_those_of_the_rating_to_the_cent(self, line):
        stage = Stage(line, inputs_of(line))
        rating = stage.rating
        assert rating.instalments
        assert rating.total is not None
        money = [rating.net_premium, rating.total, *(rating.coverage_premiums or {}).values()]
        money += [amount for amount in (*(rating.public_surcharges or {}).values(), rating.ips) if amount]
        said = [format_money(amount) for amount in money if amount is not None]
        for kind in (DocumentKind.OFFER, DocumentKind.POLICY, DocumentKind.INFORMATION_NOTE):
            holds(texts(line.code)[kind][0], *said)
        plan = [format_money(part.total) for part in rating.instalments]
        for kind in (DocumentKind.OFFER, DocumentKind.POLICY):
            holds(texts(line.code)[kind][0], *plan)
        holds(texts(line.code)[DocumentKind.RECEIPT][0], format_money(rating.instalments[0].total))
        holds(texts(line.code)[DocumentKind.CLAIM_OFFER][0], "1.200,50 €")
        holds(texts(line.code)[DocumentKind.CLAIM_PAYMENT][0], format_money(Decimal("1234.56")))

    def test_every_table_with_a_total_adds_up(self, line):
        stage = Stage(line, inputs_of(line))
        papers = stage.papers()
        del papers[DocumentKind.COMPARISON]  # its total is a column's, among other rows
        for kind, paper in papers.items():
            for table in tables(paper):
                *rows, total = (euros(row[-1]) for row in table.rows)
                assert sum(rows) == total, (kind, table)
        longest = max(len(table.rows) for table in tables(papers[DocumentKind.OFFER]) if len(table.columns) == 5)
        assert longest == len(stage.rating.instalments or ()) + 1

    def test_hostile_names_come_out_literally_in_each(self, line):
        apart = {DocumentKind.IPID, DocumentKind.KID, DocumentKind.DFI}  # standard documents name no client
        for kind, (text, _) in texts(line.code).items():
            if kind not in apart:
                holds(text, HOSTILE.partition("ש")[0], "שלום", "مرحبا")

    def test_headings_stand_in_the_order_of_the_law(self, line):
        made = texts(line.code)
        if line.information.document is ProductDocument.IPID:
            text, pages = made[DocumentKind.IPID]
            # The columns are read one after the other: what is insured, then what is not and its limits.
            in_order(text, IPID)
            assert pages <= 2
        elif line.information.document is ProductDocument.KID:
            in_order(made[DocumentKind.KID][0], KID)
        holds(made[DocumentKind.POLICY][0], "Cláusulas limitativas", "Firma del tomador", "00:00 horas", "Mediador")
        holds(made[DocumentKind.RECOMMENDATION][0], "J-0000", "Sus exigencias y necesidades", "Nuestra recomendación")
        holds(made[DocumentKind.CLAIM_REJECTION][0], "Servicio de Reclamaciones de la Dirección General de Seguros")

    def test_its_own_information_is_told(self, line):
        told = line.information
        holds(texts(line.code)[DocumentKind.INFORMATION_NOTE][0], *told.excluded, *told.restrictions, *told.notes)
        holds(texts(line.code)[DocumentKind.POLICY][0], *told.excluded, *told.restrictions)

    def test_figures_owed_before_the_contract_are_in_the_note(self, line):
        figures = line.figures(line.risk.model_validate(inputs_of(line)))
        assert figures or line.code not in {"decesos", "salud"}, "ROSSEAR arts. 125.d and 126.2"
        for table in figures:
            said = texts(line.code)[DocumentKind.INFORMATION_NOTE][0]
            holds(said, table.title, table.note, *(format_money(row[-1]) for row in table.rows))

    def test_papers_to_send_are_those_of_the_kind_of_claim(self, line):
        if line.claims:
            holds(texts(line.code)[DocumentKind.CLAIM_ACKNOWLEDGEMENT][0], *line.claims[0].documents)

    def test_no_code_of_a_program_is_shown(self, line):
        for kind, (text, _) in texts(line.code).items():
            assert "None" not in text, kind
            assert "True" not in text, kind

    def test_an_english_customer_reads_english(self, line):
        made = texts(line.code, "Jane Doe", "en")
        rating = Stage(line, inputs_of(line)).rating
        holds(made[DocumentKind.POLICY][0], "Limiting clauses", format_money(rating.total, "en"))
        for kind, (text, _) in made.items():
            assert "Página" not in text, kind
            assert "correduría," not in text, kind
