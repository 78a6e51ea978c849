"""Checking a file before anything is taken from it (*comprobación*): every problem by its cell, and what to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.context import Context
from core.i18n import N_, Locale, translate
from modules.insurance.kernel.portfolio import values
from modules.insurance.kernel.portfolio.bulk import ids_of
from modules.insurance.kernel.portfolio.sheets import LONGEST_CELL, Formula, Sheet
from modules.insurance.kernel.portfolio.targets import Column, Target
from modules.insurance.kernel.portfolio.values import Cell, Kind, Mark, Unclear
from tools.gate.problems import problem_of
from tools.marks import External

SHOWN: Final = 200  # problems that are listed; the rest are counted
LONGEST: Final = 80  # signs of a value that are repeated
Reader = Callable[[Cell], object]


class CellProblem(BaseModel):
    """One cell that cannot be taken: where it stands, what it says, why not, and what to do."""

    model_config = ConfigDict(frozen=True)

    row: int  # as the file counts its filled rows; the headings are 1
    column: External
    value: External
    problem: str
    todo: str

    def told(self, locale: Locale) -> str:
        """One sentence."""
        text = N_("Fila {row}, «{column}» = «{value}»: {problem}; {todo}.")
        return translate(text, locale, **self.model_dump())


@dataclass
class Checked:
    """The typed rows of a file, and what is wrong with the others."""

    rows: list[Any] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # the row of the file that each came from
    problems: list[CellProblem] = field(default_factory=list)
    wrong: int = 0  # problems in all
    bad: set[int] = field(default_factory=set)  # rows of the file with any


@dataclass(frozen=True)
class Check:
    """The check of one file in one reading."""

    target: Target
    sheet: Sheet
    columns: Mapping[str, str]
    mark: Mark
    locale: Locale

    def run(self, ctx: Context) -> Checked:
        """Every row, typed or refused; then whether what it refers to is there."""
        found = Checked()
        readers = [
            (name, self.sheet.headings.index(heading), reader(self.target.columns[name], self.mark))
            for name, heading in self.columns.items()
        ]
        for at, row in enumerate(self.sheet.rows, 2):
            before = found.wrong
            read: dict[str, Any] = {}
            for name, place, read_cell in readers:
                cell = row[place]
                if cell is None or cell == "":
                    continue
                try:
                    read[name] = read_cell(cell)
                except Unclear as unclear:
                    self._add(found, at, self.columns[name], cell, unclear.problem, unclear.todo)
            if found.wrong == before:
                self._typed(found, at, read)
        self._once(found)
        self._refer(ctx, found)
        return found

    def _add(self, found: Checked, at: int, column: str, value: Cell, problem: str, todo: str) -> None:
        found.wrong += 1
        found.bad.add(at)
        if len(found.problems) < SHOWN:
            said = [translate(text, self.locale) for text in (problem, todo)]
            shown = "" if value is None else str(value)[:LONGEST]
            found.problems.append(CellProblem(row=at, column=column, value=shown, problem=said[0], todo=said[1]))

    def _typed(self, found: Checked, at: int, read: dict[str, Any]) -> None:
        try:
            typed = self.target.model.model_validate(self.target.completed(read))
            self.target.checked(typed)
        except ValidationError as error:
            problem = problem_of(error)
            name = str(problem.detail.get("field", "")).rpartition(".")[2]
            column = self.columns.get(name, self._heading(name))
            said = dict(cast("Mapping[str, Any]", problem.detail.get("values") or {}))
            text = translate(str(problem.detail.get("problem", "")), self.locale, **said)
            self._add(found, at, column, read.get(name), text, FIX)
            return
        found.rows.append(typed)
        found.places.append(at)

    def _heading(self, name: str) -> str:
        known = self.target.columns.get(name)
        return known.headings[0] if known else name

    def _key(self) -> str:
        return next(iter(self.target.model.model_fields))

    def _once(self, found: Checked) -> None:
        """Two rows of one key would be one record: which is meant?"""
        name, seen = self._key(), set[str]()
        for row, at in zip(found.rows, found.places, strict=True):
            key = getattr(row, name)
            if key in seen:
                self._add(found, at, self.columns.get(name, self._heading(name)), key, REPEATED, DROP)
            seen.add(key)

    def _refer(self, ctx: Context, found: Checked) -> None:
        """What a row refers to must be there already."""
        for name, kind in self.target.refers.items():
            if name not in self.columns:  # taken from another column, which says it
                continue
            wanted = {ref for row in found.rows if (ref := getattr(row, name)) is not None}
            there = ids_of(ctx, kind, wanted)
            if len(there) == len(wanted):
                continue
            for row, at in zip(found.rows, found.places, strict=True):
                ref = getattr(row, name)
                if ref is not None and ref not in there:
                    self._add(found, at, self.columns.get(name, self._heading(name)), ref, ABSENT, BRING)


FIX: Final = N_("corrija la celda")
REPEATED: Final = N_("está repetido en otra fila")
DROP: Final = N_("deje una sola fila")
ABSENT: Final = N_("no existe en la correduría")
BRING: Final = N_("impórtelo antes o corrija la referencia")
RUNNABLE: Final = N_("es una fórmula")
PASTE: Final = N_("péguela como valor")


def reader(column: Column, mark: Mark) -> Reader:
    """How the cells of a column are read."""
    readers: Mapping[Kind, Reader] = {
        Kind.TEXT: text,
        Kind.MONEY: lambda cell: values.money(cell, mark),
        Kind.NUMBER: lambda cell: f"{values.amount(cell, mark):f}",
        Kind.RATE: lambda cell: values.rate(cell, mark),
        Kind.WHOLE: values.whole,
        Kind.DAY: values.day,
        Kind.FLAG: values.flag,
        Kind.CODE: lambda cell: values.code(cell, column.codes),
    }
    own = readers[column.kind]

    def read(cell: Cell) -> object:
        if isinstance(cell, Formula):
            raise Unclear(RUNNABLE, PASTE)
        if isinstance(cell, str) and len(cell) > LONGEST_CELL:
            raise Unclear(N_("es demasiado largo"), N_("acórtelo"))
        return own(cell)

    return read


def text(cell: Cell) -> str:
    """A cell as text; a number of a workbook in plain figures."""
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell).strip()


Problems = Annotated[tuple[CellProblem, ...], Field(max_length=SHOWN)]


def first_of(problems: Sequence[CellProblem], locale: Locale, most: int = 3) -> str:
    """The first problems in words."""
    return " ".join(problem.told(locale) for problem in problems[:most])
