"""The brokerage that evals ask about: the demonstration's data, in a tenant of its own.

So a suite runs on any installation, beside real data that it can neither see nor touch, and
meets the same book on every machine. What a case does is rolled back; only the book stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from core.context import Actor, Origin
from core.errors import AitError, NotFound
from core.i18n import Locale
from core.identifiers import new_id
from graphs.nodes.intake import mention_tools
from modules.demo import NAME, fill
from modules.installation import Installation
from tools.gate import Call
from tools.gate.rehearsal import rehearse

SLUG: Final = "evals"
ROLES: Final = ("broker", "executive", "cfo", "operations", "compliance", "admin")


@dataclass
class Brokerage:
    """The tenant of the evals, its people by role, and its records by name."""

    installation: Installation
    owner: Actor
    people: Mapping[str, Actor]
    _found: dict[tuple[str, str], str | None] = field(default_factory=dict)

    @classmethod
    def open(cls, installation: Installation) -> "Brokerage":
        """The tenant with all its data and people; made the first time, completed otherwise."""
        installation.people.owner()  # the house's own tenant comes first, whatever is asked first
        try:
            owner = installation.people.actor(f"owner@{SLUG}")
        except NotFound:
            owner = installation.people.add_tenant(SLUG, NAME, fictional=True)
        fill(installation, owner)
        people = {role: _person(installation, owner, role) for role in ROLES}
        return cls(installation, owner, {**people, "owner": owner})

    def person(self, role: str, locale: Locale) -> Actor:
        """Who makes a case's request, in the request's language."""
        return replace(self.people[role], locale=locale)

    def record(self, kind: str, words: str) -> str | None:
        """The id of the one record of `kind` that `words` name, as the modules recognise it."""
        key = kind, words.strip()
        if key not in self._found:
            self._found[key] = _id(words) or self._named(kind, words)
        return self._found[key]

    def _named(self, kind: str, words: str) -> str | None:
        found = set()
        with rehearse(self.installation.database) as rehearsal:
            for tool in mention_tools(list(self.installation.catalogue.tools.values())):
                call = Call(tool.name, {"text": words}, self.owner, Origin("eval", new_id()), rehearsal=rehearsal)
                try:
                    mentions = self.installation.gate.call(call).value.mentions
                except AitError:
                    continue  # a module that cannot look names nothing
                found |= {mention.id for mention in mentions if mention.kind == kind}
        return found.pop() if len(found) == 1 else None


def _person(installation: Installation, owner: Actor, role: str) -> Actor:
    name = f"{role}@{SLUG}"
    try:
        return installation.people.actor(name)
    except NotFound:
        installation.people.add_user(owner, name, role.title(), [role])
        return installation.people.actor(name)


def _id(words: str) -> str | None:
    try:
        return str(UUID(words.strip()))
    except ValueError:
        return None
