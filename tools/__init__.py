"""How anything is done: tools, the catalogue of them, and the gate that alone runs them."""

from tools.marks import External, Guard, Needs
from tools.risk import Risk
from tools.slots import Slot
from tools.tool import Tool, tool

__all__ = ["External", "Guard", "Needs", "Risk", "Slot", "Tool", "tool"]
