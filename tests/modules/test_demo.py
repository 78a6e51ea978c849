"""The demonstration brokerage: all of it, to the cent, once, in a tenant marked as fictional."""

import csv
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlmodel import func, select

from core.context import Origin
from core.errors import NotSignedIn
from core.identifiers import new_id
from core.settings import Settings
from core.storage import Storage
from modules.core_business.crm.records import Consent, Customer
from modules.core_business.treasury.records import HouseAccount, Payee, PaymentMovement, PaymentOrder
from modules.demo import HOME, NAME, USERS, load
from modules.installation import Installation
from modules.insurance.autos.records import Vehicle
from modules.insurance.kernel.records import Claim, Collaborator, CommissionLine, Insurer, Policy, Receipt
from modules.insurance.kernel.rows import CLAIM_STATES, RECEIPT_STATES
from tools.gate import Call

EXPECTED = json.loads((HOME / "portfolio.expected.json").read_text(encoding="utf-8"))
KINDS = (Insurer, Collaborator, Customer, Consent, Policy, Receipt, CommissionLine, Claim, Vehicle, Payee, PaymentOrder,
         PaymentMovement, HouseAccount)  # fmt: skip


@pytest.fixture(scope="module")
def house():
    """An installation of its own: the demonstration goes into the first tenant.

    Not under pytest's own folder, which a second pytest run closes to the database's user.
    """
    with TemporaryDirectory(prefix="ait-demo-") as folder:
        opened = Installation.open(Settings(data_dir=Path(folder), model="offline", port=3997))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def first(house):
    return load(house)


@pytest.fixture(scope="module")
def owner(house, first):
    return house.people.owner()


@pytest.fixture
def ask(house, first):
    """Call a tool as the demonstration's broker."""

    def answer(tool, **args):
        return house.gate.call(Call(tool, args, house.people.actor("broker"), Origin("cli", new_id()))).value

    return answer


@pytest.fixture
def session(house, owner):
    with house.database.transaction(owner.tenant_id) as opened:
        yield opened


def rows(file):
    with (HOME / f"{file}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def state_of(house, owner):
    """Rows and the sum of versions of every kind of record."""
    with house.database.transaction(owner.tenant_id) as session:
        return {kind: session.exec(select(func.count(), func.sum(kind.version))).one() for kind in KINDS}


def test_all_rows_of_all_files_are_there(first, session):
    report = first
    files = {Customer: "customers", Policy: "policies", Receipt: "receipts", Claim: "claims", Vehicle: "autos_vehicles",
             Payee: "payees", PaymentOrder: "payments"}  # fmt: skip
    for kind, file in files.items():
        assert session.exec(select(func.count()).select_from(kind)).one() == report.counts[file] == len(rows(file))
    assert {k: report.counts[k] for k in ("customers", "policies", "receipts", "claims")} == {
        k: EXPECTED[k] for k in ("customers", "policies", "receipts", "claims")
    }


def test_persons_and_companies_are_as_many_as_expected(session):
    kinds = Counter(session.exec(select(Customer.kind)).all())
    assert kinds["person"] == EXPECTED["persons"]
    assert kinds.total() - kinds["person"] == EXPECTED["companies"]


def test_policies_by_line(session):
    assert Counter(session.exec(select(Policy.line)).all()) == EXPECTED["policies_by_line"]


def test_receipts_by_state_to_the_cent(session):
    totals = defaultdict(Decimal)
    counts = Counter()
    for state, total in session.exec(select(Receipt.state, Receipt.total)):
        counts[state] += 1
        totals[state] += total
    found = {state: {"count": counts[state], "total": str(totals[state])} for state in counts}
    assert found == {RECEIPT_STATES[status]: figures for status, figures in EXPECTED["receipts_by_status"].items()}


def test_net_premium_in_force_and_commission_settled(session):
    in_force = select(func.sum(Policy.net_premium)).where(Policy.state == "in_force")
    assert str(session.exec(in_force).one()) == EXPECTED["net_premium_annual_in_force"]
    settled = select(func.sum(CommissionLine.amount)).where(
        CommissionLine.state == "settled", CommissionLine.kind == "earned"
    )
    assert str(session.exec(settled).one()) == EXPECTED["commission_settled"]


def test_claims_by_state(session):
    found = Counter(session.exec(select(Claim.state)).all())
    assert found == {CLAIM_STATES[status]: count for status, count in EXPECTED["claims_by_status"].items()}


def test_every_cell_of_the_customers_file_is_kept(session):
    known = {customer.import_ref: customer for customer in session.exec(select(Customer))}
    for row in rows("customers"):
        customer = known[row["customer_id"]]
        assert row["phone"].replace(" ", "") == customer.phone
        for column in ("iban", "email", "language", "street", "postal_code", "city", "sex", "cnae", "id_number"):
            assert (row[column] or None) == getattr(customer, column)
        assert (row["collaborator_id"] or None) == customer.collaborator_ref


def test_a_second_load_changes_nothing(house, owner, first):
    before = state_of(house, owner)
    again = load(house)
    assert set(again.changed.values()) == {0}
    assert dict(again.passwords) == {}
    assert again.counts == first.counts
    assert state_of(house, owner) == before


def test_what_the_tools_say_is_what_the_file_says(ask):
    pending = EXPECTED["receipts_by_status"]["pendiente"]
    returned = EXPECTED["receipts_by_status"]["devuelto"]
    found = ask("encashment_list_pending")
    assert (found.count, str(found.total)) == (pending["count"], pending["total"])
    assert (found.returned_count, str(found.returned_total)) == (returned["count"], returned["total"])


def test_the_pending_receipts_of_every_customer_are_those_of_the_file(ask):
    holder = {row["policy_id"]: row["customer_id"] for row in rows("policies")}
    owed = defaultdict(list)
    for row in rows("receipts"):
        if row["status"] == "pendiente":
            owed[holder[row["policy_id"]]].append(row)
    for ref in sorted(owed)[:25]:
        found = ask("encashment_list_pending", customer=ref)
        assert {r.receipt_number for r in found.receipts} == {row["receipt_number"] for row in owed[ref]}
        assert found.total == sum(Decimal(row["total"]) for row in owed[ref])


def test_every_customer_is_recognised_by_the_name_of_the_file(ask):
    for row in rows("customers")[::7]:
        name = row["company_name"] or f"{row['first_name']} {row['last_name']}"
        mentions = ask("crm_find_mentions", text=f"¿qué recibos tiene pendientes {name.lower()}?").mentions
        assert name in {mention.label for mention in mentions}


def test_payees_may_be_paid_but_for_the_one_whom_nobody_has_called(ask):
    payees = {payee.name.partition(" ")[0]: payee.standing for payee in ask("treasury_list_payees").payees}
    assert payees == {"Talleres": "payable", "Papelería": "payable", "Aseguradora": "payable", "Asesoría": "payable",
                      "Imprenta": "unverified"}  # fmt: skip
    paid = ask("treasury_list_payments")
    assert {part.state: str(part.total) for part in paid.by_state} == {"settled": "412.50", "sent": "183.70"}
    assert {account.purpose for account in ask("treasury_list_house_accounts")} == {"own", "clients"}


def test_the_users_sign_in_by_generated_passwords_that_differ(first, house, owner):
    passwords = first.passwords
    assert set(passwords) == {user.username for user in USERS}
    assert len(set(passwords.values())) == len(USERS)
    assert all(len(password) >= 12 for password in passwords.values())
    people = {user.username: user for user in house.people.users(owner)}
    for user in USERS:
        assert people[user.username].roles == [user.username]
        assert passwords[user.username] not in people[user.username].password_hash


def test_the_tenant_says_that_it_is_fictional(house, owner):
    tenant = house.people.tenant(owner)
    assert (tenant.fictional, tenant.name) == (True, NAME)


def test_the_bank_statement_waits_sealed_in_the_object_store(first, house, owner):
    storage = Storage.open(house.settings, house.keys)
    assert set(first.kept) == {"client_account_2026-10.n43", "client_account_2026-10.expected.json"}
    for file, address in first.kept.items():
        assert storage.get(owner.tenant_id, address) == (HOME / file).read_bytes()


def test_nobody_signs_in_by_a_token_that_was_never_made(house):
    with pytest.raises(NotSignedIn):
        house.people.actor_of_token("ait_nothing")
