"""A file is known by its content, of which only the two ends are read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.application.attachments.incoming import MB, Incoming
from services.application.attachments.kinds import ENDING, ZIP, More, by_beginning, by_directory
from shared.eventstore.decider import Refused

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def zipped(*names: str, content: bytes = b"x", comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as folder:
        for name in names:
            folder.writestr(name, content)
        folder.comment = comment
    return made.getvalue()


def kind_of(content: bytes, ending: int = ENDING) -> tuple[str | None, list[int]]:
    """The media type, and what had to be read back."""
    back: list[int] = []
    kind, end = by_beginning(content[:12]), content[-ending:]
    while kind == ZIP:
        try:
            return by_directory(end, len(content)), back
        except More as more:
            assert not back or more.start < back[-1]
            back.append(more.start)
            end = content[more.start :]
    return kind, back


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF0000WEBP", "image/webp"),
        (b"RIFF0000WAVE", None),
        (zipped("word/document.xml"), WORD),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), EXCEL),
        (zipped("OFD.xml"), "application/ofd"),
        (zipped("other"), ZIP),
        (zipped("other", content=bytes(2**20)) + b"", ZIP),
        (zipped("word/document.xml", content=bytes(3 * 2**20)), WORD),
        (zipped("word/document.xml", comment=b"x" * 65535), WORD),
        (b"PK\x03\x04 torn", None),
        (zipped("word/document.xml")[:-1], None),
        (b"<html>", None),
        (b"MZ", None),
        (b"", None),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == (kind, [])


def test_a_long_directory_is_read_back_from_its_beginning() -> None:
    content = zipped("word/document.xml", *(f"word/media/image{n:05d}.png" for n in range(3_000)))
    kind, back = kind_of(content)
    assert kind == WORD
    assert len(back) == 1
    assert content[back[0] :].startswith(b"PK\x01\x02")  # the directory, and nothing before it


@given(
    st.lists(st.sampled_from(["word/document.xml", "xl/workbook.xml", "OFD.xml", "a", "名"]), max_size=4, unique=True),
    st.binary(max_size=200),
    st.binary(max_size=50),
    st.integers(1, 400),
)
def test_by_its_end_it_is_what_the_library_says_of_the_whole(
    names: list[str], content: bytes, comment: bytes, ending: int
) -> None:
    whole = zipped(*names, content=content, comment=comment)
    kind, _ = kind_of(whole, ending)
    known = {"word/document.xml": WORD, "xl/workbook.xml": EXCEL, "OFD.xml": "application/ofd"}
    there = set(zipfile.ZipFile(io.BytesIO(whole)).namelist())
    expected = next((kind for name, kind in known.items() if name in there), ZIP)
    assert kind == (expected if whole.startswith(b"PK\x03\x04") else None)


@given(st.binary(max_size=300), st.integers(1, 400))
def test_what_is_made_up_breaks_nothing(noise: bytes, ending: int) -> None:
    kind_of(b"PK\x03\x04" + noise + zipped("word/document.xml")[-60:], ending)
    kind_of(zipped("word/document.xml")[:-10] + noise, ending)


async def passed(incoming: Incoming, *pieces: bytes) -> bytes:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return b"".join([piece async for piece in incoming.passing(body())])


@given(st.binary(max_size=40), st.integers(1, 20))
async def test_in_whatever_pieces_it_comes_the_same_is_known(rest: bytes, length: int) -> None:
    content = b"%PDF-" + rest
    pieces = [content[at : at + length] for at in range(0, len(content), length)]
    whole, parts = Incoming(1), Incoming(1)
    assert await passed(whole, content) == await passed(parts, *pieces, b"") == content
    assert (whole.size, whole.digest, whole.kind, whole.ending) == (parts.size, parts.digest, parts.kind, parts.ending)
    assert whole.ending == content[-ENDING:]


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ([], "attachment-empty"),
        ([b"", b""], "attachment-empty"),
        ([b"<html>"], "attachment-kind"),
        ([b"<html>" * 3, b"more"], "attachment-kind"),
        ([b"%PDF-", b"x" * MB], "attachment-too-large"),
        ([b"<html>" * 3, b"x" * MB], "attachment-too-large"),
    ],
)
async def test_what_is_not_taken_says_why(pieces: list[bytes], code: str) -> None:
    with pytest.raises(Refused, match=code):
        await passed(Incoming(1), *pieces)
