"""The pure rules of the treasury: who may be paid, which call counts, and the bank's file."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from core.identifiers import instant_of, new_id
from modules.core_business.treasury.records import Payee
from modules.core_business.treasury.rules import (
    COOLING_OFF,
    Standing,
    confirms,
    end_to_end_id,
    payment_number,
    source_of,
    standing,
)
from modules.core_business.treasury.sepa import LARGEST, Party, Transfer, credit_transfer, scheme_text
from modules.core_business.treasury.states import FINAL, MOVES, PaymentState, UnlawfulPaymentMove, check_move

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
XSD = etree.XMLSchema(etree.parse(Path(__file__).parents[2] / "data" / "sepa" / "pain.001.001.09.xsd"))
NAMES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
HOUSE = Party("Correduría Soriano Ficticia, S.L.", "ES9299906305665071050724", id_number="B27289875")
PAYEE = Party("Talleres Hnos. Vidal Ficticia, S.L.", "ES1499907468933795742288")


def payee(*, active=True, changed=timedelta(days=9), verified=timedelta(days=8)) -> Payee:
    me = UUID(int=1)
    return Payee(
        name="x", search_name="x", id_number="B27289875", iban=PAYEE.iban, kind="supplier", active=active,
        registered_by=me, account_changed_by=me, account_changed_at=NOW - changed,
        verified_at=None if verified is None else NOW - verified,
    )  # fmt: skip


def transfer(**other) -> Transfer:
    values = {
        "message_id": "A" * 32, "end_to_end_id": "A" * 32, "created_at": NOW, "execute_on": date(2026, 11, 24),
        "debtor": HOUSE, "creditor": PAYEE, "amount": Decimal("968.00"), "concept": "F-93 chapa y pintura",
    }  # fmt: skip
    return Transfer(**values | other)


@pytest.mark.parametrize(
    ("account", "stands"),
    [
        (payee(), Standing.PAYABLE),
        (payee(active=False), Standing.INACTIVE),
        (payee(verified=None), Standing.UNVERIFIED),
        (payee(verified=timedelta(days=10)), Standing.UNVERIFIED),  # the account changed after the call
        (payee(changed=timedelta(hours=23), verified=timedelta(hours=1)), Standing.COOLING_OFF),
        (payee(changed=COOLING_OFF, verified=timedelta(hours=1)), Standing.PAYABLE),
    ],
)
def test_only_an_account_in_use_confirmed_and_rested_is_paid(account, stands):
    assert standing(account, NOW) is stands


@pytest.mark.parametrize(
    ("since", "called", "counts"),
    [
        (date(2026, 1, 1), date(2026, 11, 20), True),
        (date(2026, 10, 20), date(2026, 11, 20), True),  # 31 days
        (date(2026, 10, 21), date(2026, 11, 20), False),  # 30 days are not more than 30
        (date(2026, 1, 1), date(2026, 11, 19), False),  # a call before the change
        (None, date(2026, 11, 20), False),
    ],
)
def test_a_call_counts_to_a_number_known_for_more_than_thirty_days(since, called, counts):
    assert confirms(since, called, date(2026, 11, 20)) is counts


def test_premiums_and_refunds_leave_the_clients_account():
    assert {kind: source_of(kind).value for kind in ("supplier", "insurer", "customer", "tax_office")} == {
        "supplier": "own", "insurer": "clients", "customer": "clients", "tax_office": "own",
    }  # fmt: skip


def test_an_order_is_named_by_its_id():
    id = new_id()
    assert end_to_end_id(id) == id.hex.upper()
    assert payment_number(id) == f"PG-{instant_of(id).year}-{id.hex[-8:].upper()}"
    assert abs(instant_of(id) - datetime.now(UTC)) < timedelta(minutes=1)


@given(st.lists(st.sampled_from(list(PaymentState)), max_size=12))
def test_a_payment_never_reaches_a_state_by_an_unlawful_step(wanted):
    state: PaymentState | None = None
    path: list[PaymentState | None] = [None]
    for to in wanted:
        try:
            check_move("PG", state, to)
        except UnlawfulPaymentMove:
            continue
        path.append(to)
        state = to
    assert all(after in MOVES[before] for before, after in zip(path, path[1:], strict=False))
    assert all(step not in FINAL for step in path[:-1])
    if PaymentState.SETTLED in path:
        assert PaymentState.ORDERED in path


@pytest.mark.parametrize("final", sorted(FINAL))
def test_what_has_ended_stays_so(final):
    assert all(final != before for before in MOVES)


def test_the_file_is_valid_and_says_what_was_ordered():
    tree = etree.fromstring(credit_transfer(transfer()).encode())
    XSD.assertValid(tree)
    said = {
        path: tree.xpath(f"string(//p:{path})", namespaces=NAMES)
        for path in ("InstdAmt", "CtrlSum", "EndToEndId", "CdtrAcct//p:IBAN", "DbtrAcct//p:IBAN", "Ustrd", "Cdtr/p:Nm")
    }
    assert said == {
        "InstdAmt": "968.00", "CtrlSum": "968.00", "EndToEndId": "A" * 32, "CdtrAcct//p:IBAN": PAYEE.iban,
        "DbtrAcct//p:IBAN": HOUSE.iban, "Ustrd": "F-93 chapa y pintura", "Cdtr/p:Nm": PAYEE.name,
    }  # fmt: skip


def test_a_house_with_a_bic_says_it():
    debtor = Party(HOUSE.name, HOUSE.iban, "CAIXESBBXXX", HOUSE.id_number)
    tree = etree.fromstring(credit_transfer(transfer(debtor=debtor)).encode())
    XSD.assertValid(tree)
    assert tree.xpath("string(//p:BICFI)", namespaces=NAMES) == "CAIXESBBXXX"


@given(
    concept=st.text(min_size=1, max_size=200),
    name=st.text(min_size=1, max_size=120),
    amount=st.decimals(Decimal("0.01"), LARGEST, places=2),
)
def test_any_text_makes_a_valid_file_and_the_same_bytes_again(concept, name, amount):
    one = transfer(concept=concept, creditor=Party(name, PAYEE.iban), amount=amount)
    file = credit_transfer(one)
    XSD.assertValid(etree.fromstring(file.encode()))
    assert file == credit_transfer(one)
    assert file.isascii()


def test_texts_keep_to_the_characters_of_the_scheme():
    assert scheme_text("Ñandú & Cía. «A/B» ／／ 5 €", 140) == "Nandu + Cia. A/B / 5 E"
    assert scheme_text("</Ustrd><IBAN>", 140) == "Ustrd IBAN"
    assert scheme_text("日本", 140) == "-"
    assert scheme_text("x" * 200, 70) == "x" * 70
