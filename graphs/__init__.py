"""How a turn flows: LangGraph state machines, kept on PostgreSQL, told as frames.

Only this package knows LangGraph. `graphs.turns.Turns` is what servers, commands and evals
use; everything else here serves it.
"""

import os

# Read by langgraph when it is first imported: unknown types in a checkpoint are refused, not revived.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
