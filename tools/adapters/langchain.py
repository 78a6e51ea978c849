"""LangChain: the same tools, as chat models bind them and as LangChain's own tool objects.

`as_function` is what our graphs bind; `as_langchain_tool` is for those who compose with
LangChain themselves. Both only translate: the gate decides and runs.
"""

from typing import Any

from langchain_core.tools import StructuredTool, ToolException

from core.context import Actor, Origin
from core.errors import AitError
from tools.gate import Call, Gate
from tools.provenance import stranger
from tools.tool import Tool


def as_function(tool: Tool) -> dict[str, Any]:
    """The tool as chat models take it; byte-stable, so that prompts can be cached."""
    examples = "".join(f"\n- {example}" for example in tool.examples)
    text = f"{tool.description}\n\nEjemplos:{examples}" if examples else tool.description
    parameters = {**tool.schema, "title": tool.title}  # what people call it, not the name of a class
    return {
        "type": "function",
        "function": {"name": tool.name, "description": text, "parameters": parameters},
    }


def as_langchain_tool(tool: Tool, gate: Gate, actor: Actor, origin: Origin) -> StructuredTool:
    """The tool as a LangChain object that acts for `actor`.

    Whoever holds the object lets a model call it: nothing vouches for what it asks.
    A refusal, also one that waits for a person, is told as a `ToolException`: LangChain
    gives its sentence to the model.
    """

    def run(**args: Any) -> Any:
        try:
            return gate.call(Call(tool.name, args, actor, origin, evidence=stranger("langchain"))).json
        except AitError as error:
            raise ToolException(error.told(actor.locale)) from error

    return StructuredTool(name=tool.name, description=tool.description, args_schema=tool.schema, func=run)
