"""An audit entry: who did what, with which right, and what it changed.

The body holds pseudonymous ids, ciphertext and keyed commitments only. What a person could
be known by (arguments, row differences, comments, addresses) is sealed under a data key
whose id stands in the body, so that destroying the key erases it while hashes and proofs
stay valid. A plain SHA-256 of a NIF would be no protection: all of them can be tried.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.audit.canonical import checked, instant, shaped
from core.audit.vault import HOUSE, DataSecrets, joint
from core.context import Actor, Origin
from core.i18n import N_
from core.identifiers import new_id
from core.keys import DataKey
from core.stamping import RowChange

VERSION: Final = 1
KIND: Final = re.compile(
    r"(call|approval|auth|admin|agent|policy|data|key|restore|checkpoint)(\.[a-z][a-z_]*)+|restore"
)
ERASED: Final = N_("borrado (RGPD)")  # stands where a destroyed key sealed
WARNING: Final = "kind must be family.past_participle, such as call.allowed"


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """What the log is told. `details` and everything about rows and arguments is sealed.

    Args:
        kind: family and past participle: `call.allowed`, `approval.rejected`, `auth.failed`.
        at: the database's clock (UTC) at the start of the transaction.
        actor: who acted; None if nobody is known (a failed sign-in).
        origin: where from.
        tool, tool_digest, risk_class: what was called; the digest of its declaration.
        args: the arguments in clear; sealed here.
        labels: integrity level by argument.
        verdict: `allow`, `deny`, `hold` or `fail`.
        rules: ids of the policy's rules that decided.
        policy_version: the version of the policy that decided.
        error: code of the error that ended it.
        approvals: ids of the approvals that this concerns.
        preview_hash: hash of the preview that an approval binds; kept as a commitment.
        changes: rows that were written.
        details: whatever else belongs to the kind (a comment, a question); sealed.
        idempotency_key: as the caller gave it; kept as a commitment.
        turn, call, parent, trace: ids that join entries of one story.
        model: provider, name and digests of what the model was asked and said; no clear text.
        subjects: the data subjects (customers' ids) that arguments, rows and details concern.
            These parts are sealed under their keys; erasing any one of them makes them unreadable.
        destroyed: ids of data keys that are destroyed in the same transaction (`key.destroyed`).
        records: ids of further records concerned, besides those changed.
        tenant_id: whose log it is, when there is no actor.
        id: the entry's own id.
    """

    kind: str
    at: datetime
    actor: Actor | None = None
    origin: Origin | None = None
    tool: str = ""
    tool_digest: str = ""
    risk_class: str = ""
    args: Mapping[str, Any] | None = None
    labels: Mapping[str, int] = field(default_factory=dict)
    verdict: str = ""
    rules: Sequence[str] = ()
    policy_version: str = ""
    error: str = ""
    approvals: Sequence[UUID] = ()
    preview_hash: str = ""
    changes: Sequence[RowChange] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    turn: UUID | None = None
    call: UUID | None = None
    parent: UUID | None = None
    trace: str = ""
    model: Mapping[str, str] = field(default_factory=dict)
    subjects: Sequence[str] = ()
    destroyed: Sequence[UUID] = ()
    records: Sequence[UUID] = ()
    tenant_id: UUID = HOUSE
    id: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        """Refuse a kind that nobody could search for."""
        if not KIND.fullmatch(self.kind):
            raise ValueError(f"{WARNING}, not {self.kind!r}")

    @property
    def tenant(self) -> UUID:
        """The tenant in whose log it stands."""
        return self.actor.tenant_id if self.actor else self.tenant_id

    def body(self, log: str, epoch: int, own: DataSecrets, about: DataSecrets | None = None) -> bytes:
        """The bytes that are stored and hashed: canonical, with all personal data sealed.

        Args:
            log: the log's name.
            epoch: its epoch.
            own: the tenant's secrets.
            about: the secrets of the entry's `subjects`, if it has any.
        """
        secrets = about or own
        sealing = Sealing(self.tenant, self.id, secrets)
        said: dict[str, Any] = {
            "v": VERSION,
            "id": str(self.id),
            "log": log,
            "epoch": epoch,
            "tenant": str(self.tenant),
            "at": instant(self.at),
            "kind": self.kind,
            "actor": self._who(),
            "dek": str(own.key.id),
            "tool": self.tool,
            "tool_digest": self.tool_digest,
            "class": self.risk_class,
            "labels": [[name, int(level)] for name, level in sorted(self.labels.items())],
            "decision": self._decision(secrets),
            "effect": [sealing.row(change) for change in self.changes],
            "records": self._records(),
            "turn": _id(self.turn),
            "call": _id(self.call),
            "parent": _id(self.parent),
            "trace": self.trace,
            "model": dict(self.model),
            "subjects": [str(id) for id in secrets.subjects],
            "destroyed": [str(id) for id in self.destroyed],
        }
        if self.args is not None:
            said["args_digest"] = secrets.commitment([self.tool, self.args])
            said["args_enc"] = sealing.seal("args", self.args)
        details, came_from = dict(self.details), self._came_from()
        if came_from and about is None:
            details["from"] = came_from
        elif came_from:
            # Where the operator sat is the operator's: it outlives the customer's erasure.
            said["from_enc"] = Sealing(self.tenant, self.id, own).seal("from", came_from)
        if details:
            said["details_enc"] = sealing.seal("details", details)
        if self.idempotency_key:
            said["idem"] = secrets.commitment(self.idempotency_key)
        present = {name: value for name, value in said.items() if value not in ("", [], {})}
        return checked(present)

    def _who(self) -> dict[str, Any]:
        actor, origin = self.actor, self.origin
        return {
            "operator": _id(actor.user_id) if actor else None,
            "agent": actor.agent if actor else None,
            "session": _id(origin.session_id) if origin else None,
            "face": origin.face if origin else None,
            "request": _id(origin.request_id) if origin else None,
        }

    def _decision(self, secrets: DataSecrets) -> dict[str, Any]:
        preview = secrets.commitment(self.preview_hash) if self.preview_hash else ""
        said = {
            "verdict": self.verdict,
            "policy_version": self.policy_version,
            "rule_ids": list(self.rules),
            "error": self.error,
            "approvals": [str(id) for id in self.approvals],
            "preview": preview,
        }
        return {name: value for name, value in said.items() if value not in ("", [])}

    def _records(self) -> list[str]:
        ids = [*self.records, *(change.id for change in self.changes), *self.approvals]
        return sorted({str(id) for id in ids})

    def _came_from(self) -> dict[str, Any]:
        if self.origin and (self.origin.ip_address or self.origin.user_agent):
            return {"ip_address": self.origin.ip_address, "user_agent": self.origin.user_agent}
        return {}


@dataclass(frozen=True)
class Sealing:
    """Seals the personal parts of one entry; each opens in its own place alone."""

    tenant: UUID
    entry: UUID
    secrets: DataSecrets

    def _place(self, part: str) -> bytes:
        return f"v{VERSION}|{self.tenant}|soriano_audit.entry|{part}|{self.entry}|{self.secrets.key.id}".encode()

    def seal(self, part: str, value: object) -> str:
        """`value` in clear becomes ciphertext in base64."""
        return b64encode(self.secrets.key.seal(shaped(value), self._place(part))).decode()

    def open(self, part: str, sealed: str) -> Any:
        """What `seal` was given.

        Raises:
            Unsealable: altered, moved from another entry, or the key is gone.
        """
        return json.loads(self.secrets.key.open(b64decode(sealed), self._place(part)))

    def row(self, change: RowChange) -> dict[str, Any]:
        """One written row: where, and commitments to what it said before and says now."""
        said = {"table": change.table, "pk": str(change.id), "op": change.op, "version": change.version}
        for side, values in (("before", change.before), ("after", change.after)):
            if values:
                said[f"{side}_digest"] = self.secrets.commitment(values)
        difference = {"before": change.before, "after": change.after}
        said["diff_enc"] = self.seal(f"effect/{change.table}/{change.id}", difference)
        return said


def subject_keys(body: Mapping[str, Any]) -> list[UUID]:
    """The ids of the subjects' keys that seal `body`; none if the tenant's own key does."""
    return [UUID(id) for id in body.get("subjects", [])]


def opened(body: Mapping[str, Any], own: DataSecrets, standing: Mapping[UUID, DataKey]) -> tuple[dict[str, Any], bool]:
    """`body` with its sealed parts in clear, and whether a subject's key is gone.

    In clear there are `args`, `details`, and `before`/`after` of each row; where a key was
    destroyed there stands that it was.

    Args:
        body: the entry.
        own: the tenant's secrets.
        standing: the subjects' keys that still stand.

    Raises:
        Unsealable: a part was altered, or is not sealed by the key that it names.
    """
    tenant, id, wanted = UUID(body["tenant"]), UUID(body["id"]), subject_keys(body)
    erased = not all(key in standing for key in wanted)
    shown = {name: value for name, value in body.items() if not name.endswith("_enc")}
    shown["effect"] = [
        {name: value for name, value in row.items() if name != "diff_enc"} for row in body.get("effect", [])
    ]
    details: dict[str, Any] = {}
    if not erased:
        sealing = Sealing(tenant, id, joint([standing[key] for key in wanted], id) if wanted else own)
        if sealed := body.get("args_enc"):
            shown["args"] = sealing.open("args", sealed)
        if sealed := body.get("details_enc"):
            details = sealing.open("details", sealed)
        for row, said in zip(shown["effect"], body.get("effect", []), strict=True):
            row |= sealing.open(f"effect/{row['table']}/{row['pk']}", said["diff_enc"])
    else:
        shown |= {"args": {"—": ERASED}} if "args_enc" in body else {}
        details = {"—": ERASED} if "details_enc" in body else {}
    if sealed := body.get("from_enc"):
        details = {**details, "from": Sealing(tenant, id, own).open("from", sealed)}
    return shown | ({"details": details} if details else {}), erased


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)
