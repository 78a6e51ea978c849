"""Coinsurance (*coaseguro*, LCS art. 33): a policy shared by several insurers, each for its own part alone."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import CENT, ZERO, Money, format_money
from modules.insurance.kernel.lookup import PolicyRef, alive, resolve_insurer, resolve_policy
from modules.insurance.kernel.market_records import PolicyShare
from modules.insurance.kernel.records import Claim, Insurer, Policy
from modules.insurance.kernel.views import PolicyNumber
from tools import Risk, tool
from tools.results import Result

WHOLE = Decimal(1)


class Share(BaseModel):
    """One insurer's part, as a person states it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    insurer: Annotated[str, Field(min_length=1, max_length=200)]
    share: Annotated[Decimal, Field(gt=0, le=1, decimal_places=6, description=N_("Parte, como fracción (0.6 es 60 %)"))]


class ShareRow(BaseModel):
    """What one coinsurer bears and earns of a policy."""

    model_config = ConfigDict(frozen=True)

    insurer: str
    leader: bool
    share: Decimal
    total_premium: Money
    reserve: Money
    paid_claims: Money


class Coinsurance(Result):
    """A policy's coinsurers; the leader (*abridora*) first."""

    policy: PolicyNumber
    shares: tuple[ShareRow, ...]

    def told(self, locale: Locale) -> str:
        """Who bears what."""
        said = "; ".join(
            f"{row.insurer} {_per_cent(row.share)} % ({format_money(row.total_premium, locale)})" for row in self.shares
        )
        return translate(N_("Póliza {policy}: {shares}."), locale, policy=self.policy, shares=said)


def _per_cent(share: Decimal) -> str:
    return f"{share * 100:f}".rstrip("0").rstrip(".").replace(".", ",")


def split(amount: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """`amount` by shares to the cent; what is left over is the first's, the leader's."""
    parts = [(amount * share).quantize(CENT, rounding="ROUND_DOWN") for share in shares]
    parts[0] += amount - sum(parts, ZERO)
    return parts


def signed_down(written: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Written lines that exceed the whole, signed down in proportion; what is left over is the leader's (the first's).

    60 + 40 + 50 % written are 40.00, 26.67 and 33.33 % signed.
    """
    total = sum(written.values(), ZERO)
    if total <= WHOLE:
        return dict(written)
    signed = {name: (part / total).quantize(Decimal("0.0001")) for name, part in written.items()}
    leader = next(iter(signed))
    signed[leader] += WHOLE - sum(signed.values(), ZERO)
    return signed


def shares_of(ctx: Context, policy_id: UUID) -> Sequence[PolicyShare]:
    """The shares of a policy, the leader's first; none if one insurer bears it all."""
    query = select(PolicyShare).where(PolicyShare.policy_id == policy_id, alive(PolicyShare))
    return ctx.session.exec(query.order_by(col(PolicyShare.leader).desc(), col(PolicyShare.share).desc())).all()


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Fijar el coaseguro de una póliza"),
    examples=(
        "Reparte la póliza 0901-95949735 en coaseguro: 60 % Meridiano y 40 % Mutua Levante",
        "Set the coinsurance of policy 0901-95949735",
    ),
)
def set_coinsurance(
    ctx: Context, policy: PolicyRef, shares: Annotated[list[Share], Field(min_length=2, max_length=20)]
) -> Coinsurance:
    """Share a policy among insurers; the first is the leader. Written lines over 100 % are signed down.

    Shares below 100 % in sum are refused: the rest of the risk would have no insurer.
    """
    found = resolve_policy(ctx, policy)
    companies = {one.insurer: resolve_insurer(ctx, one.insurer) for one in shares}
    written = {str(companies[one.insurer].id): one.share for one in shares}
    if len(written) != len(shares):
        raise BadArguments(N_("«{field}» nombra dos veces a la misma aseguradora."), field="shares")
    if sum(written.values(), ZERO) < WHOLE:
        raise BadArguments(N_("Las partes de «{field}» suman menos del 100 %."), field="shares")
    held = {str(share.insurer_id): share for share in shares_of(ctx, found.id)}
    for at, (insurer, part) in enumerate(signed_down(written).items()):
        share = held.pop(insurer, None) or PolicyShare(id=new_id(), policy_id=found.id, insurer_id=UUID(insurer))
        share.share, share.leader = part, at == 0
        ctx.session.add(share)
    for left in held.values():
        left.deleted_at = ctx.now
        ctx.session.add(left)
    ctx.session.flush()
    ctx.weigh(line=found.line)
    ctx.emit("policy.coinsured", found.id, insurers=len(written))
    return _view(ctx, found)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Coaseguro de una póliza"),
    examples=(
        "Quién participa en el coaseguro de la póliza 0901-95949735",
        "Cuánto le toca a cada compañía de esta póliza",
        "Who are the coinsurers of policy 0901-95949735?",
    ),
)
def show_coinsurance(ctx: Context, policy: PolicyRef) -> Coinsurance:
    """The coinsurers of a policy with their parts of premium, reserves and payments, to the cent."""
    return _view(ctx, resolve_policy(ctx, policy))


def _view(ctx: Context, policy: Policy) -> Coinsurance:
    held = shares_of(ctx, policy.id)
    parts: list[tuple[Any, Decimal, bool]] = [(share.insurer_id, share.share, share.leader) for share in held]
    if not parts:
        parts = [(policy.insurer_id, WHOLE, True)]
    claims = ctx.session.exec(select(Claim).where(Claim.policy_id == policy.id, alive(Claim))).all()
    weights = [share for _, share, _ in parts]
    sums = (
        policy.total_premium, sum((claim.reserve for claim in claims), ZERO),
        sum((claim.paid_amount for claim in claims), ZERO),
    )  # fmt: skip
    rows = tuple(
        ShareRow(insurer=ctx.get(Insurer, id).name, leader=leader, share=share, total_premium=premium, reserve=reserve,
                 paid_claims=paid)
        for (id, share, leader), premium, reserve, paid in zip(
            parts, *(split(amount, weights) for amount in sums), strict=True
        )
    )  # fmt: skip
    return Coinsurance(policy=policy.policy_number, shares=rows)
