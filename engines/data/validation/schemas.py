"""What each column of a table must hold: found from data, written down, and checked (pandera)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from engines.contract import Caution, Computed, Part, Real, Table, operation
from engines.data.etl.cells import Named
from engines.data.recognition import MEANINGS, Meaning
from engines.data.tables import Cell, Kind, blanked, database, kind_of, plain, tabled
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    import pandas as pd

MOST_FAILURES: Final = 1_000
FEW: Final = 30
MOST_ALLOWED: Final = 12
SAMPLE: Final = 2_000
LEAST_SHARE: Final = 0.95
BAD_PATTERN: Final = N_("no es una expresión regular de las admitidas (RE2, sin referencias atrás)")
SMALL_SAMPLE: Final = N_("El esquema sale de solo {n} filas: los valores admitidos y los límites se quedarán cortos.")
Wanted = Literal["integer", "number", "text", "boolean", "date"]


class ColumnRule(Part):
    """What a column must hold; whole numbers are numbers too, and a text of ISO days passes as date."""

    model_config = ConfigDict(extra="forbid")

    name: Named
    kind: Wanted | None = None
    required: bool = True
    nullable: bool = False
    unique: bool = False
    minimum: Real | None = None
    maximum: Real | None = None
    longest: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    pattern: Annotated[str, Field(max_length=300)] | None = None
    allowed: Annotated[list[bool | int | Real | str], Field(max_length=1_000)] | None = None
    meaning: Meaning | None = None


class Failure(Part):
    """A cell, or a whole column (row None), that breaks a rule; rows count from 0."""

    column: str
    check: str
    row: int | None
    value: str | None


class SchemaReport(Computed):
    """Whether the table fits its schema, and where it does not: up to a thousand failures, all of them counted."""

    valid: bool
    failures: list[Failure]
    failed: int
    failed_rows: int
    by_check: dict[str, int]


class Schema(Computed):
    """What the columns of a table hold, in the form that check_schema takes."""

    columns: list[ColumnRule]


@operation(
    "Comprobar el esquema de una tabla",
    examples=(
        "Comprueba que esta tabla cumple el esquema: NIF obligatorio y único, prima mayor que 0, ramo de una lista",
        "Validate this table against a schema of required, unique and allowed columns",
    ),
    heavy=True,
)
def check_schema(
    data: Table,
    columns: Annotated[list[ColumnRule], Field(min_length=1, max_length=200)],
    strict: bool = False,
    key: Annotated[list[Named], Field(max_length=10)] = [],  # noqa: B006 (never written to)
) -> SchemaReport:
    """Check a table against a schema and list every cell that breaks it; a blank text is a gap.

    Args:
        data: the table.
        columns: the rules, one a column.
        strict: whether columns that no rule names are failures.
        key: columns that together must not repeat.

    Raises:
        InvalidInput: two rules for one column, a pattern that is none, a key of columns that are not there.

    Source: Niels Bantilan, "pandera: Statistical Data Validation of Pandas Dataframes", SciPy 2020; patterns by RE2.
    """
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    names = [rule.name for rule in columns]
    if len(set(names)) != len(names):
        raise InvalidInput("columns", N_("tiene dos reglas para la misma columna"))
    rows = blanked(tabled(data, "data"))
    if set(key) - set(rows.columns):
        raise InvalidInput("key", N_("nombra una columna que no está en la tabla"))
    wanted = {
        rule.name: pa.Column(
            None, checks=_checks(rule, rows, pa), nullable=True, required=rule.required,
        )
        for rule in columns
    }  # fmt: skip
    schema = pa.DataFrameSchema(wanted, strict=strict, unique=key or None)
    failures: list[Failure] = []
    try:
        schema.validate(rows, lazy=True)
    except SchemaErrors as found:
        failures = _failures(found.failure_cases)
    by_check: dict[str, int] = {}
    for failure in failures:
        by_check[failure.check] = by_check.get(failure.check, 0) + 1
    return SchemaReport(
        library="pandera", n=len(rows), valid=not failures, failures=failures[:MOST_FAILURES], failed=len(failures),
        failed_rows=len({f.row for f in failures if f.row is not None}), by_check=dict(sorted(by_check.items())),
    )  # fmt: skip


@operation(
    "Deducir el esquema de una tabla",
    examples=(
        "Deduce el esquema de esta tabla: tipo de cada columna, huecos, valores admitidos y si es un NIF o un IBAN",
        "Infer the schema of this table",
    ),
)
def infer_schema(data: Table) -> Schema:
    """Find what the columns of a table hold: kind, gaps, bounds, few allowed values, and codes such as a NIF.

    Args:
        data: the table; the larger the better.

    Raises:
        InvalidInput: no table, or a column of mixed kinds.

    Source: Abedjan, Golab & Naumann, "Profiling relational data: a survey", VLDB Journal 24 (2015), section 3.
    """
    rows = blanked(tabled(data, "data", least=1))
    found = [_rule(str(name), rows[name]) for name in rows.columns]
    said = (Caution(text=SMALL_SAMPLE, values={"n": len(rows)}),) if len(rows) < FEW else ()
    return Schema(n=len(rows), columns=found, warnings=said)


def meaning_of(texts: list[str]) -> Meaning | None:
    """What at least 95 % of `texts` (a sample of them) seem to be; None if nothing that can be proved."""
    sample = texts[:: max(1, len(texts) // SAMPLE)]
    if not sample:
        return None
    for meaning, holds in MEANINGS.items():
        if sum(holds(text) for text in sample) >= LEAST_SHARE * len(sample):
            return meaning
    return None


def _rule(name: str, column: "pd.Series[Any]") -> ColumnRule:
    kind: Kind = kind_of(column)
    there = column.dropna()
    told: dict[str, Any] = {"name": name, "nullable": bool(column.isna().any())}
    if kind == "empty":
        return ColumnRule(**told)
    told |= {"kind": kind, "unique": len(there) >= FEW and bool(there.is_unique)}
    if kind in ("integer", "number"):
        told |= {"minimum": plain(there.min()), "maximum": plain(there.max())}
    if kind == "text":
        meaning = meaning_of([str(text) for text in there])
        # A meaning that not every value has would make the table break its own schema.
        if meaning is not None and all(MEANINGS[meaning](str(text)) for text in there):
            told |= {"meaning": meaning}
        told |= {"longest": int(there.str.len().max()) or 1}
        distinct = there.unique()
        if len(there) >= FEW and len(distinct) <= MOST_ALLOWED:
            told |= {"allowed": sorted(str(value) for value in distinct)}
    return ColumnRule(**told)


def _checks(rule: ColumnRule, rows: "pd.DataFrame", pa: Any) -> list[Any]:
    """The rule as checks of pandera, each named for people; gaps are for `nullable` alone."""
    if rule.name not in rows.columns:
        return []
    held = _verdicts(rule, rows[rule.name])
    return [
        pa.Check(lambda given, passes=passes: passes.reindex(given.index), name=name, ignore_na=False)
        for name, passes in held.items()
    ]


def _verdicts(rule: ColumnRule, column: "pd.Series[Any]") -> "dict[str, pd.Series[Any]]":
    """Which cells pass, by check."""
    import pandas as pd

    kind = kind_of(column)
    gaps = column.isna()
    cells = [plain(value) for value in column.array]

    def every(holds: Callable[[Cell], bool]) -> "pd.Series[Any]":
        return pd.Series([cell is None or holds(cell) for cell in cells], index=column.index)

    found = {} if rule.nullable else {"required": ~gaps}
    if not _is_kind(column, kind, rule):
        is_day = MEANINGS["date"]
        return found | {f"kind:{rule.kind}": every(lambda cell: rule.kind == "date" and is_day(str(cell)))}
    if rule.unique:
        found["unique"] = ~column.duplicated(keep=False) | gaps
    if rule.minimum is not None or rule.maximum is not None:
        found |= _bounds(rule, column, kind)
    if rule.longest is not None:
        longest = rule.longest
        found["longest"] = every(lambda cell: len(str(cell)) <= longest)
    if rule.allowed is not None:
        admitted = set(rule.allowed)
        found["allowed"] = every(lambda cell: cell in admitted)
    if rule.meaning is not None:
        means = MEANINGS[rule.meaning]
        found[f"meaning:{rule.meaning}"] = every(lambda cell: means(str(cell)))
    if rule.pattern is not None:
        found["pattern"] = _matching(rule.pattern, column) | gaps
    return found


def _bounds(rule: ColumnRule, column: "pd.Series[Any]", kind: Kind) -> "dict[str, pd.Series[Any]]":
    if kind not in ("integer", "number"):
        return {"kind:number": column.isna()}
    found = {}
    if rule.minimum is not None:
        found["minimum"] = (column >= rule.minimum).fillna(True).astype(bool)
    if rule.maximum is not None:
        found["maximum"] = (column <= rule.maximum).fillna(True).astype(bool)
    # A gap compares as false, and is no matter of bounds.
    return {name: passes | column.isna() for name, passes in found.items()}


def _is_kind(column: "pd.Series[Any]", kind: Kind, rule: ColumnRule) -> bool:
    """Whether the column holds what the rule wants."""
    if rule.kind is None or kind in (rule.kind, "empty") or (rule.kind == "number" and kind == "integer"):
        return True
    if rule.kind == "date" and kind == "text":
        return all(MEANINGS["date"](str(text)) for text in column.dropna())
    return rule.kind == "integer" and kind == "number" and bool((column.dropna() % 1 == 0).all())


def _matching(pattern: str, column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Which cells match as a whole; by RE2, whose time is linear whatever the pattern."""
    import duckdb
    import pandas as pd

    texts = pd.DataFrame({"cell": [None if plain(v) is None else str(plain(v)) for v in column]}, dtype=object)
    with database(cells=texts) as held:
        try:
            sql = "SELECT coalesce(regexp_full_match(CAST(cell AS VARCHAR), ?), false) FROM cells ORDER BY rowid"
            found = [bool(row[0]) for row in held.execute(sql, [pattern]).fetchall()]
        except duckdb.Error as error:
            raise InvalidInput("columns", BAD_PATTERN) from error
    return pd.Series(found, index=column.index)


def _failures(cases: "pd.DataFrame") -> list[Failure]:
    """Pandera's failure cases, each row and check once."""
    found: dict[tuple[str, str, int | None], Failure] = {}
    for case in cases.to_dict(orient="records"):
        check = {"column_in_dataframe": "missing_column", "column_in_schema": "unexpected_column",
                 "multiple_fields_uniqueness": "key"}.get(str(case["check"]), str(case["check"]))  # fmt: skip
        whole = check in ("missing_column", "unexpected_column")
        index = plain(case["index"])
        row = None if whole or index is None else int(index)
        value: Cell = plain(case["failure_case"])
        column = str(value) if whole else str(plain(case["column"]) or "")
        told = None if whole or value is None else str(value)[:200]
        found.setdefault((column, check, row), Failure(column=column, check=check, row=row, value=told))
    return sorted(found.values(), key=lambda f: (f.row is not None, f.row or 0, f.column, f.check))
