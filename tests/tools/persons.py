"""Health, funeral and industrial policies of the book, with acts, services and surveys, for tools to be tried on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from core.dates import add_months
from modules.insurance.salud.questionnaires import QUESTIONS
from tests.tools.offers import accepted

if TYPE_CHECKING:
    from tests.tools.books import Book, Desk

ANSWERS: Final = [{"question": code, "yes": False} for code in QUESTIONS]
COMMON: Final = {"payment_frequency": "annual"}
PAIR: Final = [{"age": 40, "kinship": "titular", "full_name": "Ana Ficticia"},
               {"age": 41, "kinship": "conyuge", "full_name": "Luis Ficticio"}]  # fmt: skip
HEALTH: Final = COMMON | {"zone": "B", "with_dental": True, "insureds": PAIR}
RISKS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {  # pool → line and risk
    "health_policy": ("salud", HEALTH | {"product": "cuadro_medico_copago"}),
    "reimbursed_policy": ("salud", HEALTH | {"product": "reembolso"}),
    "funeral_policy": ("decesos", COMMON | {"product": "nivelada", "service_value": "4200.00", "insureds": PAIR}),
    "industrial_policy": ("industrial", accepted("industrial")[0]),
    "liability_policy": ("rc", accepted("rc")[0]),
}
PAPERS: Final = {"certificate": True, "identity": True}


def insure(book: "Book", desk: "Desk") -> None:
    """Take the policies over, and bring acts and services of them into each state."""
    today = book.start.date()
    row, begun = book.files["kernel_import_policies"][0], today - timedelta(days=100)
    dates = {"original_start_date": add_months(begun, -48).isoformat(), "effective_date": begun.isoformat(),
             "expiry_date": add_months(begun, 12).isoformat(), "status": "en_vigor", "sum_insured": ""}  # fmt: skip
    for at, (pool, (line, risk)) in enumerate(RISKS.items()):
        id = f"PO9900{at}"
        policy = row | dates | {"policy_id": id, "policy_number": f"0999-9900000{at}", "line": line}
        desk.done("kernel_import_policies", rows=[policy])
        desk.done("kernel_import_risks", rows=[{"policy_id": id, "risk": risk}])
        book.pools[pool] = [policy["policy_number"]]
    _health(book, desk, today.isoformat())
    _funerals(book, desk, today.isoformat())
    (policy,) = book.pools["industrial_policy"]
    for number in range(3):
        asked = {"text": f"Recomendación {number}", "due_on": today.isoformat()}
        desk.done("industrial_add_recommendation", policy=policy, **asked)


def _health(book: "Book", desk: "Desk", today: str) -> None:
    (policy,), (paid,) = book.pools["health_policy"], book.pools["reimbursed_policy"]
    who = {"insured": "1"}
    signed = {"answers": ANSWERS, "signed_on": today, "signed_by": "Ana Ficticia"}
    desk.done("salud_record_questionnaire", policy=policy, **who, **signed)
    made: dict[str, list[str]] = {"requested": [], "authorised": [], "performed": []}
    for state, held in made.items():
        asked = desk.done("salud_request_authorisation", policy=policy, act="intervencion_quirurgica", **who)
        number = asked["authorisation"]
        held.append(number)
        if state != "requested":
            desk.done("salud_authorise_act", authorisation=number, insurer_ref="7731")
        if state == "performed":
            desk.done("salud_record_performed_act", authorisation=number, performed_on=today)
    book.pools |= {f"{state}_act": held for state, held in made.items()}
    bills = []
    for number in range(2):
        bill = {"act": "especialista", "treated_on": today, "invoice_no": f"F-{number}", "billed": "90.00"}
        bills.append(desk.done("salud_register_reimbursement", policy=paid, **who, **bill)["reimbursement"])
    desk.done("salud_verify_reimbursement", reimbursement=bills[1])
    book.pools |= {"submitted_bill": bills[:1], "audited_bill": bills[1:]}


def _funerals(book: "Book", desk: "Desk", today: str) -> None:
    """Each death needs a life of its own: they are joined for it."""
    (policy,) = book.pools["funeral_policy"]
    steps = (
        ("notified", "decesos_verify_funeral", PAPERS),
        ("verified", "decesos_assign_provider", {"provider": "Funeraria Ficticia"}),
        ("assigned", "decesos_record_funeral", {"performed_on": today}),
        ("performed", "", {}),
    )
    lives = [*PAIR, *({"age": 50, "full_name": f"Caso {number} Ficticio"} for number in range(len(steps)))]
    risk = RISKS["funeral_policy"][1] | {"insureds": lives}
    desk.done("kernel_import_risks", rows=[{"policy_id": "PO99002", "risk": risk}])
    for at, (state, _, _) in enumerate(steps):
        told = desk.done("decesos_register_death", policy=policy, insured=f"Caso {at}", deceased_on=today)
        for _, tool, given in steps[:at]:
            desk.done(tool, service=told["service"], **given)
        book.pools[f"{state}_funeral"] = [told["service"]]
    insurer = book.files["kernel_import_insurers"][0]["insurer_code"]
    customer = book.files["crm_import_customers"][0]["id_number"]
    wanted = {"product": "natural", "service_value": "4200.00", "insureds": PAIR}
    quote = desk.done("decesos_quote_policy", customer=customer, insurer=insurer, **wanted)["quote_number"]
    book.pools["funeral_quote"] = [quote]
    book.pools["unsigned_path"] = [desk.done("decesos_keep_premium_path", quote=quote)["path"]]
