r"""Texts that somebody outside wrote, made safe to look at (*textos ajenos*).

A reader must see what a model sees. Characters that show nothing, or that show the letters
in another order than they are stored, let a sender write to one behind the other's back:
tag characters spell whole sentences invisibly, bidirectional controls turn a file's name
round, runs of variation selectors carry bytes (Unicode Technical Standard 39; CVE-2021-42574).
"""

import re
import unicodedata
from typing import Final

# Where one emoji variation selector may follow, and between which a joiner may stand: the blocks
# of Emoji=Yes (Unicode Technical Standard 51), and the keycaps' digits.
_EMOJI: Final = (
    "#*0-9©®‼⁉™ℹ\u2190-\u21ff\u2300-\u2328\u232b-\u23ff\u2460-\u24ff\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_UNSEEN: Final = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls, but those that break a line
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # soft hyphen, fillers, joiners of graphemes
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u200b\u200c\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"  # of no width, deprecated, annotations
    "\ud800-\udfff"  # half surrogates
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # controls of shorthand and of music
    "\U000e0000-\U000e0fff"  # tags, and the selectors of ideographs
    "]"
)
_BREAKS: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_STRAY_SELECTORS: Final = re.compile(f"(?<![{_EMOJI}])[\ufe00-\ufe0f]|[\ufe00-\ufe0d]")
_STRAY_JOINERS: Final = re.compile(f"(?<![{_EMOJI}\ufe0f])\u200d|\u200d(?![{_EMOJI}])")


def clean_foreign(text: str) -> str:
    r"""`text` without what shows nothing or turns the order round, in NFC, its line breaks `\n`.

    Emoji keep their selector and their joiners; a flag written in tags becomes a plain one.
    Cleaning twice changes nothing more. The original stays where it is stored: clean before
    text goes to display, to a model, or into a comparison.
    """
    seen = _normal(_UNSEEN.sub("", _BREAKS.sub("\n", text)))
    return _normal(_STRAY_JOINERS.sub("", _STRAY_SELECTORS.sub("", seen)))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)
