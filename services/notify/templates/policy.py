"""What people read about policies: what fits them, what closes soon, what is due."""

from __future__ import annotations

from services.notify.templates import Template

# Matches, told to the enterprise; the inbox is enough, nobody's telephone rings for a recommendation ------------------

ITEM_MET = Template(
    "item-met",
    "有符合条件的政策可以申报",
    "根据已掌握的信息，贵单位符合“{title}”（编码{item_id}）的数据化条件{amount_clause}。{closing_sentence}"
    "请登录澄策之窗查看判定依据和申报指南。如不想再收到同类提醒，可以在推送偏好中屏蔽。",
)
ITEM_NEARLY_MET = Template(
    "item-nearly-met",
    "有政策可能适合贵单位",
    "“{title}”（编码{item_id}）可能适合贵单位，还缺一两项信息才能判定{amount_clause}。{closing_sentence}"
    "请登录澄策之窗补充信息，即可看到是否符合条件。",
)
CLOSING_SOON = Template(
    "item-closing-soon",
    "符合条件的政策即将截止",
    "贵单位符合“{title}”（编码{item_id}）的数据化条件，尚未申报，申报将于{closes_on}截止。请登录澄策之窗尽快申报。",
)
DIGEST = Template(
    "match-digest",
    "今日为贵单位匹配的政策",
    "以下政策符合或者可能适合贵单位：{entries_list}请登录澄策之窗查看判定依据和申报指南。",
)

SAVED_SEARCHES_FOUND = Template(
    "saved-searches-found",
    "保存的检索有新的结果",
    "新发布的“{title}”（编码{found_id}）符合贵单位保存的检索。请登录澄策之窗查看；如不想再收到，可以删除保存的检索。",
)

# The catalogue, told to the data bureau and, where something is due, to the department (articles 11, 12) ------------------

ITEM_AMENDED = Template(
    "item-amended",
    "惠企政策事项已修订",
    "部门（代码{department}）修订了事项“{title}”（编码{code}），理由：{reason_sentence}{transition_sentence}请核对修订后的内容。",
)
ITEM_REPEALED = Template(
    "item-repealed",
    "惠企政策事项已废止",
    "部门（代码{department}）废止了事项“{title}”（编码{code}），理由：{reason_sentence}{transition_sentence}请核对政策清单。",
)
POLICY_REVISED = Template(
    "policy-revised",
    "惠企政策文件已修订",
    "部门（代码{department}）修订了文件“{title}”（文号{number}），理由：{reason_sentence}请核对修订后的内容。",
)
POLICY_REPEALED = Template(
    "policy-repealed",
    "惠企政策文件已废止",
    "部门（代码{department}）废止了文件“{title}”（文号{number}），理由：{reason_sentence}{transition_sentence}请核对政策清单。",
)
WINDOW_DECIDED = Template(
    "window-decided",
    "事项申报时间已确定",
    "部门（代码{department}）确定了事项“{title}”（编码{code}）的申报时间：{window_phrase}，应在{due_on}前公布。请督促按时公布。",
)
PUBLICATION_DUE_SOON = Template(
    "publication-due-soon",
    "政策发布今日到期",
    "{decided_thing}于{decided_on}决定{decision_word}，最迟应在今日（{due_on}）发布到澄策之窗。请今日内完成发布。",
)
PUBLICATION_OVERDUE = Template(
    "publication-overdue-department",
    "政策逾期未发布",
    "{decided_thing}于{decided_on}决定{decision_word}，应在{due_on}前发布到澄策之窗，现已逾期。请立即发布。",
)
PUBLICATION_OVERDUE_SUPERVISION = Template(
    "publication-overdue-supervision",
    "部门逾期未发布政策",
    "部门（代码{department}）的{decided_thing}于{decided_on}决定{decision_word}，应在{due_on}前发布，现已逾期。请督促该部门发布。",
)

# Implementation assessment (article 22(4)) ----------------------------------------------------------------------------

ITEM_FLAGGED = Template(
    "item-flagged",
    "事项实施评估发现问题",
    "事项“{title}”（编码{item_id}）实施评估发现问题：{findings_text}请查明原因，并在澄策之窗答复已采取或将采取的措施。",
)
ITEM_FLAGGED_SUPERVISION = Template(
    "item-flagged-supervision",
    "部门事项实施评估发现问题",
    "部门（代码{department}）的事项“{title}”（编码{item_id}）实施评估发现问题：{findings_text}请督促该部门答复并改进。",
)

# Consultations (article 22(1)(2)) ------------------------------------------------------------------------------------

REPRESENTATIVES_INVITED = Template(
    "representatives-invited",
    "邀请贵单位作为企业家代表提出意见",
    "现邀请贵单位作为企业家代表，就“{title}”（编号{consultation_id}）提出意见，截止日期为{closes_on}。请登录澄策之窗填写意见。",
)
OPINION_ANSWERED = Template(
    "opinion-answered",
    "贵单位提出的意见已有答复",
    "贵单位对“{title}”（编号{consultation_id}）提出的意见已答复：{opinion_outcome}。{reason_sentence}可登录澄策之窗查看。",
)
ANSWERING_DUE_SOON = Template(
    "answering-due-soon",
    "征求意见的答复时限将至",
    "“{title}”（编号{consultation_id}）的意见应在{answer_due_on}前全部答复并公布结果。请按时办理。",
)
ANSWERING_OVERDUE = Template(
    "answering-overdue-department",
    "征求意见逾期未公布结果",
    "“{title}”（编号{consultation_id}）的意见应在{answer_due_on}前全部答复并公布结果，现已逾期。请立即办理。",
)
ANSWERING_OVERDUE_SUPERVISION = Template(
    "answering-overdue-supervision",
    "部门逾期未公布征求意见结果",
    "部门（代码{department}）应在{answer_due_on}前公布“{title}”（编号{consultation_id}）的征求意见结果，现已逾期。请督促该部门办理。",
)
