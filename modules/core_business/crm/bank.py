"""The account that a customer's receipts are charged to (*domiciliación*), with its history."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_
from core.identifiers import Iban
from modules.core_business.crm.lookup import CustomerRef, resolve_customer
from modules.core_business.crm.records import BankAccount, Customer
from modules.core_business.crm.views import BankAccountRow, bank_account_row
from tools import Risk, Slot, tool
from tools.marks import Guard

Account: TypeAlias = Annotated[
    Iban,
    Guard.DESTINATION,
    Slot(
        ask=N_("¿Cuál es el IBAN?"), cues=("iban", "cuenta", "account"), pattern=r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}"
    ),
]
# SEPA rulebook AT-01: 35 characters at most.
Mandate: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9+?/:().,' -]{1,35}$"), Slot(cues=("mandato", "mandate"))]


@tool(
    Risk.BANK_DETAILS,
    permission="crm:bank",
    title=N_("Cambiar la cuenta del cliente"),
    examples=(
        "Cambia la cuenta bancaria de Álvaro Ramos",
        "Domicilia los recibos de Raquel Gómez en otra cuenta",
        "Change the bank account of Raquel Gómez",
    ),
)
def set_bank_account(
    ctx: Context, customer: Annotated[CustomerRef, Guard.SUBJECT], iban: Account, mandate: Mandate | None = None
) -> BankAccountRow:
    """Change the account that a customer's receipts are charged to, and the reference of its mandate.

    Former accounts stay in the history. Without a `mandate` the one on file stays.
    """
    ctx.weigh(conflicted=(ctx.actor.user_id,))
    found = resolve_customer(ctx, customer)
    if found.iban == iban and mandate in (None, found.mandate_ref):
        raise Conflict(reason=N_("esa cuenta ya es la registrada"))
    open_ones = [account for account in _accounts(ctx, found) if account.until is None]
    if found.iban and not open_ones:
        # It came with the customer's record: the history begins with it.
        former = BankAccount(
            customer_id=found.id, iban=found.iban, mandate_ref=found.mandate_ref, since=found.customer_since
        )
        open_ones.append(former)
    for account in open_ones:
        account.until = ctx.today
        ctx.session.add(account)
    found.iban, found.mandate_ref = iban, mandate or found.mandate_ref
    account = BankAccount(customer_id=found.id, iban=iban, mandate_ref=found.mandate_ref, since=ctx.today)
    ctx.session.add(found)
    ctx.session.add(account)
    ctx.emit("customer.bank_account_changed", found.id)
    return bank_account_row(account, found.name)


def _accounts(ctx: Context, customer: Customer) -> Sequence[BankAccount]:
    mine = select(BankAccount).where(BankAccount.customer_id == customer.id)
    return ctx.session.exec(mine.order_by(col(BankAccount.id).desc())).all()


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Cuentas del cliente"),
    examples=(
        "¿En qué cuentas ha tenido domiciliados los recibos Álvaro Ramos?",
        "Historial de cuentas bancarias del cliente",
        "Which bank accounts has Raquel Gómez had?",
    ),
)
def list_bank_accounts(ctx: Context, customer: CustomerRef) -> list[BankAccountRow]:
    """The accounts that a customer's receipts are and were charged to, newest first, masked."""
    found = resolve_customer(ctx, customer)
    return [bank_account_row(account, found.name) for account in _accounts(ctx, found)]
