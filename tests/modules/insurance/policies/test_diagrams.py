"""The pages of states are those of the table, and the command writes them."""

import re
from pathlib import Path

import pytest

from modules.insurance.kernel.diagrams import pages
from modules.insurance.kernel.states import MOVES, PolicyState
from server.cli import main

FOLDER = Path(__file__).parents[4] / "docs" / "states"


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_page_is_up_to_date(name):
    """Whoever changes a move runs `ait docs states`."""
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name]


def test_no_page_is_left_over():
    """Each kind of state has one page, and no other lies there."""
    assert {path.name for path in FOLDER.iterdir()} == set(pages())


def test_every_move_is_an_arrow():
    """No more and no less than the table."""
    arrows = set(re.findall(r"(\w+) --> (\w+)", pages()["policy.md"]))
    assert arrows == {(now, to.value) for now, targets in MOVES[PolicyState].items() for to in targets}


def test_the_command_writes_them(tmp_path, capsys):
    """`ait docs states`."""
    with pytest.raises(SystemExit) as ended:
        main(["docs", "states", "--folder", str(tmp_path)])
    assert ended.value.code in (0, None)
    assert {path.name for path in tmp_path.iterdir()} == set(pages())
    assert "policy.md" in capsys.readouterr().out
