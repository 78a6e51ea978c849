"""Reading a file (*lectura*): through the sandbox, whose answer is foreign until it is checked and cleaned."""

import os
import signal
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import BadArguments
from core.settings import HOUSE
from core.text import clean_foreign
from modules.infrastructure.document_service.problems import SAID, Problem
from modules.infrastructure.document_service.readers.media import Media
from modules.infrastructure.document_service.sandbox import SECONDS

LONGEST_ANSWER: Final = 24 * 1024 * 1024
AnswerT = TypeVar("AnswerT", bound="Answer")
log = structlog.get_logger("documents")


class Answer(BaseModel):
    """What every answer of the sandbox says; anything else in it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem: Problem | None = None
    media: Media = Media.TEXT
    alone: bool = False  # whether the process had no network


class PageRead(BaseModel):
    """One page as it was read; `confidence` in per cent, if by OCR."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    title: str = ""
    confidence: Annotated[int, Field(ge=0, le=100)] | None = None


class TextRead(Answer):
    """The text of a file, by pages."""

    pages: tuple[PageRead, ...] = ()
    unread: int = Field(default=0, ge=0)
    attachments: tuple[str, ...] = ()


class TableRead(Answer):
    """The first table of a file, as text."""

    title: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    more: bool = False


class AttachmentRead(Answer):
    """What is attached to an e-mail, in base64."""

    content: str = ""


def read_text(content: bytes, field: str) -> TextRead:
    """The text of `content`, cleaned of what nobody sees.

    Raises:
        BadArguments: it was not read; names `field` and says why and what to do.
    """
    found = _ask(content, "read", TextRead, field)
    pages = tuple(
        PageRead(text=clean_foreign(p.text), title=clean_foreign(p.title)[:200], confidence=p.confidence)
        for p in found.pages
    )
    attached = tuple(clean_foreign(name)[:200] for name in found.attachments)
    return found.model_copy(update={"pages": pages, "attachments": attached})


def read_table(content: bytes, field: str) -> TableRead:
    """The first table of `content`, its cells as they are written: whoever checks must see what is hidden.

    Raises:
        BadArguments: there is none, or it was not read.
    """
    return _ask(content, "table", TableRead, field)


def read_attachment(content: bytes, number: int, field: str) -> bytes:
    """The `number`th attachment of the e-mail `content`, from 0.

    Raises:
        BadArguments: there is none, or it was not read.
    """
    return b64decode(_ask(content, f"attachment:{number}", AttachmentRead, field).content)


def _ask(content: bytes, mode: str, kind: type[AnswerT], field: str) -> AnswerT:
    with TemporaryDirectory(prefix="ait-document-") as folder:
        said = _run(content, mode, Path(folder))
    try:
        found = kind(problem=said) if isinstance(said, Problem) else kind.model_validate_json(said)
    except ValidationError:
        found = kind(problem=Problem.DAMAGED)  # a parser that was taken over answers as it likes
    if found.problem is not None:
        raise BadArguments(field=field, problem=SAID[found.problem])
    if not found.alone:
        log.warning("sandbox.network", reason="this kernel gives no network namespace to a process of ours")
    return found


def _run(content: bytes, mode: str, folder: Path) -> bytes | Problem:
    """What the sandbox printed, or why it did not."""
    (folder / "in").write_bytes(content)
    command = [sys.executable, "-s", "-B", "-m", "modules.infrastructure.document_service.sandbox", mode, str(folder)]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    with (folder / "out").open("w+b") as out:
        process = subprocess.Popen(
            command,
            cwd=HOUSE,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            ended = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            return Problem.TOO_SLOW
        finally:
            _end(process)
        out.seek(0)
        said = out.read(LONGEST_ANSWER + 1)
    if ended == -signal.SIGXCPU or ended == -signal.SIGKILL:
        return Problem.TOO_SLOW
    if ended != 0:
        return Problem.DAMAGED
    return said if len(said) <= LONGEST_ANSWER else Problem.TOO_LARGE


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process with all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
