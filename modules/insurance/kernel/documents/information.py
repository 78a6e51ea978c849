"""Before the contract (*información previa*): the brokerage, demands and needs, recommendation, nota informativa.

RDL 3/2020 arts. 173 and 175; ROSSEAR (RD 1060/2015) arts. 122 to 126.
"""

from collections.abc import Sequence
from typing import Final

from core.i18n import N_
from modules.insurance.kernel.documents.content import Facts, Points, Prose, Section, Sheet, Signatures
from modules.insurance.kernel.documents.parts import (
    coverage_table,
    figure_sections,
    insurer_rows,
    person,
    premium_table,
    product_of,
    projection_facts,
    risk_facts,
)
from modules.insurance.kernel.documents.records import Brokerage
from modules.insurance.kernel.documents.stage import QuoteFile, Setting
from modules.insurance.kernel.documents.voice import Voice
from modules.insurance.kernel.documents.withdrawal import opposition_said, renewable, unpaid_said, withdrawal_said
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.quote_review import HOUSE_INSURERS
from modules.insurance.kernel.terms import typed_risk

REMUNERATION: Final = {
    "commission": N_("Cobra una comisión de la aseguradora, incluida en la prima."),
    "fee": N_("Cobra honorarios que paga usted, acordados por escrito y facturados aparte."),
    "both": N_("Cobra una comisión incluida en la prima y honorarios acordados por escrito."),
}
ROUTE: Final = N_(
    "Si no le contestan en un mes o no está conforme, puede reclamar ante el Servicio de Reclamaciones de la "
    "Dirección General de Seguros y Fondos de Pensiones, paseo de la Castellana 44, 28046 Madrid."
)


def complaints(voice: Voice, brokerage: Brokerage | None) -> tuple[str, ...]:
    """Where a client complains, first here and then at the supervisor (Ley 44/2002 arts. 29 and 30)."""
    first = [voice.say(N_("Quejas sobre la correduría: {where}."), where=brokerage.complaints)] if brokerage else []
    insurer = voice.say(
        N_("Quejas sobre la aseguradora: su servicio de atención al cliente o su defensor del cliente.")
    )
    return (*first, insurer, voice.say(ROUTE))


def needs(setting: Setting, file: QuoteFile, brokerage: Brokerage, reasons: str | None) -> Sheet:
    """Information on the brokerage, the client's demands and needs, and the recommendation with its reasons.

    Args:
        setting: who makes it, for whom and when.
        file: the quote that is recommended.
        brokerage: what the law asks the house to say of itself.
        reasons: the broker's own words, or None.
    """
    voice, quote = setting.voice, file.quote
    say = voice.say
    return Sheet(
        **setting.paper(N_("Información previa y recomendación"), quote.quote_number,
                        say(N_("Información del mediador, necesidades del cliente y recomendación razonada"))),
        parties=(
            (say(N_("Cliente")), person(voice, file.customer)),
            (say(N_("Fecha")), voice.long_day(setting.today)),
        ),
        sections=(
            Section(heading=say(N_("Quiénes somos")), blocks=(house_facts(voice, brokerage),)),
            Section(heading=say(N_("Cómo trabajamos")), blocks=(Points(items=ways(voice, brokerage)),)),
            Section(heading=say(N_("Reclamaciones")), blocks=(Points(items=complaints(voice, brokerage)),)),
            Section(
                heading=say(N_("Sus exigencias y necesidades")),
                blocks=(
                    Prose(paragraphs=(say(
                        N_(
                            "Según lo que nos ha indicado, necesita un seguro de {line} desde el {on} para lo "
                            "siguiente:"
                        ),
                        line=say(file.line.title).lower(), on=voice.day(quote.effective_on),
                    ),)),
                    risk_facts(voice, file.line, quote.risk, quote.details),
                ),
            ),
            Section(heading=say(N_("Nuestra recomendación")), blocks=recommended(setting, file, reasons)),
            Section(heading="", blocks=(
                Prose(paragraphs=(say(N_(
                    "He recibido esta información antes de contratar y los datos indicados son ciertos."
                )),)),
                Signatures(signers=(say(N_("El cliente")), say(N_("La correduría")))),
            )),
        ),
    )  # fmt: skip


def house_facts(voice: Voice, brokerage: Brokerage) -> Facts:
    """Who the brokerage is and how to check it."""
    say = voice.say
    rows = [
        (say(N_("Correduría")), f"{brokerage.legal_name} · NIF {brokerage.id_number}"),
        (say(N_("Domicilio")), brokerage.address),
        (say(N_("Registro")), say(N_(
            "{registry}, clave {key}. Puede comprobarlo en el registro público de distribuidores de la DGSFP."
        ), registry=brokerage.register_name, key=brokerage.registry_key)),
        (say(N_("Contacto")), " · ".join(part for part in (brokerage.phone, brokerage.email) if part)),
    ]  # fmt: skip
    return Facts(rows=tuple(row for row in rows if row[1]))


def ways(voice: Voice, brokerage: Brokerage) -> tuple[str, ...]:
    """What art. 173.1 asks for besides: independence, advice, holdings, remuneration, data."""
    say = voice.say
    holdings = brokerage.holdings or say(
        N_(
            "La correduría no tiene una participación del 10 % o más en ninguna aseguradora, ni ninguna "
            "aseguradora en ella."
        )
    )
    return (
        say(N_("Somos mediadores de seguros y actuamos por cuenta de usted, no de la aseguradora.")),
        say(N_(
            "Asesoramos con un análisis objetivo y personalizado de un número suficiente de contratos del "
            "mercado."
        )),
        holdings,
        say(REMUNERATION.get(brokerage.remuneration, brokerage.remuneration)),
        say(N_("Tratamos sus datos para mediar en sus seguros; puede ejercer sus derechos en el domicilio indicado.")),
    )  # fmt: skip


def recommended(setting: Setting, file: QuoteFile, reasons: str | None) -> tuple[Prose | Facts | Points, ...]:
    """What is recommended, its price, and why (art. 175.2)."""
    voice, quote = setting.voice, file.quote
    say = voice.say
    rows = (
        (say(N_("Producto")), product_of(voice, file.line, quote.product)),
        insurer_rows(setting, file.insurer.name, file.insurer.id_number),
        (say(N_("Prima total anual")), voice.money(quote.total_premium)),
        (say(N_("Oferta válida hasta")), voice.day(quote.valid_until)),
    )
    return Facts(rows=rows), Points(items=tuple(grounds(voice, file, reasons)))


def grounds(voice: Voice, file: QuoteFile, reasons: str | None) -> Sequence[str]:
    """Why: the broker's own words first, then what the review of the risk says, then the market."""
    say, findings = voice.say, Findings(voice.locale)
    if file.rating.total is not None:
        file.line.adequacy(findings, typed_risk(file.line, file.quote.risk))
    covered = ", ".join(voice.say(c.label) for c in file.line.coverages if _bought(file, c.code))
    fits = (
        say(N_("Cubre lo que nos ha pedido: {covered}."), covered=covered)
        if covered
        else say(N_("Responde a lo que nos ha pedido."))
    )
    if file.compared >= HOUSE_INSURERS:
        market = say(N_("Se han comparado ofertas de {count} aseguradoras."), count=file.compared)
    else:
        market = say(
            N_("Aseguradoras consultadas: {count}. Puede pedirnos más ofertas antes de decidir."), count=file.compared
        )
    referred = [say(N_("Es orientativa hasta que la aseguradora acepte el riesgo."))] if file.quote.rules_hit else []
    own = [reasons] if reasons else []
    return [*own, fits, *(finding.text for finding in findings.found), market, *referred]


def _bought(file: QuoteFile, code: str) -> bool:
    return any(id.partition("#")[0] == code for id in file.rating.coverage_premiums or {})


def note(setting: Setting, file: QuoteFile) -> Sheet:
    """The information before the contract (*nota informativa previa*), ROSSEAR art. 122 and the line's own article."""
    voice, quote, line = setting.voice, file.quote, file.line
    say, told = voice.say, line.information
    projection = projection_facts(voice, file.rating)
    own = (
        Section(heading=say(N_("Información propia de este seguro")), blocks=(Points(items=voice.all(*told.notes)),)),
    )
    expected = (
        Section(heading=say(N_("Valores estimados")), blocks=(
            projection,
            Prose(paragraphs=(say(N_(
                "Son cálculos ilustrativos con los gastos de la tarifa; no están garantizados."
            )),)),
        )),
    ) if projection else ()  # fmt: skip
    return Sheet(
        **setting.paper(N_("Nota informativa previa"), quote.quote_number, product_of(voice, line, quote.product)),
        parties=(
            (say(N_("Cliente")), person(voice, file.customer)),
            insurer_rows(setting, file.insurer.name, file.insurer.id_number),
        ),
        sections=(
            Section(heading=say(N_("Aseguradora y supervisión")), blocks=(Points(items=(
                say(N_("El contrato se celebra con {insurer}, NIF {id}."), insurer=file.insurer.name,
                    id=file.insurer.id_number),
                say(N_(
                    "Supervisa su actividad la Dirección General de Seguros y Fondos de Pensiones (Ministerio "
                    "de Economía, España)."
                )),
                say(N_("Ley aplicable: la española, en particular la Ley 50/1980, la Ley 20/2015 y el RD 1060/2015.")),
            )),)),
            Section(heading=say(N_("Reclamaciones")), blocks=(Points(items=complaints(voice, setting.brokerage)),)),
            Section(heading=say(N_("Qué cubre")), blocks=(
                Prose(paragraphs=(say(told.summary) if told.summary else product_of(voice, line, quote.product),)),
                coverage_table(voice, line, file.rating), premium_table(voice, file.rating),
            )),
            *limits(voice, file),
            *(own if told.notes else ()),
            *figure_sections(voice, line, quote.risk),
            *expected,
            Section(heading=say(N_("Duración, prórroga y extinción")), blocks=(Points(items=(
                lasting(voice, file), *opposition_said(voice, line, renewable=renewable(line, quote.risk)),
                unpaid_said(voice, line),
                withdrawal_said(voice, line),
            )),)),
            Section(heading=say(N_("Impuestos")), blocks=(Prose(paragraphs=(
                say(N_(
                    "La prima incluye los impuestos y recargos legales desglosados; las prestaciones tributan "
                    "según la ley vigente cuando se cobran."
                )),
            )),)),
        ),
    )  # fmt: skip


def lasting(voice: Voice, file: QuoteFile) -> str:
    """How long the contract runs, and whether it goes on by itself."""
    lasts = file.line.duration(typed_risk(file.line, file.quote.risk))
    if lasts.renewable:
        text = N_("Dura {months} meses desde el {on} y se prorroga por años si nadie se opone.")
    else:
        text = N_("Dura {months} meses desde el {on} y no se prorroga.")
    return voice.say(text, months=lasts.months, on=voice.day(file.quote.effective_on))


def limits(voice: Voice, file: QuoteFile) -> tuple[Section, ...]:
    """What is not covered, and how cover is limited."""
    told = file.line.information
    pairs = ((N_("Qué no cubre"), told.excluded), (N_("Límites y carencias"), told.restrictions))
    return tuple(
        Section(heading=voice.say(heading), blocks=(Points(items=voice.all(*items)),))
        for heading, items in pairs
        if items
    )
