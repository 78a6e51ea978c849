"""Agricultural insurance: the declaration of the line."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.context import Context
from core.errors import Conflict
from core.i18n import N_
from core.money import ZERO, to_cents
from modules.insurance.agrario.keeping import keep_parcels, keep_subsidies
from modules.insurance.agrario.parcels import Parcel, agrees, check_limits, check_open
from modules.insurance.agrario.records import Holding
from modules.insurance.agrario.risk import NEEDED, PRODUCTS, AgrarioDetails, AgrarioRisk, describe, reference_of
from modules.insurance.kernel import Coverage, Duration, Information, Line, Policy, Quote
from modules.insurance.kernel.claim_types import Basis, ClaimType, Waiting
from modules.insurance.kernel.findings import Findings

RESERVE: Final = Decimal("0.35")  # of the value, until the adjuster's visit
WAITING_DAYS: Final = 6  # of the combined scheme; illustrative
CROP: Final = (N_("Parte de siniestro con las parcelas"), N_("Muestras testigo"), N_("Libro de explotación"))
# How people tell of each.
HAIL: Final = ("pedrisco", "granizo", "granizada", "ha granizado", "apedreado", "hail", "hailstorm")
FROST: Final = ("helada", "heladas", "se ha helado", "se han helado", "ha helado", "frost", "frozen")
DROUGHT: Final = ("sequía", "se ha secado", "se han secado", "falta de lluvia", "no ha llovido", "drought")
STORM: Final = (
    "lluvia", "lluvias", "ha llovido", "viento", "vendaval", "temporal", "encharcado", "inundado", "storm", "rain",
    "wind",
)  # fmt: skip
WILD: Final = (
    "jabalíes", "jabalí", "conejos", "corzos", "ciervos", "pájaros", "animales salvajes", "fauna silvestre",
    "wild boar", "wild animals",
)  # fmt: skip
HERD: Final = (
    "ganado", "rebaño", "vaca", "vacas", "ternero", "terneros", "oveja", "ovejas", "cabra", "cabras", "cerdo", "cerdos",
    "yegua", "reses", "cattle", "sheep", "livestock",
)  # fmt: skip
BUILT: Final = (
    "invernadero", "invernaderos", "el riego", "balsa de riego", "la nave", "el granero", "el cobertizo", "establo",
    "tejado de la nave", "greenhouse", "barn",
)  # fmt: skip
HARM: Final = (
    "daños a terceros", "daños a un tercero", "finca vecina", "finca del vecino", "finca de al lado", "daños al vecino",
    "se ha escapado el ganado", "se han escapado las vacas", "nos reclaman", "le reclaman", "third party",
    "damage to a neighbour",
)  # fmt: skip


class WrongParcels(Conflict):
    """What is insured is what the parcels yield, and all of them."""

    text = N_("En {quote}, el valor de producción no es el de las parcelas: declárelas todas.")


def check_issue(quote: Quote) -> None:
    """Refuse a crop outside its campaign, without its parcels, or at yields above the plan's.

    Raises:
        Conflict, BadArguments: so it is.
    """
    if quote.product != "combinado_cultivo":
        return
    crop, on = quote.risk["crop"], quote.effective_on
    check_open(crop, on)
    parcels = [Parcel.model_validate(one) for one in quote.details.get("parcels") or ()]
    check_limits(crop, parcels, on)
    if not agrees(Decimal(quote.risk["production_value"]), parcels):
        raise WrongParcels(quote=quote.quote_number)


def keep(ctx: Context, policy: Policy, risk: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Keep the parcels, and the subsidy that the policy's own premium earns."""
    keep_parcels(ctx, policy, details)
    terms = LINE.tariff.data["subsidy"]
    subsidised = LINE.tariff.products[str(risk["product"])].subsidised
    codes = tuple(risk.get("subsidies") or ()) if subsidised else ()
    share = min(Decimal(terms["cap_pct"]), sum((Decimal(terms["components_pct"][c]) for c in codes), Decimal(0)))
    keep_subsidies(ctx, policy, codes, to_cents(policy.net_premium * share / 100), terms["components_pct"])


def of_value(risk: Mapping[str, Any]) -> Decimal:
    """35 % of what is insured, until it is adjusted."""
    known = (risk.get("production_value"), risk.get("livestock_value"), risk.get("facilities_sum"))
    return to_cents(next((Decimal(str(value)) for value in known if value), ZERO) * RESERVE)


def adequacy(findings: Findings, risk: AgrarioRisk) -> None:
    """Whether module and subsidy fit the holding."""
    if risk.product == "explotacion_no_combinado":
        text = N_("Fuera del seguro combinado no hay subvención y la prima lleva impuesto.")
        findings.add("note", text, "Ley 87/1978")
    elif risk.module == "modulo_1":
        findings.add(
            "note", N_("El módulo 1 compensa por el conjunto de la explotación, no por parcela."), "Ley 87/1978"
        )
    else:
        findings.add("support", N_("El módulo cubre cada parcela por sus riesgos."), "Ley 87/1978")
    if risk.product != "explotacion_no_combinado" and not risk.subsidies:
        findings.add("warn", N_("No se ha pedido ninguna subvención de ENESA."), "RD 425/2016")


def damage(code: str, label: str, words: tuple[str, ...]) -> ClaimType:
    """A loss of harvest: the share of it above the deductible."""
    return ClaimType(
        code=code, label=label, coverages=("produccion",), reserve=of_value, sums=("production_value",),
        waiting=Waiting(days=WAITING_DAYS), documents=CROP, words=words,
    )  # fmt: skip


LINE = Line(
    id="seguros-agrario",
    home=Path(__file__).parent,
    title=N_("Agrario"),
    insurance_classes=(9, 8, 13),
    risk=AgrarioRisk,
    details=AgrarioDetails,
    needed=NEEDED,
    products=PRODUCTS,
    coverages=(
        Coverage(code="produccion", label=N_("Producción")),
        Coverage(code="ganado", label=N_("Ganado")),
        Coverage(code="instalaciones", label=N_("Instalaciones")),
        Coverage(code="rc_agraria", label=N_("Responsabilidad civil agraria")),
    ),
    claims=(
        damage("pedrisco", N_("Pedrisco"), HAIL),
        damage("helada", N_("Helada"), FROST),
        damage("sequia", N_("Sequía"), DROUGHT),
        damage("lluvia_viento", N_("Lluvia excesiva o viento"), STORM),
        damage("fauna", N_("Fauna silvestre"), WILD),
        ClaimType(
            code="ganado", label=N_("Accidente o enfermedad del ganado"), coverages=("ganado",), reserve=of_value,
            sums=("livestock_value",), documents=(N_("Certificado del veterinario"), N_("Bajas en el registro REGA")),
            words=HERD,
        ),
        ClaimType(
            code="instalaciones", label=N_("Daños a las instalaciones"), coverages=("instalaciones",),
            reserve=of_value, basis=Basis.AVERAGE, sums=("facilities_sum",),
            documents=(N_("Presupuesto de reparación"), N_("Fotografías")), words=BUILT,
        ),
        ClaimType(
            code="rc", label=N_("Daños a terceros"), coverages=("rc_agraria",), reserve=of_value, at_fault=True,
            documents=(N_("Reclamación del perjudicado"),), words=HARM,
        ),
    ),
    sums=("production_value", "livestock_value", "facilities_sum"),
    record=Holding,
    information=Information(
        summary=N_("Seguro agrario combinado (Agroseguro) de la cosecha o del ganado, o seguro de la explotación."),
        excluded=(N_("Parcelas sin declarar; se asegura todo el cultivo de la explotación."),
                  N_("Riesgos del Consorcio: los reasegura el propio sistema.")),
        restrictions=(N_("Solo se contrata en el plazo de cada cultivo; la garantía empieza a los seis días."),
                      N_("Se paga de una vez; la subvención la cobra Agroseguro.")),
        territory=N_("Las parcelas o la explotación declaradas."),
        obligations=(N_("Comunicar el siniestro en 7 días y diez días antes de la recolección."),
                     N_("Dejar muestras testigo si se recolecta antes de la visita del perito.")),
    ),
    describe=describe,
    object_ref=reference_of,
    duration=lambda risk: Duration(renewable=risk.product == "explotacion_no_combinado"),
    adequacy=adequacy,
    keep=keep,
    check_issue=check_issue,
    withdrawal_days=0,
)  # fmt: skip
