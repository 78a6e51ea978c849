"""Stories of the customer file, told through the gate."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Ambiguous, BadArguments, Conflict, Denied, NotFound
from modules.core_business.crm.lookup import CustomerNotFound
from modules.core_business.crm.tools import CustomerExists
from tests.modules.core_business.people import COMPANY, customer_row, person

ANA, OTHER_ANA, LUIS = "12345678Z", "00000001R", "X1234567L"


@pytest.fixture(scope="module", autouse=True)
def book(run):
    """Two persons who share a first name and first surname, a third, and a company."""
    run("crm_create_person", **person("Ana", "Ruiz Gil", ANA, email="ana@example.com", city="Lugo"))
    run("crm_create_person", **person("Ana", "Ruiz Peña", OTHER_ANA))
    run("crm_create_person", **person("Luis Ángel", "de la Fuente Núñez", LUIS, phone="600 111 222"))
    run("crm_create_company", company_name="Talleres Ebro Norte, S.L.", id_number=COMPANY)


@pytest.mark.parametrize(
    "written", [ANA, "12.345.678-z", "Ana Ruiz Gil", "ana ruiz gil", "ANA RÚIZ GIL", "Ruiz Gil, Ana", "gil ana"]
)
def test_a_customer_is_found_by_number_or_by_name_as_people_write_it(run, written):
    assert run("crm_show_customer", customer=written).name == "Ana Ruiz Gil"


@pytest.mark.parametrize("written", ["Luis Ángel de la Fuente", "luis angel de la fuente nunez", "de la Fuente", LUIS])
def test_particles_belong_to_the_surname(run, written):
    assert run("crm_show_customer", customer=written).id_number == LUIS


def test_a_customer_is_found_by_the_id_that_another_answer_gave(run):
    shown = run("crm_show_customer", customer=ANA)
    assert run("crm_show_customer", customer=shown.customer).id_number == ANA


def test_a_name_that_two_customers_bear_is_asked_back_with_choices(run):
    with pytest.raises(Ambiguous) as caught:
        run("crm_show_customer", customer="ana ruiz")
    assert ANA in caught.value.told("es")
    assert OTHER_ANA in caught.value.told("en")
    assert len(caught.value.detail["options"]) == 2


@pytest.mark.parametrize("written", ["Nadie Conocido", "87654321X", "00000000-0000-0000-0000-000000000000", "¿?"])
def test_an_unknown_customer_is_not_found(run, written):
    with pytest.raises(CustomerNotFound):
        run("crm_show_customer", customer=written)


def test_percent_signs_and_underscores_are_no_wildcards(run):
    with pytest.raises(CustomerNotFound):
        run("crm_show_customer", customer="A%")
    assert run("crm_search_customers", query="%_").total == 0


def names(run, text):
    return [(m.label, m.words) for m in run("crm_find_mentions", text=text).mentions]


def test_customers_are_recognised_in_a_sentence_without_accents_or_capitals(run):
    said = "que recibos tiene luis angel de la fuente nunez y cuales ana ruiz gil?"
    assert names(run, said) == [
        ("Luis Ángel de la Fuente Núñez", "luis angel de la fuente nunez"),
        ("Ana Ruiz Gil", "ana ruiz gil"),
    ]


def test_first_name_and_first_surname_are_enough(run):
    assert names(run, "llama a Luis Ángel de la Fuente") == [
        ("Luis Ángel de la Fuente Núñez", "Luis Ángel de la Fuente")
    ]


def test_two_customers_of_one_name_are_two_mentions_of_the_same_words(run):
    assert names(run, "¿Qué debe Ana Ruiz?") == [("Ana Ruiz Gil", "Ana Ruiz"), ("Ana Ruiz Peña", "Ana Ruiz")]


@pytest.mark.parametrize("said", ["12.345.678-Z", "12345678z", "12345678 Z"])
def test_a_number_in_a_sentence_names_its_customer(run, said):
    assert names(run, f"Ficha del NIF {said}, por favor") == [("Ana Ruiz Gil", said)]


@pytest.mark.parametrize("said", ["Talleres Ebro", "talleres ebro norte", "Talleres Ebro Norte, S.L"])
def test_a_company_is_recognised_by_the_beginning_of_its_name(run, said):
    assert names(run, f"Riesgos de {said} en 2026") == [("Talleres Ebro Norte, S.L.", said)]


@pytest.mark.parametrize("said", ["", "hola", "Ana", "un taller", "2026-11-22", "1234567890123", "Ruiz Gil"])
def test_ordinary_words_name_nobody(run, said):
    assert names(run, said) == []


def test_words_that_every_company_bears_name_none(run):
    run("crm_create_company", company_name="Comunidad de Propietarios Calle Real 8", id_number="H50883347")
    assert names(run, "un seguro para la comunidad de propietarios de mi calle") == []
    assert names(run, "para la comunidad de propietarios calle real")[0][0].endswith("Calle Real 8")


def test_search_finds_word_beginnings_towns_and_telephones(run):
    assert [c.name for c in run("crm_search_customers", query="rui").customers] == ["Ana Ruiz Gil", "Ana Ruiz Peña"]
    assert run("crm_search_customers", query="lugo").total == 1
    assert run("crm_search_customers", query="600111222").customers[0].id_number == LUIS
    assert run("crm_search_customers", query="talleres", kind="person").total == 0
    found = run("crm_search_customers", query="ana", limit=1)
    assert (len(found.customers), found.total) == (1, 2)


def test_a_search_answers_in_both_languages(run):
    found = run("crm_search_customers", query="lugo")
    assert found.told("es") == "Hay un cliente que coincide: Ana Ruiz Gil (12345678Z, Lugo)."
    assert "Ana Ruiz Gil" in found.told("en")


def test_one_legal_subject_is_one_customer(run):
    with pytest.raises(CustomerExists, match="Ana Ruiz Gil"):
        run("crm_create_person", **person("Ana", "Otra", "12345678-z"))


@pytest.mark.parametrize(
    ("tool", "args", "field"),
    [
        ("crm_create_person", person("Eva", "Gil", "12345678A"), "id_number"),
        ("crm_create_person", person("Eva", "Gil", COMPANY), ""),
        ("crm_create_person", person("", "Gil", "87654321X"), "first_name"),
        ("crm_create_person", person("Eva", "Gil", "87654321X", email="eva@example.com\nBcc: x@y.es"), "email"),
        ("crm_create_person", person("Eva", "Gil", "87654321X", phone="12"), "phone"),
        ("crm_create_person", person("Eva", "Gil", "87654321X", postal_code="99999"), "postal_code"),
        ("crm_create_person", person("Eva", "Gil", "87654321X", iban="ES4899938065519564212324"), "iban"),
        ("crm_create_company", {"company_name": "X, S.A.", "id_number": "87654321X"}, ""),
        ("crm_create_company", {"company_name": "X, S.A.", "id_number": "B80665681"}, "id_number"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(run, tool, args, field):
    with pytest.raises(BadArguments) as caught:
        run(tool, **args)
    assert field in str(caught.value.detail["field"])


def test_a_community_is_known_by_its_cif(run):
    made = run("crm_create_company", company_name="Comunidad de Propietarios Calle Mayor 3", id_number="H28000016")
    assert run("crm_show_customer", customer=made.customer).kind == "community"


def test_contact_data_change_one_by_one_and_a_new_address_is_remembered(run, call):
    saved = run("crm_update_contact", customer=ANA, email="ana.ruiz@example.com", postal_code="27001")
    assert saved.changed == ("email", "postal_code", "province_code")
    shown = run("crm_show_customer", customer=ANA)
    assert (shown.email, shown.city) == ("ana.ruiz@example.com", "Lugo")
    assert any("cambió" in f.text for f in run("crm_review_customer", customer=ANA).findings)
    again = call("crm_update_contact", customer=ANA, email="ana.ruiz@example.com")
    assert (again.value.changed, again.preview.rows if again.preview else ()) == ((), ())


def test_a_change_of_nothing_is_refused(run):
    with pytest.raises(BadArguments):
        run("crm_update_contact", customer=ANA)


def test_the_newest_consent_holds_and_the_old_one_stays(run):
    proof = {"purpose": "marketing", "channel": "phone", "evidence": "grabación 17"}
    run("crm_record_consent", customer=LUIS, granted=True, **proof)
    assert run("crm_show_customer", customer=LUIS).consents[0].granted
    told = run("crm_record_consent", customer=LUIS, granted=False, **proof).told("es")
    assert "denegado o retirado" in told
    assert [c.granted for c in run("crm_show_customer", customer=LUIS).consents] == [False]


def test_an_open_complaint_is_seen_until_it_is_answered(run):
    args = {"customer": LUIS, "channel": "email"}
    run("crm_record_interaction", **args, summary="No le devuelven la llamada", topic="complaint")
    assert any("Queja" in f.text for f in run("crm_review_customer", customer=LUIS).findings)
    run("crm_record_interaction", **args, summary="Se le ha llamado", topic="complaint_answer", outbound=True)
    assert not any("Queja" in f.text for f in run("crm_review_customer", customer=LUIS).findings)
    dealings = run("crm_list_interactions", customer=LUIS)
    assert [i.topic for i in dealings.interactions] == ["complaint_answer", "complaint"]
    assert dealings.total == 2


def test_a_minor_does_not_contract_alone(run):
    born = (datetime.now(UTC) - timedelta(days=365 * 12)).date()
    run("crm_create_person", **person("Nil", "Vives Pla", "11111111H", birth_date=born.isoformat()))
    severities = {f.severity for f in run("crm_review_customer", customer="Nil Vives").findings}
    assert "block" in severities


def test_the_all_round_view_masks_the_iban(run):
    run("crm_import_customers", _as="owner", rows=[customer_row("CL90001", "22222222J", "Iván", "Mas Coll")])
    shown = run("crm_show_customer", customer="cl90001")
    assert shown.iban == "ES48 **** 2324"


def test_an_import_is_all_or_nothing_and_names_the_row(run):
    rows = [
        customer_row("CL90002", "33333333P", "Eva", "Sanz"),
        customer_row("CL90003", "44444444B", "Leo", "Sanz"),
    ]
    with pytest.raises(BadArguments) as caught:
        run("crm_import_customers", _as="owner", rows=rows)
    assert caught.value.detail["field"] == "rows.1.id_number"
    with pytest.raises(NotFound):
        run("crm_show_customer", customer="CL90002")
    with pytest.raises(BadArguments):
        run("crm_import_customers", _as="owner", rows=[rows[0], rows[0]])


def test_a_second_import_changes_nothing_and_a_third_only_what_differs(run, call):
    ines = customer_row("CL90004", "55555555K", "Inés", "Roca Marí")
    first = run("crm_import_customers", _as="owner", rows=[ines])
    assert (first.created, first.updated, first.unchanged) == (1, 0, 0)
    second = call("crm_import_customers", "owner", rows=[ines])
    assert (second.value.created, second.value.updated, second.value.unchanged) == (0, 0, 1)
    assert second.preview.rows == ()
    third = run("crm_import_customers", _as="owner", rows=[ines | {"last_name": "Roca Marín"}])
    assert third.updated == 1
    assert run("crm_show_customer", customer="ines roca marin").name == "Inés Roca Marín"


def test_a_broker_may_not_import_nor_compliance_create(run):
    with pytest.raises(Denied):
        run("crm_import_customers", rows=[customer_row("CL90009", "55555555K", "Inés", "Roca")])
    with pytest.raises(Denied):
        run("crm_create_person", _as="cfo", **person("Eva", "Gil", "87654321X"))


def test_another_tenant_sees_nobody(installation, run, book):
    stranger = installation.people.add_tenant("otra-crm", "Otra correduría")
    with pytest.raises(NotFound):
        run("crm_show_customer", _as=stranger, customer=ANA)
    assert run("crm_search_customers", _as=stranger, query="ana").total == 0
    assert run("crm_find_mentions", _as=stranger, text=f"Ana Ruiz Gil {ANA} Talleres Ebro").mentions == ()
    run("crm_create_person", _as=stranger, **person("Ana", "Ruiz Gil", ANA))  # theirs, not ours
    assert run("crm_search_customers", query="ana ruiz gil").total == 1


def test_events_name_records_and_never_persons(call):
    outcome = call("crm_create_person", **person("Mar", "Vila Roig", "66666666Q"))
    assert "Vila" not in str(outcome.preview.events)


def test_conflicts_are_conflicts():
    assert issubclass(CustomerExists, Conflict)
