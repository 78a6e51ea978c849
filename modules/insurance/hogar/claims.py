"""What can happen to a home (*siniestros de hogar*), and what a loss is worth.

Average is applied to building and contents each by its own sum; jewellery, cash and the
other sub-limits are insured at first loss, without it. The order is average, deductible,
limit (policy-lifecycle 6.1). First reserves and sub-limits are the house's illustrative ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from core.i18n import N_
from core.money import ZERO, to_cents
from modules.insurance.kernel.claim_types import Basis, ClaimType

BOTH: Final = ("building_sum", "contents_sum")
WAIVED: Final = Decimal("0.10")  # by how much the value may exceed the sum before average is applied
PHOTOS: Final = N_("Fotografías de los daños")
INVOICE: Final = N_("Factura o presupuesto de la reparación")
REPORT: Final = N_("Denuncia (en 48 horas)")
STOLEN: Final = N_("Relación de los objetos robados, con prueba de su preexistencia (LCS art. 38)")
RENT_MONTHS: Final = 3  # of unpaid rent, as a first reserve


def _rent_due(risk: Mapping[str, Any]) -> Decimal:
    """Three months of the rent."""
    return to_cents(Decimal(str(risk.get("annual_rent") or 0)) * RENT_MONTHS / 12)


CLAIMS: Final = (
    ClaimType(
        code="agua", label=N_("Daños por agua"), coverages=("danos_agua",), reserve=Decimal(480), basis=Basis.AVERAGE,
        sums=BOTH, deductible="deductible", margin=WAIVED, consorcio=True,
        documents=(PHOTOS, INVOICE, N_("Parte del fontanero: si la tubería es privativa o de la comunidad"),
                   N_("Datos del causante, si es un tercero (LCS art. 43)")),
        words=("fuga de agua", "escape de agua", "daños por agua", "humedad", "humedades", "gotera", "goteras",
               "tubería", "cañería", "reventado una tubería", "roto una tubería", "lavadora", "atasco", "water leak",
               "water damage", "burst pipe"),
    ),
    ClaimType(
        code="fuga", label=N_("Búsqueda y localización de una fuga"), coverages=("danos_agua",), reserve=Decimal(480),
        basis=Basis.FIRST_LOSS, limit=Decimal(1500), documents=(PHOTOS, INVOICE),
        words=("buscar la fuga", "localizar la fuga", "leak search"),
    ),
    ClaimType(
        code="rotura", label=N_("Rotura de lunas y cristales"), coverages=("continente", "contenido"),
        reserve=Decimal(210), documents=(PHOTOS, INVOICE),
        words=("cristal roto", "roto un cristal", "roto el cristal", "vitrocerámica", "roto la luna", "mampara",
               "espejo roto", "ventana rota", "broken glass", "broken window"),
    ),
    ClaimType(
        code="robo", label=N_("Robo en la vivienda"), coverages=("robo",), reserve=Decimal(1300), basis=Basis.AVERAGE,
        sums=("contents_sum",), margin=WAIVED, documents=(REPORT, STOLEN, PHOTOS, INVOICE),
        words=("robo en casa", "robo en la vivienda", "entrado a robar", "han robado en casa", "robado en casa",
               "robado", "han forzado la puerta", "ladrones", "burglary", "broken into", "broke into"),
    ),
    ClaimType(
        code="efectivo", label=N_("Robo de dinero en efectivo"), coverages=("robo",), reserve=Decimal(300),
        basis=Basis.FIRST_LOSS, limit=Decimal(600), documents=(REPORT, N_("Justificante de la retirada del dinero")),
        words=("robado dinero", "robo de dinero", "stolen cash"),
    ),
    ClaimType(
        code="atraco", label=N_("Atraco en la calle"), coverages=("robo",), reserve=Decimal(500),
        basis=Basis.FIRST_LOSS, limit=Decimal(1000), documents=(REPORT, STOLEN),
        words=("atraco", "atracado", "robado en la calle", "tirón del bolso", "mugged"),
    ),
    ClaimType(
        code="joyas", label=N_("Robo de joyas"), coverages=("joyas",), reserve=Decimal(1300), basis=Basis.FIRST_LOSS,
        sums=("jewellery_sum",), documents=(REPORT, STOLEN, N_("Factura o tasación de las joyas")),
        words=("robado las joyas", "robo de joyas", "stolen jewellery"),
    ),
    ClaimType(
        code="incendio", label=N_("Incendio, humo, explosión o rayo"), coverages=("continente", "contenido"),
        reserve=Decimal(9000), basis=Basis.AVERAGE, sums=BOTH, deductible="deductible", margin=WAIVED, consorcio=True,
        documents=(PHOTOS, INVOICE, N_("Informe de los bomberos"), N_("Relación de los objetos dañados (LCS art. 38)")),
        words=("incendio", "fuego", "se ha quemado", "se han quemado", "ha ardido", "explosión", "humo", "rayo", "fire",
               "smoke"),
    ),
    ClaimType(
        code="electrico", label=N_("Daños eléctricos"), coverages=("danos_electricos",), reserve=Decimal(380),
        basis=Basis.FIRST_LOSS, limit=Decimal(6000), deductible="deductible",
        documents=(N_("Informe del técnico sobre la sobretensión"), INVOICE),
        words=("sobretensión", "daños eléctricos", "subida de tensión", "cortocircuito", "power surge"),
    ),
    ClaimType(
        code="atmosferico", label=N_("Fenómenos atmosféricos o inundación"), coverages=("continente", "contenido"),
        reserve=Decimal(480), basis=Basis.AVERAGE, sums=BOTH, deductible="deductible", margin=WAIVED, consorcio=True,
        documents=(PHOTOS, INVOICE, N_("Certificado meteorológico: viento y lluvia del día")),
        words=("temporal", "tormenta", "vendaval", "viento", "granizo", "lluvia", "nieve", "inundación", "inundado",
               "rachas de viento", "storm", "flood", "hail"),
    ),
    ClaimType(
        code="rc", label=N_("Responsabilidad civil familiar"), coverages=("rc_familiar",), reserve=Decimal(1300),
        sums=("liability_limit",), at_fault=True,
        documents=(N_("Reclamación del perjudicado"), N_("Parte médico o facturas de los daños")),
        words=("mojado al vecino", "mojado el piso de abajo", "daños al vecino", "daños a un tercero",
               "daños a terceros", "nos reclama el vecino", "le reclama el vecino", "damage to a neighbour"),
    ),
    ClaimType(
        code="estetico", label=N_("Daños estéticos"), coverages=("estetica",), reserve=Decimal(380),
        basis=Basis.FIRST_LOSS, limit=Decimal(3000), documents=(PHOTOS, INVOICE),
        words=("daños estéticos", "azulejos distintos", "aesthetic damage"),
    ),
    ClaimType(
        code="alimentos", label=N_("Deterioro de alimentos en el frigorífico"), coverages=("contenido",),
        reserve=Decimal(150), basis=Basis.FIRST_LOSS, limit=Decimal(300), documents=(PHOTOS,),
        words=("congelador", "nevera", "comida estropeada", "alimentos estropeados", "spoiled food"),
    ),
    ClaimType(
        code="inhabitabilidad", label=N_("Realojo por vivienda inhabitable"), coverages=("continente", "contenido"),
        reserve=Decimal(1800), basis=Basis.SERVICE, documents=(N_("Informe de inhabitabilidad"), INVOICE),
        words=("no se puede vivir en la casa", "inhabitable", "uninhabitable"),
    ),
    ClaimType(
        code="alquileres", label=N_("Pérdida de alquileres"), coverages=("perdida_alquileres",), reserve=_rent_due,
        sums=("annual_rent",), documents=(N_("Contrato de arrendamiento"), N_("Informe de inhabitabilidad")),
        words=("pérdida de alquileres", "loss of rent"),
    ),
    ClaimType(
        code="impago", label=N_("Impago de alquileres"), coverages=("impago_alquiler",), reserve=_rent_due,
        sums=("annual_rent",),
        documents=(N_("Contrato de arrendamiento"), N_("Requerimiento de pago al inquilino"), N_("Demanda")),
        words=("no paga el alquiler", "no me paga el alquiler", "inquilino no paga", "impago del alquiler",
               "rent default"),
    ),
    ClaimType(
        code="defensa", label=N_("Defensa jurídica"), coverages=("defensa_juridica",), reserve=Decimal(600),
        basis=Basis.SERVICE, limit=Decimal(6000), documents=(N_("Reclamación o demanda"),),
        words=("defensa jurídica", "abogado", "legal defence", "lawyer"),
    ),
    ClaimType(
        code="asistencia", label=N_("Asistencia en el hogar"), coverages=("asistencia_hogar",), reserve=Decimal(85),
        basis=Basis.SERVICE, documents=(),
        words=("cerrajero", "dejado las llaves dentro", "perdido las llaves", "asistencia en el hogar", "manitas",
               "locksmith"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Head:
    """One thing that was damaged: its loss, for what it was insured, and what it is worth."""

    loss: Decimal
    insured: Decimal | None  # None: no sum of its own limits it
    value: Decimal | None  # as new, just before the loss; None: as insured


@dataclass(frozen=True)
class Indemnity:
    """What of a loss is paid, step by step; EUR to the cent."""

    loss: Decimal
    after_average: Decimal
    deductible: Decimal  # that was taken off
    limit: Decimal | None
    payable: Decimal
    ratios: tuple[Decimal, ...]  # of each head; 1 without average


def indemnity(kind: ClaimType, heads: tuple[Head, ...], deductible: Decimal) -> Indemnity:
    """Average by head, then the deductible once, then the sub-limit (LCS art. 30)."""
    ratios = tuple(_ratio(kind, head) for head in heads)
    paid = [_capped(to_cents(head.loss * ratio), head) for head, ratio in zip(heads, ratios, strict=True)]
    averaged = sum(paid, ZERO)
    taken = min(averaged, deductible)
    left = averaged - taken
    payable = left if kind.limit is None else min(left, kind.limit)
    return Indemnity(sum((head.loss for head in heads), ZERO), averaged, taken, kind.limit, to_cents(payable), ratios)


def _ratio(kind: ClaimType, head: Head) -> Decimal:
    if kind.basis is not Basis.AVERAGE or head.insured is None or head.value is None:
        return Decimal(1)
    if head.value <= head.insured * (1 + kind.margin):
        return Decimal(1)
    return head.insured / head.value


def _capped(amount: Decimal, head: Head) -> Decimal:
    return amount if head.insured is None else min(amount, head.insured)
