"""Warming (*precalentar*): the libraries of an engine are imported before its first call."""

import ast
import importlib
import inspect
from collections.abc import Iterable

from engines.contract import Operation

OURS = "engines"


def libraries_of(engine: str, found: Iterable[Operation]) -> list[str]:
    """Import the libraries that the operations of `engine` name in their bodies; those that were there to import."""
    imported = []
    for name in sorted({name for op in found if op.engine == engine for name in named_in(op)}):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        imported.append(name)
    return imported


def named_in(operation: Operation) -> set[str]:
    """The libraries that the file of `operation` imports anywhere."""
    source = inspect.getsource(inspect.getmodule(operation.function) or operation.function)
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return {name for name in found if name.partition(".")[0] != OURS}
