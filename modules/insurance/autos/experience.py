"""What a driver's past tells (*experiencia*): the entry level on the scale, and the certificate of claims."""

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.i18n import N_, Locale, translate
from core.money import Money
from modules.core_business.crm import Customer
from modules.insurance.autos.bonus_malus import entry_level
from modules.insurance.autos.line import LINE
from modules.insurance.kernel import Claim, ClaimState
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.lookup import PolicyNotFound, PolicyRef, alive, resolve_policy
from modules.insurance.kernel.views import PolicyNumber, day
from tools import Risk, Slot, tool
from tools.results import Result

YEARS: Final = 5  # RDLeg 8/2004 art. 2.7


class EntryEstimate(Result):
    """The level at which a driver would enter our scale, 1 (best) to 18."""

    level: int
    by_certificate: bool

    def told(self, locale: Locale) -> str:
        """The level, and what it rests on."""
        if self.by_certificate:
            return translate(
                N_("Entra en el nivel {level} por el certificado de siniestros."), locale, level=self.level
            )
        text = N_("Entra en el nivel {level}: sin seguro en los últimos dos años no cuenta la experiencia.")
        return translate(text, locale, level=self.level)


class CertifiedClaim(BaseModel):
    """One claim on the certificate."""

    model_config = ConfigDict(frozen=True)

    claim: str
    occurred_on: date
    kind: str
    at_fault: bool
    paid: Money


class HistoryCertificate(Result):
    """The claims of a vehicle's insurance in five years (*certificado de siniestralidad*)."""

    policy: PolicyNumber
    policyholder: str
    plate: str | None
    from_on: date
    to_on: date
    claims: tuple[CertifiedClaim, ...]
    at_fault: int
    claim_free_years: int

    def told(self, locale: Locale) -> str:
        """Years, claims, and how many with fault."""
        text = N_("Póliza {policy} ({plate}), del {begins} al {ends}: siniestros {count}, con culpa {fault}; años "
                  "completos sin culpa: {free}. Debe entregarse en 15 días hábiles desde que se pide.")  # fmt: skip
        return translate(
            text, locale, policy=self.policy, plate=self.plate or "—", begins=day(self.from_on), ends=day(self.to_on),
            count=len(self.claims), fault=self.at_fault, free=self.claim_free_years,
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="autos:read",
    title=N_("Nivel de entrada en el bonus-malus"),
    examples=(
        "¿En qué nivel de bonus entra con 4 años sin siniestros y uno con culpa?",
        "Nivel de bonus-malus según su certificado de siniestralidad",
        "Which bonus-malus level does he enter with 4 claim-free years?",
    ),
)
def estimate_level(
    ctx: Context,
    claim_free_years: Annotated[
        int,
        Field(ge=0, le=60),
        Slot(ask=N_("¿Cuántos años completos sin siniestros con culpa?"), units=("años", "years")),
    ],
    at_fault_claims: Annotated[
        int, Field(ge=0, le=50), Slot(ask=N_("¿Cuántos siniestros con culpa?"), units=("siniestros", "claims"))
    ] = 0,
    insured_until: Annotated[date | None, Slot(cues=("asegurado hasta", "insured until"))] = None,
) -> EntryEstimate:
    """The entry level from a claims-history certificate; `insured_until` is today if it is not said.

    More than 24 months without insurance: experience is lost and the entry is the neutral level.
    """
    found = entry_level(claim_free_years, at_fault_claims, insured_until or ctx.today, ctx.today)
    return EntryEstimate(level=found.level, by_certificate=found.by_certificate)


@tool(
    Risk.READ,
    permission="autos:read",
    title=N_("Certificado de siniestralidad de autos"),
    examples=(
        "Certificado de siniestralidad del coche 8084 PZB",
        "Qué siniestros ha tenido este coche en los últimos cinco años",
        "Claims history certificate of the car 8084 PZB",
    ),
)
def certify_history(ctx: Context, policy: PolicyRef) -> HistoryCertificate:
    """The claims of a motor policy in the last five years, with fault or without (RDLeg 8/2004 art. 2.7)."""
    found = resolve_policy(ctx, policy)
    if found.line != LINE.code:
        raise PolicyNotFound(ref=policy)
    since = max(add_months(ctx.today, -12 * YEARS), found.started_on)
    mine = (Claim.policy_id == found.id, Claim.occurred_on >= since, Claim.state != ClaimState.REJECTED, alive(Claim))
    claims = ctx.session.exec(select(Claim).where(*mine).order_by(col(Claim.occurred_on))).all()
    rows = tuple(_certified(claim) for claim in claims)
    last = max((row.occurred_on for row in rows if row.at_fault), default=since)
    return HistoryCertificate(
        policy=found.policy_number, policyholder=ctx.get(Customer, found.policyholder_id).name, plate=found.object_ref,
        from_on=since, to_on=ctx.today, claims=rows, at_fault=sum(row.at_fault for row in rows),
        claim_free_years=completed_years(last, ctx.today),
    )  # fmt: skip


def _certified(claim: Claim) -> CertifiedClaim:
    kind = LINE.claim_types.get(claim.kind or "")
    return CertifiedClaim(
        claim=claim.claim_number, occurred_on=claim.occurred_on, kind=claim.kind or claim.cause,
        at_fault=kind is not None and kind.at_fault, paid=claim.paid_amount,
    )  # fmt: skip
