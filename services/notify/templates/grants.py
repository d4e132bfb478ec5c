"""What people read of grants without application (免申即享), word for word."""

from __future__ import annotations

from services.notify.templates import Template

GRANT_OFFERED = Template(
    "grant-offered",
    "您有一项政策可以免申即享",
    "贵单位符合“{item_title}”（{period}期，编号{grant_id}），无需申报即可享受{amount_yuan}。"
    "请在{confirm_by}前登录澄策之窗确认并填写收款账号，期满未确认视为放弃{provisional_note}。",
)
GRANT_LAPSED = Template(
    "grant-lapsed",
    "免申即享已失效",
    "贵单位的“{item_title}”（{period}期，编号{grant_id}）期满未确认，已失效。如有疑问，请联系主管部门或拨打12345。",
)
GRANT_SUPPORTED = Template(
    "grant-supported",
    "免申即享已列入扶持名单",
    "贵单位的“{item_title}”（{period}期，编号{grant_id}）已列入扶持名单，金额{amount_yuan}，后续拨付情况请登录澄策之窗查看。",
)
GRANT_LIST_TO_ACCEPT = Template(
    "grant-list-to-accept",
    "有免申即享名单待受理",
    "部门（代码{department}）提交了“{item_title}”（{period}期，编号{list_id}）免申即享名单，共{rows}家、{total_yuan}。请核对后受理或退回。",
)
GRANT_LIST_RETURNED = Template(
    "grant-list-returned",
    "免申即享名单已退回",
    "“{item_title}”（{period}期，编号{list_id}）免申即享名单已退回：{reason_sentence}请修改后重新提交。",
)
GRANT_TERM_OVER = Template(
    "grant-term-over",
    "免申即享确认期已满，请确认扶持名单",
    "“{item_title}”（{period}期，编号{list_id}）确认期已满：确认{confirmed}家，放弃{declined}家，失效{lapsed}家。"
    "请由提交名单之外的另一人确认扶持名单。",
)
SUPPORT_LIST_CONFIRMED = Template(
    "support-list-confirmed",
    "扶持名单已确认，请安排拨付",
    "部门（代码{department}）确认了“{item_title}”（{period}期，编号{list_id}）扶持名单，共{rows}家、{total_yuan}。请按计划安排拨付。",
)
