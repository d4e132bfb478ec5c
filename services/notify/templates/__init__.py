"""What people read, word for word. `{field}` is a field of the published event, or one of the phrases made below.

A text stands alone (an SMS has no title), and says what to do next. A new wording changes messages to come, not those
written; a template's name stays, for messages refer to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.calendar import civil_date
from shared.contracts.base import Published


@dataclass(frozen=True)
class Rendered:
    """A title and a text for one event."""

    title: str
    text: str


@dataclass(frozen=True)
class Template:
    """A title and a text with places for what the event says."""

    name: str
    title: str
    text: str

    def render(self, event: Published) -> Rendered:
        """Raises KeyError for a place that the event does not fill."""
        phrases = _phrases(event)
        return Rendered(self.title.format_map(phrases), self.text.format_map(phrases))


# With the end of an application, once: where it is rated (好差评, article 26).
RATE = "请对这次办理作出评价：登录澄策之窗，在“好差评”中选择这件申报。"

# Applications, told to the enterprise ----------------------------------------------------------------------------------

APPLICATION_RECEIVED = Template(
    "application-received",
    "申报已收到",
    "贵单位申报的“{item_title}”（编号{number}）已于{submitted_on}收到，主管部门将审查是否受理，结果会及时告知。"
    "您可登录澄策之窗查看办理进度。",
)
APPLICATION_ACCEPTED = Template(
    "application-accepted",
    "申报已受理",
    "贵单位申报的“{item_title}”（编号{number}）已于{accepted_on}受理，承诺在{limit_days}个工作日内办结，"
    "最迟为{review_due_on}{provisional_note}。您可登录澄策之窗查看办理进度。",
)
APPLICATION_NOT_ACCEPTED = Template(
    "application-not-accepted",
    "申报不予受理",
    "贵单位申报的“{item_title}”（编号{number}）经审查不予受理，理由如下：{reasons}"
    "如有疑问，请咨询主管部门；符合条件后可以重新申报。" + RATE,
)
SUPPLEMENT_REQUESTED = Template(
    "supplement-requested",
    "申报材料需补正",
    "贵单位申报的“{item_title}”（编号{number}）需要补正以下全部内容：{requirements}"
    "请登录澄策之窗一次补齐后提交{supplement_term}，补正期间不计入办理期限。",
)
REVIEW_COMPLETED = Template(
    "review-completed",
    "申报{outcome_word}",
    "贵单位申报的“{item_title}”（编号{number}）已于{completed_on}完成审核，结果为：{outcome_word}{amount_phrase}。"
    "审核意见：{opinion_sentence}{after_outcome}" + RATE,
)
REVIEW_OVERDUE = Template(
    "review-overdue",
    "很抱歉，申报审核已超期",
    "很抱歉，贵单位申报的“{item_title}”（编号{number}）未能在承诺的{due_on}前完成审核。"
    "平台已督促主管部门立即办理，并已报市数据主管部门督办，结果会第一时间告知。如需了解情况，请拨打12345。",
)
REVIEW_DEADLINE_MOVED = Template(
    "review-deadline-moved",
    "申报办结期限有调整",
    "因放假安排有更新（依据：{notice}），贵单位申报的“{item_title}”（编号{number}）的办结期限由{previous_due_on}调整为"
    "{review_due_on}{provisional_note}。您无需办理手续，可登录澄策之窗查看办理进度。",
)

# Applications, told to the department and the data bureau --------------------------------------------------------------

APPLICATION_TO_ACCEPT = Template(
    "application-to-accept",
    "有新的申报待受理",
    "“{item_title}”收到新的申报（编号{number}）。请审查材料，并及时作出受理、一次性告知补正或者不予受理的决定。",
)
APPLICATION_SUPPLEMENTED = Template(
    "application-supplemented",
    "申报材料已补正",
    "“{item_title}”的申报（编号{number}）已由申报单位补正。{what_is_due}",
)
REVIEW_OVERDUE_DEPARTMENT = Template(
    "review-overdue-department",
    "申报审核已超期，请立即办理",
    "“{item_title}”的申报（编号{number}）承诺最迟于{due_on}办结，现已超期。"
    "请部门负责人督促承办人员立即完成审核；超期情况已报市数据主管部门。",
)
REVIEW_OVERDUE_SUPERVISION = Template(
    "review-overdue-supervision",
    "申报审核超期，请督办",
    "部门（代码{department}）承办的“{item_title}”申报（编号{number}）应于{due_on}前办结，现已超期。请督促该部门立即办理。",
)

# Tickets, told to the asker --------------------------------------------------------------------------------------------

TICKET_RECEIVED = Template(
    "ticket-received",
    "诉求已收到",
    "您反映的“{title}”（工单编号{number}）已收到，将尽快交由责任单位办理，答复后会及时告知。您可拨打12345查询进度。",
)
TICKET_ANSWERED = Template(
    "ticket-answered",
    "诉求已答复",
    "您反映的“{title}”（工单编号{number}）已于{answered_on}答复。"
    "请登录澄策之窗或者拨打12345了解答复内容，并对办理结果作出评价。",
)
TICKET_ANSWERED_ENTERPRISE = Template(
    "ticket-answered-enterprise",
    "本单位的诉求已答复",
    "贵单位反映的“{title}”（工单编号{number}）已于{answered_on}答复。请登录澄策之窗查看答复内容，并对办理结果作出评价。",
)

# Tickets, told to the department and the data bureau -------------------------------------------------------------------

TICKET_DISPATCHED = Template(
    "ticket-dispatched",
    "有新的诉求工单待答复",
    "诉求“{title}”（工单编号{number}）已派发给贵部门，请在{limit_days}个工作日内答复，"
    "最迟为{answer_due_on}{provisional_note}。",
)
TICKET_OVERDUE_DEPARTMENT = Template(
    "ticket-overdue-department",
    "诉求工单已超期，请立即答复",
    "诉求“{title}”（工单编号{number}）应于{due_on}前答复，现已超期。请部门负责人督促立即答复诉求人；仍未答复的，将列入督办。",
)
TICKET_OVERDUE_SUPERVISION = Template(
    "ticket-overdue-supervision",
    "诉求工单已列入督办",
    "部门（代码{department}）承办的诉求“{title}”（工单编号{number}）已列入督办：{reason}请督促该部门立即答复。",
)

# Policies, told to the data bureau (article 11) ------------------------------------------------------------------------

ITEM_PUBLISHED = Template(
    "item-published",
    "有新发布的惠企政策事项",
    "部门（代码{department}）发布了事项“{title}”（编码{code}）。请核对申报时间和申报指南，发现问题请联系该部门更正。",
)
POLICY_PUBLISHED = Template(
    "policy-published",
    "有新发布的惠企政策文件",
    "部门（代码{department}）发布了文件“{title}”（文号{number}）。请核对文件内容，发现问题请联系该部门更正。",
)

# Phrases ---------------------------------------------------------------------------------------------------------------

_OUTCOMES = {
    "approved": ("审核通过", "后续拨付情况请登录澄策之窗查看。"),
    "rejected": ("审核未通过", "如有异议，请联系主管部门，或者拨打12345反映。"),
}

_LEVELS = {"met": "符合", "nearly": "待补充信息"}
_OPINIONS = {"adopted": "采纳", "partly": "部分采纳", "not-adopted": "未采纳"}
_DECISIONS = {
    "new": ("发布", "文件", "文号"),
    "revise": ("修订", "文件", "文号"),
    "repeal": ("废止", "文件", "文号"),
    "window": ("申报时间", "事项", "编码"),
}
_GRADES = {"excellent": "优", "good": "良", "fair": "中", "poor": "差"}
_CONSEQUENCES = {"keep": "保持", "adjust": "调整", "reduce": "削减", "stop": "取消"}
_MOVING = "（期间有年份的放假安排尚未公布，公布后如有变化会另行告知）"
_DISPUTES = {"confirmed": "经核实数据无误", "corrected": "数据已更正", "withdrawn": "数据已撤回"}


def _phrases(event: Published) -> dict[str, str]:
    """The event's fields as they are read, and what follows from them."""
    fields: dict[str, Any] = {name: getattr(event, name) for name in type(event).model_fields}
    return {name: _shown(value) for name, value in fields.items()} | dict(_made(fields))


def _made(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "provisional" in fields:
        yield "provisional_note", _MOVING if fields["provisional"] else ""
    if fields.get("outcome") in _OPINIONS:
        yield "opinion_outcome", _OPINIONS[fields["outcome"]]
    if fields.get("outcome") in _OUTCOMES:
        yield from zip(("outcome_word", "after_outcome"), _OUTCOMES[fields["outcome"]], strict=True)
    if "amount_fen" in fields:
        amount = fields["amount_fen"]
        yield "amount_phrase", f"，核定金额{_yuan(amount)}" if amount is not None else ""
        yield "amount_yuan", _yuan(amount) if amount is not None else ""
    if "paid_fen" in fields:
        yield "paid_yuan", _yuan(fields["paid_fen"])
    if "total_fen" in fields:
        yield "total_yuan", _yuan(fields["total_fen"])
    if "budget_fen" in fields:
        yield "budget_yuan", _yuan(fields["budget_fen"])
    if "explanation" in fields:
        yield "explanation_sentence", _sentence(fields["explanation"])
    if fields.get("grade") in _GRADES:
        yield "grade_word", _GRADES[fields["grade"]]
    if fields.get("consequence") in _CONSEQUENCES:
        yield "consequence_word", _CONSEQUENCES[fields["consequence"]]
    if "opinion" in fields:
        yield "opinion_sentence", _sentence(fields["opinion"])
    if "granted" in fields:
        due_on = fields["answer_due_on"]
        yield "granted_phrase", "已获同意" if fields["granted"] else "未获同意"
        yield "new_due_phrase", f"，最迟为{_day(due_on)}" if due_on else "，原期限不变"
    if "given" in fields:
        yield "given_phrase", "已收到补充信息" if fields["given"] else "等待补充期满，请按现有信息办理"
    if "closes_on" in fields:
        closes = fields["closes_on"]
        yield "closing_sentence", f"申报将于{_day(closes)}截止。" if closes else ""
    if "amount_text" in fields:
        yield "amount_clause", f"，{fields['amount_text']}" if fields["amount_text"] else ""
    if "entries" in fields:
        yield "entries_list", _shown(tuple(f"“{e.title}”（{_LEVELS[e.level]}）" for e in fields["entries"]))
    if "outcome" in fields and fields["outcome"] in _DISPUTES:
        yield "dispute_outcome", _DISPUTES[fields["outcome"]]
    if "stage_name" in fields:
        yield "stage_phrase", f"（{fields['stage_name']}）" if fields["stage_name"] else ""
        yield "text_sentence", _sentence(fields["text"])
    if "departments" in fields:
        yield "department_codes", "、".join(fields["departments"])
    if "findings" in fields:
        yield "findings_text", "".join(finding.sentence for finding in fields["findings"])
    if "item_id" in fields and "document_id" in fields:
        yield "found_id", str(fields["item_id"] or fields["document_id"])
    if "reason" in fields:
        yield "reason_sentence", _sentence(fields["reason"]) if fields["reason"] else ""
    if "transition_until" in fields:
        until = fields["transition_until"]
        yield "transition_sentence", f"过渡期至{_day(until)}。" if until else ""
    if "window" in fields:
        yield "window_phrase", _window(fields["window"])
    if fields.get("decision") in _DECISIONS:
        yield from zip(("decision_word", "decided_thing"), _decided(fields), strict=True)
    if "supplement_by" in fields:
        by = fields["supplement_by"]
        over = "期满未补正的，主管部门可以依据现有材料作出决定"
        moving = _MOVING if fields["provisional"] else ""
        yield "supplement_term", f"，最迟为{_day(by)}{moving}；{over}" if by else ""
    if "review_due_on" in fields:
        due = fields["review_due_on"]
        yield "what_is_due", f"请在{_day(due)}前完成审核。" if due else "请及时作出是否受理的决定。"


def _window(window: Any) -> str:
    if window.kind != "fixed":
        return "全年可申报" if window.kind == "year-round" else "待定"
    ends = [f"{word}{_day(day)}" for word, day in (("自", window.opens_on), ("至", window.closes_on)) if day]
    return "".join(ends)


def _decided(fields: Mapping[str, Any]) -> tuple[str, str]:
    """What was decided, of what: a document that is not public yet is named by its number alone."""
    word, thing, label = _DECISIONS[fields["decision"]]
    title, number = fields["title"], fields["number"]
    return word, f"{thing}“{title}”（{label}{number}）" if title else f"{thing}{number}"


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return _day(civil_date(value))
        case date():
            return _day(value)
        case tuple() if len(value) == 1:
            return _sentence(str(value[0]))
        case tuple():
            return "".join(f"{n}. {_sentence(str(each))}" for n, each in enumerate(value, start=1))
    return str(value)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith(("。", "！", "？", "；")) else f"{text}。"


def _yuan(fen: int) -> str:
    yuan, rest = divmod(fen, 100)
    return f"{yuan:,}.{rest:02}元" if rest else f"{yuan:,}元"
