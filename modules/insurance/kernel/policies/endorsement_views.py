"""What endorsements answer: what changes, and what it costs, coverage by coverage."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money
from modules.insurance.kernel.amounts import Amounts
from modules.insurance.kernel.asking import label
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.policies.endorsing import KINDS
from modules.insurance.kernel.policies.proration import Annual, Period
from modules.insurance.kernel.records import Endorsement, Policy, Receipt
from modules.insurance.kernel.states import LABELS
from modules.insurance.kernel.views import PolicyNumber, ReceiptNumber, day, listed
from tools import Slot
from tools.marks import External
from tools.results import Result

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
    line: Line, policy: Policy, endorsement: Endorsement, was: tuple[Mapping[str, Any], Mapping[str, Any]],
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
    return EndorsementView(
        **row_fields(endorsement, policy), decision=endorsement.decision, rules_hit=tuple(endorsement.rules_hit),
        changes=tuple(changes_of(line, was, (endorsement.risk, endorsement.details))),
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
    line: Line, was: tuple[Mapping[str, Any], Mapping[str, Any]], now: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> Iterator[Changed]:  # fmt: skip
    """The fields of risk and details that differ."""
    for old, new in zip(was, now, strict=True):
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) != new.get(name):
                said = label(name, line.risk, line.details)
                yield Changed(field=name, label=said, old=shown(old.get(name)), new=shown(new.get(name)))


def shown(value: Any) -> str | None:
    """A value as a text."""
    return None if value is None else str(value)
