"""Who signs: certificates of the development environment, and the city's own service over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.application.stamping import verifying
from services.application.stamping.paper import OpinionPaper, Said
from services.application.stamping.stamps import DevelopmentStamps, HttpStamps, StampUnavailable
from services.application.stamping.typesetting import typeset
from services.application.stamping.verifying import verified
from tests.services.application.applications import MONDAY, morning
from tests.support.sms_receiver import listening, serving, url_of

SECRET = "a-secret-for-tests-of-at-least-32-characters"
PAPER = OpinionPaper(
    title="审核意见书", department="gxj", rows=[("申报编号", "SB2026-1")], document="0123456789ABCDEF",
    said=[Said("材料审核", "2026-03-02 09:00", "同意（样例）。" * 300)], link="https://door.example/x", at=morning(MONDAY),
)  # fmt: skip


async def test_replicas_with_one_secret_have_the_same_root_and_others_do_not() -> None:
    first, second, other = DevelopmentStamps(SECRET), DevelopmentStamps(SECRET), DevelopmentStamps(SECRET + "x")
    stamped = await first.stamp("gxj", typeset(PAPER))
    assert (await verified(stamped.content, await second.trusted()))[0] == "valid"
    assert (await verified(stamped.content, await other.trusted()))[0] == "invalid"
    assert stamped.signer == "部门 gxj（开发环境）"


async def test_whatever_somebody_uploads_is_judged_and_nothing_breaks() -> None:
    stamps = DevelopmentStamps(SECRET)
    paper, trusted = typeset(PAPER), await stamps.trusted()
    assert (await verified(paper, trusted))[0] == "unsigned"
    whole = (await stamps.stamp("gxj", paper)).content
    for content in (b"", b"nothing", paper[:500], whole[:-200], whole + b"%more", bytes(reversed(whole))):
        assert (await verified(content, trusted))[0] in ("unsigned", "unreadable", "invalid")


@asynccontextmanager
async def service_that_answers(content: bytes, status: int = 200) -> AsyncIterator[HttpStamps]:
    """The city's service on a port of its own, which gives this answer to everybody with the token."""

    async def stamp(request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer token"
        assert request.query_params["department"] == "gxj"
        return Response(content, status, media_type="application/pdf")

    app = Starlette(routes=[Route("/stamp", stamp, methods=["POST"])])
    with listening() as listener:
        async with serving(app, listener), httpx.AsyncClient(trust_env=False) as client:
            yield HttpStamps(client, url_of(listener), "token")


async def test_the_citys_service_signs_the_same_file_or_it_is_not_taken() -> None:
    paper = typeset(PAPER)
    signed = (await DevelopmentStamps(SECRET).stamp("gxj", paper)).content
    async with service_that_answers(signed) as stamps:
        assert (await stamps.stamp("gxj", paper)).content == signed
    for content, status in ((paper, 200), (b"<html>", 200), (paper + b"%%EOF", 200), (b"", 503)):
        async with service_that_answers(content, status) as stamps:
            with pytest.raises(StampUnavailable):
                await stamps.stamp("gxj", paper)
    async with httpx.AsyncClient(trust_env=False) as client:
        with listening() as listener:
            gone = HttpStamps(client, url_of(listener), "token")
        with pytest.raises(StampUnavailable, match="没有应答"):
            await gone.stamp("gxj", paper)


def _endless(tables: int) -> bytes:
    """Reference tables that lead from one to the one before, as many as somebody likes."""
    content, before = bytearray(b"%PDF-1.7\n"), b""
    for _ in range(tables):
        at = len(content)
        content += b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1 /Root 1 0 R%s>>\n" % before
        before = b" /Prev %d" % at
    return bytes(content) + b"startxref\n%d\n%%%%EOF" % at


@pytest.mark.parametrize(
    "content",
    [b"", b"nothing", _endless(2_000), b"%PDF-1.7\ntrailer\n<</A " + b"[" * 5_000 + b">>\nstartxref\n9\n%%EOF"],
    ids=["empty", "no PDF", "endless", "deep"],
)
async def test_whatever_is_sent_is_looked_at_apart_and_is_unreadable(content: bytes) -> None:
    assert await verified(content, "") == ("unreadable", None)


async def test_a_file_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "SECONDS", 0.1)
    assert await verified(_endless(20_000), "") == ("unreadable", None)
