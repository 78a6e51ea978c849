"""Who gets the sum of a life policy (*beneficiarios*, LCS arts. 84-87).

Within a rank the shares add up to 100 %; who stands in the second rank gets it if nobody of
the first is alive. Without shares all have equal parts, heirs by their inheritance (art.
86). Without any designation the sum falls into the policyholder's estate (art. 84). An
irrevocable beneficiary is not changed without consent, and bars surrender, advance, loan
and pledge (art. 87). Former designations stay on file.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import ZERO
from modules.insurance.kernel.fields import Percent, Whole, Words
from modules.insurance.kernel.lookup import PolicyRef, alive, resolve_policy
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import PolicyState
from modules.insurance.kernel.views import PolicyNumber
from modules.insurance.vida.records import Beneficiary
from tools import Guard, Risk, Slot, tool
from tools.marks import External
from tools.results import Result

WHOLE_SHARE: Final = Decimal(100)
PLACES: Final = Decimal("0.0001")
MOST: Final = 30
OVER: Final = frozenset(
    (PolicyState.CANCELLED, PolicyState.LAPSED, PolicyState.EXPIRED, PolicyState.REPLACED, PolicyState.ANNULLED)
)


class Kind(StrEnum):
    """How a beneficiary is designated (LCS art. 84): by name, or by a rule that finds them."""

    PERSON = "person"
    SPOUSE = "spouse"
    CHILDREN = "children"
    HEIRS = "heirs"
    LENDER = "lender"


LABELS: Final[Mapping[str, str]] = {
    "person": N_("persona"), "spouse": N_("cónyuge"), "children": N_("hijos"), "heirs": N_("herederos legales"),
    "lender": N_("prestamista"),
}  # fmt: skip
IRREVOCABLE: Final = N_("irrevocable")
NAMED: Final = (Kind.PERSON, Kind.LENDER)


class Designated(BaseModel):
    """One beneficiary to be designated; without shares all of a rank have equal parts."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    kind: Annotated[Kind, Field(description=N_("Clase de beneficiario"))]
    name: Annotated[Words, Field(description=N_("Nombre"))] = ""
    share: Annotated[Percent, Field(gt=0, description=N_("Parte, %"))] | None = None
    rank: Annotated[Whole, Field(ge=1, le=9, description=N_("Orden: el segundo cobra si falta el primero"))] = 1
    irrevocable: Annotated[bool, Field(description=N_("Designación irrevocable (LCS art. 87)"))] = False


class IrrevocableStands(Conflict):
    """Who was designated irrevocably must agree to any change."""

    text = N_("{name} es beneficiario irrevocable: sin su consentimiento escrito no se cambia la designación "
              "(LCS art. 87).")  # fmt: skip


class BeneficiaryRow(BaseModel):
    """One beneficiary of a policy; `share` in percent."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    name: str
    share: Decimal
    rank: int
    irrevocable: bool

    def told(self, locale: Locale) -> str:
        """Who, how much, and whether it can be taken back."""
        who = self.name or translate(LABELS[self.kind], locale)
        percent = f"{self.share.normalize():f}"
        said = f"{who} {percent.replace('.', ',') if locale == 'es' else percent} %"
        return f"{said} ({translate(IRREVOCABLE, locale)})" if self.irrevocable else said


class BeneficiaryList(Result):
    """The designation that holds, by rank."""

    policy: PolicyNumber
    designated_on: date | None
    evidence: External
    beneficiaries: tuple[BeneficiaryRow, ...]

    def told(self, locale: Locale) -> str:
        """Who gets the sum, rank by rank."""
        if not self.beneficiaries:
            text = N_("La póliza {policy} no tiene beneficiarios designados: el capital sería del patrimonio del "
                      "tomador (LCS art. 84).")  # fmt: skip
            return translate(text, locale, policy=self.policy)
        parts = []
        for rank in sorted({row.rank for row in self.beneficiaries}):
            said = "; ".join(row.told(locale) for row in self.beneficiaries if row.rank == rank)
            parts.append(translate(N_("En orden {rank}: {said}."), locale, rank=rank, said=said))
        return " ".join((translate(N_("Beneficiarios de {policy}."), locale, policy=self.policy), *parts))


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Designar beneficiarios de un seguro de vida"),
    examples=(
        "Registra los beneficiarios de la póliza de vida 0904-93598399: su cónyuge y, en su defecto, sus hijos",
        "Cambia los beneficiarios del seguro de vida de Rubén Vázquez",
        "Set the beneficiaries of the life policy",
    ),
)
def set_beneficiaries(
    ctx: Context,
    policy: PolicyRef,
    beneficiaries: Annotated[list[Designated], Field(min_length=1, max_length=MOST), Guard.DESTINATION],
    designated_on: Annotated[date, Slot(ask=N_("¿Qué día firmó la designación?"), cues=("firmada el", "signed on"))],
    evidence: Annotated[Words, Field(min_length=3), Slot(ask=N_("¿Dónde está la designación firmada?"))],
    consent_evidence: Annotated[Words, Field(min_length=3)] | None = None,
) -> BeneficiaryList:
    """Replace the whole designation of a life policy by what the policyholder signed; the former one stays on file.

    Shares of a rank add up to 100 (%); without any they are equal. The policyholder may do so
    without the insurer's consent, in the policy, by letter or by will (LCS art. 84). Where an
    irrevocable one would be touched, `consent_evidence` says where that person's consent lies.
    """
    found = _life(ctx, policy)
    if found.state in OVER:
        raise Conflict(reason=N_("la póliza ya no está en vigor"))
    if designated_on > ctx.today:
        raise BadArguments(field="designated_on", problem=N_("no puede ser una fecha futura"))
    shared = shares(beneficiaries)
    held = designation(ctx, found.id)
    keeps_irrevocable(held, shared, consent_evidence)
    number = max((row.designation for row in held), default=0) + 1
    made = [
        Beneficiary(
            id=new_id(), policy_id=found.id, customer_id=found.policyholder_id, designation=number, rank=one.rank,
            position=at, kind=one.kind.value, name=one.name, share=(one.share or ZERO) / WHOLE_SHARE,
            irrevocable=one.irrevocable, designated_on=designated_on, evidence=evidence,
        )
        for at, one in enumerate(shared, 1)
    ]  # fmt: skip
    for row in held:  # the former designation stays on file, deleted
        row.deleted_at = ctx.now
        ctx.session.add(row)
    ctx.session.add_all(made)
    ctx.weigh(line="vida", subjects=len(made))
    ctx.emit("policy.beneficiaries_changed", found.id, designation=number, count=len(made))
    return _listed(found, made)


@tool(
    Risk.READ,
    permission="vida:read",
    title=N_("Beneficiarios de un seguro de vida"),
    examples=(
        "Quiénes son los beneficiarios del seguro de vida de Rubén Vázquez",
        "Beneficiarios de la póliza de vida 0904-93598399",
        "Who are the beneficiaries of the life policy?",
    ),
)
def show_beneficiaries(ctx: Context, policy: PolicyRef) -> BeneficiaryList:
    """Who gets the sum of a life policy, with shares and order, and who cannot be changed."""
    found = _life(ctx, policy)
    return _listed(found, designation(ctx, found.id))


def shares(given: Sequence[Designated]) -> list[Designated]:
    """`given` by rank with the share of each: as said, or equal parts, the remainder to the last.

    Raises:
        BadArguments: names are missing or doubled, ranks leave a gap, or the shares of one do not add up to 100.
    """
    ranks = sorted({one.rank for one in given})
    if ranks != list(range(1, len(ranks) + 1)):
        raise BadArguments(N_("Revise «{field}»: los órdenes deben ser 1, 2, 3…, sin saltos."), field="beneficiaries")
    found: list[Designated] = []
    for rank in ranks:
        found += _shared(rank, [one for one in given if one.rank == rank])
    return found


def _shared(rank: int, given: Sequence[Designated]) -> list[Designated]:
    for one in given:
        if (one.kind in NAMED) != bool(one.name):
            text = N_("Revise «{field}»: una persona o un prestamista se designan por su nombre, los demás sin él.")
            raise BadArguments(text, field="beneficiaries")
    if len({(one.kind, one.name.casefold()) for one in given}) < len(given):
        text = N_("Revise «{field}»: en el orden {rank} hay un beneficiario repetido.")
        raise BadArguments(text, field="beneficiaries", rank=rank)
    told = [one.share for one in given if one.share is not None]
    if not told:
        equal = (WHOLE_SHARE / len(given)).quantize(PLACES, ROUND_DOWN)
        last = WHOLE_SHARE - equal * (len(given) - 1)
        parts = [equal] * (len(given) - 1) + [last]
        return [one.model_copy(update={"share": part}) for one, part in zip(given, parts, strict=True)]
    if len(told) < len(given) or sum(told) != WHOLE_SHARE:
        text = N_("Revise «{field}»: las partes del orden {rank} suman {sum} %, no 100 %.")
        raise BadArguments(text, field="beneficiaries", rank=rank, sum=f"{sum(told):f}")
    return list(given)


def keeps_irrevocable(held: Sequence[Beneficiary], wanted: Sequence[Designated], consent: str | None) -> None:
    """Refuse a designation that touches an irrevocable beneficiary who has not agreed."""
    if consent:
        return
    kept = {(one.kind.value, one.name.casefold(), one.rank, one.share) for one in wanted if one.irrevocable}
    for row in held:
        same = (row.kind, row.name.casefold(), row.rank, _percent(row.share))
        if row.irrevocable and not any(same[:3] == one[:3] and one[3] == same[3] for one in kept):
            raise IrrevocableStands(name=row.name or LABELS[row.kind])


def designation(ctx: Context, policy_id: UUID) -> Sequence[Beneficiary]:
    """The beneficiaries that hold, by rank and place."""
    query = select(Beneficiary).where(Beneficiary.policy_id == policy_id, alive(Beneficiary))
    return ctx.session.exec(query.order_by(col(Beneficiary.rank), col(Beneficiary.position))).all()


def bars_value(ctx: Context, policy_id: UUID) -> bool:
    """Whether an irrevocable beneficiary bars surrender, advance, reduction and pledge (LCS art. 87)."""
    return any(row.irrevocable for row in designation(ctx, policy_id))


def _percent(share: Decimal) -> Decimal:
    return (share * WHOLE_SHARE).quantize(PLACES)


def _life(ctx: Context, policy: str) -> Policy:
    found = resolve_policy(ctx, policy)
    if found.line != "vida":
        raise BadArguments(field="policy", problem=N_("no es una póliza de vida"))
    return found


def _listed(policy: Policy, rows: Sequence[Beneficiary]) -> BeneficiaryList:
    first = rows[0] if rows else None
    return BeneficiaryList(
        policy=policy.policy_number, designated_on=first.designated_on if first else None,
        evidence=first.evidence if first else "",
        beneficiaries=tuple(
            BeneficiaryRow(
                kind=Kind(row.kind), name=row.name, share=_percent(row.share), rank=row.rank,
                irrevocable=row.irrevocable,
            )
            for row in rows
        ),
    )  # fmt: skip
