"""What the room does when asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from uuid import uuid4

from services.application.admission import Given
from services.application.attachments.incoming import MB, Incoming, unfit_kind
from services.application.attachments.kinds import MOST_DIRECTORY, ZIP, More, by_directory
from services.application.decider.attachment import (
    AttachmentState,
    NameAttachment,
    ReleaseAttachment,
    UploadAttachment,
    attachment,
)
from services.application.definition.form import Form, Schema, is_file, leaves
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.objects.store import read
from shared.runtime.service import Runtime
from shared.security.actor import Actor


async def upload(runtime: Runtime, actor: Actor, name: str, body: AsyncIterator[bytes]) -> Receipt:
    """Stores the content as it comes, then says so; content without its event is never shown, and swept when it is a day old.

    Raises `Refused`, `ObjectStoreAway`.
    """
    key = uuid4().hex[:20].upper()
    incoming = Incoming(runtime.settings.attachment_most_mb)
    await runtime.objects.put(stored_as(key), incoming.passing(body))
    try:
        media_type = await _media_type(runtime, key, incoming)
    except Refused:
        await runtime.objects.delete(stored_as(key))
        raise
    command = UploadAttachment(name=plain(name), media_type=media_type, size=incoming.size, digest=incoming.digest)
    return await runtime.execute(attachment, key, command, actor)


def stored_as(key: str) -> str:
    """The name of an attachment's content among the service's objects: that of its aggregate."""
    return attachment.id_of(key)


async def _media_type(runtime: Runtime, key: str, incoming: Incoming) -> str:
    """By the beginning, and for a ZIP by its directory: mostly in what was kept of the end, else read back."""
    kind, ending = incoming.kind, incoming.ending
    while kind == ZIP:
        try:
            kind = await runtime.in_thread(by_directory, ending, incoming.size)
            break
        except More as more:
            if incoming.size - more.start > MOST_DIRECTORY:
                title = "压缩包内的文件过多，平台无法核对其类型，请分成几个压缩包上传。"
                raise Refused("application.attachment-directory", title, because=Because.INVALID) from None
            ending = await read(runtime.objects, stored_as(key), more.start)
    if kind is None:
        raise unfit_kind()
    return kind


def plain(name: str) -> str:
    """Without a path, and without what a file system or a header would take for something else."""
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    return re.sub(r'[\x00-\x1f\x7f"<>|:*?]', "_", base).strip(". ")[-200:] or "附件"


async def described(
    runtime: Runtime, actor: Actor, form: Form, answers: Any, through: str | None
) -> tuple[list[FieldError], tuple[dict[str, Any], ...]]:
    """The files that answers name, by field, and all that is wrong with them. `through`: the draft or application that they
    are answers of; its files are at hand, whoever uploaded them."""
    errors: list[FieldError] = []
    found: list[dict[str, Any]] = []
    for path, (schema, key) in leaves(form.answers, answers):
        if not is_file(schema) or not isinstance(key, str):
            continue
        field = ".".join(("answers", *map(str, path)))
        state: AttachmentState | None = await runtime.state(attachment, key)
        if state is None or not state.usable(actor, through):
            message = f"没有编号为“{key}”的附件，或已过期，请重新上传。"
            errors.append(FieldError(field=field, code="unknown-file", message=message))
            continue
        errors += (FieldError(field=field, code=code, message=said) for code, said in _unfit(schema, state))
        known = state.uploaded.model_dump(include={"name", "media_type", "size", "digest"})
        found.append({"field": field.partition(".")[2], "file": key, **known})
    return errors, tuple(found)


def _unfit(schema: Schema, state: AttachmentState) -> Iterator[tuple[str, str]]:
    file = state.uploaded
    accept, most = schema.get("x-accept"), schema.get("x-most-mb")
    if accept and file.media_type not in accept:
        yield "file-kind", f"附件“{file.name}”的类型（{file.media_type}）不符合要求，应为：{'、'.join(accept)}。"
    if most and file.size > most * MB:
        yield "file-size", f"附件“{file.name}”超过{most}MB，请压缩后重新上传。"


def naming(of: str, attachments: Sequence[dict[str, Any]], through: str | None = None) -> list[Given]:
    """Keeps them for an aggregate; those that `through` has already may be anybody's."""
    return [(attachment, key, NameAttachment(of=of, through=through)) for key in _keys(attachments)]


def releasing(of: str, attachments: Sequence[dict[str, Any]]) -> list[Given]:
    """Lets them go."""
    return [(attachment, key, ReleaseAttachment(of=of)) for key in _keys(attachments)]


def _keys(attachments: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(each["file"] for each in attachments))
