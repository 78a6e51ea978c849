"""What a site's robots.txt lets a reader fetch."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field

from engines.contract import Caution, Computed, Quoted, operation
from engines.errors import N_, InvalidInput, LimitExceeded

MOST_BYTES: Final = 500 * 1024  # RFC 9309, 2.5: at least so much is parsed
MOST_PATHS: Final = 10_000
TOKEN: Final = re.compile(r"[A-Za-z_-]+")  # RFC 9309, 2.2.1: a product token
VERSIONED: Final = re.compile(r"^([^\S\n]*user-?agent[^\S\n]*:[^\S\n]*[A-Za-z_-]+)[^\S\n]*/[^\n]*", re.I | re.M)
"""A group named `foobot/1.0` is foobot's: a product token ends where its version begins."""
SUCCESS, CLIENT_ERROR, SERVER_ERROR = range(200, 300), range(400, 500), range(500, 600)

CUT: Final = N_("El robots.txt pasa de 500 KiB: solo se han leído los primeros.")
UNREACHABLE: Final = N_(
    "El robots.txt no se ha podido leer por un fallo del servidor: no se permite leer nada del sitio."
)
ABSENT: Final = N_("El sitio no tiene robots.txt que se pueda leer: no prohíbe nada.")


class RobotsVerdict(Computed):
    """Which paths may be read, in the order asked; `crawl_delay` in seconds, None if the site sets none."""

    allowed: list[bool]
    crawl_delay: float | None
    sitemaps: list[Quoted]


@operation(
    "Comprobar robots.txt",
    examples=(
        "¿Qué rutas permite leer este robots.txt a nuestro lector?",
        "Comprueba si el robots.txt de la aseguradora nos deja leer /tarifas",
        "Check which paths this robots.txt allows for our crawler",
    ),
    heavy=True,
)
def robots_check(
    robots_txt: str,
    agent: Annotated[str, Field(max_length=100)],
    paths: Annotated[list[str], Field(max_length=MOST_PATHS)],
    status: Annotated[int, Field(ge=0, le=599)] = 200,
) -> RobotsVerdict:
    """Decide which paths a reader may fetch: the longest matching rule wins, and between equals the one that allows.

    Args:
        robots_txt: the file's text; "" where `status` says that there is none.
        agent: the reader's product token (`foobot`), which chooses the group of rules.
        paths: paths with their query, or whole addresses of the site.
        status: how the server answered for robots.txt: 2xx reads it, 4xx allows all, 5xx allows nothing, and
            neither does 0, which stands for no answer.

    Raises:
        InvalidInput: the agent is no product token; the status is a redirection, not a final answer.
        LimitExceeded: a line of more than 10,000 characters.

    Source: RFC 9309, Robots Exclusion Protocol (2022), sections 2.2 and 2.3; crawl-delay is the customary extension.
    """
    if not TOKEN.fullmatch(agent):
        raise InvalidInput("agent", N_("debe ser un nombre de letras, guiones y guiones bajos"))
    if status == 0 or status in SERVER_ERROR:
        return _all(paths, False, UNREACHABLE)
    if status in CLIENT_ERROR:
        return _all(paths, True, ABSENT)
    if status not in SUCCESS:
        raise InvalidInput("status", N_("debe ser la respuesta final, tras las redirecciones"))
    return _read(robots_txt, agent, paths)


def _read(robots_txt: str, agent: str, paths: list[str]) -> RobotsVerdict:
    from protego import Protego

    content = robots_txt.removeprefix("\ufeff").encode("utf-8", "replace")
    cut = len(content) > MOST_BYTES
    if cut:
        # The last line may be half a rule, which would say something else.
        content = content[:MOST_BYTES].rpartition(b"\n")[0]
    text = content.decode("utf-8", "replace")
    if any(len(line) > MOST_PATHS for line in text.splitlines()):
        raise LimitExceeded("robots_txt", MOST_PATHS, max(map(len, text.splitlines())), N_("revise el archivo"))
    rules = Protego.parse(VERSIONED.sub(r"\1", text))
    delay = rules.crawl_delay(agent)
    return RobotsVerdict(
        library="protego",
        n=len(paths),
        allowed=[bool(rules.can_fetch(_path(path), agent)) for path in paths],
        crawl_delay=float(delay) if delay is not None and 0 <= delay < 1e9 else None,
        sitemaps=list(dict.fromkeys(rules.sitemaps)),
        warnings=(Caution(text=CUT),) if cut else (),
    )


def _path(given: str) -> str:
    """The path with its query; of a whole address, without scheme and host."""
    try:
        parts = urlsplit(given)
    except ValueError as error:
        raise InvalidInput("paths", N_("contiene una dirección mal escrita")) from error
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    return f"{path}?{parts.query}" if parts.query else path


def _all(paths: list[str], allowed: bool, why: str) -> RobotsVerdict:
    return RobotsVerdict(
        n=len(paths), allowed=[allowed] * len(paths), crawl_delay=None, sitemaps=[], warnings=(Caution(text=why),)
    )
