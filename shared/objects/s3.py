"""Objects in a bucket of a store that speaks S3: one for all replicas."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.objects.store import NoSuchObject, ObjectStoreAway, Opened, Stored, checked

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ClientConfig, S3Config
    from obstore.store import S3Store as Bucket

PART = 5 * 2**20  # bytes: the least that S3 takes as a part; an upload holds about two of them
AT_HAND = 2**20  # bytes: what is smaller is sent at once
CONNECT_SECONDS = 3
SILENT_SECONDS = 15  # without an answer, or the next bytes of one
_WHOLE_SECONDS = 3600  # an answer that keeps coming is read as slowly as its reader likes
_TRIES_SECONDS = 10
_NOBODYS = "-"  # no object's name begins so


@dataclass(frozen=True)
class S3Address:
    """Where the objects of a service are. `prefix` may be empty; `path_style`: the bucket is in the path, not in the host.

    Without keys those of the machine are taken, as AWS's own tools do.
    """

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    access_key: str
    secret_key: str
    path_style: bool
    authority: str | None = None
    """Certificates (PEM) that are believed beside the system's."""


class S3Store:
    """An upload below 1 MiB is one request, a larger one goes in parts of 5 MiB, one after the other."""

    def __init__(self, address: S3Address) -> None:
        self._address = address

    async def put(self, name: str, content: AsyncIterator[bytes]) -> None:
        """See the port."""
        from obstore import put_async

        path, begun = checked(name), bytearray()
        with _explained():
            async for piece in content:
                begun += piece
                if len(begun) >= AT_HAND:
                    rest = _after([bytes(begun)], content)
                    begun.clear()
                    await put_async(self._bucket, path, rest, chunk_size=PART, max_concurrency=1)
                    return
            await put_async(self._bucket, path, bytes(begun), use_multipart=False)

    async def open(self, name: str, start: int = 0, end: int | None = None) -> Opened:
        """See the port."""
        from obstore import get_async

        with _explained(name):
            options: GetOptions = {}
            if end is not None:
                options["range"] = (start, end)
            elif start:
                options["range"] = {"offset": start}
            got = await get_async(self._bucket, checked(name), options=options)
        return Opened(got.meta["size"], _pieces(name, got.stream(min_chunk_size=1)))

    async def delete(self, name: str) -> None:
        """See the port."""
        from obstore import delete_async

        with _explained():
            await delete_async(self._bucket, checked(name))

    async def listed(self) -> AsyncIterator[list[Stored]]:
        """See the port."""
        from obstore import list as listing

        with _explained():
            async for some in listing(self._bucket, chunk_size=500):
                yield [Stored(each["path"], each["size"], each["last_modified"]) for each in some]

    async def tidy(self, _before: datetime) -> int:
        """Nothing: the bucket's own rule (AbortIncompleteMultipartUpload) takes away parts of uploads that broke off."""
        return 0

    async def look(self) -> None:
        """See the port. A bucket that is not there, or that may not be listed, cannot be used."""
        from obstore import list_with_delimiter_async

        with _explained():
            await list_with_delimiter_async(self._bucket, _NOBODYS)

    @cached_property
    def _bucket(self) -> Bucket:
        # Imported here, as its functions above: only a service that keeps objects pays for it.
        from obstore.store import S3Store as Bucket

        address, endpoint = self._address, _endpoint(self._address)
        config: S3Config = {
            "region": address.region,
            "virtual_hosted_style_request": not address.path_style,
            "disable_bulk_delete": True,  # not every store has it, and objects go one by one
        }
        if endpoint:
            config["endpoint"] = endpoint
        if address.access_key:
            config |= {"access_key_id": address.access_key, "secret_access_key": address.secret_key}
        return Bucket(
            address.bucket,
            prefix=address.prefix or None,
            config=config,
            client_options=_client(endpoint, address.authority),
            retry_config={
                "max_retries": 2,
                "retry_timeout": timedelta(seconds=_TRIES_SECONDS),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
        )


def _client(endpoint: str | None, authority: str | None) -> ClientConfig:
    client: ClientConfig = {
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        "read_timeout": timedelta(seconds=SILENT_SECONDS),
        "timeout": timedelta(seconds=_WHOLE_SECONDS),
        "allow_http": bool(endpoint and endpoint.startswith("http://")),
    }
    if authority:
        client["root_certificate"] = authority
    return client


def _endpoint(address: S3Address) -> str | None:
    if address.endpoint is None or address.path_style:
        return address.endpoint
    parts = urlsplit(address.endpoint)  # of the store; the library wants the bucket's
    return parts._replace(netloc=f"{address.bucket}.{parts.netloc}").geturl()


async def _after(begun: list[bytes], content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield begun.pop()  # not held while the rest comes
    async for piece in content:
        yield piece


async def _pieces(name: str, stream: AsyncIterator[object]) -> AsyncIterator[bytes]:
    with _explained(name):
        async for piece in stream:
            yield bytes(piece)  # type: ignore[call-overload]


@contextmanager
def _explained(name: str = "") -> Iterator[None]:
    """`name`: the object that is read, of which alone it can be said that it is not there."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        said = str(error)[:1000]
        if isinstance(error, FileNotFoundError) and name and "NoSuchBucket" not in said:
            raise NoSuchObject(name) from None
        raise ObjectStoreAway(said) from error
