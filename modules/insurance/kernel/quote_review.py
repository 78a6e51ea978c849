"""What a careful underwriter, lawyer and treasurer notice in a quote of any line; pure functions.

Advice rests on the client's demands and needs, never on what the house earns (RDL 3/2020
arts. 172.3 and 175): nothing here knows a commission.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from core.dates import add_months
from core.i18n import N_, Locale, translate
from modules.core_business.crm import Customer
from modules.insurance.kernel.asking import label
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.inputs import derive
from modules.insurance.kernel.line import InsuredRisk, Line, ProductDocument
from modules.insurance.kernel.quotes import YEAR, rating_of
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy, Quote
from modules.insurance.kernel.underwriting import Decision, Rule
from modules.insurance.kernel.views import day
from tools.results import Finding

HOUSE_INSURERS: Final = 3  # offers of different insurers, or a reason why not: house policy
COMPARED_WITHIN: Final = timedelta(days=30)
DEAR: Final = Decimal("0.05")  # rise over the current price that calls for the market


@dataclass(frozen=True)
class Dossier:
    """All that the review of one quote rests on."""

    line: Line
    quote: Quote
    risk: InsuredRisk
    customer: Customer
    current: Policy | None  # in force when the quote was made
    others: Sequence[Policy]  # of the same vehicle, not ended, but for the quote's own
    compared: int  # different insurers quoted for this risk lately
    today: date

    @property
    def rating(self) -> Rating:
        """The breakdown that the quote keeps."""
        return rating_of(self.quote)


def review_quote(dossier: Dossier, locale: Locale) -> tuple[Finding, ...]:
    """Underwriting, cover, price, duties to the client, and payment of one quote."""
    findings = Findings(locale)
    underwriting(findings, dossier)
    validity(findings, dossier)
    if dossier.quote.decision != Decision.DECLINE:
        dossier.line.adequacy(findings, dossier.risk)
        discounts(findings, dossier)
        price(findings, dossier)
        payment(findings, dossier)
    duties(findings, dossier)
    return tuple(findings.found)


def underwriting(findings: Findings, dossier: Dossier) -> None:
    """Each rule that fired blocks: the insurer decides on the risk, not the house."""
    quote = dossier.quote
    if not quote.rules_hit:
        text = N_("El riesgo cumple todas las normas de contratación (tarifa {version}).")
        findings.add("support", text, f"tarifa {quote.tariff_version}", version=quote.tariff_version)
    for code in quote.rules_hit:
        rule = dossier.line.tariff.rule(code)
        declines = rule is not None and rule.decision is Decision.DECLINE
        text = (
            N_("La norma {code} excluye el riesgo: {condition}.") if declines
            else N_("La norma {code} exige que la aseguradora acepte el riesgo: {condition}.")
        )  # fmt: skip
        findings.add(
            "block", text, code, code=code, condition=said(dossier.line, rule, findings.locale) if rule else code
        )


def said(line: Line, rule: Rule, locale: Locale) -> str:
    """The condition of a rule with the labels that people know; what it asks of health is not said."""
    if not set(line.health).isdisjoint(rule.fields):
        return translate(N_("los datos de salud declarados"), locale)
    spoken = rule.text.replace(" and ", translate(N_(" y "), locale)).replace("==", "=")
    for name in sorted(set(rule.fields), key=len, reverse=True):
        spoken = spoken.replace(name, translate(label(name, line.risk, line.details), locale).lower())
    for code, product in line.products.items():
        spoken = spoken.replace(code, translate(product, locale))
    return spoken


def validity(findings: Findings, dossier: Dossier) -> None:
    """Whether the quote still holds, and no other cover runs at the same time."""
    quote = dossier.quote
    if quote.valid_until < dossier.today:
        findings.add("block", N_("La cotización venció el {on}."), quote.quote_number, on=day(quote.valid_until))
    elif quote.effective_on < dossier.today:
        findings.add("block", N_("La fecha de efecto, {on}, ya ha pasado."), quote.quote_number,
                     on=day(quote.effective_on))  # fmt: skip
    for other in dossier.others:
        if quote.effective_on < other.expires_on and other.effective_on < add_months(quote.effective_on, YEAR):
            text = N_("La póliza {policy} cubre lo mismo hasta el {until}: habría dos seguros a la vez.")
            findings.add("warn", text, "LCS art. 32", policy=other.policy_number, until=day(other.expires_on))
        elif other.expires_on == quote.effective_on:
            text = N_("Empieza al vencer la póliza {policy}: hay que oponerse a su prórroga un mes antes.")
            findings.add("note", text, "LCS art. 22.2", policy=other.policy_number)


def discounts(findings: Findings, dossier: Dossier) -> None:
    """Whether the discounts reach the tariff's cap."""
    tariff, inputs = dossier.line.tariff, derive(dossier.risk.model_dump(exclude_none=True))
    asked = Decimal(1)
    for find in tariff.discounts:
        asked *= find(inputs)
    if asked < Decimal(1):
        cap = f"{(1 - tariff.least_discount) * 100:f}".rstrip("0").rstrip(".")
        given = f"{(1 - max(asked, tariff.least_discount)) * 100:.1f}".replace(".", ",")
        if asked <= tariff.least_discount:
            text = N_("Los descuentos llegan al máximo de la tarifa ({cap} %).")
            findings.add("warn", text, "max_total_discount", cap=cap)
        else:
            text = N_("Descuento aplicado: {given} % (máximo {cap} %).")
            findings.add("note", text, "max_total_discount", given=given, cap=cap)


def price(findings: Findings, dossier: Dossier) -> None:
    """The price against that of the policy that runs."""
    current, total = dossier.current, dossier.quote.total_premium
    if current is None or total is None or not current.total_premium:
        return
    change = total / current.total_premium - 1
    values = {
        "percent": f"{abs(change) * 100:.1f}".replace(".", ","), "before": findings.money(current.total_premium),
        "after": findings.money(total), "policy": current.policy_number,
    }  # fmt: skip
    if change > DEAR:
        text = N_("Sube un {percent} % sobre la póliza {policy} ({before} → {after}): conviene consultar el mercado.")
        findings.add("warn", text, current.policy_number, **values)
    elif change < 0:
        text = N_("Baja un {percent} % respecto a la póliza {policy} ({before} → {after}).")
        findings.add("support", text, current.policy_number, **values)
    else:
        text = N_("Precio similar al de la póliza {policy} ({before} → {after}).")
        findings.add("note", text, current.policy_number, **values)


def payment(findings: Findings, dossier: Dossier) -> None:
    """Receipts, fractioning surcharge, and whether they can be debited."""
    rating, number = dossier.rating, dossier.quote.quote_number
    plan = rating.instalments or ()
    if len(plan) > 1 and rating.fractioning_surcharge is not None:
        text = N_("Pagar en {count} recibos cuesta {surcharge} más; el primero lleva los recargos ({first}).")
        findings.add("note", text, number, count=len(plan), surcharge=findings.money(rating.fractioning_surcharge),
                     first=findings.money(plan[0].total))  # fmt: skip
    if not dossier.customer.iban:
        text = N_("No consta una cuenta del cliente: no se puede domiciliar sin IBAN y mandato SEPA firmado.")
        findings.add("warn", text, "Reglamento (UE) 260/2012")
    else:
        findings.add("note", N_("La domiciliación exige un mandato SEPA firmado."), "Reglamento (UE) 260/2012")


def duties(findings: Findings, dossier: Dossier) -> None:
    """What is owed to the client before the contract."""
    if dossier.compared >= HOUSE_INSURERS:
        text = N_("Se han comparado {count} aseguradoras.")
        findings.add("support", text, "RDL 3/2020 art. 175.2", count=dossier.compared)
    else:
        text = N_("Aseguradoras comparadas: {count}; la norma de la casa pide {wanted} o dejar escrito el motivo.")
        findings.add("warn", text, "RDL 3/2020 art. 175.2", count=dossier.compared, wanted=HOUSE_INSURERS)
    text = N_("Antes de contratar: necesidades del cliente por escrito y recomendación razonada.")
    findings.add("note", text, "RDL 3/2020 art. 175.1")
    papers = {
        ProductDocument.IPID: (N_("Antes de contratar: entregar el IPID del producto."), "RDL 3/2020 art. 176"),
        ProductDocument.KID: (N_("Antes de contratar: entregar el KID del producto."), "Reglamento (UE) 1286/2014"),
        ProductDocument.DFI: (N_("Antes de contratar: entregar los datos fundamentales del plan."), "RD 304/2004"),
        ProductDocument.NONE: (N_("Antes de contratar: entregar la nota informativa."), "ROSSEAR art. 124"),
    }
    findings.add("note", *papers[dossier.line.information.document])
    text = N_("La emisión exige el consentimiento expreso del tomador.")
    findings.add("note", text, "LCS art. 21")


def compared_insurers(quotes: Sequence[Quote], quote: Quote, today: date) -> int:
    """How many different insurers were quoted lately for the same customer and vehicle."""
    same = [
        other for other in quotes
        if other.object_ref == quote.object_ref and other.created_at.date() >= today - COMPARED_WITHIN
    ]  # fmt: skip
    return len({other.insurer_id for other in same} | {quote.insurer_id})
