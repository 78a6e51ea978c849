"""A record's past, read back from the log: every version that there really was, and no other."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hail_notices import HailNotice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from core.context import Context, Origin
from core.errors import Ambiguous, BadArguments, NotFound
from core.history import (
    NoHistory,
    NoLonger,
    NotYet,
    UnknownTable,
    as_of,
    instant_of,
    record_types,
    table_named,
    versions,
)
from core.identifiers import new_id
from core.stamping import told_of
from tests.tenancy.twins import Brokerage, fill
from tools import Risk, tool
from tools.catalogue import Catalogue
from tools.gate import Call, Gate
from tools.tool import MARK, Tool

TABLE = "soriano_operations.hail_notice"


@tool(Risk.WRITE, permission="hail:write", examples=("Escribe un aviso",))
def write_notice(ctx: Context, notice: UUID, steps: list[dict[str, Any]]) -> str:
    """Do to one notice what the steps say, a flush after each."""
    record = ctx.session.get(HailNotice, (ctx.actor.tenant_id, notice))
    for step in steps:
        if step["do"] == "create" and record is None:
            record = HailNotice(id=notice, province="00", day=date(2026, 1, 1))
        if record is None:
            continue
        for name, value in step.get("set", {}).items():
            setattr(record, name, date.fromisoformat(value) if name == "day" else value)
        if step["do"] == "delete":
            record.deleted_at = ctx.now
        if step["do"] == "restore":
            record.deleted_at = None
        if step["do"] == "erase" and record in ctx.session and not ctx.session.new:
            ctx.session.delete(record)
            ctx.session.flush()
            return "erased"
        ctx.session.add(record)
        ctx.session.flush()
        if step["do"] == "fail":
            raise BadArguments(field="steps", problem="no")
    return "done"


@pytest.fixture(scope="module")
def gate(installation) -> Iterator[Gate]:
    """The house's own gate, with one tool more."""
    mark, modules = getattr(write_notice, MARK), installation.modules
    made = Tool("hail_write_notice", "hail-notices", mark.risk, mark.permission, mark.examples, "", write_notice)
    before = modules.catalogue()
    modules._catalogue = Catalogue.of([*before.tools.values(), made], before.panels)
    yield installation.gate
    modules._catalogue = before


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "province": st.sampled_from(["08", "25", "43"]),
        "day": st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat),
        "published": st.booleans(),
        "notes": st.sampled_from([None, "", "visto", "con eñe y «comillas»"]),
        "tags": st.lists(st.sampled_from(["a", "b"]), max_size=2),
        "compliance_flags": st.lists(st.sampled_from(["rgpd"]), max_size=1),
        "gdpr_consent": st.sampled_from([{}, {"marketing": True}, {"since": {"day": 1}}]),
    },
)
STEP = st.fixed_dictionaries(
    {
        "do": st.sampled_from(["create", "change", "change", "change", "delete", "restore", "erase", "fail"]),
        "set": FIELDS,
    }
)
CALLS = st.lists(st.lists(STEP, min_size=1, max_size=3), min_size=1, max_size=7)


@dataclass
class Reality:
    """What the row really said after each call that changed it."""

    seen: list[tuple[int, datetime | None, dict[str, Any] | None]] = field(default_factory=list)

    def look(self, installation, tenant, id: UUID) -> None:
        with installation.database.transaction(tenant.tenant_id) as session:
            row = session.get(HailNotice, (tenant.tenant_id, id))
            if row is None:
                now = (0, None, None)
            else:
                now = (row.version, row.updated_at, told_of(row) if row.deleted_at is None else None)
        if not self.seen or self.seen[-1] != now:
            self.seen.append(now)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS)
def test_every_version_there_was_is_told_exactly(installation, tenant, gate, calls) -> None:
    id, reality, erased = new_id(), Reality(), False
    for steps in calls:
        call = Call("hail_write_notice", {"notice": str(id), "steps": steps}, tenant, Origin("cli", new_id()))
        with suppress(BadArguments):
            erased = gate.call(call).value == "erased"
        reality.look(installation, tenant, id)
        if erased:
            break  # another row of that id would be another record
    lived = [seen for seen in reality.seen if seen[0] > 0]
    if not lived:
        try:
            made = versions(installation.audit, tenant, TABLE, id).versions
        except NoHistory:
            return
        assert [v.op for v in made] == ["delete"]  # made and unmade in one call
        return
    history = versions(installation.audit, tenant, TABLE, id)
    assert history.complete
    said = [(v.at, dict(v.values) if v.op != "delete" else None) for v in history.versions]
    said = [one for at, one in enumerate(said) if at == 0 or one[1] != said[at - 1][1]]  # notes "" became none
    differing = [seen for at, seen in enumerate(lived) if at == 0 or seen[2] != lived[at - 1][2]]
    if reality.seen[-1][0] == 0 and said[-1][1] is None and differing[-1][2] is not None:
        said.pop()  # the erasure, which left no row to look at
    assert said == [(at, values) for _, at, values in differing]
    for version, (_, at, values) in zip(history.versions, differing, strict=False):
        if values is not None:
            assert dict(history.as_of(at).values) == values
            assert history.as_of(at).entry_id == version.entry_id
    with pytest.raises(NotYet):
        history.as_of(history.versions[0].at - timedelta(microseconds=1))


def written(installation, tenant, gate, *calls) -> UUID:
    id = new_id()
    for steps in calls:
        gate.call(Call("hail_write_notice", {"notice": str(id), "steps": [steps]}, tenant, Origin("cli", new_id())))
    return id


def test_a_record_as_it_stood_and_who_made_it_so(installation, tenant, gate) -> None:
    id = written(
        installation, tenant, gate,
        {"do": "create", "set": {"province": "08"}}, {"do": "change", "set": {"province": "25"}}, {"do": "delete"},
    )  # fmt: skip
    first, second, third = versions(installation.audit, tenant, "hail_notice", id).versions
    assert [v.op for v in (first, second, third)] == ["insert", "update", "delete"]
    assert second.changed == ("province",)
    assert (second.operator, second.tool) == (tenant.user_id, "hail_write_notice")
    assert as_of(installation.audit, tenant, TABLE, id, first.at).values["province"] == "08"
    assert (
        as_of(installation.audit, tenant, TABLE, id, second.at + timedelta(microseconds=1)).values["province"] == "25"
    )
    with pytest.raises(NoLonger, match=str(third.at.year)):
        as_of(installation.audit, tenant, TABLE, id, datetime(2100, 1, 1, tzinfo=UTC))
    with pytest.raises(NotYet):
        as_of(installation.audit, tenant, TABLE, id, datetime(2000, 1, 1, tzinfo=UTC))


def test_a_change_behind_the_gates_back_is_no_version_and_is_told(installation, tenant, gate) -> None:
    id = written(installation, tenant, gate, {"do": "create", "set": {"province": "08"}})
    with psycopg.connect(installation.database.admin_url, autocommit=True) as admin:
        admin.execute(f"UPDATE {TABLE} SET province = '43' WHERE id = %s", (id,))
    history = versions(installation.audit, tenant, TABLE, id)
    assert not history.complete
    assert history.versions[-1].values["province"] == "08"


def test_another_tenant_has_no_such_history(installation, tenant, gate) -> None:
    id = written(installation, tenant, gate, {"do": "create"})
    other = installation.people.add_tenant(f"h{new_id().hex[-8:]}", "Otra")
    with pytest.raises(NoHistory):
        versions(installation.audit, other, TABLE, id)


def test_what_is_asked_wrongly_is_said_plainly(installation, tenant, gate) -> None:
    with pytest.raises(UnknownTable, match="soriano_crm.nothing"):
        versions(installation.audit, tenant, "soriano_crm.nothing", new_id())
    with pytest.raises(NoHistory):
        versions(installation.audit, tenant, TABLE, new_id())
    assert table_named("crm.customer") == table_named("customer") == "soriano_crm.customer"
    for text in ("mañana", "2026-13-01", "2026-02-30", "", "99999-01-01", "1"):
        with pytest.raises(BadArguments):
            instant_of(text, tenant)
    assert instant_of("2026-07-01", tenant) == datetime(2026, 7, 1, 21, 59, 59, 999999, tzinfo=UTC)
    assert instant_of("2026-07-01T10:00", tenant) == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    assert instant_of("2026-07-01T10:00:00Z", tenant) == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    twice = [name for name in {full.partition(".")[2] for full in record_types()} if
             sum(full.endswith(f".{name}") for full in record_types()) > 1]  # fmt: skip
    for name in twice:
        with pytest.raises(Ambiguous):
            table_named(name)


def test_a_version_of_every_kind_of_record_says_what_the_row_says(installation) -> None:
    """Decimals, dates, lists and JSON come back as the row holds them, for whatever modules there are."""
    tenant = installation.people.add_tenant(f"k{new_id().hex[-8:]}", "Otra")
    fill(Brokerage(tenant, "Ana", installation))
    checked: Counter[str] = Counter()
    for full, kind in record_types().items():
        with installation.database.transaction(tenant.tenant_id) as session:
            rows = session.exec(select(kind).limit(20)).all()
        for row in rows:
            try:
                history = versions(installation.audit, tenant, full, row.id)
            except NotFound:
                continue  # people's own accounts, approvals: not written by a tool
            assert history.complete, (full, row.id)
            checked[full] += 1
    assert len(checked) >= 8, checked
