"""Every operation of the OpenAPI document, with made-up arguments, as every role and as nobody.

What must hold of each answer: no fault of the server, no success without the permission, and
the status, content type and shape that the document declares. `python -m tests.openapi_run
--examples N` runs it for longer than the tests do, over an installation of its own.
"""

import argparse
import asyncio
import json
import random
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.context import Actor
from core.settings import Settings
from core.telemetry import configure
from graphs.turns import Turns
from modules.installation import Installation
from server.app import create_app
from tests.tenancy.twins import Brokerage, fill, references_of

NOBODY = "nobody"
ENGINES = "/api/v1/engines/"  # half of all operations
TIMEOUT = 60


@dataclass
class Findings:
    """What was done and what was wrong, each thing once."""

    calls: Counter[tuple[str, int]] = field(default_factory=Counter)  # by role and status
    succeeded: set[str] = field(default_factory=set)
    wrong: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def note(self, operation: str, kind: str, role: str, said: str) -> None:
        self.wrong.setdefault((operation, kind, role), said[:1500])


@dataclass
class Run:
    """One run over one server, with people of each role in a brokerage of its own."""

    url: str
    house: Installation
    tokens: Mapping[str, str | None]
    actors: Mapping[str, Actor | None]
    known: Mapping[str, list[str]]
    findings: Findings = field(default_factory=Findings)
    client: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def of(cls, url: str, house: Installation) -> "Run":
        """A fresh brokerage with some customers, policies and receipts, and a person of each role."""
        slug = f"s{uuid4().hex[:10]}"
        owner = house.people.add_tenant(slug, f"Correduría {slug}")
        fill(Brokerage(owner, "Marca", house))
        tokens: dict[str, str | None] = {NOBODY: None}
        actors: dict[str, Actor | None] = {NOBODY: None}
        for role in house.policy.roles:
            name = f"{role}.{slug}"
            house.people.add_user(owner, name, role.title(), [role])
            tokens[role], actors[role] = house.people.add_token(owner, name, "test"), house.people.actor(name)
        return cls(url, house, tokens, actors, references_of(house, owner.tenant_id))

    def schema(self) -> schemathesis.BaseSchema:
        """The document as the server gives it."""
        return schemathesis.openapi.from_dict(self.client.get(f"{self.url}/api/openapi.json", timeout=TIMEOUT).json())

    def operations(self) -> list[Any]:
        """All operations of the document."""
        return [found.ok() for found in self.schema().get_all_operations()]

    def operation(self, operation: Any, examples: int, start: int = 0) -> None:
        """Try one operation with `examples` valid and half as many invalid bodies, as everybody."""
        self._bodies(operation, GenerationMode.POSITIVE, examples, start)
        self._bodies(operation, GenerationMode.NEGATIVE, max(1, examples // 2), start)

    def _bodies(self, operation: Any, mode: GenerationMode, many: int, start: int) -> None:
        chance = random.Random(f"{start}{operation.label}{mode}")

        @seed(start)
        @settings(
            max_examples=many, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck), print_blob=False,
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def attempt(case: Case) -> None:
            if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
                case.body = self.meant(operation, case.body, chance)
            for role in self.tokens:
                self.call(operation, case, role)

        attempt()

    def meant(self, operation: Any, body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
        """The body with records that there are in the place of made-up names, most of the time."""
        example = operation.definition.raw["requestBody"]["content"]["application/json"].get("example", {})
        known = [value for key in ("id_number", "number", "plate", "id") for value in self.known.get(key, [])]
        made = dict(body) if chance.random() < 0.5 else dict(example)
        for name, value in made.items():
            near = [v for key, values in self.known.items() if key == name or key in name.split("_") for v in values]
            if isinstance(value, str) and (near or known) and chance.random() < 0.7:
                made[name] = chance.choice(near if near and chance.random() < 0.7 else known)
        return made

    def call(self, operation: Any, case: Case, role: str) -> None:
        """Send it as `role` and look at what comes back."""
        token = self.tokens[role]
        name = operation.label
        sent = case.as_transport_kwargs(base_url=self.url)
        # A case may bring a made-up right of its own, or leave ours out: who asks is ours to say.
        headers = {k: v for k, v in dict(sent.get("headers") or {}).items() if k.lower() != "authorization"}
        sent["headers"] = headers | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            answer = self.client.request(**sent, timeout=TIMEOUT)
        except (requests.exceptions.InvalidHeader, UnicodeError, ValueError):
            return  # no client can send that
        except requests.RequestException as error:
            self.findings.note(name, "no answer", role, repr(error))
            return
        self.findings.calls[role, answer.status_code] += 1
        if answer.status_code < 300:
            self.findings.succeeded.add(name)
        if 200 <= answer.status_code < 300 and not self.may(operation, role):
            self.findings.note(name, "success without permission", role, str(answer.status_code))
        if role == NOBODY and answer.status_code not in (401, 405) and not self.open_to_all(operation):
            self.findings.note(name, "answered to nobody", role, f"{answer.status_code} {answer.text[:300]}")
        try:
            case.validate_response(answer, checks=CHECKS)
        except (FailureGroup, Failure) as error:
            for failure in getattr(error, "exceptions", [error]):
                self.findings.note(name, type(failure).__name__, role, f"{failure}\n{case.body!r}\n{answer.text[:600]}")

    def may(self, operation: Any, role: str) -> bool:
        """Whether the policy lets `role` use the operation's tool; other operations are for whoever is signed in."""
        actor, permission = self.actors[role], operation.definition.raw.get("x-permission")
        if permission is None:
            return actor is not None or self.open_to_all(operation)
        return actor is not None and self.house.policy.permits(actor, permission)

    @staticmethod
    def open_to_all(operation: Any) -> bool:
        """Whether the document says that nobody need be signed in."""
        return operation.definition.raw.get("security") == []


CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@contextmanager
def served() -> Iterator[tuple[str, Installation]]:
    """A whole installation of its own, served in a thread."""
    configure("error")
    with TemporaryDirectory(prefix="ait-") as folder:
        house = Installation.open(Settings(data_dir=Path(folder), model="offline", port=3996))
        from tests.server.conftest import free_port

        port = free_port()
        house.settings = house.settings.model_copy(update={"port": port, "public_url": f"http://localhost:{port}"})
        config = uvicorn.Config(create_app(house, Turns(house)), host="127.0.0.1", port=port, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield house.settings.url, house
        finally:
            server.should_exit = True
            thread.join(15)
            house.close()


def main() -> int:
    """Run for as many examples, or as many minutes, as is said; print what was found."""
    asked = argparse.ArgumentParser(description="Schemathesis over the whole OpenAPI document, as every role")
    asked.add_argument("--examples", type=int, default=10, help="valid bodies for each operation in a round")
    asked.add_argument("--minutes", type=float, default=0, help="rounds go on until then; one round if 0")
    asked.add_argument("--only", default="", help="operations whose name holds this")
    given_args = asked.parse_args()
    warnings.simplefilter("ignore")
    until, rounds = time.monotonic() + given_args.minutes * 60, 0
    with served() as (url, house):
        run = Run.of(url, house)
        operations = [found for found in run.operations() if given_args.only in found.label]
        while rounds == 0 or time.monotonic() < until:
            for operation in operations:
                run.operation(operation, given_args.examples, rounds)
                if rounds and time.monotonic() > until:
                    break
            rounds += 1
    found = run.findings
    said = {
        "operations": len(operations),
        "rounds": rounds,
        "calls": found.calls.total(),
        "by_status": dict(sorted(Counter(s for (_, s), n in found.calls.items() for _ in range(n)).items())),
        "operations_that_succeeded": len(found.succeeded),
        "never_succeeded": sorted({o.label for o in operations} - found.succeeded),
        "wrong": [{"operation": o, "kind": k, "role": r, "said": s} for (o, k, r), s in sorted(found.wrong.items())],
    }
    print(json.dumps(said, ensure_ascii=False, indent=1))
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
