"""The accounts that the house pays from; people with administration rights set them."""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, Field
from sqlmodel import select

from core.context import Context
from core.i18n import N_
from core.identifiers import Iban, IdNumber, compact
from modules.core_business.crm.inputs import Name
from modules.core_business.crm.records import changed
from modules.core_business.treasury.lookup import alive
from modules.core_business.treasury.records import HouseAccount, Purpose
from modules.core_business.treasury.views import HouseAccountView, house_account_view
from tools import Risk, Slot, tool
from tools.marks import Guard

PATTERN: Final = r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$"
Bic: TypeAlias = Annotated[str, AfterValidator(compact), Field(pattern=PATTERN)]
PurposeChoice: TypeAlias = Annotated[
    Purpose,
    Slot(words={"own": ("propia", "nuestra", "own"), "clients": ("de clientes", "de primas", "clients", "premium")}),
]


@tool(
    Risk.ADMINISTRATION,
    permission="treasury:administer",
    title=N_("Fijar la cuenta de la correduría"),
    examples=("Fija la cuenta bancaria desde la que paga la correduría", "Set the house's bank account"),
)
def set_house_account(
    ctx: Context,
    purpose: PurposeChoice,
    holder: Name,
    id_number: IdNumber,
    iban: Annotated[Iban, Guard.DESTINATION],
    bank: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w -]+$")],
    bic: Bic | None = None,
) -> HouseAccountView:
    """Set the account that payments leave from: the house's own, or the clients' for premiums and refunds.

    `bank` names the folder that the bank collects its files from. Orders that were made
    before keep the account that they were made for.
    """
    ctx.weigh(conflicted=(ctx.actor.user_id,))
    values: dict[str, Any] = {"holder": holder, "id_number": id_number, "iban": iban, "bank": bank, "bic": bic}
    found = ctx.session.exec(
        select(HouseAccount).where(HouseAccount.purpose == purpose.value, alive(HouseAccount))
    ).first()
    if found is None:
        found = HouseAccount(purpose=purpose.value, **values)
        differs = True
    else:
        differs = changed(found, **values)
    if differs:
        ctx.session.add(found)
        ctx.emit("house_account.set", found.id, purpose=purpose.value)
    return house_account_view(found)


@tool(
    Risk.READ,
    permission="treasury:read",
    title=N_("Cuentas de la correduría"),
    examples=(
        "¿Desde qué cuenta paga la correduría?",
        "Cuentas bancarias de la casa",
        "Which accounts does the house pay from?",
    ),
)
def list_house_accounts(ctx: Context) -> list[HouseAccountView]:
    """The accounts of the house, masked: its own, and the clients'."""
    found = ctx.session.exec(select(HouseAccount).where(alive(HouseAccount)).order_by(HouseAccount.purpose))
    return [house_account_view(account) for account in found]
