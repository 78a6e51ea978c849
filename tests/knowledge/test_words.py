"""Words, rankings, vectors and passages: the pure parts of retrieval."""

import numpy as np
import pytest

from knowledge.chunks import LONGEST, chunks
from knowledge.embedding import DIMENSIONS, embed
from knowledge.ranking import Bm25, fuse
from knowledge.words import fold, level, stem, stems, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("recibos", "recibo"),
        ("cotízame", "cotizar"),
        ("emítelo", "emite"),
        ("renovaciones", "renovación"),
        ("pólizas", "póliza"),
        ("vencidos", "vencida"),
        ("receipts", "receipt"),
        ("quoting", "quote"),
    ],
)
def test_inflected_forms_share_a_stem(one: str, other: str) -> None:
    assert stem(fold(one)) == stem(fold(other))


def test_levelled_text_keeps_its_positions() -> None:
    text = "Señor Ñandú pagó 12 € — ﬁn"
    assert len(level(text)) == len(text)
    assert level(text)[:5] == "senor"


def test_small_words_tell_nothing() -> None:
    assert stems("¿Y qué es de los que no lo son?") == []
    assert words("Q-2026-000012 de Ana") == ["q-2026-000012", "de", "ana"]


def test_rarer_words_weigh_more() -> None:
    index = Bm25([("a", ["recibo", "banco"]), ("b", ["recibo"]), ("c", ["recibo", "perro"])])
    assert index.search(["perro", "recibo"])[0][0] == "c"
    assert index.search(["gato"]) == []
    assert index.rarity("perro") > index.rarity("recibo")


def test_rankings_fuse_by_place() -> None:
    assert [item for item, _ in fuse([["a", "b"], ["b", "c"]])] == ["b", "a", "c"]


def test_vectors_are_unit_deterministic_and_near_for_near_spellings() -> None:
    rows = embed(["recibo impagado", "recivo impagado", "delfín mular", ""])
    assert rows.shape == (4, DIMENSIONS)
    assert np.allclose(np.linalg.norm(rows[:3], axis=1), 1)
    assert not rows[3].any()
    assert np.array_equal(rows, embed(["recibo impagado", "recivo impagado", "delfín mular", ""]))
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.3


def test_a_long_section_is_cut_at_paragraphs_and_keeps_its_title() -> None:
    text = "# Guía\n\n## Largo\n" + "\n\n".join(["palabra " * 100] * 5) + "\nFuente: Ley 1/2000.\n"
    found = chunks(text, "guia")
    assert len(found) > 1
    assert all(len(chunk.text) <= LONGEST for chunk in found)
    assert {chunk.title for chunk in found} == {"Guía · Largo"}
    assert found[-1].source == "Ley 1/2000."
    assert len({chunk.ref for chunk in found}) == len(found)


def test_a_reference_changes_with_the_text() -> None:
    assert chunks("# A\nuno", "a")[0].ref != chunks("# A\ndos", "a")[0].ref
    assert chunks("x" * 5000, "a")[0].text == "x" * LONGEST
