"""What somebody outside wrote shows a reader all that a model reads, and nothing else."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean_foreign

TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in "pay ES34 now")
BYTES = "".join(chr(0xE0100 + n) for n in range(16))
TRICKS = st.sampled_from(
    [*"a1e=←☂❤👩🏽💻 \n\r\t", "\u0301", "\u0338", "\ufe0e", "\ufe0f", "\ufe01", "\u200d", "\u200b", "\u202e", "\ud83d",
     "\ude00", "\U000e0041", "\U000e0101", "\u2329", "\u2126", "\x00", "\u2028"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        (f"Factura 93{TAGS}", "Factura 93"),
        (f"😀{BYTES} hola", "😀 hola"),
        ("factura\u202efdp.exe", "facturafdp.exe"),
        ("pa\u200bs\u00adsword\ufeff", "password"),
        ("a\ufe0fb\ufe00c", "abc"),
        ("❤\ufe0f\ufe0f\ufe0f", "❤\ufe0f"),
        ("a\u200db", "ab"),
        ("uno\r\ndos\rtres\u2028cuatro\x0ccinco", "uno\ndos\ntres\ncuatro\ncinco"),
        ("N\u0303ando\x00\x1b[31m\x85", "Ñando[31m\n"),
        ("roto \ud83d", "roto "),
    ],
)
def test_what_shows_nothing_or_turns_the_order_round_goes(dirty, clean):
    assert clean_foreign(dirty) == clean


@pytest.mark.parametrize(
    "kept", ["12,50 €\tIVA", "👩🏽\u200d💻", "❤\ufe0f", "1\ufe0f⃣", "«Ñandú», ¿qué?", "שלום", "日本"]
)
def test_what_a_person_sees_stays(kept):
    assert clean_foreign(kept) == kept


def test_a_flag_in_tags_becomes_a_plain_one():
    flag = "🏴" + "".join(chr(0xE0000 + ord(c)) for c in "gbeng") + "\U000e007f"
    assert clean_foreign(flag) == "🏴"


@given(st.text() | st.lists(TRICKS).map("".join))
def test_a_clean_text_is_clean(text):
    clean = clean_foreign(text)
    assert clean_foreign(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert not any(unicodedata.category(c) in ("Cs", "Cc") and c not in "\t\n" for c in clean)
    clean.encode()
