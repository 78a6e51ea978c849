"""Whether a home policy fits the home (*adecuación*), and what to mind before it is renewed."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.i18n import N_
from core.money import to_cents
from modules.insurance.hogar.risk import Dog, HogarRisk, Product, Use
from modules.insurance.hogar.sums import advised_sums, compare
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.line import Renewing
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Claim, Policy
from modules.insurance.kernel.terms import latest_term
from modules.insurance.kernel.wording import CLAIMS

ADVICE: Final = "RDL 3/2020 art. 175"
EMPTY: Final = 3  # months, from which on policies limit theft and water
PPP_LEAST: Final = Decimal(120_000)  # EUR of liability: RD 287/2002 art. 3.1.d
OFTEN: Final = 2  # claims in `WITHIN` months
WITHIN: Final = 24
HISTORY: Final = 36  # months that `claims_3y` counts
SERVICE: Final = "asistencia"  # counts for nothing: it is there to be used
SUMS: Final = ("building_sum", "contents_sum", "jewellery_sum")


def adequacy(findings: Findings, risk: HogarRisk) -> None:
    """Sums against the advised ones, and what the home's use leaves uncovered."""
    if risk.province:
        sums_fit(findings, risk)
    if risk.community_policy and risk.building_sum:
        text = N_(
            "La comunidad asegura el mismo edificio: comunique ambos seguros y ajuste el continente a lo privativo."
        )
        findings.add("warn", text, "LCS art. 32")
    if risk.product == Product.PROPIETARIO and risk.use in (Use.ALQUILADA, Use.TURISTICA):
        findings.add("warn", N_("La vivienda se alquila: valore la modalidad de arrendador."), ADVICE)
    if risk.product == Product.PROPIETARIO and not risk.contents_sum:
        findings.add("warn", N_("El contenido no queda asegurado."), ADVICE)
    if risk.product == Product.ARRENDADOR and not risk.with_rent_default:
        findings.add("note", N_("El impago de alquileres no queda cubierto."), ADVICE)
    if risk.unoccupied_months > EMPTY:
        text = N_("Deshabitada {months} meses al año: las pólizas limitan entonces el robo y los daños por agua.")
        findings.add("note", text, "LCS art. 11", months=risk.unoccupied_months)
    if risk.dog == Dog.PPP:
        text = N_("Hay un perro potencialmente peligroso: la ley pide {least} de responsabilidad civil y licencia.")
        findings.add("note", text, "RD 287/2002 art. 3", least=findings.money(PPP_LEAST))
    if not risk.index_clause and risk.building_sum:
        findings.add("note", N_("Sin cláusula de revalorización, los capitales pierden valor cada año."), "LCS art. 30")


def sums_fit(findings: Findings, risk: HogarRisk) -> None:
    """Declared against the latest table's sums; a flat that its community insures needs its own part alone."""
    advised = advised_sums(str(risk.province), risk.surface_m2, risk.dwelling_type, date.max)
    if not risk.community_policy:
        compare(findings, risk.building_sum, advised.building, building=True)
    compare(findings, risk.contents_sum, advised.contents, building=False)


def offered(risk: dict[str, Any], on: date) -> dict[str, Any]:
    """A new contract of a home that the house insures already: no first-year discount."""
    return {name: value for name, value in risk.items() if name != "new_business"}


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """The next annuity: no first-year discount, claims of the last three years, sums that follow prices.

    What was declared of the time before the house counts until three years have passed.
    """
    since = add_months(renewing.on, -HISTORY)
    counted = sum(1 for claim in renewing.claims if claim.kind != SERVICE and claim.occurred_on >= since)
    before = 0 if renewing.years * 12 >= HISTORY else int(renewing.first.get("claims_3y") or 0)
    changed = {**risk, "claims_3y": before + counted}
    if risk.get("new_business"):
        changed["new_business"] = False
    if risk.get("index_clause") and renewing.index > 0:
        changed |= {
            name: str(to_cents(Decimal(str(risk[name])) * (1 + renewing.index))) for name in SUMS if risk.get(name)
        }
    return changed


def renewal_review(ctx: Context, policy: Policy, findings: Findings) -> None:
    """How often the home had claims, whom to tell, and whether the sums still fit."""
    since = add_months(ctx.today, -WITHIN)
    query = select(Claim).where(Claim.policy_id == policy.id, alive(Claim), col(Claim.occurred_on) >= since)
    recent = [claim for claim in ctx.session.exec(query) if claim.cause != SERVICE]
    if len(recent) >= OFTEN:
        text = N_("Ha tenido {claims} en {months} meses: la aseguradora puede oponerse o subir la prima.")
        said = CLAIMS.said(len(recent), findings.locale)
        findings.add("warn", text, "LCS art. 22", claims=said, months=WITHIN)
    term = latest_term(ctx, policy.id)
    if term is None:
        findings.add("note", N_("Faltan los datos de la vivienda: no se pueden revisar los capitales."), ADVICE)
        return
    if bank := term.details.get("mortgagee"):
        text = N_("Hay un acreedor hipotecario ({bank}): la anulación no le afecta hasta un mes después de avisarle.")
        findings.add("note", text, "LCS arts. 40-42", bank=bank)
    adequacy(findings, HogarRisk.model_validate(term.risk))
