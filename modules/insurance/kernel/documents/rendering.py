"""Setting a document in type (*composición*): content and template in, the same bytes out every time.

PDF/UA-1 (accessible). Only typst's own fonts are used, so that a server's fonts change nothing.
"""

import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from core.errors import AitError
from core.i18n import N_
from modules.insurance.kernel.documents.content import Paper

TEMPLATES: Final = Path(__file__).parent / "templates"
LAYOUT: Final = "layout.typ"
# Invisible marks that turn the direction of a text or hide it: a name could pass for another by them.
INVISIBLE: Final = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
STRANGE: Final = re.compile(r'text `"(.+?)"` could not be displayed')
TRIES: Final = 100  # different signs that no font has


class NotSet(AitError):
    """The typesetter refuses the content."""

    code = "ait.document_not_set"
    text = N_("El documento no se ha podido componer: {problem}")


@cache
def template_version(template: str) -> str:
    """The version of a template: a digest of it and of the common layout."""
    digest = sha256()
    for name in (LAYOUT, f"{template}.typ"):
        digest.update((TEMPLATES / name).read_bytes())
    return digest.hexdigest()[:12]


def render(paper: Paper, template: str) -> bytes:
    """`paper` laid out by `template`, as PDF/UA-1.

    A sign that no font has is said by its Unicode number, as `[U+1F600]`: an accessible
    document may not hold what cannot be read.

    Raises:
        NotSet: the typesetter refuses it.
    """
    import typst  # a compiler of 30 MB: only who makes a document needs it

    said = cleaned(paper.model_dump(mode="json"))
    for _ in range(TRIES):
        try:
            made: bytes = typst.compile(
                str(TEMPLATES / f"{template}.typ"), root=str(TEMPLATES), format="pdf", ignore_system_fonts=True,
                sys_inputs={"data": json.dumps(said, ensure_ascii=False)}, pdf_standards="ua-1",
            )  # fmt: skip
        except typst.TypstError as error:
            strange = STRANGE.findall(str(error))
            if not strange:
                raise NotSet(problem=str(error)) from error
            said = spelled(said, "".join(strange))
        else:
            return made
    raise NotSet(problem=", ".join(sorted(set(strange))))


def cleaned(value: Any) -> Any:
    """`value` without invisible marks in its texts."""
    return _texts(value, lambda text: INVISIBLE.sub("", text))


def spelled(value: Any, signs: str) -> Any:
    """`value` with each of `signs` said by its number."""
    names = {ord(sign): f"[U+{ord(sign):04X}]" for sign in signs}
    return _texts(value, lambda text: text.translate(names))


def _texts(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_texts(item, change) for item in value]
    if isinstance(value, dict):
        return {name: _texts(item, change) for name, item in value.items()}
    return value
