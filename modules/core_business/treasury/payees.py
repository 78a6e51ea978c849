"""The register of payees: who may be paid, to which account, and who confirmed it by a call."""

import unicodedata
from datetime import date
from typing import Annotated, Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context
from core.errors import BadArguments, Conflict, Denied
from core.i18n import N_
from core.identifiers import Iban, IdNumber
from modules.core_business.crm.inputs import Name, PhoneNumber
from modules.core_business.crm.lookup import resolve_customer
from modules.core_business.crm.names import fold
from modules.core_business.treasury.lookup import PayeeRef, alive, mentions_in, resolve_payee
from modules.core_business.treasury.records import Payee, PayeeKind
from modules.core_business.treasury.rules import KNOWN_PHONE, confirms
from modules.core_business.treasury.views import PayeeList, PayeeView, payee_view
from tools import Risk, Slot, tool
from tools.marks import Guard
from tools.results import Mentions

Limit: TypeAlias = Annotated[int, Field(ge=1, le=200)]
Account: TypeAlias = Annotated[
    Iban,
    Guard.DESTINATION,
    Slot(
        ask=N_("¿Cuál es el IBAN?"), cues=("iban", "cuenta", "account"), pattern=r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}"
    ),
]
KIND_WORDS: Final = {
    "supplier": ("proveedor", "proveedores", "supplier", "suppliers"),
    "customer": ("cliente", "clientes", "customer", "customers"),
    "insurer": ("aseguradora", "aseguradoras", "compañía", "insurer", "insurers"),
    "collaborator": ("colaborador", "colaboradores", "collaborator", "collaborators"),
    "tax_office": ("hacienda", "agencia tributaria", "administración tributaria", "tax office"),
}
PayeeKindChoice: TypeAlias = Annotated[PayeeKind, Slot(words=KIND_WORDS)]


class PayeeExists(Conflict):
    """Somebody with that NIF is in the register already."""

    text = N_("{name} ({id_number}) ya está en el registro: cambie su cuenta en lugar de registrarlo otra vez.")


class CallProvesNothing(Conflict):
    """The telephone that was called is too new, or there is none."""

    text = N_(
        "La llamada no sirve para comprobar la cuenta de {name}: hace falta un teléfono conocido desde hace más de "
        "{days} días."
    )


@tool(
    Risk.READ,
    permission="treasury:read",
    title=N_("Beneficiarios nombrados en un texto"),
    examples=("Qué beneficiarios se nombran en este texto", "Which payees does this text name?"),
)
def find_mentions(ctx: Context, text: Annotated[str, Field(max_length=20_000)]) -> Mentions:
    """Payees of the register that a text names, by name or NIF."""
    return Mentions(mentions=mentions_in(ctx, unicodedata.normalize("NFC", text)))


@tool(
    Risk.BANK_DETAILS,
    permission="treasury:register",
    title=N_("Registrar beneficiario"),
    examples=(
        "Registra como beneficiario al proveedor Talleres Ebro, S.L. con su cuenta",
        "Da de alta un beneficiario nuevo para poder pagarle",
        "Register the supplier Ebro Workshops as a payee with its account",
    ),
)
def register_payee(
    ctx: Context,
    name: Annotated[Name, Slot(ask=N_("¿Cómo se llama el beneficiario?"))],
    id_number: Annotated[IdNumber, Guard.SUBJECT, Slot(ask=N_("¿Cuál es su NIF?"))],
    iban: Account,
    kind: PayeeKindChoice = PayeeKind.SUPPLIER,
    phone: PhoneNumber | None = None,
    phone_since: Annotated[date | None, Slot(cues=("teléfono desde", "phone since"))] = None,
    customer: Annotated[str, Slot(ref="customer")] | None = None,
) -> PayeeView:
    """Enter somebody into the register of payees, with the account to pay to.

    Nothing is paid to it before a second person has confirmed the account by a call, nor in
    the first 24 hours. `phone_since` is the day from which the house has had that number,
    today unless said otherwise; a customer's own number stands in the customer's file.
    """
    ctx.weigh(conflicted=(ctx.actor.user_id,))
    taken = ctx.session.exec(select(Payee).where(Payee.id_number == id_number, alive(Payee))).first()
    if taken is not None:
        raise PayeeExists(name=taken.name, id_number=id_number)
    owner = resolve_customer(ctx, customer) if customer else None
    if owner is not None and owner.id_number != id_number:
        raise BadArguments(field="customer", problem=N_("el NIF no es el de ese cliente"))
    payee = Payee(
        name=name, search_name=fold(name), id_number=id_number, iban=iban, kind=kind.value,
        customer_id=owner.id if owner else None, registered_by=ctx.actor.user_id,
        account_changed_by=ctx.actor.user_id, account_changed_at=ctx.now,
    )  # fmt: skip
    if phone is None and owner is not None:
        payee.phone, payee.phone_since = owner.phone, owner.phone_since or owner.customer_since
    elif phone:
        if phone_since is not None and phone_since > ctx.today:
            raise BadArguments(field="phone_since", problem=N_("no puede ser una fecha futura"))
        payee.phone, payee.phone_since = phone, phone_since or ctx.today
    ctx.session.add(payee)
    ctx.emit("payee.registered", payee.id, kind=payee.kind)
    return payee_view(payee, ctx.now, ctx.actor.zone)


@tool(
    Risk.BANK_DETAILS,
    permission="treasury:register",
    title=N_("Cambiar la cuenta de un beneficiario"),
    examples=(
        "Cambia la cuenta del beneficiario Talleres Ebro",
        "El proveedor Talleres Ebro cobra ahora en otra cuenta",
        "Change the account of the payee Ebro Workshops",
    ),
)
def change_payee_account(ctx: Context, payee: Annotated[PayeeRef, Guard.SUBJECT], iban: Account) -> PayeeView:
    """Change the account that a payee is paid to; it has to be confirmed by a call again.

    The new account rests 24 hours before the first payment. A payee that was out of use is in
    use again.
    """
    ctx.weigh(conflicted=(ctx.actor.user_id,))
    found = resolve_payee(ctx, payee)
    if found.iban == iban and found.active:
        raise Conflict(reason=N_("esa cuenta ya es la registrada"))
    found.iban, found.account_changed_by, found.account_changed_at = iban, ctx.actor.user_id, ctx.now
    found.active = True
    forget_call(found)
    ctx.session.add(found)
    ctx.emit("payee.account_changed", found.id)
    return payee_view(found, ctx.now, ctx.actor.zone)


def forget_call(payee: Payee) -> None:
    """Take the verification of an account away that is no more."""
    payee.verified_at, payee.verified_by, payee.called_on = None, None, None
    payee.called_phone, payee.called_source, payee.called_person = None, "", ""


@tool(
    Risk.WRITE,
    permission="treasury:register",
    title=N_("Comprobar la cuenta de un beneficiario"),
    examples=(
        "He llamado a Talleres Ebro y confirman su cuenta",
        "Anota la llamada que comprueba la cuenta del beneficiario",
        "Record the call-back that confirms the account of the payee Ebro Workshops",
    ),
)
def verify_payee(
    ctx: Context,
    payee: Annotated[PayeeRef, Guard.SUBJECT],
    person: Annotated[Name, Slot(ask=N_("¿Con quién ha hablado?"), cues=("con", "with"))],
    phone_source: Annotated[
        str, Field(min_length=3, max_length=200), Slot(ask=N_("¿Dónde consta el teléfono (contrato, factura antigua)?"))
    ],
    called_on: Annotated[date | None, Slot(cues=("llamé el", "called on"))] = None,
) -> PayeeView:
    """Record the call that confirmed a payee's account, made by the person who says so.

    The number called is the registered one, known for more than 30 days. Who registered the
    account or changed it last can't confirm it, nor can an agent.
    """
    found = resolve_payee(ctx, payee)
    if ctx.actor.agent is not None:
        raise Denied(rule="call-back", reason=N_("la llamada la confirma una persona, no un agente"))
    if ctx.actor.user_id in (found.registered_by, found.account_changed_by):
        raise Denied(rule="call-back", reason=N_("quien registró la cuenta no puede comprobarla"))
    if not found.active:
        raise Conflict(reason=N_("el beneficiario está dado de baja"))
    day = called_on or ctx.today
    if day > ctx.today:
        raise BadArguments(field="called_on", problem=N_("no puede ser una fecha futura"))
    changed_on = found.account_changed_at.astimezone(ZoneInfo(ctx.actor.zone)).date()
    if not found.phone or not confirms(found.phone_since, day, changed_on):
        raise CallProvesNothing(name=found.name, days=KNOWN_PHONE.days)
    found.verified_at, found.verified_by = ctx.now, ctx.actor.user_id
    found.called_phone, found.called_source, found.called_person = found.phone, phone_source, person
    found.called_on = day
    ctx.session.add(found)
    ctx.emit("payee.verified", found.id)
    return payee_view(found, ctx.now, ctx.actor.zone)


@tool(
    Risk.WRITE,
    permission="treasury:register",
    title=N_("Dar de baja un beneficiario"),
    examples=(
        "Da de baja al beneficiario Talleres Ebro",
        "Ya no se paga a este beneficiario",
        "Deactivate the payee Ebro Workshops",
    ),
)
def deactivate_payee(ctx: Context, payee: Annotated[PayeeRef, Guard.SUBJECT]) -> PayeeView:
    """Take a payee out of use: nothing is paid to it any more, and its history stays."""
    found = resolve_payee(ctx, payee)
    if not found.active:
        raise Conflict(reason=N_("el beneficiario ya está dado de baja"))
    found.active = False
    ctx.session.add(found)
    ctx.emit("payee.deactivated", found.id)
    return payee_view(found, ctx.now, ctx.actor.zone)


@tool(
    Risk.READ,
    permission="treasury:read",
    title=N_("Beneficiarios"),
    examples=(
        "¿A quién podemos pagar?",
        "Lista de beneficiarios registrados",
        "¿Qué beneficiarios tienen la cuenta sin comprobar?",
        "List the registered payees",
        "Which payees have no verified account?",
    ),
)
def list_payees(
    ctx: Context,
    kind: PayeeKindChoice | None = None,
    unverified: Annotated[
        bool, Slot(words={"true": ("sin comprobar", "sin verificar", "unverified", "no verified")})
    ] = False,
    inactive: Annotated[bool, Slot(words={"true": ("de baja", "inactivos", "inactive")})] = False,
    limit: Limit = 50,
) -> PayeeList:
    """Payees of the register by name, with masked accounts and whether they may be paid."""
    where: list[Any] = [alive(Payee), col(Payee.active).is_(not inactive)]
    if kind:
        where.append(col(Payee.kind) == kind.value)
    if unverified:
        where.append(col(Payee.verified_at).is_(None))
    found = ctx.session.exec(select(Payee).where(*where).order_by(Payee.search_name).limit(limit)).all()
    total = ctx.session.exec(select(func.count()).select_from(Payee).where(*where)).one()
    return PayeeList(payees=tuple(payee_view(payee, ctx.now, ctx.actor.zone) for payee in found), total=total)


@tool(
    Risk.READ,
    permission="treasury:read",
    title=N_("Ver un beneficiario"),
    examples=(
        "Enséñame el beneficiario Talleres Ebro",
        "¿Está comprobada la cuenta de Talleres Ebro?",
        "Show the payee Ebro Workshops",
    ),
)
def show_payee(ctx: Context, payee: PayeeRef) -> PayeeView:
    """One payee of the register: masked account, the call that confirmed it, and from when it may be paid."""
    return payee_view(resolve_payee(ctx, payee), ctx.now, ctx.actor.zone)
