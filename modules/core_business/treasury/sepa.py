"""A SEPA credit transfer (*transferencia SEPA*) as the bank's file: ISO 20022 pain.001.001.09; pure.

Texts are cut down to the characters that every bank of the scheme takes (EPC217-08); an
account and an amount are written as they are.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LARGEST: Final = Decimal("999999999.99")  # of one SEPA credit transfer
LONGEST_NAME: Final = 70
LONGEST_CONCEPT: Final = 140
OUTSIDE: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
REPLACED: Final = str.maketrans({"&": "+", "€": "E", "ß": "ss", "Ø": "O", "ø": "o", "Æ": "AE", "æ": "ae", "’": "'"})


@dataclass(frozen=True)
class Party:
    """Who pays or is paid."""

    name: str
    iban: str
    bic: str | None = None
    id_number: str | None = None


@dataclass(frozen=True)
class Transfer:
    """One transfer in EUR. `created_at` is UTC; `execute_on` is when the payer's bank should do it."""

    message_id: str
    end_to_end_id: str
    created_at: datetime
    execute_on: date
    debtor: Party
    creditor: Party
    amount: Decimal
    concept: str


def scheme_text(text: str, longest: int) -> str:
    """`text` in the scheme's characters: accents off, others as blanks, no slash at an edge."""
    bare = unicodedata.normalize("NFKD", text.translate(REPLACED))
    kept = OUTSIDE.sub(" ", "".join(c for c in bare if not unicodedata.combining(c)))
    kept = re.sub(r"/{2,}", "/", " ".join(kept.split())).strip("/ ")
    return kept[:longest].rstrip("/ ") or "-"


def credit_transfer(transfer: Transfer) -> str:
    """The file that orders `transfer`, valid by the scheme's XSD; the same transfer gives the same bytes."""
    document = Element("Document", xmlns=NAMESPACE)
    initiation = SubElement(document, "CstmrCdtTrfInitn")
    amount = f"{transfer.amount:.2f}"
    header = SubElement(initiation, "GrpHdr")
    _text(header, "MsgId", transfer.message_id)
    _text(header, "CreDtTm", f"{transfer.created_at:%Y-%m-%dT%H:%M:%SZ}")
    _text(header, "NbOfTxs", "1")
    _text(header, "CtrlSum", amount)
    _party(SubElement(header, "InitgPty"), transfer.debtor)
    payment = SubElement(initiation, "PmtInf")
    _text(payment, "PmtInfId", transfer.message_id)
    _text(payment, "PmtMtd", "TRF")
    _text(payment, "NbOfTxs", "1")
    _text(payment, "CtrlSum", amount)
    _text(SubElement(SubElement(payment, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _text(SubElement(payment, "ReqdExctnDt"), "Dt", transfer.execute_on.isoformat())
    _party(SubElement(payment, "Dbtr"), transfer.debtor)
    _account(SubElement(payment, "DbtrAcct"), transfer.debtor)
    bank = SubElement(SubElement(payment, "DbtrAgt"), "FinInstnId")
    if transfer.debtor.bic:
        _text(bank, "BICFI", transfer.debtor.bic)
    else:
        _text(SubElement(bank, "Othr"), "Id", "NOTPROVIDED")
    _text(payment, "ChrgBr", "SLEV")
    _line(SubElement(payment, "CdtTrfTxInf"), transfer, amount)
    indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(document, encoding="unicode") + "\n"


def _line(line: Element, transfer: Transfer, amount: str) -> None:
    _text(SubElement(line, "PmtId"), "EndToEndId", transfer.end_to_end_id)
    instructed = SubElement(SubElement(line, "Amt"), "InstdAmt", Ccy="EUR")
    instructed.text = amount
    _text(SubElement(line, "Cdtr"), "Nm", scheme_text(transfer.creditor.name, LONGEST_NAME))
    _account(SubElement(line, "CdtrAcct"), transfer.creditor)
    _text(SubElement(line, "RmtInf"), "Ustrd", scheme_text(transfer.concept, LONGEST_CONCEPT))


def _party(element: Element, party: Party) -> None:
    _text(element, "Nm", scheme_text(party.name, LONGEST_NAME))
    if party.id_number:
        _text(SubElement(SubElement(SubElement(element, "Id"), "OrgId"), "Othr"), "Id", party.id_number)


def _account(element: Element, party: Party) -> None:
    _text(SubElement(element, "Id"), "IBAN", party.iban)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
