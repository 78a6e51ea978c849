"""Splitting a request into its tasks (*cláusulas*): «cotiza … y emítelo» asks for two things.

The split is by form only: a conjunction or full stop after which a new verb or question
begins. Whether each part is a task of its own is decided later, by what it matches.
"""

import re
from typing import Final

from knowledge.words import level

VERBS: Final = (
    "abre|actualiza|anade|anota|apunta|avisa|busca|buscame|cambia|cambiale|carga|cierra|cobra|comprueba|consulta|"
    "cotiza|cotizame|cotizale|crea|da|dale|dame|devuelve|di|dime|ejecuta|emite|emitelo|emitela|emitemela|emitemelo|"
    "ensename|envia|enviale|enviaselo|enviame|encuentra|escribe|explica|explicame|genera|haz|hazme|importa|indica|"
    "indicame|informa|lista|listame|localiza|llama|manda|mandale|mandame|marca|modifica|muestra|muestrame|necesito|"
    "pasa|pide|pon|prepara|preparame|quiero|reclama|recuerdale|registra|registrale|renueva|repasa|resume|resumeme|"
    "revisa|saca|sacame|tarifica|tramita|ve|verifica|calcula|calculame|compara|comparame|contrata|contratalo|contesta|"
    "contestale|lee|leeme|redacta|responde|respondele|ajusta|ajustame|"
    "add|answer|book|calculate|call|change|check|collect|compare|create|draft|email|find|get|give|issue|list|log|look|mail|"
    "make|mark|note|open|prepare|quote|rate|record|register|remind|renew|reply|return|review|search|send|show|summarise|"
    "summarize|tell|update|write|fit"
)
QUESTIONS: Final = "que|cual|cuales|cuanto|cuanta|cuantos|cuantas|cuando|quien|como|what|which|how|when|who|does|is|are"
ROOTS: Final = (  # Spanish verbs of change: stem and conjugation, with the vowel changes of their imperatives
    "cancel:a anul:a borr:a elimin:a suprim:i quit:a modific:a modifi:qu cambi:a actualiz:a actuali:c corrig:i "
    "correg:i corrij:i pag:a pagu:a abon:a cobr:a emit:i renov:a renuev:a suspend:e rehabilit:a reactiv:a activ:a "
    "desactiv:a transfier:i transfer:i ingres:a devuelv:e devolv:e bloque:a desbloque:a cerr:a cierr:a reabr:i "
    "tramit:a firm:a aprueb:a aprob:a rechaz:a autoriz:a ampli:a sub:i baj:a aplic:a reduc:i traspas:a fusion:a "
    "sustituy:i sustitu:i reemplaz:a rescind:i liquid:a reembols:a prorrog:a perit:a contrat:a condon:a regulariz:a "
    "formaliz:a"
)
NOUNS: Final = frozenset(("firm", "baj", "pag", "sub", "cobr", "liquid"))  # «y firma» may be a thing
ENDINGS: Final = {
    "a": "a|e|ar|en|ad|as",
    "e": "e|a|er|an|ed|es",
    "i": "e|a|ir|an|id|es",
    "qu": "que|quen",
    "c": "ce|cen",
}
CLITICS: Final = r"(?:me|te|se|le|les|nos)?(?:lo|la|los|las|le|les)?"
ENGLISH: Final = (
    "cancel|annul|delete|remove|erase|void|terminate|change|modify|update|edit|amend|pay|refund|renew|suspend|reinstate|"
    "reactivate|transfer|block|unblock|close|reopen|sign|approve|reject|extend|raise|lower|reduce|merge|replace|settle|"
    "waive|reimburse|issue|collect"
)


def _changes(without: frozenset[str] = frozenset()) -> str:
    entries = [entry.split(":") for entry in ROOTS.split()]
    spanish = [rf"{root}(?:{ENDINGS[kind]}){CLITICS}" for root, kind in entries if root not in without]
    return "|".join([*spanish, ENGLISH])


CHANGES: Final = _changes()
"""Verbs that ask for a change, as a pattern over levelled text."""

JOIN: Final = re.compile(
    rf"(?:\s*[;\n]+\s*|\s*\.\s+|(?<=[?!])\s+"
    rf"|\s*,?\s+(?:y|e|and)?\s*(?:luego|despues|a continuacion|ademas|tambien|then|afterwards|also)\s+"
    rf"|\s*,?\s+(?:y|e|and)\s+|\s*,\s+)(?=[¿¡]?\s*(?:{VERBS}|{QUESTIONS}|{_changes(NOUNS)})\b)"
)


def clauses(text: str) -> list[str]:
    """The tasks of `text`, in order, each in its own words; quotations are never split."""
    folded = level(text)
    shielded = re.sub(r"«[^»]*»|\"[^\"]*\"", lambda m: "_" * len(m.group()), folded)
    cuts = [0]
    for join in JOIN.finditer(shielded):
        cuts += [join.start(), join.end()]
    cuts.append(len(text))
    parts = [text[start:end].strip(" ,;\n") for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
    return [part for part in parts if part]
