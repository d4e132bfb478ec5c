"""What a department's own system sees of an application: as its officers do, sealed answers and attachments among it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.security.actor import Role
from tests.services.application.city import City, enterprise
from tests.services.application.forms.forms import RIGHT
from tests.services.application.forms.test_attachments import PDF, asks_for_files, uploads
from tests.services.application.schemes.test_doors import LONG, STEPS
from tests.services.application.systems.connecting import connected
from tests.support.running import running_services

ONE, PHONE = enterprise(1), "19900000001"


@pytest.fixture(scope="module")
async def city(database_url: str) -> AsyncIterator[City]:
    async with running_services("registry", "policy", "application", database_url=database_url) as running:
        yield City(running)


async def test_the_items_department_sees_all_of_it_and_its_files_and_others_the_last_four_characters(
    city: City,
) -> None:
    user = city.of(ONE)
    await asks_for_files(city, "gxj-files")
    key = (await uploads(city, user, PDF)).json()["id"]
    answers = RIGHT | {"contact": PHONE, "invoices": [key]}
    form = {"item_code": "gxj-files", "enterprise": ONE, "answers": answers}
    number = (await city.does(user, "applications", form, 201))["id"]
    elsewhere = (await uploads(city, user, PDF)).json()["id"]
    system = await connected(city, items=["gxj-files"])
    seen = await system.sees(f"applications/{number}/answers")
    assert (seen["answers"]["contact"], [each["file"] for each in seen["attachments"]]) == (PHONE, [key])
    shown = await system.sees(f"applications/{number}")
    assert PHONE not in str(shown), "sealed answers have a door of their own"
    assert [each["file"] for each in shown["attachments"]] == [key]
    file = await system.asks(f"attachments/{key}/file")
    assert (file.status_code, file.content, file.headers["content-type"]) == (200, PDF, "application/pdf")
    assert (await system.asks(f"attachments/{elsewhere}/file")).status_code == 404, "a file of nothing"
    assert (await system.asks("attachments/NONE/file")).status_code == 404
    other = await connected(city, items=["gxj-other"])
    assert (await other.asks(f"attachments/{key}/file")).status_code == 404
    assert (await other.asks(f"applications/{number}/answers")).status_code == 404


async def test_photos_of_an_inspection_are_kept_and_wrong_ones_named_with_all_else(city: City) -> None:
    await city.publish("gxj-visit", procedure="complex", guide=LONG)
    await city.scheme("gxj-visit", {}, STEPS)
    number = str((await city.apply("gxj-visit", 1)).json()["id"])
    await city.does(city.maker, f"applications/{number}/accept")
    await city.does(city.maker, f"applications/{number}/steps/check/opinion", {"opinion": "同意（样例）。"})
    system = await connected(city, items=["gxj-visit"])
    answer = await city.running.client.post(
        "/api/application/system/attachments", content=b"\xff\xd8\xff\xe0 sample", headers=system.headers
    )
    assert answer.status_code == 201, answer.text
    photo, others = answer.json()["id"], (await uploads(city, city.of(ONE), PDF)).json()["id"]
    await system.does(number, "take", {"part": "step:visit"})
    wrong = {"handled_by": "maker", "photos": [photo, others, "NONE"]}
    refused = await system.does(number, "steps/visit/opinion", wrong, 422)
    assert {each["field"] for each in refused["errors"]} == {"place", "opinion", "photos.1", "photos.2"}
    right = {"handled_by": "maker", "opinion": "设备已到位（样例）。", "place": "样例路1号"}
    refused = await system.does(number, "steps/visit/opinion", right | {"photos": ["NONE"]}, 422)
    assert [each["field"] for each in refused["errors"]] == ["photos.0"]
    said = await system.does(number, "steps/visit/opinion", right | {"photos": [photo]}, key="visit")
    again = await system.does(number, "steps/visit/opinion", right | {"photos": [photo]}, key="visit")
    assert (again["version"], again["repeated"]) == (said["version"], True)
    file = await city.running.client.get(f"/api/application/attachments/{photo}/file", headers=city.maker)
    assert (file.status_code, file.headers["content-type"]) == (200, "image/jpeg")


async def test_a_department_with_a_step_sees_sealed_answers_by_their_end(city: City) -> None:
    await city.publish("gxj-sealed", procedure="complex", guide=LONG)
    schema = {
        "type": "object",
        "properties": {"contact": {"type": "string", "format": "phone", "title": "联系电话"}},
        "required": ["contact"],
    }
    client = city.running.client
    laid = await client.put("/api/application/forms/gxj-sealed", json={"answers": schema}, headers=city.maker)
    assert laid.status_code == 200, laid.text
    await city.scheme("gxj-sealed", {}, STEPS)
    form = {"item_code": "gxj-sealed", "enterprise": ONE, "answers": {"contact": PHONE}}
    number = (await city.does(city.of(ONE), "applications", form, 201))["id"]
    head = city.running.sign_in(Role.DEPARTMENT_HEAD, department="kjj", subject="kjj-head")
    theirs = await connected(city, head)
    seen = await theirs.sees(f"applications/{number}/answers")
    assert seen["answers"]["contact"] == "****0001"


async def test_now_begins_at_the_end_and_a_page_of_others_events_moves_the_cursor(city: City) -> None:
    head = city.running.sign_in(Role.DEPARTMENT_HEAD, department="czj-2", subject="czj-head")
    quiet = await connected(city, head)
    nothing = await quiet.sees("feed")
    assert (nothing["events"], nothing["more"]) == ([], False)
    assert nothing["next"] == (await quiet.sees("feed", start="now"))["next"], "what is others' is passed over"
