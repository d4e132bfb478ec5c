"""Uploads and downloads on real stores: streamed, in part, without the store, and cleaned away when nothing names them."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from services.application.attachments.commands import stored_as
from services.application.keeping import named
from shared.http.contents import _part
from shared.objects.store import NoSuchObject, as_pieces
from shared.runtime.keeping import sweep
from tests.services.application.city import PATIENCE, City, enterprise
from tests.support.running import running_services
from tests.support.s3 import S3Server, s3_server

PDF = b"%PDF-1.7 " + bytes(range(256)) * 2_000
ONE = enterprise(1)
SOON = timedelta(minutes=1)


@pytest.fixture(scope="module")
def s3() -> Any:
    with s3_server() as server:
        yield server


@pytest.fixture(scope="module", params=["folder", "s3"])
async def city(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[City]:
    settings: dict[str, Any] = {"attachment_most_mb": 8}
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        settings |= server.settings("city")
    async with running_services("application", database_url=database_url, **settings) as running:
        yield City(running)


async def uploads(city: City, content: Any) -> Any:
    return await city.running.client.post("/api/application/attachments", content=content, headers=city.of(ONE))


async def downloads(city: City, key: str, part: str | None = None) -> Any:
    headers = city.of(ONE) | ({"Range": part} if part else {})
    return await city.running.client.get(f"/api/application/attachments/{key}/file", headers=headers)


async def test_a_file_comes_back_whole_and_in_part(city: City) -> None:
    key = (await uploads(city, PDF)).json()["id"]
    whole = await downloads(city, key)
    assert (whole.status_code, whole.content, whole.headers["Content-Length"]) == (200, PDF, str(len(PDF)))
    assert whole.headers["Content-Type"] == "application/pdf"
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = await downloads(city, key, "bytes=100-199")
    assert (part.status_code, part.content) == (206, PDF[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(PDF)}"
    assert (await downloads(city, key, "bytes=-5")).content == PDF[-5:]
    assert (await downloads(city, key, f"bytes={len(PDF) - 3}-")).content == PDF[-3:]
    beyond = await downloads(city, key, f"bytes={len(PDF)}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(PDF)}")
    assert (await downloads(city, key, "lines=1-2")).status_code == 200


async def test_a_document_whose_directory_is_long_is_known_and_one_that_is_too_long_is_refused(city: City) -> None:
    def zipped(files: int) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as folder:
            folder.writestr("xl/workbook.xml", "x")
            for n in range(files):
                folder.writestr(f"xl/media/{n:06d}", "")
        return made.getvalue()

    key = (await uploads(city, zipped(3_000))).json()["id"]
    shown = await city.sees(city.of(ONE), f"attachments/{key}")
    assert shown["media_type"].endswith("spreadsheetml.sheet")
    before = await in_store(city)
    answer = await uploads(city, zipped(40_000))
    assert (answer.status_code, answer.json()["code"]) == (422, "application.attachment-directory")
    torn = await uploads(city, zipped(10)[:-1])
    assert torn.json()["code"] == "application.attachment-kind"
    assert await in_store(city) == before  # what was refused is not kept


async def in_store(city: City) -> set[str]:
    store = city.running.runtimes["application"].objects  # type: ignore[attr-defined]
    return {each.name async for some in store.listed() for each in some}


async def test_what_breaks_off_or_was_never_named_is_cleaned_away_and_what_is_named_stays(city: City) -> None:
    runtime = city.running.runtimes["application"]  # type: ignore[attr-defined]
    key = (await uploads(city, PDF)).json()["id"]
    before = await in_store(city)

    async def broken() -> AsyncIterator[bytes]:
        yield PDF
        raise ClientDisconnect  # what the server raises

    assert (await uploads(city, broken())).status_code == 500
    assert await in_store(city) == before
    orphans = {
        stored_as("0" * 20),
        "opinion-ABC-SB2026-1",
        "something-else",
    }  # as a process killed before its event leaves them
    for name in orphans:
        await runtime.objects.put(name, as_pieces(PDF))
    assert await sweep(runtime, named, datetime.now(UTC) - timedelta(days=1)) == 0  # an event may still be on its way
    assert await sweep(runtime, named, datetime.now(UTC) + SOON) == len(orphans)
    assert await in_store(city) == before
    assert await sweep(runtime, named, datetime.now(UTC) + SOON) == 0
    assert (await downloads(city, key)).content == PDF


async def test_an_event_whose_content_is_missing_says_so(city: City) -> None:
    key = (await uploads(city, PDF)).json()["id"]
    await city.running.runtimes["application"].objects.delete(stored_as(key))  # type: ignore[attr-defined]
    answer = await downloads(city, key)
    assert (answer.status_code, answer.json()["code"]) == (404, "platform.content-missing")


async def test_without_its_store_the_service_is_ready_and_says_that_files_must_wait(database_url: str) -> None:
    with s3_server() as server:
        settings = server.settings("city")
        async with running_services("application", database_url=database_url, **settings) as running:
            city = City(running)
            key = (await uploads(city, PDF)).json()["id"]
            await shows(city, usable=True)
            server.stop()
            for answer in (await uploads(city, PDF), await downloads(city, key)):
                assert (answer.status_code, answer.json()["code"]) == (503, "platform.object-store-away")
                assert "请稍等片刻后重试" in answer.json()["title"]
                assert answer.headers["Retry-After"]
            await shows(city, usable=False)
            draft = await running.client.get("/api/application/offers", headers=city.of(ONE))
            assert draft.status_code == 200


async def shows(city: City, *, usable: bool) -> None:
    """Readiness and metrics, once the store was looked at."""
    client = city.running.client
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await client.get("/readyz")
            (found,) = answer.json()
            if found["objects"] is usable and answer.status_code == 200:
                break
            await asyncio.sleep(0.05)
    assert (found["objects_error"] is None) is usable
    assert (
        f'chengce_object_store_usable{{service="application"}} {float(usable)}' in (await client.get("/metrics")).text
    )


async def test_a_folder_holds_what_was_uploaded_and_its_replicas_see_it(database_url: str, tmp_path: Path) -> None:
    async with running_services("application", database_url=database_url, data_dir=tmp_path) as running:
        city = City(running)
        key = (await uploads(city, PDF)).json()["id"]
        assert (tmp_path / "objects" / "application" / stored_as(key)).read_bytes() == PDF
        with pytest.raises(NoSuchObject):
            await running.runtimes["application"].objects.open("attachment-unknown")


@given(st.integers(0, 50), st.integers(0, 60), st.integers(0, 60))
def test_a_part_is_within_the_file(size: int, first: int, last: int) -> None:
    content = bytes(range(size))
    assert _part(f"bytes=-{last}", size) == (max(0, size - last), size)
    found = _part(f"bytes={first}-{last}", size)
    if last < first:
        assert found is None
    else:
        assert found is not None
        assert content[slice(*found)] == content[first : last + 1]
    assert _part("bytes=1-2,4-5", size) is _part("bytes=-", size) is _part(None, size) is None
