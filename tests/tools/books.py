"""A filled brokerage to try every tool in, and trials of a call in it that leave nothing behind.

`Book` is filled once, through the tools. A `Trial` is one outer transaction that is rolled
back: the gate and the approvals run in it whole, on a clock that goes on from one of their
transactions to the next, so that what hangs on the moment differs between preview and run.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, DateTime, inspect, text
from sqlmodel import select

from core.clock import utc_now
from core.context import Actor, Origin, Outside
from core.errors import ApprovalRequired, BadArguments, Conflict, NotFound
from core.identifiers import new_id
from core.records import AUDIT_FIELDS, Record
from core.stamping import REMARKS, TenantSession, told_of, values_of
from evals.adversarial.house import working_day
from modules.core_business.crm.records import Customer
from modules.demo import ACCOUNTS, BROKERAGE, HOLDER, HOME, IMPORTS, read
from modules.infrastructure.notification_service.records import Message
from modules.installation import Installation
from modules.insurance.kernel.records import Receipt
from tests.modules.infrastructure.files import base64, mail
from tests.modules.insurance.portfolio.files import as_csv, row
from tests.tenancy.twins import fits
from tests.tools.ledgers import keep_ledgers
from tests.tools.offers import accepted
from tests.tools.persons import RISKS, insure
from tests.tools.sites import keep_sources
from tools.approvals import Approvals, ApprovalView
from tools.gate import Call, Gate, Outcome, Work
from tools.gate.rehearsal import Rehearsal, rehearse
from tools.gate.transact import GateSession, Transactions

Key = tuple[str, str]  # a table and the row's id, or what it says where it has none
ROLES: Final = ("executive", "executive_2", "cfo", "compliance", "operations", "admin")
MOST: Final = 10  # rows of a file
HELD_BACK: Final = 2  # of them that are not taken over, so that an import has something new
KEPT: Final = 40  # values of a pool
RUNS: Final = {  # pool → what a run of renewals in it has gone through
    "pricing_run": (), "planned_run": ("kernel_price_renewals",),
    "running_run": ("kernel_price_renewals", "kernel_start_renewals"),
}  # fmt: skip
TICK: Final = timedelta(seconds=3)
PLAIN: Final = "texto de prueba"
POOLS: Final = {"payment_order": "payment", "hail_notice": "notice"}  # table → what arguments call its records
BOOKKEEPING: Final = frozenset(  # decisions, limits, keys: the gate's own, and nobody's wish
    f"soriano_{name}"
    for name in ("platform.approval", "platform.deadline", "platform.idempotency", "platform.job", "platform.spent")
)
OUTBOX: Final = "soriano_platform.outbox"
STANDING: Final = "soriano_platform.standing"  # what the gate reads before it opens any record
MIRRORED: Final = frozenset({"soriano_platform.policy_version", "soriano_platform.switch"})  # what it repeats
TABLES: Final = text(
    "SELECT n.nspname || '.' || c.relname, bool_or(a.attname = 'id') FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped"
    " WHERE c.relkind IN ('r', 'p') AND n.nspname LIKE 'soriano\\_%' AND n.nspname <> 'soriano_audit'"
    " AND c.relname NOT IN ('search_phrase', 'policy_entry')"  # triggers keep them: they repeat policies and names
    " AND has_table_privilege(c.oid, 'SELECT') GROUP BY 1"
    " HAVING bool_or(a.attname IN ('tenant_id', 'scope')) ORDER BY 1"
)
SENT: Final = text("SELECT id, kind, type, key, payload FROM soriano_platform.outbox ORDER BY id")


def zone(policy: str, letter: str) -> dict[str, Any]:
    """An endorsement that lets a vehicle live elsewhere."""
    return {"policy": policy, "changes": {"zone": letter}}


def kinds() -> dict[str, type[Record]]:
    """All record classes by the full name of their table."""
    found: dict[str, type[Record]] = {}
    waiting = list(Record.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if hasattr(kind, "__table__"):
            found[str(inspect(kind).local_table.fullname)] = kind
    return found


OPENED: Final = (("kernel_open_claim", {"unchecked": True}),)
OFFERED: Final = (*OPENED, ("kernel_make_offer", {"amount": "300.00"}))
ACCEPTED: Final = (*OFFERED, ("kernel_accept_offer", {}))
PAID: Final = (*ACCEPTED, ("kernel_settle_claim", {}))
CLAIMED: Final[Mapping[str, tuple[tuple[str, dict[str, Any]], ...]]] = {  # pool → what is done with a new claim
    "notified_claim": (), "open_claim": OPENED, "offered_claim": OFFERED, "accepted_claim": ACCEPTED,
    "paid_claim": PAID, "closed_claim": (*PAID, ("kernel_close_claim", {})),
    "disputed_claim": (*OFFERED, ("kernel_dispute_claim", {})),
}  # fmt: skip


@dataclass
class Book:
    """The brokerage: its people, what it knows by kind, and the working day on which all happens."""

    house: Installation
    owner: Actor
    start: datetime
    people: dict[str, Actor] = field(default_factory=dict)
    pools: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def fill(cls, house: Installation, owner: Actor) -> "Book":
        """Fill the owner's tenant through the tools: the old business today, the new on the working day."""
        book = cls(house, owner, working_day(utc_now()))
        for name in ROLES:
            user = f"{name}.{owner.user.partition('@')[2]}"
            house.people.add_user(owner, user, name.title(), [name.partition("_")[0]])
            book.people[name] = house.people.actor(user)
        book._take_over()
        with book.opened() as desk:
            book._work(desk)
        with book.opened() as desk:
            book._change_policies(desk)
            book._renew(desk)
            book._claim(desk)
        with book.opened() as desk:
            book._look(desk)
        return book

    @contextmanager
    def opened(self) -> Iterator["Desk"]:
        """A desk whose acts stay."""
        yield Desk(self, Ticking(self.house.database, start=self.start))

    @contextmanager
    def trial(self) -> Iterator["Desk"]:
        """A desk whose acts are rolled back, its decisions too."""
        with rehearse(self.house.database) as rehearsal:
            yield Desk(self, Ticking(self.house.database, start=self.start, rehearsal=rehearsal))

    def _take_over(self) -> None:
        """A slice of the demonstration: rows whose references are all there."""
        for purpose, iban in ACCOUNTS:
            self._now("treasury_set_house_account", purpose=purpose, iban=iban, **HOLDER)
        kept: dict[str, set[str]] = {}
        for file, tool in IMPORTS:
            rows = [row for row in read(file) if fits(row, {name: kept[name] for name in kept if name in row})][:MOST]
            key = next(iter(rows[0]))
            old = rows[: len(rows) - HELD_BACK] if len(rows) > 2 * HELD_BACK else rows
            kept.setdefault(key, {row[key] for row in old})
            self.files[tool] = rows
            self._now(tool, rows=old)
        for path in sorted((HOME / "messages").glob("*.eml")):
            self._now("notification_service_receive_email", eml=base64(path.read_bytes()))
        for number, person in enumerate(self.files["crm_import_customers"][:3]):
            told = mail(f"Mensaje {number} de {person['first_name']}")
            told = told.replace(b"taller@example.com", (person["email"] or "otro@example.com").encode())
            self._now("notification_service_receive_email", eml=base64(told))

    def _now(self, tool: str, **args: Any) -> Any:
        return self.house.gate.call(Call(tool, args, self.owner, Origin("cli", new_id()))).json

    def _work(self, desk: "Desk") -> None:
        """What tools need to find: quotes, payments, documents, drafts, consents, drafts of rules, switches."""
        customers = [row["id_number"] for row in self.files["crm_import_customers"][: MOST - HELD_BACK]]
        for id_number in customers:
            said = {"purpose": "marketing", "granted": True, "channel": "phone", "evidence": PLAIN}
            desk.done("crm_record_consent", customer=id_number, **said)
            insurer = self.files["kernel_import_insurers"][0]["insurer_code"]
            offer = desk.tried("autos_quote_policy", customer=id_number, insurer=insurer)
            if offer:
                self.pools.setdefault("quoted", []).append(offer["quote_number"])
            quote = desk.tried("autos_quote_policy", customer=id_number)
            issued = quote and desk.tried("kernel_issue_policy", quote=quote["quote_number"])
            if issued:
                self.pools.setdefault("unsigned_policy", []).append(issued["policy"])
            desk.tried("notification_service_draft_message", recipient=id_number, text=PLAIN)
            life = desk.tried("vida_quote_policy", customer=id_number, insurer=insurer, **accepted("vida")[0])
            if life:
                self.pools.setdefault("life_quote", []).append(life["quote_number"])
        rows = self.files["kernel_import_policies"][: MOST - HELD_BACK]
        self.pools["life_policy"] = [row["policy_number"] for row in rows if row["line"] == "vida"]
        insure(self, desk)
        keep_ledgers(self, desk)
        keep_sources(self, desk)
        desk.done("kernel_set_brokerage", **BROKERAGE)
        for number in self.pools.get("quoted", ()):
            desk.done("kernel_create_document", kind="offer", quote=number)
        for number, id_number in enumerate(("10000001S", "10000002Q", "10000003V")):
            person = {"first_name": f"Nadie {number}", "last_name": "Sin Pólizas", "id_number": id_number}
            made = desk.done("crm_create_person", **person)
            self.pools.setdefault("free_customer", []).append(made["customer"])
        for number in range(3):
            desk.done("treasury_create_payment", payee="BE001", amount=f"{100 + number}.10", concept=PLAIN)
            attached = mail("Adjunto", factura_txt=f"Factura {number}".encode())
            kept = desk.done("document_service_upload_document", name=f"correo{number}.eml", content=base64(attached))
            self.pools.setdefault("mail", []).append(kept["document"])
            desk.done("document_service_upload_document", name=f"nota{number}.txt", content=base64(b"Una nota."))
            desk.done("compliance_draft_policy", summary=f"Borrador {number}")
            desk.done("hail_notices_record_notice", province=f"2{number}", day="2026-06-01")
            kept = desk.done("engines_keep_data_set", name=f"kept_{number}", table={"x": [1.5, 2.0, float(number)]})
            self.pools.setdefault("data_set", []).append(kept["name"])
            asked = {"operation": "descriptive_summarize", "arguments": {"x": [1.0, 2.0, float(number)]}}
            self.pools.setdefault("engine_run", []).append(desk.done("engines_start_run", **asked)["run"])
            desk.done("connector_allow_host", host=f"web{number}.aseguradora.example", purpose=PLAIN)
        learnt = {"x": [float(n % 30) for n in range(60)], "y": ["si" if n % 30 > 12 else "no" for n in range(60)]}
        self.pools["learning_set"] = [desk.done("engines_keep_data_set", name="to_learn", table=learnt)["name"]]
        for number in range(2):
            known = {"Tomador": self.files["crm_import_customers"][0]["customer_id"], "Compañía": insurer}
            book = as_csv([row(f"BK-{number}{at}", **known) for at in range(2)])
            desk.done("kernel_keep_portfolio_file", content=book, source=f"Programa {number}", target="policies")
        payee = {"name": "Talleres Nuevos Ficticia, S.L.", "id_number": "B27289883", "iban": "ES9121000418450200051332"}
        desk.done("treasury_register_payee", "executive", **payee, phone="+34600000199", phone_since="2020-01-01")
        for agent in ("executor/cmo", "executor/hr"):
            desk.done("compliance_stop", kind="agent", name=agent, reason=PLAIN)

    def _change_policies(self, desk: "Desk") -> None:
        """Endorsements in several states, a refund to be paid, a noted end, and a policy that replaces another."""
        running = [
            p for p in self._policies(desk, line="autos") if desk.tried("kernel_quote_endorsement", **zone(p, "D"))
        ]
        self.pools["running_policy"] = running
        self.pools["changed"] = []
        for policy in running:
            basic = {"policy": policy, "changes": {"product": "terceros_basico", "zone": "A"}}
            less = desk.done("kernel_quote_endorsement", **basic)["endorsement"]
            desk.done("kernel_issue_endorsement", endorsement=less, consent=PLAIN)
            self.pools["changed"].append(less)
            more = desk.done("kernel_quote_endorsement", **zone(policy, "D"))["endorsement"]
            self.pools.setdefault("priced", []).append(more)
        spared = {policy for pool in RISKS for policy in self.pools[pool]}
        for policy in self._policies(desk):
            noted = {"policy": policy, "reason": "non_renewal_policyholder"}
            if policy not in (*running, *spared) and desk.tried("kernel_cancel_policy", **noted):
                self.pools.setdefault("ending_policy", []).append(policy)
        new = self.pools["unsigned_policy"].pop(0)
        signed = {"policy": new, "signed_on": self.start.date().isoformat(), "evidence": PLAIN}
        desk.done("kernel_record_signature", **signed)
        desk.done("encashment_collect_receipt", receipt=f"{new}-01", medium="card")
        self.pools["new_policy"] = [new]
        found = desk.gate.call(desk.wish("kernel_show_policy", {"policy": new})).json
        same = {"customer": found["customer"], "line": found["line"]}
        held = desk.gate.call(desk.wish("kernel_search_policies", same)).json["policies"]
        self.pools["old_policy"] = [row["policy"] for row in held if row["policy"] in running]

    def _renew(self, desk: "Desk") -> None:
        """A run of renewals at each of its steps, and a tariff of an insurer's own."""
        row = self.files["kernel_import_insurers"][0]["insurer_code"]
        tariff = {"insurer_code": row, "line": "rc", "version": "T1", "starts_on": "2026-01-01", "scale": {}}
        desk.done("kernel_import_tariffs", rows=[tariff])
        begins = self.start.date()
        window = {"from_on": begins.isoformat(), "to_on": (begins + timedelta(days=80)).isoformat()}
        for pool, steps in RUNS.items():
            run = desk.done("kernel_plan_renewals", **window)["run"]
            for step in steps:
                desk.done(step, run=run)
            self.pools[pool] = [run]

    def _claim(self, desk: "Desk") -> None:
        """Claims of a broken windscreen in each state that a tool asks for."""
        told = {"description": "Se ha roto la luna del coche", "occurred_on": self.start.date().isoformat()}
        for policy in self._policies(desk, line="autos"):
            if desk.tried("kernel_notify_claim", policy=policy, **told) is None:
                continue
            self.pools.setdefault("claimable_policy", []).append(policy)
            for pool, acts in CLAIMED.items():
                claim = desk.done("kernel_notify_claim", policy=policy, **told)["claim"]
                for act, args in acts:
                    desk.done(act, claim=claim, **args)
                self.pools.setdefault(pool, []).append(claim)

    def _policies(self, desk: "Desk", **of: str) -> list[str]:
        """The numbers of the policies in force."""
        found = desk.gate.call(desk.wish("kernel_search_policies", {"status": "in_force", **of})).json
        return [row["policy"] for row in found["policies"]]

    def _look(self, desk: "Desk") -> None:
        """Take down what there is, by kind of record."""
        with desk.session() as session:
            for name, kind in kinds().items():
                if desk.has(name):
                    query = select(kind.id).where(kind.deleted_at == None).order_by(kind.id)  # noqa: E711 — SQL
                    ids = [str(id) for id in session.exec(query.limit(KEPT))]
                    table = name.partition(".")[2]
                    self.pools.setdefault(POOLS.get(table, table), ids)
            for state, pool in (("received", "message"), ("draft", "draft")):
                self.pools[pool] = [str(id) for id in session.exec(select(Message.id).where(Message.state == state))]
            refunds = select(Receipt.id).where(Receipt.kind == "refund", Receipt.state == "pending")
            self.pools["refund"] = [str(id) for id in session.exec(refunds)]
            self.pools["town"] = sorted({town for town in session.exec(select(Customer.city)) if town})


@dataclass(frozen=True)
class Ticking(Transactions):
    """Transactions that begin one tick after another from `start`, in the outer one of a trial if there is one."""

    start: datetime = datetime.max
    rehearsal: Rehearsal | None = None
    opened: list[None] = field(default_factory=list)

    @contextmanager
    def open(
        self, actor: Actor, origin: Origin, rehearsal: Rehearsal | None = None, *, to_read: bool = False
    ) -> Iterator[GateSession]:
        """As the gate's own, at the trial's next instant."""
        self.opened.append(None)
        at = replace(self, clock=lambda _: self.start + TICK * len(self.opened))
        with Transactions.open(at, actor, origin, rehearsal or self.rehearsal, to_read=to_read) as session:
            yield session


@dataclass(frozen=True)
class Seen:
    """One row as its fields are: those that a preview would tell of it, and those of a new one."""

    fields: Mapping[str, Any]
    told: Mapping[str, Any]
    deleted: bool


@dataclass(frozen=True)
class State:
    """A digest of every row of the tenant, and what waits to go out."""

    rows: Mapping[Key, str]
    sent: Mapping[UUID, tuple[str, str, UUID | None, Mapping[str, Any]]]

    def changed(self, then: "State") -> set[Key]:
        """Rows that are there in one of both only, or are different."""
        return {key for key, _ in self.rows.items() ^ then.rows.items()}


@dataclass(frozen=True)
class Desk:
    """The gate and the approvals on the book's clock, and eyes for the tenant's whole database."""

    book: Book
    transactions: Ticking
    outside: Outside | None = None  # another world than the house's own

    @cached_property
    def gate(self) -> Gate:
        """The house's gate, whole, on these transactions."""
        own = self.book.house.gate
        return Gate.build(self.transactions, own.recorder, own.catalogue, own.policies, self.outside or own.outside)

    @cached_property
    def approvals(self) -> Approvals:
        """The service of decisions on the same."""
        return replace(self.book.house.approvals, gate=self.gate, transactions=self.transactions)

    # --- Acting ---------------------------------------------------------------------------

    def wish(self, tool: str, args: Mapping[str, Any], who: str = "owner", **more: Any) -> Call:
        """A call of one of the people."""
        actor = self.book.owner if who == "owner" else self.book.people[who]
        return Call(tool, args, actor, Origin("web", new_id()), **more)

    def preview(self, call: Call) -> Work:
        """The dry run of `call`, with all that the gate found out."""
        work = self.gate.work(replace(call, dry_run=True))
        self.gate.chain(work)
        return work

    def asked(self, call: Call) -> UUID:
        """Ask for it although the policy may allow it; the approval that it waits for."""
        try:
            self.gate.call(replace(call, must_ask=call.must_ask or PLAIN))
        except ApprovalRequired as held:
            return UUID(str(held.detail["approval_id"]))
        raise AssertionError(f"{call.tool} did not wait")

    def show(self, id: UUID) -> ApprovalView:
        """The approval as it stands."""
        return self.approvals.show(self.book.owner, id)

    def decider(self, id: UUID) -> Actor:
        """Somebody who may decide it."""
        return next(person for person in self.deciders() if self._may(person, id))

    def deciders(self) -> Iterator[Actor]:
        """The people, who have just shown who they are."""
        now = self.transactions.start + TICK * len(self.transactions.opened)
        return (replace(person, factor_at=now) for person in (*self.book.people.values(), self.book.owner))

    def _may(self, person: Actor, id: UUID) -> bool:
        try:
            return self.approvals.show(person, id).may_decide
        except NotFound:  # it is not for this person's eyes
            return False

    def granted(self, id: UUID) -> ApprovalView:
        """Have as many distinct persons as it needs, who have just shown who they are, grant it."""
        for person in self.deciders():
            if (view := self.show(id)).state != "pending":
                return view
            if self._may(person, id):
                self.approvals.approve(person, id, view.preview_hash)
        return self.show(id)

    def execute(self, id: UUID) -> Outcome:
        """Run what was granted."""
        return self.approvals.execute(self.book.owner, id)

    def done(self, tool: str, who: str = "owner", /, **args: Any) -> Any:
        """Have it done, with decisions where the policy wants them; the result as JSON."""
        call = self.wish(tool, args, who)
        try:
            return self.gate.call(call).json
        except ApprovalRequired as held:
            id = UUID(str(held.detail["approval_id"]))
            self.granted(id)
            return self.execute(id).json

    def tried(self, tool: str, **args: Any) -> Any:
        """Have it done, if it can be; the result as JSON, or None."""
        with suppress(BadArguments, Conflict, NotFound):
            return self.done(tool, **args)
        return None

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is done inside is undone at its end."""
        assert self.transactions.rehearsal is not None
        inner = self.transactions.rehearsal.connection.begin_nested()
        try:
            yield
        finally:
            inner.rollback()

    # --- Seeing ---------------------------------------------------------------------------

    @contextmanager
    def session(self) -> Iterator[TenantSession]:
        """A session of the owner's."""
        with self.transactions.open(self.book.owner, Origin("eval", new_id())) as session:
            yield session

    @cached_property
    def tables(self) -> dict[str, bool]:
        """Every table of tenants that may be read, and whether its rows have ids."""
        with self.session() as session:
            return {name: has for name, has in session.connection().execute(TABLES)}

    def has(self, table: str) -> bool:
        """Whether the table is there."""
        return table in self.tables

    def state(self) -> State:
        """The whole tenant as it is now."""
        parts = (
            f"SELECT '{name}', {'t.id::text' if ids else 't::text'}, md5(t::text) FROM {name} t"
            for name, ids in self.tables.items()
            if name != OUTBOX
        )
        with self.session() as session:
            connection: Connection = session.connection()
            rows = connection.exec_driver_sql(" UNION ALL ".join(parts))
            found = {(table, key): digest for table, key, digest in rows}
            sent = {id: (kind, type, key, payload) for id, kind, type, key, payload in connection.execute(SENT)}
        return State(found, sent)

    def rows(self, keys: set[Key]) -> dict[Key, Seen]:
        """The records of `keys` that are there."""
        found = {}
        known = kinds()
        with self.session() as session:
            for table, id in keys:
                record = session.get(known[table], (self.book.owner.tenant_id, UUID(id)))
                if record is not None:
                    fields = values_of(record, AUDIT_FIELDS - REMARKS)
                    found[table, id] = Seen(fields, told_of(record), record.deleted_at is not None)
        return found

    def touch(self, table: str, id: str) -> None:
        """Change a row as somebody else would: a remark in it."""
        with self.session() as session:
            record = session.get(kinds()[table], (self.book.owner.tenant_id, UUID(id)))
            assert record is not None
            record.notes = "Anotado por otra persona"
            session.add(record)


def timeless(table: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` without instants: the approved run happens later than its preview."""
    columns = inspect(kinds()[table]).columns
    return {name: value for name, value in fields.items() if not isinstance(columns[name].type, DateTime)}
