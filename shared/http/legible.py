"""Addresses that nothing can be looked up with are refused at the door."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.problems import problem


class Legible:
    """Answers 400 to a NUL in path or query: PostgreSQL takes none in a text, so that reads would fail with 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything else on."""
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            answer = problem(400, "platform.illegible-address", "地址中含有无法识别的字符，请检查后重新访问。")
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)
