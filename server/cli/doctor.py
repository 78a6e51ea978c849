"""`ait doctor`: check the installation, part by part, and say what to do."""

import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import redis
import typer
from sqlalchemy import text

from core.checksums import Checked, unfit
from core.effects.desk import EffectDesk
from core.errors import AitError
from core.i18n import N_, translate
from core.protection import gaps
from core.reconciliation import Reconciliation
from modules.installation import Installation
from modules.loader import State
from server.cli.shell import AsJson, house, say, table

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, help="Check the installation and say what to fix."
)


NAMED = 5  # bad rows that are named; the rest are as bad


class Check(NamedTuple):
    """One line of the doctor's table."""

    check: str
    ok: bool
    state: str
    fix: str = ""


def _database(installation: Installation) -> Check:
    with installation.database.transaction(None) as session:
        version = session.connection().execute(text("SHOW server_version")).scalar()
        found = gaps(session)
    if found:
        fix = N_("hay tablas o roles sin seguridad por filas: vuelva a migrar")
        return Check("PostgreSQL", False, ", ".join(found), fix)
    return Check("PostgreSQL", True, f"{version}")


def _valkey(installation: Installation) -> Check:
    with redis.Redis.from_url(installation.valkey_url) as client:
        info = client.info("server")
    return Check("Valkey", True, str(info.get("valkey_version") or info.get("redis_version")))


def _trust(installation: Installation) -> Check:
    rules = installation.settings.data_dir / "postgres" / "pg_hba.conf"
    open_door = rules.exists() and "trust" in rules.read_text()
    return Check(
        "pg_hba",
        not open_door,
        "trust" if open_door else "scram-sha-256",
        N_("el servidor admite conexiones sin contraseña") if open_door else "",
    )


def _modules(installation: Installation) -> Check:
    broken = [f.id for f in installation.modules.found.values() if f.state not in (State.RUNNING, State.UNLOADED)]
    return Check(
        "modules",
        not broken,
        ", ".join(broken) or f"{len(installation.modules.found)}",
        N_("vea «ait modules list»") if broken else "",
    )


def _audit(installation: Installation) -> Check:
    found = installation.audit.verify()
    return Check("audit", found.ok, found.told("es"), "" if found.ok else N_("no escriba más: conserve una copia"))


def _records(installation: Installation) -> Check:
    found = Reconciliation(installation.database).run()
    fix = N_("hay datos escritos fuera del sistema o borrados: consérvelos y avise a Cumplimiento")
    return Check("records ⇔ audit", found.ok, found.told("es"), "" if found.ok else fix)


def _effects(installation: Installation) -> Check:
    found = EffectDesk(installation.database, installation.audit).list(
        installation.people.owner(), ("unknown", "failed")
    )
    fix = N_("vea «ait effects list»: compruebe cada uno y use «settle» o «retry»")
    return Check("effects", not found, f"{len(found)}", "" if not found else fix)


def _checksums(installation: Installation) -> Check:
    checked = Checked()
    found = list(islice(unfit(installation.database, checked), NAMED + 1))
    named = "; ".join(map(str, found[:NAMED])) + ("; …" if len(found) > NAMED else "")
    fix = N_("alguien cambió esas filas por su cuenta: compárelas con «ait records history»")
    return Check("checksums", not found, named or f"{checked.records}", "" if not found else fix)


def _disk(installation: Installation) -> Check:
    free = shutil.disk_usage(installation.settings.data_dir).free
    return Check("disk", free > 1 << 30, f"{free / (1 << 30):.1f} GiB", N_("queda menos de 1 GiB libre"))


def _keys(installation: Installation) -> Check:
    folder = installation.settings.data_dir / "keys"
    loose = [str(p.relative_to(folder)) for p in Path(folder).rglob("*") if p.is_file() and p.stat().st_mode & 0o077]
    return Check("keys", not loose, ", ".join(loose) or "0600", N_("otras personas pueden leer las claves: chmod 600"))


CHECKS: tuple[Callable[[Installation], Check], ...] = (
    _database,
    _trust,
    _valkey,
    _modules,
    _keys,
    _disk,
    _audit,
    _records,
    _checksums,
    _effects,
)


@app.callback(invoke_without_command=True)
def doctor(as_json: AsJson = False) -> None:
    """Print check, state and fix; exit 1 if anything is wrong."""
    with house() as h:
        found = [_run(check, h.installation) for check in CHECKS]
        spoken = h.actor.locale
    rows = [
        {"check": c.check, "ok": c.ok, "state": c.state, "fix": "" if c.ok else translate(c.fix, spoken)} for c in found
    ]
    say(rows, as_json, table(rows, ("check", "ok", "state", "fix")))
    raise typer.Exit(0 if all(c.ok for c in found) else 1)


def _run(check: Callable[[Installation], Check], installation: Installation) -> Check:
    try:
        return check(installation)
    except (AitError, redis.RedisError) as error:
        return Check(check.__name__.strip("_"), False, str(error), N_("no responde"))
