"""Policies of the book that keep accounts, declarations and certificates, and calls that fit them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from core.dates import add_months
from tests.tools.offers import CASES

if TYPE_CHECKING:
    from tests.tools.books import Book, Desk

LINES: Final = ("ahorro", "unit_linked", "pensiones", "transporte", "credito", "caucion", "agrario")
BONDS, MIXED = "ZZ0000000125", "ZZ0000000216"
HALVES: Final = [{"isin": BONDS, "pct": "50"}, {"isin": MIXED, "pct": "50"}]
RISKS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {  # pool → case and details
    "saving": ("ahorro-C01", {}), "invested": ("unit-linked-C01", {"fund_allocation": HALVES}),
    "uninvested": ("unit-linked-C01", {"fund_allocation": HALVES}), "plan": ("pensiones-C01", {}),
    "floating": ("transporte-C02", {}), "shipped": ("transporte-C02", {}), "sold": ("credito-C01", {}),
    "selling": ("credito-C01", {}), "surety": ("caucion-C02", {}),
}  # fmt: skip
OVER: Final = ("shipped", "sold")  # whose one month is over and declared


def keep_ledgers(book: "Book", desk: "Desk") -> None:
    """Take the policies over, and bring each into the state that its acts need; the calls lie in `book.pools`."""
    today, row = book.start.date(), book.files["kernel_import_policies"][0]
    month = today.replace(day=1)
    numbers = {}
    for at, (pool, (case, details)) in enumerate(RISKS.items()):
        inputs = next(one for one in CASES if one["id"] == case)
        begun, ends = today - timedelta(days=300), today + timedelta(days=60)
        if pool in OVER:
            begun, ends = add_months(month, -1), month
        dates = {"original_start_date": (begun - timedelta(days=800)).isoformat() if pool not in OVER
                 else begun.isoformat(), "effective_date": begun.isoformat(), "expiry_date": ends.isoformat(),
                 "status": "en_vigor", "sum_insured": ""}  # fmt: skip
        policy = row | dates | {"policy_id": f"PO9800{at}", "policy_number": f"0998-9800000{at}",
                                "line": inputs["line"]}  # fmt: skip
        desk.done("kernel_import_policies", rows=[policy])
        risk = {"policy_id": policy["policy_id"], "risk": inputs["inputs"], "details": details}
        desk.done("kernel_import_risks", rows=[risk])
        numbers[pool] = policy["policy_number"]
    days = [(today - timedelta(days=n)).isoformat() for n in (50, 1)]
    prices = [{"isin": isin, "priced_on": day, "nav": "12.5"} for isin in (BONDS, MIXED) for day in days]
    desk.done("unit_linked_import_prices", rows=prices)
    ordered = (today - timedelta(days=51)).isoformat()
    desk.done("ahorro_record_contribution", policy=numbers["saving"], amount="1000")
    desk.done("pensiones_record_contribution", policy=numbers["plan"], amount="100")
    desk.done("unit_linked_record_investment", policy=numbers["invested"], ordered_on=ordered)
    last = f"{add_months(month, -1):%Y-%m}"
    desk.done("transporte_record_declaration", policy=numbers["shipped"], month=last, value="100")
    desk.done("credito_record_declaration", policy=numbers["sold"], month=last, domestic="100")
    customer = book.files["crm_import_customers"][0]
    far = (today + timedelta(days=300)).isoformat()
    owner = next(one for one in book.files["crm_import_customers"] if one["customer_id"] == row["customer_id"])
    desk.done("caucion_set_limit", customer=owner["id_number"], amount="90000", valid_until=far)
    issued = {"policy": numbers["surety"], "beneficiary": "Ayuntamiento Ficticio"}
    live = desk.done("caucion_issue_certificate", **issued, amount="20000")["bond"]
    called = desk.done("caucion_issue_certificate", **issued, amount="1000")["bond"]
    desk.done("caucion_record_call", bond=called, amount="1000")
    debtor = {"policy": numbers["selling"], "debtor": "B12345674", "name": "Deudora Ficticia", "requested": "9000",
              "granted": "8000"}  # fmt: skip
    shipment = {"policy": numbers["floating"], "goods": "Fruta", "origin": "Valencia", "destination": "Bilbao",
                "departs_on": (today + timedelta(days=5)).isoformat()}  # fmt: skip
    amounts = ("10", "20.5", "30")
    calls: dict[str, Sequence[dict[str, Any]]] = {
        "ahorro_record_contribution": [{"policy": numbers["saving"], "amount": n} for n in amounts],
        "ahorro_surrender_policy": [{"policy": numbers["saving"], "amount": n} for n in (*amounts, None)],
        "ahorro_transfer_account": [{"policy": numbers["saving"], "to": f"Mutua {n}"} for n in amounts],
        "unit_linked_import_prices": [{"rows": [{"isin": BONDS, "priced_on": days[1], "nav": n}]} for n in amounts],
        "unit_linked_record_investment": [{"policy": numbers["uninvested"], "ordered_on": ordered},
                                          {"policy": numbers["uninvested"], "ordered_on": ordered}],
        "unit_linked_switch_funds": [{"policy": numbers["invested"], "from_fund": BONDS, "to_fund": MIXED,
                                      "share_pct": n} for n in amounts],
        "unit_linked_surrender_policy": [{"policy": numbers["invested"], "amount": n} for n in (*amounts, None)],
        "unit_linked_record_charge": [{"policy": numbers["invested"]}],
        "pensiones_record_contribution": [{"policy": numbers["plan"], "amount": n} for n in amounts],
        "pensiones_transfer_plan": [{"policy": numbers["plan"], "to": f"Gestora {n}"} for n in amounts],
        "transporte_issue_certificate": [{**shipment, "cif_value": n} for n in amounts],
        "transporte_record_declaration": [{"policy": numbers["floating"], "month": last, "value": n} for n in amounts],
        "transporte_settle_declarations": [{"policy": numbers["shipped"]}],
        "credito_set_limit": [{**debtor, "valid_until": far}, {**debtor, "valid_until": far, "granted": "0"}],
        "credito_record_declaration": [{"policy": numbers["selling"], "month": last, "domestic": n} for n in amounts],
        "credito_settle_declarations": [{"policy": numbers["sold"]}],
        "caucion_set_limit": [{"customer": customer["id_number"], "amount": n, "valid_until": far}
                              for n in ("95000", "96000")],
        "caucion_issue_certificate": [{**issued, "amount": n} for n in amounts],
        "caucion_release_certificate": [{"bond": live}],
        "caucion_record_call": [{"bond": live, "amount": n} for n in amounts],
        "caucion_record_recovery": [{"bond": called, "amount": n} for n in amounts],
    }  # fmt: skip
    book.pools |= {f"call:{tool}": list(args) for tool, args in calls.items()}
