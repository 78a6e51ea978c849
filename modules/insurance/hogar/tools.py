"""The tools of home insurance: price, quote, advise sums, route a cause, estimate a loss, review."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_, translate
from core.money import ZERO
from modules.insurance.hogar.claims import Head, indemnity
from modules.insurance.hogar.consorcio import Cause, routed
from modules.insurance.hogar.line import LINE
from modules.insurance.hogar.review import renewal_review
from modules.insurance.hogar.risk import EUROS, BuildingSum, ContentsSum, DwellingChoice, HogarRisk, SurfaceM2
from modules.insurance.hogar.sums import advised_sums, short
from modules.insurance.hogar.views import IndemnityEstimate, Routing, SumsAdvice
from modules.insurance.kernel.claim_types import Basis, ClaimType
from modules.insurance.kernel.fields import Amount
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.lookup import PolicyRef, resolve_policy
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy, Term
from modules.insurance.kernel.tariff import entering
from modules.insurance.kernel.terms import latest_term
from tools import Risk, Slot, tool
from tools.results import Review

PostalCode = Annotated[
    str,
    Field(pattern=r"^(0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}$"),
    Slot(ask=N_("¿Qué código postal tiene la vivienda?"), cues=("código postal", "cp", "postcode")),
]
CauseChoice = Annotated[
    Cause,
    Slot(
        ask=N_("¿Qué causó el daño: inundación, viento, lluvia, terremoto, tubería…?"),
        words={
            "inundacion": ("inundación", "riada", "desbordamiento", "dana", "flood"),
            "embate_de_mar": ("embate de mar", "temporal marítimo", "olas", "sea surge"),
            "terremoto": ("terremoto", "maremoto", "seísmo", "earthquake"),
            "volcan": ("volcán", "erupción", "volcano"),
            "tornado": ("tornado", "tromba"),
            "meteorito": ("meteorito", "aerolito", "meteorite"),
            "terrorismo": ("terrorismo", "atentado", "terrorism"),
            "tumulto": ("tumulto", "motín", "disturbios", "riot"),
            "fuerzas_armadas": ("fuerzas armadas", "armed forces"),
            "viento": ("viento", "vendaval", "rachas", "wind", "gale"),
            "lluvia": ("lluvia", "aguacero", "rain"),
            "granizo_nieve": ("granizo", "pedrisco", "nieve", "nevada", "hail", "snow"),
            "goteras": ("goteras", "filtraciones", "leaking roof"),
            "tuberia": ("tubería", "tuberías", "fuga de agua", "pipe", "burst pipe"),
            "alcantarillado": ("alcantarillado", "desagüe", "atasco", "sewer"),
            "incendio": ("incendio", "explosión", "fire"),
            "robo": ("robo", "hurto", "theft"),
            "electrico": ("sobretensión", "rayo", "cortocircuito", "power surge", "lightning"),
            "guerra": ("guerra", "conflicto armado", "war"),
            "defecto": ("falta de mantenimiento", "desgaste", "vicio propio", "wear"),
        },
    ),
]
KindChoice = Annotated[
    str,
    Slot(
        ask=N_("¿Qué ha pasado: agua, robo, incendio, rotura, daños eléctricos, estéticos…?"),
        cues=("siniestro de", "claim for"),
        words={
            "agua": ("daños por agua", "agua", "water damage", "water"), "robo": ("robo", "theft", "burglary"),
            "incendio": ("incendio", "fuego", "fire"), "rotura": ("rotura", "cristales", "lunas", "glass"),
            "electrico": ("daños eléctricos", "electrical"), "estetico": ("daños estéticos", "aesthetic"),
            "atmosferico": ("atmosférico", "viento", "granizo", "storm"), "joyas": ("joyas", "jewellery"),
            "efectivo": ("dinero", "efectivo", "cash"), "rc": ("responsabilidad civil", "liability"),
        },
    ),
]  # fmt: skip
Loss = Annotated[Amount, Field(le=20_000_000)]
LARGEST: Final = 500


class DataMissing(Conflict):
    """The policy was taken over without what it insures."""

    text = N_("De la póliza {policy} no constan los datos de la vivienda.")


class HogarRequest(QuoteRequest, line=LINE):
    """What a person says of the home to be insured."""


@tool(
    Risk.READ,
    permission="hogar:read",
    title=N_("Tarificar un riesgo de hogar"),
    examples=(
        "Tarifica un piso de 92 m² con 120.000 € de continente y 30.000 € de contenido, sin cliente",
        "Calcula la prima de hogar de un piso de inquilino",
        "Rate a flat of 92 square metres, owner-occupied, without a client",
    ),
)
def rate(ctx: Context, risk: HogarRisk) -> Rating:
    """The premium of a dwelling with coverages, taxes, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. Owners need building, contents and security; tenants contents and security;
    landlords building and rent. `building_age` counts from the later of construction and new pipes.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="hogar:quote",
    title=N_("Cotizar un seguro de hogar"),
    examples=(
        "Cotiza un seguro de hogar para Raquel Gómez",
        "Presupuesto de hogar de propietario para un piso de 92 m² de Álvaro Ramos",
        "Quiero asegurar mi casa",
        "Cotiza el seguro de la vivienda alquilada de Javier Rubio con impago de alquileres",
        "Quote home insurance for Raquel Gómez's flat",
    ),
)
def quote_policy(ctx: Context, request: HogarRequest) -> QuoteView:
    """Price a customer's dwelling and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs, and the answer says so; the zone follows
    from the postal code, the building's age from its years. What is missing is asked for.
    """
    return quoted(ctx, request)


@tool(
    Risk.READ,
    permission="hogar:read",
    title=N_("Capitales recomendados de una vivienda"),
    examples=(
        "Qué capital de continente recomiendas para un piso de 92 m² en el código postal 46005",
        "¿Está infraasegurada una casa unifamiliar de 210 m² del 28400 con 150.000 € de continente?",
        "What building sum should a 92 sqm flat in postcode 46005 have?",
    ),
)
def advise_sums(
    ctx: Context,
    postal_code: PostalCode,
    surface_m2: SurfaceM2,
    dwelling_type: DwellingChoice,
    building_sum: BuildingSum | None = None,
    contents_sum: ContentsSum | None = None,
) -> SumsAdvice:
    """What building and contents should be insured for: m² by €/m² of the province, as new and without the land.

    The table is the house's illustrative one, and dated. Below 90 % of it the insurer may pay
    in proportion (LCS art. 30); the insurer's own valuation prevails.
    """
    return sums_advice(postal_code[:2], surface_m2, dwelling_type, ctx.today, building_sum, contents_sum)


def sums_advice(
    province: str, surface_m2: int, dwelling_type: str, on: date, building: Decimal | None, contents: Decimal | None
) -> SumsAdvice:
    """The advised sums against those declared."""
    advised = advised_sums(province, surface_m2, dwelling_type, on)
    return SumsAdvice(
        province=province, surface_m2=surface_m2, eur_m2=advised.eur_m2.quantize(ZERO),
        building_advised=advised.building, contents_advised=advised.contents, building_declared=building,
        contents_declared=contents,
        underinsured=short(building, advised.building) or short(contents, advised.contents),
        table_from=advised.since, source=advised.source,
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="hogar:read",
    title=N_("Quién paga un daño por su causa"),
    examples=(
        "¿Paga el Consorcio una inundación en la vivienda?",
        "Quién paga los daños por viento de 130 km/h, la aseguradora o el Consorcio",
        "¿Va al Consorcio un daño por lluvia?",
        "Does the Consorcio pay for flood damage to the home?",
    ),
)
def route_damage(
    ctx: Context,
    cause: CauseChoice,
    wind_kmh: Annotated[int, Field(ge=0, le=LARGEST), Slot(units=("km/h", "kmh"), cues=("rachas de",))] | None = None,
    rain_l_m2_h: Annotated[int, Field(ge=0, le=LARGEST), Slot(units=("l/m²", "l/m2", "litros"))] | None = None,
    mean_wind_kmh: Annotated[int, Field(ge=0, le=LARGEST), Slot(cues=("viento medio de", "media de"))] | None = None,
    occurred_on: Annotated[date, Slot(cues=("ocurrió el", "el día", "on"))] | None = None,
) -> Routing:
    """Who pays for damage to a home by its cause: the insurer, the Consorcio or nobody, and why."""
    found = routed(cause, occurred_on or ctx.today, wind_kmh, rain_l_m2_h, mean_wind_kmh)
    why = translate(found.text, ctx.actor.locale, **found.values)
    return Routing(
        payer=found.payer, why=why, ref=found.ref, notice_days=found.notice_days, waiting_days=found.waiting_days
    )


@tool(
    Risk.READ,
    permission="hogar:read",
    title=N_("Estimar la indemnización de un daño en el hogar"),
    examples=(
        "Cuánto pagaría la póliza de hogar por unos daños por agua de 2.400 € en el continente",
        "Estima la indemnización de hogar con regla proporcional: daños de 24.000 €, valor 160.000 €",
        "How much would the home policy pay for water damage of 2,400 euros?",
    ),
)
def estimate_indemnity(
    ctx: Context,
    policy: PolicyRef,
    kind: KindChoice,
    building_loss: Annotated[
        Loss, Slot(units=EUROS, cues=("daños de", "daños por agua de", "daño en el continente", "damage of"))
    ] = ZERO,
    contents_loss: Annotated[Loss, Slot(cues=("daño en el contenido", "contenido", "contents damage"))] = ZERO,
    building_value: Annotated[Amount, Slot(cues=("valor del continente", "valor", "value"))] | None = None,
    contents_value: Annotated[Amount, Slot(cues=("valor del contenido", "contents value"))] | None = None,
) -> IndemnityEstimate:
    """What a home policy would pay of a loss: average of building and contents each by its own sum, deductible, limit.

    Without the value of what was damaged no average is applied. `kind` is a code of the line's
    claim types (agua, robo, incendio, …). An estimate binds nobody: the insurer's adjuster decides.
    """
    if not building_loss and not contents_loss:
        raise BadArguments(N_("¿A cuánto ascienden los daños, en euros?"), field="building_loss")
    found, term = _insured(ctx, policy)
    claim = LINE.claim_types.get(kind)
    if claim is None:
        raise BadArguments(field="kind", problem=N_("no es un tipo de siniestro de hogar"))
    risk = HogarRisk.model_validate(term.risk)
    heads = _heads(claim, risk, (building_loss, contents_loss), (building_value, contents_value))
    if not _covered(claim, risk):
        return IndemnityEstimate(
            policy=found.policy_number, kind=kind, covered=False, loss=sum((head.loss for head in heads), ZERO),
            building_ratio=Decimal(1), contents_ratio=Decimal(1), after_average=ZERO, deductible=ZERO, payable=ZERO,
        )  # fmt: skip
    own = claim.deductible_of(risk.model_dump(exclude_none=True))
    result = indemnity(claim, heads, own.amount if own else ZERO)
    building, contents = (ratio.quantize(Decimal("0.0001")) for ratio in result.ratios)
    return IndemnityEstimate(
        policy=found.policy_number, kind=kind, covered=True, loss=result.loss, building_ratio=building,
        contents_ratio=contents, after_average=result.after_average, deductible=result.deductible, limit=result.limit,
        payable=result.payable,
    )  # fmt: skip


def _insured(ctx: Context, policy: str) -> tuple[Policy, Term]:
    """The home policy and what it insures now."""
    found = resolve_policy(ctx, policy)
    if found.line != LINE.code:
        raise BadArguments(field="policy", problem=N_("no es una póliza de hogar"))
    term = latest_term(ctx, found.id)
    if term is None:
        raise DataMissing(policy=found.policy_number)
    return found, term


def _heads(
    claim: ClaimType, risk: HogarRisk, losses: tuple[Decimal, Decimal], values: tuple[Decimal | None, Decimal | None]
) -> tuple[Head, Head]:
    """Building and contents, each with its sum where the kind is insured by it."""
    by_sum = claim.basis is Basis.AVERAGE

    def insured(name: str) -> Decimal | None:
        if by_sum:
            return Decimal(getattr(risk, name) or 0) if name in claim.sums else ZERO
        found = [Decimal(getattr(risk, one) or 0) for one in claim.sums]
        return sum(found, ZERO) if found else None

    names = ("building_sum", "contents_sum")
    made: Any = (
        Head(loss, insured(name), value) for name, loss, value in zip(names, losses, values, strict=True)
    )  # fmt: skip
    building, contents = made
    return building, contents


def _covered(claim: ClaimType, risk: HogarRisk) -> bool:
    """Whether one of the coverages of the kind was bought."""
    bought = {c.id for c in entering(LINE.tariff.products[risk.product], risk.model_dump(exclude_none=True))}
    return not claim.coverages or bool(bought & set(claim.coverages))


@tool(
    Risk.READ,
    permission="hogar:read",
    title=N_("Revisar una póliza de hogar"),
    examples=(
        "Revisa la póliza de hogar de Raquel Gómez antes de renovar",
        "¿Están bien los capitales de la póliza de hogar 0901-91427909?",
        "Review the home policy before its renewal",
    ),
)
def review_policy(ctx: Context, policy: PolicyRef) -> Review:
    """What to mind of a running home policy: sums, claims frequency, mortgagee, the community's policy, use."""
    found = resolve_policy(ctx, policy)
    if found.line != LINE.code:
        raise BadArguments(field="policy", problem=N_("no es una póliza de hogar"))
    findings = Findings(ctx.actor.locale)
    renewal_review(ctx, found, findings)
    if not findings.found:
        findings.add("support", N_("La póliza se ajusta a la vivienda."), "RDL 3/2020 art. 175")
    return Review(subject=found.policy_number, findings=tuple(findings.found))
