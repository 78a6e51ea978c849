"""A PDF of any text (*papel*): a page whose every character, visible or not, can be read out again."""

import io
from typing import Final

LINE: Final = 90
MAP: Final = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
{ranges}
endcmap end end"""


def pdf(text: str) -> bytes:
    """`text` as a PDF; characters are numbered, and a map says what each number means (PDF 32000-1, 9.10.3)."""
    from pypdf import PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        NameObject,
        NumberObject,
        TextStringObject,
    )

    number = {character: place for place, character in enumerate(dict.fromkeys(text), start=1)}
    writer, name = PdfWriter(), NameObject

    def stream(data: str) -> DecodedStreamObject:
        made = DecodedStreamObject()
        made.set_data(data.encode("latin-1"))
        return made

    entries = [f"<{place:04X}> <{c.encode('utf-16-be').hex().upper()}>" for c, place in number.items()]
    blocks = [entries[at : at + 100] for at in range(0, len(entries), 100)]
    ranges = "\n".join("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks)
    system = DictionaryObject(
        {
            name("/Registry"): TextStringObject("Adobe"),
            name("/Ordering"): TextStringObject("Identity"),
            name("/Supplement"): NumberObject(0),
        }
    )
    described = DictionaryObject(
        {
            name("/Type"): name("/Font"),
            name("/Subtype"): name("/CIDFontType2"),
            name("/BaseFont"): name("/Helvetica"),
            name("/CIDSystemInfo"): system,
            name("/DW"): NumberObject(500),
        }
    )
    font = DictionaryObject(
        {
            name("/Type"): name("/Font"),
            name("/Subtype"): name("/Type0"),
            name("/BaseFont"): name("/Helvetica"),
            name("/Encoding"): name("/Identity-H"),
            name("/DescendantFonts"): ArrayObject([writer._add_object(described)]),
            name("/ToUnicode"): writer._add_object(stream(MAP.format(ranges=ranges))),
        }
    )
    page = writer.add_blank_page(595, 842)
    fonts = DictionaryObject({name("/F1"): writer._add_object(font)})
    page[name("/Resources")] = DictionaryObject({name("/Font"): fonts})
    shown = [text[at : at + LINE] for at in range(0, len(text), LINE)]
    codes = ["".join(f"{number[c]:04X}" for c in line) for line in shown]
    lines = "".join(f"<{line}> Tj 0 -14 Td " for line in codes)
    page[name("/Contents")] = stream(f"BT /F1 11 Tf 40 800 Td {lines}ET")
    held = io.BytesIO()
    writer.write(held)
    return held.getvalue()
