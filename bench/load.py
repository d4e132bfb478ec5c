"""`python -m bench.load`: load from a process of its own, described as JSON on the standard input, answered as JSON.

With a rate the requests leave at their moments, whether or not earlier ones were answered (up to `clients` at a time);
without one every client sends again as soon as it has its answer.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from bench.client import Connection, connected, post

PLACE = "@NUMBER@"  # in the body, wherever each request's own number goes
TAKEN = (200, 201)  # a batch, one


@dataclass(frozen=True)
class Load:
    """What to send. `seconds` is how long; `rate` in requests per second."""

    port: int
    path: str
    body: str
    headers: Mapping[str, str]
    prefix: str
    clients: int
    seconds: float
    rate: float | None = None


@dataclass
class Answers:
    """How many were taken between the first request and the last answer."""

    answered: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Per second."""
        return self.answered / self.seconds


async def under(load: Load) -> Answers:
    """Starts the process, and answers when it has ended. Raises RuntimeError when a request was refused."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        out, _ = await process.communicate(json.dumps(asdict(load)).encode())
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode:
        raise RuntimeError("the load ended early; what it met is above")
    return Answers(**json.loads(out))


async def send(load: Load) -> Answers:
    """In this process. Raises RuntimeError for any answer that is not `TAKEN`."""
    connections = [await connected(load.port) for _ in range(load.clients)]
    numbers = itertools.count()
    answers = Answers()

    def request(n: int) -> bytes:
        return post(load.path, load.body.replace(PLACE, f"{load.prefix}-{n:08d}").encode(), load.headers)

    async def client(connection: Connection) -> None:
        for n in _turns(numbers, began, load):
            if load.rate and (wait := began + n / load.rate - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            answer = await connection.ask(request(n))
            if answer.status not in TAKEN:
                raise RuntimeError(f"answered {answer.status}: {answer.body.decode()[:500]}")
            answers.answered += 1
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*map(client, connections))
    answers.seconds = time.perf_counter() - began
    return answers


def _turns(numbers: Iterator[int], began: float, load: Load) -> Iterator[int]:
    """Numbers of requests until the time is over, shared by all clients."""
    for n in numbers:
        at = began + n / load.rate if load.rate else time.perf_counter()
        if at >= began + load.seconds:
            return
        yield n


def main() -> None:
    """Reads the load, sends it, writes what came back."""
    answers = asyncio.run(send(Load(**json.load(sys.stdin))))
    json.dump(asdict(answers), sys.stdout)


if __name__ == "__main__":
    main()
