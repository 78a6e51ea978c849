"""Taking over what policies insure (*traspaso de riesgos*): risk and details of policies that are there already."""

from typing import Annotated, Any

from pydantic import Field, ValidationError

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.imports import MOST, Tally, by_ref, known, once
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.rows import ImportRow, Key
from modules.insurance.kernel.terms import add_term, entered, latest_term
from modules.insurance.kernel.views import ImportReport
from tools import Risk, tool
from tools.gate.problems import problem_of


class RiskImport(ImportRow):
    """What one policy insures: the inputs of the tariff, and what else the policy names; as in the line's request."""

    policy_id: Key
    risk: dict[str, Any]
    details: dict[str, Any] = Field(default_factory=dict)


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Importar riesgos de pólizas"),
    examples=("Importa los riesgos de las pólizas", "Import the risks of the policies"),
)
def import_risks(ctx: Context, rows: Annotated[list[RiskImport], Field(max_length=MOST)]) -> ImportReport:
    """Take over what policies insure; a second import of the same rows changes nothing.

    Each becomes the policy's first term, or a new one from today if it differs from the latest.
    """
    once(rows, lambda row: row.policy_id, "policy_id")
    policies, tally = by_ref(ctx, Policy, (row.policy_id for row in rows)), Tally()
    for at, row in enumerate(rows, 1):
        _take_over(ctx, known(policies, row.policy_id, "policy_id", at), row, at, tally)
    ctx.emit("risks.imported", None, created=tally.created, updated=tally.updated)
    return tally.report()


def _take_over(ctx: Context, policy: Policy, row: RiskImport, at: int, tally: Tally) -> None:
    """Enter the risk of one policy."""
    line = line_of(policy.line)
    try:
        risk = line.risk.model_validate(row.risk).model_dump(mode="json", exclude_none=True)
        details = line.details.model_validate(row.details).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        problem = problem_of(error)
        text = N_("Fila {row}, póliza {policy}: revise el campo «{field}».")
        raise BadArguments(text, field=str(problem.detail.get("field")), row=at, policy=row.policy_id) from error
    last = latest_term(ctx, policy.id)
    begins = policy.effective_on if last is None else max(ctx.today, policy.effective_on)
    risk = entered(ctx, line, policy, risk, begins)
    if last is not None and last.risk == risk and last.details == details:
        tally.unchanged += 1
        return
    add_term(ctx, line, policy, "takeover", begins, risk=risk, details=details, rating=None, tariff_version="")
    policy.product = risk["product"]
    policy.object_ref = line.object_ref(risk, details) or policy.object_ref
    ctx.session.add(policy)
    if last is None:
        tally.created += 1
    else:
        tally.updated += 1
