"""Plain text, CSV and XML, as they are written."""

from modules.infrastructure.document_service.readers.archive import refuse_declarations
from modules.infrastructure.document_service.readers.detect import decoded
from modules.infrastructure.document_service.readers.found import Found, flowing


def read(content: bytes) -> Found:
    """All of the text."""
    return Found(list(flowing(decoded(content))))


def read_xml(content: bytes) -> Found:
    """The XML as it is written, which is how an electronic invoice is read; nothing is parsed.

    Raises:
        Refused: it declares entities, so that other programs would read something else.
    """
    text = decoded(content)
    refuse_declarations(text.encode())
    return Found(list(flowing(text)))
