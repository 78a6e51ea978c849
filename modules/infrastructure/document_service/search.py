"""Searching the text of documents (*base documental*): PostgreSQL's full text in Spanish, ranked."""

from typing import Any, Final

from sqlalchemy import Integer, String, cast, literal_column
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlmodel import col, func, select

from core.context import Context
from modules.infrastructure.document_service.lookup import alive
from modules.infrastructure.document_service.records import SCHEMA, Document, DocumentPage

SPANISH: Final[Any] = literal_column("'spanish'::regconfig")
VECTOR: Final[Any] = literal_column(f"{SCHEMA}.document_page.search", TSVECTOR)
SNIPPET: Final = "StartSel='', StopSel='', MaxFragments=2, MaxWords=30, MinWords=12, FragmentDelimiter=' … '"
BY_LENGTH: Final = 1  # a long page does not win by being long


def found(ctx: Context, words: str, limit: int, *conditions: Any) -> tuple[list[tuple[Document, int, str]], bool]:
    """Documents, pages and snippets that answer `words`, and whether they hold all of them.

    Pages of the newest versions only. Where no page holds every word, those that hold the
    most telling ones.
    """
    every: Any = func.websearch_to_tsquery(SPANISH, words)
    rows = _ranked(ctx, every, limit, *conditions)
    if rows:
        return rows, True
    # plainto_tsquery quotes each word, so that its text may be rewritten: any word will do.
    any_word = cast(func.replace(cast(func.plainto_tsquery(SPANISH, words), String), " & ", " | "), TSQUERY)
    return _ranked(ctx, any_word, limit, *conditions), False


def _ranked(ctx: Context, query: Any, limit: int, *conditions: Any) -> list[tuple[Document, int, str]]:
    rank = func.ts_rank_cd(VECTOR, query, cast(BY_LENGTH, Integer))
    snippet = func.ts_headline(SPANISH, DocumentPage.text, query, SNIPPET)
    rows = ctx.session.exec(
        select(Document, DocumentPage.number, snippet)
        .join(DocumentPage, col(DocumentPage.version_id) == Document.current_id)
        .where(VECTOR.op("@@")(query), alive(), *conditions)
        .order_by(rank.desc(), col(Document.id).desc(), col(DocumentPage.number))
        .limit(limit)
    )
    return [(document, number, text) for document, number, text in rows]
