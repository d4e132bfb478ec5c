"""Photos of an inspection: files that their taker has uploaded, kept for the application together with the opinion."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.admission import Given
from services.application.attachments.commands import naming
from services.application.decider.attachment import AttachmentState, attachment
from shared.eventstore.decider import FieldError
from shared.runtime.service import Runtime
from shared.security.actor import Actor

TAKEN = ("image/jpeg", "image/png", "image/webp", "application/pdf")


async def unfit(runtime: Runtime, actor: Actor, keys: Sequence[str]) -> tuple[FieldError, ...]:
    """All that is wrong with them."""
    errors = []
    for number, key in enumerate(keys):
        state: AttachmentState | None = await runtime.state(attachment, key)
        if state is None or not state.usable(actor, None):
            message = f"没有编号为“{key}”的照片，或已过期，请重新上传。"
            errors.append(FieldError(field=f"photos.{number}", code="unknown-file", message=message))
        elif state.uploaded.media_type not in TAKEN:
            message = f"“{state.uploaded.name}”不是照片，请上传 JPEG、PNG、WebP 图片或 PDF 扫描件。"
            errors.append(FieldError(field=f"photos.{number}", code="file-kind", message=message))
    return tuple(errors)


def keeping(of: str, keys: Sequence[str]) -> list[Given]:
    """Keeps them for an aggregate."""
    return naming(of, [{"file": key} for key in keys])
