"""How tests log: as the platform does, without the local variables that structlog's default shows a thousand lines of."""

from __future__ import annotations

import structlog


def plain_logs() -> None:
    """structlog's defaults, with tracebacks as Python prints them."""
    structlog.reset_defaults()
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])
