"""Files of a former system, as somebody would give them."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook

HEADINGS = (
    "Nº Póliza", "Tomador", "Compañía", "Ramo", "Fecha inicio", "Efecto", "F. Vto", "Situación", "Forma de pago",
    "Cobro por", "Prima neta", "IPS", "Recargos", "Prima total", "Comisión %", "Capital", "Riesgo", "Observaciones",
)  # fmt: skip
ROW = (
    "AB-1", "CL00001", "C0902", "Hogar", "01/02/2020", "01/02/2026", "01/02/2027", "En vigor", "Anual", "Correduría",
    "1.100,10 €", "88,01", "2,00", "1.190,11", "11,00 %", "150.000", "Piso en Cádiz", "nada",
)  # fmt: skip


def row(number: str, **changed: Any) -> tuple[Any, ...]:
    """A row like the first one; changes by heading."""
    values = dict(zip(HEADINGS, ROW, strict=True)) | {"Nº Póliza": number}
    for heading, value in changed.items():
        values[heading.replace("_", " ")] = value
    return tuple(values.values())


def as_csv(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS, encoding: str = "cp1252") -> str:
    """A CSV with semicolons in base64."""
    lines = [";".join(f'"{cell}"' for cell in line) for line in (headings, *rows)]
    return b64encode("\r\n".join(lines).encode(encoding)).decode()


def as_xlsx(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> str:
    """A workbook in base64."""
    book, out = Workbook(), BytesIO()
    assert book.active is not None
    for line in (headings, *rows):
        book.active.append(list(line))
    book.save(out)
    return b64encode(out.getvalue()).decode()
