"""Every tool of the catalogue, asked by one brokerage with what it could know of the other: not a byte comes back.

Arguments are built from each tool's own schema and from the other's real ids, NIFs, names and
numbers; first its owner asks, so that we know which of them would have told something.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from core.errors import AitError
from engines import operations
from tests.tenancy.twins import Brokerage, Twins, name_of, superuser, tenant_tables
from tools import Risk, Tool
from tools.adapters.rest import _local, example_of

TRIES = 8
GENERAL = ("id_number", "number", "plate", "first_name", "last_name", "email", "customer", "policy", "id")
WRITTEN_BY_ASKING = {"soriano_platform", "soriano_audit"}


def choices(name: str, part: dict[str, Any], known: dict[str, list[str]]) -> list[Any]:
    """Values of the other's that this argument could take."""
    if "anyOf" in part:
        return [value for option in part["anyOf"] for value in choices(name, option, known)]
    if part.get("type") == "array":
        return [[value] for value in choices(name.removesuffix("s"), part.get("items", {}), known)]
    if part.get("type") != "string" or "enum" in part or part.get("format") in ("date", "date-time"):
        return []
    stem = name.removesuffix("_id").removesuffix("_number")
    keys = [key for key in known if key == name or stem in key.split("_") or key in name]
    found = [value for key in (*keys, *GENERAL) for value in known.get(key, [])]
    return list(dict.fromkeys(found))


def schema_of(tool: Tool) -> str:
    """The schema of the tool's line of business, where it has one."""
    return f"soriano_insurance_{tool.module.removeprefix('seguros-').replace('-', '_')}"


def questions(tool: Tool, known: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    """Arguments that name records of the other, at most `TRIES` times."""
    schema = _local(tool.schema)
    base, properties = example_of(tool.schema), schema.get("properties", {})
    pools = {name: choices(name, part, known) for name, part in properties.items()}
    for name, pool in pools.items():  # what stands in the tables of the tool's own line comes first
        near = [value for key, values in known.items() if key == f"{schema_of(tool)}:{name}" for value in values]
        near += [value for value in known.get(f"{schema_of(tool)}:{name}_id", []) if value not in near]
        pools[name] = list(dict.fromkeys([*near, *near, *pool[: len(near) or None]])) if near else pool
    pools = {name: pool for name, pool in pools.items() if pool}
    chance = random.Random(tool.name)  # the same questions every time
    if not pools:
        yield base
        return
    for turn in range(TRIES):
        args = dict(base)
        for name, pool in pools.items():
            if name in base or chance.random() < 0.4 or len(pools) == 1:
                args[name] = pool[turn] if turn < len(pool) and len(pools) == 1 else chance.choice(pool)
        yield args


def may_name(tool: Tool) -> bool:
    """Whether some argument of the tool is a reference to a record."""
    return bool(tool.guards)


def ask(who: Brokerage, tool: Tool, args: dict[str, Any]) -> tuple[str, bool]:
    """All that comes back, as text, and whether it was an answer; a write is only previewed."""
    try:
        outcome = who.call(tool.name, args, dry_run=tool.risk is not Risk.READ)
    except AitError as error:
        return error.told("es") + json.dumps(error.detail, ensure_ascii=False, default=str), False
    shown = outcome.preview.model_dump_json() if outcome.preview else ""
    return json.dumps(outcome.json, ensure_ascii=False, default=str) + shown, True


def said_in(value: Any) -> Iterator[str]:
    """All texts of the arguments, the longest first."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        yield from sorted((word for item in value for word in said_in(item)), key=len, reverse=True)
    elif isinstance(value, str) and value:
        yield value


def all_ids(twins: Twins) -> set[str]:
    """Every uuid of mine's rows."""
    found: set[str] = set()
    with superuser(twins.house) as connection:
        for place in tenant_tables(connection):
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'id'",
                    (name_of(place).as_string(connection),),
                )
            ]
            if names:
                query = f"SELECT id::text FROM {name_of(place).as_string(connection)} WHERE tenant_id = %s"
                found |= {id for (id,) in connection.execute(query, (twins.mine.owner.tenant_id,))}
    return found


def state_of(twins: Twins) -> dict[tuple[str, str], str]:
    """A digest of each of mine's tables."""
    with superuser(twins.house) as connection:
        return {
            place: connection.execute(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name_of(place).as_string(connection)} t"
                " WHERE tenant_id = %s",
                (twins.mine.owner.tenant_id,),
            ).fetchone()[0]
            for place in tenant_tables(connection)
            if place[0] not in WRITTEN_BY_ASKING
        }


def test_no_tool_tells_or_touches_anything_of_another_tenant(twins: Twins, references: dict[str, list[str]]) -> None:
    tools = list(twins.house.catalogue.tools.values())
    ids, before = all_ids(twins), state_of(twins)
    answered_me, leaks = set(), []
    for tool in tools:
        for args in questions(tool, references):
            _, answered = ask(twins.mine, tool, args)
            if answered:
                answered_me.add(tool.name)
            theirs, _ = ask(twins.theirs, tool, args)
            for word in (w for w in said_in(args) if w in ids or twins.mine.marker in w):
                theirs = theirs.replace(word, "")  # a refusal names what was asked for
                if tool.name in operations():  # a computation knows nothing but its arguments, and may take them apart
                    theirs = theirs.replace(twins.mine.marker, "")
            if twins.mine.marker in theirs or any(id in theirs for id in ids):
                leaks.append((tool.name, args, theirs[:500]))
    assert not leaks
    assert state_of(twins) == before
    # A price, a guide or an arithmetic tells nobody's data: only reads that could name a record count.
    reads = {t.name for t in tools if t.risk is Risk.READ and may_name(t)}
    assert len(answered_me & reads) >= 0.5 * len(reads), sorted(reads - answered_me)  # the questions were good ones


@pytest.mark.parametrize("what", ["uuid", "name", "nif"])
def test_what_only_i_hold_is_not_found_by_them(twins: Twins, what: str) -> None:
    ref = {"name": "Aldonza Secretísima Únicamarca", "nif": "23000000T"}.get(what, "")
    if what == "uuid":
        found = twins.mine.call("crm_search_customers", {"query": "23000000T"}).json
        ref = TypeAdapter(dict[str, Any]).validate_python(found)["customers"][0]["customer"]
    assert ask(twins.mine, twins.house.catalogue.get("crm_show_customer"), {"customer": ref})[1]
    told, answered = ask(twins.theirs, twins.house.catalogue.get("crm_show_customer"), {"customer": ref})
    assert not answered
    assert told.startswith("No e")
    nobody, _ = ask(
        twins.theirs,
        twins.house.catalogue.get("crm_show_customer"),
        {"customer": "00000000-0000-7000-8000-000000000000"},
    )
    assert told.partition("«")[0] == nobody.partition("«")[0]
