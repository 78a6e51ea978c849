"""Verbs that ask for a change (*actos*): cancel, delete, pay. What no tool does is said, never shown as done.

Reading a policy is no answer to «cancela la póliza»: it would look as if it had been
cancelled. So a clause that begins with such a verb needs a tool whose own examples use it.
"""

import re
from collections.abc import Sequence
from typing import Final

from agents.language.clauses import CHANGES
from agents.language.lexicon import concept
from agents.language.matching import meaning
from knowledge.words import level, stem

POLITE: Final = (  # what may stand before the verb
    r"(?:(?:oye|oiga|mira|mire|bueno|vale|hola|buenas|buenos dias|buenas tardes|por favor|porfa|please|hi|hey|hello|ok|"
    r"a ver si|si|y|e|and|then|luego|tambien|also|just|me|nos|le|can|could|would|will|you|i|we|need|want|to|like|i'd|"
    r"quiero|quisiera|querria|quieres|necesito|necesitamos|puedes|puede|podrias|podria|podemos|hay que|tienes que|"
    r"tenemos que|hazme el favor de|haz el favor de|me gustaria|vamos a|voy a|que|ayudame a|ayuda a|help me)\W+)*"
)
CHANGE: Final = re.compile(rf"^\W*(?P<polite>{POLITE})(?P<verb>dar?(?:me|le|los?|las?)? de baja|(?:{CHANGES}))\b")
MODAL: Final = re.compile(r"\b(?:puede|puedes|podria|podrias|podemos|quieres|can|could|would|will)\b")
YOU: Final = re.compile(r"(?:as|es)$")


def change_asked(clause: str) -> str:
    """The verb of change that `clause` begins with, as written; "" if it asks for none.

    «¿Paga a tiempo?» asks about somebody; «¿puedes pagar…?» and «¿me borras…?» ask for the act.
    """
    found = CHANGE.match(level(clause))
    if found is None:
        return ""
    told = MODAL.search(found["polite"]) or YOU.search(found["verb"])
    if clause.rstrip().endswith("?") and not told:
        return ""
    return clause[found.start("verb") : found.end("verb")]


def does(examples: Sequence[str], verb: str) -> bool:
    """Whether the examples of a tool show that it does what `verb` says.

    A tool of whose examples none orders a change reads; «recibos pendientes de cobro» does not collect.
    """
    wanted = {concept(stem(word)) for word in level(verb).split() if len(word) > 2}
    acts = any(change_asked(example) for example in examples)
    return acts and any(wanted & set(meaning(example)) for example in examples)
