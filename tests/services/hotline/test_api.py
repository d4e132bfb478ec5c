"""Tickets through hotline's doors, on the real servers."""

from __future__ import annotations

from typing import Any

import pytest

from shared.security.actor import Role
from tests.services.hotline.conftest import Desk, form
from tests.support.running import Running

CALLER = {"name": "样例来电人", "phone": "19900000001", "enterprise_uscc": "91320281000000019H"}


async def test_a_ticket_is_received_dispatched_and_answered(agent: Desk, officer: Desk) -> None:
    key, answer = await agent.take_in(number="JY-FLOW")
    assert key == "12345-JY-FLOW"
    assert (await agent.get(f"tickets/{key}", answer)).json()["status"] == "received"
    answer = await agent.post(f"tickets/{key}/dispatch", {"department": "gxj"})
    assert answer.status_code == 200
    shown = (await officer.get(f"tickets/{key}", answer)).json()
    assert (shown["status"], shown["department"], shown["limit_days"]) == ("dispatched", "gxj", 3)
    assert (shown["due_on"], shown["days_left"], shown["provisional"]) == ("2026-09-30", 3, False)
    answer = await officer.post(f"tickets/{key}/answer", {"text": " 申报自10月起受理。 "})
    assert answer.status_code == 200
    shown = (await officer.get(f"tickets/{key}", answer)).json()
    assert (shown["status"], shown["answer"], shown["answered_on"]) == ("answered", "申报自10月起受理。", "2026-09-24")
    assert (shown["in_time"], shown["overdue"], shown["days_left"]) == (True, False, None)


async def test_an_agent_answers_at_once(agent: Desk) -> None:
    key, _ = await agent.take_in()
    answer = await agent.post(f"tickets/{key}/answer", {"text": "申报自10月起受理。"})
    shown = (await agent.get(f"tickets/{key}", answer)).json()
    assert (shown["status"], shown["department"], shown["in_time"]) == ("answered", None, True)


async def test_a_repeated_ticket_is_answered_as_repeated_and_another_under_its_number_is_refused(agent: Desk) -> None:
    ticket = form(caller=CALLER)
    first, again = [await agent.post("tickets", ticket) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json()["repeated"], again.json()["repeated"]) == (False, True)
    assert first.json()["id"] == again.json()["id"] and again.json()["version"] == 1
    other = await agent.post("tickets", ticket | {"content": "另一件事。"})
    assert (other.status_code, other.json()["code"]) == (409, "hotline.ticket-differs")
    assert [error["field"] for error in other.json()["errors"]] == ["content"]


async def test_one_idempotency_key_gives_one_answer_although_the_caller_is_sealed_anew(agent: Desk) -> None:
    ticket, key = form(caller=CALLER), {"Idempotency-Key": "once"}
    first, again = [await agent.post("tickets", ticket, headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"repeated": True}


async def test_a_ticket_that_brings_its_answer_is_answered_on_its_own_day(agent: Desk) -> None:
    reply = {"reply": "已办结。", "replied_at": "2026-01-08T10:00:00+08:00", "reply_department": "gxj"}
    key, answer = await agent.take_in(received_at="2026-01-02T09:00:00+08:00", **reply)
    shown = (await agent.get(f"tickets/{key}", answer)).json()
    assert (shown["status"], shown["department"], shown["answer"]) == ("answered", "gxj", "已办结。")
    assert (shown["answered_on"], shown["in_time"]) == ("2026-01-08", False)


async def test_a_wrong_form_says_everything_at_once(agent: Desk) -> None:
    wrong = form(
        nature="?", town="x", received_at="2026-09-24T15:00:00", reply="答。", caller={"phone": "无"}, title=""
    )
    answer = await agent.post("tickets", wrong)
    assert answer.status_code == 422
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"nature", "town", "received_at", "replied_at", "caller.phone", "title"}
    assert all("。" in error["message"] for error in answer.json()["errors"])


async def test_empty_texts_are_absent_values(agent: Desk) -> None:
    empty = {"town": "", "suggested_department": "", "reply": "", "replied_at": "", "caller": {"name": "", "phone": ""}}
    key, answer = await agent.take_in(**empty)
    shown = (await agent.get(f"tickets/{key}", answer)).json()
    assert (shown["town"], shown["suggested_department"], shown["caller_name"]) == (None, None, None)


# People --------------------------------------------------------------------------------------------------------------


async def test_the_caller_is_masked_and_shown_only_to_agents_and_the_department_that_has_the_ticket(
    hotline: Running, agent: Desk, officer: Desk, stranger: Desk
) -> None:
    key, answer = await agent.take_in(caller=CALLER)
    shown = (await agent.get(f"tickets/{key}", answer)).json()
    assert (shown["caller_name"], shown["caller_phone"]) == ("样****", "199****0001")
    assert (await agent.get(f"tickets/{key}/caller")).json() == CALLER | {"particulars": []}
    assert (await officer.get(f"tickets/{key}/caller")).status_code == 403
    await agent.post(f"tickets/{key}/dispatch", {"department": "gxj"})
    assert (await officer.get(f"tickets/{key}/caller")).json() == CALLER | {"particulars": []}
    assert (await stranger.get(f"tickets/{key}/caller")).status_code == 403
    assert (await Desk(hotline, Role.DATA_BUREAU, department="szj").get(f"tickets/{key}/caller")).status_code == 403
    assert (await agent.get("tickets/12345-none/caller")).status_code == 404


async def test_no_door_shows_an_envelope_and_no_row_holds_a_number(hotline: Running, agent: Desk) -> None:
    key, answer = await agent.take_in(caller=CALLER)
    listed = await agent.get("tickets", answer)
    shown = await agent.get(f"tickets/{key}")
    assert "pd1." not in listed.text + shown.text
    stored = await hotline.runtimes["hotline"].aggregates.history(f"ticket-{key}")
    assert "19900000001" not in stored[0].event.model_dump_json()


async def test_an_erased_caller_is_gone_and_the_ticket_stays(hotline: Running, agent: Desk) -> None:
    key, answer = await agent.take_in(caller=CALLER)
    runtime = hotline.runtimes["hotline"]
    await runtime.in_thread(runtime.vault.erase, f"caller:{key}")
    shown = (await agent.get(f"tickets/{key}", answer)).json()
    assert (shown["caller_name"], shown["caller_phone"], shown["status"]) == (None, None, "received")
    gone = await agent.get(f"tickets/{key}/caller")
    assert (gone.status_code, gone.json()["code"]) == (404, "hotline.caller-erased")


async def test_only_the_desk_receives_and_dispatches(hotline: Running, agent: Desk, officer: Desk) -> None:
    key, _ = await agent.take_in()
    assert (await officer.post("tickets", form())).status_code == 403
    assert (await officer.post(f"tickets/{key}/dispatch", {"department": "gxj"})).status_code == 403
    assert (await officer.post("tickets/import", {"rows": [{}]}, params={"source": "x"})).status_code == 403
    assert (await hotline.client.get("/api/hotline/tickets")).status_code == 401


async def test_a_department_sees_and_answers_its_own_tickets_only(
    hotline: Running, agent: Desk, officer: Desk, stranger: Desk
) -> None:
    undispatched, _ = await agent.take_in()
    key, _ = await agent.take_in()
    answer = await agent.post(f"tickets/{key}/dispatch", {"department": "gxj", "limit_days": 1})
    assert key in [row["key"] for row in (await officer.get("tickets", answer, limit=200)).json()["items"]]
    assert (await officer.get(f"tickets/{key}")).status_code == 200
    assert key not in [row["key"] for row in (await stranger.get("tickets", answer, limit=200)).json()["items"]]
    assert (await stranger.get("tickets", department="gxj")).status_code == 403
    assert (await stranger.get(f"tickets/{key}")).status_code == 404
    assert (await stranger.post(f"tickets/{key}/answer", {"text": "代答。"})).status_code == 403
    applicant = Desk(hotline, Role.APPLICANT)
    assert (await applicant.get("tickets")).status_code == 403
    assert (await applicant.get(f"tickets/{undispatched}")).status_code == 404
    assert (await officer.post(f"tickets/{undispatched}/answer", {"text": "代答。"})).status_code == 403


@pytest.mark.parametrize("path", ["tickets/12345-none", "tickets/12345-none/caller"])
async def test_a_ticket_that_never_came_is_not_found(agent: Desk, path: str) -> None:
    assert (await agent.get(path)).status_code == 404


# Lists ---------------------------------------------------------------------------------------------------------------


async def test_the_list_is_newest_first_and_its_pages_join_without_gap_or_repeat(agent: Desk) -> None:
    times = ["2026-05-01T10:00:00+08:00", "2026-05-02T10:00:00+08:00", "2026-05-02T10:00:00+08:00"] * 2
    keys = [(await agent.take_in(source="paging", received_at=at)) for at in times]
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await agent.get("tickets", keys[-1][1], source="paging", limit=2, **cursor)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        # What arrives meanwhile stands before the pages that were read.
        await agent.take_in(source="paging", received_at="2026-05-03T10:00:00+08:00")
        cursor = {"cursor": page["next"]}
    assert len(seen) == 6
    assert [(row["received_at"], row["key"]) for row in seen] == sorted(
        ((row["received_at"], row["key"]) for row in seen), reverse=True
    )
    assert {row["key"] for row in seen} == {key for key, _ in keys}


async def test_the_list_is_filtered(agent: Desk) -> None:
    found = {"source": "filtering"}
    one, _ = await agent.take_in(**found, nature="complaint", title="道路积水（样例）")
    two, _ = await agent.take_in(**found, content="内容里写着100%与下划线_。")
    answer = await agent.post(f"tickets/{two}/dispatch", {"department": "kjj"})

    async def keys(**query: Any) -> list[str]:
        return [row["key"] for row in (await agent.get("tickets", answer, **found, **query)).json()["items"]]

    assert set(await keys()) == {one, two}
    assert await keys(nature="complaint") == await keys(status="received") == await keys(q="积水") == [one]
    assert await keys(department="kjj") == await keys(q="100%") == await keys(q="线_。") == [two]
    assert await keys(q="1_0") == await keys(overdue=True) == []
    assert set(await keys(overdue=False)) == {one, two}


@pytest.mark.parametrize("cursor", ["x", "5LuA", "MjAyNi0wNS0wMQ"])
async def test_what_is_no_cursor_is_refused(agent: Desk, cursor: str) -> None:
    answer = await agent.get("tickets", cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (422, "platform.invalid-cursor")


# Many at once --------------------------------------------------------------------------------------------------------


async def test_a_batch_takes_the_good_rows_and_returns_the_bad_ones(agent: Desk) -> None:
    good = form(source="batch", sample=True, caller=CALLER)
    rows = [good, good, form(nature="?"), good | {"title": "另一个标题"}, form(source="batch", caller=None)]
    answer = (await agent.post("tickets/batch", {"rows": rows})).json()
    assert (answer["loaded"], answer["repeated"]) == (2, 1)
    assert [(each["row"], each["errors"][0]["field"]) for each in answer["refused"]] == [(2, "nature"), (3, "title")]


async def test_an_export_is_imported_as_it_stands(agent: Desk) -> None:
    row = {
        "信件编号": "I-1",
        "来信标题": "标题",
        "来信内容": "内容。",
        "来信时间": "2026-03-02 09:30:00",
        "满意度": "好",
    }
    rows = [
        row,
        {"信件编号": "", "来信内容": "内容。", "来信时间": "不知道"},
        row | {"信件编号": "第2号", "回复内容": "答。", "回复时间": "2026-03-04", "回复单位": "某局（样例）"},
        row | {"信件编号": "I-3", "来信时间": "2027-01-01"},
        row | {"信件编号": "I-4", "统一社会信用代码": "91320281000000019X"},
        row,
    ]
    answer = await agent.post("tickets/import", {"rows": rows}, params={"source": "mailbox-2026"})
    taken = answer.json()
    assert (answer.status_code, taken["loaded"], taken["repeated"]) == (200, 2, 1)
    assert [(each["row"], sorted(e["field"] for e in each["errors"])) for each in taken["refused"]] == [
        (1, ["number", "received_at"]),
        (3, ["received_at"]),
        (4, ["caller.enterprise_uscc"]),
    ]
    assert all("。" in e["message"] for each in taken["refused"] for e in each["errors"])
    answer.headers["Chengce-Position"] = f"hotline:{taken['position']}"
    listed = (await agent.get("tickets", answer, source="mailbox-2026")).json()["items"]
    assert {row["number"]: (row["status"], row["in_time"]) for row in listed} == {
        "I-1": ("received", None),
        "第2号": ("answered", True),
    }
    shown = (await agent.get(f"tickets/{next(r['key'] for r in listed if r['number'] == '第2号')}")).json()
    assert (shown["answered_by_unit"], shown["department"]) == ("某局（样例）", None)


async def test_an_import_needs_a_source_that_is_a_name(agent: Desk) -> None:
    answer = await agent.post("tickets/import", {"rows": [{}]}, params={"source": "热线导出"})
    assert answer.status_code == 422
    assert "请改用" in answer.json()["errors"][0]["message"]


async def test_a_file_with_headers_of_another_city_is_taken_and_what_is_no_ticket_comes_back(
    hotline: Running, agent: Desk
) -> None:
    table = "信件编号,来信时间,来信标题,来信内容\nX-1,2026-03-02 09:00,贷款（样例）,银行不续贷\n,2026-03-02,无号（样例）,内容\n"
    headers = agent.headers | {"Content-Type": "text/csv"}
    path = "/api/hotline/tickets/import/file"
    answer = await hotline.client.post(path, content=table, params={"source": "mailbox"}, headers=headers)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["lines"], told["loaded"], [each["line"] for each in told["refused"]]) == (2, 1, [3])
    back = await hotline.client.post(
        path, content=table, params={"source": "mailbox", "refused": "xlsx"}, headers=headers
    )
    assert (back.headers["Chengce-Repeated"], back.headers["Chengce-Refused"]) == ("1", "1")
