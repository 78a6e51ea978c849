"""One text for one value: RFC 8785 (JSON Canonicalization Scheme) over a restricted profile.

Hashes and signatures are over these bytes, so there must be one way to write a value and
no doubt in reading it. The profile is UTF-8 in NFC, no floats at all, integers up to
2⁵³ − 1, no null members, keys in UTF-16 order. `to_profile` brings ordinary values into
it (decimals, dates and floats become text); `canonical` refuses what is outside.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from json.encoder import encode_basestring
from typing import Any, Final
from uuid import UUID

LARGEST: Final = 2**53 - 1  # beyond it, JSON readers that use doubles disagree
DEEPEST: Final = 64
NESTED: Final = ("[", "{")
ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class NotCanonical(ValueError):
    """The value or text is outside the profile; the message says where and why."""


def canonical(value: object, *, ascii_keys: bool = False) -> bytes:
    """The one serialisation of `value`, in UTF-8.

    Args:
        value: mappings with text keys, lists, tuples, text, integers and booleans; None
            only as an element of a list.
        ascii_keys: refuse keys with other letters (the audit's own entries).

    Raises:
        NotCanonical: something in `value` is outside the profile.
    """
    return _write(value, ascii_keys, "$", 0).encode("utf-8")


def shaped(value: object) -> bytes:
    """`canonical(to_profile(value))` in one go: what was just brought into the profile is not checked again."""
    return _written_at_once(to_profile(value)).encode("utf-8")


def checked(value: object) -> bytes:
    """`shaped(value)`, once it reads back as the canonical text of something.

    A fault of ours must not become a hash that is kept for ever.

    Raises:
        NotCanonical: it does not, or a key has other letters than ASCII.
    """
    profile = to_profile(value)
    data = _written_at_once(profile).encode("utf-8")
    if parse(data) != profile or not (data.isascii() or canonical(profile, ascii_keys=True) == data):
        raise NotCanonical("the text does not read back as itself")
    return data


def _written_at_once(value: object) -> str:
    plain = ENCODER.encode(value)
    # Code points and UTF-16 order keys alike but for those beyond the basic plane.
    return plain if plain.isascii() or max(plain) < "\ud800" else _write(value, False, "$", 0)


def parse(data: bytes) -> Any:
    """The value that canonical `data` says.

    Raises:
        NotCanonical: `data` is not the canonical text of any value.
    """
    try:
        text = data.decode("utf-8")
        value = DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotCanonical("not JSON in UTF-8") from error
    # What the profile forbids and the encoder would write all the same is looked for by what it must contain.
    plain = text.isascii() and '":null' not in text and sum(map(text.count, NESTED)) <= DEEPEST
    if plain and ENCODER.encode(value) == text:
        return value
    if canonical(value) != data:
        raise NotCanonical("not in canonical form")
    return value


def _no_float(text: str) -> float:
    raise ValueError(f"{text} is a float")


def _bounded(text: str) -> int:
    number = int(text)
    if not -LARGEST <= number <= LARGEST:
        raise ValueError(f"{text} is beyond 2^53 - 1")
    return number


DECODER: Final = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float, parse_int=_bounded)


def _write(value: object, ascii_keys: bool, path: str, depth: int) -> str:
    if isinstance(value, str):
        return _text(value, path)
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        if not -LARGEST <= value <= LARGEST:
            raise NotCanonical(f"{path}: an integer beyond 2^53 - 1 is written as text")
        return int.__repr__(value)
    if depth > DEEPEST:
        raise NotCanonical(f"{path}: nested too deep")
    if isinstance(value, dict | Mapping):
        return _members(value, ascii_keys, path, depth)
    if isinstance(value, list | tuple):
        inner = (
            "null" if item is None else _write(item, ascii_keys, f"{path}[{at}]", depth + 1)
            for at, item in enumerate(value)
        )
        return "[" + ",".join(inner) + "]"
    raise NotCanonical(f"{path}: {type(value).__name__} has no place in the profile")


def _members(value: Mapping[Any, object], ascii_keys: bool, path: str, depth: int) -> str:
    keys = list(value)
    if not all(isinstance(key, str) for key in keys):
        raise NotCanonical(f"{path}: a key is not text")
    if not all(map(str.isascii, keys)):
        if ascii_keys:
            raise NotCanonical(f"{path}: a key is not ASCII")
        keys.sort(key=_utf16)
    else:
        keys.sort()
    inner = (f"{_text(key, path)}:{_write(value[key], ascii_keys, f'{path}.{key}', depth + 1)}" for key in keys)
    return "{" + ",".join(inner) + "}"


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _text(text: str, path: str) -> str:
    if not text.isascii():
        if not unicodedata.is_normalized("NFC", text):
            raise NotCanonical(f"{path}: text is not in NFC")
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise NotCanonical(f"{path}: half a surrogate pair")
    return encode_basestring(text)


def to_profile(value: object) -> Any:
    """`value` brought into the profile: what a person would call the same value, as text.

    Decimals keep their digits, floats are their shortest text, instants are RFC 3339 in
    UTC with microseconds, null members vanish, text becomes NFC, and half a surrogate
    pair becomes U+FFFD.
    """
    # By type first, which settles nearly all of them; the rest by what they are a kind of.
    if type(value) is str:
        return value if value.isascii() else _profile_text(value)
    if type(value) is dict:
        return _profile_members(value)
    if type(value) is list:
        return [to_profile(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return to_profile(value.value)
    if isinstance(value, str):
        return _profile_text(str(value))
    if isinstance(value, int):
        return int(value) if -LARGEST <= value <= LARGEST else str(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal | UUID | date):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict | Mapping):
        return _profile_members(value)
    if isinstance(value, Sequence | set | frozenset):
        items = [to_profile(item) for item in value]
        return sorted(items, key=str) if isinstance(value, set | frozenset) else items
    raise NotCanonical(f"{type(value).__name__} has no place in the profile")


def _profile_members(value: Mapping[Any, object]) -> dict[str, Any]:
    return {
        key if type(key) is str and key.isascii() else _profile_text(str(key)): to_profile(item)
        for key, item in value.items()
        if item is not None
    }


def _profile_text(text: str) -> str:
    if text.isascii():
        return text
    whole = "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return unicodedata.normalize("NFC", whole)


def instant(moment: datetime) -> str:
    """`moment` as RFC 3339 in UTC with six decimals: `2026-11-22T14:35:19.000000Z`."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise NotCanonical("an instant without a zone")
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"  # for +00:00
