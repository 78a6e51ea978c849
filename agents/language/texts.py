"""Text for an argument out of plain words (*textos*): by its pattern, its cue, or what the request is about.

A part of the text that another argument was filled from is never used again: a code that
is the CIF is not the company's name too.
"""

import re
from collections.abc import Sequence
from typing import Final

from agents.language.clauses import VERBS
from agents.language.phrases import find, longest
from agents.language.reading import Reader
from agents.language.schemas import Argument
from core.i18n import LOCALES, translate
from knowledge.words import STOP, fold, level, words

ENTERED: Final = frozenset({"name", "company_name", "full_name"})  # what somebody new is called; never a code
NAMED: Final = frozenset({"query", "search", "text", "words"}) | ENTERED
ORDERS: Final = frozenset(VERBS.split("|"))  # «búscame» is never what is searched for
GIVEN_NAMES: Final = ("first_name", "last_name")
QUOTED: Final = re.compile(r"«([^»]+)»|\"([^\"]+)\"|“([^”]+)”")
CUED: Final = re.compile(
    r"\s*(?:(?:nuev[oa]|es|is|a|al|to|de|en)\b|[:=])?\s*(?:«([^»]+)»|\"([^\"]+)\"|([^,;.\n]+(?:,\s*\d{1,4}[^\W\d]?\b)?))"
)
AFTER_COLON: Final = re.compile(r":\s+(\S.+)$", re.DOTALL)
AFTER_THAT: Final = re.compile(r"\b(?:que|that)\s+(\S.+)$", re.DOTALL | re.IGNORECASE)
OFFERED: Final = re.compile(r"\(([^()]+)\)")
WITNESS: Final = re.compile(  # what says that the thing named next is the proof: «hay grabación», «consta en documento»
    r"\b(?:hay|existe|tengo|tenemos|consta|constan|queda|quedo|conservamos|guardamos|adjunto|segun|mediante|con|en|"
    r"mando|envio|escribio|firmo|sent|signed|wrote|there is|there's|have|has|got|see|on|in|with|kept)\s+"
    r"(?:(?:el|la|los|las|un|una|su|the|a|an|it)\s+)?$"
)


def string_value(argument: Argument, reader: Reader, all_: Sequence[Argument], known: frozenset[str]) -> str | None:
    """Text for an argument: its own pattern, what follows its cue, or what the whole request is about."""
    if argument.whole:
        return _quoted_or_after_colon(reader) or reader.text.strip()
    if argument.words:
        said = longest(argument.words, reader.flat)
        return said.value if said else by_pattern(argument, reader)
    if argument.slot.get("pattern"):
        return by_pattern(argument, reader)
    following = _after_cue(argument, reader)
    if following or not argument.required:
        return following
    if argument.name in ENTERED:
        return _called(reader, known)
    if argument.name in NAMED:
        return _subject(reader, known)
    if argument.name in GIVEN_NAMES:
        return None
    if any(a.ref for a in all_):
        return _reported(reader) or _offered(argument, reader)
    return _subject(reader, known)


def by_pattern(argument: Argument, reader: Reader) -> str | None:
    """What has the form of the argument's value: near its cue, or long enough to speak for itself."""
    pattern = argument.slot.get("pattern") or ""
    if not pattern:
        return None
    for match in re.finditer(pattern, reader.text):
        if reader.cuts_code(*match.span()) or not reader.is_free(*match.span()):
            continue
        before = reader.flat[max(0, match.start() - 30) : match.start()]
        cued = any(find(cue, before) for cue in argument.cues)
        if cued or (not argument.cues and len(match.group()) > 1) or len(match.group()) >= 5:
            reader.take(*match.span())
            return match.group().strip()
    return None


def _after_cue(argument: Argument, reader: Reader) -> str | None:
    for cue in argument.cues:
        for start, end in find(cue, reader.flat):
            tail = CUED.match(reader.text[end:])
            value = next((g for g in tail.groups() if g), "").strip() if tail else ""
            names_somebody = any(fold(m.words) in fold(value) for m in reader.mentions)
            if value and "@" not in value and not names_somebody and any(c.isalnum() for c in value):
                return reader.text[start:end] + " " + value if level(cue) == "calle" else value
    return None


def quotation(reader: Reader) -> str | None:
    """What stands in quotation marks."""
    found = QUOTED.search(reader.text)
    return next(g for g in found.groups() if g).strip() if found else None


def _quoted_or_after_colon(reader: Reader) -> str | None:
    """What is set apart from the order itself: «da parte de un siniestro: se ha roto la luna»."""
    found = AFTER_COLON.search(reader.text)
    return quotation(reader) or (found.group(1).strip() if found else None)


def _reported(reader: Reader) -> str | None:
    """What somebody said, to be noted: a quotation, what follows a colon, or what follows «que»."""
    quoted = quotation(reader)
    if quoted:
        return quoted
    for pattern in (AFTER_COLON, AFTER_THAT):
        found = pattern.search(reader.text)
        if found:
            return found.group(1).strip(" .")
    return None


def _offered(argument: Argument, reader: Reader) -> str | None:
    """One of the answers that the question itself offers in brackets («grabación, documento, correo»)."""
    for locale in LOCALES:
        listed = OFFERED.search(translate(argument.ask, locale))
        for way in listed.group(1).split(",") if listed else ():
            for start, end in find(way, reader.flat):
                tail = re.match(r"[^,;.\n]*", reader.text[end:])
                if WITNESS.search(reader.flat[:start]):
                    return (reader.text[start:end] + (tail.group() if tail else "")).strip()
    return None


def _called(reader: Reader, known: frozenset[str]) -> str | None:
    """What somebody new is called: a quotation, a proper name, or the words left over beside a code of theirs."""
    quoted = quotation(reader)
    if quoted:
        return quoted
    if reader.mentions:  # somebody of the file already: the tool says so
        return max((m.words for m in reader.mentions), key=len)
    names = reader.free_names()
    if names:
        return names[0]
    if not reader.codes:
        return None
    spans = [(c.start, c.end) for c in reader.codes] + reader.taken
    left = [
        m
        for m in re.finditer(r"[^\W\d_][\w.&'-]*", reader.text)
        if fold(m.group()) not in known
        and fold(m.group()) not in STOP
        and not any(m.start() < end and start < m.end() for start, end in spans)
    ]
    whole = reader.text[left[0].start() : left[-1].end()] if left else ""
    return (
        whole
        if len(left) > 1 and not any(c.start < left[-1].end() and left[0].start() < c.end for c in reader.codes)
        else None
    )


def _subject(reader: Reader, known: frozenset[str]) -> str | None:
    """What a search is about: a code, a quotation, a named record, a proper name, or the words left over."""
    free = [code for code in reader.codes if reader.is_free(code.start, code.end)]
    if free:
        return free[0].value
    quoted = quotation(reader)
    if quoted:
        return quoted
    if reader.mentions:
        return max((m.words for m in reader.mentions), key=len)
    names = reader.free_names()
    if names:
        return names[-1]
    left = [w for w in words(reader.text) if w not in STOP and w not in known and w not in ORDERS and len(w) > 1]
    return " ".join(left) or None
