"""Which of several labels a request is most like, by examples; deterministic, under a millisecond.

Each label (a tool, an executor) has example requests. A request is compared with each
example by the rarity-weighted overlap of what they mean (stems and concepts), leaving out
names, numbers and codes: those fill arguments, they do not choose.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from agents.language.clauses import QUESTIONS
from agents.language.codes import codes
from agents.language.dates import MONTHS, RELATIVE, WEEKDAYS
from agents.language.lexicon import CONCEPT_STEMS, concept
from knowledge.words import STOP, fold, stem, words

EXTRA: Final = 0.35  # what a word of the request that the example lacks takes away
UNKNOWN: Final = 0.55  # what a word that no label knows at all takes away
LACKING: Final = 0.5  # what a word of the example that the request lacks takes away
OPENING: Final = 0.1  # what beginning with the same telling word (the verb) adds of what is lacking
SECOND: Final = 0.08  # what a second example of the same label that fits as well adds
TYPO: Final = 90  # similarity, 0…100, from which a long unknown word is taken for a known one
LONG_WORD: Final = 7  # letters of a stem; «compra» and «compara» are too near to be guessed at
DATE_WORDS: Final = frozenset((*MONTHS, *WEEKDAYS, *RELATIVE))  # values, never a sign of what is asked
GENERIC: Final = frozenset(
    {
        "#list",
        "#show",
        "#search",
        "escrib",
        "pide",
        "recomiend",
        "#send",
        "#make",
        "#review",
        "#sheet",
        "#total",
        "#day",
        "#next",
        "#month",
        "#value",
        "several",
    }
)
GENERIC_WEIGHT: Final = 0.5  # words that go with anything tell half as much
VALUE_WEIGHT: Final = 0.3  # words that are an argument's value («transferencia») hardly tell the tool
OTHER_MOOD: Final = 0.85  # a question compared with an order, or the other way round
ASKING: Final = re.compile(rf"^[^\w]*(?:{QUESTIONS}|por que|why|do|did|has|have|can|any|hay|tiene)\b|\?\s*$")
VALUES: Final = ("email", "phone", "iban")
REWRITES: Final = (  # phrases whose words, taken singly, say something else
    (
        re.compile(
            r"\b(?:no|not|sin|hasn't|haven't)\s+(?:(?:se|ha|han|has|have|been|yet|le)\s+)*"
            r"(?:pagad\w+|pagar|paga|pago|cobrad\w+|cobrar|paid|collected|settled)\b"
        ),
        " unpaid ",
    ),
    (re.compile(r"\bdatos de contacto\b|\bcontact (?:details|data)\b"), " telefono "),
    (re.compile(r"\brecib(?:ir|e|en|io|ido|imos|iria)\b"), " "),  # its stem is that of «recibo»
    (
        re.compile(
            r"\bcuanto\s+(?:le\s+|nos\s+|me\s+|les\s+)?(?:cuesta|costaria|saldria|sale|cobraria\w*|valdria)\b"
            r"|\bhow much (?:would it|does it|would|to)\s*(?:cost)?\b"
        ),
        " cotiza ",
    ),
    (
        re.compile(r"\basegurar(?:me|le|les|nos|se|l[oa]s?)?\b|\binsur(?:e|ing)\b"),
        " cotiza seguro ",
    ),  # «asegurado» is had
    (
        re.compile(
            r"\b(?:quier[oe]n?|queremos|quisiera|querria|necesit(?:o|a|an|amos)|wants?|needs?)\s+(?:un|una|an?)\s+"
            r"((?:\w+\s+){0,2}(?:seguro|poliza|insurance|policy))\b"
        ),
        r" cotiza \1 ",
    ),
    (
        re.compile(
            r"\b(?:un|una|otro|otra|a|an|another)\s+((?:\w+\s+){0,3})"
            r"(presupuesto|cotizacion|oferta|quote|quotation)\b"
        ),
        r" haz \1 \2 ",
    ),
    (re.compile(r"\b(?:bad|late|slow) payers?\b|\bdefaulters?\b|\bmal(?:os)? pagador(?:es)?\b"), " overdue several "),
    (
        re.compile(
            r"\b(?:(?:ponme|ponerme|bring me|get me|keep me)\s+)?(?:al (?:dia|corriente) (?:de|sobre|con)"
            r"|up to date (?:on|about|with))\b"
        ),
        " ficha ",
    ),
    (
        re.compile(r"\bque sabemos de\b|\bwhat do we know about\b|\beverything about\b|\btodo (?:sobre|lo de)\b"),
        " ficha ",
    ),
    (re.compile(r"\bavis(?:a|ale|ales|ar|arle)\b"), " recordatorio "),  # its stem is that of «aviso», a notice
    (re.compile(r"\bcartas?\b"), " letter "),  # its stem is that of «cartera»
    (re.compile(r"\bin force\b"), " vigor "),
    (re.compile(r"\bvencid[oa]s?\b"), " overdue "),  # its stem is that of «vencen»
    (re.compile(r"\ba tiempo\b|\bon time\b|\bpuntual(?:mente)?\b|\bbuen pagador\b"), " puntualidad "),
    (re.compile(r"\b(?:quotes|cotizaciones|presupuestos|ofertas)\b"), " ofertashechas "),  # «cotiza» makes one
    (re.compile(r"\b(polizas|policies|recibos|receipts|siniestros|claims)\b"), r" \1 several "),
    (re.compile(r"\b(?:nuev[oa] client[ea]|client[ea] nuev[oa]|new (?:customer|client))\b"), " alta cliente nuevo "),
    (re.compile(r"\bcuant[oa]s\b|\bhow many\b"), " #count "),
    (re.compile(r"\bcontratad[oa]s?\b|\bcontratos?\b"), " poliza "),
    (re.compile(r"\bbook (?:me|us|an?|the)\b|\breserva(?:r|me|nos)?\s+(?:un|una|el|la|mesa|hora)\b"), " reservaviaje "),
    (
        re.compile(
            r"\babr(?:e|ir|a)\s+(?:(?:el|un|este)\s+)?(?:expediente|siniestro)\b"
            r"|\bopen (?:(?:the|a|this) )?(?:claim|file)\b"
        ),
        " aperturaexpediente siniestro ",  # «abre» alone shows
    ),
    (re.compile(r"\b(?:no|not|doesn't)\s+(?:(?:la|lo|quiere|does)\s+)*(?:acept\w+|accept\w*)\b"), " discrepa "),
    (re.compile(r"\bse opone\b|\bya no (?:consiente|acepta|autoriza|quiere)\b"), " consiente retira "),
)
QUOTED: Final = re.compile(r"«[^»]*»|\"[^\"]*\"")
CAPITALISED: Final = re.compile(r"(?<![.!?¿¡\n])(?<!^)\s+(?!WhatsApp\b)[A-ZÁÉÍÓÚÑÜ][\wáéíóúñüç'.-]*", re.MULTILINE)


def meaning(text: str, without: Iterable[str] = ()) -> list[str]:
    """What `text` is about: concepts and stems; no names, numbers, codes or quotations.

    `without` are words known to name records.
    """
    for name in without:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text, flags=re.IGNORECASE)
    text = QUOTED.sub(" ", text)
    found = codes(text)
    given = any(code.kind in VALUES for code in found)  # a new address or number stands in the text itself
    for code in reversed(found):
        text = f"{text[: code.start]} {text[code.end :]}"
    if not text.isupper():
        text = CAPITALISED.sub(" ", text)
    text = fold(text)
    for pattern, plain in REWRITES:
        text = pattern.sub(plain, text)
    signs = [sign for sign, there in (("#count", "#count" in text), ("#value", given)) if there]
    return signs + [
        concept(stem(word))
        for word in words(text.replace("#count", " "))
        if len(word) > 1 and word not in STOP and word not in DATE_WORDS and _is_word(word)
    ]


def _is_word(word: str) -> bool:
    """Whether a word is one, and no number or code («360» is what people call a whole view)."""
    return word == "360" or not any(c.isdigit() for c in word)


@dataclass(frozen=True)
class Match:
    """How like the examples of `label` a request is, 0…1, and the example it is most like."""

    label: str
    score: float
    example: str


@dataclass(frozen=True)
class _Example:
    """One example request: its label, what it means, how it begins, whether it asks."""

    label: str
    text: str
    features: frozenset[str]
    opening: str
    question: bool


def is_question(text: str) -> bool:
    """Whether `text` asks rather than orders, by its first word or its last sign."""
    return bool(ASKING.search(fold(text)))


class Matcher:
    """Examples of several labels, ready to be compared with requests."""

    def __init__(
        self,
        examples: Mapping[str, Collection[str]],
        vocabulary: Mapping[str, str] | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        """Index the examples.

        Args:
            examples: requests by label.
            vocabulary: further text by label, whose words are no sign against it.
            values: words by label that only fill its arguments.
        """
        self._values = {label: frozenset(meaning(text)) for label, text in (values or {}).items()}
        self._examples: list[_Example] = []
        documents: dict[str, set[str]] = defaultdict(set)
        for label, texts in examples.items():
            for text in texts:
                said = meaning(text)
                if said:
                    self._examples.append(_Example(label, text, frozenset(said), said[0], is_question(text)))
                    documents[label] |= set(said)
        self._further = {label: frozenset(meaning(text)) for label, text in (vocabulary or {}).items()}
        counts = Counter(word for features in documents.values() for word in features)
        total = max(len(documents), 1)
        self._rarity = {word: math.log(1 + total / count) for word, count in counts.items()}
        self._unknown = math.log(1 + total)
        self.words: dict[str, frozenset[str]] = {
            label: self._further.get(label, frozenset()) | documents[label] for label in examples
        }
        self.vocabulary: frozenset[str] = frozenset(self._rarity).union(*self._further.values())
        self._by_sound = {sound(word): word for word in (*CONCEPT_STEMS, *sorted(self.vocabulary))}

    def weight(self, word: str) -> float:
        """How much `word` tells: more the fewer labels have it."""
        weight = self._rarity.get(word, self._unknown)
        return weight * GENERIC_WEIGHT if word in GENERIC else weight

    def read(self, text: str, without: Iterable[str] = ()) -> list[str]:
        """The meaning of `text`, with near misses of known words put right (typing errors)."""
        return [self._corrected(word) for word in dict.fromkeys(meaning(text, without))]

    def _corrected(self, word: str) -> str:
        if word.startswith("#") or len(word) < 4 or word in self.vocabulary:
            return word
        alike = self._by_sound.get(sound(word))
        if alike is None and len(word) >= LONG_WORD:
            near = process.extractOne(word, self._by_sound.values(), scorer=fuzz.ratio, score_cutoff=TYPO)
            alike = str(near[0]) if near else None
        return concept(alike) if alike else word

    def rank(self, text: str, without: Iterable[str] = ()) -> list[Match]:
        """All labels that share meaning with `text`, best first."""
        asked = self.read(text, without)
        if not asked:
            return []
        best: dict[str, list[tuple[float, str]]] = defaultdict(list)
        question = is_question(text)
        for example in self._examples:
            score = self._likeness(asked, example)
            if score > 0:
                score += OPENING * (1 - score) if asked[0] == example.opening and asked[0] not in GENERIC else 0.0
                score *= 1.0 if question == example.question else OTHER_MOOD
                best[example.label].append((score, example.text))
        ranked = []
        for label, scores in best.items():
            scores.sort(key=lambda pair: -pair[0])
            score = scores[0][0] + (SECOND * scores[1][0] if len(scores) > 1 else 0.0)
            ranked.append(Match(label, min(score, 1.0), scores[0][1]))
        return sorted(ranked, key=lambda match: (-match.score, match.label))

    def _likeness(self, asked: list[str], example: "_Example") -> float:
        shared = [word for word in asked if word in example.features]
        values = self._values.get(example.label, frozenset())
        further = self._further.get(example.label, frozenset())
        strange = any(word not in example.features and word not in further for word in asked)
        if not shared or (strange and GENERIC.issuperset(shared)):  # «muestra» alone recognises nothing
            return 0.0
        common = sum(self.weight(word) * (VALUE_WEIGHT if word in values else 1) for word in shared)
        extra = sum(
            self.weight(word) * (EXTRA if word in self.vocabulary else UNKNOWN)
            for word in asked
            if word not in example.features and word not in further
        )
        lacking = sum(
            self.weight(word) * (VALUE_WEIGHT if word in values else 1)
            for word in example.features
            if word not in asked
        )
        return common / (common + extra + LACKING * lacking)


SOUNDS: Final = (  # letters that Spanish writers confuse, longest first
    ("ll", "y"),
    ("qu", "k"),
    ("ce", "se"),
    ("ci", "si"),
    ("ge", "je"),
    ("gi", "ji"),
    ("v", "b"),
    ("z", "s"),
    ("c", "k"),
    ("h", ""),
    ("w", "u"),
)


def sound(word: str) -> str:
    """A folded word as it sounds in Spanish: «recivo» and «recibo» alike."""
    for letters, heard in SOUNDS:
        word = word.replace(letters, heard)
    return word
