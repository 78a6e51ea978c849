"""What a careful colleague notices in a customer's policies; pure, without commissions.

Advice may not depend on what the house earns (RDL 3/2020 art. 172.3): nothing here or in
a line's review reads a commission, and a test permutes the rates to prove it.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from core.dates import add_months
from core.i18n import N_, Locale
from modules.insurance.kernel.findings import Findings, Severity
from modules.insurance.kernel.records import Claim, Policy
from modules.insurance.kernel.states import ClaimState, PolicyState
from modules.insurance.kernel.views import day
from modules.insurance.kernel.wording import CLAIMS, POLICIES
from tools.results import Finding

HORIZON: Final = 3  # months before the expiry: the campaign begins at 90 days
RECENT: Final = timedelta(days=3 * 365)
MANY_CLAIMS: Final = 3
HIGH_LOSS_RATIO: Final = Decimal("0.70")
SETTLED: Final = frozenset((ClaimState.PAID, ClaimState.REJECTED, ClaimState.CLOSED))


def review_book(
    policies: Sequence[Policy], claims: Sequence[Claim], locale: Locale, today: date
) -> tuple[Finding, ...]:
    """Claims history, suspended policies and renewals near a deadline of one customer."""
    findings = Findings(locale)
    live = [policy for policy in policies if policy.state == PolicyState.IN_FORCE]
    if not policies:
        findings.add("note", N_("No tiene ninguna póliza con la correduría."), "kernel.policy")
    elif live:
        since = min(policy.started_on for policy in policies)
        premium = findings.money(sum((policy.total_premium for policy in live), Decimal(0)))
        text = N_("Cliente desde {since}, con {policies} en vigor y {premium} de prima anual.")
        count = POLICIES.said(len(live), locale)
        findings.add("support", text, "kernel.policy", since=since.year, policies=count, premium=premium)
    suspensions(findings, policies)
    history(findings, live, claims, today)
    for policy in live:
        renewal(findings, policy, today)
    return tuple(findings.found)


def suspensions(findings: Findings, policies: Sequence[Policy]) -> None:
    """Policies whose cover does not answer, or that ended."""
    for policy in policies:
        if policy.state == PolicyState.SUSPENDED:
            text = N_("La póliza {policy} ({line}) está suspendida por impago: no cubre siniestros hasta 24 horas "
                      "después del pago.")  # fmt: skip
            findings.add("warn", text, "LCS art. 15", policy=policy.policy_number, line=policy.line)
    ended = [policy for policy in policies if policy.state in (PolicyState.CANCELLED, PolicyState.LAPSED)]
    if ended:
        text = N_("Pólizas anuladas: {count}.")
        findings.add("note", text, "kernel.policy", count=len(ended))


def history(findings: Findings, live: Sequence[Policy], claims: Sequence[Claim], today: date) -> None:
    """How often and how dearly the customer had claims in the last three years."""
    recent = [claim for claim in claims if today - claim.occurred_on <= RECENT]
    if not recent:
        if live:
            findings.add("support", N_("Sin siniestros en los últimos tres años."), "kernel.claim")
        return
    cost = sum((claim.paid_amount + claim.reserve for claim in recent), Decimal(0))
    yearly = sum((policy.net_premium for policy in live), Decimal(0))
    severity: Severity = "note"
    if len(recent) >= MANY_CLAIMS or (yearly and cost > yearly * HIGH_LOSS_RATIO * 3):
        severity = "warn"
    text = N_("Ha tenido {claims} en tres años, por {cost} entre pagos y reservas.")
    count = CLAIMS.said(len(recent), findings.locale)
    findings.add(severity, text, "kernel.claim", claims=count, cost=findings.money(cost))
    for claim in recent:
        if claim.state not in SETTLED:
            text = N_("El siniestro {claim} ({cause}) sigue abierto.")
            findings.add("note", text, claim.claim_number, claim=claim.claim_number, cause=claim.cause)
        if claim.complaint:
            text = N_("El siniestro {claim} tiene una reclamación.")
            findings.add("warn", text, claim.claim_number, claim=claim.claim_number)


def renewal(findings: Findings, policy: Policy, today: date) -> None:
    """The deadlines of the renewal, when they are near (LCS art. 22)."""
    if not today <= policy.expires_on <= add_months(today, HORIZON):
        return
    insurer, client = add_months(policy.expires_on, -2), add_months(policy.expires_on, -1)
    values = {"policy": policy.policy_number, "expires": day(policy.expires_on), "until": day(client)}
    if today > client:
        text = N_("La póliza {policy} vence el {expires}; el plazo del cliente para oponerse acabó el {until}.")
        findings.add("warn", text, "LCS art. 22.2", **values)
    elif today > insurer:
        text = N_("La póliza {policy} vence el {expires}: la compañía ya no puede cambiar el precio y el cliente puede "
                  "oponerse hasta el {until}.")  # fmt: skip
        findings.add("note", text, "LCS art. 22.2", **values)
    else:
        text = N_("La póliza {policy} vence el {expires}; la compañía puede cambiar el precio hasta el {insurer}.")
        findings.add("note", text, "LCS art. 22.3", insurer=day(insurer), **values)
