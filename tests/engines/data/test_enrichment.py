"""Enrichment: one form for what is written in many ways, distances, and records of one person."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.data.enrichment.addresses import address_of
from engines.data.enrichment.contacts import age_from_birthdate, name_of, normalise_phone
from engines.data.enrichment.linking import Agreeing, Links, MatchField, dedupe, link, match_weight
from engines.data.enrichment.places import cnae_lookup, geo_distance, postcode_province
from engines.errors import InsufficientData, InvalidInput, LimitExceeded

GIVEN = st.sampled_from(["Ana", "Luis", "José Luis", "María del Carmen", "Juan Carlos"])
SURNAME = st.sampled_from(["García", "Pérez", "de la Fuente", "del Río", "Martínez-Campos", "Núñez"])


@settings(max_examples=30, deadline=None)
@given(GIVEN, SURNAME, SURNAME)
def test_writings_of_one_name_come_to_one_form(given_name: str, first: str, second: str) -> None:
    forms = [
        f"{given_name} {first} {second}",
        f"{first} {second}, {given_name}".upper(),
        f"  {first.lower()}  {second.lower()} ,  {given_name.lower()}",
    ]
    found = [name_of(form) for form in forms]
    assert {(n.given, (n.surname_1 or "").lower(), n.surname_2) for n in found} == {(given_name, first.lower(), second)}
    assert len({n.key for n in found}) == 1


def test_firms_keep_their_words_and_their_form() -> None:
    found = [name_of(text) for text in ("TALLERES RUIZ, S.L.U.", "talleres ruiz slu", "Talleres Ruiz S. L. U.")]
    assert {(n.full, n.legal_form, n.key) for n in found} == {("Talleres Ruiz, S.L.U.", "S.L.U.", "talleres ruiz")}
    assert name_of("Ana Sal").surname_1 == "Sal"


def test_a_name_of_four_words_is_a_guess() -> None:
    assert not name_of("Lucía Sofía Pérez Gil").sure
    assert name_of("José Luis Pérez Gil").sure


@pytest.mark.parametrize(
    ("written", "line", "place"),
    [
        (
            "Avda. de la Constitución, 5, bajo izda, 41001 Sevilla",
            "Avenida de la Constitución, 5, bajo izquierda",
            "Sevilla",
        ),
        ("C/Alcalá 123 bis, esc. 2, 4º A, 28009 MADRID (Madrid)", "Calle Alcalá, 123 bis, escalera 2, 4.º A", "Madrid"),
        ("Calle 12 de Octubre, 5, 28009 Madrid", "Calle 12 de Octubre, 5", "Madrid"),
        ("Ctra. N-340 km 12,5, 29600 Marbella", "Carretera N-340, km 12,5", "Málaga"),
        ("Pº de Gracia 22 pral 2ª 08007 Barcelona", "Paseo de Gracia, 22, principal 2", "Barcelona"),
        ("C. Serrano, 21-23, 5º dcha., CP 28001 Madrid", "Calle Serrano, 21-23, 5.º derecha", "Madrid"),
    ],
)
def test_addresses_fall_into_their_parts(written: str, line: str, place: str) -> None:
    found = address_of(written)
    assert (found.line, found.province, found.sure) == (line, place, True)


@pytest.mark.parametrize(
    "written", ["C/Alcalá 123, 4º A, 28009 Madrid", "Pza. Mayor s/n, 37001 Salamanca", "Gran Vía 31"]
)
def test_the_normal_form_of_an_address_is_its_own(written: str) -> None:
    once = address_of(written)
    assert address_of(once.full).full == once.full
    assert address_of(once.full.upper()).key == once.key


@settings(max_examples=30, deadline=None)
@given(st.integers(600_000_000, 699_999_999))
def test_a_phone_is_one_however_it_is_written(number: int) -> None:
    digits = str(number)
    forms = [
        digits,
        f"+34 {digits}",
        f"0034{digits}",
        f"{digits[:3]} {digits[3:6]} {digits[6:]}",
        f"{digits[:3]}-{digits[3:]}",
    ]
    assert {p.e164 for p in normalise_phone(forms).numbers} == {f"+34{digits}"}


def test_no_phone_has_no_form() -> None:
    assert [p.valid for p in normalise_phone(["12", "hola", "612 34 56 7"]).numbers] == [False] * 3
    with pytest.raises(InvalidInput):
        normalise_phone(["612345678"], region="ZZ")


@settings(max_examples=30, deadline=None)
@given(*(st.floats(-80, 80), st.floats(-179, 179)) * 2)
def test_distances_are_the_same_there_and_back(a: float, b: float, c: float, d: float) -> None:
    for method in ("haversine", "ellipsoidal"):
        there, back = geo_distance((a, b), (c, d), method), geo_distance((c, d), (a, b), method)
        assert there.km == pytest.approx(back.km, abs=1e-6)
        assert 0 <= there.km < 20_040
    # The sphere is within 0.6 % of the ellipsoid.
    assert geo_distance((a, b), (c, d), "haversine").km == pytest.approx(
        geo_distance((a, b), (c, d)).km, rel=6e-3, abs=1e-6
    )


def test_a_place_beyond_the_pole_is_refused() -> None:
    with pytest.raises(InvalidInput):
        geo_distance((91, 0), (0, 0))


def test_registers_agree() -> None:
    assert postcode_province(["28013", "53001"]).province_codes == ["28", None]
    assert {a.code for a in cnae_lookup(words="seguros", version="2009").activities} >= {"65", "66"}
    assert cnae_lookup(codes=["45"], version="2025").warnings
    with pytest.raises(InvalidInput):
        cnae_lookup(codes=["65"], words="seguros")


def test_ages_count_from_day_to_day() -> None:
    from datetime import date

    born = [date(2000, 11, 23), date(2000, 11, 24), date(2026, 11, 23)]
    assert age_from_birthdate(born, date(2026, 11, 23)).ages == [26, 25, 0]
    with pytest.raises(InvalidInput):
        age_from_birthdate([date(2027, 1, 1)], date(2026, 11, 23))


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.001, 100))
def test_a_weight_is_the_odds_in_bits(m: float, u: float, odds: float) -> None:
    agreed = match_weight([Agreeing(m=m, u=u, agree=True)], odds)
    assert agreed.posterior / (1 - agreed.posterior) == pytest.approx(odds * m / u)
    both = match_weight([Agreeing(m=m, u=u, agree=True), Agreeing(m=m, u=u, agree=False)], odds)
    assert both.total_bits == pytest.approx(sum(both.weights_bits))


FIELDS = [
    MatchField(column="name", role="name"),
    MatchField(column="nif", role="id_number"),
    MatchField(column="phone", role="phone"),
    MatchField(column="address", role="address"),
]


def people(count: int, again: int) -> dict[str, list[object]]:
    """People by chance; the first `again` come a second time, written otherwise."""
    chance = random.Random(5)
    given_names, surnames = (
        "Ana Luis Eva Marta Pedro José Lola Raúl".split(),
        "García López Ruiz Gil Sanz Mora Cano Vidal".split(),
    )
    rows: list[tuple[object, ...]] = [
        (i, f"{chance.choice(given_names)} {chance.choice(surnames)} {chance.choice(surnames)}",
         f"{chance.randrange(10**8):08d}Z", f"6{chance.randrange(10**8):08d}",
         f"Calle {chance.choice(surnames)} {i + 1}")
        for i in range(count)
    ]  # fmt: skip
    for i in range(again):
        _, name, nif, phone, address = rows[i]
        words = str(name).split()
        other = f"{' '.join(words[1:])}, {words[0]}".upper()
        rows.append((10_000 + i, other, nif if i % 2 else None, f"+34 {phone}", str(address).replace("Calle", "C/")))
    return {n: [row[i] for row in rows] for i, n in enumerate(["id", "name", "nif", "phone", "address"])}


def pairs_of(found: Links) -> set[tuple[str, str]]:
    return {tuple(sorted((p.left, p.right), key=int)) for p in found.pairs}  # type: ignore[misc]


def test_the_same_people_are_found_and_nobody_else() -> None:
    data = people(150, 12)
    found = dedupe(data, "id", FIELDS)
    assert pairs_of(found) == {(str(i), str(10_000 + i)) for i in range(12)}
    assert len(found.clusters) == 12
    assert all(p.reasons[0].bits > 0 for p in found.pairs)
    again = dedupe({name: column[::-1] for name, column in data.items()}, "id", FIELDS)
    assert pairs_of(again) == pairs_of(found)


def test_blocking_looks_at_fewer_pairs_and_linking_is_across_tables() -> None:
    data = people(60, 6)
    blocked = dedupe(data, "id", FIELDS, blocking=[["phone"]])
    assert blocked.compared < dedupe(data, "id", FIELDS).compared
    left = {name: column[:60] for name, column in data.items()}
    right = {name: column[60:] for name, column in data.items()}
    assert pairs_of(link(left, right, "id", FIELDS)) == {(str(i), str(10_000 + i)) for i in range(6)}


def test_what_cannot_be_linked_is_refused() -> None:
    with pytest.raises(InvalidInput):
        dedupe({"id": [1, 1], "name": ["a", "b"]}, "id", [MatchField(column="name", role="name")])
    with pytest.raises(InsufficientData):
        dedupe({"id": [1], "name": ["a"]}, "id", [MatchField(column="name", role="name")])
    one_block = {"id": list(range(3_000)), "name": ["x"] * 3_000}
    with pytest.raises(LimitExceeded):
        dedupe(one_block, "id", [MatchField(column="name", role="exact")], blocking=[["name"]])


def test_linking_says_nothing_on_the_way(capfd: pytest.CaptureFixture[str]) -> None:
    dedupe(people(20, 2), "id", FIELDS)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_a_large_table_without_duplicates_yields_none() -> None:
    data = people(2_000, 0)
    found = dedupe(data, "id", FIELDS, blocking=[["phone"], ["name"]])
    assert (found.pairs, found.method) == ([], "Fellegi-Sunter, u sampled, m usual")
    assert any("documento de identidad" in caution.text for caution in found.warnings)


def test_people_of_one_name_with_other_identifiers_stay_apart_in_a_large_table() -> None:
    # 2,000 people share 512 names: those with a name in common teach nothing about one person's data.
    data = people(2_000, 120)
    found = dedupe(data, "id", FIELDS, blocking=[["phone"], ["name"]])
    assert pairs_of(found) == {(str(i), str(10_000 + i)) for i in range(120)}
    assert found.method.endswith("m by EM")


def test_a_column_of_few_values_leaves_the_usual_candidates() -> None:
    data = people(2_100, 0) | {"sex": ["M", "H"] * 1_050}
    fields = [FIELDS[1], FIELDS[2], MatchField(column="sex", role="exact")]
    assert dedupe(data, "id", fields).compared < 10


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("Pl. de Catalunya, 1, 4t 2a, 08002 Barcelona", "Plaza de Catalunya, 1, 4.º 2"),
        ("Carrer de Balmes 123, entresòl 1a, 08008 Barcelona", "Calle de Balmes, 123, entresuelo 1"),
        ("AV CONSTITUCION 5 BJ IZ 41001 SEVILLA", "Avenida Constitucion, 5, bajo izquierda"),
        ("PZ. DEL PILAR 4 2 IZQ, 50003 ZARAGOZA", "Plaza del Pilar, 4, 2.º izquierda"),
        ("Calle San Juan, 4, 1 A, 31001-Pamplona", "Calle San Juan, 4, 1.º A"),
        ("CL ALFONSO XIII 33 P03 D 28002 MADRID", "Calle Alfonso XIII, 33, 3.º D"),
        ("AVENIDA JUAN CARLOS I 13, 6ª PLANTA", "Avenida Juan Carlos I, 13, 6.º"),
        ("C/ Alcalá, 45, Esc. Dcha, 2º Izda", "Calle Alcalá, 45, escalera derecha, 2.º izquierda"),
        ("C/ Sol 5 - 7, 1º 2ª, 08201 Sabadell", "Calle Sol, 5-7, 1.º 2"),
        ("C/Doctor Fleming,12-bis", "Calle Doctor Fleming, 12 bis"),
        ("Cº de los Molinos, 3", "Camino de los Molinos, 3"),
        ("Pol. Ind. Las Mercedes, Nave 12, 28022 Madrid", "Polígono Industrial Las Mercedes, nave 12"),
    ],
)
def test_addresses_of_other_programs_and_languages_fall_into_their_parts(written: str, line: str) -> None:
    found = address_of(written)
    assert (found.line, found.sure) == (line, True)


def test_a_road_within_a_place_is_the_road() -> None:
    found = address_of("Urbanización El Bosque, C/ Roble 3, 46370 Chiva")
    assert (found.street_type, found.street, found.number, found.postcode) == ("Calle", "Roble", "3", "46370")
    assert (found.rest, found.sure) == ("Urbanización El Bosque", False)
    assert found.key == address_of("C/ Roble, 3, 46370 Chiva").key


def test_who_is_no_person_has_no_surnames() -> None:
    written = [
        "C.P. MAYOR 12",
        "Comunidad de Propietarios Mayor 12",
        "Ayuntamiento de Getafe",
        "Asociación Vecinal El Sol",
    ]
    found = [name_of(text) for text in written]
    assert {(n.given, n.surname_1, n.sure) for n in found} == {(None, None, True)}
    assert found[0].key == found[1].key
    assert name_of("Oleo S.Coop.And.").legal_form == "S.Coop.And."


def test_surnames_listed_first_without_a_comma_are_no_sure_given_name() -> None:
    assert [name_of(text).sure for text in ("PEREZ GARCIA JOSE", "José García Pérez", "GIL RUIZ ANA")] == [
        False, True, False,
    ]  # fmt: skip
    assert not name_of("JUAN RUIZ 2").sure
    assert name_of("DE LA TORRE GIL, ANA").full == "Ana de la Torre Gil"


def test_a_telephone_among_other_things_is_taken_and_told() -> None:
    found = normalise_phone(
        ["612345678 / 913334455", "Móvil: 612-345-678 (Ana)", "6123456789", "no tiene", "612345678"]
    )
    assert [p.e164 for p in found.numbers] == ["+34612345678", "+34612345678", None, None, "+34612345678"]
    assert (found.invalid, [c.values for c in found.warnings]) == (2, [{"n": 2}])


def test_communities_of_owners_are_compared_by_their_whole_name() -> None:
    names = ["C.P. Mayor 12", "Cdad. Propietarios Mayor 12", "Comunidad de Propietarios Luna 3"]
    fields = [MatchField(column="name", role="name"), MatchField(column="nif", role="id_number")]
    data = {"id": [1, 2, 3], "name": names, "nif": ["H12345674", None, "H87654321"]}
    assert pairs_of(dedupe(data, "id", fields, threshold=0.5)) == {("1", "2")}
