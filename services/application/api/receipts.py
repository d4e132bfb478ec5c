"""Doors of the written receipt (收件回执、受理回执, article 21): for the enterprise, the counter and the department."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from services.application.api.applications import SEES_ALL
from services.application.counter.receipt import receipt_pdf, state_of
from services.application.decider.state import STAGES
from services.application.departments import names_of
from services.application.readmodels.taking_part import involved
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Here, Somebody

router = APIRouter(tags=["惠企服务专窗"])
PDF = "application/pdf"
_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>回执核对</title>
<style>body{{font-family:sans-serif;max-width:40em;margin:2em auto;padding:0 1em}}td{{padding:.3em .8em .3em 0;
vertical-align:top;overflow-wrap:anywhere}}td:first-child{{color:#666;white-space:nowrap}}</style>
<h1>回执核对</h1><p>平台收到过编号为 {number} 的申报。请核对手中回执与下列内容是否一致；查询办理进度请登录澄策之窗。</p>
<table>{rows}</table></html>"""


@router.get(
    "/applications/{number}/receipt",
    summary="申报的收件回执（PDF）",
    response_class=Response,
    responses={200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def receipt(number: str, runtime: Here, actor: Somebody) -> Response:
    """编号、事项、承诺期限、下一步和核对用的二维码；受理后为受理回执。申报企业、窗口人员和办理部门可以打印。"""
    state = await state_of(runtime, number)
    submitted = state.submitted
    own = actor.enterprise == submitted.enterprise
    takes_part = actor.department in involved(submitted.department, submitted.process)
    if not own and not takes_part and not actor.has(*SEES_ALL):
        title = "只有申报企业、窗口人员和办理部门可以打印这份回执。"
        raise Refused("application.not-yours", title, because=Because.FORBIDDEN)
    headers = {"Content-Disposition": f'attachment; filename="{submitted.number}.pdf"'}
    return Response(await receipt_pdf(runtime, state), media_type=PDF, headers=headers)


@router.get("/receipts/{number}", summary="回执核对页面", response_class=HTMLResponse)
async def page(number: str, runtime: Here) -> HTMLResponse:
    """回执上的二维码指向这里；不显示申报单位和申报内容。"""
    state = await state_of(runtime, number)
    shown = {
        "事项": state.submitted.item_title,
        "办理部门": (await names_of(runtime, [state.submitted.department]))[state.submitted.department],
        "收件日期": state.submitted.submitted_on.isoformat(),
        "目前状态": STAGES[state.stage],
    }
    rows = "".join(f"<tr><td>{name}<td>{escape(value)}" for name, value in shown.items())
    return HTMLResponse(_PAGE.format(number=escape(state.submitted.number), rows=rows))
