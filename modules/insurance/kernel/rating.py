"""Rating (*tarificación*): from the inputs of a risk to a premium, its taxes and its receipts.

The order is the tariff file's: underwriting, coverage premiums, minimum, fractioning
surcharge, public surcharges, instalments, and the premium tax receipt by receipt, since
it accrues with each payment (Ley 13/1996 art. 12). Amounts are rounded half up to the
cent at those points and nowhere else. No line is known by name: a line that needs an
exception here has found a missing field of the tariff.
"""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from core.i18n import N_, Locale, translate
from core.money import CENT, ZERO, Money, format_money, to_cents
from modules.insurance.kernel.inputs import Inputs, derive, insureds, refuse
from modules.insurance.kernel.lookups import HUNDRED
from modules.insurance.kernel.models import Modelled, Part, modelled
from modules.insurance.kernel.tariff import RECEIPTS, Charges, Coverage, Product, Tariff, adjustments, entering
from modules.insurance.kernel.underwriting import Decision, Verdict, judge
from modules.insurance.kernel.wording import RECEIPTS as RECEIPTS_SAID
from tools.results import Result

DIGITS: Final = 60  # of intermediate products: nothing is rounded before its named point


class Instalment(BaseModel):
    """One receipt of the plan (*recibo fraccionado*)."""

    model_config = ConfigDict(frozen=True)

    no: int
    premium: Money
    surcharges: Money
    ips: Money
    total: Money


def _absent(value: object) -> bool:
    return value is None


class Rating(Result):
    """What a risk costs, or why it is not priced; a decline has no amounts at all."""

    decision: Decision
    rules_hit: tuple[str, ...]
    coverage_premiums: dict[str, Money] | None = Field(default=None, exclude_if=_absent)
    minimum_topup: Money | None = Field(default=None, exclude_if=_absent)
    net_premium: Money | None
    fractioning_surcharge: Money | None = Field(default=None, exclude_if=_absent)
    premium: Money | None = Field(default=None, exclude_if=_absent)
    public_surcharges: dict[str, Money] | None = Field(default=None, exclude_if=_absent)
    ips: Money | None = Field(default=None, exclude_if=_absent)
    total: Money | None
    instalments: tuple[Instalment, ...] | None = Field(default=None, exclude_if=_absent)
    subsidy: Money | None = Field(default=None, exclude_if=_absent)
    payable_by_policyholder: Money | None = Field(default=None, exclude_if=_absent)
    projection: dict[str, Money] | None = Field(default=None, exclude_if=_absent)

    def told(self, locale: Locale) -> str:
        """The price and how it is paid, or the rules that forbid one."""
        rules = ", ".join(self.rules_hit)
        if self.total is None or self.net_premium is None or not self.instalments:
            return translate(N_("El riesgo no se acepta según las normas {rules}."), locale, rules=rules)
        price = translate(
            N_("Prima total {total} (neta {net}), en {receipts}; el primero, de {first}."), locale,
            total=format_money(self.total, locale), net=format_money(self.net_premium, locale),
            receipts=RECEIPTS_SAID.said(len(self.instalments), locale),
            first=format_money(self.instalments[0].total, locale),
        )  # fmt: skip
        if self.decision is Decision.ACCEPT:
            return price
        refer = N_("Es orientativa: requiere la aceptación de la aseguradora ({rules}).")
        return f"{price} {translate(refer, locale, rules=rules)}"


def rate(tariff: Tariff, inputs: Inputs, charges: Charges) -> Rating:
    """Price the risk in `inputs` by `tariff`.

    Raises:
        BadArguments: an input is missing, or out of the tariff's tables; names the field.
    """
    product = tariff.products.get(str(inputs.get("product")))
    if product is None:
        refuse("product", inputs.get("product"))
    with localcontext() as exact:
        exact.prec = DIGITS
        known = derive(inputs)
        verdict = judge(tariff.rules, known, product.data)
        if verdict.decision is Decision.DECLINE:
            return Rating(decision=verdict.decision, rules_hit=verdict.rules_hit, net_premium=None, total=None)
        return priced(tariff, product, known, verdict, charges)


def rate_again(tariff: Tariff, inputs: Inputs, charges: Charges) -> Rating:
    """Price a risk that is insured already: rules of entry do not close it out, they ask for a look.

    Raises:
        BadArguments: an input is missing, or out of the tariff's tables; names the field.
    """
    product = tariff.products.get(str(inputs.get("product")))
    if product is None:
        refuse("product", inputs.get("product"))
    with localcontext() as exact:
        exact.prec = DIGITS
        known = derive(inputs)
        rules_hit = judge(tariff.rules, known, product.data).rules_hit
        return priced(
            tariff, product, known, Verdict(Decision.REFER if rules_hit else Decision.ACCEPT, rules_hit), charges
        )


def priced(tariff: Tariff, product: Product, inputs: Inputs, verdict: Verdict, charges: Charges) -> Rating:
    """The rating of a risk that underwriting did not decline."""
    frequency = str(inputs.get("payment_frequency"))
    fraction = tariff.fractioning.get(frequency)
    if fraction is None:
        refuse("payment_frequency", inputs.get("payment_frequency"))
    found = modelled(tariff, product, inputs) if product.model else Modelled(coverage_parts(tariff, product, inputs))
    parts, topup = topped_up(found.parts, product.minimum)
    fractioning = [to_cents(part.premium * fraction) for part in parts]
    net, surcharge = sum((part.premium for part in parts), ZERO), sum(fractioning, ZERO)
    taxed, exempt = split_by_tax(tariff, product, inputs, parts, fractioning)
    due = public_surcharges(tariff, product, inputs, parts, fractioning, charges)
    plan = instalments(taxed, exempt, sum(due.values(), ZERO), RECEIPTS[frequency], charges.ips)
    total = sum((receipt.total for receipt in plan), ZERO)
    subsidy = subsidy_of(tariff, product, inputs, net)
    return Rating(
        decision=verdict.decision,
        rules_hit=verdict.rules_hit,
        coverage_premiums={part.id: part.premium for part in parts},
        minimum_topup=topup,
        net_premium=net,
        fractioning_surcharge=surcharge,
        premium=net + surcharge,
        public_surcharges=due,
        ips=sum((receipt.ips for receipt in plan), ZERO),
        total=total,
        instalments=plan,
        subsidy=subsidy,
        payable_by_policyholder=None if subsidy is None else total - subsidy,
        projection=found.projection,
    )


def coverage_parts(tariff: Tariff, product: Product, inputs: Inputs) -> list[Part]:
    """The rounded premium of each coverage bought, for each insured where priced by insured."""
    coverages = entering(product, inputs)
    if not tariff.per_insured:
        loading, discount = adjustments(tariff, inputs)
        return [coverage_part(c.id, c, inputs, loading, discount) for c in coverages]
    parts = []
    for at, person in enumerate(insureds(inputs), 1):
        loading, discount = adjustments(tariff, person)
        parts += [coverage_part(f"{c.id}#{at}", c, person, loading, discount) for c in coverages]
    return parts


def coverage_part(id: str, coverage: Coverage, inputs: Inputs, loading: Decimal, discount: Decimal) -> Part:
    """Base by exposure by factors, adjusted unless the coverage takes no adjustment; rounded."""
    amount = coverage.base(inputs) * coverage.exposure(inputs)
    for find in coverage.factors:
        amount *= find(inputs)
    premium = to_cents(amount * loading * discount if coverage.discounted else amount)
    return Part(id, premium, coverage.taxed, coverage.guarantee_fund)


def topped_up(parts: list[Part], minimum: Decimal) -> tuple[list[Part], Decimal]:
    """The parts with the shortfall to `minimum` added to the first, and that shortfall."""
    shortfall = max(minimum - sum((part.premium for part in parts), ZERO), ZERO)
    first = parts[0]
    return [first._replace(premium=first.premium + shortfall), *parts[1:]], shortfall


def split_by_tax(
    tariff: Tariff, product: Product, inputs: Inputs, parts: list[Part], fractioning: list[Decimal]
) -> tuple[Decimal, Decimal]:
    """The premium, fractioning included, that bears the premium tax, and that which does not."""
    whole = sum((part.premium for part in parts), ZERO) + sum(fractioning, ZERO)
    match tariff.taxation:
        case "all":
            taxed = whole
        case "none":
            taxed = ZERO
        case "by_product":
            taxed = whole if product.taxed else ZERO
        case "by_input":
            exempt = any(holds(inputs, product.data) for holds in tariff.exempt_when)
            taxed = ZERO if exempt else whole
        case "by_coverage":
            pairs = zip(parts, fractioning, strict=True)
            taxed = sum((part.premium + extra for part, extra in pairs if part.taxed), ZERO)
    return taxed, whole - taxed


def public_surcharges(
    tariff: Tariff, product: Product, inputs: Inputs, parts: list[Part], fractioning: list[Decimal], charges: Charges
) -> dict[str, Decimal]:
    """Consorcio, motor guarantee fund and LEA, each rounded once; none that does not apply."""
    due: dict[str, Decimal] = {}
    for entry in tariff.surcharges:
        if entry.applies(product.id, inputs):
            due[entry.id] = due.get(entry.id, ZERO) + entry.amount(inputs)
    pairs = list(zip(parts, fractioning, strict=True))
    compulsory = [part.premium + extra for part, extra in pairs if part.guarantee_fund]
    if compulsory:
        due["ccs_guarantee_fund"] = to_cents(sum(compulsory, ZERO) * charges.guarantee_fund)
    if tariff.lea:
        due["lea"] = to_cents(sum((part.premium + extra for part, extra in pairs), ZERO) * charges.lea)
    return due


def instalments(
    taxed: Decimal, exempt: Decimal, surcharges: Decimal, count: int, ips_rate: Decimal
) -> tuple[Instalment, ...]:
    """The premium in `count` receipts: leftover cents and all surcharges are in the first."""
    taxed_share, exempt_share = floor_cents(taxed / count), floor_cents(exempt / count)
    first = receipt(1, taxed - taxed_share * (count - 1), exempt - exempt_share * (count - 1), surcharges, ips_rate)
    later = receipt(2, taxed_share, exempt_share, ZERO, ips_rate)
    return (first, *(later.model_copy(update={"no": no}) for no in range(2, count + 1)))


def receipt(no: int, taxed: Decimal, exempt: Decimal, surcharges: Decimal, ips_rate: Decimal) -> Instalment:
    """One receipt with its own premium tax."""
    ips = to_cents(taxed * ips_rate)
    premium = taxed + exempt
    return Instalment.model_construct(
        no=no, premium=premium, surcharges=surcharges, ips=ips, total=premium + surcharges + ips
    )


def floor_cents(amount: Decimal) -> Decimal:
    """`amount` cut down to the cent."""
    return amount.quantize(CENT, ROUND_FLOOR)


def subsidy_of(tariff: Tariff, product: Product, inputs: Inputs, net: Decimal) -> Decimal | None:
    """The public subsidy of a subsidised product, on the net premium; None for others."""
    if not product.subsidised:
        return None
    terms = tariff.data["subsidy"]
    shares: Mapping[str, str] = terms["components_pct"]
    codes = frozenset(inputs.get("subsidies") or ())
    for code in codes - shares.keys():
        refuse("subsidies", code)
    share = min(Decimal(terms["cap_pct"]), sum((Decimal(shares[code]) for code in codes), Decimal(0)))
    return to_cents(net * share / HUNDRED)
