"""Numbers that people read (*numeración*): «Q-2026-000123», from one counter a tenant, series and year.

A policy and its receipts take their numbers from the quote they were issued from, so that
what an approver saw in the preview is what is written, however many were issued meanwhile.
"""

from sqlalchemy import text
from sqlmodel import select

from core.context import Context
from modules.insurance.kernel.records import Counter


def next_number(ctx: Context, series: str) -> str:
    """The next number of `series` this year; a refused call gives its number back."""
    year = ctx.today.year
    # The first row of a year has nothing to lock, so the lock is on the name.
    name = f"counter:{ctx.actor.tenant_id}:{series}:{year}"
    ctx.session.connection().execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    found = select(Counter).where(Counter.series == series, Counter.year == year)
    counter = ctx.session.exec(found).first() or Counter(series=series, year=year)
    counter.last += 1
    ctx.session.add(counter)
    return f"{series}-{year}-{counter.last:06d}"


def policy_number(quote_number: str) -> str:
    """The number of the policy issued from a quote: `Q-2026-000123` → `P-2026-000123`."""
    return f"P{quote_number.removeprefix('Q')}"


def receipt_number(policy_number: str, instalment: int) -> str:
    """The number of one receipt of the first annuity: `P-2026-000123-01`."""
    return f"{policy_number}-{instalment:02d}"
