"""Keeping parcels and subsidies of a policy as they now are, and sharing the subsidy among its components."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.context import Context
from core.identifiers import new_id
from modules.insurance.agrario.parcels import Parcel
from modules.insurance.agrario.records import GrantedSubsidy, InsuredParcel
from modules.insurance.kernel.entries import of_policy
from modules.insurance.kernel.records import Policy

CENTS = Decimal(100)


def shared(subsidy: Decimal, percents: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """A subsidy by the percentages of its components, to the cent; the last takes what rounding leaves."""
    whole, rest = sum(percents.values(), Decimal(0)), subsidy
    parts: dict[str, Decimal] = {}
    for at, (code, pct) in enumerate(percents.items()):
        last = at == len(percents) - 1
        parts[code] = rest if last else Decimal(int(subsidy * pct / whole * CENTS)) / CENTS
        rest -= parts[code]
    return parts


def keep_parcels(ctx: Context, policy: Policy, details: Mapping[str, Any]) -> None:
    """Enter the parcels that `details` name; those that are no longer named go."""
    parcels: Sequence[Parcel] = [Parcel.model_validate(one) for one in details.get("parcels") or ()]
    held = {one.sigpac: one for one in of_policy(ctx, InsuredParcel, policy)}
    for parcel in parcels:
        one = held.pop(parcel.sigpac, None) or InsuredParcel(
            id=new_id(), policy_id=policy.id, customer_id=policy.policyholder_id, sigpac=parcel.sigpac, ha=parcel.ha,
            yield_kg_ha=parcel.yield_kg_ha, price_eur_kg=parcel.price_eur_kg,
        )  # fmt: skip
        one.ha, one.yield_kg_ha, one.price_eur_kg = parcel.ha, parcel.yield_kg_ha, parcel.price_eur_kg
        one.production_value = parcel.value
        ctx.session.add(one)
    for gone in held.values():
        ctx.session.delete(gone)


def keep_subsidies(
    ctx: Context, policy: Policy, codes: Sequence[str], subsidy: Decimal, table: Mapping[str, str]
) -> None:
    """Enter the components of the subsidy with their shares; those that no longer apply go."""
    held = {one.component: one for one in of_policy(ctx, GrantedSubsidy, policy)}
    percents = {code: Decimal(table[code]) for code in codes}
    for code, amount in shared(subsidy, percents).items():
        one = held.pop(code, None) or GrantedSubsidy(
            id=new_id(), policy_id=policy.id, customer_id=policy.policyholder_id, component=code, pct=percents[code]
        )
        one.pct, one.amount = percents[code], amount
        ctx.session.add(one)
    for gone in held.values():
        ctx.session.delete(gone)
