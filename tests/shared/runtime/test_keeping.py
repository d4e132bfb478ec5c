"""Where a service's objects are by its settings, and how a store that is silent is noticed without waiting for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.objects.folder import FolderStore
from shared.objects.s3 import S3Store
from shared.objects.store import as_pieces, read
from shared.runtime.keeping import StoreWatch, store_of
from shared.runtime.settings import Settings
from tests.support.s3 import BUCKET, s3_server


async def test_without_an_address_it_is_a_folder_of_the_data_directory(tmp_path: Path) -> None:
    store = store_of(Settings(data_dir=tmp_path), "application")
    await store.put("a", as_pieces(b"a"))
    assert (tmp_path / "objects" / "application" / "a").read_bytes() == b"a"


async def test_services_share_a_bucket_and_not_their_objects_and_a_silent_store_is_noticed() -> None:
    with s3_server() as server:
        settings = Settings(**server.settings("city/objects"))  # type: ignore[arg-type]
        one, other = store_of(settings, "application"), store_of(settings, "policy")
        await one.put("a", as_pieces(b"a"))
        assert [each async for some in other.listed() for each in some] == []
        assert await read(S3Store(server.address("city/objects/application")), "a") == b"a"
        bare = settings.model_copy(update={"object_store_url": f"s3://{BUCKET}"})
        await store_of(bare, "application").put("b", as_pieces(b"b"))
        assert await read(S3Store(server.address("application")), "b") == b"b"

        watch = StoreWatch(one)
        assert watch.usable is None
        await watch.look()
        assert (watch.usable, watch.error) == (True, None)
        with server.standing_still():
            async with asyncio.timeout(10):
                await watch.look()
        assert watch.usable is False
        assert watch.error == "no answer within 3 s"
        await watch.look()
        assert (watch.usable, watch.error) == (True, None)


@pytest.mark.parametrize("url", ["http://store.example/bucket", "s3://", "s3://B", "bucket", "s3://bucket?x=1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="object_store_url"):
        Settings(object_store_url=url)


async def test_a_folder_that_cannot_be_written_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("no folder")
    watch = StoreWatch(FolderStore(tmp_path / "objects" / "application"))
    await watch.look()
    assert watch.usable is False
    assert watch.error
