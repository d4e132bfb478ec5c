"""Attachments: known by their content, held against what the form takes, kept while named, gone afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from services.application.attachments.commands import stored_as
from services.application.attachments.owing import DISCARD, KEPT, deadlines_of
from services.application.decider.attachment import (
    AttachmentCommand,
    AttachmentState,
    ConcludeErasure,
    DiscardAttachment,
    NameAttachment,
    ReleaseAttachment,
    UploadAttachment,
    attachment,
)
from shared.deadlines.book import Owed, Settled
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Recorded
from shared.objects.store import NoSuchObject
from shared.readmodels.happened import from_log
from shared.security.actor import Actor, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, MONDAY, STRANGER, morning
from tests.services.application.city import PATIENCE, City, enterprise
from tests.services.application.forms.forms import RIGHT, SCHEMA
from tests.support.running import running_services

PDF = b"%PDF-1.7 " + "样例".encode()
ONE = enterprise(1)
PLATFORM = system("application")
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def told(*commands: tuple[AttachmentCommand, Actor]) -> tuple[AttachmentState | None, list[str], dict[str, datetime]]:
    """The state, the events and what is owed after commands."""
    state: AttachmentState | None = None
    happened: list[str] = []
    book: dict[str, datetime] = {}
    for command, actor in commands:
        for event in attachment.decide(state, command, Context(morning(MONDAY), CALENDAR, actor)):
            state = attachment.evolve(state, event)
            happened.append(event.TOPIC.partition("attachment-")[2])
            for change in deadlines_of(from_log(Recorded("attachment-F1", 1, AT, event, actor, "c"))):
                book.pop(change.kind, None)
                if isinstance(change, Owed):
                    book[change.kind] = change.at
                assert isinstance(change, Owed | Settled)
    return state, happened, book


UPLOAD = (UploadAttachment(name="a.pdf", media_type="application/pdf", size=3, digest="ab"), ENTERPRISE)
DRAFT, APPLICATION = "draft-D1", "application-SB2026-1"


def test_it_is_kept_while_anything_names_it_and_discarded_afterwards() -> None:
    named = [(NameAttachment(of=of), ENTERPRISE) for of in (DRAFT, APPLICATION)]
    assert told(UPLOAD)[2] == {DISCARD: AT + KEPT}
    assert told(UPLOAD, *named, (DiscardAttachment(), PLATFORM))[1:] == (["uploaded", "named", "named"], {})
    one_left = told(UPLOAD, *named, (ReleaseAttachment(of=DRAFT), ENTERPRISE))
    assert one_left[2] == {}
    none_left = (*named, (ReleaseAttachment(of=DRAFT), ENTERPRISE), (ReleaseAttachment(of=APPLICATION), ENTERPRISE))
    assert told(UPLOAD, *none_left)[2] == {DISCARD: AT + KEPT}
    gone = told(UPLOAD, (DiscardAttachment(), PLATFORM), (DiscardAttachment(), PLATFORM), (ConcludeErasure(), PLATFORM))
    assert gone[1:] == (["uploaded", "discarded", "erased"], {})


@pytest.mark.parametrize("before", [[], [(DiscardAttachment(), PLATFORM)]])
def test_only_its_own_people_name_it_and_only_while_it_is_there(before: list[tuple[AttachmentCommand, Actor]]) -> None:
    who = STRANGER if not before else ENTERPRISE
    with pytest.raises(Refused, match="attachment-gone"):
        told(UPLOAD, *before, (NameAttachment(of=APPLICATION), who))


@pytest.fixture(scope="module")
async def city(database_url: str) -> AsyncIterator[City]:
    settings: dict[str, Any] = {"attachment_most_mb": 2}
    async with running_services("registry", "policy", "application", database_url=database_url, **settings) as running:
        made = City(running)
        await made.register(1, 2)
        yield made


async def uploads(city: City, who: dict[str, str], content: bytes, name: str = "发票（样例）.pdf") -> Any:
    headers = who | {"Chengce-File-Name": quote(name)}
    return await city.running.client.post("/api/application/attachments", content=content, headers=headers)


async def asks_for_files(city: City, code: str) -> None:
    schema = deepcopy(SCHEMA)
    schema["properties"]["invoices"] = {
        "type": "array", "title": "发票", "minItems": 1, "maxItems": 2, "uniqueItems": True,
        "items": {"type": "string", "format": "file", "x-accept": ["application/pdf"], "x-most-mb": 1},
    }  # fmt: skip
    schema["required"] = [*schema["required"], "invoices"]
    await city.publish(code, procedure="simple")
    client = city.running.client
    answer = await client.put(f"/api/application/forms/{code}", json={"answers": schema}, headers=city.maker)
    assert answer.status_code == 200, answer.text


async def test_files_go_with_the_application_and_are_seen_by_its_department(city: City) -> None:
    await asks_for_files(city, "file-a")
    key = (await uploads(city, city.of(ONE), PDF, "../../etc/发票（样例）.pdf")).json()["id"]
    body = {"item_code": "file-a", "enterprise": ONE, "answers": RIGHT | {"invoices": [key]}}
    number = (await city.does(city.of(ONE), "applications", body, 201))["id"]
    shown = await city.sees(city.maker, f"applications/{number}/answers")
    assert [(each["field"], each["file"], each["name"]) for each in shown["attachments"]] == [
        ("invoices.0", key, "发票（样例）.pdf")
    ]
    for who, status in ((city.of(ONE), 200), (city.maker, 200), (city.of(enterprise(2)), 403)):
        answer = await city.running.client.get(f"/api/application/attachments/{key}/file", headers=who)
        assert answer.status_code == status, answer.text
        if status == 200:
            assert (answer.content, answer.headers["X-Content-Type-Options"]) == (PDF, "nosniff")
            assert answer.headers["Content-Disposition"].startswith("attachment;")


async def test_what_the_form_does_not_take_is_said_file_by_file(city: City) -> None:
    await asks_for_files(city, "file-b")
    picture = (await uploads(city, city.of(ONE), b"\x89PNG\r\n\x1a\n" + b"0" * (2**20), "图.png")).json()["id"]
    theirs = (await uploads(city, city.of(enterprise(2)), PDF)).json()["id"]
    body = {"item_code": "file-b", "enterprise": ONE, "answers": RIGHT | {"amount": "0", "invoices": [picture, theirs]}}
    refused = await city.does(city.of(ONE), "applications", body, 422)
    assert {(error["field"], error["code"]) for error in refused["errors"]} == {
        ("answers.amount", "formatMinimum"), ("answers.invoices.0", "file-kind"), ("answers.invoices.0", "file-size"),
        ("answers.invoices.1", "unknown-file"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "application.attachment-empty"),
        (b"<html>", "application.attachment-kind"),
        (PDF + b"0" * 2**21, "application.attachment-too-large"),
    ],
)
async def test_what_is_no_attachment_is_refused(city: City, content: bytes, code: str) -> None:
    answer = await uploads(city, city.of(ONE), content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_dropped_drafts_files_go_with_their_content(database_url: str) -> None:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": timedelta(days=1).total_seconds() / 2}
    async with running_services("registry", "policy", "application", database_url=database_url, **clock) as running:
        city = City(running)
        await asks_for_files(city, "file-c")
        kept, dropped = [(await uploads(city, city.of(ONE), PDF)).json()["id"] for _ in range(2)]
        for key in (kept, dropped):
            draft = (await city.does(city.of(ONE), "drafts", {"item_code": "file-c"}, 201))["id"]
            await city.does(city.of(ONE), f"drafts/{draft}/save", {"base": 0, "answers": {"invoices": [key]}})
        await city.does(city.of(ONE), f"drafts/{draft}/drop")
        store = running.runtimes["application"].objects
        with pytest.raises(NoSuchObject):
            async with asyncio.timeout(PATIENCE):
                while True:
                    await store.open(stored_as(dropped))
                    await asyncio.sleep(0.05)
        answer = await running.client.get(f"/api/application/attachments/{dropped}", headers=city.of(ONE))
        assert answer.status_code == 404
        assert (await store.open(stored_as(kept))).size == len(PDF)
