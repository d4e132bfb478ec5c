"""Doors of attachments (附件): uploaded before what names them is saved or handed in."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import BaseModel

from services.application.api.applications import require_sight
from services.application.attachments.commands import stored_as, upload
from services.application.decider.attachment import AttachmentState, attachment
from services.application.readmodels.track import ApplicationRow
from shared.database.files import Files
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Here, Somebody, Written, found, written
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
    actor: Somebody,
    response: Response,
    name: Annotated[
        str, Header(alias="Chengce-File-Name", max_length=600, description="文件名，UTF-8 百分号编码")
    ] = "附件",
) -> Written:
    """文件内容即请求体；类型由内容判断。七天内没有草稿或申报使用的附件自动删除。"""
    return written(runtime, await upload(runtime, actor, unquote(name), request.stream()), response)


@router.get("/attachments/{key}", summary="附件信息")
async def described(key: Key, runtime: Here, actor: Somebody) -> AttachmentShown:
    state = await _seen(runtime, key, actor)
    return AttachmentShown(key=key, **state.uploaded.model_dump(include={"name", "media_type", "size", "digest"}))


@router.get("/attachments/{key}/file", dependencies=[Caught], summary="下载附件")
async def downloaded(key: Key, runtime: Here, actor: Somebody) -> Response:
    """上传人及其企业，以及可以查看有关申报的部门可以下载。"""
    return await delivered(runtime, key, await _seen(runtime, key, actor))


async def delivered(runtime: Runtime, key: str, state: AttachmentState) -> Response:
    """The content, as a file to be kept. Raises `Refused` where it is gone."""
    kept = found(await Files(runtime.database).get(stored_as(key)), "附件")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(state.uploaded.name)}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(kept.content, media_type=kept.media_type, headers=headers)


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
    for of in state.named:
        kind, _, number = of.partition("-")
        row = await runtime.reads.one(ApplicationRow, number) if kind == "application" else None
        if row is not None:
            require_sight(row, actor)
            return state
    raise Refused("application.not-yours", "只有上传人及其企业可以查看这个附件。", because=Because.FORBIDDEN)
