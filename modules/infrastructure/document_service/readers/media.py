"""The kinds of file (*tipos de fichero*)."""

from enum import StrEnum


class Media(StrEnum):
    """The kinds of file that can be read, by media type."""

    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    CSV = "text/csv"
    TEXT = "text/plain"
    HTML = "text/html"
    XML = "application/xml"
    EMAIL = "message/rfc822"
    PNG = "image/png"
    JPEG = "image/jpeg"
    TIFF = "image/tiff"
    WEBP = "image/webp"
