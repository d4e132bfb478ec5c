"""What people read of an application's acceptance and steps, word for word."""

from __future__ import annotations

from services.notify.templates import Template

ACCEPTANCE_OVERDUE_DEPARTMENT = Template(
    "acceptance-overdue-department",
    "申报超期未受理，请立即办理",
    "“{item_title}”的申报（编号{number}）应于{due_on}前作出受理、一次性告知补正或者不予受理的决定，现已超期。"
    "请部门负责人督促承办人员立即办理；超期情况已报市数据主管部门。",
)
ACCEPTANCE_OVERDUE = Template(
    "acceptance-overdue",
    "很抱歉，申报尚未受理",
    "很抱歉，贵单位申报的“{item_title}”（编号{number}）未能在{due_on}前得到受理答复。"
    "平台已督促主管部门立即办理，并已报市数据主管部门督办。",
)
ACCEPTANCE_OVERDUE_SUPERVISION = Template(
    "acceptance-overdue-supervision",
    "申报超期未受理，请督办",
    "部门（代码{department}）承办的“{item_title}”申报（编号{number}）应于{due_on}前作出受理答复，现已超期。请督促该部门立即办理。",
)
APPLICATION_WITHDRAWN = Template(
    "application-withdrawn",
    "申报已撤回",
    "“{item_title}”的申报（编号{number}）已由申报单位撤回，无需继续办理。",
)
APPLICATION_WITHDRAWN_ENTERPRISE = Template(
    "application-withdrawn-enterprise",
    "申报已撤回",
    "贵单位申报的“{item_title}”（编号{number}）已撤回，不再办理。申报期内可以重新申报；"
    "如非贵单位本意，请尽快联系惠企服务专窗或者拨打12345热线。",
)
APPLICATION_SUPPLEMENTED_ENTERPRISE = Template(
    "application-supplemented-enterprise",
    "补正材料已收到",
    "贵单位申报的“{item_title}”（编号{number}）的补正材料已收到，办理期限继续计算，可登录澄策之窗查看办理进度。"
    "如非贵单位办理，请尽快联系惠企服务专窗或者拨打12345热线。",
)
STEP_RESUMED = Template(
    "step-resumed",
    "申报单位已补正，请继续办理审核步骤",
    "“{item_title}”的申报（编号{number}）已由申报单位补正，贵部门承办的审核步骤恢复计时，请登录澄策之窗查看步骤期限并出具意见。",
)
ACCEPTANCE_DEADLINE_MOVED = Template(
    "acceptance-deadline-moved",
    "申报受理答复期限有调整",
    "因国务院公布了放假安排，贵单位申报的“{item_title}”（编号{number}）的受理答复期限由{previous_due_on}调整为{due_on}{provisional_note}。"
    "您无需办理手续，可登录澄策之窗查看办理进度。",
)
SUPPLEMENT_TERM_MOVED = Template(
    "supplement-term-moved",
    "补正期限有调整",
    "因国务院公布了放假安排，贵单位申报的“{item_title}”（编号{number}）的补正期限由{previous_due_on}调整为{due_on}{provisional_note}。"
    "请在期限内登录澄策之窗补齐后提交。",
)
STEP_DEADLINE_MOVED = Template(
    "step-deadline-moved",
    "审核步骤的期限有调整",
    "因国务院公布了放假安排，“{item_title}”的申报（编号{number}）的步骤“{step_title}”的期限由{previous_due_on}调整为"
    "{due_on}{provisional_note}。请在期限内出具意见。",
)
SUPPLEMENT_DUE_SOON = Template(
    "supplement-due-soon",
    "补正期限将至",
    "贵单位申报的“{item_title}”（编号{number}）最迟须于{due_on}补正，目前尚未收到。请登录澄策之窗补齐后提交，"
    "或者到惠企服务专窗办理；期满未补正的，主管部门可以依据现有材料作出决定。",
)
SUPPLEMENT_LAPSED = Template(
    "supplement-lapsed",
    "补正期限已过",
    "贵单位申报的“{item_title}”（编号{number}）未在{due_on}前补正，现由主管部门依据现有材料继续办理，"
    "可能因材料不齐而不予受理或者审核不通过。作出决定前，您仍可登录澄策之窗补正；不再申报的，请撤回。",
)
SUPPLEMENT_LAPSED_DEPARTMENT = Template(
    "supplement-lapsed-department",
    "申报单位逾期未补正，请继续办理",
    "“{item_title}”的申报（编号{number}）未在{due_on}前补正，办理期限继续计算。{what_is_due}请依据现有材料作出决定，并说明理由。",
)
REVIEW_DUE_SOON = Template(
    "review-due-soon",
    "申报审核今天到期",
    "“{item_title}”的申报（编号{number}）承诺最迟于{due_on}办结，请今天完成审核。",
)
STEP_STARTED = Template(
    "step-started",
    "有审核步骤待办理",
    "“{item_title}”的申报（编号{number}）进入步骤“{step_title}”，请在{due_on}前出具意见{provisional_note}。",
)
STEP_REASSIGNED = Template(
    "step-reassigned",
    "有审核步骤改由贵部门办理",
    "“{item_title}”的申报（编号{number}）的步骤“{step_title}”改由贵部门办理，期限为{due_on}{provisional_note}，请及时出具意见。",
)
STEP_STARTED_ENTERPRISE = Template(
    "step-started-enterprise",
    "申报进入新的办理步骤",
    "贵单位申报的“{item_title}”（编号{number}）进入步骤“{step_title}”，可登录澄策之窗查看办理进度。",
)
STEP_OVERDUE = Template(
    "step-overdue",
    "审核步骤已超期，请立即办理",
    "“{item_title}”的申报（编号{number}）的步骤“{step_title}”应于{due_on}前办结，现已超期，请立即出具意见。",
)
STEP_OVERDUE_SUPERVISION = Template(
    "step-overdue-supervision",
    "审核步骤超期，请督办",
    "“{item_title}”的申报（编号{number}）的步骤“{step_title}”（承办部门代码：{department_codes}）应于{due_on}前办结，现已超期。请督促办理。",
)
APPLICATION_SCORED = Template(
    "application-scored",
    "申报已完成评审",
    "贵单位申报的“{item_title}”（编号{number}）已完成评审，将在申报截止后统一排序，结果会及时告知。",
)
