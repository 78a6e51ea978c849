"""Offers to a client (*ofertas*): one quote, or several side by side with a recommendation."""

from collections.abc import Sequence
from typing import Any, Final

from core.i18n import N_
from core.money import ZERO
from modules.insurance.kernel.asking import label
from modules.insurance.kernel.documents.content import Column, Facts, Figure, Points, Prose, Section, Sheet, Table
from modules.insurance.kernel.documents.information import grounds, lasting, limits
from modules.insurance.kernel.documents.parts import (
    APART,
    coverage_label,
    coverage_table,
    frequency_said,
    insurer_rows,
    person,
    plain,
    plan_table,
    premium_table,
    product_of,
    risk_facts,
)
from modules.insurance.kernel.documents.stage import QuoteFile, Setting
from modules.insurance.kernel.documents.voice import Voice

ORIENTATIVE: Final = N_("Es orientativa hasta que la aseguradora acepte el riesgo.")
DECLINED: Final = N_("La aseguradora no acepta este riesgo según las normas {rules}; no hay prima.")
UNBINDING: Final = N_(
    "Esta oferta informa y no obliga a contratar. El precio depende de que los datos declarados sean ciertos."
)


def offer(setting: Setting, file: QuoteFile) -> Sheet:
    """One quote as a client reads it: the price first, then cover, breakdown, receipts and the declared risk."""
    voice, quote, line = setting.voice, file.quote, file.line
    say = voice.say
    return Sheet(
        **setting.paper(N_("Oferta de seguro"), quote.quote_number, product_of(voice, line, quote.product)),
        parties=(
            (say(N_("Cliente")), person(voice, file.customer)),
            insurer_rows(setting, file.insurer.name, file.insurer.id_number),
            (say(N_("Fecha de efecto")), voice.day(quote.effective_on)),
            (say(N_("Forma de pago")), frequency_said(voice, quote.payment_frequency)),
            (say(N_("Válida hasta")), voice.day(quote.valid_until)),
        ),
        sections=(
            Section(heading="", blocks=_price(voice, file)),
            *(_breakdown(voice, file) if quote.total_premium is not None else ()),
            Section(heading=say(N_("Datos declarados del riesgo")), blocks=(
                risk_facts(voice, line, quote.risk, quote.details),
            )),
            *limits(voice, file),
            Section(heading="", blocks=(Prose(paragraphs=(lasting(voice, file), say(UNBINDING))),)),
        ),
    )  # fmt: skip


def _price(voice: Voice, file: QuoteFile) -> tuple[Figure | Prose, ...]:
    quote = file.quote
    if quote.total_premium is None:
        return (Prose(paragraphs=(voice.say(DECLINED, rules=", ".join(quote.rules_hit)),)),)
    price = Figure(
        label=voice.say(N_("Prima total anual, impuestos incluidos")), amount=voice.money(quote.total_premium)
    )
    return (price, Prose(paragraphs=(voice.say(ORIENTATIVE),))) if quote.rules_hit else (price,)


def _breakdown(voice: Voice, file: QuoteFile) -> tuple[Section, ...]:
    say = voice.say
    return (
        Section(heading=say(N_("Garantías")), blocks=(coverage_table(voice, file.line, file.rating),)),
        Section(heading=say(N_("Prima")), blocks=(premium_table(voice, file.rating), *_subsidy(voice, file))),
        Section(heading=say(N_("Recibos")), blocks=(plan_table(voice, file.rating),)),
    )


def _subsidy(voice: Voice, file: QuoteFile) -> tuple[Facts, ...]:
    rating = file.rating
    if rating.subsidy is None:
        return ()
    return (Facts(rows=(
        (voice.say(N_("Subvención pública")), voice.money(rating.subsidy)),
        (voice.say(N_("A cargo del tomador")), voice.money(rating.payable_by_policyholder)),
    )),)  # fmt: skip


def comparison(
    setting: Setting, files: Sequence[QuoteFile], chosen: QuoteFile | None = None, reasons: str | None = None
) -> Sheet:
    """Offers of one customer for one risk side by side, what differs, and the recommendation (RDL 3/2020 art. 175).

    Args:
        setting: who makes it, for whom and when.
        files: two or more offers; columns stand in this order.
        chosen: the recommended one; without it the cheapest of the accepted ones that cover most is.
        reasons: the broker's own words, first among the reasons.
    """
    voice, say = setting.voice, setting.voice.say
    first, best = files[0], chosen or recommendable(files)
    return Sheet(
        **setting.paper(N_("Comparación de ofertas y propuesta"), first.quote.quote_number, say(first.line.title)),
        parties=(
            (say(N_("Cliente")), person(voice, first.customer)), (say(N_("Fecha")), voice.long_day(setting.today)),
        ),
        sections=(
            Section(heading=say(N_("Ofertas comparadas")), blocks=(side_by_side(voice, files),)),
            *_differing(voice, files),
            *_recommendation(voice, best, reasons),
            Section(heading="", blocks=(Prose(paragraphs=(say(UNBINDING),)),)),
        ),
    )  # fmt: skip


def recommendable(files: Sequence[QuoteFile]) -> QuoteFile | None:
    """The offer that covers most and, of those, costs least; None if the insurer accepts none."""
    priced = [file for file in files if file.quote.total_premium is not None and not file.quote.rules_hit]
    return min(
        priced, key=lambda f: (-len(f.rating.coverage_premiums or {}), f.quote.total_premium or ZERO), default=None
    )


def side_by_side(voice: Voice, files: Sequence[QuoteFile]) -> Table:
    """One column an offer: insurer, product, each coverage's premium, taxes, total, first receipt."""
    say = voice.say
    codes = list(dict.fromkeys(code for file in files for code in file.rating.coverage_premiums or {}))
    line = files[0].line

    def row(heading: str, *cells: str) -> tuple[str, ...]:
        return (heading, *cells)

    rows = [
        row(say(N_("Oferta")), *(f.quote.quote_number for f in files)),
        row(say(N_("Producto")), *(say(f.line.products.get(f.quote.product, f.quote.product)) for f in files)),
        row(say(N_("Forma de pago")), *(frequency_said(voice, f.quote.payment_frequency) for f in files)),
        *(row(coverage_label(voice, line, code), *(_paid(voice, f, code) for f in files)) for code in codes),
        row(say(N_("Prima neta")), *(voice.money(f.quote.net_premium) for f in files)),
        row(say(N_("Recargos e impuestos")), *(_charges(voice, f) for f in files)),
        row(say(N_("Primer recibo")), *(_first(voice, f) for f in files)),
        row(say(N_("Válida hasta")), *(voice.day(f.quote.valid_until) for f in files)),
        row(say(N_("Total al año")), *(voice.money(f.quote.total_premium) for f in files)),
    ]
    columns = (Column(label="", wide=True), *(Column(label=f.insurer.name, side="right", wide=True) for f in files))
    return Table(columns=columns, rows=tuple(rows), total=True)


def _paid(voice: Voice, file: QuoteFile, code: str) -> str:
    amount = (file.rating.coverage_premiums or {}).get(code)
    return voice.say(N_("no cubierto")) if amount is None else voice.money(amount)


def _charges(voice: Voice, file: QuoteFile) -> str:
    quote = file.quote
    return "–" if quote.total_premium is None else voice.money(quote.total_premium - (quote.net_premium or ZERO))


def _first(voice: Voice, file: QuoteFile) -> str:
    plan = file.rating.instalments
    return voice.money(plan[0].total) if plan else "–"


def _differing(voice: Voice, files: Sequence[QuoteFile]) -> tuple[Section, ...]:
    """Fields of the risk that are not the same in all offers: what is compared is then not the same thing."""
    line = files[0].line
    rows = []
    for name in line.risk.model_fields:
        values: list[Any] = [file.quote.risk.get(name) for file in files]
        if name not in APART and any(value != values[0] for value in values):
            said = voice.say(label(name, line.risk))
            rows.append((plain(said), *("–" if v is None else voice.value(v, said) for v in values)))
    if not rows:
        text = N_("Todas las ofertas son para el mismo riesgo declarado.")
        return (
            Section(heading=voice.say(N_("En qué se diferencian")), blocks=(Prose(paragraphs=(voice.say(text),)),)),
        )
    columns = (Column(label="", wide=True), *(Column(label=f.insurer.name, side="right", wide=True) for f in files))
    table = Table(columns=columns, rows=tuple(rows))
    return (Section(heading=voice.say(N_("En qué se diferencian")), blocks=(table,)),)


def _recommendation(voice: Voice, best: QuoteFile | None, reasons: str | None) -> tuple[Section, ...]:
    say = voice.say
    if best is None:
        text = say(N_("Ninguna aseguradora acepta el riesgo sin estudiarlo: no hay recomendación todavía."))
        return (Section(heading=say(N_("Nuestra propuesta")), blocks=(Prose(paragraphs=(text,)),)),)
    text = say(
        N_("Le proponemos {product} con {insurer} (oferta {quote}), por {total} al año."),
        product=say(best.line.products.get(best.quote.product, best.quote.product)), insurer=best.insurer.name,
        quote=best.quote.quote_number, total=voice.money(best.quote.total_premium),
    )  # fmt: skip
    why = Points(items=tuple(grounds(voice, best, reasons)))
    return (Section(heading=say(N_("Nuestra propuesta")), blocks=(Prose(paragraphs=(text,)), why)),)
