"""An installation: the servers, the database, the modules and the gate of one data directory.

Everything that a face needs hangs here; a face opens one, uses it and closes it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg import connect, errors

from core.audit.log import AuditLog
from core.database import Database
from core.embedded import Addresses, Embedded
from core.errors import OutsideUnavailable
from core.keys import Keys
from core.outside import Reach
from core.people import People
from core.secret_files import secret
from core.settings import HOUSE, Settings
from knowledge.store import Knowledge
from modules.integration_automation.connector import places
from modules.loader import Modules
from tools.approvals import Approvals
from tools.catalogue import Catalogue
from tools.delegations import Delegations, loans_of
from tools.gate import Gate
from tools.gate.policies import PoliciesInForce
from tools.gate.record import Recorder
from tools.gate.transact import Transactions
from tools.policy import Policy


@dataclass
class Installation:
    """What one data directory holds, opened."""

    settings: Settings
    embedded: Embedded | None
    valkey_url: str
    database: Database
    keys: Keys
    people: People
    modules: Modules
    policy: Policy
    audit: AuditLog
    gate: Gate
    approvals: Approvals
    delegations: Delegations
    knowledge: Knowledge

    @classmethod
    def open(cls, settings: Settings | None = None) -> "Installation":
        """Start or find the servers, bring the database up to date, load the modules.

        Raises:
            OutsideUnavailable: a server of one's own does not answer.
        """
        settings = settings or Settings()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        embedded, addresses = _servers(settings)
        database = Database(addresses.database, secret(settings.data_dir / "keys" / "house"))
        modules = Modules(settings.data_dir, plugins=settings.plugins == "pinned")
        modules.load()
        _migrate(database, modules.migrations())
        keys, people, policy = Keys.open(settings.data_dir), People(database, loans_of), Policy.load()
        audit = AuditLog(database, keys)
        recorder = Recorder(audit, policy.version)
        policies = PoliciesInForce(policy)
        reach = Reach(settings, keys, places)
        gate = Gate.build(Transactions(database), recorder, modules.catalogue, policies, reach)
        approvals = Approvals(gate, gate.transactions, recorder, policies, people.actor)
        delegations = Delegations(gate.transactions, recorder, policies, people.actor)
        return cls(
            settings,
            embedded,
            addresses.valkey,
            database,
            keys,
            people,
            modules,
            policy,
            audit,
            gate,
            approvals,
            delegations,
            Knowledge(settings.data_dir),
        )

    @property
    def catalogue(self) -> Catalogue:
        """The current snapshot of all tools."""
        return self.modules.catalogue()

    def close(self) -> None:
        """Close the connections; the last process to leave stops the embedded servers."""
        self.knowledge.close()
        self.audit.close()
        self.database.close()
        if self.embedded is not None:
            self.embedded.close()


def _servers(settings: Settings) -> tuple[Embedded | None, Addresses]:
    if settings.database_url and settings.redis_url:
        return None, Addresses(settings.database_url, settings.redis_url)
    embedded = Embedded(settings.data_dir)
    found = embedded.open()
    return embedded, Addresses(settings.database_url or found.database, settings.redis_url or found.valkey)


def _migrate(database: Database, locations: Sequence[Path]) -> None:
    """Upgrade the database unless it says that it has seen these very migrations."""
    folders = [HOUSE / "tools" / "migrations", HOUSE / "graphs" / "migrations", *locations]
    folders = [f for f in folders if f.is_dir()]
    files = sorted(p for f in (HOUSE / "core" / "migrations" / "versions", *folders) for p in f.glob("*.py"))
    digest = hashlib.sha256(b"\0".join(p.read_bytes() for p in files)).hexdigest()
    try:
        with connect(database.admin_url, autocommit=True) as admin:
            seen = admin.execute("SELECT migrations FROM sec.installed").fetchone()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        seen = None
    except errors.OperationalError as error:
        raise OutsideUnavailable(what="PostgreSQL") from error
    if seen is None or seen[0] != digest:
        # Alembic costs 0.3 s to import, which an up-to-date installation never pays.
        from core.migrations import upgrade

        upgrade(database, folders)
        with connect(database.admin_url, autocommit=True) as admin:
            admin.execute("CREATE TABLE IF NOT EXISTS sec.installed (migrations text NOT NULL)")
            admin.execute("DELETE FROM sec.installed")
            admin.execute("INSERT INTO sec.installed VALUES (%s)", (digest,))
