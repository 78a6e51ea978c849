"""What a careful colleague notices before dealing with a customer; pure functions."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from core.dates import add_months
from core.i18n import N_, Locale, translate
from modules.core_business.crm.records import Consent, Customer, Interaction, Language, Purpose, Topic
from modules.core_business.crm.views import day, label
from tools.results import Finding

NEW_EMAIL: Final = timedelta(days=30)  # younger than this, an address is not yet trusted
ADULT: Final = 18 * 12  # months
ANSWER_WITHIN: Final = 1  # month: Ley 44/2002 art. 29 bis 3


def in_force(consents: Iterable[Consent]) -> dict[str, Consent]:
    """The newest statement for each purpose: the one that holds."""
    newest: dict[str, Consent] = {}
    for consent in sorted(consents, key=lambda c: (c.at, c.id)):
        newest[consent.purpose] = consent
    return newest


def open_complaints(interactions: Iterable[Interaction]) -> list[Interaction]:
    """Complaints that no answer follows, oldest first."""
    waiting: list[Interaction] = []
    for interaction in sorted(interactions, key=lambda i: (i.at, i.id)):
        if interaction.topic == Topic.COMPLAINT:
            waiting.append(interaction)
        elif interaction.topic == Topic.COMPLAINT_ANSWER:
            waiting.clear()
    return waiting


class Findings:
    """Findings of one review, said in the actor's language."""

    def __init__(self, locale: Locale, zone: str, today: date) -> None:
        """Start with none."""
        self.locale, self.zone, self.today = locale, zone, today
        self.found: list[Finding] = []

    def add(self, severity: str, text: str, ref: str, **values: object) -> None:
        """Note one thing; `values` fill the text's placeholders."""
        said = translate(text, self.locale, **values)
        self.found.append(Finding.model_validate({"severity": severity, "text": said, "ref": ref}))

    def day(self, instant: datetime) -> str:
        """The date of `instant` as people write it."""
        return f"{day(instant, self.zone):%d/%m/%Y}"


def review(
    customer: Customer,
    consents: Sequence[Consent],
    interactions: Sequence[Interaction],
    locale: Locale,
    zone: str,
    today: date,
) -> tuple[Finding, ...]:
    """Consents, contact data, capacity, language and complaints of one customer."""
    findings = Findings(locale, zone, today)
    _privacy(findings, customer, in_force(consents))
    _contact(findings, customer)
    _capacity(findings, customer)
    _complaints(findings, interactions)
    _dealings(findings, customer, interactions)
    return tuple(findings.found)


def _privacy(findings: Findings, customer: Customer, consents: dict[str, Consent]) -> None:
    if customer.restricted_at:
        text = N_("El tratamiento de sus datos está limitado desde el {on}: solo se conservan.")
        findings.add("block", text, "RGPD art. 18", on=findings.day(customer.restricted_at))
    notice = consents.get(Purpose.PRIVACY_NOTICE)
    if notice:
        text = N_("Recibió la información de protección de datos el {on}.")
        findings.add("support", text, "RGPD art. 13", on=findings.day(notice.at))
    elif customer.import_ref:
        # The proof may lie in the files of the former system.
        text = N_("Cliente importado: aquí no consta que se le entregara la información de protección de datos.")
        findings.add("note", text, "RGPD art. 13")
    else:
        findings.add(
            "warn",
            N_("No consta que se le haya entregado la información de protección de datos."),
            "RGPD art. 13",
        )
    marketing = consents.get(Purpose.MARKETING)
    if marketing and marketing.granted:
        text = N_("Consiente comunicaciones comerciales desde el {on}.")
        findings.add("support", text, "Ley 34/2002 art. 21", on=findings.day(marketing.at))
    elif marketing:
        text = N_("No admite comunicaciones comerciales (desde el {on}); las del propio contrato sí proceden.")
        findings.add("note", text, "Ley 34/2002 art. 21", on=findings.day(marketing.at))
    else:
        findings.add("note", N_("No consta consentimiento para comunicaciones comerciales."), "Ley 34/2002 art. 21")
    sharing = consents.get(Purpose.INSURER_SHARING)
    if sharing and not sharing.granted:
        findings.add("block", N_("Se opone a que sus datos pasen a otra aseguradora."), "RDL 3/2020 art. 204.4")


def _contact(findings: Findings, customer: Customer) -> None:
    if not customer.email:
        findings.add("warn", N_("No tiene correo electrónico registrado."), "crm.customer.email")
    elif customer.email_since and findings.today - customer.email_since < NEW_EMAIL:
        text = N_("Su correo electrónico cambió el {on}: confirme el cambio antes de enviarle nada importante.")
        findings.add("warn", text, "crm.customer.email_since", on=f"{customer.email_since:%d/%m/%Y}")
    if not customer.phone:
        findings.add("note", N_("No tiene teléfono registrado."), "crm.customer.phone")
    if not (customer.street and customer.postal_code and customer.city):
        text = N_("Falta su domicilio completo, que exige el libro de pólizas.")
        findings.add("warn", text, "RD 287/2021 art. 15.a")


def _capacity(findings: Findings, customer: Customer) -> None:
    if customer.birth_date and add_months(customer.birth_date, ADULT) > findings.today:
        findings.add("block", N_("Es menor de edad: contrata quien lo represente."), "CC art. 1263")


def _complaints(findings: Findings, interactions: Sequence[Interaction]) -> None:
    for complaint in open_complaints(interactions):
        filed = day(complaint.at, findings.zone)
        due = add_months(filed, ANSWER_WITHIN)
        late = due < findings.today
        text = (
            N_("Queja del {on} sin responder y fuera de plazo desde el {due}.")
            if late
            else N_("Queja del {on} sin responder; el plazo acaba el {due}.")
        )
        ref = "Ley 44/2002 art. 29 bis"
        findings.add("warn", text, ref, on=f"{filed:%d/%m/%Y}", due=f"{due:%d/%m/%Y}")


def _dealings(findings: Findings, customer: Customer, interactions: Sequence[Interaction]) -> None:
    if customer.language != Language.SPANISH:
        text = N_("Prefiere que se le escriba en {language}.")
        findings.add("note", text, "crm.customer.language", language=label(customer.language, findings.locale))
    if interactions:
        newest = max(interactions, key=lambda i: i.at)
        findings.add("note", N_("Último contacto: {on}."), "crm.interaction", on=findings.day(newest.at))
