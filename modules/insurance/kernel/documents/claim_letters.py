"""Letters of a claim (*cartas de siniestro*): acknowledgement, offer, rejection, payment."""

from decimal import Decimal
from typing import Final

from core.dates import add_months
from core.i18n import N_
from modules.insurance.kernel.claims.file import REJECTIONS, Rejection
from modules.insurance.kernel.claims.steps import DEFAULT_MONTHS, LEAST_PAYMENT
from modules.insurance.kernel.documents.content import Figure, Letter, Points, Prose, Section
from modules.insurance.kernel.documents.contracts import letter
from modules.insurance.kernel.documents.information import complaints
from modules.insurance.kernel.documents.parts import product_of
from modules.insurance.kernel.documents.stage import ClaimFile, Setting
from modules.insurance.kernel.records import Claim
from modules.insurance.kernel.states import ClaimState

PAPERS: Final = N_("Factura, presupuesto o justificante de los daños")
LIMITATION: Final = {True: 5, False: 2}  # years: of persons, of damage; LCS art. 23


def _about(setting: Setting, file: ClaimFile) -> tuple[tuple[str, str], ...]:
    voice, claim, say = setting.voice, file.claim, setting.voice.say
    whole = file.policy
    rows = (
        (say(N_("Siniestro")), claim.claim_number),
        (say(N_("Expediente de la aseguradora")), claim.insurer_claim_number),
        (say(N_("Póliza")), whole.policy.policy_number),
        (say(N_("Seguro")), product_of(voice, whole.line, whole.policy.product)),
        (say(N_("Aseguradora")), whole.insurer.name),
        (say(N_("Fecha del siniestro")), voice.day(claim.occurred_on)),
        (say(N_("Causa")), claim.cause),
    )
    return tuple(row for row in rows if row[1])


def _letter(setting: Setting, file: ClaimFile, title: str, *sections: Section) -> Letter:
    return letter(setting, file.policy, title, file.claim.claim_number, _about(setting, file), *sections)


def acknowledgement(setting: Setting, file: ClaimFile) -> Letter:
    """That the claim is open, what to send, and by when the insurer must pay (LCS arts. 16, 18, 20, 38)."""
    voice, claim, say = setting.voice, file.claim, setting.voice.say
    papers = voice.all(*file.papers) or (say(PAPERS),)
    deadlines = [
        say(N_("Envíenos cuanto antes lo que le pedimos; en daños, la lista de lo perdido en 5 días (LCS art. 38)."))
    ]
    if claim.notified_on is not None:
        text = N_("La aseguradora debe pagar lo mínimo que pueda deber antes del {on} (LCS art. 18).")
        deadlines.append(say(text, on=voice.day(claim.notified_on + LEAST_PAYMENT)))
    text = N_("Si no ha pagado el {on} sin causa justificada, debe intereses de demora (LCS art. 20).")
    deadlines.append(say(text, on=voice.day(add_months(claim.occurred_on, DEFAULT_MONTHS))))
    return _letter(
        setting, file, N_("Acuse de recibo de siniestro"),
        Section(heading="", blocks=(Prose(paragraphs=(
            say(N_(
                "Hemos recibido su declaración y la tramitamos con la aseguradora. Conserve los restos y evite "
                "que el daño aumente (LCS art. 17)."
            )),
        )),)),
        Section(heading=say(N_("Qué necesitamos de usted")), blocks=(Points(items=papers),)),
        Section(heading=say(N_("Plazos")), blocks=(Points(items=tuple(deadlines)),)),
    )  # fmt: skip


def offer(setting: Setting, file: ClaimFile, amount: Decimal, reasons: str | None) -> Letter:
    """What the insurer offers, and what the insured may answer."""
    voice, say = setting.voice, setting.voice.say
    why = (Prose(paragraphs=(reasons,)),) if reasons else ()
    return _letter(
        setting, file, N_("Oferta de indemnización"),
        Section(heading="", blocks=(
            Figure(label=say(N_("La aseguradora le ofrece")), amount=voice.money(amount)), *why,
        )),
        Section(heading=say(N_("Qué puede hacer")), blocks=(Points(items=(
            say(N_(
                "Aceptarla por escrito: la aseguradora debe pagar en 5 días si se nombraron peritos (LCS art. "
                "38)."
            )),
            say(N_("Cobrarla a cuenta y reclamar el resto.")),
            say(N_("Nombrar un perito propio si no está conforme con la valoración (LCS art. 38).")),
        )),)),
    )  # fmt: skip


def rejected_for(setting: Setting, claim: Claim) -> str | None:
    """The reason that the claim's file holds for its rejection, with its article; None if it holds none."""
    said = REJECTIONS.get(Rejection(claim.end_reason)) if claim.end_reason in set(Rejection) else None
    if claim.state != ClaimState.REJECTED or said is None:
        return None
    text = setting.voice.say(said[0])
    return f"{text[:1].upper()}{text[1:]} ({said[1]})."


def rejection(setting: Setting, file: ClaimFile, reasons: str) -> Letter:
    """Why the claim is not covered, and how to complain."""
    voice, claim, say = setting.voice, file.claim, setting.voice.say
    years = LIMITATION[file.policy.line.persons]
    barred = say(
        N_("Tiene {years} años para reclamar en los tribunales, hasta el {on} (LCS art. 23)."), years=years,
        on=voice.day(add_months(claim.occurred_on, 12 * years)),
    )  # fmt: skip
    return _letter(
        setting, file, N_("Rechazo de siniestro"),
        Section(heading="", blocks=(Prose(paragraphs=(
            say(N_(
                "La aseguradora {insurer} no cubre este siniestro por lo siguiente:"
            ), insurer=file.policy.insurer.name),
            reasons,
        )),)),
        Section(heading=say(N_("Cómo reclamar si no está conforme")), blocks=(
            Points(items=(*complaints(voice, setting.brokerage), barred)),
            Prose(paragraphs=(say(N_("Podemos ayudarle a preparar la reclamación.")),)),
        )),
    )  # fmt: skip


def payment(setting: Setting, file: ClaimFile) -> Letter:
    """What was paid, and when."""
    voice, claim, say = setting.voice, file.claim, setting.voice.say
    return _letter(
        setting, file, N_("Pago de indemnización"),
        Section(heading="", blocks=(
            Figure(label=say(N_("Indemnización pagada")), amount=voice.money(claim.paid_amount)),
            Prose(paragraphs=(
                say(N_("Pagada el {on}."), on=voice.day(claim.paid_on)) if claim.paid_on else
                say(N_("{insurer} la ha pagado."), insurer=file.policy.insurer.name),
                say(N_("Si no la ha recibido o no está conforme con el importe, díganoslo.")),
            )),
        )),
    )  # fmt: skip
