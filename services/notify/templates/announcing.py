"""What people read of announcements and objections, word for word."""

from __future__ import annotations

from services.notify.templates import Template

RESULT_ANNOUNCED = Template(
    "result-announced",
    "申报结果正在公示",
    "贵单位申报的“{item_title}”（编号{number}）审核通过，现予公示，公示期{days}个工作日。公示后由主管部门确认结果。",
)
RESULT_CONFIRMED = Template(
    "result-confirmed",
    "申报结果已确认",
    "贵单位申报的“{item_title}”（编号{number}）经公示确认通过。请填写或核对收款账户，以便拨付。",
)
RESULT_WITHHELD = Template(
    "result-withheld",
    "申报审核通过，结果不对外公开",
    "贵单位申报的“{item_title}”（编号{number}）审核通过。按规定，这项结果不向社会公开；同批结果的公示期为{days}个工作日，"
    "期满后由主管部门确认，届时另行告知，目前无需办理手续。",
)
WITHHELD_RESULT_CONFIRMED = Template(
    "withheld-result-confirmed",
    "申报结果已确认",
    "贵单位申报的“{item_title}”（编号{number}）已确认通过，结果不向社会公开。请填写或核对收款账户，以便拨付。",
)
APPROVAL_REVOKED = Template(
    "approval-revoked",
    "申报通过决定已撤销",
    "公示期间收到的异议经核查成立，贵单位申报的“{item_title}”（编号{number}）的通过决定已撤销。"
    "理由可登录澄策之窗查看；如有不同意见，可拨打12345热线反映。",
)
OBJECTION_RAISED = Template(
    "objection-raised",
    "公示收到异议，请核查",
    "“{item_title}”{period}期的结果公示（{announcement_id}）收到第{objection}件异议，请在{due_on}前核查并给出处理结果。",
)
OBJECTION_DECIDED = Template(
    "objection-decided",
    "异议已有处理结果",
    "贵单位对“{item_title}”{period}期结果公示（{announcement_id}）提出的异议（第{objection}件）已有处理结果，可登录澄策之窗查看。",
)
OBJECTION_DECIDED_PERSON = Template(
    "objection-decided-person",
    "异议已有处理结果",
    "您对“{item_title}”{period}期结果公示（{announcement_id}）提出的异议（第{objection}件）已有处理结果，可登录澄策之窗查看。",
)
OBJECTION_OVERDUE_DEPARTMENT = Template(
    "objection-overdue-department",
    "异议处理超期，请立即办理",
    "“{item_title}”{period}期结果公示（{announcement_id}）的第{objection}件异议应于{due_on}前处理，现已超期，请立即核查；超期情况已报市数据主管部门。",
)
OBJECTION_OVERDUE_SUPERVISION = Template(
    "objection-overdue-supervision",
    "异议处理超期，请督办",
    "部门（代码{department}）的“{item_title}”{period}期结果公示（{announcement_id}）的第{objection}件异议应于{due_on}前处理，现已超期。请督促办理。",
)
ANNOUNCEMENT_ENDED = Template(
    "announcement-ended",
    "公示期满，请确认结果",
    "“{item_title}”{period}期的结果公示（{announcement_id}）已期满。请处理完异议，并由发布公示以外的另一人确认结果。",
)
