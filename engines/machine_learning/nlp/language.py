"""Which language a text is in, among those that our clients write."""

from functools import cache
from typing import Annotated, Any, Final

from pydantic import Field

from engines.contract import Caution, Computed, operation
from engines.errors import N_
from engines.machine_learning.nlp.texts import LANGUAGES, WORD, Language, text_of

FEW_WORDS: Final = 5
UNSURE: Final = 0.8
SHORT: Final = N_("Con tan pocas palabras ({words}) el idioma es una suposición.")
DOUBTFUL: Final = N_("El idioma es dudoso: probabilidad {score}.")


class DetectedLanguage(Computed):
    """The language of a text. `score` is its probability, 0 to 1; `scores` those of all candidates."""

    lang: Language
    score: float
    scores: dict[str, float]


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(list(LANGUAGES))
    return found


@operation(
    "Idioma de un texto",
    examples=(
        "¿En qué idioma está escrito este correo del cliente, castellano, catalán, gallego o euskera?",
        "Detect the language of this text: Spanish, Catalan, Portuguese or English",
    ),
)
def detect_language(
    text: str, usual: Language = "es", usual_share: Annotated[float, Field(gt=0, lt=1)] = 0.5
) -> DetectedLanguage:
    """Tell the language of a text among Spanish, English, Catalan, Galician, Basque, Portuguese, French and German.

    Args:
        text: what was written, up to 200,000 characters.
        usual: the language most of the texts come in.
        usual_share: share of the texts that come in it, 0 to 1; the rest is spread evenly. It decides
            short texts that several Romance languages could have written ("prima neta anual").

    Raises:
        InvalidInput: an empty text.
        LimitExceeded: a text that is too long.

    Source: Lui & Baldwin, "langid.py: an off-the-shelf language identification tool", ACL 2012
    (naive Bayes on byte n-grams), restricted to eight languages; class prior by Bayes' rule.
    """
    read = text_of(text, "text")
    others = (1 - usual_share) / (len(LANGUAGES) - 1)
    likely = {lang: float(p) * (usual_share if lang == usual else others) for lang, p in _identifier().rank(read)}
    total = sum(likely.values())
    scores = {lang: p / total for lang, p in sorted(likely.items(), key=lambda item: -item[1])}
    best: Language = next(lang for lang in LANGUAGES if lang == next(iter(scores)))
    words = len(WORD.findall(read))
    cautions = []
    if words < FEW_WORDS:
        cautions.append(Caution(text=SHORT, values={"words": words}))
    if scores[best] < UNSURE:
        cautions.append(Caution(text=DOUBTFUL, values={"score": round(scores[best], 2)}))
    return DetectedLanguage(
        method="naive Bayes, byte n-grams, prior",
        library="py3langid",
        n=words,
        lang=best,
        score=scores[best],
        scores=scores,
        warnings=tuple(cautions),
    )
