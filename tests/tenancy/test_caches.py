"""What is kept in memory between requests: found in the source, none of it may hold one tenant's data for another.

A cached function may depend on nothing but plain values: no session, actor, context or house
among its arguments, none used inside. A dictionary that a module keeps must have a tenant's
or a record's uuid in its key.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from core.settings import HOUSE

DECLARED = {Path("modules/insurance/kernel/lines.py")}  # code announces itself there at import: no tenant's data
FOLDERS = ("core", "engines", "tools", "knowledge", "modules", "agents", "graphs", "server")
CACHES = {"cache", "lru_cache"}
DOORS = {
    "Session", "TenantSession", "Context", "Actor", "Installation", "Database", "House", "Gate", "People",
    "Knowledge", "Storage", "AuditLog", "Vault", "Visitor", "Request", "Engine", "Connection",
}  # fmt: skip
READS = {"session", "transaction", "exec", "execute", "ctx", "actor", "installation", "tenant_id"}
CONTAINERS = {"dict", "defaultdict", "OrderedDict", "list", "set", "WeakValueDictionary", "LRUCache", "TTLCache"}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((HOUSE / folder).rglob("*.py")):
            yield path.relative_to(HOUSE), ast.parse(path.read_text(encoding="utf-8"))


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def words(node: ast.AST) -> set[str]:
    """All names in it, those in quoted annotations too."""
    found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    found |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    quoted = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return found | {word for text in quoted if text.isidentifier() for word in [text]}


def faults_of(path: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if CACHES & {name_of(d) for d in node.decorator_list}:
            given = {w for a in (*node.args.args, *node.args.kwonlyargs) if a.annotation for w in words(a.annotation)}
            used = {w for statement in node.body for w in words(statement)}
            if bad := (given & DOORS) | (used & READS) | ({"self"} & {a.arg for a in node.args.args}):
                yield f"{path}:{node.lineno} {node.name} is cached and depends on {', '.join(sorted(bad))}"
    for statement in tree.body if path not in DECLARED else ():
        if isinstance(statement, ast.AnnAssign | ast.Assign) and statement.value is not None:
            yield from kept(path, statement)


def kept(path: Path, statement: ast.AnnAssign | ast.Assign) -> Iterator[str]:
    """A module's container that is empty when it is made is there to be filled."""
    value = statement.value
    empty = isinstance(value, ast.Dict | ast.List | ast.Set) and not (
        value.keys if isinstance(value, ast.Dict) else value.elts
    )
    if not empty and not (isinstance(value, ast.Call) and name_of(value) in CONTAINERS and not value.args):
        return
    annotation = statement.annotation if isinstance(statement, ast.AnnAssign) else None
    key = (
        annotation.slice.elts[0]
        if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple)
        else None
    )
    if key is None or "UUID" not in words(key):
        yield f"{path}:{statement.lineno} keeps values by a key without a tenant"


def test_no_cache_depends_on_a_tenant_and_no_module_keeps_what_has_no_tenant_in_its_key() -> None:
    assert not [fault for path, tree in sources() for fault in faults_of(path, tree)]


def test_the_rule_finds_what_it_is_for() -> None:
    bad = """
@lru_cache(maxsize=9)
def names(actor: Actor): ...
@cache
def rates():
    return ctx.session.exec(1)
class A:
    @cache
    def one(self): ...
_seen: dict[str, int] = {}
_kept = defaultdict()
_fine: dict[tuple[UUID, str], int] = {}
@cache
def fine(path: Path) -> str: return path.read_text()
"""
    assert len(list(faults_of(Path("x.py"), ast.parse(bad)))) == 5
