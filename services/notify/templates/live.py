"""What people read of live sessions, word for word."""

from __future__ import annotations

from services.notify.templates import Template

LIVE_NOT_HELD = Template(
    "live-not-held",
    "云直播未按时开始",
    "部门（代码{department}）预告的直播“{title}”（编号{live_id}）已过开始时间30分钟仍未开始，请立即开始，或者改期、取消并说明理由。",
)
LIVE_RECORD_OVERDUE = Template(
    "live-record-overdue",
    "云直播实录逾期未发布",
    "直播“{title}”（编号{live_id}，部门代码{department}）的实录应于{due_on}前发布，现仍未发布，请立即办理。",
)
LIVE_QUESTION_DUE_SOON = Template(
    "live-question-due-soon",
    "直播提问即将到期",
    "直播“{title}”（编号{live_id}）中有提问须于{due_on}前答复，逾期将自动转为诉求工单，请及时处理。",
)
LIVE_QUESTION_ANSWERED = Template(
    "live-question-answered",
    "您的直播提问已答复",
    "贵单位在直播“{title}”（编号{live_id}）中的提问已有答复，请登录澄策之窗查看。",
)
LIVE_QUESTION_OVERDUE = Template(
    "live-question-overdue",
    "直播提问逾期未答复",
    "直播“{title}”（编号{live_id}，部门代码{department}）中有提问逾期未答复，已自动转为诉求工单，请按工单办理。",
)
