"""Doors of attachments (附件): uploaded before what names them is saved or handed in."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from services.application.api.acting import Uploading
from services.application.api.applications import require_sight
from services.application.api.performance import require_sight as require_sight_of_performance
from services.application.attachments.commands import stored_as, upload
from services.application.counter.scanning import JoinForm, join
from services.application.decider.attachment import AttachmentState, attachment
from services.application.performance.commands import performance_of
from services.application.readmodels.track import ApplicationRow
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written, written
from shared.http.contents import Wanted, streamed
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(tags=["附件"])
BODY = {"requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}
Key = Annotated[str, Path(max_length=40, description="附件编号")]


class AttachmentShown(BaseModel):
    """A file without its content; `digest`: SHA-256."""

    key: str
    name: str
    media_type: str
    size: int
    digest: str


@router.post("/attachments", status_code=201, summary="上传附件", openapi_extra=BODY)
async def uploaded(
    request: Request,
    runtime: Here,
    actor: Uploading,
    response: Response,
    name: Annotated[
        str, Header(alias="Chengce-File-Name", max_length=600, description="文件名，UTF-8 百分号编码")
    ] = "附件",
) -> Written:
    """文件内容即请求体；类型由内容判断。七天内没有草稿或申报使用的附件自动删除。窗口人员上传的归窗口办理（visit）的企业所有。"""
    return written(runtime, await upload(runtime, actor, unquote(name), request.stream()), response)


@router.post("/attachments/join", status_code=201, summary="把多页扫描图片合并为一个 PDF 附件")
async def joined(
    form: JoinForm, runtime: Here, actor: Uploading, response: Response, sent: IdempotencyKey = None
) -> Written:
    """先逐页上传图片，再按页序合并；不是图片或损坏的页一次列出，已上传的页保留。"""
    return written(runtime, await join(runtime, actor, form, sent), response)


@router.get("/attachments/{key}", summary="附件信息")
async def described(key: Key, runtime: Here, actor: Somebody) -> AttachmentShown:
    state = await _seen(runtime, key, actor)
    return AttachmentShown(key=key, **state.uploaded.model_dump(include={"name", "media_type", "size", "digest"}))


@router.get("/attachments/{key}/file", dependencies=[Caught], response_class=StreamingResponse, summary="下载附件")
async def downloaded(key: Key, runtime: Here, actor: Somebody, wanted: Wanted = None) -> Response:
    """上传人及其企业，以及可以查看有关申报或绩效评价的部门可以下载；可以用 Range 只取一段。"""
    return await delivered(runtime, key, await _seen(runtime, key, actor), wanted)


async def delivered(runtime: Runtime, key: str, state: AttachmentState, wanted: str | None = None) -> Response:
    """The content, or a part of it, as a file to be kept. Raises `Refused` where it is gone, `ObjectStoreAway`."""
    file = state.uploaded
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{file.digest}"',
    }
    return await streamed(runtime.objects, stored_as(key), file.media_type, headers, part=wanted, size=file.size)


async def kept_state(runtime: Runtime, key: str) -> AttachmentState:
    """An attachment whose content there is. Raises `Refused`."""
    state: AttachmentState | None = await runtime.state(attachment, key)
    if state is None or state.discarded:
        raise Refused("application.attachment-unknown", "没有这个附件，或已过期。", because=Because.NOT_FOUND)
    return state


async def _seen(runtime: Runtime, key: str, actor: Actor) -> AttachmentState:
    state = await kept_state(runtime, key)
    if state.is_of(actor):
        return state
    for of in sorted(state.named):
        if await _seen_with(runtime, of, actor):
            return state
    title = "只有上传人及其企业，以及办理有关事项的部门可以查看这个附件。"
    raise Refused("application.not-yours", title, because=Because.FORBIDDEN)


async def _seen_with(runtime: Runtime, of: str, actor: Actor) -> bool:
    """Whether somebody may see what names it. Others may name it as well: one that may be seen is enough."""
    kind, _, number = of.partition("-")
    try:
        if kind == "performance":
            require_sight_of_performance((await performance_of(runtime, number)).first.department, actor)
            return True
        row = await runtime.reads.one(ApplicationRow, number) if kind == "application" else None
        if row is not None:
            require_sight(row, actor)
    except Refused:
        return False
    return row is not None
