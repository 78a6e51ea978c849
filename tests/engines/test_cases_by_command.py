"""Every reference case by the command line, as anybody would run them: `ait tools batch`."""

import json
import os
import subprocess
import sys
from pathlib import Path

from modules.installation import Installation
from tests.engines.cases import arguments, cases, check

AIT = (sys.executable, "-c", "from server.cli import main; main()")
REFERENCE = [case for case in cases() if case.id.partition("-")[2].startswith("p")]


def test_every_reference_case_comes_out_by_the_command_line(installation: Installation, tmp_path: Path) -> None:
    asked = tmp_path / "cases.jsonl"
    lines = (json.dumps({"tool": case.name, "args": arguments(case)}) for case in REFERENCE)
    asked.write_text("\n".join(lines), encoding="utf-8")
    house = {**os.environ, "AIT_DATA_DIR": str(installation.settings.data_dir), "AIT_MODEL": "offline"}
    done = subprocess.run((*AIT, "tools", "batch", str(asked)), env=house, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(REFERENCE), done.stderr
    wrong = []
    for case, answer in zip(REFERENCE, answers, strict=True):
        wrong += (
            [f"{case.id}: {said}" for said in check(case, answer["result"])]
            if answer["ok"]
            else [f"{case.id}: {answer['error']}"]
        )
    assert not wrong
    assert len(REFERENCE) == 141
