"""The steps that a plan may take: each a typed model that writes its own SQL; no SQL ever comes from outside."""

import ast
from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.contract import Part, Real
from engines.data.contents import DateFormat, date_format_of
from engines.data.etl.cells import NO, YES, DecimalMark, Named, Wanted
from engines.data.etl.combining import OF_NUMBERS, How, figure
from engines.data.tables import Cell, Kind, alphabetical, quoted
from engines.economic.expressions import read
from engines.errors import N_, InvalidInput

Names = Annotated[list[Named], Field(min_length=1, max_length=200)]
Value: TypeAlias = bool | int | Real | Annotated[str, Field(max_length=10_000)]
NO_COLUMN: Final = N_("nombra una columna que no está en la tabla en ese paso")
TAKEN: Final = N_("da a una columna un nombre que ya está en uso")
NO_NUMBER: Final = N_("pide números y la columna no los tiene")
NEEDS_VALUE: Final = N_("necesita un valor con el que comparar")
TYPES: Final[dict[Wanted, str]] = {
    "integer": "BIGINT", "number": "DOUBLE", "text": "VARCHAR", "boolean": "BOOLEAN", "date": "TIMESTAMP",
}  # fmt: skip
SPANISH: Final = r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"
TIDY: Final = "trim(regexp_replace({0}, '[\\s\\p{{Z}}]+', ' ', 'g'))"
"""Without blanks at the ends, and single ones within, those too that spreadsheets put so that no line breaks there."""
SIGNS: Final = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


@dataclass(frozen=True)
class Before:
    """The table as a step finds it: its columns and what they hold."""

    kinds: dict[str, Kind]
    argument: str

    def has(self, *names: str) -> None:
        """Refuse what names a column that is not there."""
        if any(name not in self.kinds for name in names):
            raise InvalidInput(self.argument, NO_COLUMN)

    def numeric(self, *names: str) -> None:
        """Refuse what needs numbers of a column that has none."""
        self.has(*names)
        if any(self.kinds[name] not in ("integer", "number", "empty") for name in names):
            raise InvalidInput(self.argument, NO_NUMBER)


@dataclass(frozen=True)
class Query:
    """A query over the table `before`, in its order unless it says another, and its parameters."""

    sql: str
    parameters: tuple[Cell, ...] = ()


class Step(Part):
    """Base of all steps."""

    model_config = ConfigDict(extra="forbid")

    @abstractmethod
    def query(self, before: Before) -> Query:
        """The query that does it.

        Raises:
            InvalidInput: it does not fit the table.
        """


class Select(Step):
    """Keep these columns, in this order."""

    op: Literal["select"]
    columns: Names

    def query(self, before: Before) -> Query:
        """Name the columns."""
        before.has(*self.columns)
        return Query(f"SELECT {_listed(dict.fromkeys(self.columns))} FROM before ORDER BY rowid")


class Drop(Step):
    """Leave these columns out."""

    op: Literal["drop"]
    columns: Names

    def query(self, before: Before) -> Query:
        """Name the others."""
        before.has(*self.columns)
        kept = [name for name in before.kinds if name not in self.columns]
        if not kept:
            raise InvalidInput(before.argument, N_("no dejaría ninguna columna"))
        return Query(f"SELECT {_listed(kept)} FROM before ORDER BY rowid")


class Rename(Step):
    """Give columns other names: old to new."""

    op: Literal["rename"]
    names: Annotated[dict[Named, Named], Field(min_length=1, max_length=200)]

    def query(self, before: Before) -> Query:
        """Every column, some under another name."""
        before.has(*self.names)
        new = [self.names.get(name, name) for name in before.kinds]
        if len({name.lower() for name in new}) != len(new):
            raise InvalidInput(before.argument, TAKEN)
        pairs = ", ".join(f"{quoted(o)} AS {quoted(n)}" for o, n in zip(before.kinds, new, strict=True))
        return Query(f"SELECT {pairs} FROM before ORDER BY rowid")


class Filter(Step):
    """Keep the rows whose column compares so; gaps never compare, except by empty and not_empty."""

    op: Literal["filter"]
    column: Named
    compare: Literal[
        "eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "contains", "starts_with", "empty", "not_empty"
    ]
    value: Value | None = None
    values: Annotated[list[Value], Field(max_length=10_000)] = []

    def query(self, before: Before) -> Query:
        """The rows for which it holds."""
        before.has(self.column)
        name = quoted(self.column)
        if self.compare in ("empty", "not_empty"):
            condition = f"{name} IS {'' if self.compare == 'empty' else 'NOT '}NULL"
            return Query(f"SELECT * FROM before WHERE {condition} ORDER BY rowid")
        if self.compare in ("in", "not_in"):
            if not self.values:
                raise InvalidInput(before.argument, NEEDS_VALUE)
            marks = ", ".join("?" for _ in self.values)
            negation = "NOT " if self.compare == "not_in" else ""
            return Query(f"SELECT * FROM before WHERE {name} {negation}IN ({marks}) ORDER BY rowid", tuple(self.values))
        if self.value is None:
            raise InvalidInput(before.argument, NEEDS_VALUE)
        if self.compare in SIGNS:
            return Query(f"SELECT * FROM before WHERE {name} {SIGNS[self.compare]} ? ORDER BY rowid", (self.value,))
        function = "contains" if self.compare == "contains" else "starts_with"
        text = f"lower(CAST({name} AS VARCHAR))"
        condition = f"{function}({text}, lower(?))"
        return Query(f"SELECT * FROM before WHERE {condition} ORDER BY rowid", (str(self.value),))


class Cast(Step):
    """Turn a column into another kind; texts that do not say so are refused, or become gaps if `lenient`.

    Blank texts are gaps. `decimal` is the mark of decimals in texts: with a comma, points are of thousands. Numbers
    become whole by rounding, halves to the even.
    """

    op: Literal["cast"]
    column: Named
    to: Wanted
    date_format: DateFormat | None = None
    decimal: DecimalMark = "."
    lenient: bool = False

    def query(self, before: Before) -> Query:
        """Every column, one of them turned."""
        before.has(self.column)
        name, attempt = quoted(self.column), "TRY_CAST" if self.lenient else "CAST"
        if before.kinds[self.column] == "text" and self.to != "text":
            name = _read(name, self.to, self.decimal)
        if self.to == "date" and self.date_format and before.kinds[self.column] == "text":
            parse = "try_strptime" if self.lenient else "strptime"
            date_format_of(self.date_format, before.argument)
            return _replacing(before, self.column, f"{parse}({name}, ?)", self.date_format)
        if self.to == "text" and before.kinds[self.column] == "date":
            if not self.date_format:
                return _replacing(before, self.column, f"CAST(CAST({name} AS DATE) AS VARCHAR)")
            date_format_of(self.date_format, before.argument)
            return _replacing(before, self.column, f"strftime({name}, ?)", self.date_format)
        return _replacing(before, self.column, f"{attempt}({name} AS {TYPES[self.to]})")


class Compute(Step):
    """A column made of others by a formula of numbers, + - * / ** and exp, log, sqrt, sin, cos."""

    op: Literal["compute"]
    name: Named
    formula: Annotated[str, Field(min_length=1, max_length=500)]

    def query(self, before: Before) -> Query:
        """Every column, and the new one; what is not a finite number is a gap."""
        formula = read(self.formula, before.argument)
        before.numeric(*formula.names)
        value = _arithmetic(formula.tree)
        sure = f"CASE WHEN isfinite({value}) THEN {value} END"
        if self.name in before.kinds:
            return _replacing(before, self.name, sure)
        return Query(f"SELECT *, {sure} AS {quoted(self.name)} FROM before ORDER BY rowid")


class Fill(Step):
    """Put a value where a column has a gap."""

    op: Literal["fill"]
    column: Named
    value: Value

    def query(self, before: Before) -> Query:
        """Every column, one without gaps."""
        before.has(self.column)
        wanted = "VARCHAR" if before.kinds[self.column] == "text" else None
        if before.kinds[self.column] == "empty":
            return _replacing(before, self.column, "?", self.value)
        mark = "CAST(? AS VARCHAR)" if wanted else "?"
        return _replacing(before, self.column, f"coalesce({quoted(self.column)}, {mark})", self.value)


class Clean(Step):
    """Tidy a text: trim (and single spaces), upper, lower, or without accents."""

    op: Literal["clean"]
    column: Named
    how: Literal["trim", "upper", "lower", "no_accents"]

    def query(self, before: Before) -> Query:
        """Every column, one tidied."""
        before.has(self.column)
        if before.kinds[self.column] not in ("text", "empty"):
            raise InvalidInput(before.argument, N_("pide un texto y la columna no lo es"))
        text = f"CAST({quoted(self.column)} AS VARCHAR)"
        written = {
            "trim": TIDY.format(text), "upper": f"upper({text})",
            "lower": f"lower({text})", "no_accents": f"strip_accents({text})",
        }  # fmt: skip
        return _replacing(before, self.column, written[self.how])


class Replace(Step):
    """Put one text for another, where the whole cell is equal."""

    op: Literal["replace"]
    column: Named
    values: Annotated[dict[str, str], Field(min_length=1, max_length=1_000)]

    def query(self, before: Before) -> Query:
        """Every column, one with other texts."""
        before.has(self.column)
        text = f"CAST({quoted(self.column)} AS VARCHAR)"
        cases = " ".join("WHEN ? THEN ?" for _ in self.values)
        told = tuple(part for pair in self.values.items() for part in pair)
        return _replacing(before, self.column, f"CASE {text} {cases} ELSE {text} END", *told)


class Sort(Step):
    """Order the rows, texts as a Spanish dictionary has them; gaps last."""

    op: Literal["sort"]
    by: Names
    descending: bool = False

    def query(self, before: Before) -> Query:
        """All rows in another order, equal ones as they were."""
        before.has(*self.by)
        way = "DESC" if self.descending else "ASC"
        order = ", ".join(
            f"{alphabetical(quoted(name), before.kinds[name])} {way} NULLS LAST, {quoted(name)} {way}"
            for name in self.by
        )  # fmt: skip
        return Query(f"SELECT * FROM before ORDER BY {order}, rowid")


class Distinct(Step):
    """Keep the first of the rows that are equal in these columns, by default in all."""

    op: Literal["distinct"]
    columns: Annotated[list[Named], Field(max_length=200)] = []

    def query(self, before: Before) -> Query:
        """One row of each."""
        before.has(*self.columns)
        by = _listed(self.columns or before.kinds)
        # Not QUALIFY: beside ORDER BY rowid it fails inside DuckDB 2.0.
        ranked = (
            f'SELECT *, rowid AS "#place", row_number() OVER (PARTITION BY {by} ORDER BY rowid) AS "#rank" FROM before'
        )
        return Query(f'SELECT {_listed(before.kinds)} FROM ({ranked}) WHERE "#rank" = 1 ORDER BY "#place"')


class Limit(Step):
    """Keep the first rows."""

    op: Literal["limit"]
    rows: Annotated[int, Field(ge=1, le=10_000_000)]

    def query(self, before: Before) -> Query:
        """So many of them."""
        return Query("SELECT * FROM before ORDER BY rowid LIMIT ?", (self.rows,))


class Measure(Part):
    """A figure of each group, under a name."""

    model_config = ConfigDict(extra="forbid")

    column: Named
    how: How
    name: Named | None = None


class Aggregate(Step):
    """One row for each group, with its measures; without `by`, one row for all."""

    op: Literal["aggregate"]
    by: Annotated[list[Named], Field(max_length=20)] = []
    measures: Annotated[list[Measure], Field(min_length=1, max_length=100)]

    def query(self, before: Before) -> Query:
        """Groups in the order of their names."""
        before.has(*self.by, *(measure.column for measure in self.measures))
        before.numeric(*(measure.column for measure in self.measures if measure.how in OF_NUMBERS))
        names = [m.name or f"{m.column}_{m.how}" for m in self.measures]
        if len({n.lower() for n in (*self.by, *names)}) != len(names) + len(self.by):
            raise InvalidInput(before.argument, TAKEN)
        figures = [
            f"{figure(m.how, quoted(m.column), before.kinds[m.column])} AS {quoted(n)}"
            for m, n in zip(self.measures, names, strict=True)
        ]
        if not self.by:
            return Query(f"SELECT {', '.join(figures)} FROM before")
        by = _listed(self.by)
        order = ", ".join(
            f"{alphabetical(quoted(n), before.kinds[n])} NULLS LAST, {quoted(n)} NULLS LAST" for n in self.by
        )
        return Query(f"SELECT {by}, {', '.join(figures)} FROM before GROUP BY {by} ORDER BY {order}")


AnyStep: TypeAlias = Annotated[
    Select | Drop | Rename | Filter | Cast | Compute | Fill | Clean | Replace | Sort | Distinct | Limit | Aggregate,
    Field(discriminator="op"),
]


def _listed(names: "dict[str, None] | dict[str, Kind] | list[str]") -> str:
    return ", ".join(quoted(name) for name in names)


def _replacing(before: Before, column: str, value: str, *parameters: Cell) -> Query:
    shown = ", ".join(f"{value} AS {quoted(n)}" if n == column else quoted(n) for n in before.kinds)
    return Query(f"SELECT {shown} FROM before ORDER BY rowid", parameters)


def _read(text: str, wanted: Wanted, decimal: DecimalMark) -> str:
    """A column of texts as the database reads numbers and truth values; a blank text is a gap."""
    there = f"nullif({TIDY.format(text)}, '')"
    if wanted in ("integer", "number") and decimal == ",":
        pointed = f"replace(replace({there}, '.', ''), ',', '.')"
        # `?` is no number, whatever the text may be to the database: 1.5 is none where points are of thousands.
        return f"CASE WHEN regexp_full_match({there}, '{SPANISH}') THEN {pointed} WHEN {there} <> '' THEN '?' END"
    if wanted == "boolean":
        yes, no = (", ".join(f"'{word}'" for word in sorted(words - {""})) for words in (YES, NO))
        said = f"lower({there})"
        return f"CASE WHEN {said} IN ({yes}) THEN 'true' WHEN {said} IN ({no}) THEN 'false' ELSE {there} END"
    return there


def _arithmetic(node: ast.expr) -> str:
    """The formula as SQL; `expressions.read` has let nothing through but this grammar."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return f"CAST({float(number)!r} AS DOUBLE)"
        case ast.Name(id=name):
            return f"CAST({quoted(name)} AS DOUBLE)"
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return f"(-{_arithmetic(inner)})"
        case ast.UnaryOp(operand=inner):
            return _arithmetic(inner)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"({_arithmetic(left)} / nullif({_arithmetic(right)}, 0))"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"pow({_arithmetic(left)}, {_arithmetic(right)})"
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as sign, right=right):
            mark = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}[type(sign)]
            return f"({_arithmetic(left)} {mark} {_arithmetic(right)})"
        case ast.Call(func=ast.Name(id="log"), args=[inner]):
            value = _arithmetic(inner)
            return f"CASE WHEN {value} > 0 THEN ln({value}) END"
        case ast.Call(func=ast.Name(id="sqrt"), args=[inner]):
            value = _arithmetic(inner)
            return f"CASE WHEN {value} >= 0 THEN sqrt({value}) END"
        case ast.Call(func=ast.Name(id="exp" | "sin" | "cos" as function), args=[inner]):
            return f"{function}({_arithmetic(inner)})"
    raise AssertionError(node)
