"""Formulas that people write (`b1*(1-exp(-b2*x))`): a small grammar, read without ever being executed as code.

Numbers, names, + - * / ** and exp, log, sqrt, sin, cos. Anything else is refused. Reading and
evaluating are apart, so that a formula is checked before the first number is touched.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

LONGEST: Final = 500
DEEPEST: Final = 40
MOST_NODES: Final = 200
FUNCTIONS: Final = frozenset({"exp", "log", "sqrt", "sin", "cos"})
OPERATORS: Final[Mapping[type[ast.operator], str]] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}
SHORTER: Final = N_("escriba una fórmula más corta")
GRAMMAR: Final = N_("solo admite números, nombres, + - * / ** y exp, log, sqrt, sin, cos")


@dataclass(frozen=True)
class Formula:
    """A formula that has been read; `names` are those it uses, in order of appearance."""

    tree: ast.expr
    names: tuple[str, ...]

    def __call__(self, values: Mapping[str, Any]) -> "Numbers":
        """The formula's value for each row, real or complex as the values are; overflow gives inf or NaN."""
        import numpy as np

        with np.errstate(all="ignore"):
            return np.asarray(_value(self.tree, values))


def read(text: str, argument: str) -> Formula:
    """Read `text` as a formula.

    Raises:
        InvalidInput: it holds anything but the grammar.
        LimitExceeded: more than 500 characters, 200 parts or 40 levels.
    """
    if len(text) > LONGEST:
        raise LimitExceeded(argument, LONGEST, len(text), SHORTER)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise InvalidInput(argument, GRAMMAR) from error
    nodes = sum(1 for _ in ast.walk(tree))
    if nodes > MOST_NODES * 3:  # each part is up to three nodes: itself, its operator, its context
        raise LimitExceeded(argument, MOST_NODES, nodes // 3, SHORTER)
    names: dict[str, None] = {}
    _check(tree, argument, names, 0)
    return Formula(tree, tuple(names))


def _check(node: ast.expr, argument: str, names: dict[str, None], depth: int) -> None:
    if depth > DEEPEST:
        raise LimitExceeded(argument, DEEPEST, depth, SHORTER)
    match node:
        case ast.Constant(value=bool()):
            raise InvalidInput(argument, GRAMMAR)
        case ast.Constant(value=int() | float() as number) if abs(number) <= 1e100:
            return
        case ast.Name(id=name):
            names[name] = None
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner):
            _check(inner, argument, names, depth + 1)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
            _check(left, argument, names, depth + 1)
            _check(right, argument, names, depth + 1)
        case ast.Call(func=ast.Name(id=function), args=[inner], keywords=[]) if function in FUNCTIONS:
            _check(inner, argument, names, depth + 1)
        case _:
            raise InvalidInput(argument, GRAMMAR)


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    import numpy as np

    match node:
        case ast.Constant(value=int() | float() as number):
            return np.float64(number)
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, values)
        case ast.UnaryOp(operand=inner):
            return _value(inner, values)
        case ast.BinOp(left=left, op=operator, right=right):
            return getattr(np, OPERATORS[type(operator)])(_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=function), args=[inner]):
            return getattr(np, function)(_value(inner, values))
    raise AssertionError(node)  # `_check` let nothing else through
