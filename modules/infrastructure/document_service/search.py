"""Searching the text of documents (*base documental*): PostgreSQL's full text in Spanish, ranked."""

from typing import Any, Final

from sqlalchemy import Integer, cast, literal, literal_column
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlmodel import col, func, select

from core.context import Context
from modules.infrastructure.document_service.lookup import alive
from modules.infrastructure.document_service.records import SCHEMA, Document, DocumentPage

SPANISH: Final[Any] = literal_column("'spanish'::regconfig")
VECTOR: Final[Any] = literal_column(f"{SCHEMA}.document_page.search", TSVECTOR)
SNIPPET: Final = "StartSel='', StopSel='', MaxFragments=2, MaxWords=30, MinWords=12, FragmentDelimiter=' … '"
MOST_WORDS: Final = 16
BY_LENGTH: Final = 1  # a long page does not win by being long


def found(ctx: Context, words: str, limit: int, *conditions: Any) -> tuple[list[tuple[Document, int, str]], bool]:
    """Documents, pages and snippets that answer `words`, and whether they hold all of them.

    Pages of the newest versions only. Where no page holds every word, those that hold the
    most telling ones.
    """
    rows = _ranked(ctx, func.websearch_to_tsquery(SPANISH, words), (), limit, *conditions)
    if rows:
        return rows, True
    stems = ctx.session.exec(select(func.tsvector_to_array(func.to_tsvector(SPANISH, words)))).one()
    terms = [cast(literal(_term(stem)), TSQUERY) for stem in stems[:MOST_WORDS]]
    if not terms:
        return [], False
    # How many of the words, before how often: a page that repeats one of them is no better for it.
    held = [cast(VECTOR.op("@@")(term), Integer) for term in terms]
    any_word = cast(literal(" | ".join(_term(stem) for stem in stems[:MOST_WORDS])), TSQUERY)
    return _ranked(ctx, any_word, (sum(held[1:], held[0]).desc(),), limit, *conditions), False


def _term(stem: str) -> str:
    """A stem as PostgreSQL reads it in a query."""
    return "'" + stem.replace("\\", "\\\\").replace("'", "''") + "'"


def _ranked(ctx: Context, query: Any, first: Any, limit: int, *conditions: Any) -> list[tuple[Document, int, str]]:
    rank = func.ts_rank_cd(VECTOR, query, cast(BY_LENGTH, Integer))
    snippet = func.ts_headline(SPANISH, DocumentPage.text, query, SNIPPET)
    rows = ctx.session.exec(
        select(Document, DocumentPage.number, snippet)
        .join(DocumentPage, col(DocumentPage.version_id) == Document.current_id)
        .where(VECTOR.op("@@")(query), alive(), *conditions)
        .order_by(*first, rank.desc(), col(Document.id).desc(), col(DocumentPage.number))
        .limit(limit)
    )
    return [(document, number, text) for document, number, text in rows]
