"""Migrations of the core, and how every branch (one a module) is brought up to date.

`upgrade` first makes the login roles, which belong to the cluster and not to a schema, and
then runs Alembic as the role that owns everything and logs in nowhere, `ait_owner`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from psycopg import Connection, connect, sql
from sqlalchemy import create_engine, text

from core.database import ROLES, Database, context_key, login_password

HOME: Final = Path(__file__).parent
SETUP_LOCK: Final = 0x41495401  # one process at a time sets a database up


def upgrade(database: Database, locations: Sequence[Path]) -> None:
    """Bring roles and all branches under `locations` (version folders) up to date.

    Safe to call at every start and from several processes at once.
    """
    with connect(database.admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", (SETUP_LOCK,))
        _ensure_roles(admin, database.secret)
        engine = create_engine(database.admin_url.replace("postgresql:", "postgresql+psycopg:", 1))
        with engine.begin() as connection:
            connection.execute(text("SET ROLE ait_owner"))
            config = configuration(locations)
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")
            connection.execute(text("UPDATE sec.context_key SET inner_pad = :i, outer_pad = :o"), pads(database.secret))
        engine.dispose()


def configuration(locations: Sequence[Path]) -> Config:
    """Alembic's configuration over the core's and the modules' version folders."""
    config = Config()
    config.set_main_option("script_location", str(HOME))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(p) for p in (HOME / "versions", *locations)))
    return config


def pads(secret: bytes) -> dict[str, bytes]:
    """The context key XORed with HMAC's two pads (RFC 2104), so that SQL needs only sha256()."""
    key = context_key(secret).ljust(64, b"\0")
    return {"i": bytes(b ^ 0x36 for b in key), "o": bytes(b ^ 0x5C for b in key)}


def _ensure_roles(admin: Connection[tuple[object, ...]], secret: bytes) -> None:
    existing = {row[0] for row in admin.execute("SELECT rolname FROM pg_roles")}
    if "ait_owner" not in existing:
        admin.execute("CREATE ROLE ait_owner NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE")
        admin.execute("GRANT ait_owner TO CURRENT_USER")
    for role in ROLES:
        if role not in existing:
            flags = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT"
            admin.execute(sql.SQL("CREATE ROLE {} " + flags).format(sql.Identifier(role)))
            admin.execute(
                sql.SQL("ALTER ROLE {} SET idle_in_transaction_session_timeout = '60s'").format(sql.Identifier(role))
            )
        admin.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(login_password(secret, role)))
        )
    name = admin.info.dbname
    admin.execute(sql.SQL("GRANT CREATE, CONNECT ON DATABASE {} TO ait_owner").format(sql.Identifier(name)))
    admin.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
