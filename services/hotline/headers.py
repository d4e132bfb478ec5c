"""How the exports of hotlines and mayor's mailboxes call the fields of a ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping

# The first header of a field that has a value counts. Headers are compared without blanks, and in lower case.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "number": (
        "工单编号", "诉求编号", "信件编号", "信访件编号", "办件编号", "受理编号", "业务编号", "查询编号", "工单号",
        "信件索引号", "流水号", "信件ID", "编号", "number", "case_enquiry_id", "ticket_id", "id",
    ),
    "received_at": (
        "来电时间", "诉求时间", "来信时间", "来信(电)时间", "来件时间", "留言时间", "写信时间", "反映时间", "咨询时间",
        "提交时间", "递交时间", "发起时间", "接收时间", "受理时间", "案件时间", "发表时间", "发布时间", "创建时间",
        "来信日期", "信访日期", "受理日期", "发布日期", "时间", "日期",
        "received_at", "created_at", "created_date", "open_dt",
    ),
    "nature": (
        "诉求类型", "工单类型", "诉求性质", "工单性质", "来信目的", "来件类型", "留言类型", "信件类型", "问题类型",
        "类别", "nature",
    ),
    "channel": ("受理渠道", "来信渠道", "诉求渠道", "渠道", "诉求来源", "工单来源", "来源", "channel", "source"),
    "title": (
        "工单标题", "诉求标题", "来信标题", "来信(电)标题", "来件标题", "留言标题", "信件标题", "咨询标题", "办件标题",
        "案件标题", "受理标题", "标题", "咨询主题", "来信主题", "主题", "信件名称", "办件名称", "问题摘要", "反映问题",
        "title", "type",
    ),
    "content": (
        "诉求内容", "工单内容", "来信内容", "来信(电)内容", "来电内容", "来件内容", "留言内容", "信件内容", "办件内容",
        "咨询内容", "公开信访内容", "事项内容", "发言内容", "具体内容", "内容描述", "内容详情", "诉求描述", "问题描述",
        "诉求问题", "主要诉求", "信件信息", "留言摘要", "网民提问", "网友留言", "内容", "提问", "留言", "问题", "content",
    ),
    "reply": (
        "答复内容", "回复内容", "答复意见", "回复意见", "最终回复意见", "答复情况", "部门答复", "诉求回复", "咨询回复",
        "处办回复", "回复告知内容", "回复详情", "办理结果", "处理结果", "处理意见", "处理情况", "处理描述", "公示内容",
        "回复", "回答", "reply",
    ),
    "replied_at": (
        "答复时间", "回复时间", "反馈时间", "办理时间", "办结时间", "答复日期", "回复日期", "replied_at", "replied_date",
    ),
    "reply_unit": (
        "答复单位", "答复部门", "回复单位", "回复部门", "回复机构", "承办单位", "办理部门", "办理机构", "处理部门",
        "处办单位", "处理对象", "责任单位", "受理单位", "所属部门", "reply_department", "department",
    ),
    "suggested_department": ("建议承办部门", "suggested_department"),
    "town": ("镇街代码", "区划代码", "town"),
    "caller_name": (
        "来电人", "来电人姓名", "诉求人", "诉求人姓名", "反映人", "写信人", "来信人", "联系人", "姓名", "caller_name",
    ),
    "caller_phone": ("来电号码", "联系电话", "联系方式", "手机号码", "手机号", "电话号码", "caller_phone"),
    "enterprise_uscc": ("统一社会信用代码", "企业信用代码", "enterprise_uscc", "uscc"),
}  # fmt: skip


def plain(header: str) -> str:
    """A header as it is compared: no blanks, no byte order mark, plain brackets, lower case."""
    return re.sub(r"[\s\ufeff]", "", header).replace("（", "(").replace("）", ")").lower()


FIELDS: Mapping[str, tuple[str, ...]] = {field: tuple(map(plain, names)) for field, names in HEADERS.items()}
