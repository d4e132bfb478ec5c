"""A ticket on its way through the doors, as the desk, departments, supervision and the asker see it."""

from __future__ import annotations

from typing import Any

from shared.security.actor import Role
from tests.services.hotline.conftest import Desk
from tests.support.running import Running


async def given_to_gxj(agent: Desk, **changes: Any) -> str:
    key, _ = await agent.take_in(**changes)
    await agent.does(f"tickets/{key}/dispatch", {"department": "gxj"})
    return key


async def test_a_misrouted_ticket_goes_back_and_to_another_department(agent: Desk, officer: Desk) -> None:
    key = await given_to_gxj(agent)
    await officer.does(f"tickets/{key}/return", {"reason": "属科技部门职责。", "better": "kjj"})
    back = await agent.sees(f"tickets/{key}")
    assert (back["status"], back["department"], back["suggested_department"]) == ("received", None, "kjj")
    assert back["handle_by"] == "2026-09-28"  # the make-up Sunday is after the holiday: Monday counts
    await agent.does(f"tickets/{key}/dispatch", {"department": "kjj"})
    again = await agent.sees(f"tickets/{key}")
    assert (again["status"], again["department"], again["days_left"]) == ("dispatched", "kjj", 3)


async def test_what_was_signed_is_not_returned(agent: Desk, officer: Desk) -> None:
    key = await given_to_gxj(agent)
    await officer.does(f"tickets/{key}/sign")
    refused = await officer.does(f"tickets/{key}/return", {"reason": "不属本部门。"}, 409)
    assert refused["code"] == "hotline.signed"


async def test_the_clock_stands_still_while_the_asker_is_asked(agent: Desk, officer: Desk, enterprise: Desk) -> None:
    key = await given_to_gxj(agent, caller={"enterprise_uscc": "91320281000000019H"})
    await officer.does(f"tickets/{key}/ask", {"text": "请补充购置时间。"})
    asked = await officer.sees(f"tickets/{key}")
    assert (asked["status"], asked["stopped"], asked["days_left"]) == ("asked", True, 3)
    own = await enterprise.sees(f"questions/mine/{key}")
    assert own["steps"][-1]["step"] == "请您补充信息"
    await enterprise.does(f"tickets/{key}/inform", {"text": "三月购置。"})
    running = await officer.sees(f"tickets/{key}")
    assert (running["status"], running["stopped"], running["due_on"]) == ("dispatched", False, "2026-09-30")
    assert (await enterprise.does(f"tickets/{key}/inform", {"text": "另有一台。"}))["version"] == 5


async def test_a_stranger_adds_nothing_to_a_ticket(agent: Desk, person: Desk) -> None:
    key = await given_to_gxj(agent)
    assert (await person.does(f"tickets/{key}/inform", {"text": "我也是。"}, 403))["code"] == "hotline.not-yours"


async def test_an_extension_is_asked_for_once_and_decided_by_supervision(
    hotline: Running, agent: Desk, officer: Desk, bureau: Desk
) -> None:
    key = await given_to_gxj(agent)
    too_long = await officer.does(f"tickets/{key}/extension", {"amount": 4, "reason": "需现场核实。"}, 422)
    assert [error["message"] for error in too_long["errors"]] == ["最长延期3个工作日。"]
    await officer.does(f"tickets/{key}/extension", {"amount": 2, "reason": "需现场核实。"})
    waiting = await bureau.sees("supervision", what="extension")
    assert key in [row["key"] for row in waiting["items"]]
    await officer.does(f"tickets/{key}/extension/decision", {"approved": True}, 403)
    await bureau.does(f"tickets/{key}/extension/decision", {"approved": True})
    shown = await officer.sees(f"tickets/{key}")
    assert (shown["limit_days"], shown["due_on"], shown["extension"]) == (5, "2026-10-09", "granted")
    once = await officer.does(f"tickets/{key}/extension", {"amount": 1, "reason": "还需要。"}, 409)
    assert once["code"] == "hotline.extension-once"


async def test_a_reply_that_needs_a_review_goes_out_by_another_hand(
    agent: Desk, officer: Desk, head: Desk, bureau: Desk
) -> None:
    rules = await bureau.sees("rules")
    await bureau.ask("PUT", "rules", {"rules": rules | {"reviewed": ["gxj"]}, "reason": "答复质量（样例）。"})
    key = await given_to_gxj(agent)
    await bureau.ask("PUT", "rules", {"rules": rules, "reason": "恢复（样例）。"})
    await officer.does(f"tickets/{key}/answer", {"text": "三月起申报。"})
    assert (await officer.sees(f"tickets/{key}"))["answer"] is None
    await officer.does(f"tickets/{key}/answer/review", {"approved": True}, 403)
    assert (await head.does(f"tickets/{key}/answer/review", {"approved": False}, 422))[
        "code"
    ] == "hotline.reason-missing"
    await head.does(f"tickets/{key}/answer/review", {"approved": False, "reason": "请写明依据。"})
    await officer.does(f"tickets/{key}/answer", {"text": "依据申报指南，三月起申报。"})
    await head.does(f"tickets/{key}/answer/review", {"approved": True})
    assert (await officer.sees(f"tickets/{key}"))["answer"] == "依据申报指南，三月起申报。"


async def test_co_handlers_see_the_ticket_and_report_to_who_answers(agent: Desk, officer: Desk, stranger: Desk) -> None:
    key, _ = await agent.take_in()
    await stranger.does(f"tickets/{key}/report", {"text": "无关。"}, 403)
    await agent.does(f"tickets/{key}/dispatch", {"department": "gxj", "co_handlers": ["kjj"]})
    await stranger.does(f"tickets/{key}/report", {"text": "经查，该企业已备案。"})
    steps = (await officer.sees(f"tickets/{key}"))["steps"]
    assert (steps[-1]["step"], steps[-1]["department"]) == ("协办意见", "kjj")
    assert (await stranger.sees(f"tickets/{key}"))["department"] == "gxj"


async def test_a_department_is_not_its_own_helper_and_everything_wrong_is_said(agent: Desk) -> None:
    key, _ = await agent.take_in()
    form = {"department": "gxj", "co_handlers": ["gxj"], "limit_days": 1, "limit_hours": 2}
    assert (await agent.does(f"tickets/{key}/dispatch", form, 422))["errors"]
    refused = await agent.does(f"tickets/{key}/dispatch", {"department": "gxj", "co_handlers": ["gxj"]}, 422)
    assert [error["field"] for error in refused["errors"]] == ["co_handlers"]


async def test_a_critical_ticket_has_hours(agent: Desk, officer: Desk) -> None:
    key, _ = await agent.take_in()
    await agent.does(f"tickets/{key}/dispatch", {"department": "gxj", "urgency": "critical"})
    shown = await officer.sees(f"tickets/{key}")
    assert (shown["limit_hours"], shown["limit_days"]) == (4, None)
    assert 3.9 < shown["hours_left"] <= 4


async def test_new_rules_leave_tickets_under_way_alone_and_keep_their_history(
    agent: Desk, officer: Desk, bureau: Desk
) -> None:
    old = await given_to_gxj(agent)
    rules = await bureau.sees("rules")
    limits = rules["limits"] | {"consultation": rules["limits"]["consultation"] | {"normal": {"amount": 2}}}
    changed = await bureau.ask("PUT", "rules", {"rules": rules | {"limits": limits}, "reason": "提速（样例）。"})
    assert changed.status_code == 200, changed.text
    new = await given_to_gxj(agent)
    assert (await officer.sees(f"tickets/{old}"))["limit_days"] == 3
    assert (await officer.sees(f"tickets/{new}"))["limit_days"] == 2
    assert (await bureau.sees("rules/history"))[0]["reason"] == "提速（样例）。"
    await bureau.ask("PUT", "rules", {"rules": rules, "reason": "恢复（样例）。"})


async def test_all_that_is_wrong_with_rules_is_said_at_once(officer: Desk, bureau: Desk) -> None:
    rules = await bureau.sees("rules")
    wrong = rules | {"limits": {"praise": rules["limits"]["praise"]}, "confidence_else": 0.2}
    answer = await bureau.ask("PUT", "rules", {"rules": wrong, "reason": "样例。"})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 4 * 3 + 1
    assert (await officer.ask("PUT", "rules", {"rules": rules, "reason": "样例。"})).status_code == 403


async def test_what_is_no_enterprises_matter_is_kept_apart_and_may_come_back(agent: Desk, officer: Desk) -> None:
    key, _ = await agent.take_in(title="小区路灯不亮（样例）")
    await agent.does(f"tickets/{key}/apart", {"reason": "居民生活诉求。"})
    refused = await agent.does(f"tickets/{key}/dispatch", {"department": "gxj"}, 409)
    assert refused["code"] == "hotline.apart"
    apart = await agent.sees("tickets", status="apart")
    assert key in [row["key"] for row in apart["items"]]
    await agent.does(f"tickets/{key}/take-back")
    await agent.does(f"tickets/{key}/dispatch", {"department": "gxj"})
    assert (await officer.sees(f"tickets/{key}"))["status"] == "dispatched"


async def test_one_answer_answers_all_that_were_merged(agent: Desk, officer: Desk) -> None:
    lead = await given_to_gxj(agent)
    first, _ = await agent.take_in()
    late, _ = await agent.take_in()
    await agent.does(f"tickets/{first}/merge", {"into": lead})
    await officer.does(f"tickets/{lead}/answer", {"text": "统一答复。"})
    await agent.does(f"tickets/{late}/merge", {"into": lead})
    for key in (first, late):
        shown = await until(agent, f"tickets/{key}", lambda row: row["status"] == "answered")
        assert (shown["answer"], shown["department"]) == ("统一答复。", "gxj")
    assert (await agent.sees("tickets", merged_into=lead))["items"]


async def test_a_ticket_is_merged_only_into_one_that_can_lead(agent: Desk) -> None:
    one, _ = await agent.take_in()
    two, _ = await agent.take_in()
    assert (await agent.does(f"tickets/{one}/merge", {"into": "12345-nowhere"}, 404))[
        "code"
    ] == "hotline.ticket-unknown"
    assert (await agent.does(f"tickets/{one}/merge", {"into": one}, 422))["code"] == "hotline.merged-with-itself"
    await agent.does(f"tickets/{one}/merge", {"into": two})
    assert (await agent.does(f"tickets/{two}/merge", {"into": one}, 409))["code"] == "hotline.cannot-lead"
    assert (await agent.does(f"tickets/{two}/withdraw", {"reason": "不需要了。"}, 409))[
        "code"
    ] == "hotline.leads-others"
    assert (await agent.does(f"tickets/{two}/close", {"reason": "无需答复。"}, 409))["code"] == "hotline.leads-others"
    assert (await agent.does(f"tickets/{two}/apart", {"reason": "非企业。"}, 409))["code"] == "hotline.leads-others"


async def test_the_source_tells_later_what_became_of_a_ticket(agent: Desk, officer: Desk) -> None:
    answered, _sent = await agent.take_in(number="JY-late-1")
    withdrawn, _ = await agent.take_in(number="JY-late-2")
    merged, _ = await agent.take_in(number="JY-late-3")
    rows = [
        {"number": "JY-late-1", "what": "answered", "text": "已电话答复。", "replied_at": "2026-09-24T15:30:00+08:00"},
        {"number": "JY-late-2", "what": "withdrawn", "text": "来电人撤回。"},
        {"number": "JY-late-3", "what": "merged", "into": "JY-late-1"},
        {"number": "JY-late-9", "what": "withdrawn", "text": "没有这张。"},
        {"number": "JY-late-1", "what": "answered"},
    ]
    told = await agent.does("tickets/updates/batch", {"rows": rows})
    assert (told["loaded"], [row["row"] for row in told["refused"]]) == (3, [3, 4])
    again = await agent.does("tickets/updates/batch", {"rows": rows[:3]})
    assert (again["loaded"], again["repeated"]) == (0, 3)
    assert (await agent.sees(f"tickets/{answered}"))["answer"] == "已电话答复。"
    assert (await agent.sees(f"tickets/{withdrawn}"))["status"] == "withdrawn"
    shown = await until(agent, f"tickets/{merged}", lambda row: row["status"] == "answered")
    assert shown["answer"] == "已电话答复。"


async def test_what_is_reopened_is_answered_with_what_was_put_right(agent: Desk, officer: Desk) -> None:
    key = await given_to_gxj(agent)
    await officer.does(f"tickets/{key}/answer", {"text": "请自行查询。"})
    await agent.does(f"tickets/{key}/reopen", {"reason": "答复过于笼统。"})
    assert (await officer.sees(f"tickets/{key}"))["days_left"] == 5
    refused = await officer.does(f"tickets/{key}/answer", {"text": "三月起申报。"}, 422)
    assert [error["field"] for error in refused["errors"]] == ["put_right"]
    await officer.does(f"tickets/{key}/answer", {"text": "三月起申报。", "put_right": "已致歉并告知材料清单。"})
    closed = await agent.does(f"tickets/{key}/close", {"reason": "诉求人满意。"})
    assert closed["version"] == 6
    shown = await agent.sees(f"tickets/{key}")
    assert (shown["status"], shown["put_right"], shown["reopened"]) == ("closed", "已致歉并告知材料清单。", 1)


async def test_numbers_in_the_text_are_sealed_with_the_caller(agent: Desk, officer: Desk, bureau: Desk) -> None:
    content = "请回电19900000001，或发至sample@example.com。"
    key, _ = await agent.take_in(content=content)
    await agent.does(f"tickets/{key}/dispatch", {"department": "gxj"})
    shown = await officer.sees(f"tickets/{key}")
    assert shown["content"] == "请回电〔电话1〕，或发至〔邮箱2〕。"
    clear = await officer.sees(f"tickets/{key}/caller")
    assert clear["particulars"] == ["19900000001", "sample@example.com"]
    steps = [step["step"] for step in (await agent.sees(f"tickets/{key}"))["steps"]]
    assert "查看来电人信息" in steps
    erased = await bureau.ask("DELETE", f"tickets/{key}/caller", {"reason": "本人要求。"})
    assert erased.status_code == 200, erased.text
    assert (await officer.get(f"tickets/{key}/caller")).status_code == 404
    assert (await agent.take_in(number=shown["number"], content=content))[1].json()["repeated"] is True


async def test_the_queue_shows_what_is_left_and_supervision_reminds(
    hotline: Running, agent: Desk, officer: Desk, stranger: Desk, bureau: Desk
) -> None:
    soon, _ = await agent.take_in()
    await agent.does(f"tickets/{soon}/dispatch", {"department": "jtj", "limit_hours": 1})
    later, _ = await agent.take_in()
    await agent.does(f"tickets/{later}/dispatch", {"department": "jtj", "limit_days": 9})
    traffic = Desk(hotline, Role.OFFICER, department="jtj")
    first = await traffic.sees("queue", limit=1)
    assert [row["key"] for row in first["items"]] == [soon]
    rest = await traffic.sees("queue", limit=1, cursor=first["next"])
    assert [(row["key"], row["days_left"]) for row in rest["items"]] == [(later, 9)]
    assert (await officer.get("queue", department="jtj")).status_code == 403
    assert soon in [row["key"] for row in (await bureau.sees("supervision", what="at-risk"))["items"]]
    await bureau.does(f"tickets/{later}/urge", {"text": "请尽快联系企业。"})
    await bureau.does(f"tickets/{later}/supervise", {"reason": "影响较大。"})
    listed = await bureau.sees("supervision", what="supervised")
    assert [(row["key"], row["urged"]) for row in listed["items"] if row["department"] == "jtj"] == [(later, 1)]
    figures = {row["department"]: row for row in await bureau.sees("statistics/departments")}
    assert (figures["jtj"]["open"], figures["jtj"]["supervised"], figures["jtj"]["rate_in_time"]) == (2, 1, None)


async def until(desk: Desk, path: str, seen: Any) -> dict[str, Any]:
    """What is read once it is so; the platform itself has something to do meanwhile."""
    import asyncio

    async with asyncio.timeout(180):
        while True:
            row = await desk.sees(path)
            if seen(row):
                return dict(row)
            await asyncio.sleep(0.1)
