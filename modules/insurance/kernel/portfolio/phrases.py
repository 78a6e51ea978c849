"""Words as the search compares them (*texto libre*), and the tables that triggers keep for it.

A phrase is what a text says from one of its words on, so that any run of words in it is the
beginning of a phrase: one range of an index finds it, however large the book. Each policy has
a narrow entry besides, with its amounts in whole cents (see the revision `kernel_0007`).
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, MetaData, String, Table, Text, Uuid, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.records import SCHEMA

LONGEST: Final = 40  # signs of a phrase that are kept
MOST_HITS: Final = 5000
AFTER_ALL: Final = "{"  # follows z by code point
MARKS: Final = re.compile("[\u0300-\u036f]+")
OTHERS: Final = re.compile("[^a-z0-9]+")

TABLES: Final = MetaData(schema=SCHEMA)  # apart from the records': their rows are no business of a tool
PHRASE: Final = Table(
    "search_phrase", TABLES, Column("tenant_id", Uuid), Column("phrase", Text(collation="C")), Column("kind", String),
    Column("record_id", Uuid),
)  # fmt: skip
ENTRY: Final = Table(
    "policy_entry", TABLES, Column("tenant_id", Uuid), Column("policy_id", Uuid), Column("policy_number", String),
    Column("line", String), Column("product", String), Column("state", String), Column("insurer_id", Uuid),
    Column("collaborator_id", Uuid), Column("policyholder_id", Uuid), Column("expires_on", Date),
    Column("premium", BigInteger), Column("sum_insured", BigInteger),
)  # fmt: skip


class TooCommon(BadArguments):
    """More records than anybody looks through say this."""

    text = N_(
        "«{text}» aparece en más de {most} pólizas o clientes. Escriba más palabras seguidas, o el número entero."
    )


def folded(text: str) -> str:
    """`text` in lower-case ASCII words without accents, as the index holds it."""
    bare = MARKS.sub("", unicodedata.normalize("NFKD", text).lower())
    return OTHERS.sub(" ", bare).strip()


def saying(ctx: Context, text: str) -> tuple[Sequence[UUID], Sequence[UUID]]:
    """The policies and the customers that say the words of `text` one after another, the last perhaps unfinished.

    Raises:
        TooCommon: more than `MOST_HITS` do.
    """
    wanted = folded(text)[:LONGEST].rstrip()
    if not wanted:
        return (), ()
    phrase = PHRASE.c.phrase
    query: Any = (
        select(PHRASE.c.kind, PHRASE.c.record_id)
        .where(phrase >= wanted, phrase < wanted + AFTER_ALL)
        .distinct().limit(MOST_HITS + 1)
    )  # fmt: skip
    hits = ctx.session.execute(query).all()
    if len(hits) > MOST_HITS:
        raise TooCommon(field="text", text=text, most=MOST_HITS)
    policies, customers = ([id for kind, id in hits if kind == of] for of in ("policy", "customer"))
    return policies, customers
