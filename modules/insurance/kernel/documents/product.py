"""Standard product documents: IPID of non-life, KID of investment products, DFI of pension plans.

The manufacturer makes them by law; these are made of what the brokerage knows, and say what
the manufacturer must still supply. Headings and their order are the law's.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from core.i18n import N_
from modules.insurance.kernel.documents.content import Answer as Reply
from modules.insurance.kernel.documents.content import Column, Facts, Ipid, Points, Prose, Section, Sheet, Table
from modules.insurance.kernel.documents.information import complaints, lasting
from modules.insurance.kernel.documents.parts import (
    coverage_label,
    frequency_said,
    insurer_rows,
    plain,
    product_of,
    projection_facts,
)
from modules.insurance.kernel.documents.stage import QuoteFile, Setting
from modules.insurance.kernel.documents.voice import Voice
from modules.insurance.kernel.documents.withdrawal import opposition_said, renewable, unpaid_said, withdrawal_said
from modules.insurance.kernel.line import Information
from modules.insurance.kernel.wording import RECEIPTS

NOTHING_KNOWN: Final = N_("Consulte las condiciones generales de la aseguradora.")
COSTS: Final[Mapping[str, str]] = {
    "entry_charge": N_("Gasto de entrada, sobre lo aportado"),
    "annual_charge": N_("Gasto anual, sobre el valor"),
    "annual_admin_charge": N_("Gasto anual de administración, sobre el valor"),
    "management_cap": N_("Comisión de gestión anual, como máximo"),
    "depositary_cap": N_("Comisión de depósito anual, como máximo"),
    "surrender_penalty_by_completed_year": N_("Penalización por rescate, según años completos"),
}


def ipid(setting: Setting, file: QuoteFile) -> Ipid:
    """The insurance product information document (Reg. (EU) 2017/1469, RDL 3/2020 art. 176)."""
    voice, line, quote = setting.voice, file.line, file.quote
    say, told = voice.say, file.line.information
    covered = [coverage_label(voice, line, c.code) for c in line.coverages if _bought(file, c.code)]
    return Ipid(
        **setting.paper(
            N_("Documento de información sobre el producto de seguro"), quote.quote_number,
            say(N_("Seguro de {line}"), line=say(line.title).lower()),
        ),
        parties=(
            (say(N_("Aseguradora")), file.insurer.name),
            (say(N_("Producto")), product_of(voice, line, quote.product)),
        ),
        preamble=say(N_(
            "Resumen general. La información precontractual y contractual completa se facilita en otros "
            "documentos. Elaborado con los datos de que dispone la correduría: prevalece el documento que "
            "facilite la aseguradora."
        )),
        what=_reply(voice, N_("¿En qué consiste este tipo de seguro?"), "umbrella", (told.summary,)),
        insured=Reply(heading=say(N_("¿Qué se asegura?")), icon="umbrella",
                      items=tuple(covered) or (say(NOTHING_KNOWN),)),
        excluded=_reply(voice, N_("¿Qué no está asegurado?"), "cross", told.excluded),
        restrictions=_reply(
            voice, N_("¿Existen restricciones en lo que respecta a la cobertura?"), "alert", told.restrictions
        ),
        where=_reply(voice, N_("¿Dónde estoy cubierto?"), "globe", (told.territory,)),
        duties=Reply(heading=say(N_("¿Cuáles son mis obligaciones?")), icon="hands", items=obligations(voice, told)),
        paying=Reply(heading=say(N_("¿Cuándo y cómo tengo que efectuar los pagos?")), icon="coins", items=(
            say(N_("Pago {frequency}: {total} al año en {receipts}, al comenzar cada periodo."),
                frequency=frequency_said(voice, quote.payment_frequency), total=voice.money(quote.total_premium),
                receipts=RECEIPTS.said(len(file.rating.instalments or ()), voice.locale)),
            say(N_("Por domiciliación bancaria, transferencia o el medio que acuerde con la correduría.")),
            unpaid_said(voice, line),
        )),
        term=Reply(heading=say(N_("¿Cuándo comienza y finaliza la cobertura?")), icon="hourglass", items=(
            lasting(voice, file), say(N_(
                "Comienza a las 00:00 horas de ese día, una vez firmada la póliza y pagada la primera prima."
            )),
        )),
        leaving=Reply(heading=say(N_("¿Cómo puedo rescindir el contrato?")), icon="shield",
                      items=(
                        *opposition_said(voice, line, renewable=renewable(line, quote.risk)),
                        withdrawal_said(voice, line),
                      )),
    )  # fmt: skip


def _bought(file: QuoteFile, code: str) -> bool:
    return any(id.partition("#")[0] == code for id in file.rating.coverage_premiums or {})


def _reply(voice: Voice, heading: str, icon: Any, texts: tuple[str, ...]) -> Reply:
    said = voice.all(*(text for text in texts if text))
    return Reply(heading=voice.say(heading), icon=icon, items=said or (voice.say(NOTHING_KNOWN),))


def obligations(voice: Voice, told: Information) -> tuple[str, ...]:
    """What every insured must do (LCS arts. 10, 11, 14, 16, 17), and what the line adds."""
    return voice.all(
        N_("Contestar con verdad al cuestionario sobre el riesgo (LCS art. 10)."),
        N_("Pagar la prima (LCS art. 14)."),
        N_("Avisar durante el contrato de lo que agrave el riesgo (LCS art. 11)."),
        N_("Comunicar el siniestro en 7 días y reducir sus consecuencias (LCS arts. 16 y 17)."),
        *told.obligations,
    )


def kid(setting: Setting, file: QuoteFile) -> Sheet:
    """The key information document of an investment product: structure of Reg. (EU) 1286/2014 art. 8."""
    voice, line, quote = setting.voice, file.line, file.quote
    say, told = voice.say, line.information
    insurer = file.insurer.name
    return Sheet(
        **setting.paper(N_("Documento de datos fundamentales"), quote.quote_number,
                        product_of(voice, line, quote.product)),
        parties=(
            insurer_rows(setting, insurer, file.insurer.id_number),
            (say(N_("Autoridad competente")), say(N_("Dirección General de Seguros y Fondos de Pensiones"))),
            (say(N_("Fecha de elaboración")), voice.day(setting.today)),
        ),
        sections=(
            Section(heading=say(N_("Finalidad")), blocks=(Prose(paragraphs=(
                say(N_(
                    "Este documento recoge los datos fundamentales que usted debe conocer sobre este producto "
                    "de inversión. No es material comercial. Es una información exigida por ley para ayudarle "
                    "a comprender su naturaleza, riesgos, costes y posibles ganancias y pérdidas, y a "
                    "compararlo con otros."
                )),
                say(N_(
                    "Está a punto de adquirir un producto que no es sencillo y que puede ser difícil de "
                    "comprender."
                )),
            )),)),
            Section(heading=say(N_("¿Qué es este producto?")), blocks=(Facts(rows=(
                (say(N_("Tipo")), say(told.summary) if told.summary else product_of(voice, line, quote.product)),
                (say(N_("Plazo")), lasting(voice, file)),
                (say(N_("Aportación")), voice.money(quote.net_premium)),
            )), *_points(voice, told.notes))),
            Section(heading=say(N_("¿Qué riesgos corro y qué podría obtener a cambio?")), blocks=_outcome(voice, file)),
            Section(heading=say(N_("¿Qué pasa si {insurer} no puede pagar?"), insurer=insurer), blocks=(
                Prose(paragraphs=voice.all(N_(
                    "No hay un fondo de garantía de inversores para este seguro. Los activos que respaldan las "
                    "provisiones están afectos a los asegurados y el Consorcio de Compensación de Seguros "
                    "puede liquidar la entidad."
                ))),
            )),
            Section(heading=say(N_("¿Cuáles son los costes?")), blocks=(cost_table(voice, file),)),
            Section(
                heading=say(N_(
                    "¿Cuánto tiempo debo mantener la inversión, y puedo retirar dinero de manera anticipada?"
                )),
                blocks=(Points(items=(holding(voice, file), withdrawal_said(voice, line))),),
            ),
            Section(heading=say(N_("¿Cómo puedo reclamar?")), blocks=(
                Points(items=complaints(voice, setting.brokerage)),
            )),
            Section(heading=say(N_("Otros datos de interés")), blocks=(_still_owed(voice, insurer),)),
        ),
    )  # fmt: skip


def dfi(setting: Setting, file: QuoteFile) -> Sheet:
    """Key data for the member of a pension plan (*datos fundamentales para el partícipe*), RD 304/2004 art. 48."""
    voice, line, quote = setting.voice, file.line, file.quote
    say, told = voice.say, line.information
    return Sheet(
        **setting.paper(N_("Datos fundamentales para el partícipe"), quote.quote_number,
                        product_of(voice, line, quote.product)),
        parties=(
            (say(N_("Gestora")), file.insurer.name),
            (say(N_("Fecha de elaboración")), voice.day(setting.today)),
        ),
        sections=(
            Section(heading=say(N_("Definición del producto")), blocks=(Prose(paragraphs=(
                say(told.summary) if told.summary else product_of(voice, line, quote.product),
                say(N_("El valor de los derechos consolidados puede bajar y puede recibir menos de lo que aportó.")),
            )), *_points(voice, told.notes))),
            Section(heading=say(N_("Aportaciones y prestaciones")), blocks=_outcome(voice, file)),
            Section(heading=say(N_("Gastos y comisiones")), blocks=(cost_table(voice, file),)),
            Section(heading=say(N_("Liquidez")), blocks=(Points(items=voice.all(
                N_("El dinero solo puede cobrarse en las contingencias y supuestos excepcionales que fija la ley."),
                N_("Los derechos pueden movilizarse a otro plan sin gastos y sin tributar."),
            )),)),
            Section(heading=say(N_("Reclamaciones")), blocks=(Points(items=complaints(voice, setting.brokerage)),)),
            Section(heading=say(N_("Otros datos de interés")), blocks=(_still_owed(voice, file.insurer.name),)),
        ),
    )  # fmt: skip


def _points(voice: Voice, texts: tuple[str, ...]) -> tuple[Points, ...]:
    return (Points(items=voice.all(*texts)),) if texts else ()


def _outcome(voice: Voice, file: QuoteFile) -> tuple[Prose | Facts | Points, ...]:
    told = file.line.information
    projection = projection_facts(voice, file.rating)
    caution = Prose(
        paragraphs=(
            voice.say(
                N_(
                    "Los importes son ilustrativos, con los gastos de la tarifa, y no son una previsión ni una "
                    "garantía."
                )
            ),
        )
    )
    risks = Points(items=voice.all(*told.restrictions)) if told.restrictions else None
    return tuple(part for part in (risks, projection, caution) if part is not None)


def cost_table(voice: Voice, file: QuoteFile) -> Table:
    """The charges that the tariff knows, each as a share."""
    rows = tuple(_costs(voice, file.line.tariff.data)) or ((voice.say(NOTHING_KNOWN), "–"),)
    columns = (
        Column(label=voice.say(N_("Coste")), wide=True),
        Column(label=voice.say(N_("Tipo aplicado")), side="right"),
    )
    return Table(columns=columns, rows=rows)


def _costs(voice: Voice, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The named charges of a tariff, wherever they stand in it."""
    for name, value in data.items():
        if name in COSTS:
            for case, share in _cases(voice, value):
                said = voice.say(COSTS[name])
                yield f"{said}: {case}" if case else said, voice.percent(share)
        elif name == "fees" and isinstance(value, Mapping):
            yield from _costs(voice, value)


def _cases(voice: Voice, value: Any) -> Iterator[tuple[str, Decimal]]:
    if isinstance(value, str):
        yield "", Decimal(value)
    elif "steps" in value:
        for step in value["steps"]:
            yield voice.say(N_("desde {amount}"), amount=voice.money(str(step["from"]))), Decimal(step["value"])
    else:
        for case, share in value.items():
            yield plain(str(case)).lower(), Decimal(share)


def holding(voice: Voice, file: QuoteFile) -> str:
    """For how long the money should stay: until surrender costs nothing, as the tariff says."""
    penalties = file.line.tariff.data.get("surrender_penalty_by_completed_year") or {}
    free = [int(year) for year, share in penalties.items() if Decimal(share) == 0]
    if not free:
        return voice.say(N_("El periodo de mantenimiento recomendado lo fija la aseguradora."))
    return voice.say(
        N_("Mantenga la inversión al menos {years} años: antes, el rescate tiene penalización."), years=min(free)
    )


def _still_owed(voice: Voice, insurer: str) -> Points:
    """What only the manufacturer can say: shown, never invented."""
    return Points(items=(
        voice.say(N_(
            "Prevalece el documento de {insurer}; este recoge los datos de que dispone la correduría."
        ), insurer=insurer),
        voice.say(N_(
            "Debe facilitarlo {insurer}: indicador de riesgo, escenarios de rentabilidad, impacto de los "
            "costes en el tiempo y rentabilidad histórica."
        ), insurer=insurer),
    ))  # fmt: skip
