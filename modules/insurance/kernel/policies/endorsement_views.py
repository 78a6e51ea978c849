"""What endorsements answer: what changes, and what it costs, coverage by coverage."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money
from modules.insurance.kernel.amounts import Amounts
from modules.insurance.kernel.asking import label
from modules.insurance.kernel.health import health_of, without_health
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.policies.endorsing import KINDS
from modules.insurance.kernel.policies.proration import Annual, Period
from modules.insurance.kernel.records import Endorsement, Policy, Receipt
from modules.insurance.kernel.states import LABELS
from modules.insurance.kernel.views import PolicyNumber, ReceiptNumber, day, listed
from tools import Slot
from tools.marks import External, NeedsNamed
from tools.results import Result

Both: TypeAlias = tuple[Mapping[str, Any], Mapping[str, Any]]  # risk and details
NAMES: Final = ("full_name", "name", "address", "description", "sigpac")  # what a person or thing of a list is called
FEW: Final = 2  # facts of somebody new in a list
EndorsementNumber: TypeAlias = Annotated[str, Slot(ref="endorsement")]


class Changed(BaseModel):
    """One field, as it was and as it will be; words that somebody wrote may stand in both."""

    model_config = ConfigDict(frozen=True)

    field: str
    label: str
    old: External | None
    new: External | None


class CoverageDifference(BaseModel):
    """What one coverage costs a year, before and after, and the difference to the end of the annuity."""

    model_config = ConfigDict(frozen=True)

    coverage: str
    old: Money
    new: Money
    difference: Money


class EndorsementRow(Result):
    """An endorsement in one line."""

    endorsement: EndorsementNumber
    policy: PolicyNumber
    line: str
    kind: str
    state: str
    requested_on: date
    effective_on: date
    total: Money  # of the difference; below zero it is given back

    def told(self, locale: Locale) -> str:
        """Number, kind, policy, the difference, the state."""
        text = N_("Suplemento {endorsement} de la póliza {policy} ({kind}), efecto {on}: {total}, {state}.")
        return translate(
            text, locale, endorsement=self.endorsement, policy=self.policy, kind=translate(KINDS[self.kind], locale),
            on=day(self.effective_on), total=format_money(self.total, locale),
            state=translate(LABELS[self.state], locale),
        )  # fmt: skip


class EndorsementList(Result):
    """Endorsements that were looked for, newest first."""

    endorsements: tuple[EndorsementRow, ...]

    def told(self, locale: Locale) -> str:
        """The first few."""
        if not self.endorsements:
            return translate(N_("No hay ningún suplemento así."), locale)
        return listed([row.told(locale) for row in self.endorsements], len(self.endorsements), locale)


class EndorsementView(EndorsementRow):
    """One endorsement with its arithmetic."""

    decision: str
    rules_hit: tuple[str, ...]
    changes: tuple[Changed, ...]
    health_readers: str | None
    health_changes: Annotated[tuple[Changed, ...], NeedsNamed("health_readers")] | None
    coverages: tuple[CoverageDifference, ...]
    days_left: int
    days: int
    annual_old: Money
    annual_new: Money
    premium: Money
    surcharges: dict[str, Money]
    ips: Money
    receipt: ReceiptNumber | None = None

    def told(self, locale: Locale) -> str:
        """What changes, what it costs and why, and what comes next."""
        return " ".join(part for part in (super().told(locale), *self._parts(locale)) if part)

    def _parts(self, locale: Locale) -> Iterator[str]:
        changed = "; ".join(f"{translate(c.label, locale)}: {c.old or '-'} → {c.new or '-'}" for c in self.changes)
        if changed:
            yield translate(N_("Cambia: {what}."), locale, what=changed)
        if self.premium:
            text = N_("Prima anual de {old} a {new}; por {left} de {days} días, {premium}, más recargos {surcharges} "
                      "e impuesto {ips}.")  # fmt: skip
            yield translate(
                text, locale, old=format_money(self.annual_old, locale), new=format_money(self.annual_new, locale),
                left=self.days_left, days=self.days, premium=format_money(self.premium, locale),
                surcharges=format_money(sum(self.surcharges.values(), ZERO), locale),
                ips=format_money(self.ips, locale),
            )  # fmt: skip
        if self.kind == "payment_change":
            yield translate(N_("La nueva forma de pago rige desde la próxima anualidad."), locale)
        rules = ", ".join(self.rules_hit)
        if self.state == "referred":
            yield translate(N_("Debe aceptarlo la aseguradora (normas {rules})."), locale, rules=rules)
        elif self.decision == "decline":
            yield translate(N_("El riesgo no se acepta según las normas {rules}."), locale, rules=rules)
        if self.receipt:
            yield translate(N_("Recibo {receipt}."), locale, receipt=self.receipt)


def row_fields(endorsement: Endorsement, policy: Policy) -> dict[str, Any]:
    """The fields of the one line."""
    own = endorsement.model_dump(include={"kind", "state", "requested_on", "effective_on", "total"})
    return {
        **own, "endorsement": endorsement.endorsement_number, "policy": policy.policy_number, "line": policy.line,
    }  # fmt: skip


def endorsement_row(endorsement: Endorsement, policy: Policy) -> EndorsementRow:
    """The one line of an endorsement."""
    return EndorsementRow(**row_fields(endorsement, policy))


def endorsement_view(
    line: Line, policy: Policy, endorsement: Endorsement, was: Both,
    sums: tuple[Annual, Annual, Period, Amounts], receipt: Receipt | None,
) -> EndorsementView:  # fmt: skip
    """All of an endorsement.

    Args:
        line: of the policy.
        policy: what it changes.
        endorsement: the record.
        was: risk and details that it changes.
        sums: former and new annual premium, the days, the difference.
        receipt: of the difference, once it is issued.
    """
    old, new, period, amounts = sums
    now = (endorsement.risk, endorsement.details)
    ill = tuple(changes_of(line, _health(line, was), _health(line, now)))
    return EndorsementView(
        **row_fields(endorsement, policy), decision=endorsement.decision, rules_hit=tuple(endorsement.rules_hit),
        changes=tuple(changes_of(line, _open(line, was), _open(line, now))),
        health_readers=line.health_readers or None, health_changes=ill or None,
        coverages=tuple(by_coverage(old, new, amounts)), days_left=period.left(endorsement.effective_on),
        days=period.days, annual_old=old.premium, annual_new=new.premium, premium=amounts.premium,
        surcharges=dict(amounts.surcharges), ips=amounts.ips, receipt=receipt.receipt_number if receipt else None,
    )  # fmt: skip


def by_coverage(old: Annual, new: Annual, amounts: Amounts) -> Iterator[CoverageDifference]:
    """The coverages whose premium changes."""
    former = {share.code: share.premium for share in old.shares}
    future = {share.code: share.premium for share in new.shares}
    none = Decimal("0.00")
    for code, amount in amounts.coverages.items():
        if former.get(code) != future.get(code):
            yield CoverageDifference(
                coverage=code, old=former.get(code, none), new=future.get(code, none), difference=amount
            )


def changes_of(
    line: Line, was: Both, now: Both
) -> Iterator[Changed]:  # fmt: skip
    """The fields of risk and details that differ."""
    for old, new in zip(was, now, strict=True):
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) != new.get(name):
                said = label(name, line.risk, line.details)
                before, after = said_of(old.get(name), new.get(name))
                yield Changed(field=name, label=said, old=before, new=after)


def _open(line: Line, both: Both) -> Both:
    """Risk and details as everybody may see them."""
    return without_health(line, both[0]), without_health(line, both[1])


def _health(line: Line, both: Both) -> Both:
    """What of them tells of health."""
    return health_of(line, both[0]), health_of(line, both[1])


def said_of(old: Any, new: Any) -> tuple[str | None, str | None]:
    """Two values that differ as texts; of two lists of persons or things, only who or what differs, in short."""
    if not isinstance(old or new, list | tuple):
        return tuple(None if one is None else str(one) for one in (old, new))  # type: ignore[return-value]
    was, now = [list(one or ()) for one in (old, new)]
    lost = [_told(one, at, _same(one, at, now)) for at, one in enumerate(was)]
    come = [_told(one, at, _same(one, at, was), entered=True) for at, one in enumerate(now)]
    return "; ".join(filter(None, lost)) or None, "; ".join(filter(None, come)) or None


def _same(one: Any, at: int, others: Sequence[Any]) -> Any:
    """Whoever of `others` is `one`: by the number in the policy, else by name; a thing, by its place in the list."""
    if one in others or not isinstance(one, Mapping):
        return one if one in others else None
    if one.get("position") is not None:
        return next((other for other in others if other.get("position") == one["position"]), None)
    name = next((name for name in NAMES if one.get(name)), None)
    if name is not None:
        return next((other for other in others if other.get(name) == one[name]), None)
    return others[at] if at < len(others) else None


def _told(one: Any, at: int, other: Any, *, entered: bool = False) -> str:
    """One of a list with what differs from `other`, its other state; "" if nothing does.

    What only the former state has may follow from the file once more, and is no difference.
    """
    if one == other or not isinstance(one, Mapping):
        return "" if one == other else str(one)
    facts = {
        n: v for n, v in one.items() if n not in (*NAMES, "position") and not isinstance(v, list | tuple | Mapping)
    }
    name = next((str(one[n]) for n in NAMES if one.get(n)), str(one.get("position") or at + 1))
    if other is None:
        return f"{name} ({', '.join([str(v) for v in facts.values()][:FEW])})" if facts else name
    differ = [str(v) for n, v in facts.items() if (entered or n in other) and other.get(n) != v]
    return f"{name} ({', '.join(differ)})" if differ else ""
