"""Which words fill which argument; what is unsure is left out, never guessed."""

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from agents.language.reading import Mention, Scene
from agents.language.schemas import arguments_of
from agents.language.slots import answer, fill
from modules.core_business.crm.inputs import ContactChange, NewCompany
from modules.insurance.autos.proposal import QuoteRequest
from modules.insurance.autos.risk import AutosRisk
from tests.agents.brokerage import ANA
from tools.slots import Slot

TODAY = date(2026, 11, 22)
SCENE = Scene(TODAY, (Mention(**ANA),))


def read(model: type[BaseModel], text: str, scene: Scene = SCENE) -> dict[str, Any]:
    """The arguments of `model` that `text` gives."""
    return fill(arguments_of(model.model_json_schema()), [text], scene).args()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "conductor de 42 años con 20 de carné, coche de 11 años y 110 CV",
            {"driver_age": 42, "licence_years": 20, "vehicle_age": 11, "power_cv": 110, "vehicle_class": "turismo"},
        ),
        ("20 años de carné y 42 de edad", {"licence_years": 20, "driver_age": 42}),
        ("valor 18.500 €, franquicia de 300 €", {"vehicle_value": "18500", "deductible": 300}),
        ("sin siniestros, nivel 3 de bonus", {"at_fault_claims_5y": 0, "bm_level": 3}),
        ("con dos siniestros con culpa", {"at_fault_claims_5y": 2}),
        ("zona B, garaje privado, uso particular", {"zone": "B", "parking": "garaje_privado", "use": "particular"}),
        ("terceros ampliado, pago mensual", {"product": "terceros_ampliado", "payment_frequency": "monthly"}),
        ("sin conductor joven", {"young_second_driver": False}),
        ("descuento del 5 %", {"commercial_discount_pct": "5"}),
        ("capital de accidente del conductor 30.000 €", {"driver_accident_sum": "30000"}),
        ("110 hp, worth €18,500, driver aged 42", {"power_cv": 110, "vehicle_value": "18500", "driver_age": 42}),
        ("42 años", {}),  # the driver's, the car's or the licence's: not guessed
        ("descuento 1.000", {"commercial_discount_pct": "1.000"}),  # a thousand per cent does not fit, one does
        ("A Juan le gusta la calle", {"parking": "calle"}),
    ],
)
def test_the_risk_of_a_car_is_read_from_plain_words(text: str, values: dict[str, Any]) -> None:
    assert read(AutosRisk, text) == values


def test_dates_go_to_the_arguments_that_their_cues_name() -> None:
    found = read(QuoteRequest, "efecto 01/12/2026, matriculado el 3 de mayo de 2020, nacido el 07/08/1980")
    assert found == {"effective_on": "2026-12-01", "first_registered_on": "2020-05-03", "driver_born_on": "1980-08-07"}


def test_a_date_leans_the_way_its_argument_does() -> None:
    class Paid(BaseModel):
        paid_on: date

    class Starts(BaseModel):
        effective_on: date

    assert read(Paid, "el lunes") == {"paid_on": "2026-11-16"}
    assert read(Starts, "el lunes") == {"effective_on": "2026-11-23"}


def test_names_numbers_and_codes_fill_what_they_are_and_nothing_else() -> None:
    class New(BaseModel):
        first_name: str
        last_name: str
        id_number: Annotated[str, Slot(pattern=r"\d{8}[A-Z]")]
        email: Annotated[str, Slot(cues=("correo",), pattern=r"[^\s@]+@[^\s@]+\.[a-z]{2,}")] | None = None
        street: Annotated[str, Slot(cues=("calle", "address"))] | None = None
        age: Annotated[int, Slot(units=("años",))] | None = None

    text = "Da de alta a María del Carmen Soler Vidal, NIF 12345678Z, correo mc@example.com, calle Mayor 5"
    assert read(New, text) == {
        "first_name": "María del Carmen",
        "last_name": "Soler Vidal",
        "id_number": "12345678Z",
        "email": "mc@example.com",
        "street": "calle Mayor 5",
    }


def test_nested_records_are_put_together_again() -> None:
    class Car(BaseModel):
        power: Annotated[int, Slot(units=("cv",))]

    class Order(BaseModel):
        customer: Annotated[str, Slot(ref="customer")]
        car: Car

    assert read(Order, "para Ana Belén Ruiz, 90 CV") == {"customer": ANA["id"], "car": {"power": 90}}


def test_a_record_made_or_spoken_of_is_carried_only_where_words_point() -> None:
    class Listing(BaseModel):
        customer: Annotated[str, Slot(ref="customer")] | None = None

    class Issue(BaseModel):
        quote: Annotated[str, Slot(ref="quote")]

    earlier = Scene(TODAY, earlier={"customer": ["c1"], "quote": ["Q-2026-000001"]})
    assert read(Listing, "lista los recibos", earlier) == {}
    assert read(Listing, "lista sus recibos", earlier) == {"customer": "c1"}
    assert read(Listing, "¿y los vencidos?", earlier) == {"customer": "c1"}
    assert read(Issue, "emítela", earlier) == {"quote": "Q-2026-000001"}
    made = Scene(TODAY, made={"quote": ["Q-2026-000002"]}, earlier={"quote": ["Q-2026-000001"]})
    assert read(Issue, "emítela", made) == {"quote": "Q-2026-000002"}
    assert read(Issue, "emite la Q-2026-000009", made) == {"quote": "Q-2026-000009"}


def test_what_is_missing_is_known_in_the_order_of_need() -> None:
    class Collect(BaseModel):
        note: str | None = None
        receipt: Annotated[str, Slot(ref="receipt", ask="¿Qué recibo?")]
        amount: Annotated[int, Field(ge=0), Slot(ask="¿Cuánto?")]

    arguments = arguments_of(Collect.model_json_schema())
    filled = fill(arguments, ["cobra el recibo"], SCENE)
    assert [a.ask for a in filled.missing] == ["¿Qué recibo?", "¿Cuánto?"]
    replied = answer(arguments, filled.missing, "RE000123, 120", SCENE)
    assert replied.args() == {"receipt": "RE000123", "amount": 120}


@pytest.mark.parametrize(("reply", "value"), [("sí", True), ("no", False), ("claro", True), ("quizá", None)])
def test_a_bare_yes_or_no_answers_a_question_for_one(reply: str, value: bool | None) -> None:
    class Agrees(BaseModel):
        granted: Annotated[bool, Slot(ask="¿Consiente?")]

    arguments = arguments_of(Agrees.model_json_schema())
    assert answer(arguments, arguments, reply, SCENE).args().get("granted") is value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "Da de alta la empresa Talleres Ebro, S.L. con CIF B80665680",
            {"company_name": "Talleres Ebro, S.L.", "id_number": "B80665680"},
        ),
        (
            "Crea la empresa Pinturas López de Zaragoza, CIF A28015865",
            {"company_name": "Pinturas López de Zaragoza", "id_number": "A28015865"},
        ),
        (
            "da de alta la empresa pinturas lopez sl, cif B80665680",
            {"company_name": "pinturas lopez sl", "id_number": "B80665680"},
        ),
        ("Da de alta una empresa con CIF B80665680", {"id_number": "B80665680"}),
        ("Crea una empresa nueva", {}),
    ],
)
def test_a_code_is_never_somebodys_name(text: str, values: dict[str, Any]) -> None:
    known = frozenset("da de alta la empresa con cif crea una".split())
    found = fill(arguments_of(NewCompany.model_json_schema()), [text], Scene(TODAY), known)
    assert found.args() == values


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Modifica el correo, ahora es x@example.com", None),
        ("su correo en casa", None),
        ("idioma: en", "en"),
        ("cambia el idioma a eu", "eu"),
        ("quiere los papeles en catalán", "ca"),
    ],
)
def test_a_small_word_is_no_choice_unless_its_cue_says_so(text: str, language: str | None) -> None:
    assert read(ContactChange, text).get("language") == language


def test_a_piece_of_a_code_fills_nothing() -> None:
    class Returned(BaseModel):
        receipt: Annotated[str, Slot(ref="receipt")]
        reason_code: Annotated[str, Slot(pattern=r"[A-Z]{2}\d{2}", cues=("recibo",))]

    assert read(Returned, "Anula el recibo RE000170") == {"receipt": "RE000170"}
    assert read(Returned, "Devuelve el recibo RE000170 por AM04")["reason_code"] == "AM04"


def test_a_word_that_one_choice_lists_is_not_the_bare_name_of_another() -> None:
    class Claims(BaseModel):
        state: Annotated[Literal["open", "closed"], Slot(words={"closed": ("cerrados",)})] | None = None
        only_open: Annotated[bool, Slot(words={"true": ("abiertos", "open")})] = False

    assert read(Claims, "Which claims are open?") == {"only_open": True}
    assert read(Claims, "siniestros cerrados") == {"state": "closed"}


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Ana Belén Ruiz acepta, llamó por teléfono y hay grabación", "grabación"),
        ("acepta, consta en documento firmado el lunes", "documento firmado el lunes"),
        ("She accepts, there is a recording of the call", "recording of the call"),
        ("acepta la publicidad por correo", None),
    ],
)
def test_the_answers_that_a_question_offers_are_read_before_it_is_asked(text: str, evidence: str | None) -> None:
    class Consents(BaseModel):
        customer: Annotated[str, Slot(ref="customer")]
        evidence: Annotated[str, Slot(ask="¿Dónde consta (grabación, documento, correo)?")]

    assert read(Consents, text).get("evidence") == evidence


@pytest.mark.parametrize(
    "text",
    ["franquicia de 300 euros", "con 300 € de franquicia", "franquicia 300", "€300 excess"],
)
def test_an_amount_goes_to_the_word_it_is_joined_to(text: str) -> None:
    assert read(AutosRisk, text) == {"deductible": 300}


ASKED = (
    "insurer",
    "vehicle_age",
    "licence_years",
    "bm_level",
    "parking",
    "zone",
    "power_cv",
    "vehicle_value",
    "at_fault_claims_5y",
)


@pytest.mark.parametrize(
    ("reply", "values"),
    [
        (
            "turismo de 110 CV, valor 18.500 €, zona B, garaje comunitario, carnet hace 10 años, "
            "sin siniestros, nivel 5",
            {
                "vehicle_class": "turismo",
                "power_cv": 110,
                "vehicle_value": "18500",
                "zone": "B",
                "parking": "garaje_comunitario",
                "licensed_on": "2016-11-22",
                "at_fault_claims_5y": 0,
                "bm_level": 5,
            },
        ),
        ("con Cantábrica y 4 años", {"insurer": "Cantábrica"}),  # the car's or the licence's
        ("Cantábrica, level 5, no claims", {"insurer": "Cantábrica", "bm_level": 5, "at_fault_claims_5y": 0}),
    ],
)
def test_one_reply_answers_a_list_of_questions(reply: str, values: dict[str, Any]) -> None:
    arguments = arguments_of(QuoteRequest.model_json_schema())
    asked = [a for a in arguments if a.name in ASKED]
    assert answer(arguments, asked, reply, Scene(TODAY)).args() == values


def test_what_is_unclear_among_all_is_clear_among_what_was_asked_for() -> None:
    arguments = arguments_of(QuoteRequest.model_json_schema())
    asked = [a for a in arguments if a.name in ("vehicle_age", "zone")]
    assert answer(arguments, asked, "4 years old, zone C", Scene(TODAY)).args() == {"vehicle_age": 4, "zone": "C"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "Cambia la dirección de Ana Belén Ruiz a calle Mayor 12, 26001 Logroño",
            {"street": "calle Mayor 12", "postal_code": "26001", "city": "Logroño"},
        ),
        (
            "Ana Belén Ruiz vive en calle Nueva, 3, 28080 San Lorenzo de El Escorial",
            {"street": "calle Nueva, 3", "postal_code": "28080", "city": "San Lorenzo de El Escorial"},
        ),
        ("el teléfono de Ana Belén Ruiz es 600 111 222", {"phone": "600 111 222"}),
    ],
)
def test_an_address_falls_into_its_parts(text: str, values: dict[str, Any]) -> None:
    assert read(ContactChange, text) == {"customer": ANA["id"], **values}


def test_choices_that_a_conjunction_joins_are_all_meant() -> None:
    class Book(BaseModel):
        line: (
            Annotated[
                Literal["autos", "hogar", "vida"],
                Slot(words={"autos": ("autos", "motor"), "hogar": ("hogar", "home"), "vida": ("vida", "life")}),
            ]
            | None
        ) = None

    arguments = arguments_of(Book.model_json_schema())
    assert fill(arguments, ["prima en autos y en hogar"], SCENE).several == {("line",): ["autos", "hogar"]}
    assert fill(arguments, ["motor, home and life"], SCENE).several == {("line",): ["autos", "hogar", "vida"]}
    assert fill(arguments, ["prima de hogar"], SCENE).several == {}


def test_an_order_is_no_search_term() -> None:
    class Search(BaseModel):
        query: Annotated[str, Slot(ask="¿Qué busco?")]

    assert read(Search, "búscame zaragoza", Scene(TODAY)) == {"query": "zaragoza"}


ZONE = Annotated[Literal["A", "B", "C"], Slot(ask="¿En qué zona?", cues=("zona",))]


class FarmQuote(BaseModel):
    """A quote that may name an insurer and a zone."""

    customer: Annotated[str, Slot(ref="customer", ask="¿De qué cliente?")]
    insurer: Annotated[str | None, Slot(ref="insurer", ask="¿Con qué aseguradora?", cues=("con", "with"))] = None
    zone: ZONE | None = None


@pytest.mark.parametrize(
    ("reply", "values"),
    [
        ("Zona B", {"zone": "B"}),
        ("zona B", {"zone": "B"}),
        ("Zona B, con Meridiano", {"zone": "B", "insurer": "Meridiano"}),
        ("Meridiano", {"insurer": "Meridiano"}),
        ("Zona a la que llega el río", {}),
    ],
)
def test_a_capital_makes_no_insurer_of_a_choice_behind_its_cue(reply: str, values: dict[str, Any]) -> None:
    arguments = arguments_of(FarmQuote.model_json_schema())
    asked = [a for a in arguments if a.name != "customer"]
    assert answer(arguments, asked, reply, Scene(TODAY)).args() == values


@pytest.mark.parametrize(
    ("text", "customer"),
    [
        ("Cotiza para Ana Belén Ruiz, en zona B y con Meridiano, desde el 1 de diciembre y pagando al año", ANA["id"]),
        ("Cotiza un seguro en zona B con Meridiano para Luis Gómez, que paga al año", "Luis Gómez"),
        ("Cotiza un seguro para Luis Gómez with Meridiano, zona B", "Luis Gómez"),
    ],
)
def test_a_name_behind_its_cue_is_the_insurer_and_not_the_customer(text: str, customer: str) -> None:
    assert read(FarmQuote, text) == {"customer": customer, "insurer": "Meridiano", "zone": "B"}
