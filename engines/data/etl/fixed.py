"""Files of fixed width: any layout, and the account statement of Spanish banks (Norma 43)."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from engines.contract import Caution, Part, operation
from engines.data.contents import Base64, DateFormat, Encoding, Text, date_format_of, text_given
from engines.data.etl.cells import Named, Wanted
from engines.data.etl.separated import REPEATED, ReadFile
from engines.data.tables import MOST_ROWS, SMALLER, Cell, Kind
from engines.errors import N_, InvalidInput, LimitExceeded

SHORT: Final = N_("es más corta que el diseño de registro")
NO_LAYOUT: Final = N_("indique el diseño de registro, o uno conocido como norma43")
NOT_NORM: Final = N_("no es un extracto de Norma 43")
NUMERIC: Final = N_("debe ser numérico según el diseño de registro")
UNBALANCED: Final = N_("La cuenta {account} no cuadra: saldo final {told} según el fichero, {found} según sus apuntes.")
MISCOUNTED: Final = N_("El fichero dice tener {told} registros y tiene {found}: puede faltar una parte.")
UNENDED: Final = N_("Al extracto le falta el registro final (33 u 88): puede faltar una parte.")
DEBIT: Final = "1"
COMPLEMENTARY: Final = 5  # records of one movement, at most


class FixedField(Part):
    """A field of the layout: `start` counts from 1; numbers have `decimals` implied and no mark."""

    model_config = ConfigDict(extra="forbid")

    name: Named
    start: Annotated[int, Field(ge=1, le=10_000)]
    length: Annotated[int, Field(ge=1, le=10_000)]
    kind: Wanted = "text"
    decimals: Annotated[int, Field(ge=0, le=9)] = 0
    date_format: DateFormat = "%Y%m%d"


@operation(
    "Leer un fichero de ancho fijo",
    examples=(
        "Lee este extracto bancario en formato Norma 43 (cuaderno 43) de ancho fijo",
        "Read this fixed width file with this record layout",
    ),
)
def read_fixed_width(
    text: Text | None = None,
    content_base64: Base64 | None = None,
    layout: list[FixedField] | None = None,
    known: Literal["norma43"] | None = None,
    record_type: Annotated[str, Field(min_length=1, max_length=10)] | None = None,
    encoding: Encoding | None = None,
) -> ReadFile:
    """Read a file whose fields stand at fixed places of each line.

    Of a Norma 43 statement come the movements, debits negative, with their complementary concepts; balances and
    counts are added up again and a difference is told. A line may end before fields that are blank, as editors and
    transfers leave it, but not within a figure or a date; the last one, where a file is cut off, must be whole.

    Args:
        text: the content, or
        content_base64: the file itself.
        layout: name, start (from 1), length, kind, implied decimals and date format of each field; or
        known: a layout known by name: norma43 (account statement of the AEB).
        record_type: only lines that begin so are read (with `layout`).
        encoding: of the file; by default UTF-8, else Windows-1252.

    Raises:
        InvalidInput: neither or both of `layout` and `known`, a line too short (text.3), letters where figures belong.
        LimitExceeded: too many lines or bytes.

    Source: Asociación Española de Banca, Cuaderno 43, "Información normalizada de cuenta corriente", records 11, 22,
    23, 33 and 88.
    """
    body, argument, said = text_given(text, content_base64, encoding)
    if (layout is None) == (known is None) or layout == []:
        raise InvalidInput("layout", NO_LAYOUT)
    lines = [line for line in body.splitlines() if line.strip("\x1a \t")]
    if len(lines) > MOST_ROWS:
        raise LimitExceeded(argument, MOST_ROWS, len(lines), SMALLER)
    if layout is None:
        return _statement(lines, argument, said)
    if len({f.name for f in layout}) != len(layout):
        raise InvalidInput("layout", REPEATED)
    for f in layout:
        date_format_of(f.date_format, "layout")
    records = []
    for number, line in enumerate(lines, start=1):
        if record_type is not None and not line.startswith(record_type):
            continue
        if _cut(line, layout, last=number == len(lines)):
            raise InvalidInput(f"{argument}.{number}", SHORT)
        records.append([_field(line, f, f"{argument}.{number}") for f in layout])
    columns = [f.name for f in layout]
    table = {name: [record[i] for record in records] for i, name in enumerate(columns)}
    kinds: dict[str, Kind] = {f.name: f.kind for f in layout}
    return ReadFile(n=len(records), table=table, kinds=kinds, columns=columns, rows=records, warnings=said)


def _cut(line: str, layout: list[FixedField], last: bool) -> bool:
    """Whether something of the line is missing, rather than blank."""
    if len(line) < min(f.start for f in layout):
        return True
    starts = [f.start - 1 for f in layout if f.kind != "text"]
    ends = [f.start - 1 + f.length for f in layout if f.kind != "text"]
    if last:
        return len(line) < max(ends, default=max(f.start for f in layout))
    return any(start < len(line) < end for start, end in zip(starts, ends, strict=True))


def _field(line: str, f: FixedField, argument: str) -> Cell:
    raw = line[f.start - 1 : f.start - 1 + f.length].strip()
    if raw == "":
        return None
    if f.kind == "text":
        return raw
    if f.kind == "date":
        if not raw.strip("0"):
            return None
        return _date(raw, f.date_format, argument)
    if f.kind == "boolean":
        return raw.upper() in ("1", "S", "Y", "T")
    sign = -1 if raw.startswith("-") or raw.endswith("-") else 1
    digits = raw.strip("+-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise InvalidInput(argument, NUMERIC)
    value = Decimal(sign * int(digits)).scaleb(-f.decimals)
    return int(value) if f.kind == "integer" and f.decimals == 0 else float(value)


def _statement(lines: list[str], argument: str, said: tuple[Caution, ...]) -> ReadFile:
    """The movements of a Norma 43 file, account by account."""
    columns = [
        "account", "currency", "operation_date", "value_date", "amount", "common_concept", "own_concept", "document",
        "reference_1", "reference_2", "concept",
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    told: list[Caution] = list(said)
    account = currency = ""
    balance = Decimal(0)
    ended = False
    for number, line in enumerate(lines, start=1):
        where = f"{argument}.{number}"
        line = line.ljust(80)
        match line[:2]:
            case "11":
                account, currency = line[2:20], line[47:50]
                balance = _signed(line[32], line[33:47], where)
            case "22" if account:
                amount = _signed(line[27], line[28:42], where)
                balance += amount
                rows.append([
                    account, currency, _date(line[10:16], "%y%m%d", where), _date(line[16:22], "%y%m%d", where),
                    float(amount), line[22:24], line[24:27], line[42:52].strip() or None, line[52:64].strip() or None,
                    line[64:80].strip() or None, None,
                ])  # fmt: skip
            case "23" if rows:
                more = " ".join(part for part in (line[4:42].strip(), line[42:80].strip()) if part)
                rows[-1][-1] = " ".join(part for part in (rows[-1][-1], more) if part) or None  # type: ignore[misc]
            case "24" if rows:
                pass  # the equivalence in another currency: information about the movement above
            case "33" if account:
                final = _signed(line[58], line[59:73], where)
                if final != balance:
                    values: dict[str, Any] = {"account": account, "told": float(final), "found": float(balance)}
                    told.append(Caution(text=UNBALANCED, values=values))
                account = ""
            case "88":
                ended = True
                declared = int(line[20:26]) if line[20:26].isdigit() else -1
                if declared != number - 1:
                    told.append(Caution(text=MISCOUNTED, values={"told": declared, "found": number - 1}))
            case _:
                raise InvalidInput(where, NOT_NORM)
    if account or not ended:
        told.append(Caution(text=UNENDED))
    kinds: dict[str, Kind] = dict.fromkeys(columns, "text")
    kinds |= {"operation_date": "date", "value_date": "date", "amount": "number"}
    table = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
    return ReadFile(
        method="norma43", n=len(rows), table=table, kinds=kinds, columns=columns, rows=rows, warnings=tuple(told)
    )


def _signed(side: str, digits: str, argument: str) -> Decimal:
    if side not in "12" or not digits.isascii() or not digits.isdigit():
        raise InvalidInput(argument, NUMERIC)
    return Decimal(int(digits)).scaleb(-2) * (-1 if side == DEBIT else 1)


def _date(raw: str, date_format: str, argument: str) -> str:
    try:
        return datetime.strptime(raw, date_format).date().isoformat()
    except ValueError as error:
        raise InvalidInput(argument, N_("contiene una fecha que no existe")) from error
