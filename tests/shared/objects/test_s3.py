"""A store that is dead, silent, closed or without the bucket is away, within a time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from shared.objects.s3 import SILENT_SECONDS, S3Address, S3Store, _endpoint
from shared.objects.store import ObjectStoreAway, as_pieces, read
from tests.support.s3 import BUCKET, S3Server, s3_server


@pytest.mark.parametrize(
    "wrong", [{"secret_key": "another"}, {"bucket": "no-such-bucket"}, {"endpoint": "http://127.0.0.1:1"}]
)
async def test_what_cannot_be_used_is_away(s3: S3Server, wrong: dict[str, str]) -> None:
    store = S3Store(s3.address("wrong", **wrong))
    for asked in (store.look(), store.open("a")):
        with pytest.raises(ObjectStoreAway):
            await asked


async def test_nobody_waits_for_ever_for_a_silent_store(s3: S3Server) -> None:
    store = S3Store(s3.address("silent"))
    await store.put("a", as_pieces(b"a"))
    with s3.standing_still():
        began = time.monotonic()
        with pytest.raises(ObjectStoreAway):
            await store.put("b", as_pieces(b"b"))
        assert time.monotonic() - began < 3 * SILENT_SECONDS
    assert await read(store, "a") == b"a"


async def test_a_store_that_dies_under_an_upload_acknowledges_nothing_and_is_away() -> None:
    with s3_server() as server:
        store = S3Store(server.address("dying"))
        await store.put("a", as_pieces(b"a"))

        async def content() -> AsyncIterator[bytes]:
            for n in range(300):
                if n == 200:
                    server.stop()
                yield bytes(2**16)

        asked = (
            store.put("b", content()),
            store.look(),
            store.put("c", as_pieces(b"c")),
            store.open("a"),
            store.delete("a"),
        )
        for each in asked:
            with pytest.raises(ObjectStoreAway):
                await each


def test_where_the_bucket_stands_in_the_host_name_the_host_has_it() -> None:
    def endpoint(path_style: bool) -> str | None:
        return _endpoint(S3Address(BUCKET, "", "https://oss.example:8443", "cn", "k", "s", path_style))

    assert endpoint(path_style=True) == "https://oss.example:8443"
    assert endpoint(path_style=False) == f"https://{BUCKET}.oss.example:8443"
