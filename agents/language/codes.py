"""Identifiers inside a text (*identificadores*): found by their form, given in canonical form.

Whether a record of that number exists is the tool's business; a wrong check digit too.
"""

import re
from dataclasses import dataclass
from typing import Final

from core.identifiers import compact

UUID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
FORMS: Final = (  # the more particular form first: a found code hides those that overlap it
    ("id", UUID),
    ("email", r"[^\s@,;:<>()«»\"]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"),
    ("iban", r"[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){3,7}(?:[ ]?[A-Z0-9]{1,3})?"),
    ("quote", r"Q-\d{4}-\d{1,8}"),
    ("claim", r"SI\d{4}-\d{4,6}"),
    ("receipt", r"RE\d{6}|\d{13}"),
    ("payment", r"PG-\d{4}-[0-9A-F]{8}"),
    ("policy", r"\d{4}-\d{8}|PO\d{5}|[A-Z]{2,4}-\d{4}-\d{4,8}"),
    ("customer_ref", r"CL\d{5}"),
    (
        "id_number",
        r"[XYZxyz][-. ]?\d{7}[-. ]?[A-Za-z]|\d{2}\.?\d{3}\.?\d{3}[-. ]?[A-Za-z](?![a-z])"
        r"|[ABCDEFGHJNPQRSUVW][-. ]?\d{2}[. ]?\d{3}[. ]?\d{2}[0-9A-J]",
    ),
    ("plate", r"\d{4}[- ]?[BCDFGHJKLMNPRSTVWXYZ]{3}|[A-Z]{1,2}[- ]\d{4}[- ][A-Z]{1,2}"),
    ("phone", r"\+\d{2,3}[ ]?\d{3}(?:[ ]?\d{3}){2}|[6789]\d{2}[ ]?\d{3}[ ]?\d{3}|[6789]\d{2}(?:[ ]?\d{2}){3}"),
)
PATTERNS: Final = tuple((kind, re.compile(rf"(?<![\w-])(?:{form})(?![\w-])")) for kind, form in FORMS)
NAMING: Final = {  # which codes people name a record of that kind by
    "customer": ("id_number", "customer_ref", "id", "email"),
    "policy": ("policy", "id"),
    "receipt": ("receipt", "id"),
    "quote": ("quote", "id"),
    "claim": ("claim", "id"),
    "payee": ("id_number", "id"),
    "payment": ("payment", "id"),
    "vehicle": ("plate", "id"),
}


@dataclass(frozen=True)
class Code:
    """An identifier in a text."""

    kind: str
    value: str
    start: int
    end: int


def codes(text: str) -> list[Code]:
    """All identifiers of `text`, in order, none inside another."""
    found: list[Code] = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            if not any(match.start() < c.end and c.start < match.end() for c in found):
                found.append(Code(kind, _canonical(kind, match.group()), match.start(), match.end()))
    return sorted(found, key=lambda code: code.start)


def _canonical(kind: str, written: str) -> str:
    if kind in ("id_number", "iban", "plate"):
        return compact(written)
    return written if kind in ("email", "phone", "id") else written.upper()


def naming(kind: str, found: list[Code]) -> list[Code]:
    """Those of `found` that name a record of `kind`, in the form that names it best."""
    by_form = ([code for code in found if code.kind == form] for form in NAMING.get(kind, (kind, "id")))
    return next((codes for codes in by_form if codes), [])
