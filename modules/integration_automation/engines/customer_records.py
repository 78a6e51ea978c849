"""Customer files that may be one, and addresses and telephones that could be written better (*fichas de cliente*).

Both only propose: nothing is merged and nothing is changed here. Whoever decides sees what speaks for
and against it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from engines import operations
from engines.data.enrichment.addresses import Address, Addresses
from engines.data.enrichment.contacts import Phones
from engines.data.enrichment.linking import FieldWeight, Links, MatchField
from engines.data.enrichment.places import PostcodeProvinces
from modules.core_business.crm.lookup import alive
from modules.core_business.crm.records import Customer
from modules.core_business.crm.views import CustomerId
from modules.integration_automation.engines.saying import caution_text
from modules.integration_automation.nerve import NERVE
from tools import Risk, tool
from tools.marks import External
from tools.results import Result

if TYPE_CHECKING:
    from engines.contract import Table

MOST: Final = 100_000
SHOWN: Final = 100
LEAST_CUSTOMERS: Final = 2
TELLING: Final = 0.05  # bits under which a field says nothing
COMPARED: Final = (
    MatchField(column="name", role="name"), MatchField(column="birth_date", role="birthdate"),
    MatchField(column="phone", role="phone"), MatchField(column="email", role="email"),
    MatchField(column="address", role="address"),
)  # fmt: skip
FIELDS: Final[Mapping[str, str]] = {
    "name": N_("nombre"), "birth_date": N_("fecha de nacimiento"), "phone": N_("teléfono"),
    "email": N_("correo electrónico"), "address": N_("dirección"), "street": N_("dirección"),
    "postal_code": N_("código postal"), "city": N_("población"), "province_code": N_("provincia"),
}  # fmt: skip
AGREES: Final = N_("coincide {field} (+{bits})")
DIFFERS: Final = N_("difiere {field} (−{bits})")
TOLD: Final = N_(
    "{pairs} pares de fichas de cliente parecen la misma persona o empresa, entre {customers} clientes. Nada se ha"
    " fusionado.{shown}"
)
NONE: Final = N_("Ninguno de los {customers} clientes parece tener dos fichas.")
PAIR: Final = N_("{left} y {right} ({probability} %: {reasons})")
FAMILY: Final = N_(
    "Hermanos, o padres e hijos, que comparten apellidos, teléfono y domicilio pueden parecer la misma persona: mire"
    " la fecha de nacimiento y el NIF antes de decidir."
)
UNUSED_NIF: Final = N_(
    "El NIF no cuenta: en una misma base no puede repetirse, así que dos fichas de una persona lo tienen distinto."
)
CLEANED: Final = N_(
    "De {customers} clientes, {proposals} datos de contacto se pueden escribir mejor ({fields}) y {unclear} direcciones"
    " no se han entendido. No se ha cambiado nada.{shown}"
)
TIDY: Final = N_("Las direcciones y los teléfonos de los {customers} clientes ya están bien escritos.")
PROPOSAL: Final = N_("{name}: {field} «{now}» → «{proposed}»")
COUNTED: Final = N_("{field}: {n}")
UNCHECKED: Final = N_("No se ha consultado ningún callejero: una dirección bien escrita puede no existir.")
MISSING: Final = N_("vacío")
Changed: TypeAlias = Literal["street", "postal_code", "city", "province_code", "phone"]


class TooFewCustomers(Conflict):
    """There is nobody to compare."""

    text = N_("Hacen falta al menos dos clientes para buscar duplicados.")


class CustomerFile(Result):
    """A customer's file as it is told apart from another one."""

    customer: CustomerId
    name: str
    id_number: str
    city: str | None


class DuplicatePair(Result):
    """Two files that may be one: weight in bits, probability, and what speaks for and against it, strongest first."""

    left: CustomerFile
    right: CustomerFile
    weight: float
    probability: float
    reasons: tuple[str, ...]

    def said(self, locale: Locale) -> str:
        """Who, how likely, and why."""
        return translate(
            PAIR, locale, left=self.left.name, right=self.right.name, probability=f"{100 * self.probability:.0f}",
            reasons=", ".join(self.reasons[:3]),
        )  # fmt: skip


class Duplicates(Result):
    """Pairs of customer files that may be one person or firm, surest first; nothing was merged."""

    customers: int
    pairs: tuple[DuplicatePair, ...]
    found: int
    groups: int
    threshold: float
    cautions: tuple[str, ...]

    def told(self, locale: Locale) -> str:
        """How many there are, and the three surest."""
        if not self.pairs:
            return translate(NONE, locale, customers=self.customers)
        shown = " " + "; ".join(pair.said(locale) for pair in self.pairs[:3]) + "."
        return translate(TOLD, locale, pairs=self.found, customers=self.customers, shown=shown)


class Proposal(Result):
    """A field of a customer as it is, and as it could be written."""

    customer: CustomerId
    name: str
    field: Changed
    field_name: str
    now: External | None
    proposed: External


class CleanedContacts(Result):
    """What could be written better; `unclear` are customers whose address was not understood. Nothing was changed."""

    customers: int
    proposals: tuple[Proposal, ...]
    found: int
    by_field: dict[str, int]
    unclear: tuple[CustomerFile, ...]
    unclear_count: int
    cautions: tuple[str, ...]

    def told(self, locale: Locale) -> str:
        """How many by field, and the first three."""
        if not self.found and not self.unclear_count:
            return translate(TIDY, locale, customers=self.customers)
        counted = ", ".join(translate(COUNTED, locale, field=name, n=n) for name, n in self.by_field.items())
        examples = [
            translate(
                PROPOSAL, locale, name=p.name, field=p.field_name, now=p.now or translate(MISSING, locale),
                proposed=p.proposed,
            )
            for p in self.proposals[:3]
        ]  # fmt: skip
        return translate(
            CLEANED, locale, customers=self.customers, proposals=self.found, fields=counted or "0",
            unclear=self.unclear_count, shown=f" {'; '.join(examples)}." if examples else "",
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Clientes duplicados"),
    engine="enrichment",
    examples=(
        "¿Qué clientes parecen duplicados?",
        "Busca fichas de cliente repetidas, la misma persona dada de alta dos veces",
        "¿Tenemos algún cliente con dos fichas?",
        "Which customers look like duplicates?",
    ),
)
def find_duplicates(ctx: Context, threshold: Annotated[float, Field(ge=0.5, lt=1)] = 0.8) -> Duplicates:
    """Find customers that may be in the book twice, with the weight of each reason; nothing is merged.

    Names (both surnames in any order), birth dates, telephones, e-mails and addresses are compared after they
    are brought into one form; pairs less probable than `threshold` are not told. Customers whose data are
    restricted (GDPR art. 18) are left out.

    Source: Fellegi & Sunter, JASA 64 (1969), by splink.
    """
    customers = _customers(ctx)
    if len(customers) < LEAST_CUSTOMERS:
        raise TooFewCustomers()
    by_id = {str(c.id): c for c in customers}
    table: Table = {
        "id": list(by_id),
        "name": [c.name for c in customers],
        "birth_date": [c.birth_date.isoformat() if c.birth_date else None for c in customers],
        "phone": [c.phone for c in customers],
        "email": [c.email for c in customers],
        "address": [_address(c) if c.street else None for c in customers],
    }
    given = {"data": table, "id": "id", "fields": list(COMPARED), "threshold": threshold}
    found = NERVE.compute(operations()["enrichment_dedupe"], given)
    assert isinstance(found, Links)
    locale = ctx.actor.locale
    pairs = tuple(
        DuplicatePair(
            left=_file(by_id[pair.left]), right=_file(by_id[pair.right]), weight=round(pair.weight, 1),
            probability=round(pair.probability, 3), reasons=_reasons(pair.reasons, locale),
        )
        for pair in found.pairs[:SHOWN]
    )  # fmt: skip
    cautions = (translate(FAMILY, locale), translate(UNUSED_NIF, locale))
    return Duplicates(
        customers=len(customers), pairs=pairs, found=len(found.pairs), groups=len(found.clusters),
        threshold=threshold, cautions=(*cautions, *(caution_text(c, locale) for c in found.warnings)),
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Direcciones y teléfonos por limpiar"),
    engine="enrichment",
    examples=(
        "Propón cómo limpiar las direcciones y los teléfonos de los clientes",
        "¿Qué direcciones de clientes están mal escritas?",
        "Normaliza las direcciones de la cartera de clientes sin cambiar nada todavía",
        "Suggest cleaned customer addresses and phone numbers",
    ),
)
def clean_addresses(ctx: Context) -> CleanedContacts:
    """Propose how addresses, postcodes, towns, provinces and telephones of customers are better written.

    Nothing is changed: each proposal names the customer, what is there, and what would stand there. Customers
    whose data are restricted (GDPR art. 18) are left out.

    Source: Resolución de 17 de febrero de 2020 (INE y DGCAL); ITU-T E.164; INE province codes.
    """
    customers = _customers(ctx)
    if not customers:
        raise TooFewCustomers()
    locale = ctx.actor.locale
    written = [c for c in customers if any(letter.isalnum() for letter in c.street or "")]
    addresses = _addresses([_address(c) for c in written])
    called = [c for c in customers if c.phone]
    phones = _phones([c.phone or "" for c in called])
    proposals = [
        proposal
        for c, address in zip(written, addresses, strict=True)
        if address.sure
        for proposal in _of_address(c, address, locale)
    ]
    proposals += _of_provinces([c for c in customers if c.postal_code], locale)
    proposals += [
        _proposal(c, "phone", c.phone, number, locale)
        for c, number in zip(called, phones, strict=True)
        if number is not None and number != (c.phone or "").replace(" ", "")
    ]
    unclear = [c for c, address in zip(written, addresses, strict=True) if not address.sure]
    by_field: dict[str, int] = {}
    for p in proposals:
        by_field[p.field_name] = by_field.get(p.field_name, 0) + 1
    return CleanedContacts(
        customers=len(customers), proposals=tuple(proposals[:SHOWN]), found=len(proposals), by_field=by_field,
        unclear=tuple(_file(c) for c in unclear[:SHOWN]), unclear_count=len(unclear),
        cautions=(translate(UNCHECKED, locale),),
    )  # fmt: skip


def _customers(ctx: Context) -> Sequence[Customer]:
    wanted = select(Customer).where(alive(), col(Customer.restricted_at).is_(None)).order_by(col(Customer.id))
    return ctx.session.exec(wanted.limit(MOST)).all()


def _address(customer: Customer) -> str:
    """The address in one line, as people write it."""
    place = " ".join(part for part in (customer.postal_code, customer.city) if part)
    return ", ".join(part for part in (customer.street, place) if part)[:300]


def _file(customer: Customer) -> CustomerFile:
    return CustomerFile(customer=str(customer.id), name=customer.name, id_number=customer.id_number, city=customer.city)


def _reasons(weights: Sequence[FieldWeight], locale: Locale) -> tuple[str, ...]:
    """What each field says, in words; a field that is missing says nothing."""
    return tuple(
        translate(
            AGREES if w.bits > 0 else DIFFERS, locale, field=translate(FIELDS[w.column], locale),
            bits=f"{abs(w.bits):.1f}".replace(".", "," if locale.startswith("es") else "."),
        )
        for w in weights
        if abs(w.bits) >= TELLING
    )  # fmt: skip


def _addresses(texts: list[str]) -> list[Address]:
    if not texts:
        return []
    found = NERVE.compute(operations()["enrichment_normalise_address"], {"values": texts})
    assert isinstance(found, Addresses)
    return found.addresses


def _phones(texts: list[str]) -> list[str | None]:
    """Each telephone in E.164; None if it cannot exist."""
    if not texts:
        return []
    found = NERVE.compute(operations()["enrichment_normalise_phone"], {"values": texts})
    assert isinstance(found, Phones)
    return [number.e164 if number.valid else None for number in found.numbers]


def _of_address(customer: Customer, address: Address, locale: Locale) -> list[Proposal]:
    told: list[tuple[Changed, str | None, str | None]] = [
        ("street", customer.street, address.line),
        ("postal_code", customer.postal_code, address.postcode),
        ("city", customer.city, address.town),
    ]
    return [_proposal(customer, name, now, new, locale) for name, now, new in told if new and new != now]


def _of_provinces(customers: Sequence[Customer], locale: Locale) -> list[Proposal]:
    """The province that the postcode says, where the file says another one or none."""
    if not customers:
        return []
    given = {"postcodes": [c.postal_code or "" for c in customers]}
    found = NERVE.compute(operations()["enrichment_postcode_province"], given)
    assert isinstance(found, PostcodeProvinces)
    return [
        _proposal(c, "province_code", c.province_code, code, locale)
        for c, code in zip(customers, found.province_codes, strict=True)
        if code is not None and code != c.province_code
    ]


def _proposal(customer: Customer, field: Changed, now: str | None, proposed: str, locale: Locale) -> Proposal:
    return Proposal(
        customer=str(customer.id), name=customer.name, field=field, field_name=translate(FIELDS[field], locale),
        now=now or None, proposed=proposed,
    )  # fmt: skip
