"""The landing page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from shared.calendar import SHANGHAI

SERVICE_TITLES = {
    "registry": ("登记", "部门、企业、代码表"),
    "policy": ("政策", "文件、事项、申报指南"),
    "application": ("申报", "申报、受理、审核、限时督办"),
    "hotline": ("诉求", "12345 工单的接收、派发、答复"),
    "notify": ("消息", "收件箱、短信与回执"),
    "analytics": ("运行监测", "按日按部门的运行数据、通报"),
    "portal": ("门户", "本页与统一入口"),
}

_STYLE = """
body{font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:0;color:#1f2933;background:#f5f7fa}
main{max-width:64rem;margin:0 auto;padding:1.5rem}
h1{margin:.2rem 0;font-size:1.7rem}
table{width:100%;border-collapse:collapse;background:#fff}
th,td{padding:.55rem .7rem;text-align:left;border-bottom:1px solid #d9e2ec}
.yes{color:#0b6e4f}.no{color:#b00020;font-weight:600}.wide{overflow-x:auto}
a{color:#0b5394}
"""


def landing_page(status: Sequence[dict[str, Any]], now: datetime) -> str:
    """The page: what runs, how far each service is, and where its interface is described."""
    rows = "\n".join(_row(each) for each in status)
    ready = sum(bool(each["ready"]) for each in status)
    shown = now.astimezone(SHANGHAI).strftime("%Y年%m月%d日 %H:%M")
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>澄策之窗</title><style>{_STYLE}</style></head>
<body><main>
<h1>澄策之窗</h1>
<p>惠企政策一窗通：查政策、报项目、提诉求、看进度。平台时间 {shown}，{ready}/{len(status)} 个服务就绪。</p>
<div class="wide"><table>
<thead><tr><th scope="col">服务</th><th scope="col">职责</th><th scope="col">状态</th><th scope="col">事件数位置</th>
<th scope="col">已发布</th><th scope="col">死信</th><th scope="col">未结期限</th><th scope="col">接口</th></tr></thead>
<tbody>
{rows}
</tbody></table></div>
<p><a href="/readyz">就绪检查</a>　<a href="/metrics">运行指标</a></p>
</main></body></html>"""


def _row(each: dict[str, Any]) -> str:
    name = str(each["service"])
    title, duty = SERVICE_TITLES.get(name, (name, ""))
    state = '<span class="yes">就绪</span>' if each["ready"] else '<span class="no">未就绪</span>'
    cells = (each["log_position"], each["published_position"], each["dead_letters"], each["deadlines_open"])
    numbers = "".join(f"<td>{int(n)}</td>" for n in cells)
    link = f'<a href="/api/{escape(name)}/docs">{escape(title)}接口说明</a>'
    return f"<tr><th scope=row>{escape(title)}</th><td>{escape(duty)}</td><td>{state}</td>{numbers}<td>{link}</td></tr>"
