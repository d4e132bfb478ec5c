"""What every store promises, on a folder and on a real server that speaks S3."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.objects.store import NoSuchObject, ObjectStore, as_pieces, read

MB = 2**20


async def repeated(size: int, piece: int = 2**16) -> AsyncIterator[bytes]:
    """So many bytes, each piece another."""
    for at in range(0, size, piece):
        yield at.to_bytes(8, "big").ljust(piece, b"\xa5")[: min(piece, size - at)]


async def digest_of(pieces: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


async def names(store: ObjectStore) -> list[str]:
    return sorted([each.name async for some in store.listed() for each in some])


@pytest.mark.parametrize("size", [0, 1, MB - 1, MB, 5 * MB, 5 * MB + 1, 12 * MB + 7])
async def test_what_is_put_is_read_as_it_was(store: ObjectStore, size: int) -> None:
    await store.put("attachment-A", repeated(size))
    opened = await store.open("attachment-A")
    assert opened.size == size
    assert await digest_of(opened.pieces) == await digest_of(repeated(size))


async def test_a_part_is_read_alone(store: ObjectStore) -> None:
    await store.put("a", as_pieces(b"0123456789"))
    assert [await read(store, "a", 2, 5), await read(store, "a", 7), await read(store, "a", 0, 1)] == [
        b"234", b"789", b"0"
    ]  # fmt: skip
    assert (await store.open("a", 2, 5)).size == 10


@pytest.mark.parametrize("size", [MB, 12 * MB])
async def test_what_breaks_off_leaves_no_object(store: ObjectStore, size: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for piece in repeated(size):
            yield piece
        raise ValueError("the uploader has gone")

    with pytest.raises(ValueError, match="the uploader has gone"):
        await store.put("a", broken())
    assert await names(store) == []
    with pytest.raises(NoSuchObject):
        await store.open("a")


@pytest.mark.parametrize("size", [MB, 12 * MB])
async def test_what_is_cancelled_leaves_no_object(store: ObjectStore, size: int) -> None:
    waiting = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        async for piece in repeated(size):
            yield piece
        waiting.set()
        await asyncio.Event().wait()

    putting = asyncio.create_task(store.put("a", slow()))
    await waiting.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await names(store) == []


async def test_deleting_twice_is_deleting_once(store: ObjectStore) -> None:
    await store.put("a", as_pieces(b"a"))
    await store.put("b", as_pieces(b"b"))
    for _ in range(2):
        await store.delete("a")
    assert await names(store) == ["b"]
    with pytest.raises(NoSuchObject):
        await store.open("a")


async def test_a_list_of_any_length_has_each_once_with_size_and_time(store: ObjectStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)  # a store may tell whole seconds only
    wanted = [f"n-{n:04d}" for n in range(1_100)]
    for some in (wanted[n : n + 100] for n in range(0, len(wanted), 100)):
        await asyncio.gather(*(store.put(name, as_pieces(b"abc")) for name in some))
    found = [each async for some in store.listed() for each in some]
    assert sorted(each.name for each in found) == wanted
    assert {each.size for each in found} == {3}
    assert all(before <= each.stored_at <= datetime.now(UTC) + timedelta(seconds=2) for each in found)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "名", "x" * 201])
async def test_a_name_that_leads_elsewhere_is_no_name(store: ObjectStore, name: str) -> None:
    with pytest.raises(ValueError, match="no name of an object"):
        await store.put(name, as_pieces(b"a"))


async def test_an_empty_store_can_be_used(store: ObjectStore) -> None:
    await store.put("a", as_pieces(b"a"))  # which also makes the bucket where there is none
    await store.look()
    assert await store.tidy(datetime.now(UTC)) == 0
