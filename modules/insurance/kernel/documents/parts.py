"""Parts that several documents share (*bloques comunes*): parties, risk, coverages, premium, receipts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, get_args

from pydantic import BaseModel

from core.i18n import N_
from core.money import ZERO
from modules.core_business.crm import Customer
from modules.insurance.kernel.asking import label
from modules.insurance.kernel.documents.content import Column, Facts, Prose, Section, Table
from modules.insurance.kernel.documents.stage import Setting
from modules.insurance.kernel.documents.voice import Voice
from modules.insurance.kernel.frequency import FREQUENCY_LABELS
from modules.insurance.kernel.line import Figures, Line
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Receipt

UNIT: Final = re.compile(r"\s*[,(]\s*(?:EUR|€|%).*$")
APART: Final = frozenset(("product", "payment_frequency"))  # told elsewhere in every document
SURCHARGES: Final[Mapping[str, str]] = {
    "ccs_re": N_("Consorcio: riesgos extraordinarios"),
    "ccs_re_accident": N_("Consorcio: riesgos extraordinarios, personas"),
    "ccs_lop": N_("Consorcio: pérdida de beneficios"),
    "ccs_guarantee_fund": N_("Consorcio: fondo de garantía"),
    "lea": N_("Consorcio: liquidación de entidades (LEA)"),
}
PROJECTED: Final[Mapping[str, str]] = {
    "total_contributions": N_("Aportaciones totales"),
    "projected_value": N_("Valor estimado al final"),
    "surrender_value": N_("Valor de rescate estimado"),
    "gain": N_("Ganancia estimada"),
    "irpf_tax": N_("IRPF estimado"),
    "net_after_tax": N_("Neto estimado después de impuestos"),
    "entry_charge": N_("Gasto de entrada"),
    "death_benefit": N_("Capital en caso de fallecimiento"),
    "deductible": N_("Aportación deducible al año"),
    "irpf_saving_year": N_("Ahorro de IRPF al año"),
    "benefit_tax": N_("IRPF estimado de la prestación"),
    "net_benefit": N_("Prestación neta estimada"),
}
CONTRIBUTION: Final = N_("Aportación")


def address_of(customer: Customer) -> str:
    """Where the customer lives, in one line; "" if it is not known."""
    town = " ".join(part for part in (customer.postal_code, customer.city) if part)
    return ", ".join(part for part in (customer.street, town) if part)


def addressee(customer: Customer) -> tuple[str, ...]:
    """The customer as an envelope names him."""
    town = " ".join(part for part in (customer.postal_code, customer.city) if part)
    return tuple(part for part in (customer.name, customer.street or "", town) if part)


def person(voice: Voice, customer: Customer) -> str:
    """A party with document and home."""
    home = address_of(customer)
    said = f"{customer.name} · {customer.id_type} {customer.id_number}"
    return f"{said} · {home}" if home else said


def product_of(voice: Voice, line: Line, product: str) -> str:
    """Line and product: «Mascotas · mascotas completo»."""
    named = line.products.get(product, product)
    return f"{voice.say(line.title)} · {voice.say(named)}" if named else voice.say(line.title)


def risk_facts(voice: Voice, line: Line, risk: Mapping[str, Any], details: Mapping[str, Any]) -> Facts:
    """What was declared of the risk (LCS art. 10), field by field with the labels that people know."""
    return Facts(rows=tuple(_declared(voice, line.risk, risk)) + tuple(_declared(voice, line.details, details)))


def _declared(voice: Voice, model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in model.model_fields:
        value = values.get(name)
        if name in APART or value in (None, "", [], {}):
            continue
        said = voice.say(label(name, model))
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            inner = _inner(model.model_fields[name].annotation)
            for at, one in enumerate(value, 1):
                rows = _declared(voice, inner, one) if inner else ((n, voice.value(v, n)) for n, v in one.items())
                yield f"{plain(said)} {at}", "; ".join(f"{what}: {told}" for what, told in rows)
        else:
            yield plain(said), voice.value(value, said)


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model of the items of a list field, however it is annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part)) is not None), None)


def plain(said: str) -> str:
    """A label without its unit, and with a capital: the value bears the unit."""
    said = UNIT.sub("", said)
    said = said.replace("_", " ")
    return said[:1].upper() + said[1:]


def coverage_label(voice: Voice, line: Line, code: str) -> str:
    """A coverage as people know it; `code#2` is the second insured's."""
    name, _, at = code.partition("#")
    said = voice.say(CONTRIBUTION) if name == "contribution" else voice.say(line.labels.get(name, name))
    said = said if name in line.labels or name == "contribution" else plain(said)
    return voice.say(N_("{coverage} (asegurado {at})"), coverage=said, at=at) if at else said


def coverage_table(voice: Voice, line: Line, rating: Rating) -> Table:
    """The coverages bought with the premium of each; their sum is the net premium."""
    rows = [
        (coverage_label(voice, line, code), voice.money(amount))
        for code, amount in (rating.coverage_premiums or {}).items()
    ]
    rows.append((voice.say(N_("Prima neta")), voice.money(rating.net_premium)))
    columns = (Column(label=voice.say(N_("Garantía")), wide=True), Column(label=voice.say(N_("Prima")), side="right"))
    return Table(columns=columns, rows=tuple(rows), total=True)


def premium_table(voice: Voice, rating: Rating) -> Table:
    """From the net premium to the total, surcharge by surcharge (LCS art. 8.6)."""
    return _breakdown(
        voice, rating.net_premium or ZERO, rating.fractioning_surcharge or ZERO, rating.public_surcharges or {},
        rating.ips or ZERO, rating.total or ZERO,
    )  # fmt: skip


def receipt_table(voice: Voice, receipt: Receipt) -> Table:
    """The same of one receipt; its premium includes the fractioning surcharge."""
    parts = {name: Decimal(str(amount)) for name, amount in receipt.surcharge_parts.items()}
    if sum(parts.values(), ZERO) != receipt.surcharges:
        parts = {"all": receipt.surcharges} if receipt.surcharges else {}
    net = receipt.premium - receipt.fractioning_surcharge
    return _breakdown(voice, net, receipt.fractioning_surcharge, parts, receipt.ips, receipt.total)


def _breakdown(
    voice: Voice, net: Decimal, fractioning: Decimal, surcharges: Mapping[str, Decimal], ips: Decimal, total: Decimal
) -> Table:
    named = [(voice.say(SURCHARGES.get(id, N_("Recargos legales"))), amount) for id, amount in surcharges.items()]
    parts = [
        (voice.say(N_("Prima neta")), net), (voice.say(N_("Recargo por fraccionamiento")), fractioning), *named,
        (voice.say(N_("Impuesto sobre las primas de seguros")), ips),
    ]  # fmt: skip
    kept = [(said, voice.money(amount)) for at, (said, amount) in enumerate(parts) if amount or at == 0]
    columns = (Column(label=voice.say(N_("Concepto")), wide=True), Column(label=voice.say(N_("Importe")), side="right"))
    return Table(columns=columns, rows=(*kept, (voice.say(N_("Total")), voice.money(total))), total=True)


def plan_table(voice: Voice, rating: Rating) -> Table:
    """The receipts as the rating divides the premium; they add up to the total."""
    plan = rating.instalments or ()
    rows = [(str(p.no), *(voice.money(x) for x in (p.premium, p.surcharges, p.ips, p.total))) for p in plan]
    total = sum((p.total for p in plan), ZERO)
    rows.append((voice.say(N_("Total")), "", "", "", voice.money(total)))
    heads = (N_("Recibo"), N_("Prima"), N_("Recargos"), N_("Impuesto"), N_("Total"))
    return Table(columns=_money_columns(voice, heads, 1), rows=tuple(rows), total=True)


def receipts_table(voice: Voice, receipts: Sequence[Receipt]) -> Table:
    """The receipts of a policy with the day on which each is due."""
    rows = [
        (r.receipt_number, voice.day(r.due_on), *(voice.money(x) for x in (r.premium, r.surcharges, r.ips, r.total)))
        for r in receipts
    ]
    total = sum((r.total for r in receipts), ZERO)
    rows.append((voice.say(N_("Total")), "", "", "", "", voice.money(total)))
    heads = (N_("Recibo"), N_("Vence"), N_("Prima"), N_("Recargos"), N_("Impuesto"), N_("Total"))
    return Table(columns=_money_columns(voice, heads, 2), rows=tuple(rows), total=True)


def _money_columns(voice: Voice, heads: Sequence[str], texts: int) -> tuple[Column, ...]:
    return tuple(
        Column(label=voice.say(head), side="left" if at < texts else "right", wide=at == 0)
        for at, head in enumerate(heads)
    )


def projection_facts(voice: Voice, rating: Rating) -> Facts | None:
    """What a savings product might be worth, by the tariff's illustrative figures; None if it is none."""
    if not rating.projection:
        return None
    known = ((voice.say(PROJECTED.get(name, name)), amount) for name, amount in rating.projection.items())
    return Facts(rows=tuple((plain(said), voice.money(amount)) for said, amount in known))


def figure_sections(voice: Voice, line: Line, risk: Mapping[str, Any]) -> tuple[Section, ...]:
    """The tables of figures that the line owes before the contract."""
    return tuple(_figures(voice, figures) for figures in line.figures(line.risk.model_validate(risk)))


def _figures(voice: Voice, figures: Figures) -> Section:
    labels = [voice.say(column) for column in figures.columns]
    columns = tuple(
        Column(label=plain(label), side="left" if at == 0 else "right", wide=True) for at, label in enumerate(labels)
    )
    rows = tuple(
        tuple(voice.value(cell, label) for cell, label in zip(row, labels, strict=True)) for row in figures.rows
    )
    note = (Prose(paragraphs=(voice.say(figures.note),)),) if figures.note else ()
    return Section(heading=voice.say(figures.title), blocks=(Table(columns=columns, rows=rows), *note))


def frequency_said(voice: Voice, frequency: str) -> str:
    """How the premium is paid."""
    return voice.say(FREQUENCY_LABELS.get(frequency, frequency))


def insurer_rows(setting: Setting, insurer_name: str, insurer_id: str) -> tuple[str, str]:
    """The insurer with its NIF."""
    return setting.voice.say(N_("Aseguradora")), f"{insurer_name} · NIF {insurer_id}"
