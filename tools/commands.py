"""Commands (*órdenes*): whether a person asked for an act in so many words.

The choice to call is a model's, and a model may have read anything. It counts as the
person's own only if his own text holds an order with a verb of that very act, outside any
quotation, condition, negation or mere question (`security.md` 5.3, E1c). Which object it is
about is vouched for by the labels of the arguments.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from tools.provenance import own_words
from tools.words import plain

ENDINGS: Final[Mapping[str, str]] = {
    "a": "a|e|ar|en|ad|as|es",
    "e": "e|a|er|an|ed|es|as",
    "i": "e|a|ir|an|id|es|as",
    "q": "que|quen|ques",
    "c": "ce|cen|ces",
    "g": "gue|guen|gues",
}
CLITICS: Final = r"(?:me|te|se|le|les|nos)?(?:lo|la|los|las|le|les)?"

# Verb of a tool's name → Spanish stems with their conjugation, English verbs, and set phrases.
VERBS: Final[Mapping[str, str]] = {
    "accept": "acept:a accept",
    "add": "anad:i agreg:a anot:a apunt:a pon:e pon escrib:i add note write",
    "allow": "permit:i autori:c autoriz:a allow permit",
    "annul": "anul:a declar:a annul void",
    "assign": "asign:a assign",
    "authorise": "autori:c autoriz:a anot:a apunt:a registr:a authorise authorize",
    "appoint": "nombr:a design:a requier:a requer:i appoint name request",
    "block": "bloque:a block",
    "cancel": "cancel:a anul:a retir:a cancel annul da_de_baja dar_de_baja",
    "change": "cambi:a modific:a modifi:q actualiz:a actuali:c change update modify pon",
    "close": "cerr:a cierr:a close",
    "collect": "cobr:a registr:a marc:a mar:q anot:a apunt:a collect record mark",
    "continue": "continu:a sig:a sigu:e contin continue go_on",
    "create": "cre:a registr:a anad:i pag:a pa:g abon:a transfier:i transfer:i orden:a haz hacer create add "
    "register pay transfer wire make alta",
    "deactivate": "desactiv:a deactivate",
    "delegate": "deleg:a delegate",
    "delete": "borr:a elimin:a suprim:i delete remove erase",
    "deny": "deneg:a denieg:a denie:g dene:g rechaz:a recha:c anot:a deny refuse",
    "dispute": "discut:i discrep:a recurr:i impugn:a rechaz:a rechac:e dispute contest refuse",
    "draft": "redact:a prepar:a escrib:i draft write prepare",
    "escalate": "escal:a llev:a lleve acud:i escalate take",
    "erase": "borr:a suprim:i elimin:a erase delete",
    "export": "export:a descarg:a descar:g sac:a sa:q export download",
    "extract": "extrae extraiga extraer sac:a sa:q extract pull",
    "fail": "marc:a mar:q fail mark",
    "forbid": "prohib:i quit:a quit:e forbid remove",
    "import": "import:a carg:a car:g sub:i import load upload",
    "issue": "emit:i formaliz:a formali:c contrat:a issue bind",
    "keep": "guard:a conserv:a separ:a archiv:a keep save store",
    "make": "haz hac:e hag:a anot:a apunt:a registr:a ofrec:e ofrezc:a ofert:a make offer enter",
    "mark": "marc:a mar:q mark",
    "notify": "notific:a notifi:q declar:a comunic:a comuni:q abr:i registr:a tramit:a notify report declare",
    "open": "abr:i abre open",
    "pay": "pag:a pa:g abon:a transfier:i transfer:i pay transfer wire",
    "plan": "prepar:a calcul:a planific:a planifi:q plan prepare",
    "poll": "recoj:e recog:e descarg:a descar:g fetch poll",
    "price": "calcul:a sig:a sigu:e price",
    "publish": "public:a publi:q publish",
    "quote": "cotiz:a coti:c calcul:a presupuest:a tarific:a tarifi:q quote rate price",
    "receive": "recib:i registr:a anot:a receive record",
    "record": "registr:a anot:a apunt:a marc:a mar:q record note log mark",
    "register": "registr:a anad:i cre:a register add create alta",
    "replace": "reemplaz:a reempla:c sustitu:i sustituy:e replace",
    "reject": "rechaz:a recha:c reject refuse",
    "reinstate": "rehabilit:a reactiv:a repon:e reinstate reactivate",
    "remove": "quit:a elimin:a retir:a saqu:e remove da_de_baja dar_de_baja",
    "renew": "renov:a renuev:a prorrog:a prorro:g renew",
    "reopen": "reabr:i reabre vuelv:e reopen",
    "reply": "respond:e contest:a reply answer respond",
    "release": "liber:a devuelv:e release return",
    "request": "solicit:a ped:i pid:e ped:e request ask",
    "restrict": "limit:a restring:i bloque:a restrict",
    "resume": "reactiv:a reanud:a resume",
    "retire": "retir:a retire",
    "return": "devuelv:e devolv:e registr:a anot:a marc:a mar:q return record mark",
    "revoke": "revoc:a revo:q quit:a revoke",
    "send": "envi:a mand:a remit:i avis:a record:a recuerd:a reclam:a escrib:i send mail email remind write tell",
    "set": "pon:e pon fij:a cambi:a guard:a registr:a actualiz:a actuali:c set change save record update",
    "settle": "liquid:a marc:a mar:q settle mark",
    "sign": "firm:a registr:a anot:a apunt:a sign record",
    "show": "ensen:a muestr:a mostr:a le:e show read",
    "start": "lanz:a lan:c inici:a ejecut:a renuev:a renov:a start run launch",
    "stop": "par:a deten:e detien:e stop halt",
    "surrender": "rescat:a surrender",
    "switch": "cambi:a traspas:a switch",
    "train": "entren:a ajust:a train fit",
    "transfer": "moviliz:a movili:c traspas:a transfer",
    "update": "actualiz:a actuali:c cambi:a modific:a modifi:q corrig:i correg:i pon update change modify correct",
    "upload": "sub:i guard:a adjunt:a archiv:a carg:a upload save attach store",
    "verify": "verific:a verifi:q comprueb:a comprob:a verify check confirm confirm:a",
}
QUOTED: Final = re.compile(r"«[^»]{25,}»|\"[^\"]{25,}\"|“[^”]{25,}”")
CLAUSE: Final = re.compile(r"[.;\n:!]+|,?\s+(?:y|e|and|luego|despues|then)\s+|(?<=\?)")
POLITE: Final = re.compile(
    r"\b(?:puede[sn]?|podria[sn]?|quiere[sn]?|te importa|can you|could you|would you|please|me)\b"
)
UNSAID: Final = re.compile(
    r"\b(?:no|nunca|jamas|sin|tampoco|not|never|don't|dont|without|si|cuando|if|when|unless|salvo que|aunque|"
    r"dice que|dijo que|pide que|pidio que|says|said|asks|asked)\b"
)


def commanded(verb: str, said: str) -> bool:
    """Whether `said` orders an act of `verb` (the verb of a tool's name: `issue`, `send`)."""
    pattern, text = _pattern(verb), _ordered(said)
    # Most texts hold no stem of the verb at all, which a plain search tells sooner.
    return pattern is not None and any(stem in text for stem in _stems(verb)) and pattern.search(text) is not None


@lru_cache(maxsize=64)
def orders(said: str) -> tuple[str, ...]:
    """The clauses of the person's own words that can be an order."""
    return tuple(_orders(own_words(said)))


@lru_cache(maxsize=64)
def _ordered(said: str) -> str:
    return "\n".join(orders(said))  # no verb spans two clauses: forms hold no line break


def _orders(own: str) -> Iterator[str]:
    for clause in CLAUSE.split(plain(QUOTED.sub(" ", own))):
        asks = "?" in clause or "¿" in clause
        if clause.strip() and not UNSAID.search(clause) and (not asks or POLITE.search(clause)):
            yield clause


@lru_cache(maxsize=256)
def _pattern(verb: str) -> re.Pattern[str] | None:
    known = VERBS.get(verb)
    if known is None:
        return None
    forms = [_forms(entry) for entry in known.split()]
    return re.compile(rf"\b(?:{'|'.join(forms)})\b")


@lru_cache(maxsize=256)
def _stems(verb: str) -> tuple[str, ...]:
    return tuple(entry.partition(":")[0].replace("_", " ") for entry in VERBS[verb].split())


def _forms(entry: str) -> str:
    root, _, kind = entry.partition(":")
    if not kind:
        return rf"{root.replace('_', ' ')}{CLITICS}"
    return rf"{root}(?:{ENDINGS[kind]}){CLITICS}"
