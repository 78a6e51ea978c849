"""Engines asked in plain words on the demonstration's book: the right tool, its figures in the answer, and a chart."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from core.settings import Settings
from graphs.figures import MARK
from graphs.turns import Turns
from modules.demo import load
from modules.installation import Installation
from tests.graphs.conftest import web

ASKED = {
    "¿Cuál es el IBNR de autos?": "reserving_estimate_ibnr",
    "What is the IBNR of motor?": "reserving_estimate_ibnr",
    "Bootstrap de la reserva de autos": "reserving_simulate_ibnr",
    "Segmenta la cartera y dime quién se va a ir": "unsupervised_segment_customers",
    "VaR al 99 % de la cartera de inversión": "risk_measure_investments",
    "¿Qué siniestralidad tiene hogar?": "loss_ratio_show_line",
    "Hazme el informe de calidad de los datos": "quality_report_database",
}


@pytest.fixture(scope="module")
def house() -> Iterator[Installation]:
    """The demonstration in an installation of its own."""
    with TemporaryDirectory(prefix="ait-demo-") as folder:
        opened = Installation.open(Settings(data_dir=Path(folder), model="offline", port=3994))
        load(opened)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


async def frames_of(house: Installation, text: str) -> tuple[Any, list[Any]]:
    """One turn of the finance director, and what it told its readers."""
    actor, turns = house.people.actor("cfo"), Turns(house)
    await turns.open()
    try:
        turn = await turns.start(actor, web(), text, None)
        result = await turns.wait(actor, turn)
        told = await turns.read(actor, turn)
    finally:
        await turns.close()
    return result, told


@pytest.mark.parametrize(("text", "tool"), ASKED.items(), ids=list(ASKED.values()))
def test_the_book_answers_with_sourced_figures_and_a_chart(
    text: str, tool: str, house: Installation, runner: asyncio.Runner
) -> None:
    result, told = runner.run(frames_of(house, text))
    assert [(row["name"], row["status"]) for row in result.tool_calls] == [(tool, "done")], result.answer
    assert MARK not in result.answer, result.answer
    assert result.citations
    assert any(frame.type == "block" and frame.payload["kind"] == "chart" for frame in told)


def test_a_question_of_another_kind_does_not_repeat_the_last_answer(
    house: Installation, runner: asyncio.Runner
) -> None:
    """A capital at the head of a sentence looks like a name, as in «¿y los de Luis?»."""

    async def conversation() -> list[list[str]]:
        actor, turns = house.people.actor("cfo"), Turns(house)
        await turns.open()
        try:
            turn = await turns.start(actor, web(), "VaR al 99 % de la cartera de inversión", None)
            first = await turns.wait(actor, turn)
            turn = await turns.start(actor, web(), "Margen de la campaña", first.thread_id)
            later = await turns.wait(actor, turn)
        finally:
            await turns.close()
        return [[row["name"] for row in result.tool_calls] for result in (first, later)]

    assert runner.run(conversation()) == [["risk_measure_investments"], []]
