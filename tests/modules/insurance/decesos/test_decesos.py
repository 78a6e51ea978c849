"""Funeral insurance: prices by age, layers, paths to 90, and the service, through the gate."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from core.errors import ApprovalRequired, BadArguments, Conflict, NotFound
from modules.insurance.decesos.line import LINE
from modules.insurance.decesos.records import Layer
from modules.insurance.kernel import Renewing
from tests.modules.insurance.decesos.conftest import FAMILY, LEVEL, STARTED, TODAY, YESTERDAY, life


def test_by_chat_the_policyholder_alone_is_insured(book):
    quote = book(
        "decesos_quote_policy", customer="Álvaro Ramos", insurer="C0901", product="nivelada", service_value="4200",
        effective_on="2026-12-31",
    )  # fmt: skip
    assert [(one["age"], one["kinship"]) for one in quote.risk["insureds"]] == [(46, "titular")]
    assert quote.coverage_premiums == {"decesos#1": Decimal("119.62")}
    assert quote.ips == Decimal("9.57")


@pytest.mark.parametrize(
    ("missing", "said"), [("product", "modalidad"), ("service_value", "servicio"), ("insurer", "aseguradora")]
)
def test_what_is_missing_is_asked_for(book, missing, said):
    given = {"product": "natural", "service_value": "4200", "insurer": "C0901"}
    given.pop(missing)
    with pytest.raises(BadArguments) as raised:
        book("decesos_quote_policy", customer="Álvaro Ramos", **given)
    assert raised.value.detail["field"] == missing
    assert said in raised.value.told("es")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"product": "mixta"}, "product"), ({"product": "vitalicia"}, "product"),
     ({"service_value": "0"}, "service_value"),
     ({"service_value": "20000.01"}, "service_value"), ({"service_value": 4200.5}, "service_value"),
     ({"insureds": []}, "insureds"), ({"insureds": [life(-1)]}, "age"), ({"insureds": [life(111)]}, "age"),
     ({"insureds": [life(40, sex="M")]}, "sex"), ({"insureds": [life(40, province="99")]}, "province"),
     ({"insureds": [life(40), life(41)]}, "insureds.kinship"),
     ({"insureds": [life(40, full_name="Ana Ficticia", born_on="1986-01-01")] * 2}, "insureds"),
     ({"insureds": [life(40, layers=[{"from_on": "2020-01-01", "value": "0", "age": 34, "premium": "1"}])]}, "value"),
     ({"insureds": [life(30, layers=[{"from_on": "2020-01-01", "value": "9", "age": 34, "premium": "1"}])]},
      "insureds.layers"),
     ({"service_update_pct": "11"}, "service_update_pct"), ({"with_accident": "tal vez"}, "with_accident"),
     ({"with_accident": True}, "insured.accident_sum"), ({"effective_on": "2020-01-01"}, "effective_on")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    given = {"product": "natural", "service_value": "4200", "insurer": "C0901"} | change
    with pytest.raises(BadArguments) as raised:
        book("decesos_quote_policy", customer="Álvaro Ramos", **given)
    named = str(raised.value.detail["field"])
    assert named == field or field in named.split(".")
    assert raised.value.told("es")
    assert raised.value.told("en")


def test_the_mixed_modality_is_refused_in_words(book):
    with pytest.raises(BadArguments) as raised:
        book("decesos_quote_policy", customer="Álvaro Ramos", insurer="C0901", product="mixta", service_value="4200")
    assert "mixta" in raised.value.told("es")


def test_the_family_discount_comes_with_the_fourth(book):
    three = book("decesos_rate", **LEVEL, insureds=FAMILY[:3])
    four = book("decesos_rate", **LEVEL, insureds=FAMILY)
    assert three.coverage_premiums["decesos#1"] == Decimal("115.76")
    assert four.coverage_premiums["decesos#1"] == Decimal("109.97")


def test_the_layers_of_a_life_make_up_its_value(running, installation, tenant):
    """Taken over without layers, each life gets the one of its entry; the table holds the same."""
    shown = running("decesos_show_layers", policy="PO00201")
    assert [row.premium for row in shown.lives] == [
        sum(layer.premium for layer in row.layers) for row in shown.lives
    ]  # fmt: skip
    assert all(sum(layer.value for layer in row.layers) == 4200 for row in shown.lives)
    assert [row.insured_since for row in shown.lives] == [STARTED] * 4
    assert shown.funeral_premium == Decimal("306.10")  # as the rating case of this family
    assert shown.family_factor == Decimal("0.95")
    with installation.database.transaction(tenant.tenant_id) as session:
        kept = session.exec(select(Layer).where(Layer.deleted_at == None)).all()  # noqa: E711 — SQL
        assert sorted((row.position, row.age) for row in kept) == [(1, 45), (2, 43), (3, 15), (4, 11)]
    assert "capas: 1" in shown.told("es")


def test_an_increase_adds_a_layer_and_a_decrease_gives_up_the_newest(running):
    """The old layer keeps its premium; going back to the old value costs what it did."""
    before = running("decesos_show_layers", policy="PO00201")

    def agree(value):
        rows = [{"policy_id": "PO00201", "risk": {**LEVEL, "service_value": value, "insureds": FAMILY}}]
        running("kernel_import_risks", "admin", rows=rows)
        return running("decesos_show_layers", policy="PO00201")

    more = agree("4700.00")
    assert [[layer.value for layer in row.layers] for row in more.lives] == [[4200, 500]] * 4
    assert [row.layers[0] for row in more.lives] == [row.layers[0] for row in before.lives]
    assert more.lives[0].layers[1].from_on == TODAY
    assert agree("4450.00").lives[0].layers[1].value == 250
    assert agree("4200.00").lives == before.lives


def test_a_renewal_updates_the_value_and_keeps_the_old_layers(running):
    """3 % more of funeral cost is a layer at the attained age; a level premium never falls."""
    risk = {**LEVEL, "insureds": [
        FAMILY[0] | {"layers": [{"from_on": STARTED.isoformat(), "value": "4200.00", "age": 45, "premium": "115.76"}]}
    ]}  # fmt: skip
    renewing = Renewing(on=TODAY, since=STARTED, years=1)
    following = LINE.renewed(risk, renewing)
    assert (following["service_value"], following["insureds"][0]["age"]) == ("4326.00", 46)
    rated = running("decesos_rate", **following)
    # 115.76 and 126.00 more at 46
    assert rated.coverage_premiums["decesos#1"] == Decimal("115.76") + Decimal("3.59")
    kept = LINE.renewed({**risk, "service_update_pct": "0"}, renewing)
    assert kept["service_value"] == "4200.00"
    indexed = LINE.renewed(risk, Renewing(on=TODAY, since=STARTED, years=1, index=Decimal("0.05")))
    assert indexed["service_value"] == "4410.00"


def test_the_comparison_is_that_of_the_reference(book):
    """4,200 € at 58: natural 28.90 the first year and 85.38 at 70, 378.98 at 85; level 185.09 for life."""
    seen = book("decesos_compare_modalities", age=58, service_value="4200")
    natural = {year.age: year.premium for year in seen.natural}
    assert (natural[58], natural[70], natural[85]) == (Decimal("28.90"), Decimal("85.38"), Decimal("378.98"))
    assert {year.premium for year in seen.level} == {Decimal("185.09")}
    assert natural[seen.natural_dearer_from] > Decimal("185.09") >= natural[seen.natural_dearer_from - 1]
    assert book("decesos_compare_modalities", age=45, service_value="4200").level[0].premium == Decimal("115.76")
    assert "185,09" in seen.told("es")


@pytest.mark.parametrize("modality", ["natural", "seminatural", "nivelada", "mixta", "prima_unica"])
def test_every_modality_has_a_path_to_90(book, modality):
    seen = book("decesos_show_premium_path", modality=modality, age=60, service_value="5000")
    assert [year.age for year in seen.years] == list(range(60, 91))
    assert seen.sold == (modality != "mixta")
    assert seen.sold == ("no vende" not in seen.told("es"))
    if modality == "natural":
        assert seen.years[0].rate_per_thousand == Decimal("8.139")  # as the tariff has it


def test_the_path_of_a_quote_is_kept_and_signed_once(book):
    quote = book("decesos_quote_policy", customer="Álvaro Ramos", insurer="C0901", product="natural",
                 service_value="4200", insureds=FAMILY)  # fmt: skip
    kept = book("decesos_keep_premium_path", quote=quote.quote_number)
    again = book("decesos_keep_premium_path", quote=quote.quote_number)
    assert (kept.lives, kept.signed_on, kept.digest == again.digest) == (4, None, True)
    assert "Falta la firma" in kept.told("es")
    signed = book("decesos_record_path_signature", path=kept.path, signed_on=TODAY.isoformat(), evidence="DOC-17")
    assert signed.signed_on == TODAY
    with pytest.raises(Conflict):
        book("decesos_record_path_signature", path=kept.path, signed_on=TODAY.isoformat(), evidence="DOC-18")
    with pytest.raises(BadArguments) as raised:
        book("decesos_record_path_signature", path=again.path, evidence="DOC-18",
             signed_on=(TODAY + timedelta(1)).isoformat())  # fmt: skip
    assert raised.value.detail["field"] == "signed_on"
    with pytest.raises(NotFound):
        book("decesos_record_path_signature", path="SP-1999-000001", signed_on=YESTERDAY, evidence="DOC-19")


def test_a_replacement_shows_both_paths(running):
    """An old level policy is not replaced by a new one at a higher age: it costs the same or more."""
    old = [life(60, full_name="Raquel Gómez Gil",
                layers=[{"from_on": "2011-01-01", "value": "4200.00", "age": 45, "premium": "115.76"}])]  # fmt: skip
    running("kernel_import_risks", "admin", rows=[
        {"policy_id": "PO00202", "risk": {"product": "nivelada", "service_value": "4200.00",
                                          "payment_frequency": "annual", "insureds": old}}
    ])  # fmt: skip
    seen = running("decesos_compare_replacement", policy="PO00202")
    (row,) = seen.lives
    assert row.current_premium == Decimal("115.76")
    assert row.new_premium > row.current_premium
    gaps = {new.premium - now.premium for new, now in zip(row.new_path, row.current_path, strict=True)}
    assert gaps == {row.new_premium - row.current_premium}
    assert (seen.destroys_reserve, seen.advised) == (True, False)
    assert "No se recomienda" in seen.told("es")


def test_a_funeral_from_the_call_to_the_heirs(running, installation, actor, call):
    """The service value is 4,200 €, the funeral costs 3,900: 300 € are the heirs'; by accident 6,000 € more."""
    made = running("decesos_register_death", policy="PO00201", insured="Pau", deceased_on=YESTERDAY, by_accident=True)
    number = made.service
    assert (made.state, made.reserve) == ("notified", Decimal("7700.00"))
    assert "certificado" in made.told("es")
    with pytest.raises(Conflict, match="ya consta"):
        running("decesos_register_death", policy="PO00201", insured="Pau", deceased_on=YESTERDAY)
    with pytest.raises(Conflict):
        running("decesos_assign_provider", service=number, provider="Funeraria Ficticia")
    for paper in ("certificate", "identity"):
        with pytest.raises(BadArguments) as raised:
            running("decesos_verify_funeral", service=number, **{"certificate": True, "identity": True, paper: False})
        assert raised.value.detail["field"] == paper
    checked = running("decesos_verify_funeral", service=number, certificate=True, identity=True)
    assert (checked.state, checked.value, checked.accident_amount) == ("verified", 4200, 6000)
    assert running("decesos_assign_provider", service=number, provider="Funeraria Ficticia").late is False
    other = running("decesos_assign_provider", service=number, provider="La Otra Ficticia", own=True)
    assert (other.state, other.own_provider) == ("assigned", True)
    with pytest.raises(BadArguments):
        running("decesos_record_funeral", service=number, performed_on=(TODAY - timedelta(9)).isoformat())
    running("decesos_record_funeral", service=number, performed_on=TODAY.isoformat())
    with pytest.raises(ApprovalRequired) as held:
        running("decesos_settle_funeral", service=number, invoice_no="F-7", amount="3900.00")
    shown = installation.approvals.show(actor("executive"), held.value.detail["approval_id"])
    installation.approvals.approve(actor("executive"), shown.id, shown.preview_hash)
    settled = installation.approvals.execute(actor("broker"), shown.id).value
    assert (settled.paid_amount, settled.heirs_amount, settled.family_amount) == (3900, 300, 0)
    assert "a los herederos les quedan 300,00" in settled.told("es")
    assert running("decesos_list_funerals").services == ()


def test_who_was_not_covered_gets_no_service(running):
    """A suspended policy, a death before the start: refused with the reason, and rejected on record."""
    made = running("decesos_register_death", policy="PO00203", deceased_on=YESTERDAY)
    with pytest.raises(Conflict, match="no estaba en vigor"):
        running("decesos_verify_funeral", service=made.service, certificate=True, identity=True)
    rejected = running("decesos_reject_funeral", service=made.service, reason="not_in_force")
    assert "no estaba en vigor" in rejected.told("es")
    anew = running("decesos_register_death", policy="PO00203", deceased_on=YESTERDAY)
    assert anew.service != made.service
    early = running("decesos_register_death", policy="PO00201", insured="Leo",
                    deceased_on=(STARTED - timedelta(1)).isoformat())  # fmt: skip
    with pytest.raises(Conflict, match="no estaba asegurado"):
        running("decesos_verify_funeral", service=early.service, certificate=True, identity=True)
    with pytest.raises(BadArguments) as raised:
        running("decesos_register_death", policy="PO00201", insured="Lía",
                deceased_on=(TODAY + timedelta(1)).isoformat())  # fmt: skip
    assert raised.value.detail["field"] == "deceased_on"


def test_a_new_contract_begins_without_the_old_layers(running):
    quote = running("decesos_quote_policy", customer="Raquel Gómez", insurer="C0901")
    assert all("layers" not in one and "position" not in one for one in quote.risk["insureds"])
    assert quote.product == "nivelada"


def test_the_insurer_may_not_oppose_a_renewal():
    assert not LINE.insurer_may_oppose  # LCS art. 106 bis
    assert LINE.persons
    single = LINE.risk.model_validate(
        {**LEVEL, "product": "prima_unica", "insureds": [life(80), life(70, kinship=None)]}
    )
    assert (LINE.duration(single).months, LINE.duration(single).renewable) == (480, False)
