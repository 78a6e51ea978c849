"""Files that mean harm: each gives one clear error, and the sandbox holds whatever a parser does."""

import io
import os
import struct
import subprocess
import sys
import zipfile
from base64 import b64encode
from pathlib import Path
from threading import Event

import pytest

from core.errors import BadArguments
from core.settings import HOUSE
from modules.infrastructure.document_service import reading
from modules.infrastructure.document_service.problems import SAID, Problem
from modules.infrastructure.document_service.readers.detect import detect
from modules.infrastructure.document_service.readers.found import Refused
from modules.infrastructure.document_service.readers.media import Media
from tests.modules.infrastructure.files import altered, archive, image, mail, pdf, sheet, word
from tests.modules.infrastructure.ocr import needs_ocr

ENTITY = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>'


def huge_image() -> bytes:
    """A PNG of a few kilobytes that says it has 64 million points."""
    from PIL import Image

    held = io.BytesIO()
    Image.new("1", (8000, 8000)).save(held, "PNG")
    return held.getvalue()


def overlapping() -> bytes:
    """An archive whose second entry lies over its first."""
    made = bytearray(archive({"word/document.xml": b"<a/>" * 9, "word/styles.xml": b"<b/>"}, method=zipfile.ZIP_STORED))
    second = made.rfind(b"PK\x01\x02")
    struct.pack_into("<I", made, second + 42, 0)
    return bytes(made)


def linked() -> bytes:
    """A Word file in which an entry is a link to a file outside."""
    held = io.BytesIO(word("x"))
    with zipfile.ZipFile(held, "a") as made:
        link = zipfile.ZipInfo("word/media/image1.png")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    return held.getvalue()


HOSTILE = {
    "nothing": (b"", Problem.EMPTY),
    "blanks": (b" \n\0\0\t ", Problem.EMPTY),
    "program": (b"\x7fELF\x02\x01\x01\0\0\0\0", Problem.UNKNOWN),
    "archive of anything": (archive({"a.exe": b"MZ"}), Problem.UNKNOWN),
    "truncated pdf": (pdf("uno", "dos")[:300], Problem.DAMAGED),
    "pdf in name only": (b"%PDF-1.7\n" + os.urandom(64), Problem.DAMAGED),
    "encrypted pdf": (pdf("secreto", password="x"), Problem.ENCRYPTED),
    "truncated word": (word("uno")[:-40], Problem.DAMAGED),
    "truncated image": (image("uno")[:900], Problem.DAMAGED),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Problem.OLD_OFFICE),
    "locked workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), Problem.ENCRYPTED,
    ),
    "macros": (altered(word("x"), word__vbaProject_bin=b"Sub AutoOpen"), Problem.MACROS),
    "bomb": (altered(word("x"), word__media__big_xml=bytes(30_000_000)), Problem.BOMB),
    "bomb in a crowd": (
        altered(word("x"), word__media__noise_bin=os.urandom(600_000), word__media__big_bin=bytes(30_000_000)),
        Problem.BOMB,
    ),
    "many entries": (archive({f"word/{n}.xml": b"" for n in range(1_001)}), Problem.BOMB),
    "way out": (altered(word("x"), **{"..__..__etc__passwd": b"x"}), Problem.BOMB),
    "link": (linked(), Problem.BOMB),
    "overlap": (overlapping(), Problem.BOMB),
    "entity in word": (altered(word("x"), word__document_xml=ENTITY), Problem.ENTITIES),
    "entity in utf-16": (
        altered(sheet(("a",)), xl__workbook_xml=LAUGHS.decode().encode("utf-16")), Problem.ENTITIES,
    ),
    "entity in xml": (ENTITY, Problem.ENTITIES),
    "laughs": (LAUGHS, Problem.ENTITIES),
    "huge image": (huge_image(), Problem.HUGE_IMAGE),
    "pdf and archive": (pdf("uno") + archive({"a.js": b"x"}), Problem.POLYGLOT),
    "image and page": (b"\xff\xd8\xff\xe0<html><script>x()</script>" + bytes(99), Problem.POLYGLOT),
    "image and archive": (image("uno") + archive({"a": b"b"}), Problem.POLYGLOT),
    "word and workbook": (altered(word("x"), xl__workbook_xml=b"<a/>"), Problem.POLYGLOT),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gives_one_clear_error(name):
    content, problem = HOSTILE[name]
    with pytest.raises(BadArguments) as caught:
        reading.read_text(content, "content")
    assert caught.value.detail == {"field": "content", "problem": SAID[problem]}
    assert caught.value.told("en") != caught.value.told("es")


def test_a_file_that_is_not_read_is_not_kept(run, installation, tenant):
    content = b64encode(HOSTILE["pdf and archive"][0]).decode()
    with pytest.raises(BadArguments):
        run("document_service_upload_document", name="factura.pdf", content=content)
    assert run("document_service_list_documents").total == 0
    assert not list((installation.settings.data_dir / "objects").glob(f"{tenant.tenant_id}/*/*"))


@pytest.mark.parametrize("content", ["no es base64", "QUJD\n"])
def test_what_is_not_base64_is_refused(run, content):
    with pytest.raises(BadArguments) as caught:
        run("document_service_upload_document", name="a.txt", content=content + "!")
    assert caught.value.detail["field"] == "content"


def test_what_is_too_large_is_refused(run):
    content = b64encode(bytes(5 * 1024 * 1024 + 1)).decode()
    with pytest.raises(BadArguments, match="5 MiB"):
        run("document_service_upload_document", name="a.txt", content=content)


def test_html_that_is_nested_beyond_reading_is_refused_and_not_cut_short():
    assert reading.read_text(b"<div>" * 300 + b"hola", "content").pages[0].text.strip() == "hola"
    with pytest.raises(BadArguments) as caught:
        reading.read_text(b"<div>" * 50_000 + b"hola", "content")
    assert caught.value.detail["problem"] == SAID[Problem.DAMAGED]


@needs_ocr
def test_only_the_first_pages_of_a_long_scan_are_read():
    from PIL import Image

    sheets = [Image.new("L", (300, 300), 255) for _ in range(6)]
    held = io.BytesIO()
    sheets[0].save(held, "PDF", save_all=True, append_images=sheets[1:])
    found = reading.read_text(held.getvalue(), "content")
    assert (len(found.pages), found.unread) == (6, 2)


def test_without_tesseract_the_error_names_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(BadArguments) as caught:
        reading.read_text(image("uno"), "content")
    assert "tesseract-ocr-spa" in caught.value.told("es")
    assert reading.read_text(pdf("con texto"), "content").pages[0].text.strip() == "con texto"


# The sandbox itself


def in_the_sandbox(script: str, tmp_path) -> subprocess.CompletedProcess[str]:
    confined = "from modules.infrastructure.document_service.sandbox import confine; print(confine())\n"
    return subprocess.run(
        [sys.executable, "-c", confined + script], cwd=HOUSE, capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"]}, check=False,
    )  # fmt: skip


def test_the_sandbox_has_no_network(tmp_path):
    tried = in_the_sandbox("import socket; print(len(socket.if_nameindex()), open('/proc/net/dev').read())", tmp_path)
    alone, _, seen = tried.stdout.partition("\n")
    if alone == "False":
        pytest.skip("this kernel gives no network namespace to a process of ours")
    assert "eth" not in seen
    tried = in_the_sandbox("import socket; socket.create_connection(('127.0.0.1', 9), 2)", tmp_path)
    assert "Network is unreachable" in tried.stderr


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("bytes(600 * 1024 * 1024)", "MemoryError"),
        ("open('big', 'wb').write(bytes(65 * 1024 * 1024))", "File too large"),
        ("[open('/dev/null') for _ in range(100)]", "Too many open files"),
    ],
)
def test_the_sandbox_is_bounded(tmp_path, script, said):
    assert said in in_the_sandbox(f"import os; os.chdir({str(tmp_path)!r})\n{script}", tmp_path).stderr


def fake(monkeypatch, script: str) -> None:
    """Have the sandbox's process run `script`, as a parser that was taken over would."""
    started = subprocess.Popen

    def start(command, **options):
        return started([sys.executable, "-c", script, *command[-2:]], **options)

    monkeypatch.setattr(reading.subprocess, "Popen", start)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("import os; os.kill(os.getpid(), 11)", Problem.DAMAGED),
        ("raise SystemExit(3)", Problem.DAMAGED),
        ("print('not json')", Problem.DAMAGED),
        ('print(\'{"pages": [{"text": "x", "run": "this"}]}\')', Problem.DAMAGED),
        ('print(\'{"problem": "Llame al 806"}\')', Problem.DAMAGED),
        ("print('x' * 26_000_000)", Problem.TOO_LARGE),
        ("import os; os.kill(os.getpid(), 24)", Problem.TOO_SLOW),
    ],
)
def test_what_a_taken_over_sandbox_says_is_not_believed(monkeypatch, script, problem):
    fake(monkeypatch, script)
    with pytest.raises(BadArguments) as caught:
        reading.read_text(b"Hola", "content")
    assert caught.value.detail["problem"] == SAID[problem]


def test_a_sandbox_that_hangs_is_ended_with_its_children(monkeypatch, tmp_path):
    monkeypatch.setattr(reading, "SECONDS", 3)
    fake(
        monkeypatch,
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen(['sleep', '300']); open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(300)",
    )
    with pytest.raises(BadArguments) as caught:
        reading.read_text(b"Hola", "content")
    assert caught.value.detail["problem"] == SAID[Problem.TOO_SLOW]
    status = Path("/proc", (tmp_path / "pid").read_text(), "status")
    for _ in range(100):  # the signal is sent; the kernel takes its time
        if not status.exists() or "Z (zombie)" in status.read_text():
            return
        Event().wait(0.05)
    pytest.fail("the child lives on")


def test_every_problem_is_said():
    assert set(SAID) == set(Problem)


# Telling types apart


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (pdf("uno"), Media.PDF),
        (b"\n" + pdf("uno"), Media.PDF),
        (word("uno"), Media.DOCX),
        (sheet(("a",)), Media.XLSX),
        (mail("hola"), Media.EMAIL),
        (image("a"), Media.PNG),
        (b"De: Ana\nFecha: hoy\n", Media.TEXT),
        (b"a,b\n1,2\n", Media.CSV),
        (b"Hola, Ana\nadios", Media.TEXT),
        (b"<!-- x --><HTML><p>a", Media.HTML),
        (b"La zona <html> se explica aparte", Media.TEXT),
    ],
)
def test_a_type_is_told_by_the_content(content, media):
    assert detect(content) is media


def test_text_with_controls_is_no_text():
    with pytest.raises(Refused):
        detect(b"hola\x00\x01\x02")
