"""What the customer tools answer."""

from datetime import UTC, date, datetime
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from core.i18n import N_, Locale, translate
from modules.core_business.crm.records import LABELS, BankAccount, Consent, Customer, CustomerNote, Interaction
from tools import Needs, Slot
from tools.marks import External
from tools.panels import Panel
from tools.results import Result

CustomerId: TypeAlias = Annotated[str, Slot(ref="customer")]


def mask_iban(iban: str | None) -> str | None:
    """An IBAN as people recognise it without knowing it: country, check digits, last four."""
    return f"{iban[:4]} **** {iban[-4:]}" if iban else None


def label(code: str, locale: Locale) -> str:
    """The word for a code of the customer file."""
    return translate(LABELS[code], locale) if code in LABELS else code


def day(instant: datetime, zone: str) -> date:
    """The date of `instant` in the tenant's zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


class CustomerBrief(Result):
    """A customer in one line."""

    customer: CustomerId
    name: str
    kind: str
    id_number: str
    city: str | None

    def told(self, locale: Locale) -> str:
        """Name, number and place."""
        place = f", {self.city}" if self.city else ""
        return f"{self.name} ({self.id_number}{place})"


def brief(customer: Customer) -> CustomerBrief:
    """The one line of `customer`."""
    return CustomerBrief(
        customer=str(customer.id),
        name=customer.name,
        kind=customer.kind,
        id_number=customer.id_number,
        city=customer.city,
    )


class CustomerList(Result):
    """Customers that were searched for; `total` counts those left out too."""

    customers: tuple[CustomerBrief, ...]
    total: int

    def told(self, locale: Locale) -> str:
        """How many, and who they are."""
        if not self.customers:
            return translate(N_("No hay ningún cliente que coincida."), locale)
        who = "; ".join(customer.told(locale) for customer in self.customers[:10])
        if self.total == 1:
            return translate(N_("Hay un cliente que coincide: {who}."), locale, who=who)
        return translate(N_("Hay {total} clientes que coinciden: {who}."), locale, total=self.total, who=who)


class CustomerSaved(Result):
    """A customer as entered or changed; `changed` names the fields that differ now."""

    customer: CustomerId
    name: str
    id_number: str
    created: bool
    changed: tuple[str, ...] = ()

    def told(self, locale: Locale) -> str:
        """What was done."""
        if self.created:
            text = N_("He dado de alta a {name} ({id_number}).")
        elif self.changed:
            text = N_("He actualizado los datos de contacto de {name}.")
        else:
            text = N_("Los datos de contacto de {name} ya eran esos; no he cambiado nada.")
        return translate(text, locale, name=self.name, id_number=self.id_number)


class ConsentRow(Result):
    """One statement of consent or withdrawal."""

    customer: CustomerId
    name: str
    purpose: str
    granted: bool
    given_on: date
    channel: str
    evidence: External

    def told(self, locale: Locale) -> str:
        """Who stated what, and when."""
        text = (
            N_("{name}: consentimiento para {purpose} otorgado el {on}.")
            if self.granted
            else N_("{name}: consentimiento para {purpose} denegado o retirado el {on}.")
        )
        on = f"{self.given_on:%d/%m/%Y}"
        return translate(text, locale, name=self.name, purpose=label(self.purpose, locale), on=on)


def consent_row(consent: Consent, name: str, zone: str) -> ConsentRow:
    """One consent as shown."""
    return ConsentRow(
        customer=str(consent.customer_id),
        name=name,
        purpose=consent.purpose,
        granted=consent.granted,
        given_on=day(consent.at, zone),
        channel=consent.channel,
        evidence=consent.evidence,
    )


class InteractionRow(Result):
    """One thing said between a customer and the house."""

    interaction: str
    at: datetime
    channel: str
    direction: str
    topic: str
    summary: External

    def told(self, locale: Locale) -> str:
        """Day, topic, channel and summary."""
        text = N_("Anotado: {topic} por {channel} el {on}: {summary}")
        on = f"{self.at:%d/%m/%Y}"
        topic, channel = label(self.topic, locale), label(self.channel, locale)
        return translate(text, locale, topic=topic, channel=channel, on=on, summary=self.summary)


def interaction_row(interaction: Interaction) -> InteractionRow:
    """One interaction as shown."""
    return InteractionRow(
        interaction=str(interaction.id),
        at=interaction.at.astimezone(UTC),
        channel=interaction.channel,
        direction=interaction.direction,
        topic=interaction.topic,
        summary=interaction.summary,
    )


class InteractionList(Result):
    """The dealings with one customer, newest first."""

    customer: CustomerId
    name: str
    interactions: tuple[InteractionRow, ...]
    total: int

    def told(self, locale: Locale) -> str:
        """How many, and the newest."""
        if not self.interactions:
            return translate(N_("No consta ningún contacto con {name}."), locale, name=self.name)
        newest = self.interactions[0]
        text = N_("Constan {total} contactos con {name}; el último, el {on}: {summary}")
        on = f"{newest.at:%d/%m/%Y}"
        return translate(text, locale, total=self.total, name=self.name, on=on, summary=newest.summary)


class NoteRow(Result):
    """One note of a customer's file."""

    note: str
    at: datetime
    text: External

    def told(self, locale: Locale) -> str:
        """Day and text."""
        return translate(N_("Nota del {on}: {said}"), locale, on=f"{self.at:%d/%m/%Y}", said=self.text)


def note_row(note: CustomerNote) -> NoteRow:
    """One note as shown."""
    return NoteRow(note=str(note.id), at=note.at.astimezone(UTC), text=note.text)


class NoteList(Result):
    """The notes of one customer's file, newest first."""

    customer: CustomerId
    name: str
    notes: tuple[NoteRow, ...]
    total: int

    def told(self, locale: Locale) -> str:
        """How many, and the newest ones."""
        if not self.notes:
            return translate(N_("No hay notas en la ficha de {name}."), locale, name=self.name)
        head = translate(N_("Notas en la ficha de {name}: {total}."), locale, name=self.name, total=self.total)
        return " ".join((head, *(note.told(locale) for note in self.notes[:5])))


class BankAccountRow(Result):
    """An account that a customer's receipts are or were charged to; masked. `until` is exclusive.

    The account and its mandate are shown to whoever may change bank details, and to nobody else.
    """

    customer: CustomerId
    name: str
    account: Annotated[str, Needs("crm:bank")] | None
    mandate_ref: Annotated[str, Needs("crm:bank")] | None
    since: date
    until: date | None

    def told(self, locale: Locale) -> str:
        """Whose account it is, and from when to when."""
        text = N_("Cuenta de cargo de {name}: {account}, desde el {since}.")
        if self.until:
            text = N_("Cuenta de cargo anterior de {name}: {account}, del {since} al {until}.")
        until = f"{self.until:%d/%m/%Y}" if self.until else ""
        since = f"{self.since:%d/%m/%Y}"
        account = self.account or translate(N_("(oculta)"), locale)
        return translate(text, locale, name=self.name, account=account, since=since, until=until)


def bank_account_row(account: BankAccount, name: str) -> BankAccountRow:
    """One account as shown."""
    return BankAccountRow(
        customer=str(account.customer_id),
        name=name,
        account=mask_iban(account.iban) or "",
        mandate_ref=account.mandate_ref,
        since=account.since,
        until=account.until,
    )


class CustomerView(Result):
    """All that the house knows of one customer; `panels` come from the other modules."""

    customer: CustomerId
    name: str
    kind: str
    id_type: str
    id_number: str
    birth_date: date | None
    email: str | None
    phone: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    language: str
    iban: str | None
    mandate_ref: str | None
    collaborator_ref: str | None
    customer_since: date
    restricted: bool
    consents: tuple[ConsentRow, ...]
    interactions: tuple[InteractionRow, ...]
    notes: tuple[NoteRow, ...]
    panels: tuple[Panel, ...]

    def told(self, locale: Locale) -> str:
        """Who it is, how to reach them, and what other modules hold."""
        head = translate(
            N_("{name} ({kind}, {id_type} {id_number}), cliente desde el {since}."),
            locale,
            name=self.name,
            kind=label(self.kind, locale),
            id_type=self.id_type,
            id_number=self.id_number,
            since=f"{self.customer_since:%d/%m/%Y}",
        )
        reached = " · ".join(part for part in (self.phone, self.email, self.street, self.city) if part)
        held = "; ".join(f"{panel.title}: {len(panel.rows) + panel.more}" for panel in self.panels if panel.rows)
        parts = [head]
        if self.restricted:
            parts.append(translate(N_("El tratamiento de sus datos está limitado (RGPD art. 18)."), locale))
        if reached:
            parts.append(translate(N_("Contacto: {reached}."), locale, reached=reached))
        if held:
            parts.append(f"{held}.")
        return " ".join(parts)


class ImportReport(Result):
    """What an import did, row by row counted."""

    created: int
    updated: int
    unchanged: int

    def told(self, locale: Locale) -> str:
        """The three counts."""
        text = N_("Importados {created} registros nuevos; {updated} actualizados; {unchanged} sin cambios.")
        return translate(text, locale, created=self.created, updated=self.updated, unchanged=self.unchanged)
