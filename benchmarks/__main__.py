"""`python -m benchmarks [NAME…] [--json]`: measure, and say whether the targets are kept."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from benchmarks import (
    audit_scale,
    audit_writers,
    chat,
    commands,
    engines,
    faults,
    gate,
    install,
    policy,
    portfolio,
    rating,
    renewals,
)
from benchmarks.measure import Finding

BENCHMARKS: dict[str, Callable[[], Finding]] = {
    "gate_write": gate.gate_write,
    "gate_read": gate.gate_read,
    "gate_tools": gate.gate_tools,
    "policy_decision": policy.policy_decision,
    "provenance": policy.provenance_check,
    "audit_prove": audit_scale.audit_prove,
    "audit_verify": audit_scale.audit_verify,
    "audit_bundle": audit_scale.audit_bundle,
    "audit_writers": audit_writers.audit_writers,
    "cli_help": commands.cli_help,
    "serve_ready": commands.serve_ready,
    "chat_read": chat.chat_read,
    "specialists": chat.specialists,
    "rating": rating.rating,
    "portfolio": portfolio.portfolio,
    "portfolio_import": portfolio.portfolio_import,
    "rating_gate": rating.rating_gate,
    "renewals": renewals.renewals,
    "engine_import": engines.engine_import,
    "engine_call": engines.engine_call,
    "engine_bootstrap": engines.engine_bootstrap,
    "engine_paths": engines.engine_paths,
    "engine_portfolio": engines.engine_portfolio,
    "engine_glm": engines.engine_glm,
    "install_minimal": install.install_minimal,
    "install_default": install.install_default,
    "faults": faults.faults,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named benchmarks, or all; 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON and nothing else")
    wanted = parser.parse_args(arguments)
    unknown = [name for name in wanted.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    findings = []
    for name in wanted.names or BENCHMARKS:
        print(f"{name}…", file=sys.stderr, flush=True)
        finding = BENCHMARKS[name]()
        findings.append(finding)
        if not wanted.as_json:
            print(line(finding), flush=True)
    if wanted.as_json:
        print(json.dumps([as_json(finding) for finding in findings], ensure_ascii=False, indent=2))
    return 0 if all(finding.met for finding in findings) else 1


def line(finding: Finding) -> str:
    """One finding as a line of the table."""
    sign = "≤" if finding.bound == "at most" else "≥"
    between = "" if finding.spread is None else f" [{_number(finding.spread[0])}–{_number(finding.spread[1])}]"
    shown = f"{_number(finding.value)} {finding.unit}{between}"
    target = f"{sign} {_number(finding.target)} {finding.unit}"
    against = f", against {finding.baseline}" if finding.baseline else ""
    return f"{'ok  ' if finding.met else 'MISS'} {finding.name:<12} {shown:<24} {target:<12} {finding.what}{against}"


def as_json(finding: Finding) -> dict[str, object]:
    """One finding as data."""
    return {
        "name": finding.name,
        "what": finding.what,
        "value": round(finding.value, 4),
        "unit": finding.unit,
        "target": finding.target,
        "bound": finding.bound,
        "met": finding.met,
        "spread": None if finding.spread is None else [round(s, 4) for s in finding.spread],
        "baseline": finding.baseline,
        "details": finding.details,
    }


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
