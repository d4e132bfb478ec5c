"""Doors of stamped opinions: made by a department, verified by anybody (article 21: 电子印章)."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse

from services.application.api.applications import require_sight
from services.application.api.asked import Asked
from services.application.departments import names_of
from services.application.partners import partners
from services.application.readmodels.opinions import OpinionRow
from services.application.readmodels.track import ApplicationRow
from services.application.stamping.commands import PDF, Verification, paper_as, stamp_opinion, verify
from services.application.stamping.stamps import StampUnavailable
from services.application.stamping.verifying import TooBusy
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Here, Somebody, Written, found, written
from shared.http.contents import streamed

router = APIRouter(tags=["电子印章"])
MOST_BYTES = 10 * 2**20
PDF_BODY = {"requestBody": {"required": True, "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}}
_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>意见书核验</title>
<style>body{{font-family:sans-serif;max-width:40em;margin:2em auto;padding:0 1em}}td{{padding:.3em .8em .3em 0;
vertical-align:top;overflow-wrap:anywhere}}td:first-child{{color:#666;white-space:nowrap}}</style>
<h1>意见书核验</h1><p>平台出具过编号为 {document} 的意见书。请核对手中文件的 SHA-256 与下列值是否一致，或在下方上传文件核验。</p>
<table>{rows}</table>
<p><input type="file" id="f" accept="application/pdf"> <output id="o"></output></p>
<script>f.onchange=async()=>{{let a=await fetch("verify",{{method:"POST",body:f.files[0],
headers:{{"Content-Type":"application/pdf"}}}});let v=await a.json();
o.textContent=v.signature?v.sentence+v.signature.sentence:v.title}}</script></html>"""


@router.post("/applications/{number}/stamp", summary="为本部门的意见加盖电子印章")
async def stamped(number: str, asked: Asked) -> Written:
    """生成意见书（PDF），以部门证书签名并存档；在申报的 documents 中列出。"""
    receipt, _ = await stamp_opinion(asked.runtime, number, asked.actor, asked.key)
    return written(asked.runtime, receipt, asked.response)


@router.post("/opinions/verify", dependencies=[Caught], summary="核验意见书文件", openapi_extra=PDF_BODY)
async def verified(request: Request, runtime: Here) -> Verification:
    """任何人都可以核验：签名是否有效，文件是否与平台存档完全一致。"""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            title = f"文件超过{MOST_BYTES // 2**20}MB，不是平台出具的意见书。"
            raise Refused("application.file-too-large", title, because=Because.INVALID)
        parts.append(part)
    try:
        return await verify(runtime, b"".join(parts))
    except StampUnavailable as error:
        raise Refused("application.stamp-unavailable", f"{error}，请稍后再核验。") from error
    except TooBusy as error:
        raise Refused("application.verifying-busy", "同时核验的人较多，请稍后再核验。") from error


@router.get("/opinions/trusted.pem", summary="核验签名所用的根证书", response_class=PlainTextResponse)
async def trusted(runtime: Here) -> PlainTextResponse:
    """供第三方软件独立核验，例如 pyhanko 或 pdfsig。"""
    try:
        return PlainTextResponse(await partners(runtime).stamps.trusted(), media_type="application/x-pem-file")
    except StampUnavailable as error:
        raise Refused("application.stamp-unavailable", f"{error}，请稍后再试。") from error


@router.get("/opinions/{document}", dependencies=[Caught], summary="核验页面", response_class=HTMLResponse)
async def page(document: str, runtime: Here) -> HTMLResponse:
    """意见书上的二维码指向这里；不显示申报单位和意见内容。"""
    row = found(await runtime.reads.one(OpinionRow, document), "意见书")
    shown = {
        "事项": row.item_title,
        "出具部门": (await names_of(runtime, [row.department]))[row.department],
        "盖章日期": row.stamped_on.isoformat(),
        "签名证书": f"{row.signer}（序列号 {row.serial}）",
        "SHA-256": row.digest,
    }
    rows = "".join(f"<tr><td>{name}<td>{escape(value)}" for name, value in shown.items())
    return HTMLResponse(_PAGE.format(document=escape(row.document), rows=rows))


@router.get("/opinions/{document}/file", dependencies=[Caught], response_class=StreamingResponse, summary="下载意见书")
async def file(document: str, runtime: Here, actor: Somebody) -> Response:
    row = found(await runtime.reads.one(OpinionRow, document), "意见书")
    of = found(await runtime.reads.one(ApplicationRow, row.number), "申报")
    if actor.department != row.department:
        require_sight(of, actor)
    headers = {"Content-Disposition": f'attachment; filename="{row.document}.pdf"'}
    return await streamed(runtime.objects, paper_as(row.digest, row.number), PDF, headers)
