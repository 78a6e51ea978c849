"""Health insurance from the first question to acts, copays and reimbursements, through the gate."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.dates import add_months
from core.errors import ApprovalRequired, BadArguments, Conflict, Denied, NotFound
from tests.modules.insurance.conftest import policy
from tests.modules.insurance.salud.conftest import TODAY, person


def test_by_chat_the_policyholder_alone_is_insured(book):
    """The customer's birth date gives the age on the effect date."""
    quote = book(
        "salud_quote_policy", customer="Álvaro Ramos", insurer="C0901", product="cuadro_medico_copago", zone="B",
        effective_on="2027-02-01",
    )  # fmt: skip
    (insured,) = quote.risk["insureds"]
    assert (insured["age"], insured["kinship"], insured["full_name"]) == (47, "titular", "Álvaro Ramos Soriano")
    assert quote.coverage_premiums == {"asistencia_sanitaria#1": Decimal("519.48")}  # 702 × 0.74
    assert quote.ips == 0


@pytest.mark.parametrize(("missing", "said"), [("product", "modalidad"), ("zone", "zona"), ("insurer", "aseguradora")])
def test_what_is_missing_is_asked_for(book, missing, said):
    given = {"product": "reembolso", "zone": "A", "insurer": "C0901"}
    given.pop(missing)
    with pytest.raises(BadArguments) as raised:
        book("salud_quote_policy", customer="Álvaro Ramos", **given)
    assert raised.value.detail["field"] == missing
    assert said in raised.value.told("es")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"zone": "E"}, "zone"), ({"product": "dental"}, "product"), ({"with_dental": "quizá"}, "with_dental"),
     ({"insureds": []}, "insureds"), ({"insureds": [person(-1)]}, "age"), ({"insureds": [person("treinta")]}, "age"),
     ({"insureds": [person(121)]}, "age"), ({"insureds": [person(30, sex="F")]}, "sex"),
     ({"insureds": [person(30, kinship="primo")]}, "kinship"),
     ({"insureds": [person(30), person(31)]}, "insureds.kinship"),
     ({"insureds": [person(30, full_name="Ana Ficticia", born_on="1996-01-01")] * 2}, "insureds"),
     ({"insureds": [person(30, previous_since="2026-01-01", previous_until="2025-01-01")]}, "insureds.previous_until"),
     ({"insureds": [person(0, born_on="2026-05-01", insured_since="2026-01-01")]}, "insureds.insured_since"),
     ({"insureds": [person(30, exclusions=["astrología"])]}, "exclusions"),
     ({"annual_limit": "12.345"}, "annual_limit"), ({"commercial_discount_pct": "101"}, "commercial_discount_pct"),
     ({"effective_on": "2020-01-01"}, "effective_on")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    given = {"product": "reembolso", "zone": "A", "insurer": "C0901"} | change
    with pytest.raises(BadArguments) as raised:
        book("salud_quote_policy", customer="Álvaro Ramos", **given)
    named = str(raised.value.detail["field"])
    assert named == field or field in named.split(".")
    assert raised.value.told("es")
    assert raised.value.told("en")


def test_a_loading_is_referred_and_an_old_entrant_declined(book):
    risk = {"product": "reembolso", "zone": "D", "payment_frequency": "annual"}
    loaded = book("salud_rate", **risk, insureds=[person(40, health_loading_pct="25")])
    assert (loaded.decision, loaded.rules_hit) == ("refer", ("SAL-R2",))
    old = book("salud_rate", **risk, insureds=[person(75)])
    assert (old.decision, old.total) == ("decline", None)
    assert book("salud_rate", **risk, insureds=[person(40, health_loading_pct="101")]).decision == "decline"


def test_the_standard_rates_are_those_of_the_tariff(book):
    """Disclosed before the sale (ROSSEAR art. 126.2); they are the prices that a single person pays."""
    rates = book("salud_show_standard_rates", product="cuadro_medico_copago", zone="C")
    assert [(band.from_age, band.to_age) for band in rates.bands][-2:] == [(65, 69), (70, 74)]
    for band in rates.bands:
        one = book("salud_rate", product="cuadro_medico_copago", zone="C", payment_frequency="annual",
                   insureds=[person(band.to_age)])  # fmt: skip
        assert one.net_premium == band.zones["C"]
    assert "C0901" not in rates.told("es")
    assert "35–44" in rates.told("es")


def test_a_family_from_quote_to_policy_with_own_dates(family, tenant, installation):
    """Issued by an executive's yes; each life has its row, its number and its own start."""
    shown = family.run("salud_show_insureds", policy=family.policy)
    assert [(row.position, row.kinship, row.insured_since) for row in shown.insureds] == [
        (1, "titular", family.since), (2, "conyuge", family.since), (3, "hijo", family.since)
    ]  # fmt: skip
    assert shown.family_factor == Decimal("0.95")
    assert sum(row.net_premium for row in shown.insureds) == family.quote.net_premium
    assert "5 %" in shown.told("es")


def test_who_may_not_read_on_health_sees_no_loading(family):
    broker = family.run("salud_show_insureds", policy=family.policy).insureds[0]
    operations = family.run("salud_show_insureds", "operations", policy=family.policy).insureds[0]
    assert (broker.exclusions, operations.exclusions) == (None, ())


def test_what_waits_and_what_does_not(running):
    """A policy of five months: surgery waits, an emergency does not; who proves a former policy waits for nothing."""
    rows = running("salud_show_waiting_periods", policy="PO00101").rows
    ana = {row.act: row for row in rows if row.insured == "Ana Ficticia"}
    started = add_months(TODAY, -5)
    assert ana["intervencion_quirurgica"].usable_from == add_months(started, 8)
    assert not ana["intervencion_quirurgica"].usable
    assert ana["medicina_general"].usable
    assert ana["odontologia"].ground == "not_bought"
    assert all(row.usable for row in rows if row.insured == "Luis Ficticio" and row.ground != "not_bought")
    urgent = running("salud_show_waiting_periods", policy="PO00101", insured="Ana", act="intervencion_quirurgica",
                     urgent=True)  # fmt: skip
    assert urgent.rows[0].usable
    later = running("salud_show_waiting_periods", policy="PO00101", insured="1", on=add_months(started, 24).isoformat())
    assert all(row.usable for row in later.rows if row.ground != "not_bought")
    assert "intervención quirúrgica: desde el" in running("salud_show_waiting_periods", policy="PO00101").told("es")


def test_the_name_must_fit_one_insured(running):
    with pytest.raises(BadArguments, match="Hay varios"):
        running("salud_request_authorisation", policy="PO00101", act="parto")
    with pytest.raises(NotFound):
        running("salud_show_waiting_periods", policy="PO00101", insured="Zacarías")
    with pytest.raises(BadArguments) as raised:
        running("salud_show_waiting_periods", policy="PO00001")
    assert raised.value.detail["field"] == "policy"


def test_an_authorisation_from_request_to_invoice(running):
    """Luis has no waiting period; the copay of his scan comes with its performance."""
    asked = running("salud_request_authorisation", policy="PO00101", insured="Luis",
                    act="pruebas_diagnosticas_complejas", provider="Clínica Ficticia")  # fmt: skip
    assert asked.state == "requested"
    number = asked.authorisation
    with pytest.raises(Conflict):
        running("salud_record_performed_act", authorisation=number, performed_on=TODAY.isoformat())
    assert running("salud_authorise_act", authorisation=number, insurer_ref="7731").state == "authorised"
    done = running("salud_record_performed_act", authorisation=number, performed_on=TODAY.isoformat())
    assert (done.state, done.copay) == ("performed", Decimal("18.00"))
    billed = running("salud_record_act_invoice", authorisation=number, invoice_no="F-1", amount="31000.00")
    assert (billed.state, billed.large) == ("invoiced", True)
    with pytest.raises(Conflict):
        running("salud_deny_act", authorisation=number, reason="limite")
    listed = running("salud_list_authorisations", policy="PO00101")
    assert number in [row.authorisation for row in listed.authorisations]


def test_a_waiting_act_is_not_authorised_but_in_an_emergency(running):
    waiting = running("salud_request_authorisation", policy="PO00101", insured="Ana", act="intervencion_quirurgica")
    assert "carencia hasta" in waiting.told("es")
    with pytest.raises(Conflict, match="carencia hasta"):
        running("salud_authorise_act", authorisation=waiting.authorisation, insurer_ref="1")
    denied = running("salud_deny_act", authorisation=waiting.authorisation, reason="carencia")
    assert (denied.state, denied.doubt) == ("denied", False)
    urgent = running("salud_request_authorisation", policy="PO00101", insured="Ana", act="intervencion_quirurgica",
                     urgent=True)  # fmt: skip
    assert running("salud_authorise_act", authorisation=urgent.authorisation, insurer_ref="2").state == "authorised"


def test_a_wrong_refusal_is_doubted_and_can_be_turned(running):
    """The insurer says waiting period, the dates say none: the client is told, and a complaint may win."""
    asked = running("salud_request_authorisation", policy="PO00101", insured="Luis", act="parto")
    denied = running("salud_deny_act", authorisation=asked.authorisation, reason="carencia")
    assert denied.doubt
    assert "conviene reclamar" in denied.told("es")
    turned = running("salud_authorise_act", authorisation=asked.authorisation, insurer_ref="9")
    assert (turned.state, turned.denial) == ("authorised", None)


def test_what_is_not_bought_is_not_authorised(running):
    asked = running("salud_request_authorisation", policy="PO00101", insured="Luis", act="odontologia")
    with pytest.raises(Conflict, match="no contratado"):
        running("salud_authorise_act", authorisation=asked.authorisation, insurer_ref="1")


def test_copays_stop_at_the_cap(running):
    """300 € a person and year, whatever is used; the next person's count is his own."""
    for _ in range(26):
        last = running("salud_record_copay", policy="PO00101", insured="Ana", act="urgencias",
                       performed_on=TODAY.isoformat())  # fmt: skip
    assert (last.charged, last.year_total, last.cap) == (0, 300, 300)
    ana, luis = running("salud_show_copays", policy="PO00101").accounts
    assert (ana.charged, ana.left, ana.acts) == (300, 0, 26)
    assert luis.charged < 300
    with pytest.raises(Conflict):
        running("salud_record_copay", policy="PO00102", act="urgencias", performed_on=TODAY.isoformat())


def test_a_bill_comes_back_by_its_share(running):
    """80 % in Spain, 90 % in the USA, 120 € a visit; the same bill once; within 15 days."""

    def submit(invoice, **given):
        return running("salud_register_reimbursement", policy="PO00102", treated_on=(TODAY - timedelta(3)).isoformat(),
                       invoice_no=invoice, **given)  # fmt: skip

    visit = submit("F-10", act="especialista", billed="200.00")
    assert (visit.state, visit.due_on) == ("submitted", TODAY + timedelta(15))
    assert running("salud_verify_reimbursement", reimbursement=visit.reimbursement).covered == 120
    scan = submit("F-11", act="pruebas_basicas", billed="333.33", country="usa")
    with pytest.raises(Conflict):
        running("salud_record_reimbursement_payment", reimbursement=scan.reimbursement)
    assert running("salud_verify_reimbursement", reimbursement=scan.reimbursement).covered == Decimal("300.00")
    paid = running("salud_record_reimbursement_payment", reimbursement=scan.reimbursement)
    assert (paid.state, paid.paid_on) == ("paid", TODAY)
    last = submit("F-12", act="pruebas_basicas", billed="5000.00")
    assert running("salud_verify_reimbursement", reimbursement=last.reimbursement).covered == 580  # 1,000 a year
    with pytest.raises(Conflict, match="ya se presentó"):
        submit("F-10", act="especialista", billed="200.00")
    with pytest.raises(Conflict):
        running("salud_register_reimbursement", policy="PO00101", insured="Ana", act="especialista", invoice_no="F-1",
                treated_on=TODAY.isoformat(), billed="10.00")  # fmt: skip
    with pytest.raises(BadArguments) as raised:
        running("salud_register_reimbursement", policy="PO00102", act="especialista", invoice_no="F-13",
                treated_on=(TODAY + timedelta(1)).isoformat(), billed="10.00")  # fmt: skip
    assert raised.value.detail["field"] == "treated_on"


ANSWERS = [
    {"question": code, "yes": code == "chronic", "detail": "Asma desde 2010" if code == "chronic" else ""}
    for code in ("treatment", "hospital", "pending", "chronic", "disability", "leave")
]


def test_a_questionnaire_is_kept_apart_and_read_by_few(running, call, actor):
    """Editions, a digest, no broker, no agent."""
    from dataclasses import replace

    given = {"policy": "PO00101", "insured": "Ana", "signed_on": TODAY.isoformat(), "signed_by": "Ana Ficticia"}
    with pytest.raises(Denied):
        running("salud_record_questionnaire", "broker", answers=ANSWERS, **given)
    first = running("salud_record_questionnaire", "operations", answers=ANSWERS, **given)
    second = running("salud_record_questionnaire", "operations", answers=ANSWERS, **given)
    assert (first.edition, second.edition, first.digest == second.digest) == (1, 2, True)
    read = running("salud_show_questionnaire", "compliance", policy="PO00101", insured="Ana")
    assert any(answer.detail == "Asma desde 2010" for answer in read.answers)
    assert "Asma" not in read.told("es")
    with pytest.raises(Denied):
        running("salud_show_questionnaire", "broker", policy="PO00101", insured="Ana")
    with pytest.raises(Denied):
        call("salud_show_questionnaire", replace(actor("operations"), agent="executor/operations"), policy="PO00101")
    with pytest.raises(NotFound):
        running("salud_show_questionnaire", "compliance", policy="PO00102")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"answers": ANSWERS[1:]}, "answers"), ({"answers": [{**ANSWERS[0], "yes": True}, *ANSWERS[1:]]}, "answers"),
     ({"signed_on": (TODAY + timedelta(1)).isoformat()}, "signed_on"),
     ({"policy": "PO00102", "insured": None, "signed_by": "Niño Ficticio"}, "signed_by")],
)  # fmt: skip
def test_a_questionnaire_that_is_not_whole_is_refused(running, change, field):
    given = {"policy": "PO00101", "insured": "Ana", "signed_on": TODAY.isoformat(), "signed_by": "Ana Ficticia",
             "answers": ANSWERS} | change  # fmt: skip
    with pytest.raises(BadArguments) as raised:
        running("salud_record_questionnaire", "operations", **{k: v for k, v in given.items() if v is not None})
    assert raised.value.detail["field"] == field


def test_who_leaves_takes_nobody_s_number_along(running):
    """A newcomer begins on his own day; who stays keeps number and start; the family discount follows the count."""
    rows = [{
        "policy_id": "PO00101",
        "risk": {"product": "cuadro_medico_copago", "zone": "B", "payment_frequency": "annual",
                 "insureds": [person(34, kinship="conyuge", full_name="Luis Ficticio", born_on="1992-03-01"),
                              person(0, kinship="hijo", full_name="Eva Ficticia", born_on=TODAY.isoformat()),
                              person(3, kinship="hijo", full_name="Noa Ficticia", born_on="2023-01-01")]},
    }]  # fmt: skip
    before = running("salud_show_insureds", policy="PO00101").insureds
    running("kernel_import_risks", "admin", rows=rows)
    after = running("salud_show_insureds", policy="PO00101")
    assert [(row.full_name, row.position) for row in after.insureds] == [
        ("Luis Ficticio", 2), ("Eva Ficticia", 3), ("Noa Ficticia", 4)
    ]  # fmt: skip
    assert after.insureds[0].insured_since == before[1].insured_since
    assert after.insureds[1].insured_since == TODAY
    assert after.family_factor == Decimal("0.95")
    newborn = running("salud_show_waiting_periods", policy="PO00101", insured="Eva").rows
    assert {row.ground for row in newborn if row.usable} == {"no_wait", "newborn"}
    assert not all(row.usable for row in running("salud_show_waiting_periods", policy="PO00101", insured="Noa").rows)
    assert running("salud_show_copays", policy="PO00101").accounts[1].charged == 0
    report = running("kernel_import_risks", "admin", rows=rows)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)


def test_a_new_contract_takes_the_months_along(running):
    """A quote to replace the policy that runs proves its months, and begins afresh otherwise."""
    quote = running("salud_quote_policy", customer="Javier Rubio", insurer="C0901")
    (child,) = quote.risk["insureds"]
    assert child["previous_proved"] is True
    assert child["previous_until"] == quote.effective_on.isoformat()
    assert "position" not in child
    assert "insured_since" not in child
    assert policy(1, "CL00001")["line"] == "autos"
    assert isinstance(quote.effective_on, date)


def test_an_issue_waits_for_an_executive(book):
    quote = book("salud_quote_policy", customer="Raquel Gómez", insurer="C0902", product="reembolso", zone="A")
    with pytest.raises(ApprovalRequired):
        book("kernel_issue_policy", quote=quote.quote_number)
