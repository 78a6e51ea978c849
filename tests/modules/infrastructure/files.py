"""Files for the stories of documents, made on the spot; and what makes some of them hostile."""

import io
import zipfile
from base64 import b64encode
from email.message import EmailMessage
from typing import Any


def base64(content: bytes) -> str:
    """`content` as the upload takes it."""
    return b64encode(content).decode()


def pdf(*pages: str, password: str = "") -> bytes:
    """A PDF with one page for each text."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    font = DictionaryObject({
        NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"), NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
    })  # fmt: skip
    for text in pages:
        page = writer.add_blank_page(595, 842)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        shown = "".join(f"({line.translate({40: '[', 41: ']', 92: '/'})}) Tj 0 -14 Td " for line in text.splitlines())
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 11 Tf 40 800 Td {shown}ET".encode("cp1252", "replace"))
        page[NameObject("/Contents")] = stream
    if password:
        writer.encrypt(password, algorithm="AES-256")
    held = io.BytesIO()
    writer.write(held)
    assert password or len(PdfReader(io.BytesIO(held.getvalue())).pages) == len(pages)
    return held.getvalue()


def image(*lines: str, size: tuple[int, int] = (1240, 700), form: str = "PNG") -> bytes:
    """A scan: black letters on white, or a PDF that holds nothing but it."""
    from PIL import Image, ImageDraw, ImageFont

    drawn = Image.new("L", size, 255)
    pen, font = ImageDraw.Draw(drawn), ImageFont.load_default(40)
    for number, line in enumerate(lines):
        pen.text((80, 80 + 60 * number), line, fill=0, font=font)
    held = io.BytesIO()
    drawn.save(held, form, **({"resolution": 150} if form == "PDF" else {}))
    return held.getvalue()


def word(*paragraphs: str, header: str = "", footer: str = "", comment: str = "", table: Any = ()) -> bytes:
    """A Word file."""
    import docx

    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if table:
        grid = document.add_table(0, len(table[0]))
        for row in table:
            for cell, value in zip(grid.add_row().cells, row, strict=True):
                cell.text = value
    if header:
        document.sections[0].header.paragraphs[0].text = header
    if footer:
        document.sections[0].footer.paragraphs[0].text = footer
    if comment:
        document.add_comment(document.paragraphs[0].runs, text=comment, author="Ana")
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def sheet(*rows: Any, hidden: Any = ()) -> bytes:
    """An Excel workbook; `hidden` rows stand in a sheet that nobody sees."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Cartera"
    for row in rows:
        book.active.append(row)
    if hidden:
        secret = book.create_sheet("Oculta")
        secret.sheet_state = "hidden"
        for row in hidden:
            secret.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def mail(text: str, html: str = "", **attached: bytes) -> bytes:
    """An e-mail with attachments by name (`_` stands for the dot)."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "taller@example.com", "oficina@example.com", "Factura ñ"
    message.set_content(text or "x")
    if html:
        message.set_content(html, subtype="html")
    for name, content in attached.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return message.as_bytes()


def archive(parts: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A compressed file of these parts."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return held.getvalue()


def altered(office: bytes, **parts: bytes) -> bytes:
    """An Office file with further or other parts; `word__document_xml` stands for `word/document.xml`."""
    with zipfile.ZipFile(io.BytesIO(office)) as made:
        kept = {name: made.read(name) for name in made.namelist()}
    named = {name.replace("__", "/").replace("_", "."): content for name, content in parts.items()}
    return archive(kept | named)
