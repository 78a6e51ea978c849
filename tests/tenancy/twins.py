"""Two brokerages that look alike: the same insurers, customers, NIFs and numbers, told apart by a word.

`mine` is the one whose data must never be seen, `theirs` the one that tries. What both hold
differs in uuids and in a marker that stands in every free text.
"""

import csv
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from core.context import Actor, Origin
from core.errors import AitError
from core.identifiers import new_id
from modules.demo import ACCOUNTS, HOLDER, HOME, IMPORTS, read, read_risks
from modules.installation import Installation
from tools.gate import Call, Outcome

MARKED = ("street", "risk_description", "make_model", "settlement_terms", "called_source", "concept")
ONLY_MINE = {"first_name": "Aldonza", "last_name": "Secretísima Únicamarca", "id_number": "23000000T"}
MOST = 12  # rows of a file


@dataclass(frozen=True)
class Brokerage:
    """One tenant: its owner and the word that marks its texts."""

    owner: Actor
    marker: str
    house: Installation

    def call(self, tool: str, args: Mapping[str, Any], **more: Any) -> Outcome:
        return self.house.gate.call(Call(tool, args, self.owner, Origin("cli", new_id()), **more))


@dataclass(frozen=True)
class Twins:
    """The two of them."""

    mine: Brokerage
    theirs: Brokerage
    house: Installation


@contextmanager
def superuser(installation: Installation) -> Iterator[psycopg.Connection]:
    """A connection that may do anything; what it does is rolled back."""
    with psycopg.connect(installation.database.admin_url) as connection:
        yield connection
        connection.rollback()


def fill(one: Brokerage) -> None:
    """A slice of the demonstration, the same for both but for the marker."""
    kept: dict[str, set[str]] = {}
    people: dict[str, str] = {}
    insured: list[str] = []
    for purpose, iban in ACCOUNTS:
        account = {**HOLDER, "holder": f"{one.marker} {HOLDER['holder']}", "purpose": purpose, "iban": iban}
        one.call("treasury_set_house_account", account)
    policies = one_of_each_line()
    holders = {row[name] for row in policies for name in ("customer_id", "insured_id")}
    for file, tool in IMPORTS:
        with (HOME / f"{file}.csv").open(encoding="utf-8", newline="") as text:
            rows = [row for row in csv.DictReader(text) if fits(row, kept)]
        key = next(iter(rows[0])) if rows else ""
        if file == "customers":
            rows = [row for row in rows if row["customer_id"] in holders]
        rows = policies if file == "policies" else rows if file == "customers" else rows[:MOST]
        if key not in kept:
            kept[key] = {row[key] for row in rows}
        for row in rows:
            row |= {name: f"{one.marker} {row[name]}" for name in MARKED if row.get(name)}
        if rows:
            with suppress(AitError):  # a later module's file may need more than the files before it
                one.call(tool, {"rows": rows})
        for row in rows if file == "customers" else ():
            people[row["customer_id"]] = row["id_number"]
        insured += [people[row["customer_id"]] for row in rows if file == "autos_vehicles"]
    assert one.call("crm_show_customer", {"customer": next(iter(people.values()))}).json
    risks = [row for row in read_risks() if row["policy_id"] in kept["policy_id"]]
    one.call("kernel_import_risks", {"rows": risks})
    for id_number in insured:
        with suppress(AitError):  # a file may lack what a price needs
            quote = one.call("autos_quote_policy", {"customer": id_number}).json["quote_number"]
            one.call("kernel_issue_policy", {"quote": quote})

    said(one, next(iter(people.values())))


def one_of_each_line() -> list[dict[str, str]]:
    """The first policy of each line of the demonstration, and some more of cars."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in read("policies"):
        found.setdefault(row["line"], []).append(row)
    return [dict(row) for line, rows in found.items() for row in rows[: MOST if line == "autos" else 1]]


def said(one: Brokerage, customer: str) -> None:
    """What people and outsiders write: a note, a document, an e-mail, a chat, a meeting, a draft of the rules."""
    text, day = f"{one.marker}: guía de franquicias", "2026-12-01"
    mail = (
        f"From: {one.marker} <ana@ruiz.example>\nSubject: {one.marker}\nMessage-ID: <{one.marker}@x.example>\n\n{text}"
    )
    chat = {"channel": "whatsapp", "sender": "+34600123456", "text": text, "message_id": one.marker}
    for tool, args in (
        ("crm_add_note", {"customer": customer, "note": text}),
        ("document_service_upload_document", {"name": f"{one.marker}.txt", "content": base64(text), "kind": "other"}),
        ("notification_service_receive_email", {"eml": base64(mail)}),
        ("notification_service_receive_chat", chat),
        ("notification_service_create_appointment", {"summary": one.marker, "day": day, "at": "10:00"}),
        ("compliance_draft_policy", {"summary": one.marker}),
    ):
        one.call(tool, args)


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def fits(row: Mapping[str, str], kept: Mapping[str, set[str]]) -> bool:
    """Whether all that `row` refers to was taken over."""
    return all(not row.get(name) or row[name] in known for name, known in kept.items())


def tenant_tables(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """Every table with a `tenant_id`, in every schema of ours; a partition is reached through its table alone."""
    return connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
    ).fetchall()


def name_of(place: tuple[str, str]) -> sql.Identifier:
    return sql.Identifier(*place)


def references_of(house: Installation, tenant_id: UUID) -> dict[str, list[str]]:
    """What a tenant's tools could be asked for: values of its rows, by table and by column."""
    found: dict[str, list[str]] = {}
    with superuser(house) as connection:
        for place in tenant_tables(connection):
            if not place[0].startswith("soriano_") or place[0] == "soriano_audit":
                continue
            query = sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE tenant_id = %s LIMIT 4").format(name_of(place))
            for (row,) in connection.execute(query, (tenant_id,)):
                for column, value in row.items():
                    if isinstance(value, str) and value and column != "tenant_id" and len(value) < 120:
                        for key in (place[1], column, f"{place[0]}:{column}"):
                            values = found.setdefault(key, [])
                            if value not in values:
                                values.append(value)
    return found
