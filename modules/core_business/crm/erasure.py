"""Erasure and restriction (*supresión y limitación*), GDPR arts. 17 and 18.

Erasing leaves the record's key and nothing of the person. While a law makes the house keep
the data it can't be done; then they may be restricted: kept, and not used for anything else.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field
from sqlmodel import col, select

from core.context import Context, Effect
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from modules.core_business.crm.duties import Duty, duties_of, erase_elsewhere
from modules.core_business.crm.lookup import CustomerRef, resolve_customer
from modules.core_business.crm.records import BankAccount, Consent, Customer, CustomerNote, Interaction, Language
from modules.core_business.crm.views import CustomerId
from tools import Risk, Slot, tool
from tools.marks import External, Guard
from tools.results import Result

TOMBSTONE: Final = "Cliente suprimido"
GONE: Final = (  # fields that tell of the person; the key, the kind and the dates of the contract stay
    "birth_date", "sex", "cnae", "email", "email_since", "phone", "phone_since", "street", "postal_code", "city",
    "province_code", "iban", "mandate_ref", "collaborator_ref", "notes",
)  # fmt: skip
SAID: Final = 5  # duties that the refusal names
Basis = Annotated[str, Field(min_length=5, max_length=300), Slot(ask=N_("¿Con qué motivo?"))]


class MustBeKept(Conflict):
    """A law makes the house keep the data; `duties` says which, `offer` what may be done instead."""

    code = "ait.must_be_kept"
    text = N_(
        "No se pueden suprimir los datos de {name}: la ley obliga a conservarlos ({said}). En su lugar puede limitarse "
        "su tratamiento (RGPD art. 18)."
    )

    def __init__(self, customer: Customer, duties: list[Duty]) -> None:
        """Refuse to erase `customer` because of `duties`."""
        listed = [" ".join(part for part in (d.what, f"[{d.law}]", d.until) if part) for d in duties[:SAID]]
        more = len(duties) - len(listed)
        said = "; ".join(listed) + (f"; +{more}" if more > 0 else "")
        super().__init__(name=customer.name, said=said, offer="crm_restrict_customer", customer=str(customer.id))


class Erased(Result):
    """What was erased; the key is all that is left."""

    customer: CustomerId
    fields: tuple[str, ...]
    records: Mapping[str, int]

    def told(self, locale: Locale) -> str:
        """That it is done, and what went with it."""
        text = N_("Suprimidos los datos personales del cliente {customer} y {count} registros que dependían de él.")
        return translate(text, locale, customer=self.customer, count=sum(self.records.values()))


class Restricted(Result):
    """Whether a customer's data are restricted now, and why."""

    customer: CustomerId
    name: str
    restricted: bool
    reason: External

    def told(self, locale: Locale) -> str:
        """What holds from now on."""
        text = (
            N_("Limitado el tratamiento de los datos de {name}: solo se conservan.")
            if self.restricted
            else N_("Levantada la limitación del tratamiento de los datos de {name}.")
        )
        return translate(text, locale, name=self.name)


@tool(
    Risk.IRREVERSIBLE,
    permission="crm:erase",
    title=N_("Suprimir los datos de un cliente"),
    examples=(
        "Suprime los datos personales de Álvaro Ramos, ejerce su derecho al olvido",
        "Borra a este cliente por protección de datos",
        "Erase the personal data of Raquel Gómez",
    ),
)
def erase_customer(ctx: Context, customer: Annotated[CustomerRef, Guard.SUBJECT], reason: Basis) -> Erased:
    """Erase a customer's personal data for good, as GDPR art. 17 demands; only the key is left.

    Refused while a policy lives, a claim is open or a receipt must be kept (art. 17.3); the
    refusal names the duties, and the data can be restricted instead.
    """
    ctx.weigh(subjects=1)
    found = resolve_customer(ctx, customer)
    interactions = list(ctx.session.exec(select(Interaction).where(Interaction.customer_id == found.id)))
    if duties := duties_of(ctx, found.id, interactions):
        raise MustBeKept(found, duties)
    records = erase_elsewhere(ctx, found.id)
    for kind in (Interaction, CustomerNote, BankAccount):
        name = str(kind.__tablename__)
        own: Any = col(kind.customer_id) == found.id
        for record in ctx.session.exec(select(kind).where(own)).all():
            ctx.session.delete(record)
            records[name] = records.get(name, 0) + 1
    for consent in ctx.session.exec(select(Consent).where(Consent.customer_id == found.id)).all():
        # That it was given is kept as proof (art. 7.1); where, may name the person.
        consent.evidence = ""
        ctx.session.add(consent)
    fields = _bury(ctx, found)
    ctx.session.add(found)
    ctx.emit("customer.erased", found.id, basis="GDPR art. 17")
    # What the audit log says of the person is erased by destroying the key, once this is committed.
    by = {"tenant": str(ctx.actor.tenant_id), "user": ctx.actor.user}
    ctx.effect(Effect("erasure", str(found.id), "RGPD art. 17", reason, key=found.id, extra=by))
    return Erased(customer=str(found.id), fields=fields, records=records)


def _bury(ctx: Context, customer: Customer) -> tuple[str, ...]:
    """Overwrite all that tells of the person; the fields that did."""
    told = tuple(field for field in GONE if getattr(customer, field) is not None)
    for field in GONE:
        setattr(customer, field, None)
    tail = customer.id.hex[-8:]
    customer.name, customer.id_number = f"{TOMBSTONE} {tail}", f"SUPRIMIDO-{customer.id.hex}"
    customer.first_name = customer.last_name = customer.company_name = ""
    customer.search_name = customer.short_name = ""
    customer.language, customer.tags, customer.restriction = Language.SPANISH.value, [], ""
    customer.erased_at = ctx.now
    return ("name", "id_number", *told)


@tool(
    Risk.WRITE,
    permission="crm:erase",
    title=N_("Limitar el tratamiento de los datos"),
    examples=(
        "Limita el tratamiento de los datos de Álvaro Ramos",
        "Levanta la limitación de los datos de Raquel Gómez",
        "Restrict the processing of the data of Raquel Gómez",
    ),
)
def restrict_customer(
    ctx: Context,
    customer: Annotated[CustomerRef, Guard.SUBJECT],
    reason: Basis,
    restricted: Annotated[bool, Slot(words={"false": ("levanta", "lift", "ya no")})] = True,
) -> Restricted:
    """Restrict a customer's data: kept for the law's sake, and used for nothing else (GDPR art. 18).

    They go into no export, and every review of the customer says so. `restricted` false lifts it.
    """
    found = resolve_customer(ctx, customer)
    if restricted == (found.restricted_at is not None):
        raise Conflict(reason=N_("el tratamiento ya está así"))
    found.restricted_at, found.restriction = (ctx.now, reason) if restricted else (None, "")
    ctx.session.add(found)
    ctx.emit("customer.restricted" if restricted else "customer.restriction_lifted", found.id)
    return Restricted(customer=str(found.id), name=found.name, restricted=restricted, reason=reason)
