"""Objects as answers: in pieces as they are read, whole or one range of them (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import Header, Response
from fastapi.responses import StreamingResponse

from shared.eventstore.decider import Because, Refused
from shared.http.problems import problem
from shared.objects.store import NoSuchObject, ObjectStore

Wanted = Annotated[str | None, Header(alias="Range", max_length=200, description="只取其中一段，如 bytes=0-1023")]
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def streamed(
    store: ObjectStore,
    name: str,
    media_type: str,
    headers: Mapping[str, str],
    *,
    part: str | None = None,
    size: int = 0,
) -> Response:
    """An object as the answer: 206 with the `part` of its `size` bytes that is wanted, 416 when it has none of it, else
    200 with all of it.

    Raises `Refused` for an object that is not there, `ObjectStoreAway`.
    """
    start, end = _part(part, size) or (0, None)
    if end is not None and start >= end:
        title = "文件没有这一段内容，请核对所要的范围，或下载整个文件。"
        return problem(416, "platform.no-such-part", title, headers={"Content-Range": f"bytes */{size}"})
    try:
        opened = await store.open(name, start, end)
    except NoSuchObject:
        title = "没有找到这个文件的内容，请联系平台管理员。"
        raise Refused("platform.content-missing", title, because=Because.NOT_FOUND) from None
    own = {"Content-Length": str((opened.size if end is None else end) - start), "Accept-Ranges": "bytes"}
    if end is not None:
        own["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(opened.pieces, 200 if end is None else 206, {**headers, **own}, media_type)


def _part(wanted: str | None, size: int) -> tuple[int, int] | None:
    """First byte, and the one after the last; None for what is no single range: then all of it is the right answer."""
    asked = _RANGE.fullmatch(wanted or "")
    if asked is None or asked[1] == asked[2] == "":
        return None
    if asked[1] == "":
        return max(0, size - int(asked[2])), size
    if asked[2] and int(asked[2]) < int(asked[1]):
        return None
    return int(asked[1]), min(int(asked[2]) + 1, size) if asked[2] else size
