"""What people read of departments' own systems, word for word."""

from __future__ import annotations

from services.notify.templates import Template

SYSTEM_REQUESTED = Template(
    "system-requested",
    "有部门系统申请接入",
    "部门（代码{department}）申请接入部门系统“{system_name}”（编号{system_id}）。请审核后准予接入，或者告知不予接入的原因。",
)
SYSTEM_APPROVED = Template(
    "system-approved",
    "部门系统已获准接入",
    "贵部门的系统“{system_name}”（编号{system_id}）已获准接入。请部门负责人或提出申请的人员登录澄策之窗领取密钥，交由系统的开发运维人员使用。",
)
SYSTEM_DECLINED = Template(
    "system-declined",
    "部门系统未获准接入",
    "贵部门的系统“{system_name}”（编号{system_id}）未获准接入：{reason_sentence}请按上述意见处理后重新申请。",
)
SYSTEM_SECRET_ISSUED = Template(
    "system-secret-issued",
    "部门系统的密钥已签发",
    "贵部门为系统“{system_name}”（编号{system_id}）领取了新的密钥，原密钥最迟于{earlier_until}失效。"
    "如非本部门人员办理，请立即暂停该系统接入，并联系市数政局。",
)
SYSTEM_SUSPENDED = Template(
    "system-suspended",
    "部门系统已暂停接入",
    "贵部门的系统“{system_name}”（编号{system_id}）已暂停接入：{reason_sentence}"
    "恢复前，该系统接办的申报请由部门人员直接办理，各项期限照常计算。",
)
SYSTEM_SUSPENDED_SUPERVISION = Template(
    "system-suspended-supervision",
    "部门系统已暂停接入，请关注",
    "部门（代码{department}）的系统“{system_name}”（编号{system_id}）已暂停接入：{reason_sentence}"
    "问题解决后，请恢复接入。",
)
SYSTEM_RESUMED = Template(
    "system-resumed",
    "部门系统已恢复接入",
    "贵部门的系统“{system_name}”（编号{system_id}）已恢复接入。暂停期间未由人工办理的申报，请继续在该系统中办理。",
)
SYSTEM_ENDED = Template(
    "system-ended",
    "部门系统已终止接入",
    "贵部门的系统“{system_name}”（编号{system_id}）已终止接入：{reason_sentence}"
    "该系统接办的申报请由部门人员直接办理；需要再次接入的，请重新申请。",
)
SYSTEM_ENDED_SUPERVISION = Template(
    "system-ended-supervision",
    "部门系统已终止接入，请关注",
    "部门（代码{department}）的系统“{system_name}”（编号{system_id}）已终止接入：{reason_sentence}"
    "请督促该部门由人工继续办理。",
)
PROGRESS_REPORTED = Template(
    "progress-reported",
    "申报办理进展",
    "贵单位申报的“{item_title}”（编号{number}）的“{part_title}”环节有新进展{stage_phrase}：{text_sentence}"
    "您可登录澄策之窗查看办理进度。",
)
HANDLING_RELEASED = Template(
    "handling-released",
    "申报改由部门人员办理",
    "“{item_title}”的申报（编号{number}）的“{part_title}”环节不再由系统“{system_name}”办理：{reason_sentence}"
    "请部门人员接续办理，各项期限照常计算。",
)
