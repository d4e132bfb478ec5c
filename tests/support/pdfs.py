"""What a PDF says, read from the file as it is: texts by the fonts' own tables, and the images within."""

from __future__ import annotations

import io
import re
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

_SHOWN = re.compile(rb"\((?:\\.|[^\\()])*\)|<([0-9A-Fa-f\s]+)>|/(F\d+)\s", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(content: bytes) -> list[Any]:
    """The pages in their order."""
    reader = PdfFileReader(io.BytesIO(content))
    return [page.get_object() for page in reader.root["/Pages"]["/Kids"]]


def text_of(content: bytes) -> str:
    """All that is written, page by page, as somebody who copies it would get it."""
    return "\n".join(_page(page) for page in pages_of(content))


def images_of(content: bytes) -> list[bytes]:
    """The image of each page as it is kept: for a JPEG, its very bytes."""
    found = []
    for page in pages_of(content):
        drawn = re.search(rb"/(I\d+) Do", page["/Contents"].get_object().data)
        assert drawn is not None, "a page without an image"
        found.append(page["/Resources"]["/XObject"][f"/{drawn[1].decode()}"].get_object().encoded_data)
    return found


def lies_of(content: bytes) -> list[bool]:
    """Whether each page is wider than high."""
    boxes = [page.get("/MediaBox") or page["/Parent"]["/MediaBox"] for page in pages_of(content)]
    return [float(box[2]) > float(box[3]) for box in boxes]


def _page(page: Any) -> str:
    fonts = {name[1:]: _table(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}
    table: dict[int, str] = next(iter(fonts.values()))
    said: list[str] = []
    for found in _SHOWN.finditer(page["/Contents"].get_object().data):
        if found[2]:
            table = fonts[found[2].decode()]
            continue
        raw = bytes.fromhex(found[1].decode()) if found[1] else _unescaped(found[0][1:-1])
        codes = [int.from_bytes(raw[n : n + 2]) for n in range(0, len(raw) - 1, 2)]
        said.append("".join(table.get(code, "") for code in codes))
    return "".join(said)


def _unescaped(raw: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), raw, flags=re.DOTALL)


def _table(font: Any) -> dict[int, str]:
    """The font's ToUnicode map: glyph codes to characters."""
    told = font["/ToUnicode"].get_object().data.decode("latin-1")
    table: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", told, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            table[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", told, re.DOTALL):
        for first, last, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            start = int(text, 16)
            for n in range(int(last, 16) - int(first, 16) + 1):
                table[int(first, 16) + n] = chr(start + n)
    return table
