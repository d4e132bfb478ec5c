"""What people read of the performance assessment of funds, word for word."""

from __future__ import annotations

from services.notify.templates import Template

GOAL_TO_APPROVE = Template(
    "performance-goal-to-approve",
    "有绩效目标待批复",
    "部门（代码{department}）申报了“{title}”的绩效目标（编号{performance_id}，第{version}版），预算{budget_yuan}。"
    "请核对后批复或退回。",
)
GOAL_RETURNED = Template(
    "performance-goal-returned",
    "绩效目标已退回",
    "“{title}”的绩效目标（编号{performance_id}，第{version}版）已退回：{reason_sentence}请修改后重新申报。",
)
GOAL_APPROVED = Template(
    "performance-goal-approved",
    "绩效目标已批复",
    "“{title}”的绩效目标（编号{performance_id}，第{version}版）已批复。评价期到{until_on}为止，期满后请提交自评，"
    "最迟为{due_on}{provisional_note}。",
)
SELF_ASSESSMENT_DUE_SOON = Template(
    "self-assessment-due-soon",
    "请提交绩效自评",
    "“{title}”的绩效自评（编号{performance_id}）最迟于{due_on}提交，请逐项填写实际值、依据和偏差原因。",
)
SELF_ASSESSMENT_OVERDUE_DEPARTMENT = Template(
    "self-assessment-overdue-department",
    "绩效自评已超期，请立即提交",
    "“{title}”的绩效自评（编号{performance_id}）应于{due_on}前提交，现已超期。请部门负责人督促立即提交，"
    "超期情况已报市财政局和市数据主管部门。",
)
SELF_ASSESSMENT_OVERDUE = Template(
    "self-assessment-overdue",
    "绩效自评超期，请督促",
    "部门（代码{department}）“{title}”的绩效自评（编号{performance_id}）应于{due_on}前提交，现已超期。请督促该部门立即提交。",
)
SELF_ASSESSED = Template(
    "self-assessed",
    "有绩效自评待评价",
    "部门（代码{department}）提交了“{title}”的绩效自评（编号{performance_id}），自评{total}分。请复核后评价或退回。",
)
SELF_ASSESSMENT_RETURNED = Template(
    "self-assessment-returned",
    "绩效自评已退回",
    "“{title}”的绩效自评（编号{performance_id}）已退回：{reason_sentence}请在{due_on}前修改后重新提交{provisional_note}。",
)
PERFORMANCE_CONCLUDED = Template(
    "performance-concluded",
    "绩效评价已办结",
    "“{title}”的绩效评价（编号{performance_id}）已办结：{total}分，等级为{grade_word}，结果应用为{consequence_word}。"
    "评价意见：{explanation_sentence}请按结果应用安排后续预算，评价结果已向社会公开。",
)
PERFORMANCE_CONCLUDED_SUPERVISION = Template(
    "performance-concluded-supervision",
    "有绩效评价已办结",
    "部门（代码{department}）“{title}”的绩效评价（编号{performance_id}）已办结：{total}分，等级为{grade_word}，"
    "结果应用为{consequence_word}。评价结果已向社会公开，请在政策评估时一并参考。",
)
