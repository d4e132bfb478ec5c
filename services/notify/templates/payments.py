"""What people read of payments, word for word."""

from __future__ import annotations

from services.notify.templates import Template

PLAN_TO_APPROVE = Template(
    "payment-plan-to-approve",
    "有拨付计划待批准",
    "部门（代码{department}）提交了“{item_title}”的拨付计划（编号{plan_id}），共{rows}笔、{total_yuan}。请核对后批准或退回。",
)
PLAN_RETURNED = Template(
    "payment-plan-returned",
    "拨付计划已退回",
    "“{item_title}”的拨付计划（编号{plan_id}）已退回：{reason_sentence}请处理后重新提交。",
)
PLAN_CONCLUDED = Template(
    "payment-plan-concluded",
    "拨付计划已办结",
    "“{item_title}”的拨付计划（编号{plan_id}）已办结：已付{paid}笔、{paid_yuan}，移出{dropped}笔。",
)
OUTCOME_TO_CONFIRM = Template(
    "payment-outcome-to-confirm",
    "有拨付结果待复核",
    "“{item_title}”（编号{payment_id}）的拨付指令{order}已登记拨付结果：{reason_sentence}请由登记人之外的另一人核对后复核。",
)
PAYMENT_PAID = Template(
    "payment-paid",
    "资金已拨付",
    "贵单位“{item_title}”（编号{payment_id}）的资金{amount_yuan}已于{paid_on}拨付，请查收。",
)
PAYMENT_SENT_BACK = Template(
    "payment-sent-back",
    "资金拨付被退回，请更正收款账户",
    "贵单位“{item_title}”（编号{payment_id}）的资金{amount_yuan}未能拨付：{reason_sentence}请登录澄策之窗更正收款账户，更正后重新拨付。",
)
PAYMENT_SENT_BACK_DEPARTMENT = Template(
    "payment-sent-back-department",
    "有一笔拨付被退回",
    "“{item_title}”（编号{payment_id}）的资金{amount_yuan}未能拨付：{reason_sentence}已请企业更正收款账户。",
)
