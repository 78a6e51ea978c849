"""Structured answers of the offline model: advice, routes, and any other schema by slot filling."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage

from agents.language.advising import advise
from agents.language.dialogue import read, tags, text_of, untagged
from agents.language.reading import Scene
from agents.language.schemas import arguments_of
from agents.language.slots import fill
from agents.roster import ROSTER


def structured_answer(name: str, schema: Mapping[str, Any], messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """An answer for the schema called `name`; fields that the text does not give are left out."""
    dialogue = read(messages)
    asked = next((text_of(m) for m in reversed(messages) if isinstance(m, HumanMessage)), "")
    specialist = dialogue.agent.removeprefix("specialist/")
    if name == "Recommendation" and specialist in ROSTER.specialists:
        return advise(ROSTER.specialists[specialist].id, asked).model_dump(mode="json")
    said = tags(asked).get("peticion") or untagged(asked)
    scene = Scene(dialogue.today, dialogue.current.mentions)
    return fill(arguments_of(schema), [said], scene).args()
