"""The customer tools: find, show, enter, change, note, review, import."""

import unicodedata
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.identifiers import id_type
from modules.core_business.crm.imports import take_over
from modules.core_business.crm.inputs import (
    ChannelChoice,
    ContactChange,
    CustomerRow,
    GrantedChoice,
    Kind,
    NewCompany,
    NewPerson,
    PurposeChoice,
    Text,
    TopicChoice,
    kind_of,
    naming,
)
from modules.core_business.crm.lookup import (
    CustomerRef,
    alive,
    fitting,
    mentions_in,
    resolve_customer,
)
from modules.core_business.crm.notes import notes_of
from modules.core_business.crm.records import (
    Channel,
    Consent,
    Customer,
    CustomerKind,
    Interaction,
    Topic,
    changed,
)
from modules.core_business.crm.review import in_force, review
from modules.core_business.crm.views import (
    ConsentRow,
    CustomerList,
    CustomerSaved,
    CustomerView,
    ImportReport,
    InteractionList,
    InteractionRow,
    brief,
    consent_row,
    interaction_row,
    mask_iban,
    note_row,
)
from tools import Risk, Slot, tool
from tools.results import Mentions, Review

SHOWN: Final = 5  # interactions in the all-round view
MOST: Final = 20_000  # rows of one import


class CustomerExists(Conflict):
    """Somebody with that NIF, NIE or CIF is in the file already."""

    text = N_("Ya hay un cliente con el documento {id_number}: {name}.")


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Clientes nombrados en un texto"),
    examples=("Qué clientes se nombran en este texto", "Which customers does this text name?"),
)
def find_mentions(ctx: Context, text: Annotated[str, Field(max_length=20_000)]) -> Mentions:
    """Customers that a text names, by whole name, short name, company name, NIF or reference.

    Accents and capitals do not matter. Two customers of one name are both given, with the
    same `words`, so that the person is asked which one is meant.
    """
    return Mentions(mentions=mentions_in(ctx, unicodedata.normalize("NFC", text)))


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Buscar clientes"),
    examples=(
        "Busca los clientes que se llaman Ramos",
        "¿Qué clientes tenemos en Bilbao?",
        "Clientes apellidados Gómez",
        "Busca las empresas de Logroño",
        "Search for customers called Gómez",
        "Find the customer with NIF 12345678Z",
    ),
)
def search_customers(
    ctx: Context,
    query: Annotated[str, Field(min_length=2, max_length=200), Slot(ask=N_("¿Qué nombre, NIF o población busco?"))],
    kind: Kind | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
) -> CustomerList:
    """Customers whose name holds the words, or with that NIF, e-mail, telephone or town; by name."""
    where = [fitting(query), alive()]
    if kind:
        where.append(col(Customer.kind) == kind)
    total = ctx.session.exec(select(func.count()).select_from(Customer).where(*where)).one()
    found = ctx.session.exec(select(Customer).where(*where).order_by(Customer.search_name).limit(limit)).all()
    return CustomerList(customers=tuple(brief(customer) for customer in found), total=total)


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Ficha del cliente"),
    examples=(
        "Enséñame la ficha de Álvaro Ramos",
        "¿Qué sabemos de este cliente?",
        "¿Cuál es el teléfono o el correo de Raquel Gómez?",
        "Datos de contacto del cliente",
        "Dame el correo de Álvaro Ramos",
        "Show me customer Raquel Gómez",
        "What is the e-mail or phone of Álvaro Ramos?",
        "Contact data of a customer",
        "Open the customer file of Raquel Gómez",
    ),
)
def show_customer(ctx: Context, customer: CustomerRef) -> CustomerView:
    """All that the house knows of one customer: own data, consents in force, dealings, notes, and more.

    The IBAN is masked. Other modules add their tables (policies, receipts, claims) as panels.
    """
    found = resolve_customer(ctx, customer)
    zone = ctx.actor.zone
    consents = in_force(_consents(ctx, found)).values()
    interactions = _interactions(ctx, found, SHOWN)
    fields = found.model_dump(include=set(CustomerView.model_fields))
    return CustomerView.model_validate(
        {
            **fields,
            "customer": str(found.id),
            "iban": mask_iban(found.iban),
            "consents": tuple(consent_row(consent, found.name, zone) for consent in consents),
            "interactions": tuple(interaction_row(interaction) for interaction in interactions),
            "notes": tuple(note_row(note) for note in notes_of(ctx, found, SHOWN)),
            "restricted": found.restricted_at is not None,
            "panels": tuple(panel(ctx, found.id) for panel in ctx.panels.get("customer", ())),
        }
    )


@tool(
    Risk.WRITE,
    permission="crm:write",
    title=N_("Alta de persona"),
    examples=(
        "Da de alta a Marta Soler Vidal con NIF 12345678Z",
        "Crea un cliente nuevo, persona física",
        "Create a customer: the person is John Smith, NIE X1234567L",
    ),
)
def create_person(ctx: Context, person: NewPerson) -> CustomerSaved:
    """Enter a person into the customer file; NIF or NIE with its right check letter.

    Bank details are not part of this: they have an approval of their own.
    """
    own = {"birth_date": person.birth_date, "collaborator_ref": person.collaborator_ref}
    names = naming(person.first_name, person.last_name, "")
    return _create(ctx, person.id_number, {**own, **names, **person.contact(), "kind": CustomerKind.PERSON.value})


@tool(
    Risk.WRITE,
    permission="crm:write",
    title=N_("Alta de empresa o comunidad"),
    examples=(
        "Da de alta la empresa Talleres Ebro, S.L. con CIF B80665680",
        "Crea una comunidad de propietarios",
        "Create the company Ebro Workshops with CIF B80665680",
    ),
)
def create_company(ctx: Context, company: NewCompany) -> CustomerSaved:
    """Enter a company or community of owners into the customer file, by its CIF."""
    own = {"cnae": company.cnae, "collaborator_ref": company.collaborator_ref}
    names = naming("", "", company.company_name)
    return _create(
        ctx,
        company.id_number,
        {**own, **names, **company.contact(), "kind": kind_of(company.id_number).value},
    )


def _create(ctx: Context, id_number: str, fields: dict[str, Any]) -> CustomerSaved:
    taken = ctx.session.exec(select(Customer).where(Customer.id_number == id_number)).first()
    if taken is not None:
        raise CustomerExists(name=taken.name, id_number=id_number)
    since: dict[str, Any] = {f"{field}_since": ctx.today for field in ("email", "phone") if fields.get(field)}
    customer = Customer(
        id_number=id_number,
        id_type=id_type(id_number),
        customer_since=ctx.today,
        **since,
        **fields,
    )
    ctx.session.add(customer)
    ctx.emit("customer.created", customer.id, kind=customer.kind)
    return CustomerSaved(customer=str(customer.id), name=customer.name, id_number=id_number, created=True)


@tool(
    Risk.WRITE,
    permission="crm:write",
    title=N_("Cambiar datos de contacto"),
    examples=(
        "Cambia el teléfono de Álvaro Ramos a 600 111 222",
        "El nuevo correo de Raquel Gómez es raquel@example.com",
        "Actualiza la dirección del cliente",
        "Change the e-mail address of Raquel Gómez to raquel@example.com",
        "Update the phone of Álvaro Ramos",
    ),
)
def update_contact(ctx: Context, change: ContactChange) -> CustomerSaved:
    """Change a customer's e-mail, telephone, address or language; what is not given stays."""
    given = change.contact()
    if not given:
        raise BadArguments(field="email", problem=N_("indique al menos un dato nuevo"))
    customer = resolve_customer(ctx, change.customer)
    differing = tuple(sorted(field for field, value in given.items() if getattr(customer, field) != value))
    given |= {f"{field}_since": ctx.today for field in ("email", "phone") if field in differing}
    if changed(customer, **given):
        ctx.session.add(customer)
        ctx.emit("customer.contact_changed", customer.id, fields=list(differing))
    return CustomerSaved(
        customer=str(customer.id),
        name=customer.name,
        id_number=customer.id_number,
        created=False,
        changed=differing,
    )


@tool(
    Risk.WRITE,
    permission="crm:write",
    title=N_("Anotar consentimiento"),
    examples=(
        "Álvaro Ramos consiente recibir comunicaciones comerciales",
        "Raquel Gómez retira su consentimiento de publicidad",
        "Anota que se le entregó la información de protección de datos",
        "Record that Raquel Gómez withdraws consent for marketing",
    ),
)
def record_consent(
    ctx: Context,
    customer: CustomerRef,
    purpose: PurposeChoice,
    granted: GrantedChoice,
    channel: ChannelChoice,
    evidence: Annotated[Text, Slot(ask=N_("¿Dónde consta (grabación, documento, correo)?"))],
) -> ConsentRow:
    """Add a statement of consent or of its withdrawal, with where the proof lies.

    Nothing earlier is changed: the newest statement for a purpose is the one that holds.
    """
    found = resolve_customer(ctx, customer)
    consent = Consent(
        customer_id=found.id, purpose=purpose, granted=granted, at=ctx.now, channel=channel, evidence=evidence
    )
    ctx.session.add(consent)
    ctx.emit("customer.consent_recorded", found.id, purpose=purpose.value, granted=granted)
    return consent_row(consent, found.name, ctx.actor.zone)


@tool(
    Risk.DRAFT,
    permission="crm:write",
    title=N_("Anotar contacto"),
    examples=(
        "Anota que Álvaro Ramos llamó para preguntar por su póliza",
        "Registra una queja de Raquel Gómez por teléfono",
        "Apunta una nota en la ficha del cliente",
        "Note in the file that Raquel Gómez called about her claim",
    ),
)
def record_interaction(
    ctx: Context,
    customer: CustomerRef,
    summary: Annotated[Text, Slot(ask=N_("¿Qué anoto?"))],
    channel: ChannelChoice = Channel.PHONE,
    topic: TopicChoice = Topic.GENERAL,
    outbound: bool = False,
) -> InteractionRow:
    """Note something said with a customer; a complaint stays open until its answer is noted."""
    found = resolve_customer(ctx, customer)
    direction = "outbound" if outbound else "inbound"
    interaction = Interaction(
        customer_id=found.id, channel=channel, direction=direction, topic=topic, summary=summary, at=ctx.now
    )
    ctx.session.add(interaction)
    ctx.emit("customer.interaction_recorded", found.id, topic=topic.value)
    return interaction_row(interaction)


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Contactos con el cliente"),
    examples=(
        "Qué contactos hemos tenido con Álvaro Ramos",
        "Cuándo hablamos por última vez con Raquel Gómez",
        "List the interactions with Raquel Gómez",
    ),
)
def list_interactions(
    ctx: Context, customer: CustomerRef, limit: Annotated[int, Field(ge=1, le=100)] = 20
) -> InteractionList:
    """What was said with one customer, newest first."""
    found = resolve_customer(ctx, customer)
    mine = select(func.count()).select_from(Interaction).where(Interaction.customer_id == found.id)
    rows = tuple(interaction_row(interaction) for interaction in _interactions(ctx, found, limit))
    return InteractionList(
        customer=str(found.id), name=found.name, interactions=rows, total=ctx.session.exec(mine).one()
    )


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Revisar al cliente"),
    examples=(
        "Revisa la situación del cliente Álvaro Ramos",
        "Revisa su ficha por protección de datos",
        "¿Le falta algún consentimiento a Raquel Gómez?",
        "Review customer Raquel Gómez",
        "Does Álvaro Ramos have all consents?",
        "Is anything missing in the customer's data protection file?",
    ),
)
def review_customer(ctx: Context, customer: CustomerRef) -> Review:
    """What to mind before dealing with a customer: consents, data protection, contact, complaints."""
    found = resolve_customer(ctx, customer)
    findings = review(
        found,
        _consents(ctx, found),
        _interactions(ctx, found, None),
        ctx.actor.locale,
        ctx.actor.zone,
        ctx.today,
    )
    return Review(subject=found.name, findings=findings)


@tool(
    Risk.ADMINISTRATION,
    permission="crm:import",
    title=N_("Importar clientes"),
    examples=("Importa los clientes", "Import customers"),
)
def import_customers(
    ctx: Context, rows: Annotated[list[CustomerRow], Field(min_length=1, max_length=MOST)]
) -> ImportReport:
    """Take over customers of a former system, as the columns of its file; all rows or none.

    A row is known again by its `customer_id`; a second import of the same rows changes
    nothing. The consent column becomes a statement of consent for marketing.
    """
    report = take_over(ctx, rows)
    ctx.emit("customers.imported", None, **report.model_dump())
    return report


def _consents(ctx: Context, customer: Customer) -> Sequence[Consent]:
    return ctx.session.exec(select(Consent).where(Consent.customer_id == customer.id)).all()


def _interactions(ctx: Context, customer: Customer, limit: int | None) -> Sequence[Interaction]:
    newest = (
        select(Interaction)
        .where(Interaction.customer_id == customer.id)
        .order_by(col(Interaction.at).desc(), col(Interaction.id).desc())
    )
    return ctx.session.exec(newest.limit(limit)).all()
