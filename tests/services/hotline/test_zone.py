"""The interaction zone: asking, following, reading what others were answered."""

from __future__ import annotations

from tests.services.hotline.conftest import Desk
from tests.services.hotline.test_handling import given_to_gxj

QUESTION = {
    "nature": "consultation",
    "title": "研发投入奖励怎么申报（样例）",
    "content": "请问需要哪些材料？联系电话19900000002。",
    "item": "JG-2026-001",
    "phone": "19900000002",
}


async def test_an_enterprise_asks_and_sees_every_step(
    agent: Desk, officer: Desk, enterprise: Desk, person: Desk
) -> None:
    key = (await enterprise.does("questions", QUESTION, 201))["id"]
    assert key.startswith("portal-")
    again = await enterprise.does("questions", QUESTION, 201)
    assert (again["id"], again["repeated"]) == (key, True)
    await agent.does(f"tickets/{key}/dispatch", {"department": "gxj"})
    await officer.does(f"tickets/{key}/answer", {"text": "材料清单见申报指南。"})
    own = await enterprise.sees(f"questions/mine/{key}")
    assert [step["step"] for step in own["steps"]] == ["已接收", "已派发", "已答复"]
    assert (own["answer"], own["limit_days"]) == ("材料清单见申报指南。", 3)
    assert key in [row["key"] for row in (await enterprise.sees("questions/mine"))["items"]]
    assert (await person.get(f"questions/mine/{key}")).status_code == 404
    assert (await enterprise.get(f"tickets/{key}")).status_code == 404


async def test_a_person_sees_their_own_questions_alone_and_may_withdraw_them(enterprise: Desk, person: Desk) -> None:
    own = (await person.does("questions", QUESTION | {"title": "个人的问题（样例）"}, 201))["id"]
    await enterprise.does(f"tickets/{own}/withdraw", {"reason": "不是我的。"}, 403)
    listed = await person.sees("questions/mine", limit=1)
    assert [row["key"] for row in listed["items"]] == [own]
    await person.does(f"tickets/{own}/withdraw", {"reason": "已解决。"})
    assert (await person.sees(f"questions/mine/{own}"))["status"] == "withdrawn"


async def test_a_page_of_ones_own_questions_leads_to_the_next(enterprise: Desk) -> None:
    for n in range(3):
        await enterprise.does("questions", QUESTION | {"title": f"第{n}个问题（样例）"}, 201)
    first = await enterprise.sees("questions/mine", limit=2)
    second = await enterprise.sees("questions/mine", limit=2, cursor=first["next"])
    keys = [row["key"] for row in (*first["items"], *second["items"])]
    assert len(keys) == len(set(keys)) == 4 or len(keys) == len(set(keys)) == 3
    assert (await enterprise.get("questions/mine", cursor="bm9uZQ")).status_code == 422


async def test_public_answers_are_found_and_suggested_while_somebody_types(
    agent: Desk, officer: Desk, stranger: Desk
) -> None:
    key = await given_to_gxj(agent)
    said = {"question": "高企培育入库怎么申请？", "answer": "向区镇科技部门提交入库申请表。"}
    await officer.does(f"tickets/{key}/public-answer", said, 409)
    await officer.does(f"tickets/{key}/answer", {"text": "已电话答复企业联系人。"})
    await stranger.does(f"tickets/{key}/public-answer", said, 403)
    await officer.does(f"tickets/{key}/public-answer", said)
    client, path = officer.running.client, "/api/hotline/answers"
    await agent.sees("answers")
    found = (await client.get(path, params={"q": "高新技术企业入库"})).json()
    assert [(row["key"], row["answer"]) for row in found] == [(key, said["answer"])]
    suggested = (await client.get(f"{path}/suggested", params={"text": "想申请高企"})).json()
    assert [row["key"] for row in suggested] == [key]
    assert (await client.get(f"{path}/{key}")).json()["question"] == said["question"]
    assert (await client.get(path, params={"q": "拖欠工资"})).json() == []
    gone = await officer.ask("DELETE", f"tickets/{key}/public-answer", {"reason": "政策已调整。"})
    assert gone.status_code == 200, gone.text
    assert await agent.sees("answers") == []


async def test_like_tickets_are_offered_for_merging(agent: Desk) -> None:
    text = "园区三号路夜间频繁停电，影响生产线连续运行，请协调供电公司检修线路。"
    one, _ = await agent.take_in(title="园区三号路频繁停电（样例）", content=text)
    two, _ = await agent.take_in(
        title="三号路停电影响生产（样例）", content="园区三号路最近夜间频繁停电，生产线无法连续运行。"
    )
    await agent.take_in(title="出口退税进度（样例）", content="出口退税何时到账？")
    found = await agent.sees(f"tickets/{one}/like")
    assert [row["key"] for row in found] == [two]
    assert 0.45 <= found[0]["likeness"] <= 1


async def test_many_like_tickets_in_a_town_are_a_hot_spot(hotline_fast: Desk) -> None:
    for n in range(5):
        content = f"园区三号路夜间频繁停电，影响第{n}条生产线连续运行。"
        await hotline_fast.take_in(title="园区三号路频繁停电（样例）", content=content, town="320281104")
    log = await until_hot(hotline_fast)
    assert [(event.town, len(event.tickets), event.again) for event in log] == [("320281104", 5, False)]


async def until_hot(desk: Desk) -> list[object]:
    import asyncio

    from services.hotline.decider.hotspot import hot_spots
    from services.hotline.events import HotSpotRaised

    runtime = desk.running.runtimes["hotline"]
    async with asyncio.timeout(180):
        while True:
            history = await runtime.aggregates.history(hot_spots.id_of("town-320281104"))
            raised = [each.event for each in history if isinstance(each.event, HotSpotRaised)]
            if raised:
                return list(raised)
            await asyncio.sleep(0.2)
