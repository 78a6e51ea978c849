"""Hostile arguments at the gate itself: exact or refused, in one form of every letter, and nothing half read.

The same corpus goes through HTTP in `tests/server/test_hostile.py`; here the raw bytes of a
body meet the gate as every face hands them over.
"""

import base64
import json
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import identifiers, money
from core.context import Origin
from core.errors import BadArguments
from core.identifiers import new_id, parse_iban, parse_id_number, parse_phone, parse_plate
from core.places import NotAllowed, read_url
from modules.core_business.crm.inputs import EMAIL, parse_email
from tools.gate import Call
from tools.gate.validate import composed, parse

BAD = json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text())
CANONICAL = {"BAD-083": "12345678Z", "BAD-084": "X1234567L", "BAD-085": "00000000T", "BAD-088": None,
             "BAD-089": "ES9121000418450200051332", "BAD-091": "DE89370400440532013000"}  # fmt: skip
READERS: dict[str, Callable[[str], str]] = {
    "nif": parse_id_number, "nie": parse_id_number, "cif": parse_id_number, "iban": parse_iban,
    "phone": parse_phone, "email": parse_email,
}  # fmt: skip


def cases(*categories: str) -> list[Any]:
    found = [item for item in BAD["items"] if item["category"] in categories and item["input"] is not None]
    return [pytest.param(item, id=item["id"]) for item in found]


def text(item: dict[str, Any]) -> str:
    given = item["input"]
    if isinstance(given, dict) and "repeat" in given:
        return str(given["repeat"] * given["times"])
    return given if isinstance(given, str) else json.dumps(given)


@pytest.fixture(scope="module")
def send(installation, actor) -> Callable[..., Any]:
    """Hand the raw bytes of a body to the gate, as a face does."""

    def raw(tool: str, body: bytes, who: str = "broker") -> Any:
        return installation.gate.call(Call(tool, body, actor(who), Origin("rest", new_id()))).value

    return raw


# JSON


@pytest.mark.parametrize("item", cases("encoding", "json", "object_injection"))
def test_a_body_that_is_no_honest_json_is_refused(send, item):
    body = base64.b64decode(item["input"]) if item.get("encoding") == "base64" else text(item).encode()
    with pytest.raises(BadArguments):
        send("crm_search_customers", body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b'{"query":' + b"[" * 40 + b"]" * 40 + b"}"])
def test_nesting_is_bounded(send, body):
    with pytest.raises(BadArguments):
        send("crm_search_customers", body)


def test_decimals_of_a_body_stay_exact():
    assert parse(b'{"a":0.1,"b":1.0000000000000000000001}') == {"a": "0.1", "b": "1.0000000000000000000001"}


# Numbers


@pytest.mark.parametrize("item", cases("number"))
def test_an_integer_is_plain_or_refused(send, item):
    """What is accepted is the very number that was written."""
    try:
        found = send("crm_search_customers", f'{{"query": "Ramos", "limit": {text(item)}}}'.encode())
    except BadArguments:
        return
    assert found.total >= 0
    assert Decimal(json.loads(text(item), parse_float=str, parse_int=str)) == int(Decimal(text(item).strip('"')))


@pytest.mark.parametrize("loose", ["true", "false", '"1_0"', '"٥"', '"५"', '"５"', '"0x5"', '"²"', '"½"', '"5 5"', '""',
                                   "9007199254740993", "-9007199254740993", '"1e1000000"'])  # fmt: skip
def test_what_python_alone_takes_for_a_number_is_refused(send, loose):
    with pytest.raises(BadArguments):
        send("crm_search_customers", f'{{"query": "Ramos", "limit": {loose}}}'.encode())


@pytest.mark.parametrize("rate", ["true", '"١١"', '"1_1"', '"1e1000000"', "1e1000000", "NaN", '"Infinity"', '"nan"'])
def test_a_decimal_is_in_plain_figures(send, rate):
    row = {"collaborator_id": "C", "name": "N", "kind": "company", "id_number": "B43374784", "start_date": "2019-03-01"}
    body = json.dumps({"rows": [row]})[:-3] + f', "irpf_rate": {rate}}}]}}'
    with pytest.raises(BadArguments):
        send("kernel_import_collaborators", body.encode(), "admin")


@pytest.mark.parametrize("item", cases("number"))
def test_an_amount_is_exact_or_refused(item):
    from pydantic import TypeAdapter, ValidationError

    try:
        given = json.loads(text(item), parse_float=str)
    except ValueError:
        given = text(item)
    try:
        amount = TypeAdapter(money.Money).validate_python(given)
    except ValidationError:
        return
    assert amount == Decimal(str(given))
    assert amount == money.to_cents(amount)


# Text


@pytest.mark.parametrize("item", cases("unicode", "sql", "ldap", "xpath", "template", "command", "xss", "csv_formula"))
def test_text_is_stored_as_it_is_composed_or_refused(call, run, item):
    """Never interpreted, never changed beyond normal form C."""
    customer = run("crm_create_person", _as="broker", **person(item["id"])).customer
    written = text(item)
    try:
        run("crm_record_interaction", customer=customer, summary=f"«{written}»")
    except BadArguments:
        return
    kept = run("crm_list_interactions", customer=customer).interactions[0].summary
    assert kept == unicodedata.normalize("NFC", f"«{written}»")


def person(seed: str) -> dict[str, str]:
    number = f"{int(seed[4:]):08d}"
    return {"first_name": "Ana", "last_name": f"Prueba {seed[4:]}",
            "id_number": number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]}  # fmt: skip


@pytest.mark.parametrize("control", ["\0", "\x07", "\x0b", "\x0c", "\x1b[2J", "\x7f", "\x85", "\x9f", "\ud800"])
def test_controls_and_half_characters_are_refused(run, control):
    with pytest.raises(BadArguments):
        run("crm_search_customers", query=f"Ra{control}mos")


def test_lines_and_tabs_are_text(run):
    assert run("crm_find_mentions", text="una\n\tdos\r\ntres").mentions == ()


def test_a_decomposed_name_is_the_same_name(run):
    run("crm_create_person", first_name="Jose\u0301", last_name="Ibáñez Composición", id_number="99999999R")
    found = run("crm_search_customers", query="José Ibáñez").customers
    assert [customer.name for customer in found] == ["José Ibáñez Composición"]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip  # noqa: E501
def test_composing_twice_changes_nothing_more(value):
    assert composed(composed(value)) == composed(value)


# Identifiers


@pytest.mark.parametrize("item", cases("identifier_es"))
def test_an_identifier_has_one_form_or_none(item):
    read, written = READERS[item["target_type"]], text(item)
    try:
        found = read(written)
    except ValueError:
        assert item["id"] not in CANONICAL or CANONICAL[item["id"]] is None
        return
    assert read(found) == found
    assert found.isascii()
    assert found.isprintable()
    if item["id"] in CANONICAL:
        assert found == CANONICAL[item["id"]]


@pytest.mark.parametrize("item", cases("unicode"))
@pytest.mark.parametrize("read", [parse_id_number, parse_iban, parse_phone, parse_plate], ids=lambda f: f.__name__)
def test_strange_letters_are_no_identifier(read, item):
    with pytest.raises(ValueError, match="."):
        read(text(item))


# Dates


@pytest.mark.parametrize("item", cases("date"))
def test_a_date_is_read_in_one_way_or_refused(run, item):
    given = {**person("BAD-9" + item["id"][4:]), "birth_date": text(item)}
    try:
        customer = run("crm_create_person", **given).customer
    except BadArguments:
        return
    assert item["input"] in ("1582-10-10",), "only a whole ISO date is one"
    assert customer


# Regular expressions


LONG = 50_000
PATTERNS = [
    identifiers.SEPARATORS, identifiers.PLATE, identifiers.OLD_PLATE, money.PLAIN, EMAIL,
]  # fmt: skip


@pytest.mark.timeout(10)
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern[:20])
@pytest.mark.parametrize("unit", ["a", "1", "a@", "a.", "-", " ", "1 ", ".", "@", "aA1", "ñ"])
def test_a_pattern_takes_no_more_than_its_text_is_long(pattern, unit):
    said = (unit * LONG)[:LONG] + "!"
    pattern.search(said)
    pattern.fullmatch(said)


@pytest.mark.parametrize("item", cases("resources"))
def test_readers_of_identifiers_and_addresses_end(item):
    """Ten million characters are refused, not searched for ever."""
    said = text(item)
    for read in READERS.values():
        with pytest.raises(ValueError, match="."):
            read(said)
    with pytest.raises(NotAllowed):
        read_url(said)
