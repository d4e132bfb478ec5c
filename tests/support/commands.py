"""`chengce` as an operator calls it, in the test's own process, against the platform of given settings."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from shared.cli.main import app
from shared.runtime.settings import Settings
from tests.support.logs import plain_logs


@dataclass(frozen=True)
class Answer:
    """How a command ended, what it printed, and what it said beside."""

    code: int
    output: str
    said: str

    @property
    def result(self) -> Any:
        """What it printed with --json."""
        return json.loads(self.output)

    @property
    def lines(self) -> list[Any]:
        """What it printed as JSON Lines."""
        return [json.loads(line) for line in self.output.splitlines()]


@dataclass(frozen=True)
class Operator:
    """Somebody with a shell and the platform's environment."""

    settings: Settings

    async def __call__(self, *arguments: str, **environment: str) -> Answer:
        """`chengce` with these arguments; an empty variable is an absent one."""
        known = {
            "CHENGCE_DATABASE_URL": self.settings.database_url,
            "CHENGCE_DATABASE_PREFIX": self.settings.database_prefix,
            "CHENGCE_NATS_URL": self.settings.nats_url,
            "CHENGCE_SECRET": self.settings.secret,
            "CHENGCE_DATA_DIR": str(self.settings.data_dir),
            "COLUMNS": "300",
        }
        with _own_logs():
            answer = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=known | environment)
        if answer.exception and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return Answer(answer.exit_code, answer.stdout, answer.stderr)


@contextmanager
def _own_logs() -> Iterator[None]:
    """The command line sets up logging for its process, which here is the tests' own."""
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        yield
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        plain_logs()
