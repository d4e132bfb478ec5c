"""A platform that holds its servers until it is killed: prints what it holds as one line of JSON, then waits."""

import json
import signal
import sys
from pathlib import Path

from shared.embedded import Servers

if __name__ == "__main__":
    with Servers(Path(sys.argv[1])) as servers:
        assert servers.postgres and servers.nats
        pids = {"postgres": servers.postgres.pid, "nats": servers.nats.pid}
        held = {"pids": pids, "database_url": servers.database_url, "nats_url": servers.nats_url}
        print(json.dumps(held), flush=True)  # noqa: T201 - this is how the test learns of it
        signal.pause()
