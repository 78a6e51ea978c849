"""The knowledge base (*base de conocimiento*): passages in Chroma, searched in memory.

Each tenant has a collection of its own; the house's notes lie in one that all read and
nobody's ingestion touches. A search fuses two rankings, by words and by vectors, and gives
passages that can be cited.
"""

import hashlib
import threading
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np

from core.errors import BadArguments, NotFound
from core.i18n import N_
from knowledge.chunks import Chunk, chunks
from knowledge.embedding import DIMENSIONS, Vectors, embed
from knowledge.ranking import Bm25, fuse
from knowledge.words import stems

HOUSE: Final = "house"
NOTES: Final = Path(__file__).parent / "notes"
READABLE: Final = (".md", ".txt")
LARGEST: Final = 5_000_000  # bytes of one file
TITLE_REPEATS: Final = 2  # a word of the title counts as much as so many of the text
CANDIDATES: Final = 30
NEAR: Final = 0.18  # cosine under which a vector is no sign of likeness
SYSTEM, INTERNAL, EXTERNAL = 3, 1, 0


@dataclass(frozen=True)
class Passage:
    """A passage that was found: cite it by `ref`; `score` orders passages of one search."""

    ref: str
    title: str
    text: str
    source: str
    score: float
    integrity: int = EXTERNAL


@dataclass(frozen=True)
class Ingested:
    """What an ingestion did, in passages."""

    documents: int
    added: int
    unchanged: int
    removed: int


class _Index:
    """One collection in memory, as of `version`."""

    def __init__(self, version: str, found: Sequence[Chunk], vectors: Vectors) -> None:
        self.version = version
        self.chunks = {chunk.ref: chunk for chunk in found}
        self._order = [chunk.ref for chunk in found]
        self._vectors = vectors
        self._words = Bm25([(c.ref, stems(" ".join((*[c.title] * TITLE_REPEATS, c.text, c.keywords)))) for c in found])

    def search(self, text: str) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
        """Rankings by words and by vectors, each `(ref, score)`."""
        by_words = self._words.search(stems(text), CANDIDATES)
        if not self._order:
            return [], []
        likeness = self._vectors @ embed([text])[0]
        best = np.argsort(-likeness, kind="stable")[:CANDIDATES]
        return by_words, [(self._order[i], float(likeness[i])) for i in best if likeness[i] >= NEAR]


class Knowledge:
    """The knowledge base under one data directory; opened on first use."""

    def __init__(self, data_dir: Path) -> None:
        """Know where the store lies; nothing is opened yet."""
        self.folder = data_dir / "knowledge"
        self._client: Any = None
        self._indexes: dict[str, _Index] = {}
        self._lock = threading.RLock()

    def search(self, text: str, tenant_id: UUID, among: Collection[str] = (), limit: int = 5) -> list[Passage]:
        """Passages that answer `text`, best first: the tenant's own and the house's notes.

        Args:
            text: a question or some words.
            tenant_id: whose documents, besides the house's.
            among: names of documents to search only; all if empty.
            limit: how many at most.
        """
        if not stems(text):
            return []
        rankings: list[list[str]] = []
        known: dict[str, Chunk] = {}
        for name in (HOUSE, _collection_of(tenant_id)):
            index = self._index(name)
            if index is None:
                continue
            known |= index.chunks
            rankings += [[ref for ref, _ in ranking] for ranking in index.search(text)]
        fitting = [[r for r in ranking if not among or known[r].document in among] for ranking in rankings]
        return [
            Passage(ref, known[ref].title, known[ref].text, known[ref].source, round(score, 6), known[ref].integrity)
            for ref, score in fuse(fitting, limit)
        ]

    def passage(self, ref: str, tenant_id: UUID) -> Passage:
        """The passage cited as `ref`.

        Raises:
            NotFound: this tenant has none of that reference, or its text has changed since.
        """
        for name in (HOUSE, _collection_of(tenant_id)):
            index = self._index(name)
            if index and ref in index.chunks:
                chunk = index.chunks[ref]
                return Passage(ref, chunk.title, chunk.text, chunk.source, 1.0, chunk.integrity)
        raise NotFound(what=N_("el pasaje"), ref=ref)

    def ingest(self, path: Path, tenant_id: UUID, *, source: str = "", integrity: int = EXTERNAL) -> Ingested:
        """Take over a Markdown or text file, or all in a folder, for one tenant.

        A file of the same name replaces the former; passages that did not change stay as they are.

        Raises:
            NotFound: there is no such file.
            BadArguments: a file is no readable text, or there is none.
        """
        files = _files(path)
        prepared = {name: chunks(_read(file), name, source=source, integrity=integrity) for name, file in files.items()}
        return self._replace(_collection_of(tenant_id), prepared)

    def documents(self, tenant_id: UUID) -> dict[str, int]:
        """The tenant's own documents, with how many passages each has."""
        index = self._index(_collection_of(tenant_id))
        counts: dict[str, int] = {}
        for chunk in index.chunks.values() if index else ():
            counts[chunk.document] = counts.get(chunk.document, 0) + 1
        return counts

    def forget(self, document: str, tenant_id: UUID) -> int:
        """Remove one of the tenant's documents; gives how many passages it had."""
        return self._replace(_collection_of(tenant_id), {document: []}).removed

    def _open(self) -> Any:
        with self._lock:
            if self._client is None:
                # Chroma costs about a second to import; a command that searches nothing never pays it.
                import chromadb
                from chromadb.config import Settings

                self.folder.mkdir(parents=True, exist_ok=True)
                self._client = chromadb.PersistentClient(str(self.folder), Settings(anonymized_telemetry=False))
                self._keep_notes()
            return self._client

    def _keep_notes(self) -> None:
        """Bring the house's collection in line with the notes that ship with the system."""
        files = sorted(NOTES.glob("*.md"))
        version = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
        house = self._collection(HOUSE)
        if (house.metadata or {}).get("notes") == version:
            return
        notes = {file.stem: chunks(_read(file), file.stem, integrity=SYSTEM) for file in files}
        former = {str(m["document"]) for m in house.get(include=["metadatas"])["metadatas"]}
        self._replace(HOUSE, {**{name: [] for name in former}, **notes}, notes=version)

    def _collection(self, name: str) -> Any:
        return self._client.get_or_create_collection(
            name, embedding_function=None, metadata={"version": "0"}, configuration={"hnsw": {"space": "cosine"}}
        )

    def _replace(self, name: str, documents: dict[str, list[Chunk]], **facts: str) -> Ingested:
        """Make `documents` the passages of their names in the collection `name`."""
        with self._lock:
            self._open()
            collection = self._collection(name)
            held = collection.get(where={"document": {"$in": list(documents)}}, include=[])
            before = set(held["ids"])
            wanted = {chunk.ref: chunk for found in documents.values() for chunk in found}
            new = [chunk for ref, chunk in wanted.items() if ref not in before]
            gone = sorted(before - set(wanted))
            if gone:
                collection.delete(ids=gone)
            if new:
                collection.upsert(
                    ids=[c.ref for c in new],
                    documents=[c.text for c in new],
                    embeddings=embed([f"{c.title}. {c.text} {c.keywords}" for c in new]).tolist(),
                    metadatas=[_metadata(c) for c in new],
                )
            if new or gone or facts:
                number = int((collection.metadata or {}).get("version", "0")) + 1
                collection.modify(metadata={**(collection.metadata or {}), "version": str(number), **facts})
            return Ingested(len(documents), len(new), len(wanted) - len(new), len(gone))

    def _index(self, name: str) -> _Index | None:
        """The collection in memory, read again if another process has changed it; None if there is none."""
        client = self._open()
        with self._lock:
            if name not in [collection.name for collection in client.list_collections()]:
                return None
            collection = client.get_collection(name, embedding_function=None)
            version = f"{collection.id}:{(collection.metadata or {}).get('version')}"
            held = self._indexes.get(name)
            if held is not None and held.version == version:
                return held
            if held is not None:
                # Chroma keeps the vectors it has read in memory and does not see another process's.
                collection = self._reopened().get_collection(name, embedding_function=None)
            self._indexes[name] = _load(version, collection)
            return self._indexes[name]

    def _reopened(self) -> Any:
        self._client.close()
        self._client = None
        return self._open()

    def close(self) -> None:
        """Let go of the store's files; the next search opens them again."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client, self._indexes = None, {}


def _load(version: str, collection: Any) -> _Index:
    rows = collection.get(include=["documents", "embeddings", "metadatas"])
    order = sorted(range(len(rows["ids"])), key=lambda i: rows["ids"][i])
    found = [_chunk(rows["ids"][i], rows["documents"][i], rows["metadatas"][i]) for i in order]
    vectors = np.array([rows["embeddings"][i] for i in order], dtype=np.float32).reshape(len(order), DIMENSIONS)
    return _Index(version, found, vectors)


def _metadata(chunk: Chunk) -> dict[str, str | int]:
    return {key: value for key, value in asdict(chunk).items() if key not in ("ref", "text")}


def _chunk(ref: str, text: str, metadata: dict[str, Any]) -> Chunk:
    return Chunk(
        ref=ref,
        text=text,
        title=str(metadata["title"]),
        source=str(metadata["source"]),
        document=str(metadata["document"]),
        digest=str(metadata["digest"]),
        integrity=int(metadata["integrity"]),
        keywords=str(metadata.get("keywords", "")),
    )


def _collection_of(tenant_id: UUID) -> str:
    return f"tenant-{tenant_id}"


def _files(path: Path) -> dict[str, Path]:
    """The readable files at `path`, by the name their passages are cited by."""
    if not path.exists():
        raise NotFound(what=N_("el fichero"), ref=str(path))
    if path.is_file():
        return {path.stem: path}
    found = {str(f.relative_to(path).with_suffix("")): f for f in sorted(path.rglob("*")) if f.suffix in READABLE}
    if not found:
        raise BadArguments(field="path", problem=N_("la carpeta no contiene ficheros .md ni .txt"))
    return found


def _read(file: Path) -> str:
    if file.suffix not in READABLE:
        raise BadArguments(field="path", problem=N_("solo se admiten ficheros .md y .txt"))
    if file.stat().st_size > LARGEST:
        raise BadArguments(field="path", problem=N_("el fichero es demasiado grande"))
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadArguments(field="path", problem=N_("el fichero no es texto en UTF-8")) from error
