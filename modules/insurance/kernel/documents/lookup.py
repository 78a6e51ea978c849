"""Finding issued documents by what people write: an id, or the name of the file."""

import re
from typing import Annotated, Final, TypeAlias

from sqlmodel import col, select

from core.context import Context
from core.errors import NotFound
from core.i18n import N_
from modules.insurance.kernel.documents.kinds import FORMS
from modules.insurance.kernel.documents.records import IssuedDocument
from modules.insurance.kernel.lookup import alive, as_uuid, by_id, given, one_of
from tools import Slot
from tools.results import Mention

FILE_NAME: Final = re.compile(
    rf"\b(?:{'|'.join(sorted({form.file for form in FORMS.values()}, key=len, reverse=True))})-[\w-]{{3,40}}\.pdf\b",
    re.IGNORECASE,
)
MOST: Final = 20  # names of one text that are looked up
DocumentRef: TypeAlias = Annotated[
    str, Slot(ref="issued_document", ask=N_("¿Qué documento emitido? Indique el nombre del fichero."))
]


class IssuedNotFound(NotFound):
    """No document of this tenant answers to the reference."""

    text = N_("No encuentro ningún documento emitido «{ref}».")


def resolve_issued(ctx: Context, text: str) -> IssuedDocument:
    """The one document that `text` names: id, or the name of its file (the newest of that name)."""
    wanted = given(text, "document")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, IssuedDocument, id, IssuedNotFound, wanted)
    named = select(IssuedDocument).where(IssuedDocument.name == wanted, alive(IssuedDocument))
    found = ctx.session.exec(named.order_by(col(IssuedDocument.id).desc()).limit(1)).all()
    return one_of(found, lambda document: document.name, "document", wanted, IssuedNotFound)


def find_issued(ctx: Context, text: str) -> tuple[Mention, ...]:
    """The issued documents whose file names stand in `text`, the newest of each name, in its order."""
    hits = {match.group(): match for match in FILE_NAME.finditer(text)}
    if not hits:
        return ()
    named = select(IssuedDocument).where(col(IssuedDocument.name).in_(list(hits)[:MOST]), alive(IssuedDocument))
    newest = {document.name: document for document in ctx.session.exec(named.order_by(col(IssuedDocument.id)))}
    return tuple(
        Mention(kind="issued_document", id=str(newest[name].id), label=name, words=name)
        for name in hits
        if name in newest
    )
