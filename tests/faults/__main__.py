"""`python -m tests.faults --kills 2000 --seed 1`: kill processes, and print what was found as JSON."""

import argparse
import json
import subprocess
import sys
from typing import Any

from tests.faults.harness import zygote


def main() -> int:
    """Run; 1 if anything was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=120.0, help="stop after so long, with fewer kills")
    parser.add_argument("--only", help="one scenario")
    parser.add_argument("--crashes", type=int, default=3, help="how often PostgreSQL itself is killed under load")
    wanted = parser.parse_args()

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with zygote(wanted.seed) as made:
        found = made.run(wanted.kills, only=wanted.only, seconds=60 * wanted.minutes, report=report).as_json()
    found["postmaster"] = [crash(wanted.seed + n) for n in range(wanted.crashes)]
    print(json.dumps(found, ensure_ascii=False, indent=2, default=str))
    return 1 if found["violations"] or any(c["violations"] for c in found["postmaster"]) else 0


def crash(seed: int) -> dict[str, Any]:
    """One crash of PostgreSQL, in an interpreter of its own."""
    command = [sys.executable, "-m", "tests.faults.postmaster", str(seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    ended: dict[str, Any] = json.loads(done.stdout or '{"violations": ["it failed: see above"]}')
    return ended


if __name__ == "__main__":
    sys.exit(main())
