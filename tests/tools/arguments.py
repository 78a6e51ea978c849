"""Valid calls of every tool, found by its own schema: Hypothesis strategies for each argument.

An argument is drawn by its tool and name where a hint says how, else by its name, by the
record that it refers to (`x-slot`), or by its type. A drawn call need not be valid: whoever
draws tries it, and counts. A tool that no drawn call ever fits needs a hint here.
"""

import re
import string
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st
from stdnum.es import ccc, cif

from modules.infrastructure.notification_service.templates import templates
from modules.insurance.decesos.tools import DecesosRequest
from modules.insurance.hogar.tools import HogarRequest
from modules.insurance.salud.tools import SaludRequest
from modules.insurance.vida.questionnaire import QUESTIONS
from modules.insurance.vida.tools import VidaRequest
from tests.modules.infrastructure.files import base64
from tests.modules.infrastructure.post import eml, encoded, ics
from tests.modules.insurance.portfolio.files import as_csv, row
from tests.tools.books import Book
from tests.tools.ledgers import LINES as LEDGER_LINES
from tests.tools.offers import accepted
from tests.tools.persons import ANSWERS
from tests.tools.sites import source
from tools.adapters.rest import _local
from tools.policy import DEFAULT
from tools.tool import Tool

Args = st.SearchStrategy[Any]
Making = Callable[[Book], Args]
MOST_OPTIONAL: Final = 3
WORDS: Final = (
    "Ñandú",
    "Gómez",
    "Íñigo",
    "Ebro",
    "casa",
    "año",
    "L’Hospitalet",
    "S.L.",
    "acción",
    "Zoë",
    "Ð",
    "1.200 €",
)
SIGNS: Final = st.characters(exclude_categories=("C", "Z"), exclude_characters="<>\"'=+-@|")
TEMPLATES: Final = templates()


def names_of_sets() -> Args:
    """Names that a data set may have."""
    return st.integers(0, 999).map("table_{}".format)


def words(least: int = 1, most: int = 200) -> Args:
    """Text of one line as people write it, accents and stranger letters too."""
    part = st.one_of(st.sampled_from(WORDS), st.text(SIGNS, min_size=1, max_size=12))
    joined = st.lists(part, min_size=1, max_size=8).map(" ".join)
    return joined.map(lambda said: (said.ljust(least, "x"))[:most].strip() or "x" * least)


def names() -> Args:
    """What people and firms are called."""
    return st.lists(st.sampled_from(("Ana", "Íñigo", "Peña", "Núñez", "Sant Boi", "Ebro")), min_size=1, max_size=3).map(
        " ".join
    )


def nifs() -> Args:
    """A person's NIF with its letter."""
    return st.integers(10_000_000, 99_999_999).map(lambda n: f"{n}{'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]}")


def cifs() -> Args:
    """A firm's NIF with its check digit."""
    return st.integers(0, 9_999_999).map(lambda n: (b := f"B{n:07}") + cif.calc_check_digits(b)[0])


def ibans() -> Args:
    """A Spanish account, its check digits right inside and out."""

    def made(bank: int, number: int) -> str:
        text = f"{bank:08}00{number:010}"
        return str(ccc.to_iban(text[:8] + ccc.calc_check_digits(text) + text[10:]))

    return st.builds(made, st.integers(99_000_000, 99_999_999), st.integers(0, 9_999_999_999))


def emails() -> Args:
    """An address that nobody has."""
    return st.text(string.ascii_lowercase, min_size=1, max_size=12).map(lambda name: f"{name}@example.com")


def of(pool: str) -> Making:
    """One of the book's values of that kind."""
    return lambda book: st.sampled_from(book.pools[pool])


def days(first: int, last: int) -> Making:
    """A date so many days from the book's own."""
    return lambda book: st.integers(first, last).map(lambda n: (book.start.date() + timedelta(n)).isoformat())


def plainly(strategy: Args) -> Making:
    """A strategy that asks nothing of the book."""
    return lambda _: strategy


def templated(purposes: tuple[str, ...]) -> Args:
    """A template with all its fields."""
    fitting = sorted(one.id for one in TEMPLATES.values() if one.purpose in purposes)
    return st.sampled_from(fitting).flatmap(
        lambda id: st.fixed_dictionaries(
            {
                "template_id": st.just(id),
                "fields": st.fixed_dictionaries(dict.fromkeys(TEMPLATES[id].fields, words(1, 80))),
            }
        )
    )


def letters(**whom: Making) -> Making:
    """A message to whoever one of `whom` names: words of one's own, or a template."""

    def made(book: Book) -> Args:
        to = st.one_of(*(st.fixed_dictionaries({name: make(book)}) for name, make in whom.items()))
        said = st.one_of(st.fixed_dictionaries({"text": words()}), templated(("service",)))
        return st.tuples(to, said).map(lambda pair: pair[0] | pair[1])

    return made


def segments(book: Book) -> Args:
    """A segment of customers and the commercial template that it gets."""
    month = book.start.strftime("%Y-%m")
    towns = st.sampled_from(book.pools["town"]).map(lambda town: {"segment": "town", "of": town})
    others = st.sampled_from(({"segment": "line", "of": "autos"}, {"segment": "line", "of": "hogar"},
                              {"segment": "renewal_month", "of": month}))  # fmt: skip
    return st.tuples(st.one_of(others, towns), templated(("marketing",))).map(lambda pair: pair[0] | pair[1])


def rows(tool: str, column: str, value: Args) -> Making:
    """Rows of the demonstration's file, old and new ones, some with another word in `column`."""

    def made(book: Book) -> Args:
        row = st.sampled_from(book.files[tool])
        changed = st.tuples(row, value).map(lambda pair: pair[0] | {column: pair[1]})
        key = next(iter(book.files[tool][0]))
        several = st.lists(st.one_of(row, changed), min_size=1, max_size=4, unique_by=lambda r: r[key])
        return several.map(lambda chosen: {"rows": chosen})

    return made


def of_mail(book: Book) -> Args:
    """A stored e-mail's attachment."""
    return st.sampled_from(book.pools["mail"]).map(lambda id: {"document": id, "attachment": "factura.txt"})


def rules(_: Book) -> Args:
    """The rules as they are shipped, with a remark."""
    text = DEFAULT.with_suffix(".cedar").read_text(encoding="utf-8")
    return words(1, 40).map(lambda said: f"{text}\n// {said}\n")


def calendars(_: Book) -> Args:
    """A calendar with one appointment."""
    event = st.tuples(st.text(string.ascii_lowercase, min_size=3, max_size=9), st.sampled_from(WORDS))
    lines = "UID:{0}@example.com\r\nSUMMARY:{1}\r\nDTSTART:20270301T100000Z\r\nDTEND:20270301T110000Z\r\n"
    return event.map(lambda said: encoded(ics(lines.format(*said))))


def papers(book: Book) -> Args:
    """A kind of document with what it is about."""
    kinds = {
        "quoted": ("recommendation", "information_note", "ipid", "offer"), "policy": ("policy", "renewal_notice"),
        "receipt": ("receipt",),
    }  # fmt: skip
    about = {"quoted": "quote"}
    drawn = [
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(kind),
                about.get(pool, pool): st.sampled_from(book.pools[pool]),
                "reasons": words(3),
            }
        )
        for pool, kind in kinds.items()
    ]
    return st.one_of(drawn)


def rates() -> Args:
    """A rate of commission, as a fraction."""
    return st.integers(1, 40).map(lambda n: f"0.{n:02d}")


def offers(line: str) -> Making:
    """A priced risk of the reference cases, with one of the book's insurers."""

    def made(book: Book) -> Args:
        risks = st.sampled_from(accepted(line))
        insurer = st.sampled_from(book.pools["insurer"])
        return st.tuples(risks, insurer).map(lambda pair: pair[0] | {"insurer": pair[1]})

    return made


def questionnaires(_: Book) -> Args:
    """Every question of the health questionnaire answered, one of them perhaps with a yes."""
    return st.sampled_from((None, *QUESTIONS)).map(
        lambda yes: {
            "answers": [
                {"question": code, "yes": code == yes, "detail": "Explicado." if code == yes else ""}
                for code in QUESTIONS
            ]
        }
    )


def heirs(_: Book) -> Args:
    """A designation by equal parts, and the children after it."""
    people = st.lists(st.sampled_from(("Ana", "Íñigo", "Peña")), min_size=1, max_size=3, unique=True)
    return people.map(
        lambda found: {
            "beneficiaries": [
                *({"kind": "person", "name": name} for name in found),
                {"kind": "children", "rank": 2},
            ]
        }
    )


def portfolios(_: Book) -> Args:
    """A file of policies of a former system."""
    return st.integers(0, 99).map(
        lambda n: {"content": as_csv([row(f"PF-{n}")]), "source": f"Programa {n}", "target": "policies"}
    )


def statements(book: Book) -> Args:
    """An insurer and a month in which a receipt of it was due."""
    known = [{"insurer": found["insurer_code"], "month": found["due_date"][:7], "subject": "premiums", "by": "due"}
             for found in book.files["kernel_import_receipts"][:5]]  # fmt: skip
    return st.tuples(st.sampled_from(known), words(10)).map(lambda pair: pair[0] | {"purpose": pair[1]})


def losses(book: Book) -> Args:
    """What people tell of a loss of a car, some days ago."""
    told = st.sampled_from(("Se ha roto la luna", "Un golpe por detrás", "Me han robado el coche", "Rotura de lunas"))
    policies = st.sampled_from(book.pools["claimable_policy"])
    return st.fixed_dictionaries({"policy": policies, "description": told, "occurred_on": days(-9, -1)(book)})


def euros(most: int) -> Making:
    """An amount up to so many euros."""
    return plainly(st.integers(1, most * 100).map(lambda cents: f"{cents // 100}.{cents % 100:02}"))


def on_claims() -> dict[str, Making]:
    """Claims in the state that each act asks for, amounts that fit, and days that have come."""
    states = {
        "notified": ("register_claim", "open_claim", "reject_claim"),
        "open": ("set_reserve", "appoint_expert", "record_appraisal", "make_offer", "record_advance"),
        "offered": ("accept_offer", "dispute_claim"), "accepted": ("settle_claim",),
        "disputed": ("escalate_claim",), "paid": ("record_claim_expense", "record_recovery", "close_claim"),
        "closed": ("reopen_claim",),
    }  # fmt: skip
    made: dict[str, Making] = {}
    for state, tools in states.items():
        for tool in tools:
            made[f"kernel_{tool}.claim"] = of(f"{state}_claim")
            made[f"kernel_{tool}.amount"] = euros(100)
            for day in ("on", "notified_on", "reported_on", "appointed_on", "requested_on"):
                made[f"kernel_{tool}.{day}"] = days(0, 0)
    reasons = ("not_covered", "excluded", "unpaid_premium", "below_deductible")
    return made | {
        "multi_scraper_retire_source.source": of("scrape_source"),
        "multi_scraper_cancel_crawl.crawl": of("scrape_crawl"),
        "kernel_close_claim.reason": plainly(st.just("paid")),
        "kernel_reject_claim.reason": plainly(st.sampled_from(reasons)),
        "kernel_notify_claim.known_on": days(0, 0),
        "kernel_notify_claim.claimed_on": days(-1, 0),
    }


# How arguments of one tool are drawn together: those that only fit with each other.
TOGETHER: Final[Mapping[str, Making]] = {
    "notification_service_draft_message": lambda b: st.one_of(
        st.fixed_dictionaries({"recipient": of("customer")(b), "text": words()}),
        st.fixed_dictionaries({"reply_to": of("message")(b), "text": words()}),
    ),
    "notification_service_send_message": letters(recipient=of("customer"), address=plainly(emails())),
    "notification_service_reply_message": letters(message=of("message")),
    "notification_service_send_campaign": segments,
    "document_service_keep_attachment": of_mail,
    "compliance_stop": lambda _: st.sampled_from(
        ({"kind": "all"}, {"kind": "agent", "name": "executor/cfo"}, {"kind": "tool", "name": "crm_add_note"})
    ),
    "compliance_resume": lambda b: st.sampled_from(("executor/cmo", "executor/hr")).map(
        lambda name: {"kind": "agent", "name": name}
    ),
    "notification_service_receive_chat": lambda _: st.sampled_from(
        ({"channel": "whatsapp", "sender": "+34600000123"}, {"channel": "web", "sender": "visita-7"})
    ),
    "kernel_create_document": papers,
    "kernel_create_comparison": lambda b: st.sampled_from(b.files["crm_import_customers"][:5]).map(
        lambda row: {"customer": row["id_number"], "line": "autos"}
    ),
    "engines_start_run": lambda _: st.sampled_from(({"x": [1.5, 2.0, 4.0]}, {"x": {"dataset": "michelso"}})).map(
        lambda arguments: {"operation": "descriptive_summarize", "arguments": arguments}
    ),
    "engines_keep_data_set": lambda _: names_of_sets().map(
        lambda name: {"name": name, "table": {"amount": [1.5, 2.25], "kind": ["a", "b"]}}
    ),
    "engines_extract_data_set": lambda _: names_of_sets().map(
        lambda name: {"name": name, "query": "premium_receipts", "from_on": "2020-01-01", "to_on": "2026-12-31"}
    ),
    "multi_scraper_continue_crawl": lambda b: st.fixed_dictionaries({"crawl": of("scrape_crawl")(b)}),
    "multi_scraper_register_source": lambda b: st.integers(0, 99).map(
        lambda number: source(
            f"sitio_{number}", f"https://web{number}.example", b.start.date().isoformat(), max_depth=number % 3
        )
    ),
    "reserving_import_loss_run": lambda _: st.integers(1, 9).map(
        lambda paid: {
            "insurer": "Aseguradora Ficticia",
            "rows": [
                {
                    "line": "autos",
                    "claim_ref": "A-1",
                    "occurred_on": "2025-01-10",
                    "moved_on": "2025-02-01",
                    "paid": f"{paid}.00",
                }
            ],
        }
    ),
    "kernel_notify_claim": losses,
    "kernel_cancel_policy": lambda b: st.fixed_dictionaries(
        {"policy": of("running_policy")(b), "reason": st.sampled_from(("mutual", "risk_disappeared", "total_loss"))}
    ),
    "kernel_keep_portfolio_file": portfolios,
    "kernel_export_bordereau": statements,
    "crm_import_customers": rows("crm_import_customers", "street", words()),
    "kernel_import_insurers": rows("kernel_import_insurers", "settlement_terms", words()),
    "kernel_import_collaborators": rows("kernel_import_collaborators", "name", names()),
    "kernel_import_policies": rows("kernel_import_policies", "risk_description", words()),
    "kernel_import_receipts": rows("kernel_import_receipts", "commission", st.sampled_from(("1.10", "2.20"))),
    "kernel_import_claims": rows("kernel_import_claims", "cause", words(1, 60)),
    "autos_import_vehicles": rows("autos_import_vehicles", "make_model", words(1, 60)),
    "ciber_quote_policy": offers("ciber"),
    "comunidades_quote_policy": offers("comunidades"),
    "decesos_quote_policy": offers("decesos"),
    "empresas_quote_policy": offers("empresas"),
    "hogar_quote_policy": offers("hogar"),
    "industrial_quote_policy": offers("industrial"),
    "ingenieria_quote_policy": offers("ingenieria"),
    "mascotas_quote_policy": offers("mascotas"),
    "multirriesgo_quote_policy": offers("multirriesgo"),
    "kernel_retire_tariff": lambda b: st.just(
        {
            "insurer": b.files["kernel_import_insurers"][0]["insurer_code"],
            "line": "rc",
            "version": "T1",
            "ends_on": b.start.date().isoformat(),
        }
    ),
    "kernel_set_agreement": lambda b: st.fixed_dictionaries(
        {
            "line": st.sampled_from(("autos", "hogar")),
            "rate_new": rates(),
            "rate_renewal": rates(),
            "starts_on": days(0, 60)(b),
        }
    ),
    "kernel_set_coinsurance": lambda b: st.tuples(of("policy")(b), st.permutations(b.pools["insurer"])).map(
        lambda drawn: {
            "policy": drawn[0],
            "shares": [
                {"insurer": drawn[1][0], "share": "0.6"},
                {"insurer": drawn[1][1], "share": "0.4"},
            ],
        }
    ),
    "rc_quote_policy": offers("rc"),
    "salud_quote_policy": offers("salud"),
    "vida_quote_policy": offers("vida"),
    "vida_record_questionnaire": questionnaires,
    "vida_set_beneficiaries": heirs,
    "treasury_import_payees": rows("treasury_import_payees", "name", names()),
    "treasury_import_payments": rows("treasury_import_payments", "payment_id", st.sampled_from(("X1", "X2"))),
}
LEDGER_QUOTES: Final = {f"{line}_quote_policy": offers(line.replace("_", "-")) for line in LEDGER_LINES}
# How one argument is drawn: by `tool.argument`, or by its name in any tool.
NAMED: Final[Mapping[str, Making]] = {
    "compliance_draft_policy.rules": rules,
    "compliance_draft_policy.tables": plainly(st.just(DEFAULT.read_text(encoding="utf-8"))),
    "compliance_publish_policy.number": plainly(st.integers(1, 3)),
    "connector_allow_host.classes": plainly(st.just(["regulator"])),
    "connector_forbid_host.host": plainly(st.integers(0, 2).map("web{}.aseguradora.example".format)),
    "crm_create_company.id_number": plainly(cifs()),
    "crm_erase_customer.customer": of("free_customer"),
    "crm_export_customers.query": of("town"),
    "document_service_upload_document.content": plainly(words().map(lambda said: base64(said.encode()))),
    "document_service_upload_document.name": plainly(st.integers(0, 9).map("nota{}.txt".format)),
    "kernel_price_renewals.run": of("pricing_run"),
    "kernel_start_renewals.run": of("planned_run"),
    "kernel_continue_renewals.run": of("running_run"),
    "kernel_cancel_renewals.run": of("planned_run"),
    "decesos_add_insured.policy": of("funeral_policy"),
    "decesos_assign_provider.service": of("verified_funeral"),
    "decesos_keep_premium_path.quote": of("funeral_quote"),
    "decesos_record_funeral.performed_on": days(0, 0),
    "decesos_record_funeral.service": of("assigned_funeral"),
    "decesos_record_path_signature.path": of("unsigned_path"),
    "decesos_record_path_signature.signed_on": days(-3, 0),
    "decesos_register_death.deceased_on": days(-3, 0),
    "decesos_register_death.policy": of("funeral_policy"),
    "decesos_reject_funeral.service": of("notified_funeral"),
    "decesos_remove_insured.policy": of("funeral_policy"),
    "decesos_settle_funeral.service": of("performed_funeral"),
    "decesos_verify_funeral.certificate": plainly(st.just(True)),
    "decesos_verify_funeral.identity": plainly(st.just(True)),
    "decesos_verify_funeral.service": of("notified_funeral"),
    "industrial_add_recommendation.due_on": days(0, 900),
    "industrial_add_recommendation.policy": of("industrial_policy"),
    "industrial_close_recommendation.number": plainly(st.integers(1, 3)),
    "industrial_close_recommendation.policy": of("industrial_policy"),
    "rc_issue_regularisation.on": days(-90, 0),
    "rc_issue_regularisation.policy": of("liability_policy"),
    "rc_issue_regularisation.turnover": plainly(st.integers(100_000, 5_000_000).map(str)),
    "salud_add_insured.policy": of("health_policy"),
    "salud_authorise_act.authorisation": of("requested_act"),
    "salud_deny_act.authorisation": of("requested_act"),
    "salud_record_act_invoice.authorisation": of("performed_act"),
    "salud_record_copay.performed_on": days(-3, 0),
    "salud_record_copay.policy": of("health_policy"),
    "salud_record_performed_act.authorisation": of("authorised_act"),
    "salud_record_performed_act.performed_on": days(0, 0),
    "salud_record_questionnaire.answers": plainly(st.just(ANSWERS)),
    "salud_record_questionnaire.policy": of("health_policy"),
    "salud_record_questionnaire.signed_by": plainly(names()),
    "salud_record_questionnaire.signed_on": days(-3, 0),
    "salud_record_reimbursement_payment.paid_on": days(0, 0),
    "salud_record_reimbursement_payment.reimbursement": of("audited_bill"),
    "salud_register_reimbursement.policy": of("reimbursed_policy"),
    "salud_register_reimbursement.treated_on": days(-30, 0),
    "salud_remove_insured.policy": of("health_policy"),
    "salud_request_authorisation.policy": of("health_policy"),
    "salud_show_questionnaire.policy": of("health_policy"),
    "salud_verify_reimbursement.reimbursement": of("submitted_bill"),
    "kernel_export_portfolio.what": plainly(st.sampled_from(("insurers", "policies", "customers"))),
    "kernel_set_portfolio_columns.columns": plainly(st.sampled_from(({}, {"risk_description": "Observaciones"}))),
    "born_on": days(-9_000, -400),
    "full_name": plainly(names()),
    "insured": plainly(st.just("1")),
    "encashment_collect_receipt.paid_on": days(-3, 0),
    "encashment_return_receipt.returned_on": days(-3, 0),
    **on_claims(),
    "kernel_annul_policy.policy": of("running_policy"),
    "kernel_issue_endorsement.endorsement": of("priced"),
    "kernel_quote_endorsement.policy": of("running_policy"),
    "kernel_quote_endorsement.changes": plainly(st.sampled_from("BC").map(lambda letter: {"zone": letter})),
    "kernel_quote_endorsement.kind": plainly(st.just("non_premium")),
    "kernel_record_refund.receipt": of("refund"),
    "kernel_record_refund.paid_on": days(0, 0),
    "kernel_record_risk_fact.known_on": days(-30, 0),
    "kernel_reinstate_policy.policy": of("ending_policy"),
    "kernel_reject_endorsement.endorsement": of("priced"),
    "kernel_replace_policy.policy": of("old_policy"),
    "kernel_replace_policy.new_policy": of("new_policy"),
    "kernel_sign_endorsement.endorsement": of("changed"),
    "kernel_sign_endorsement.signed_on": days(0, 0),
    "kernel_update_policies.on": days(-20, 0),
    "kernel_record_signature.policy": of("unsigned_policy"),
    "kernel_mark_document_delivered.delivered_on": days(0, 0),
    "kernel_mark_document_signed.signed_on": days(0, 0),
    "kernel_record_signature.signed_on": days(-3, 0),
    "supervised_train_model.name": plainly(names_of_sets()),
    "supervised_train_model.data_set": of("learning_set"),
    "supervised_train_model.target": plainly(st.just("y")),
    "supervised_train_model.algorithm": plainly(st.sampled_from(("logistic", "rf"))),
    "supervised_train_model.columns": plainly(st.just(["x"])),
    "treasury_register_payee.phone_since": days(-900, 0),
    "treasury_verify_payee.called_on": days(0, 0),
    "treasury_create_payment.payee": plainly(st.just("BE001")),
    "treasury_create_payment.amount": plainly(st.integers(1, 4_000_000).map(lambda n: f"{n // 100}.{n % 100:02}")),
    "treasury_create_payment.due": days(0, 30),
    "vida_record_questionnaire.quote": of("life_quote"),
    "vida_record_questionnaire.signed_on": days(-3, 0),
    "vida_set_beneficiaries.policy": of("life_policy"),
    "vida_set_beneficiaries.designated_on": days(-3, 0),
    "birth_date": days(-25_000, -7_000),
    "bic": plainly(st.just("CAIXESBBXXX")),
    "bank": plainly(st.just("banco")),
    "city": of("town"),
    "draft": of("draft"),
    "email": plainly(emails()),
    "address": plainly(emails()),
    "eml": plainly(st.builds(lambda said, n: encoded(eml(said, id=f"m{n}@example.com")), words(), st.integers(0, 9))),
    "ics": calendars,
    "first_name": plainly(names()),
    "last_name": plainly(names()),
    "company_name": plainly(names()),
    "holder": plainly(names()),
    "person": plainly(names()),
    "treasury_register_payee.name": plainly(names()),
    "host": plainly(st.integers(0, 99).map("sitio{}.example".format)),
    "iban": plainly(ibans()),
    "id_number": plainly(nifs()),
    "mandate": plainly(st.text(string.ascii_letters + string.digits, min_size=1, max_size=35)),
    "message": of("message"),
    "message_id": plainly(words(1, 60)),
    "notice": of("notice"),
    "phone": plainly(st.integers(600_000_000, 699_999_999).map("+34{}".format)),
    "plate": plainly(st.integers(0, 9999).map("{:04}BCD".format)),
    "postal_code": plainly(st.integers(1000, 52_999).map("{:05}".format)),
    "province": plainly(st.integers(1, 52).map("{:02}".format)),
    "reason_code": plainly(st.sampled_from(("AM04", "AC04", "MS02", "MD01"))),
}


def calls(tool: Tool, book: Book) -> Args:
    """Arguments for `tool` that may fit: all that it requires, and a few of the others."""
    schema = _local(tool.schema)
    properties: dict[str, Any] = schema.get("properties", {})
    ready = book.pools.get(f"call:{tool.name}")
    if ready:  # of a line that keeps ledgers: whole calls that fit
        return st.sampled_from(ready)
    together = LEDGER_QUOTES | dict(TOGETHER)
    made = together[tool.name](book) if tool.name in together else st.just({})
    required = {
        name: argument(tool, name, part, book)
        for name, part in properties.items()
        if name in schema.get("required", [])
    }
    given = set(properties) if tool.name in LEDGER_QUOTES else GIVEN.get(tool.name, frozenset())
    others = sorted(set(properties) - set(required) - given)
    few = st.lists(st.sampled_from(others), unique=True, max_size=MOST_OPTIONAL) if others else st.just([])
    chosen = few.flatmap(
        lambda names: st.fixed_dictionaries({name: argument(tool, name, properties[name], book) for name in names})
    )
    return st.tuples(st.fixed_dictionaries(required), chosen, made).map(lambda part: part[0] | part[1] | part[2])


GIVEN: Final[Mapping[str, frozenset[str]]] = {  # what a draw of `TOGETHER` alone decides to give
    "decesos_quote_policy": frozenset(DecesosRequest.model_fields),
    "hogar_quote_policy": frozenset(HogarRequest.model_fields),
    "salud_quote_policy": frozenset(SaludRequest.model_fields),
    "vida_quote_policy": frozenset(VidaRequest.model_fields),
    "kernel_create_document": frozenset({"quote", "policy", "receipt", "endorsement", "reasons"}),
    "kernel_create_comparison": frozenset({"recommended", "line"}),
    "notification_service_draft_message": frozenset({"recipient", "reply_to"}),
    "notification_service_send_message": frozenset({"recipient", "address", "text", "template_id", "fields"}),
    "notification_service_reply_message": frozenset({"text", "template_id", "fields"}),
    "notification_service_send_campaign": frozenset({"fields"}),
    "kernel_notify_claim": frozenset({"customer", "kind"}),
    "kernel_cancel_policy": frozenset({"noticed_on", "effective_on", "known_on", "agreed_refund"}),
    "kernel_replace_policy": frozenset({"agreed_refund"}),
}


def argument(tool: Tool, name: str, part: Mapping[str, Any], book: Book) -> Args:
    """What may stand in one argument."""
    for key in (f"{tool.name}.{name}", name):
        if key in NAMED:
            return NAMED[key](book)
    return value(part, book)


def value(part: Mapping[str, Any], book: Book) -> Args:
    """What fits the type: one of the book's records where it refers to one."""
    if "anyOf" in part:
        options = [option for option in part["anyOf"] if option.get("type") != "null"]
        return value({k: v for k, v in part.items() if k != "anyOf"} | dict(options[-1]), book)
    ref = part.get("x-slot", {}).get("ref")
    if ref in book.pools:
        return st.sampled_from(book.pools[ref])
    if "enum" in part:
        return st.sampled_from(part["enum"])
    if "const" in part:
        return st.just(part["const"])
    kind = part.get("type")
    if kind == "object":
        fields = part.get("properties", {})
        return st.fixed_dictionaries({name: value(field, book) for name, field in fields.items()})
    if kind == "array":
        return st.lists(value(part.get("items", {}), book), max_size=part.get("maxItems", 3), unique_by=repr)
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return st.integers(part.get("minimum", part.get("ge", 0)), min(part.get("maximum", part.get("le", 99)), 10**6))
    if "decimal_places" in part or kind == "number":
        return st.integers(int(part.get("ge", 0)) * 100 + 1, int(min(float(part.get("le", 9999)), 10**6)) * 100).map(
            lambda cents: f"{cents // 100}.{cents % 100:02}"
        )
    return string_of(part, book)


def string_of(part: Mapping[str, Any], book: Book) -> Args:
    """What fits a type of text."""
    match part.get("format"):
        case "date":
            return days(0, 20)(book)
        case "date-time":
            return st.integers(0, 9999).map(lambda n: (book.start - timedelta(minutes=n)).isoformat())
        case "uuid":
            return st.uuids(version=4).map(str)
    if "pattern" in part:
        return st.from_regex(re.compile(part["pattern"], re.ASCII), fullmatch=True)
    return words(max(part.get("minLength", 1), 1), part.get("maxLength", 200))
