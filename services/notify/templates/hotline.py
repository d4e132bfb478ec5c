"""What people read of tickets on their way, word for word."""

from __future__ import annotations

from services.notify.templates import Template

# Told to the asker -----------------------------------------------------------------------------------------------------

INFORMATION_ASKED = Template(
    "information-asked",
    "您的诉求需要补充信息",
    "您反映的“{title}”（工单编号{number}）需要补充信息后才能继续办理。请登录澄策之窗查看并补充，或者拨打12345告知；"
    "{wait_until}前未补充的，将按现有信息办理。",
)
EXTENSION_GRANTED = Template(
    "extension-granted",
    "诉求办理已延期",
    "您反映的“{title}”（工单编号{number}）经批准延期办理{new_due_phrase}。如有疑问，请拨打12345。",
)
TICKET_REOPENED = Template(
    "ticket-reopened",
    "您的诉求已重新办理",
    "您反映的“{title}”（工单编号{number}）已交责任单位重新办理，最迟于{answer_due_on}前答复整改情况。您可拨打12345查询进度。",
)
TICKET_MERGED = Template(
    "ticket-merged",
    "您的诉求已合并办理",
    "您反映的“{title}”（工单编号{number}）与其他诉求属同一事项，已合并办理，答复后会一并告知。",
)
TICKET_SET_APART = Template(
    "ticket-set-apart",
    "您的诉求已转其他渠道",
    "您反映的“{title}”（工单编号{number}）不属于企业诉求，理由：{reason}请通过12345热线的其他渠道继续反映。",
)

# Told to the department ------------------------------------------------------------------------------------------------

INFORMATION_GIVEN = Template(
    "information-given",
    "工单恢复计时",
    "诉求“{title}”（工单编号{number}）{given_phrase}，现恢复计时，请于{answer_due_on}前答复。",
)
TICKET_SUPPLEMENTED = Template(
    "ticket-supplemented",
    "诉求人追加了说明",
    "诉求“{title}”（工单编号{number}）的诉求人追加了说明，请登录查看，一并办理。",
)
EXTENSION_DECIDED = Template(
    "extension-decided",
    "工单延期已审批",
    "诉求“{title}”（工单编号{number}）的延期申请{granted_phrase}{new_due_phrase}，请按期答复。",
)
TICKET_DUE_SOON = Template(
    "ticket-due-soon",
    "诉求工单即将到期",
    "诉求“{title}”（工单编号{number}）将于{due_at}到期，请尽快答复；确需延期的，请在到期前申请。",
)
TICKET_SUPERVISED_DEPARTMENT = Template(
    "ticket-supervised-department",
    "诉求工单已被督办",
    "诉求“{title}”（工单编号{number}）已列入督办：{reason}请部门负责人组织立即答复。",
)
TICKET_URGED = Template(
    "ticket-urged",
    "诉求工单催办",
    "督办人员就诉求“{title}”（工单编号{number}）提醒：{text}请尽快答复。",
)
TICKET_REWORK = Template(
    "ticket-rework",
    "诉求工单需重新办理",
    "诉求“{title}”（工单编号{number}）需要重新办理，请于{answer_due_on}前答复，并写明整改情况。",
)
TICKET_WITHDRAWN = Template(
    "ticket-withdrawn",
    "诉求工单已撤回",
    "诉求“{title}”（工单编号{number}）已撤回，无需再办理。",
)

# Told to the desk and the data bureau ----------------------------------------------------------------------------------

TICKET_RETURNED = Template(
    "ticket-returned",
    "误派工单已退回",
    "部门（代码{department}）退回了诉求“{title}”（工单编号{number}），请核对后重新派发。",
)
TICKET_UNHANDLED = Template(
    "ticket-unhandled",
    "诉求工单逾期无人处理",
    "诉求“{title}”（工单编号{number}）应于{handle_by}前答复或派发，现仍无人处理，请立即办理。",
)
TICKET_UNHANDLED_SUPERVISION = Template(
    "ticket-unhandled-supervision",
    "诉求工单逾期无人处理，请督办",
    "诉求“{title}”（工单编号{number}）应于{handle_by}前由热线答复或派发，现仍无人处理。请督促城运中心立即办理。",
)
EXTENSION_ASKED = Template(
    "extension-asked",
    "工单申请延期，请审批",
    "部门（代码{department}）就诉求“{title}”（工单编号{number}）申请延期，请登录审批。",
)
HOT_SPOT = Template(
    "hot-spot",
    "出现诉求热点",
    "近{days}天有{tickets}件相似诉求，例如“{title}”（工单{lead}）。请研判是否需要集中办理或改进政策。",
)
ROW_REFUSED = Template(
    "row-refused",
    "有推送的数据未能接收",
    "今天有其他系统推送的诉求数据因内容有误未能接收（例如{refusal_id}），已原样保存。请在“未接收的数据”中查看错误，于{look_by}前改正接收或说明理由。",
)
ROW_WAITING = Template(
    "row-waiting",
    "未接收的数据逾期未处理",
    "有推送的诉求数据未能接收（例如{refusal_id}），且到{due_on}仍无人处理，可能有企业诉求因此没有受理。请立即在“未接收的数据”中处理。",
)
