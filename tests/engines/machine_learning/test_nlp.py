"""What reading a text must satisfy whatever it says: spans, check digits, hidden data, unit vectors, shares."""

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import EngineError, InsufficientData, InvalidInput, LimitExceeded
from engines.machine_learning.nlp.sentiment import ACCURACY, cross_validated
from engines.running import compute

LETTER = (
    "Soy Ana Ruiz, con DNI 12345678Z y cuenta ES91 2100 0418 4502 0005 1332. Mi póliza nº 0904-93598399 cubre el "
    "1234 BCD; el siniestro SI2026/0001 costó 1.234,56 €. Llame al 612 345 678 o escriba a ana@example.org. C.P. 08001."
)
KINDS = ["person", "nif", "iban", "policy_number", "plate", "claim_number", "money", "phone", "email", "postcode"]
NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
PROSE = st.text(st.sampled_from("aeiou lmn.,;:12 9€/-@ñÁ\nXZ\U0001f697"), min_size=1, max_size=80).filter(str.strip)
NAMES = st.text(st.sampled_from("ABCDEÑÁ -"), min_size=1, max_size=12).filter(str.strip)


def nlp(tool: str, **arguments: Any) -> Any:
    return compute(f"nlp_{tool}", arguments)


class TestEntities:
    def test_a_letter_gives_up_all_that_it_names_in_order(self) -> None:
        assert [one.kind for one in nlp("entities", text=LETTER).entities] == KINDS

    @given(st.integers(0, 99_999_999))
    @settings(max_examples=30, deadline=None)
    def test_a_nif_is_right_with_its_letter_and_wrong_with_the_next(self, number: int) -> None:
        # Orden INT/2058/2008: the letter is the rest of dividing by 23.
        right, wrong = NIF_LETTERS[number % 23], NIF_LETTERS[(number + 1) % 23]
        found = nlp("entities", text=f"DNI {number:08d}{right} y {number:08d}{wrong}", kinds=["nif"]).entities
        assert [(one.value, one.valid) for one in found] == [
            (f"{number:08d}{right}", True),
            (f"{number:08d}{wrong}", False),
        ]

    @given(st.integers(0, 10**20 - 1))
    @settings(max_examples=30, deadline=None)
    def test_an_account_is_right_only_with_the_check_digits_of_its_standard(self, number: int) -> None:
        # ISO 7064 mod 97-10 over the account with ES00 moved to its end.
        check = 98 - int(f"{number:020d}142800") % 97
        account = f"ES{check:02d}{number:020d}"
        spaced = " ".join(account[i : i + 4] for i in range(0, 24, 4))
        other = f"ES{check % 97 + 1:02d}{number:020d}"
        found = nlp("entities", text=f"{spaced} y {other}", kinds=["iban"]).entities
        assert found[0].value == account
        assert found[1].valid is False

    @given(PROSE)
    @settings(max_examples=40, deadline=None)
    def test_spans_hold_what_they_say_and_never_overlap(self, text: str) -> None:
        at = 0
        for one in nlp("entities", text=text).entities:
            assert text[one.start : one.end] == one.text
            assert at <= one.start < one.end
            at = one.end

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("el 3 de mayo de 2026", "2026-05-03"),
            ("el 29/02/24", "2024-02-29"),
            ("el 01.12.1999", "1999-12-01"),
            ("el 5 de setiembre", "--09-05"),
            ("el 3 de mayo de 2.025", "2025-05-03"),
            ("lunes 5 mayo 2025", "2025-05-05"),
            ("valor 12-ene-24", "2024-01-12"),
            ("el 05/sept/2024", "2024-09-05"),
            ("alta 2025/05/03", "2025-05-03"),
            ("a 2024-04-01T10:00", "2024-04-01"),
        ],
    )
    def test_days_are_read_the_spanish_way(self, text: str, value: str) -> None:
        assert [one.value for one in nlp("entities", text=text, kinds=["date"]).entities] == [value]

    @pytest.mark.parametrize("text", ["el 29/02/2025", "el 13/13/2026", "el 31 de junio de 2026", "la mutua pagó"])
    def test_what_only_looks_like_one_is_none(self, text: str) -> None:
        assert nlp("entities", text=text, kinds=["date", "insurer"]).entities == []

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1.234,56 €", "1234.56 EUR"),
            ("300 euros", "300.00 EUR"),
            ("EUR 12,5", "12.50 EUR"),
            ("un saldo de -40,00 €", "-40.00 EUR"),
            ("120'50 €", "120.50 EUR"),
            ("3.000.-€", "3000.00 EUR"),
            ("1.500,- euros", "1500.00 EUR"),
            ("600 mil euros", "600000.00 EUR"),
            ("hasta 1,2 millones de euros", "1200000.00 EUR"),
            ("2,5 M€ por siniestro", "2500000.00 EUR"),
            ("de 100-200 €", "200.00 EUR"),
        ],
    )
    def test_money_is_read_the_spanish_way(self, text: str, value: str) -> None:
        assert [one.value for one in nlp("entities", text=text, kinds=["money"]).entities] == [value]

    def test_an_insurer_goes_by_its_usual_name_with_or_without_accents(self) -> None:
        found = nlp("entities", text="Linea Directa, ZÚRICH y la Mutua Madrileña", kinds=["insurer"]).entities
        assert [one.value for one in found] == ["Línea Directa", "Zurich", "Mutua Madrileña"]

    @pytest.mark.parametrize(
        ("text", "kind", "values"),
        [
            ("TOMADOR: PÉREZ GÓMEZ, LUIS MARÍA NIF: 1234567L", "person", ["PÉREZ GÓMEZ, LUIS MARÍA"]),
            ("Conductor habitual: Íñigo Urrutia Póliza: 12345", "person", ["Íñigo Urrutia"]),
            ("D. José Mª Ruiz y la Sra. de Torres", "person", ["José Mª Ruiz", "Torres"]),
            ("soy de Madrid, y la Dra. Luisa Mora", "person", ["Luisa Mora"]),
            ("DNI 1234567L, factura ESB12345674", "nif", ["1234567L", "B12345674"]),
            ("parte 1234567 B de pieza", "nif", []),
            ("su póliza de hogar 55667788", "policy_number", ["55667788"]),
            ("póliza de responsabilidad civil n.º RC-998", "policy_number", ["RC-998"]),
            ("pólizas 123456, 234567 y 654321", "policy_number", ["123456", "234567", "654321"]),
            ("la póliza de 2024 y el siniestro de 2023", "policy_number", []),
            ("siniestro 123456, 28001 Madrid", "claim_number", ["123456"]),
            ("siniestros 2023: cinco", "claim_number", []),
            ("07001 PALMA, 08908 L'Hospitalet y (03001) Alicante", "postcode", ["07001", "08908", "03001"]),
            ("recorridos 15000 KM", "postcode", []),
            ("matrícula: M1234AB", "plate", ["M1234AB"]),
            ("con Axa, no con axa, y ama a su coche", "insurer", ["AXA"]),
        ],
    )
    def test_what_people_write_is_known(self, text: str, kind: str, values: list[str]) -> None:
        assert [one.value for one in nlp("entities", text=text, kinds=[kind]).entities] == values

    def test_letters_that_capitals_make_two_of_shift_nothing(self) -> None:
        assert nlp("redact", text="El ﬁscal de Straße vio el 1234 BCD").text == "El ﬁscal de Straße vio el [MATRICULA]"

    def test_a_long_hostile_text_is_read_in_time(self) -> None:
        for piece in (
            "póliza nº " * 10,
            "1.234.",
            "Ana de la ",
            "a.b-",
            "ES12 ",
            "@a.",
            "TOMADOR: ANA ",
            "pólizas 12345, ",
            "1 mil ",
        ):
            nlp("entities", text=(piece * 20_000)[:40_000])

    @pytest.mark.parametrize("piece", ["12345678Z ", "300 € ", "Tomador: Ana; "])
    def test_a_long_list_takes_no_longer_than_a_long_letter(self, piece: str) -> None:
        began = time.monotonic()
        found = nlp("redact", text=(piece * 20_000)[:200_000], also=["Ana", "300"], style="numbered")
        assert time.monotonic() - began < 8
        assert found.n > 10_000


class TestRedaction:
    def test_nothing_of_it_is_left(self) -> None:
        hidden = nlp("redact", text=LETTER)
        for secret in ("12345678Z", "2100", "93598399", "1234 BCD", "612", "ana@", "Ruiz", "08001", "SI2026"):
            assert secret not in hidden.text
        assert "1.234,56 €" in hidden.text
        assert hidden.warnings

    @given(PROSE)
    @settings(max_examples=40, deadline=None)
    def test_the_text_is_whole_again_when_the_spans_are_put_back(self, text: str) -> None:
        hidden = nlp("redact", text=text, also=["la", "Ñ9"])
        whole, at = "", 0
        for span in hidden.spans:
            whole += text[at : span.start] + span.replacement
            at = span.end
        assert whole + text[at:] == hidden.text

    def test_one_value_keeps_one_number(self) -> None:
        said = nlp("redact", text="12345678Z, 54362315K y 12.345.678-Z", style="numbered").text
        assert said == "[NIF 1], [NIF 2] y [NIF 1]"

    def test_a_mask_keeps_the_length(self) -> None:
        assert nlp("redact", text="tel. 612 345 678", style="mask").text == "tel. *** *** ***"

    def test_what_the_caller_names_is_hidden_whole(self) -> None:
        said = nlp("redact", text="Vive en Calle  Mayor 3, Madrid", also=["calle mayor 3"]).text
        assert said == "Vive en [OCULTO], Madrid"

    def test_too_short_a_word_would_hide_everything(self) -> None:
        with pytest.raises(InvalidInput) as told:
            nlp("redact", text="uno", also=["a"])
        assert told.value.argument == "also"


class TestWords:
    @given(NAMES, NAMES, st.sampled_from(["levenshtein", "osa", "jaro", "jaro_winkler", "token_set"]))
    @settings(max_examples=40, deadline=None)
    def test_distance_is_symmetric_and_nil_to_itself(self, a: str, b: str, metric: str) -> None:
        there, back = (nlp("string_distance", a=x, b=y, metric=metric) for x, y in ((a, b), (b, a)))
        assert there.distance == pytest.approx(back.distance)
        assert 0 <= there.similarity <= 1
        # Texts without a word have no set of words to be alike in.
        same = nlp("string_distance", a=a, b=a, metric=metric)
        assert same.distance == pytest.approx(0)

    @given(NAMES, NAMES, NAMES)
    @settings(max_examples=30, deadline=None)
    def test_edits_go_no_shorter_by_way_of_a_third(self, a: str, b: str, c: str) -> None:
        found = nlp("string_distance", pairs=[(a, b), (b, c), (a, c)], metric="levenshtein").distance
        assert found[2] <= found[0] + found[1]

    def test_either_two_texts_or_pairs(self) -> None:
        for given_ in ({}, {"a": "x"}, {"a": "x", "b": "y", "pairs": [["x", "y"]]}):
            with pytest.raises(InvalidInput):
                nlp("string_distance", **given_)

    @pytest.mark.parametrize(
        ("one", "other"),
        [("Echeverría", "Etxeberria"), ("Quesada", "Kesada"), ("Llorente", "Yorente"), ("Zapata", "Sapata")],
    )
    def test_names_that_sound_alike_meet(self, one: str, other: str) -> None:
        codes = nlp("phonetic", words=[one, other]).codes
        assert codes[0] == codes[1]

    def test_names_that_sound_apart_do_not(self) -> None:
        assert len(set(nlp("phonetic", words=["Muñoz", "Munoz", "Pérez", "Peres Gil", "Gato", "Jato"]).codes)) == 6

    @given(PROSE)
    @settings(max_examples=40, deadline=None)
    def test_words_and_sentences_stand_where_they_say(self, text: str) -> None:
        found = nlp("tokenize", text=text)
        for piece in (*found.words, *found.sentences):
            assert text[piece.start : piece.end] == piece.text
        ends = [0, *(s.end for s in found.sentences)]
        assert all(s.start >= end for s, end in zip(found.sentences, ends, strict=False))

    def test_a_stem_is_of_any_capitals(self) -> None:
        assert nlp("stem", words=["Siniestros", "SINIESTRO"]).stems == ["siniestr"] * 2

    def test_probabilities_of_languages_add_up_and_the_prior_moves_them(self) -> None:
        even, sure = (nlp("detect_language", text="prima neta", usual_share=p) for p in (1 / 8, 0.99))
        assert sum(even.scores.values()) == pytest.approx(1)
        assert even.scores["es"] < sure.scores["es"]
        assert even.warnings


class TestMeaning:
    def test_likeness_is_that_of_the_other_to_the_one(self) -> None:
        one, other = "robo en el domicilio", "atraco en casa"
        there, back = nlp("similarity", a=one, b=other).similarity, nlp("similarity", a=other, b=one).similarity
        assert there == pytest.approx(back, abs=1e-6)
        assert 0.3 < there < 1

    def test_the_class_does_not_depend_on_the_order_of_the_examples(self) -> None:
        examples = [
            {"text": t, "label": label}
            for label, texts in {
                "agua": ["hay una fuga", "gotera en el techo"],
                "robo": ["me robaron", "un ladrón"],
            }.items()
            for t in texts
        ]
        there, back = (nlp("classify_intent", text="entraron a robar", examples=e) for e in (examples, examples[::-1]))
        assert there.label == back.label == "robo"
        assert there.scores == pytest.approx(back.scores)
        assert 0 <= there.accuracy <= 1

    def test_what_is_like_nothing_is_of_no_class(self) -> None:
        examples = [{"text": "hay una fuga de agua", "label": "agua"}, {"text": "me robaron el bolso", "label": "robo"}]
        found = nlp("classify_intent", text="receta de bizcocho de limón", examples=examples, least=0.4)
        assert found.label is None
        assert found.accuracy is None
        assert found.warnings

    def test_no_example_votes_for_itself(self) -> None:
        crossed = [("hay una fuga de agua", "a"), ("me robaron el bolso", "a"), ("un ladrón me robó la cartera", "b"),
                   ("una gotera, fuga de agua en el techo", "b")]  # fmt: skip
        found = nlp("classify_intent", text="agua", examples=[{"text": t, "label": label} for t, label in crossed])
        assert found.accuracy == 0

    def test_one_class_is_none(self) -> None:
        with pytest.raises(InsufficientData):
            nlp("classify_intent", text="x", examples=[{"text": "hay una fuga", "label": "agua"}])

    def test_the_tone_of_a_text_is_the_mean_of_its_sentences(self) -> None:
        found = nlp("sentiment", text="Gracias por todo, estupendo. Nadie contesta y es una vergüenza. Adjunto el DNI.")
        assert [s.label for s in found.sentences] == ["positive", "negative", "neutral"]
        assert found.negative == pytest.approx(sum(s.negative for s in found.sentences) / 3)
        assert found.positive + found.neutral + found.negative == pytest.approx(1)
        assert found.worst == 1

    def test_the_tone_says_how_far_it_can_be_trusted(self) -> None:
        found = nlp("sentiment", text="Buenos días.")
        assert found.warnings[0].values == {"accuracy": 83, "n": 180}
        assert found.accuracy == ACCURACY == pytest.approx(cross_validated(), abs=0.005)


class TestSummary:
    TEXT = (
        "Una tubería se rompió en la cocina. El agua de la tubería dañó el suelo de la cocina. El perito visitó la "
        "vivienda. El vecino tiene un perro. La reparación de la tubería y del suelo costará mil euros."
    )

    @pytest.mark.parametrize("likeness", ["meaning", "overlap"])
    def test_shares_add_up_and_the_sentences_keep_their_order(self, likeness: str) -> None:
        found = nlp("summarise_extractive", text=self.TEXT, likeness=likeness, most=2)
        assert sum(found.scores) == pytest.approx(1)
        assert [s.index for s in found.sentences] == sorted(s.index for s in found.sentences)
        assert all(s.text in self.TEXT for s in found.sentences)

    def test_scores_solve_the_equation_of_the_walk(self) -> None:
        parts = [s.text for s in nlp("tokenize", text=self.TEXT).sentences]
        weights = np.array([nlp("similarity", a=part, b=parts).similarity for part in parts]).clip(0)
        np.fill_diagonal(weights, 0)
        steps = weights / weights.sum(axis=1, keepdims=True)
        solved = np.linalg.solve(np.eye(5) - 0.85 * steps.T, np.full(5, 0.15 / 5))
        assert nlp("summarise_extractive", text=self.TEXT).scores == pytest.approx(solved, abs=1e-6)

    def test_the_stray_sentence_is_left_out(self) -> None:
        assert "perro" not in nlp("summarise_extractive", text=self.TEXT, most=4).summary

    def test_without_going_on_all_sentences_weigh_alike(self) -> None:
        scores = nlp("summarise_extractive", text=self.TEXT, damping=1e-9).scores
        assert scores == pytest.approx([0.2] * 5, abs=1e-6)

    def test_a_text_of_function_words_has_no_keywords(self) -> None:
        with pytest.raises(InvalidInput) as told:
            nlp("keywords", text="de la que no se y para lo")
        assert told.value.argument == "text"

    def test_a_word_that_all_texts_have_weighs_less_than_a_rare_one(self) -> None:
        found = nlp("keywords", text="póliza granizo", method="tf_idf", documents=["póliza de coche", "póliza de casa"])
        assert [k.phrase for k in found.keywords] == ["granizo", "póliza"]


@pytest.mark.parametrize("text", ["", "  \n ", "\ud800"])
@pytest.mark.parametrize("tool", ["entities", "redact", "tokenize", "detect_language", "keywords", "sentiment"])
def test_no_text_is_one_clear_error(tool: str, text: str) -> None:
    with pytest.raises(EngineError) as told:
        nlp(tool, text=text)
    assert told.value.argument == "text"


@pytest.mark.parametrize(("tool", "most"), [("entities", 200_000), ("summarise_extractive", 20_000)])
def test_too_long_a_text_is_to_be_divided(tool: str, most: int) -> None:
    with pytest.raises(LimitExceeded) as told:
        nlp(tool, text="a " * most)
    assert told.value.detail["limit"] == most


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Vive en la c/ Mayor nº 3. La fuga viene de arriba.", 2),
        ("Ver art. 45. ¿Cuándo pagan? Son 12. Nada más.", 4),
        ("1. Daños\n2. Causas", 1),
        ("El punto 3. es claro", 1),
    ],
)
def test_a_number_ends_a_sentence_but_begins_none(text: str, said: int) -> None:
    found = nlp("tokenize", text=text).sentences
    assert len(found) == said
    assert all(text[one.start : one.end] == one.text == one.text.strip() for one in found)


def test_a_negation_taken_for_praise_is_pointed_at() -> None:
    found = nlp("sentiment", text="No estoy contento con el trato recibido. Muchas gracias por todo.")
    assert [caution.values for caution in found.warnings[1:]] == [{"count": 1}]
    assert len(nlp("sentiment", text="Muchas gracias por todo. No funciona el teléfono.").warnings) == 1
