"""Why a file was not read, as the sandbox says it and as a person is told it, with what to do."""

from enum import StrEnum
from typing import Final

from core.i18n import N_


class Problem(StrEnum):
    """What is the matter with a file. The sandbox may say one of these and nothing else."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    POLYGLOT = "polyglot"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    OLD_OFFICE = "old_office"
    MACROS = "macros"
    BOMB = "bomb"
    ENTITIES = "entities"
    HUGE_IMAGE = "huge_image"
    NO_OCR = "no_ocr"
    NO_TABLE = "no_table"
    NO_ATTACHMENT = "no_attachment"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"


SAID: Final[dict[Problem, str]] = {
    Problem.EMPTY: N_("está vacío: compruebe el fichero y súbalo otra vez"),
    Problem.UNKNOWN: N_(
        "no es de un tipo que sepamos leer: súbalo en PDF, Word, Excel, CSV, texto, HTML, imagen o .eml"
    ),
    Problem.POLYGLOT: N_("es de dos tipos a la vez, lo que suele ocultar algo: vuelva a exportarlo y súbalo otra vez"),
    Problem.ENCRYPTED: N_("está protegido con contraseña: quítesela y súbalo otra vez"),
    Problem.DAMAGED: N_("está dañado o incompleto: pida otra copia o vuelva a exportarlo"),
    Problem.OLD_OFFICE: N_("es de un Office antiguo: guárdelo como .docx, .xlsx o PDF"),
    Problem.MACROS: N_("lleva macros: guárdelo sin macros (.docx o .xlsx) o en PDF"),
    Problem.BOMB: N_("se expande mucho más de lo normal o no está bien comprimido: vuelva a guardarlo con su programa"),
    Problem.ENTITIES: N_(
        "contiene definiciones XML (DTD o entidades), que no se admiten: vuelva a guardarlo sin ellas"
    ),
    Problem.HUGE_IMAGE: N_("contiene una imagen de más de 50 millones de puntos: redúzcala"),
    Problem.NO_OCR: N_(
        "es una imagen sin texto y en este servidor no hay lector de imágenes: instale los paquetes tesseract-ocr y "
        "tesseract-ocr-spa, o suba el documento con texto"
    ),
    Problem.NO_TABLE: N_("no es una tabla: indique un CSV o un Excel con una fila de títulos"),
    Problem.NO_ATTACHMENT: N_("ese correo no lleva ningún adjunto con ese nombre"),
    Problem.TOO_SLOW: N_("tarda más de 20 segundos en leerse: divídalo en partes más pequeñas"),
    Problem.TOO_LARGE: N_("necesita demasiada memoria para leerse: divídalo en partes más pequeñas"),
}
