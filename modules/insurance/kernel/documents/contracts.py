"""The contract and its life (*póliza*): conditions, endorsement, receipt, renewal notice, cancellation."""

from collections.abc import Mapping
from typing import Any, Final

from core.dates import add_months
from core.i18n import N_
from modules.insurance.kernel.asking import label
from modules.insurance.kernel.documents.content import (
    Block,
    Column,
    Facts,
    Figure,
    Letter,
    Limiting,
    Points,
    Prose,
    Section,
    Sheet,
    Signatures,
    Table,
)
from modules.insurance.kernel.documents.parts import (
    APART,
    addressee,
    coverage_table,
    frequency_said,
    insurer_rows,
    person,
    plain,
    premium_table,
    product_of,
    receipt_table,
    receipts_table,
    risk_facts,
)
from modules.insurance.kernel.documents.stage import EndorsementFile, PolicyFile, ReceiptFile, Setting
from modules.insurance.kernel.documents.voice import Voice
from modules.insurance.kernel.documents.withdrawal import opposition_said, renewable, unpaid_said, withdrawal_said
from modules.insurance.kernel.policies.endorsing import KINDS as ENDORSEMENTS
from modules.insurance.kernel.policies.reasons import LABELS as END_REASONS
from modules.insurance.kernel.states import FEMININE, LABELS, ReceiptState
from modules.insurance.kernel.views import COLLECTORS, KINDS

ACCEPTING: Final = N_(
    "Declaro que he leído estas cláusulas, que limitan mis derechos, y las acepto específicamente (LCS art. 3)."
)
DIVERGENCE: Final = N_(
    "Si esta póliza difiere de lo acordado, puede reclamar en un mes desde que la reciba; pasado ese plazo "
    "vale lo que dice la póliza (LCS art. 8)."
)
PAYER_NOTE: Final = N_(
    "El pago hecho a la correduría no libera frente a la aseguradora, salvo que se le entregue su recibo (RDL "
    "3/2020 art. 156)."
)
CLAIMS_MADE: Final = N_(
    "Solo se cubren las reclamaciones recibidas durante la vigencia del seguro o el plazo pactado (LCS art. 73)."
)


def policy(setting: Setting, file: PolicyFile) -> Sheet:
    """The particular conditions (*condiciones particulares*) with all that LCS art. 8 asks for."""
    voice, own, line = setting.voice, file.policy, file.line
    say = voice.say
    return Sheet(
        **setting.paper(N_("Póliza de seguro: condiciones particulares"), own.policy_number,
                        product_of(voice, line, _product(file))),
        parties=parties(setting, file),
        sections=(
            Section(heading=say(N_("Riesgo asegurado")), blocks=(*_object(voice, file), *_declared(voice, file))),
            *_price(voice, file),
            Section(heading=say(N_("Recibos")), blocks=_receipts(voice, file)),
            Section(heading=say(N_("Duración y extinción")), blocks=(Points(items=(
                say(N_("Desde las 00:00 horas del {begins} hasta las 00:00 horas del {ends}."),
                    begins=voice.day(own.effective_on), ends=voice.day(own.expires_on)),
                *opposition_said(voice, line, renewable=_renewable(file)), unpaid_said(voice, line),
                withdrawal_said(voice, line), say(DIVERGENCE),
            )),)),
            *_scope(voice, file),
            Section(heading=say(N_("Cláusulas limitativas")), blocks=(limiting(voice, file),)),
            Section(heading="", blocks=(
                Prose(paragraphs=(say(N_("Mediador: {name}"), name=setting.name), say(PAYER_NOTE))),
                Signatures(signers=(say(N_("El tomador")), say(N_("La aseguradora, {name}"), name=file.insurer.name))),
            )),
        ),
    )  # fmt: skip


def parties(setting: Setting, file: PolicyFile) -> tuple[tuple[str, str], ...]:
    """Insurer, policyholder, insured."""
    voice, say = setting.voice, setting.voice.say
    return (
        insurer_rows(setting, file.insurer.name, file.insurer.id_number),
        (say(N_("Tomador")), person(voice, file.customer)),
        (say(N_("Asegurado")), person(voice, file.insured)),
    )


def _product(file: PolicyFile) -> str:
    return file.term.product if file.term else file.policy.product


def _renewable(file: PolicyFile) -> bool:
    return renewable(file.line, file.term.risk) if file.term else True


def _object(voice: Voice, file: PolicyFile) -> tuple[Facts, ...]:
    own, say = file.policy, voice.say
    rows = [
        (say(N_("Objeto")), own.risk_description),
        (say(N_("Identificación")), own.object_ref or ""),
        (say(N_("Suma asegurada")), voice.money(own.sum_insured) if own.sum_insured is not None else ""),
    ]
    kept = tuple(row for row in rows if row[1])
    return (Facts(rows=kept),) if kept else ()


def _declared(voice: Voice, file: PolicyFile) -> tuple[Facts, ...]:
    return (risk_facts(voice, file.line, file.term.risk, file.term.details),) if file.term else ()


def _price(voice: Voice, file: PolicyFile) -> tuple[Section, ...]:
    """Coverages and breakdown; of a policy that was taken over without them, its totals."""
    say, own = voice.say, file.policy
    if file.rating is not None and file.rating.total is not None:
        return (
            Section(heading=say(N_("Garantías contratadas")), blocks=(coverage_table(voice, file.line, file.rating),)),
            Section(heading=say(N_("Prima anual")), blocks=(premium_table(voice, file.rating),)),
        )
    rows = (
        (say(N_("Prima neta")), voice.money(own.net_premium)),
        (say(N_("Recargos legales")), voice.money(own.surcharges)),
        (say(N_("Impuesto sobre las primas de seguros")), voice.money(own.ips)),
        (say(N_("Total")), voice.money(own.total_premium)),
    )
    return (Section(heading=say(N_("Prima anual")), blocks=(Facts(rows=rows),)),)


def _receipts(voice: Voice, file: PolicyFile) -> tuple[Block, ...]:
    own, say = file.policy, voice.say
    how = say(
        N_("Pago {frequency}; los recibos los cobra {collector}."),
        frequency=frequency_said(voice, own.payment_frequency), collector=say(COLLECTORS[own.collected_by]),
    )  # fmt: skip
    dead = (ReceiptState.CANCELLED, ReceiptState.REFUNDED)
    due = [r for r in file.receipts if r.period_from >= own.effective_on and r.state not in dead]
    return (Prose(paragraphs=(how,)), receipts_table(voice, due)) if due else (Prose(paragraphs=(how,)),)


def _scope(voice: Voice, file: PolicyFile) -> tuple[Section, ...]:
    told = file.line.information
    if not told.territory:
        return ()
    return (
        Section(heading=voice.say(N_("Ámbito territorial")), blocks=(Prose(paragraphs=voice.all(told.territory)),)),
    )


def limiting(voice: Voice, file: PolicyFile) -> Limiting:
    """What limits the insured's rights, to be signed for apart."""
    told = file.line.information
    made = file.line.claims_made(file.term.risk, file.term.details, file.term.from_on) if file.term else None
    clauses = (*told.excluded, *told.restrictions, *((CLAIMS_MADE,) if made else ()))
    said = voice.all(*clauses) or (
        voice.say(N_("Las que figuran destacadas en las condiciones generales de la aseguradora.")),
    )
    return Limiting(clauses=said, accepting=voice.say(ACCEPTING), signer=voice.say(N_("Firma del tomador")))


def receipt(setting: Setting, file: ReceiptFile) -> Sheet:
    """One receipt with its premium, surcharges and tax."""
    voice, own, whole = setting.voice, file.receipt, file.policy
    say = voice.say
    return Sheet(
        **setting.paper(N_("Recibo de prima"), own.receipt_number,
                        say(N_("Póliza {policy}"), policy=whole.policy.policy_number)),
        parties=(
            insurer_rows(setting, whole.insurer.name, whole.insurer.id_number),
            (say(N_("Tomador")), person(voice, whole.customer)),
            (say(N_("Seguro")), product_of(voice, whole.line, _product(whole))),
            (say(N_("Clase")), say(N_("{kind}, recibo {no} de {count}"), kind=say(KINDS.get(own.kind, own.kind)),
                                   no=own.instalment_no, count=own.instalment_count)),
            (say(N_("Periodo cubierto")), say(N_("del {begins} al {ends}"), begins=voice.day(own.period_from),
                                              ends=voice.day(own.period_to))),
            (say(N_("Vencimiento")), voice.day(own.due_on)),
            (say(N_("Estado")), _state(voice, own.state, own.paid_on)),
        ),
        sections=(
            Section(heading="", blocks=(Figure(label=say(N_("Importe del recibo")), amount=voice.money(own.total)),)),
            Section(heading=say(N_("Desglose")), blocks=(receipt_table(voice, own),)),
            Section(heading="", blocks=(Prose(paragraphs=(
                say(N_("Lo cobra {collector}."), collector=say(COLLECTORS[own.collected_by])),
                unpaid_said(voice, whole.line), say(PAYER_NOTE),
            )),)),
        ),
    )  # fmt: skip


def _state(voice: Voice, state: str, paid_on: Any) -> str:
    said = voice.say(LABELS.get(state, state))
    return f"{said}, {voice.day(paid_on)}" if paid_on else said


def endorsement(setting: Setting, file: EndorsementFile) -> Sheet:
    """A change of the policy: what was, what is, and the price of it to the end of the annuity."""
    voice, own, whole = setting.voice, file.endorsement, file.policy
    say = voice.say
    rows = (
        (say(N_("Prima")), voice.money(own.premium)), (say(N_("Recargos")), voice.money(own.surcharges)),
        (say(N_("Impuesto")), voice.money(own.ips)), (say(N_("Total")), voice.money(own.total)),
    )  # fmt: skip
    columns = (Column(label=say(N_("Concepto")), wide=True), Column(label=say(N_("Importe")), side="right"))
    return Sheet(
        **setting.paper(N_("Suplemento de póliza"), own.endorsement_number,
                        say(N_("Póliza {policy}"), policy=whole.policy.policy_number)),
        parties=(
            *parties(setting, whole),
            (say(N_("Clase")), say(ENDORSEMENTS.get(own.kind, own.kind))),
            (say(N_("Efecto")), say(N_("a las 00:00 horas del {on}"), on=voice.day(own.effective_on))),
        ),
        sections=(
            Section(heading=say(N_("Qué cambia")), blocks=(*_reason(own.reason), changes(voice, file))),
            Section(heading=say(N_("Prima hasta el {on}"), on=voice.day(whole.policy.expires_on)), blocks=(
                Table(columns=columns, rows=rows, total=True),
                *((Prose(paragraphs=voice.all(N_("El importe negativo se devuelve al tomador."))),) if own.total < 0
                  else ()),
            )),
            Section(heading="", blocks=(
                Prose(paragraphs=(say(N_(
                    "Lo demás de la póliza sigue igual. El cambio necesita el consentimiento expreso del "
                    "tomador (LCS art. 21)."
                )),)),
                Signatures(signers=(say(N_("El tomador")), say(N_("La aseguradora, {name}"), name=whole.insurer.name))),
            )),
        ),
    )  # fmt: skip


def _reason(reason: str) -> tuple[Prose, ...]:
    return (Prose(paragraphs=(reason,)),) if reason else ()


def changes(voice: Voice, file: EndorsementFile) -> Table | Prose:
    """Field by field, what the policy insured before and insures now."""
    line, own = file.policy.line, file.endorsement
    before: Mapping[str, Any] = {**file.before.details, **file.before.risk} if file.before else {}
    after: Mapping[str, Any] = {**own.details, **own.risk}
    rows = []
    for name in (*line.risk.model_fields, *line.details.model_fields):
        was, now = before.get(name), after.get(name)
        if was != now and (name not in APART or was is not None):
            said = voice.say(label(name, line.risk, line.details))
            cells = ("–" if value in (None, "") else voice.value(value, said) for value in (was, now))
            rows.append((plain(said), *cells))
    if not rows:
        return Prose(paragraphs=(voice.say(N_("No cambian los datos del riesgo.")),))
    columns = (
        Column(label=voice.say(N_("Dato")), wide=True), Column(label=voice.say(N_("Antes")), side="right"),
        Column(label=voice.say(N_("Ahora")), side="right"),
    )  # fmt: skip
    return Table(columns=columns, rows=tuple(rows))


def letter(
    setting: Setting, file: PolicyFile, title: str, reference: str, about: tuple[tuple[str, str], ...],
    *sections: Section,
) -> Letter:  # fmt: skip
    """A letter to the policyholder, closed with the brokerage's name."""
    voice, say = setting.voice, setting.voice.say
    return Letter(
        **setting.paper(title, reference), parties=about, addressee=addressee(file.customer),
        dated=voice.long_day(setting.today), sections=sections, closing=(say(N_("Atentamente,")), setting.name),
    )  # fmt: skip


def about(voice: Voice, file: PolicyFile) -> tuple[tuple[str, str], ...]:
    """Which policy a letter is about."""
    say, own = voice.say, file.policy
    rows = (
        (say(N_("Póliza")), own.policy_number), (say(N_("Seguro")), product_of(voice, file.line, _product(file))),
        (say(N_("Aseguradora")), file.insurer.name), (say(N_("Objeto")), own.risk_description),
    )  # fmt: skip
    return tuple(row for row in rows if row[1])


def renewal_notice(setting: Setting, file: PolicyFile) -> Letter:
    """What renews and at what price, and until when each side may oppose (LCS art. 22)."""
    voice, own, say = setting.voice, file.policy, setting.voice.say
    ends = own.expires_on
    said = say(N_("Su seguro vence el {on}. Si nadie se opone, se prorroga un año más."), on=voice.long_day(ends))
    if file.renewal is not None:
        price: tuple[Block, ...] = (Table(
            columns=(Column(label="", wide=True), Column(label=say(N_("Prima total")), side="right")),
            rows=((say(N_("Anualidad que vence")), voice.money(own.total_premium)),
                  (say(N_("Anualidad nueva")), voice.money(file.renewal.total_premium))),
        ),)  # fmt: skip
    else:
        text = N_(
            "Prima de la anualidad que vence: {amount}. La aseguradora debe avisarle de cualquier cambio antes "
            "del {until}."
        )
        until = voice.day(add_months(ends, -2))
        price = (Prose(paragraphs=(say(text, amount=voice.money(own.total_premium), until=until),)),)
    rights = Points(items=(
        say(N_(
            "Puede oponerse a la prórroga por escrito hasta el {until}, inclusive."
        ), until=voice.day(add_months(ends, -1))),
        say(N_(
            "Si le suben el precio o cambian las condiciones con menos de dos meses, puede mantener las "
            "actuales o irse."
        )),
        say(N_("Revise con nosotros si las sumas aseguradas y las garantías siguen siendo las que necesita.")),
    ))  # fmt: skip
    return letter(
        setting, file, N_("Aviso de vencimiento"), own.policy_number, about(voice, file),
        Section(heading="", blocks=(Prose(paragraphs=(said,)), *price)),
        Section(heading=say(N_("Sus derechos")), blocks=(rights,)),
    )  # fmt: skip


def cancellation(setting: Setting, file: PolicyFile) -> Letter:
    """That the policy ended, when and why, and that nothing is covered afterwards."""
    voice, own, say = setting.voice, file.policy, setting.voice.say
    reason = own.end_reason or ""
    state = say({**LABELS, **FEMININE}.get(own.state, own.state))
    said = [
        say(N_(
            "Le confirmamos que la póliza está {state} desde las 00:00 horas del {on}. Desde entonces no hay "
            "cobertura."
        ),
            state=state, on=voice.day(own.ended_on or own.expires_on)),
    ]  # fmt: skip
    if reason:
        said.append(say(N_("Motivo: {reason}."), reason=say(END_REASONS.get(reason, reason))))
    refunds = [r for r in file.receipts if r.kind == "refund"]
    back: tuple[Block, ...] = (receipts_table(voice, refunds),) if refunds else ()
    refunded = (
        say(N_("Se le devuelve:"))
        if refunds
        else say(
            N_(
                "No consta un importe por devolver; si hay primas no consumidas que deban devolverse, se lo "
                "comunicaremos."
            )
        )
    )
    return letter(
        setting, file, N_("Confirmación de baja"), own.policy_number, about(voice, file),
        Section(heading="", blocks=(Prose(paragraphs=(*said, refunded)), *back)),
    )  # fmt: skip
