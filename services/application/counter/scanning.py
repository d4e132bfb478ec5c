"""Scanned pages joined into one PDF (扫描件合并), in the order in which they are named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from pydantic import BaseModel, ConfigDict, Field

from services.application.attachments.commands import plain, stored_as
from services.application.attachments.incoming import MB
from services.application.decider.attachment import AttachmentState, UploadAttachment, attachment
from shared.calendar import civil_date, start_of
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.objects.store import NoSuchObject, as_pieces, read
from shared.runtime.service import Runtime
from shared.security.actor import Actor

PDF = "application/pdf"
IMAGES = ("image/jpeg", "image/png", "image/webp")
MOST_PAGES = 100
_KEYS = UUID("0b6a5c0e-8f3a-4a37-9d8c-1b1f8f5c2f4d")


class JoinForm(BaseModel):
    """The pages in their order, each uploaded before as an attachment, and the name of the whole."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "授权同意书（样例）.pdf", "pages": ["0A1B2C3D4E5F6A7B8C9D", "1A1B2C3D4E5F6A7B8C9D"]}]
        },
    )

    name: str = Field("扫描件.pdf", min_length=1, max_length=200)
    pages: tuple[str, ...] = Field(min_length=1, max_length=MOST_PAGES, description="各页图片的附件编号，按页序")


async def join(runtime: Runtime, actor: Actor, form: JoinForm, sent: str | None) -> Receipt:
    """One PDF attachment of several images, whose it is as theirs are; the pages stay as they are.

    Raises `Refused` with all pages that do not fit, `ObjectStoreAway`.
    """
    contents, errors = await _pages(runtime, actor, form.pages)
    # Dated by the day: the same pages joined twice at once are the same bytes under the same name.
    content, wrong = await runtime.in_thread(_joined, contents, start_of(civil_date(runtime.clock.now())))
    errors = sorted([*errors, *wrong], key=lambda error: int(error.field.partition(".")[2]))
    if errors:
        title = f"有{len(errors)}页不能合并，请更换这些页后重新合并；其余各页已保留。"
        raise Refused("application.scan-invalid", title, errors, Because.INVALID)
    _require_size(runtime, len(content))
    key = (uuid5(_KEYS, f"{actor.subject}:{sent}") if sent else uuid4()).hex[:20].upper()
    digest = hashlib.sha256(content).hexdigest()
    if await runtime.state(attachment, key) is None:
        await runtime.objects.put(stored_as(key), as_pieces(content))
    name = plain(form.name if form.name.lower().endswith(".pdf") else f"{form.name}.pdf")
    command = UploadAttachment(name=name, media_type=PDF, size=len(content), digest=digest)
    return await runtime.execute(attachment, key, command, actor)


async def _pages(
    runtime: Runtime, actor: Actor, keys: Sequence[str]
) -> tuple[dict[int, tuple[str, bytes]], list[FieldError]]:
    """Contents by page number, from 0, and what is wrong with the others."""
    contents: dict[int, tuple[str, bytes]] = {}
    errors: list[FieldError] = []
    size = 0
    for n, key in enumerate(keys):
        state: AttachmentState | None = await runtime.state(attachment, key)
        if state is None or not state.usable(actor, None):
            message = f"第{n + 1}页：没有编号为“{key}”的附件，或已过期，请重新上传。"
            errors.append(FieldError(field=f"pages.{n}", code="unknown-file", message=message))
        elif state.uploaded.media_type not in IMAGES:
            message = f"第{n + 1}页“{state.uploaded.name}”不是图片，请上传 JPEG、PNG 或 WebP 格式的扫描页。"
            errors.append(FieldError(field=f"pages.{n}", code="no-image", message=message))
        else:
            size += state.uploaded.size
            _require_size(runtime, size)  # before it is read: all of them are held in memory at once
            contents[n] = (state.uploaded.media_type, await _content(runtime, key))
    return contents, errors


def _require_size(runtime: Runtime, size: int) -> None:
    most = runtime.settings.attachment_most_mb
    if size > most * MB:
        title = f"各页合计超过{most}MB，请降低扫描分辨率，或分成几个文件。"
        raise Refused("application.attachment-too-large", title, because=Because.INVALID)


async def _content(runtime: Runtime, key: str) -> bytes:
    try:
        return await read(runtime.objects, stored_as(key))
    except NoSuchObject as error:
        title = "有一页的内容没有找到，请重新上传后再合并。"
        raise Refused("application.content-missing", title, because=Because.NOT_FOUND) from error


def _joined(pages: dict[int, tuple[str, bytes]], at: datetime) -> tuple[bytes, list[FieldError]]:
    from services.application.counter.joining import joined

    return joined(pages, at)
