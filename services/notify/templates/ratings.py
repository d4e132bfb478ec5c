"""Texts about ratings (好差评) and their follow-up."""

from __future__ import annotations

from services.notify.templates import Template

BAD_RATING = Template(
    "bad-rating",
    "收到差评，请整改",
    "“{title}”（评价编号{rating_id}）收到差评。请登录澄策之窗查看评价，核实情况，按期整改并登记结果。",
)
RATING_REPLIED = Template(
    "rating-replied",
    "评价已有回复",
    "您对“{title}”的评价（评价编号{rating_id}）已有回复，请登录澄策之窗查看。",
)
FOLLOW_UP_DUE_SOON = Template(
    "follow-up-due-soon",
    "差评整改期限将至",
    "“{title}”（评价编号{rating_id}）的差评应在{due_on}前整改并登记结果。请按时办理，确需延长的请在到期前申请。",
)
FOLLOW_UP_OVERDUE = Template(
    "follow-up-overdue-department",
    "差评整改已超期",
    "“{title}”（评价编号{rating_id}）的差评应在{due_on}前整改并登记结果，现已超期。请立即办理并登记结果。",
)
FOLLOW_UP_OVERDUE_SUPERVISION = Template(
    "follow-up-overdue-supervision",
    "部门差评整改超期",
    "“{title}”（评价编号{rating_id}，部门代码{department}）的差评应在{due_on}前整改，现已超期。请督促办理。",
)
