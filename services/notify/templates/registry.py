"""What people read about enterprise profiles: disputes of facts (articles 8, 20)."""

from __future__ import annotations

from services.notify.templates import Template

FACT_DISPUTED = Template(
    "fact-disputed",
    "企业对数据提出异议，请核实",
    "企业（统一社会信用代码{uscc}）对“{label}”提出异议（第{number}号），请在{due_on}前核实并答复{provisional_note}。",
)
DISPUTE_SETTLED = Template(
    "dispute-settled",
    "数据异议已处理",
    "贵单位对“{label}”提出的异议（第{number}号）已处理，{dispute_outcome}。请登录澄策之窗在企业画像中查看理由。",
)
DISPUTE_OVERDUE = Template(
    "dispute-overdue",
    "数据异议已超期，请立即处理",
    "企业（统一社会信用代码{uscc}）对“{label}”的异议（第{number}号）应于{due_on}前答复，现已超期。请立即核实并答复企业。",
)
DISPUTE_OVERDUE_SUPERVISION = Template(
    "dispute-overdue-supervision",
    "数据异议超期，请督办",
    "部门（代码{department}）对企业数据“{label}”的异议（第{number}号）应于{due_on}前答复，现已超期。请督促该部门立即处理。",
)
