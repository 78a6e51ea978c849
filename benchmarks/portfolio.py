"""The portfolio at size: `python -m benchmarks.portfolio [--small N] [--large N] [--rows N] [--only search|import]`.

Search: the same mixture of searches over two books in one installation, a small and a large
one, in turns; what counts is how much the 95th percentile grows. Import: a CSV of policies
through the gate against COPY of the very same rows into the very same table, by a superuser
whom no row security, stamp or audit holds up.
"""

import argparse
import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks.house import broker, folder, installation, origin
from benchmarks.measure import Finding, Sample, _shown, timed
from core.context import Actor
from modules.installation import Installation
from tools.gate import Call

SMALL: Final = 10_000
LARGE: Final = 100_000  # what `make bench` measures; a million by hand
ROWS: Final = 20_000
GROWTH: Final = 1.5
SHARE: Final = 0.25  # of the rows a second that COPY takes
SEARCHES: Final = 400
FIRSTS: Final = "Álvaro Raquel Javier Lucía Mateo Núria Iker Carmen Andrés Eva Rubén Sofía Hugo Inés Pau Leire".split()
LASTS: Final = (
    "Ramos Gómez Rubio Vidal Ferrer Peña Bosch Zabala Soriano Gil Núñez Ibáñez Otero Roca Sáez Vega Mora Lara "
    "Rey Pardo Cano Prieto Soler Marín Rojas Molina Duarte Blasco Casas Miró Arce Luna Robles Vera Campos Nieto"
).split()
LINES: Final = ("autos", "autos", "autos", "hogar", "hogar", "vida", "salud", "decesos", "rc", "empresas", "ciber",
                "comunidades", "mascotas", "transporte")  # fmt: skip
STATES: Final = ("in_force",) * 17 + ("suspended", "cancelled", "expired")
TOWNS: Final = ("Cádiz", "Lugo", "Soria", "Teruel", "Bilbao", "Getxo", "Mérida", "Olot", "Reus", "Ibi")
LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
DAY: Final = date(2026, 11, 22)
AUDIT: Final = "tenant_id, id, created_at, updated_at, version, checksum, compliance_flags, gdpr_consent, tags"
STAMPED: Final = "%(tenant)s, gen_random_uuid(), now(), now(), 1, '', '{}', '{}', '{}'"

# The books are made in the database itself, by its own arithmetic: no row passes through Python.
FILL: Final = (
    f"""INSERT INTO soriano_core.insurer ({AUDIT}, code, name, id_number, settlement_terms, import_ref)
    SELECT {STAMPED}, 'C' || n, 'Aseguradora ' || n || ' Ficticia', 'A76084805', '', 'C' || n
    FROM generate_series(1, 12) n""",
    f"""INSERT INTO soriano_core.collaborator
    ({AUDIT}, code, name, kind, id_number, withholding_rate, started_on, import_ref)
    SELECT {STAMPED}, 'COL' || n, 'Colaborador ' || n, 'company', 'B43374784', 0, '2020-01-01', 'COL' || n
    FROM generate_series(1, 20) n""",
    f"""INSERT INTO soriano_crm.customer ({AUDIT}, kind, id_type, id_number, name, first_name, last_name, company_name,
        search_name, short_name, language, customer_since, import_ref)
    SELECT {STAMPED}, 'person', 'NIF', (%(base)s + n) || substr(%(letters)s, (%(base)s + n) %% 23 + 1, 1),
        f || ' ' || a || ' ' || b, f, a || ' ' || b, '', lower(f || ' ' || a || ' ' || b), lower(f || ' ' || a), 'es',
        '2020-01-01', 'CL' || n
    FROM generate_series(1, %(count)s * 2 / 5) n,
        LATERAL (SELECT (%(firsts)s::text[])[n %% 16 + 1] f, (%(lasts)s::text[])[n / 16 %% 36 + 1] a,
            (%(lasts)s::text[])[n / 576 %% 36 + 1] b) named""",
    f"""INSERT INTO soriano_core.policy ({AUDIT}, policy_number, line, product, insurer_id, policyholder_id, insured_id,
        collaborator_id, state, started_on, effective_on, expires_on, signature_evidence, payment_frequency,
        collected_by, net_premium, fractioning_surcharge, surcharges, ips, total_premium, commission_rate, cession_rate,
        sum_insured, risk_description, object_ref, import_ref)
    SELECT {STAMPED}, 'B' || lpad(n::text, 8, '0'), l, 'producto_' || n %% 3, i.id, c.id, c.id, k.id,
        (%(states)s::text[])[n * 7 %% 20 + 1], '2024-01-01', date '2026-01-01' + n * 11 %% 365,
        date '2027-01-01' + n * 11 %% 365, '', 'annual', 'broker', 100 + n * 13 %% 900, 0, 0, 0, 100 + n * 13 %% 900,
        0.11, 0.2, 10000 + n * 37 %% 190000,
        CASE WHEN l = 'autos' THEN 'Turismo, matrícula ' || lpad((n %% 10000)::text, 4, '0')
            || translate((n / 10000 %% 1000)::text, '0123456789', 'BCDFGHJKLM')
            ELSE 'Calle ' || (%(lasts)s::text[])[n %% 36 + 1] || ' ' || n %% 400 || ', '
            || (%(towns)s::text[])[n %% 10 + 1] END,
        CASE WHEN l = 'autos' THEN lpad((n %% 10000)::text, 4, '0')
            || translate((n / 10000 %% 1000)::text, '0123456789', 'BCDFGHJKLM') END, 'BP' || n
    FROM generate_series(1, %(count)s) n
        CROSS JOIN LATERAL (SELECT (%(lines)s::text[])[n * 3 %% 14 + 1] l) lined
        JOIN soriano_core.insurer i ON i.tenant_id = %(tenant)s AND i.code = 'C' || (n * 5 %% 12 + 1)
        JOIN soriano_crm.customer c ON c.tenant_id = %(tenant)s AND c.import_ref = 'CL' || (n * 2 / 5 + 1)
        LEFT JOIN soriano_core.collaborator k ON k.tenant_id = %(tenant)s AND k.code = 'COL' || (n %% 60 + 1)""",
)


@dataclass(frozen=True)
class Book:
    """A book of so many policies in a tenant of its own."""

    actor: Actor
    count: int


def fill(opened: Installation, count: int) -> Book:
    """A new tenant with `count` policies, and the customers, insurers and collaborators that they need."""
    actor = broker(opened)
    values = {
        "tenant": actor.tenant_id, "count": count, "base": 10_000_000, "letters": LETTERS, "firsts": FIRSTS,
        "lasts": LASTS, "lines": list(LINES), "states": list(STATES), "towns": list(TOWNS),
    }  # fmt: skip
    with psycopg.connect(opened.database.admin_url, autocommit=True) as admin:
        for statement in FILL:
            # Sizes and names of this file, nobody's input; the driver's parameters take it whole.
            admin.execute(sql.SQL(statement), values)
        admin.execute("VACUUM ANALYZE soriano_core.policy")
        admin.execute("VACUUM ANALYZE soriano_crm.customer")
        admin.execute("VACUUM ANALYZE soriano_core.search_phrase")
        admin.execute("VACUUM ANALYZE soriano_core.policy_entry")
    return Book(actor, count)


def searches(book: Book, chance: Random) -> dict[str, Any]:
    """One search as people make them: sixteen sorts, each with values of its own."""
    n = chance.randrange(1, book.count * 2 // 5)
    number = 10_000_000 + n
    first, month = chance.randrange(1, book.count), DAY + timedelta(days=chance.randrange(60, 360))
    line = {"line": chance.choice(LINES)}
    dates = {"expires_from": month.isoformat(), "expires_to": (month + timedelta(days=30)).isoformat()}
    name = f"{FIRSTS[n % 16]} {LASTS[n // 16 % 36]} {LASTS[n // 576 % 36]}"
    low = chance.randrange(100, 900)
    return chance.choice((
        {"customer": f"{number}{LETTERS[number % 23]}"},
        {"customer": f"{number}{LETTERS[number % 23]}", "status": "in_force"},
        line,
        {**line, "status": "in_force"},
        {**line, "insurer": f"C{chance.randrange(1, 13)}"},
        {**line, "insurer": f"C{chance.randrange(1, 13)}", "status": "suspended"},
        {"insurer": f"C{chance.randrange(1, 13)}", **dates},
        {"collaborator": f"COL{chance.randrange(1, 21)}"},
        {"status": "suspended", **dates},
        dates,
        {**line, **dates},
        {"premium_from": f"{low}.00", "premium_to": f"{low + 20}.00", **line},
        {"sum_from": "190000", "sort": "sum"},
        {"text": f"B{first:08d}"},
        {"text": name},
        {"text": f"calle {LASTS[first % 36]} {first % 400}, {TOWNS[first % 10]}"},
        {**line, "sort": "premium"},
    ))  # fmt: skip


def growth(small: int, large: int, data_dir: Path | None = None) -> Finding:
    """How much the 95th percentile of a search grows from a small book to a large one."""
    with folder() as made, installation(data_dir or made) as opened:
        books = [fill(opened, count) for count in (small, large)]
        times: list[list[float]] = [[], []]
        kinds: dict[str, list[list[float]]] = {}
        for turn in range(SEARCHES + 40):
            for at, book in enumerate(books):
                wanted = searches(book, Random(turn))
                took = timed(lambda a=book.actor, w=wanted: opened.gate.call(  # type: ignore[misc]
                    Call("kernel_search_policies", w, a, origin())))  # fmt: skip
                if turn >= 40:
                    times[at].append(took)
                    kinds.setdefault("+".join(sorted(wanted)), [[], []])[at].append(took)
    ours, theirs = Sample(times[1]), Sample(times[0])
    told = {
        kind: [round(Sample(found).median * 1000, 1) for found in pair] for kind, pair in kinds.items() if all(pair)
    }
    return Finding(
        "portfolio", f"p95 of searches of {large:,} policies", ours.percentile(95) / theirs.percentile(95), "×", GROWTH,
        baseline=f"the same of {small:,}",
        details={"small_ms": _shown(theirs), "large_ms": _shown(ours), "medians_ms": told},
    )  # fmt: skip


def imported(rows: int) -> Finding:
    """Rows a second of an import through the gate, as a share of what COPY takes of the same rows."""
    with folder() as data_dir, installation(data_dir) as opened:
        book = fill(opened, 1000)
        content = base64.b64encode(_csv(rows)).decode()
        kept = _called(
            opened, book.actor, "kernel_keep_portfolio_file", content=content, source="bench", target="policies"
        )
        began, cpu = time.perf_counter(), time.process_time()
        report = _called(opened, book.actor, "kernel_import_portfolio", file=kept.file)
        ours, own = time.perf_counter() - began, time.process_time() - cpu
        if report.created != rows:
            raise RuntimeError("not all rows were taken: nothing would be measured")
        theirs = _copied(opened, book, rows)
    return Finding(
        "portfolio_import", f"import of {rows:,} policies from a CSV", theirs / ours, "×", SHARE, "at least",
        baseline="COPY of the same rows into the same table, without gate, audit or row security",
        details={"seconds": round(ours, 2), "own_cpu_seconds": round(own, 2), "copy_seconds": round(theirs, 2)},
    )  # fmt: skip


def _called(opened: Installation, actor: Actor, tool: str, **args: Any) -> Any:
    return opened.gate.call(Call(tool, args, actor, origin())).value


def _csv(rows: int) -> bytes:
    """A file as a Spanish program writes it."""
    head = ("Nº póliza;Tomador;Compañía;Ramo;Fecha inicio;Efecto;Vencimiento;Estado;Forma de pago;Cobro por;Prima neta;"
            "IPS;Recargos;Prima total;Comisión %;Colaborador;Cesión %;Capital;Riesgo")  # fmt: skip
    lines = [
        f"I{n:07d};CL{n % 390 + 1};C{n % 12 + 1};hogar;01/02/2020;01/02/2026;01/02/2027;en vigor;anual;correduría;"
        f"1.{n % 800 + 100},10;88,01;2,00;1.{n % 800 + 190},11;11,00;COL{n % 20 + 1};25;150.000;Calle Mayor {n}, Cádiz"
        for n in range(rows)
    ]  # fmt: skip
    return "\r\n".join((head, *lines)).encode("cp1252")


def _copied(opened: Installation, book: Book, rows: int) -> float:
    """How long COPY takes for what was just imported, under other numbers, all columns, committed."""
    with psycopg.connect(opened.database.admin_url) as admin:
        admin.execute("SELECT set_config('search_path', 'soriano_core', false)")
        found = admin.execute(
            "SELECT * FROM soriano_core.policy WHERE tenant_id = %s AND import_ref LIKE 'I%%'", (book.actor.tenant_id,)
        )
        names = [column.name for column in found.description or ()]
        known, number, ref = names.index("id"), names.index("policy_number"), names.index("import_ref")
        ids = iter([row[0] for row in admin.execute("SELECT gen_random_uuid() FROM generate_series(1, %s)", (rows,))])
        ready = []
        for row in found:
            values = [Jsonb(value) if isinstance(value, dict) else value for value in row]
            values[known], values[number], values[ref] = next(ids), f"Z{row[number]}", f"Z{row[ref]}"
            ready.append(values)
        admin.commit()
        statement = sql.SQL("COPY soriano_core.policy ({}) FROM STDIN").format(
            sql.SQL(", ").join(map(sql.Identifier, names)))  # fmt: skip

        def copy() -> None:
            with admin.cursor() as cursor, cursor.copy(statement) as stream:
                for values in ready:
                    stream.write_row(values)
            admin.commit()

        return timed(copy)


@cache
def portfolio() -> Finding:
    """The growth of a search, at the scale of `make bench`."""
    return growth(SMALL, LARGE)


def portfolio_import() -> Finding:
    """An import, at the scale of `make bench`."""
    return imported(ROWS)


def main() -> None:
    """Measure at the scale asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portfolio", description=__doc__)
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", choices=("search", "import"))
    wanted = parser.parse_args()
    todo: dict[str, Callable[[], Finding]] = {
        "search": lambda: growth(wanted.small, wanted.large), "import": lambda: imported(wanted.rows),
    }  # fmt: skip
    for name, measure in todo.items():
        if wanted.only in (None, name):
            print(measure(), flush=True)


if __name__ == "__main__":
    main()
