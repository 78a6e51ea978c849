"""The demonstration brokerage (*correduría de demostración*), loaded through the tools themselves.

Its people, firms and insurers are invented, and its tenant is marked so. The files in
`demo/` go through the import tools as any customer's files would, as the owner; a second
run changes nothing. Passwords of its users are generated and given back once.
"""

import csv
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from core.context import Actor, Origin
from core.errors import NotFound
from core.identifiers import new_id
from core.storage import Storage
from modules.installation import Installation
from modules.insurance.kernel.lines import installed_lines
from tools.gate import Call

HOME: Final = Path(__file__).parent.parent / "demo"
NAME: Final = "Correduría Soriano Ficticia"

IMPORTS: Final = (  # file, tool that takes it over; each needs the ones before it
    ("insurers", "kernel_import_insurers"),
    ("collaborators", "kernel_import_collaborators"),
    ("customers", "crm_import_customers"),
    ("policies", "kernel_import_policies"),
    ("receipts", "kernel_import_receipts"),
    ("claims", "kernel_import_claims"),
    ("autos_vehicles", "autos_import_vehicles"),
    ("payees", "treasury_import_payees"),
    ("payments", "treasury_import_payments"),
)
ACCOUNTS: Final = (  # that the house pays from: its own, and the clients', whose statement is in `KEPT`
    ("own", "ES9299906305665071050724"),
    ("clients", "ES1199902248840280971036"),
)
HOLDER: Final = {"holder": NAME, "id_number": "B26346130", "bank": "banco"}
BROKERAGE: Final = {  # as documents name it (RDL 3/2020 art. 173)
    "legal_name": f"{NAME}, S.L.", "id_number": "B26346130", "registry_key": "J-0000",
    "register_name": "Registro administrativo de distribuidores de seguros de la DGSFP (ficticio)",
    "home": "Calle Ficticia 1, 28013 Madrid", "complaints": "atención al cliente, Calle Ficticia 1, 28013 Madrid",
    "email": "clientes@example.com",
}  # fmt: skip
LOSS_RUN_OF: Final = "Aseguradora Ficticia"  # who listed the claims of the time before
KEPT: Final = ("client_account_2026-10.n43", "client_account_2026-10.expected.json")


@dataclass(frozen=True)
class DemoUser:
    """One invented person who may sign in; the role is called as the user."""

    username: str
    name: str

    @property
    def email(self) -> str:
        """An address that nobody has: `example.com` is reserved."""
        return f"{self.username}@example.com"


USERS: Final = (
    DemoUser("broker", "Carmen Vidal Ficticia"),
    DemoUser("executive", "Mateo Soriano Ficticio"),
    DemoUser("cfo", "Lucía Ferrer Ficticia"),
    DemoUser("operations", "Andrés Peña Ficticio"),
    DemoUser("compliance", "Núria Bosch Ficticia"),
    DemoUser("admin", "Iker Zabala Ficticio"),
)


@dataclass(frozen=True)
class DemoReport:
    """What a load did.

    `counts` are the rows of each file, `changed` how many of them were new or different
    from before, `passwords` those generated now (none on a second run), `kept` the addresses,
    by file, at which the object store holds what modules to come will read.
    """

    counts: Mapping[str, int]
    changed: Mapping[str, int]
    passwords: Mapping[str, str]
    kept: Mapping[str, str]


def load(installation: Installation, owner: Actor | None = None) -> DemoReport:
    """Load the demonstration brokerage into the owner's tenant, or complete it.

    Args:
        installation: where to.
        owner: of another tenant than the installation's first.
    """
    owner = owner or installation.people.owner()
    installation.people.mark_fictional(owner, NAME)
    counts, changed = fill(installation, owner)
    counts["messages"], changed["messages"] = _messages(installation, owner)
    changed["appointments"] = _agenda(installation, owner)
    return DemoReport(counts, changed, _users(installation, owner), _kept(installation, owner))


def fill(installation: Installation, owner: Actor) -> tuple[dict[str, int], dict[str, int]]:
    """Take the book over, by file: how many rows there are, and how many were new or different."""
    counts, changed = {}, {}
    _call(installation, owner, "kernel_set_brokerage", **BROKERAGE)
    for purpose, iban in ACCOUNTS:
        _call(installation, owner, "treasury_set_house_account", purpose=purpose, iban=iban, **HOLDER)
    for file, tool in IMPORTS:
        rows = read(file)
        report = _call(installation, owner, tool, rows=rows)
        counts[file], changed[file] = len(rows), report.created + report.updated
    for name, tool, rows in (
        ("tariffs", "kernel_import_tariffs", read_tariffs()), ("risks", "kernel_import_risks", read_risks()),
    ):  # fmt: skip
        report = _call(installation, owner, tool, rows=rows)
        counts[name], changed[name] = len(rows), report.created + report.updated
    for file, tool in (("investments", "portfolio_import_holdings"), ("investment_prices", "portfolio_import_prices")):
        rows = read(file)
        report = _call(installation, owner, tool, rows=rows)
        counts[file], changed[file] = len(rows), report.created + report.updated
    listing = read("loss_run")
    report = _call(installation, owner, "reserving_import_loss_run", insurer=LOSS_RUN_OF, rows=listing)
    counts["loss_run"], changed["loss_run"] = len(listing), report.created + report.updated
    return counts, changed


def _call(installation: Installation, owner: Actor, tool: str, **args: Any) -> Any:
    return installation.gate.call(Call(tool, args, owner, Origin("cli", new_id()))).value


def read(file: str) -> list[dict[str, Any]]:
    """The rows of one of the demonstration's CSV files, by column."""
    with (HOME / f"{file}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def read_tariffs() -> list[dict[str, Any]]:
    """How the insurers' tariffs differ from the reference, for the lines that are installed."""
    rows: list[dict[str, Any]] = json.loads((HOME / "insurer_tariffs.json").read_text(encoding="utf-8"))
    lines = {line.code for line in installed_lines()}
    return [row for row in rows if row["line"] in lines]


def read_risks() -> list[dict[str, Any]]:
    """What the policies of the installed lines insure; a file a line, but for autos, whose vehicles say it."""
    files = (HOME / "risks" / f"{line.code}.json" for line in installed_lines())
    return [row for file in files if file.exists() for row in json.loads(file.read_text(encoding="utf-8"))]


def _messages(installation: Installation, owner: Actor) -> tuple[int, int]:
    """Take in the e-mails and chats, as if they came today; how many there are, how many were new."""
    mails = [{"eml": _base64(file)} for file in sorted((HOME / "messages").glob("*.eml"))]
    chats: list[dict[str, Any]] = json.loads((HOME / "messages" / "chats.json").read_text(encoding="utf-8"))
    given = [("receive_email", args) for args in mails] + [("receive_chat", args) for args in chats]
    received = [_call(installation, owner, f"notification_service_{tool}", **args) for tool, args in given]
    return len(received), sum(message.new for message in received)


def _agenda(installation: Installation, owner: Actor) -> int:
    """Take in the calendar; how many meetings were new or different."""
    ics = _base64(HOME / "messages" / "agenda.ics")
    report = _call(installation, owner, "notification_service_import_calendar", ics=ics)
    changed: int = report.created + report.updated
    return changed


def _base64(file: Path) -> str:
    return b64encode(file.read_bytes()).decode("ascii")


def _kept(installation: Installation, owner: Actor) -> dict[str, str]:
    """Put the files of modules to come into the object store; the address of each."""
    storage = Storage.open(installation.settings, installation.keys)
    return {file: _keep(storage, owner.tenant_id, (HOME / file).read_bytes()) for file in KEPT}


def _keep(storage: Storage, tenant_id: UUID, content: bytes) -> str:
    address = storage.address(tenant_id, content)
    try:
        storage.get(tenant_id, address)
    except NotFound:
        storage.put(tenant_id, content)
    return address


def _users(installation: Installation, owner: Actor) -> dict[str, str]:
    """Make the users that are missing; their new passwords."""
    known = {user.username for user in installation.people.users(owner)}
    return {
        user.username: installation.people.add_user(owner, user.username, user.name, [user.username], email=user.email)
        for user in USERS
        if user.username not in known
    }
