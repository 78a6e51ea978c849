"""One value has one text; what could be read in two ways is refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audit import canonical as canonical_module
from core.audit.canonical import NotCanonical, canonical, checked, instant, parse, shaped, to_profile

texts = st.text(st.characters(exclude_categories=["Cs"])).map(to_profile)
values = st.recursive(
    texts | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: st.lists(inner | st.none(), max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def test_keys_stand_in_the_order_of_rfc_8785():
    # RFC 8785 §3.2.3: sorted by UTF-16 code units, so that U+1F600 precedes U+FB33.
    names = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    del names["\ufb33"]  # outside NFC; its neighbour of the private area takes its place
    names["\uf8ff"] = "Private"
    assert list(parse(canonical(names)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Private",
    ]


def test_text_is_escaped_as_rfc_8785_prescribes():
    assert canonical('\u20ac$\u000f\nA\'B"\\"/\x7f') == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/\x7f"'.encode()


def test_the_text_is_compact_and_literal():
    assert canonical({"b": [True, None, -3], "a": {"ñ": "é"}}) == '{"a":{"ñ":"é"},"b":[true,null,-3]}'.encode()


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        {"a": 0.1},
        [2.5],
        2**53,
        -(2**53),
        {"a": None},
        {1: "a"},
        Decimal("1.10"),
        datetime(2026, 1, 1, tzinfo=UTC),
        date(2026, 1, 1),
        b"bytes",
        "e\u0301",
        {"e\u0301": 1},
        "\ud83d",
        None,
        {"a": {"b": [1, 2, {"c": object()}]}},
        {1, 2},
    ],
)
def test_what_is_outside_the_profile_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical(value)


def test_nesting_has_a_limit():
    value: object = 1
    for _ in range(100):
        value = [value]
    with pytest.raises(NotCanonical):
        canonical(value)


def test_an_entry_has_ascii_keys():
    with pytest.raises(NotCanonical):
        canonical({"año": 1}, ascii_keys=True)


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":1}', '{"b":1,"a":1}', '{"a": 1}', '"\\u0041"', "1.0", "[1e2]", "nul", "", '{"a":null}', "-0"]
)
def test_a_second_way_to_write_a_value_is_not_read(text):
    with pytest.raises(NotCanonical):
        parse(text.encode())


def test_bytes_that_are_not_utf8_are_not_read():
    with pytest.raises(NotCanonical):
        parse(b'"\xff"')


@given(values)
def test_what_is_written_reads_back_and_is_written_the_same(value):
    if value is not None:
        assert parse(canonical(value)) == value
        assert canonical(parse(canonical(value))) == canonical(value)


def test_ordinary_values_are_brought_into_the_profile():
    moment = datetime(2026, 11, 22, 15, 35, 19, 12, timezone(timedelta(hours=1)))
    given_value = {
        "amount": Decimal("1200.50"),
        "rate": 0.1,
        "big": 2**60,
        "on": date(2026, 3, 31),
        "at": moment,
        "id": UUID(int=7),
        "none": None,
        "name": "Lucı\u0301a",
        "half": "\ud83d!",
        "many": {3, 1},
        "list": (None, 1),
    }
    assert to_profile(given_value) == {
        "amount": "1200.50",
        "rate": "0.1",
        "big": str(2**60),
        "on": "2026-03-31",
        "at": "2026-11-22T14:35:19.000012Z",
        "id": str(UUID(int=7)),
        "name": "Luc\u0131\u0301a",
        "half": "\ufffd!",
        "many": [1, 3],
        "list": [None, 1],
    }


@given(st.dictionaries(st.text(), st.text() | st.floats() | st.integers() | st.decimals()))
def test_the_profile_takes_every_ordinary_value(value):
    canonical(to_profile(value))


anything = st.recursive(
    st.none() | st.text() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.dates() | st.uuids(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: value is not None)


@given(anything)
def test_the_short_way_to_canonical_bytes_gives_the_same(value):
    data = canonical(to_profile(value))
    assert shaped(value) == data
    if data.isascii():
        assert checked(value) == data


def test_an_entrys_keys_are_ascii_and_its_texts_need_not_be():
    assert checked({"a": "ñ"}) == '{"a":"ñ"}'.encode()
    with pytest.raises(NotCanonical):
        checked({"a": [{"ñ": 1}]})


@pytest.mark.parametrize("text", ['{"b":1,"a":2}', '{"a":1,"a":2}', '{"a": 1}', '{"a":"\\u00e1"}', '{"a":2}'])
def test_a_fault_of_the_writer_is_caught(monkeypatch, text):
    monkeypatch.setattr(canonical_module, "_written_at_once", lambda _: text)
    with pytest.raises(NotCanonical):
        checked({"a": 1})


def test_an_instant_needs_a_zone():
    with pytest.raises(NotCanonical):
        instant(datetime(2026, 1, 1))
