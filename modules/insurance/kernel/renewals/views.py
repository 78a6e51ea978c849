"""What the renewal tools answer."""

from datetime import date
from typing import Annotated

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.renewals.pricing import Cause
from modules.insurance.kernel.states import LABELS
from modules.insurance.kernel.views import CustomerId, PolicyNumber, ReceiptRow, day, listed
from modules.insurance.kernel.wording import POLICIES, RECEIPTS
from tools import Slot
from tools.results import Finding, Result

RunNumber = Annotated[str, Slot(ref="renewal_run")]


class RenewalPrice(Result):
    """What one policy will cost in its next annuity, and why."""

    policy: PolicyNumber
    customer: CustomerId
    customer_name: str
    line: str
    renews_on: date
    before: Money
    after: Money
    change: Money
    causes: tuple[Cause, ...]
    rules_hit: tuple[str, ...]
    notice_until: date  # the insurer's last day to announce a change (LCS art. 22.3)
    late_notice: bool
    findings: tuple[Finding, ...] = ()

    def told(self, locale: Locale) -> str:
        """Old and new price, the causes, what a late notice means, and what the line minds."""
        text = N_("La póliza {policy} de {customer} se renueva el {on}: {before} → {after} al año.")
        parts = [translate(
            text, locale, policy=self.policy, customer=self.customer_name, on=day(self.renews_on),
            before=format_money(self.before, locale), after=format_money(self.after, locale),
        )]  # fmt: skip
        if self.causes:
            said = "; ".join(cause.told(locale) for cause in self.causes)
            parts.append(translate(N_("Por qué cambia: {causes}."), locale, causes=said))
        if self.rules_hit:
            text = N_("La aseguradora puede querer revisarla (normas {rules}).")
            parts.append(translate(text, locale, rules=", ".join(self.rules_hit)))
        if self.late_notice:
            text = N_("El plazo para comunicar el cambio acabó el {until} (LCS art. 22.3): el cliente puede mantener "
                      "las condiciones o irse.")  # fmt: skip
            parts.append(translate(text, locale, until=day(self.notice_until)))
        parts += [finding.text for finding in self.findings]
        return " ".join(parts)


class RenewedPolicy(Result):
    """A policy whose next annuity has begun, with its receipts."""

    policy: PolicyNumber
    customer_name: str
    effective_on: date
    expires_on: date
    before: Money
    after: Money
    receipts: tuple[ReceiptRow, ...]

    def told(self, locale: Locale) -> str:
        """The new annuity and its price."""
        text = N_("Póliza {policy} de {customer} renovada del {begins} al {ends}: {before} → {after}, en {receipts}.")
        return translate(
            text, locale, policy=self.policy, customer=self.customer_name, begins=day(self.effective_on),
            ends=day(self.expires_on), before=format_money(self.before, locale), after=format_money(self.after, locale),
            receipts=RECEIPTS.said(len(self.receipts), locale),
        )  # fmt: skip


class ItemRow(Result):
    """One policy of a run."""

    policy: PolicyNumber
    customer_name: str
    expires_on: date
    state: str
    before: Money
    after: Money
    causes: tuple[Cause, ...]
    rules_hit: tuple[str, ...]
    problem: str

    def told(self, locale: Locale) -> str:
        """Its price, or what is wrong with it."""
        if self.problem:
            return f"{self.policy} ({self.customer_name}): {self.problem}"
        before, after = format_money(self.before, locale), format_money(self.after, locale)
        return f"{self.policy} ({self.customer_name}): {before} → {after}."


class RunView(Result):
    """A run: how far it has come, what it changes in sum, and the policies whose price rises most."""

    run: RunNumber
    state: str
    from_on: date
    to_on: date
    line: str | None
    priced: int
    renewed: int
    failed: int
    stale: int
    before: Money
    after: Money
    items: tuple[ItemRow, ...]

    def told(self, locale: Locale) -> str:
        """State, counts and sums; then the first few policies."""
        text = N_(
            "Tanda {run} ({state}), vencimientos del {begins} al {ends}: {policies} con precio, {renewed} renovadas, "
            "{failed} sin precio, {stale} cambiadas después. {before} → {after}."
        )
        head = translate(
            text, locale, run=self.run, state=translate(LABELS[self.state], locale), begins=day(self.from_on),
            ends=day(self.to_on), policies=POLICIES.said(self.priced, locale), renewed=self.renewed,
            failed=self.failed, stale=self.stale, before=format_money(self.before, locale),
            after=format_money(self.after, locale),
        )  # fmt: skip
        rows = [item.told(locale) for item in self.items]
        return f"{head} {listed(rows, len(rows), locale)}" if rows else head
