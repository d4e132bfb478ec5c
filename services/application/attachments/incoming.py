"""A file on its way into the store: counted, digested, known by its two ends, never whole in memory."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

from services.application.attachments.kinds import BEGINNING, ENDING, by_beginning
from shared.eventstore.decider import Because, Refused

MB = 2**20


class Incoming:
    """What is known of a file while it passes. `size` in bytes; `kind` by its beginning; `ending`: its last bytes."""

    def __init__(self, most_mb: int) -> None:
        self.size = 0
        self.kind: str | None = None
        self.ending = b""
        self._most_mb = most_mb
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what has passed, in hexadecimal digits."""
        return self._digest.hexdigest()

    async def passing(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The body as it comes, once its kind is known. Raises `Refused`: no kind that is taken, too large, empty."""
        held = b""
        async for piece in body:
            self._count(piece)
            if self.kind is not None:
                yield piece
                continue
            held += piece
            if len(held) >= BEGINNING:
                self.kind = by_beginning(held)
                if self.kind is None:
                    break
                yield held
        if self.kind is None and len(held) < BEGINNING:
            self.kind = by_beginning(held)
            if self.kind is not None:
                yield held
        if self.kind is None:
            async for piece in body:  # who sends it hears why only when it is sent
                self._count(piece)
            self._refuse()

    def _count(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self._most_mb * MB:
            title = f"文件超过{self._most_mb}MB，请压缩或分成几个文件。"
            raise Refused("application.attachment-too-large", title, because=Because.INVALID)
        self._digest.update(piece)
        self.ending = (self.ending + piece)[-ENDING:] if len(piece) < ENDING else piece[-ENDING:]

    def _refuse(self) -> None:
        if not self.size:
            raise Refused("application.attachment-empty", "文件是空的，请核对后重新上传。", because=Because.INVALID)
        raise unfit_kind()


def unfit_kind() -> Refused:
    """It is nothing that a form can ask for, or it is torn."""
    title = "只能上传 PDF、JPEG、PNG、WebP、DOCX、XLSX、OFD 和 ZIP 文件，请转换后上传。"
    return Refused("application.attachment-kind", title, because=Because.INVALID)
