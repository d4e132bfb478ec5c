"""A real object store that speaks S3, from a wheel: SeaweedFS, one process."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from shared.embedded.address import port_of, reserved_port
from shared.embedded.process import die_with_parent, wait_until
from shared.objects.s3 import S3Address

ACCESS_KEY, SECRET_KEY = "sample-access-key", "sample-secret-key"
BUCKET = "chengce-test"
START_SECONDS = 60.0


class S3Server:
    """Starts, stops and stands still."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._holders = [reserved_port() for _ in range(8)]
        first, second = (map(port_of, some) for some in (self._holders[:4], self._holders[4:]))
        self._ports = dict(zip(("master", "volume", "filer", "s3"), first, strict=True))
        self._grpc = dict(zip(self._ports, second, strict=True))
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoint = f"http://127.0.0.1:{self._ports['s3']}"

    def address(self, prefix: str, **other: str) -> S3Address:
        """Where a service's objects are in it."""
        known = {"bucket": BUCKET, "endpoint": self.endpoint, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
        return S3Address(prefix=prefix, region="us-east-1", path_style=True, **(known | other))  # type: ignore[arg-type]

    def settings(self, prefix: str) -> dict[str, str]:
        """The same as the platform's settings."""
        return {
            "object_store_url": f"s3://{BUCKET}/{prefix}", "object_store_endpoint": self.endpoint,
            "object_store_access_key": ACCESS_KEY, "object_store_secret_key": SECRET_KEY,
        }  # fmt: skip

    def start(self) -> None:
        credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
        identity = {"name": "chengce", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}
        keys = self._folder / "s3.json"
        keys.write_text(json.dumps({"identities": [identity]}))
        ports = [f"-{name}.port={port}" for name, port in self._ports.items()]
        grpc = [f"-{name}.port.grpc={port}" for name, port in self._grpc.items()]
        program = Path(sysconfig.get_path("scripts")) / "weed"
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", *ports, *grpc,
                 f"-s3.config={keys}", "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
                 "-master.volumeSizeLimitMB=64", "-volume.max=40"],
                stdout=log, stderr=log, cwd=self._folder, preexec_fn=lambda: die_with_parent(signal.SIGKILL),
            )  # fmt: skip
        if not wait_until(self._answers, START_SECONDS):
            raise RuntimeError(f"SeaweedFS did not start:\n{(self._folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """As if its machine had lost power."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def end(self) -> None:
        """For good: its ports are free then."""
        self.stop()
        for holder in self._holders:
            holder.close()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """It takes connections and answers nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.endpoint}/", timeout=1).status_code == 403  # unsigned
        except httpx.TransportError:
            return False


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Of one's own; gone with all it had."""
    folder = Path(tempfile.mkdtemp(prefix="chengce-test-s3-"))
    server = S3Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.end()
        shutil.rmtree(folder)
