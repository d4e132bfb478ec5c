"""A span for each request, and its id in the answer."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry.tracing import current_traceparent, span


class Traced:
    """Plain ASGI: Starlette's own base class for middleware costs a task and a queue a request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Goes on with the caller's trace when there is one."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        parent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        with span(f"{scope['method']} {scope['path']}", parent):
            traceparent = (current_traceparent() or "").encode()

            async def send_traced(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", []), (b"traceparent", traceparent)]
                await send(message)

            await self.app(scope, receive, send_traced)
