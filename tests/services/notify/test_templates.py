"""What people read."""

from __future__ import annotations

import string

import pytest

from services.notify import templates
from services.notify.reactions import notices
from services.notify.templates import Template
from services.notify.templates import announcing as announcing_texts
from services.notify.templates import counter as counter_texts
from services.notify.templates import grants as grant_texts
from services.notify.templates import hotline as ticket_texts
from services.notify.templates import live as live_texts
from services.notify.templates import participation as participation_texts
from services.notify.templates import payments as payment_texts
from services.notify.templates import performance as performance_texts
from services.notify.templates import policy as policy_texts
from services.notify.templates import ratings as ratings_texts
from services.notify.templates import registry as registry_texts
from services.notify.templates import review as review_texts
from services.notify.templates import systems as system_texts
from shared.contracts.application import (
    ApplicationAccepted,
    ApplicationSupplemented,
    LimitRecomputed,
    ObjectionDecided,
    ResultAnnounced,
    ReviewCompleted,
    StepOverdue,
    SupplementRequested,
)
from shared.contracts.base import Published, contracts
from shared.contracts.policy import MatchesFound
from shared.contracts.samples import sample_of
from tests.services.notify.hearing import heard

ROOMS = (
    templates,
    announcing_texts,
    counter_texts,
    grant_texts,
    ticket_texts,
    live_texts,
    participation_texts,
    payment_texts,
    performance_texts,
    policy_texts,
    ratings_texts,
    registry_texts,
    review_texts,
    system_texts,
)
TEMPLATES = [each for room in ROOMS for each in vars(room).values() if isinstance(each, Template)]
USED = [
    (type(sample), notice.template)
    for cls in contracts()
    for sample in [sample_of(cls)]
    for notice in notices(heard(sample))
]
NEARLY = sample_of(MatchesFound).model_copy(update={"level": "nearly", "amount_text": "", "closes_on": None})
USED += [(MatchesFound, notice.template) for notice in notices(heard(NEARLY))]
WITHHELD = sample_of(ResultAnnounced).model_copy(update={"withheld": True})
IN_PERSON = sample_of(ObjectionDecided).model_copy(update={"enterprise": None})
USED += [(ObjectionDecided, notice.template) for notice in notices(heard(IN_PERSON))]
USED += [(ResultAnnounced, notice.template) for notice in notices(heard(WITHHELD))]
MOVED = sample_of(LimitRecomputed)
OF_STEP = {"limit": "step", "step": "check", "step_title": "材料审核", "departments": ("gxj",)}
USED += [
    (LimitRecomputed, notice.template)
    for moved in (MOVED.model_copy(update={"limit": "acceptance"}), MOVED.model_copy(update=OF_STEP))
    for notice in notices(heard(moved))
]


def changed(cls: type[Published], **fields: object) -> Published:
    return sample_of(cls).model_copy(update=fields)


def test_every_template_has_a_name_of_its_own_and_is_used() -> None:
    names = [each.name for each in TEMPLATES]
    assert len(set(names)) == len(names)
    assert set(names) == {template.name for _, template in USED}


@pytest.mark.parametrize(("cls", "template"), USED, ids=lambda each: getattr(each, "name", None))
def test_every_template_renders_for_the_sample_of_its_event(cls: type[Published], template: Template) -> None:
    rendered = template.render(sample_of(cls))
    for text in (rendered.title, rendered.text):
        assert "{" not in text
        assert "None" not in text
        assert "。。" not in text
    assert rendered.text.endswith("。")
    assert not set(rendered.title) & set("。{}")


@pytest.mark.parametrize(("cls", "template"), USED, ids=lambda each: getattr(each, "name", None))
def test_every_template_says_what_it_is_about(cls: type[Published], template: Template) -> None:
    places = {name for _, name, _, _ in string.Formatter().parse(template.text) if name}
    assert places & {
        "item_title",
        "title",
        "label",
        "decided_thing",
        "entries_list",
        "refusal_id",
        "absent",
        "hall_name",
        "system_name",
    }
    assert places & {
        "number",
        "code",
        "item_id",
        "consultation_id",
        "found_id",
        "rating_id",
        "decided_thing",
        "entries_list",
        "lead",
        "live_id",
        "refusal_id",
        "grant_id",
        "announcement_id",
        "list_id",
        "payment_id",
        "plan_id",
        "delegation_id",
        "visit_id",
        "performance_id",
        "system_id",
    }


def test_acceptance_names_the_promised_day_and_that_it_may_move() -> None:
    text = templates.APPLICATION_ACCEPTED.render(sample_of(ApplicationAccepted)).text
    assert "10个工作日" in text
    assert "2026年3月17日。" in text
    moving = templates.APPLICATION_ACCEPTED.render(changed(ApplicationAccepted, provisional=True)).text
    assert "2026年3月17日（期间有年份的放假安排尚未公布" in moving


def test_a_supplement_notice_names_the_last_day_and_what_follows_where_it_has_one() -> None:
    text = templates.SUPPLEMENT_REQUESTED.render(sample_of(SupplementRequested)).text
    assert "最迟为2026年3月26日；期满未补正的" in text
    before = templates.SUPPLEMENT_REQUESTED.render(changed(SupplementRequested, supplement_by=None)).text
    assert "一次补齐后提交，补正期间" in before


def test_a_supplement_notice_lists_every_requirement() -> None:
    text = templates.SUPPLEMENT_REQUESTED.render(sample_of(SupplementRequested)).text
    assert "1. 样例：请补充设备购置发票的扫描件。2. 样例：请在投资明细表上加盖单位公章。请登录" in text
    one = changed(SupplementRequested, requirements=("请补充发票",))
    assert "全部内容：请补充发票。请登录" in templates.SUPPLEMENT_REQUESTED.render(one).text


@pytest.mark.parametrize(
    ("fen", "phrase"),
    [
        (50_000_000, "，核定金额500,000元。"),
        (123_405, "，核定金额1,234.05元。"),
        (0, "，核定金额0元。"),
        (None, "：审核通过。"),
    ],
)
def test_an_approval_names_its_amount(fen: int | None, phrase: str) -> None:
    rendered = templates.REVIEW_COMPLETED.render(changed(ReviewCompleted, amount_fen=fen))
    assert rendered.title == "申报审核通过"
    assert phrase in rendered.text


def test_a_rejection_gives_the_opinion_and_says_where_to_turn() -> None:
    event = changed(ReviewCompleted, outcome="rejected", amount_fen=None, opinion="投资额未达到要求")
    rendered = templates.REVIEW_COMPLETED.render(event)
    assert rendered.title == "申报审核未通过"
    assert "审核意见：投资额未达到要求。如有异议，请联系主管部门，或者拨打12345反映。" in rendered.text


@pytest.mark.parametrize("template", [templates.REVIEW_COMPLETED, templates.APPLICATION_NOT_ACCEPTED])
def test_the_end_of_an_application_says_once_where_to_rate_it(template: Template) -> None:
    used = [cls for cls, each in USED if each is template]
    text = template.render(sample_of(used[0])).text
    assert len(used) == 1 and text.count("好差评") == 1 and text.endswith("在“好差评”中选择这件申报。")


def test_a_supplemented_application_is_due_on_its_day_or_still_to_be_accepted() -> None:
    template = templates.APPLICATION_SUPPLEMENTED
    assert "请在2026年3月20日前完成审核。" in template.render(sample_of(ApplicationSupplemented)).text
    assert "是否受理" in template.render(changed(ApplicationSupplemented, review_due_on=None)).text


def test_departments_are_named_in_one_sentence() -> None:
    template = review_texts.STEP_OVERDUE_SUPERVISION
    assert "（承办部门代码：gxj）应于" in template.render(changed(StepOverdue, departments=("gxj",))).text
    assert "（承办部门代码：gxj、kjj）应于" in template.render(changed(StepOverdue, departments=("gxj", "kjj"))).text


def test_braces_in_what_an_event_says_stay_as_they_are() -> None:
    event = changed(ReviewCompleted, opinion="按公式{amount_fen}核定。")
    assert "按公式{amount_fen}核定。" in templates.REVIEW_COMPLETED.render(event).text
